import { createHash, createPublicKey, verify } from 'node:crypto'
import { expect, test } from 'vitest'
import { canonical, entryHash, NO_HASH } from '../../../shared/ledger/chain.ts'
import { ledgerEntry } from '../../../shared/ledger/entry.ts'
import { batchSigningText, requestSigningText, sessionSigningText } from '../../../shared/sync/signature.ts'
import vectors from '../../fixtures/streams.json' with { type: 'json' }

/** What was written by any release must hash and verify for ever; node:crypto checks it, not our own code. */

test.each(vectors.entries)(
  '[S2] entry $entry.epoch/$entry.seq has the bytes and the hash that it always had',
  (vector) => {
    const entry = ledgerEntry.parse(vector.entry)
    expect(canonical(entry)).toBe(vector.canonical)
    expect(entryHash(entry)).toBe(vector.hash)
    const bytes = Buffer.from(`bonusbook/entry/1\n${vector.canonical}`)
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(vector.hash)
  },
)

test('[S1] [S3] the stream is gapless from 1 and each entry carries the hash of the one before', () => {
  const first = vectors.entries.filter(({ entry }) => entry.epoch === 1)
  expect(first.map(({ entry }) => entry.seq)).toEqual([1, 2, 3])
  expect(first.map(({ entry }) => entry.prev)).toEqual([NO_HASH, first[0]!.hash, first[1]!.hash])
})

test('[S12] what was adopted names the entry that it stands for', () => {
  const { entry } = vectors.entries.at(-1)!
  expect(entry).toMatchObject({
    epoch: 2,
    prev: NO_HASH,
    adopted: { epoch: 1, seq: 3, hash: vectors.entries[2]!.hash },
  })
})

test('[S5] [S4] what a device signs is these bytes, under Ed25519', () => {
  const texts = {
    batch: batchSigningText('till-7', 1, 3, vectors.entries[2]!.hash),
    session: sessionSigningText('till-7', 'nonce'),
    request: requestSigningText('POST', '/sync/v1/push', 'session', 7, '{"a":1}'),
  }
  const key = createPublicKey({
    key: Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(vectors.publicKey, 'hex')]),
    format: 'der',
    type: 'spki',
  })
  for (const { name, text, signature } of vectors.signatures) {
    expect(texts[name as keyof typeof texts]).toBe(text)
    expect(verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64'))).toBe(true)
  }
})
