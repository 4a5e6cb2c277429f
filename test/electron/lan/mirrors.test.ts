import { existsSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { signText } from '../../../electron/device-key.ts'
import type { LanRecord } from '../../../shared/lan/protocol.ts'
import { batchSigningText } from '../../../shared/sync/signature.ts'
import { type ToldRecord, written } from '../../fixtures/streams-of-a-till.ts'
import { newKey, until } from './lan-rig.ts'
import { closeAll, type MirrorTill, meet, mirrorTill } from './mirror-rig.ts'

/** Tills of one shop keep each other's streams: over real TLS sockets, on real files. */

afterEach(closeAll)

/** `a` calls `b`; both know each other. */
async function pair(): Promise<{ a: MirrorTill; b: MirrorTill }> {
  const b = await mirrorTill('till-b')
  const a = await mirrorTill('till-a', { places: () => [b.till.place()] })
  await meet(b, a)
  await until('they meet', () => a.till.lan.present().length === 1 && b.till.lan.present().length === 1)
  return { a, b }
}

const high = (till: MirrorTill, device: string, epoch = 1) =>
  till.mirrors.headsOf(device).find((head) => head.epoch === epoch)?.high ?? 0
const holds = (till: MirrorTill, device: string, seq: number, epoch = 1) =>
  until(`${till.device} to hold ${seq}`, () => high(till, device, epoch) === seq)
const proofOf = ({ key, device }: Pick<MirrorTill, 'key' | 'device'>, { epoch, seq, hash }: ToldRecord) =>
  signText(key, batchSigningText(device, epoch, seq, hash))

describe('on its way', () => {
  test('[S180] [S181] what a till writes comes to every neighbour, and each says up to where it has it on its disk', async () => {
    const [b, c] = [await mirrorTill('till-b'), await mirrorTill('till-c')]
    const a = await mirrorTill('till-a', { places: () => [b.till.place(), c.till.place()] })
    await meet(b, c, a)
    await a.write(written('till-a', 3))
    for (const each of [b, c]) await holds(each, 'till-a', 3)
    await until('both to have said so', () => ['till-b', 'till-c'].every((of) => a.mirroring.standing(of).high === 3))
    const bytes = await readFile(join(b.profile, 'mirrors', 'till-a', '1', '0000000001.journal'), 'utf8')
    expect(bytes).toContain('"seq":3')
  })

  test('[S181] after a break it goes on where the neighbour stands, and a neighbour that starts anew knows what it has', async () => {
    const { a, b } = await pair()
    const records = written('till-a', 500)
    await a.write(records.slice(0, 450))
    await holds(b, 'till-a', 450)
    const { profile, key } = b
    await b.stop()
    await a.write(records.slice(450))
    const asked: number[] = []
    const again = await mirrorTill('till-b', {
      profile,
      key,
      places: () => [a.till.place()],
      answerers: {
        mirror: async (batch, from) => {
          asked.push(batch.records[0]!.seq)
          return await again.mirrors.take(batch, { device: from, publicKey: a.till.row.publicKey })
        },
      },
    })
    expect(high(again, 'till-a')).toBe(450)
    again.till.roster.replace([a.till.row, again.till.row])
    await again.till.lan.refresh()
    await holds(again, 'till-a', 500)
    expect(asked).toEqual([451])
  })

  test('[S181] earlier epochs are mirrored too, with how each began', async () => {
    const b = await mirrorTill('till-b')
    const a = await mirrorTill('till-a', { epoch: 2, places: () => [b.till.place()] })
    await meet(b, a)
    const [first, second] = [written('till-a', 2), written('till-a', 2, { epoch: 2 })]
    const opening = { epoch: 2, seq: 0, text: '{"closed":[{"epoch":1,"seq":2}]}', hash: '' }
    await a.write([...first, opening, ...second])
    await holds(b, 'till-a', 2, 2)
    await holds(b, 'till-a', 2)
    const { records } = await b.mirrors.page('till-a', 2, 0)
    expect(records.map(({ seq }) => seq)).toEqual([0, 1, 2])
    expect(records[0]!.text).toBe(opening.text)
  })

  test('[S181] a neighbour that has lost its mirrors gets all of it again; where its till keeps no beginning, the rest', async () => {
    const { a, b } = await pair()
    const records = written('till-a', 6)
    await a.write(records.slice(3, 5)) // the first three have been dropped from the journal for age
    await holds(b, 'till-a', 5)
    for (const day of [0, 35]) await answered(b, 5, day)
    expect(high(b, 'till-a')).toBe(0)
    await a.write(records.slice(5))
    await holds(b, 'till-a', 6)
    expect((await b.mirrors.page('till-a', 1, 1)).records.map(({ seq }) => seq)).toEqual([4, 5, 6])
  })
})

describe('what is not kept', () => {
  test('[S182] a batch that another key has signed, or that does not follow', async () => {
    const { a, b } = await pair()
    const records = written('till-a', 4)
    const ask = (some: readonly ToldRecord[], proof: string) =>
      a.till.lan.ask('till-b', 'mirror', { epoch: 1, records: [...some], proof }, 2_000)
    const last = records[1]!
    expect(await ask(records.slice(0, 2), proofOf({ key: newKey(), device: 'till-a' }, last))).toMatchObject({
      reason: 'bad_proof',
    })
    expect(await ask(records.slice(0, 2), proofOf(a, records[0]!))).toMatchObject({ reason: 'bad_proof' })
    expect(await ask(written('till-b', 2), proofOf(a, last))).toMatchObject({ reason: 'bad_request' })
    expect(await ask(records.slice(2), proofOf(a, records[3]!))).toMatchObject({ reason: 'gap' })
    expect(b.mirrors.held()).toEqual([])
  })

  test('[S182] another story under the same numbers: refused, told, and what was held is still there', async () => {
    const { a, b } = await pair()
    const records = written('till-a', 3)
    await a.write(records)
    await holds(b, 'till-a', 3)
    const other = written('till-a', 2, { mark: 'restored', after: records[1]! })
    await a.write(other.slice(1)) // as after an old image of the disk: the third is another one now
    await until('the fork to be told', () => a.mirroring.standing('till-b').refusal === 'fork')
    expect((await b.mirrors.page('till-a', 1, 3)).records[0]!.text).toBe(records[2]!.text)
  })

  test('[S183] nothing while the disk has just enough for its own books; afterwards it goes on', async () => {
    const { a, b } = await pair()
    b.disk.hasRoom = false
    await a.write(written('till-a', 2))
    await until('the refusal', () => a.mirroring.standing('till-b').refusal === 'no_room')
    expect(existsSync(join(b.profile, 'mirrors'))).toBe(false)
    b.disk.hasRoom = true
    await holds(b, 'till-a', 2)
    await until('it to be taken back', () => a.mirroring.standing('till-b').refusal === null)
  })

  test('[S184] what the cloud has had for long is dropped, and nothing that it lacks or that is young', async () => {
    const { a, b } = await pair()
    await a.write(written('till-a', 4))
    await holds(b, 'till-a', 4)
    await answered(b, 3, -1)
    await answered(b, 4, 0)
    await answered(b, 4, 34)
    expect(b.mirrors.held()).toHaveLength(1)
    await answered(b, 4, 35, 'young')
    expect(b.mirrors.held()).toHaveLength(1)
    await answered(b, 4, 35)
    expect([b.mirrors.held(), readdirSync(join(b.profile, 'mirrors', 'till-a'))]).toEqual([[], []])
  })

  test('[S184] 35 days are counted from what the cloud said, whenever it was written, and anew for another database', async () => {
    const { a, b } = await pair()
    await a.write(written('till-a', 4))
    await holds(b, 'till-a', 4)
    await answered(b, 4, 0)
    expect(b.mirrors.held()).toHaveLength(1)
    await answered(b, 4, 20, 'old', 'another')
    await answered(b, 4, 35, 'old', 'another')
    await answered(b, 2, 54, 'old', 'another')
    await answered(b, 4, 55, 'old', 'another')
    await answered(b, 4, 89, 'old', 'another')
    expect(b.mirrors.held()).toHaveLength(1)
    await answered(b, 4, 90, 'old', 'another')
    expect(b.mirrors.held()).toEqual([])
  })
})

/** The cloud says on some day up to where it holds the stream of `till-a`, whose files are old by then. */
async function answered(
  { mirrors, profile }: MirrorTill,
  seq: number,
  day: number,
  files: 'old' | 'young' = 'old',
  incarnation = 'one',
): Promise<void> {
  const folder = join(profile, 'mirrors', 'till-a', '1')
  const [at, heard] = [files === 'old' ? new Date(0) : new Date(), new Date(Date.now() + day * 86_400_000)]
  for (const name of readdirSync(folder)) utimesSync(join(folder, name), at, at)
  await mirrors.drop(mirrors.held()[0]!, { epoch: 1, seq, incarnation, at: heard.toISOString() })
}

describe('back to its till', () => {
  /** The journal is gone, the key is there. */
  async function bereft(a: MirrorTill, b: MirrorTill, left: readonly ToldRecord[] = []): Promise<MirrorTill> {
    const { profile, key } = a
    await a.stop()
    rmSync(join(profile, 'journal'), { recursive: true, force: true })
    const again = await mirrorTill('till-a', { profile, key, places: () => [b.till.place()] })
    if (left.length > 0) await again.write(left)
    await again.own.survey(1)
    again.till.roster.replace([again.till.row, b.till.row])
    await again.till.lan.refresh()
    return again
  }
  const seqsOf = async (till: MirrorTill) => (await till.journal.read(1, 0, 9_999)).map(({ seq }) => seq)

  test('[S185] [S186] a till without its journal waits for its neighbours, and has all of it before it begins', async () => {
    const { a, b } = await pair()
    const records = written('till-a', 700)
    await a.write(records)
    await holds(b, 'till-a', 700)
    const again = await bereft(a, b)
    expect(await again.recovery.run()).toEqual([])
    expect(await again.journal.read(1, 1, 9_999)).toEqual(records.map(({ epoch, seq, text }) => ({ epoch, seq, text })))
    expect(again.own.end(1).high).toBe(700)
    expect(await again.recovery.run()).toEqual([])
    expect(await seqsOf(again)).toHaveLength(700)
  })

  test('[S185] a journal that was cut, or has a hole, gets the rest; nothing is doubled, and what is here stays', async () => {
    const { a, b } = await pair()
    const records = written('till-a', 8)
    await a.write(records)
    await holds(b, 'till-a', 8)
    const again = await bereft(a, b, [...records.slice(0, 2), ...records.slice(3, 5)])
    await until('the neighbour to tell what it has', () => again.wanted() > 0)
    expect(await again.recovery.run()).toEqual([])
    expect(await seqsOf(again)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  })

  test('[S185] where the two tell different stories both are kept: what only the neighbour tells is told to the core', async () => {
    const { a, b } = await pair()
    const records = written('till-a', 5)
    await a.write(records)
    await holds(b, 'till-a', 5)
    const other = written('till-a', 1, { mark: 'restored', after: records[2]! })
    const again = await bereft(a, b, [...records.slice(0, 3), ...other])
    await until('the neighbour to tell what it has', () => again.wanted() > 0)
    expect(await again.recovery.run()).toEqual(records.slice(3).map(({ text }) => text))
    expect((await again.journal.read(1, 1, 9)).map(({ text }) => text)).toEqual(
      [...records.slice(0, 3), ...other].map(({ text }) => text),
    )
  })

  test('[S185] the other story does not go on in the journal, behind a gap, where it is longer than one answer', async () => {
    const { a, b } = await pair()
    const records = written('till-a', 900)
    await a.write(records)
    await holds(b, 'till-a', 900)
    const other = written('till-a', 1, { mark: 'restored', after: records[2]! })
    const again = await bereft(a, b, [...records.slice(0, 3), ...other])
    await until('the neighbour to tell what it has', () => again.wanted() > 0)
    expect(await again.recovery.run()).toEqual(records.slice(3).map(({ text }) => text))
    expect(await seqsOf(again)).toEqual([1, 2, 3, 4])
  })

  test('[S185] what a neighbour makes up is not believed: only what the own key has signed', async () => {
    const { a, b } = await pair()
    await a.write(written('till-a', 3))
    await holds(b, 'till-a', 3)
    const { profile, key } = a
    await a.stop()
    rmSync(join(profile, 'journal'), { recursive: true, force: true })
    const forged = written('till-a', 3, { mark: 'forged' })
    const c = await mirrorTill('till-c', {
      answerers: {
        recover: async () => ({
          ok: true,
          value: {
            records: forged.map(({ seq, text }) => ({ seq, text })),
            proof: signText(b.key, batchSigningText('till-a', 1, 3, forged[2]!.hash)),
          },
        }),
      },
    })
    await c.mirrors.take(
      { epoch: 1, records: forged, proof: proofOf({ key, device: 'till-a' }, forged[2]!) },
      { device: 'till-a', publicKey: a.till.row.publicKey },
    )
    const again = await mirrorTill('till-a', { profile, key, places: () => [c.till.place()] })
    await meet(c, again)
    expect(await again.recovery.run()).toEqual([])
    expect(await seqsOf(again)).toEqual([])
  })

  describe('what stands beside an entry, and how an epoch began, which are in no chain', () => {
    const beside = { command: { key: 'k-1', body: 'b', answer: { receipt: 'r-1' } } }
    const opening = { epoch: 2, seq: 0, text: '{"closed":[{"epoch":1,"seq":2,"hash":"aa"}]}', hash: '' }
    const records = written('till-a', 3, { epoch: 2 }).map((record) => {
      return { ...record, text: JSON.stringify({ ...JSON.parse(record.text), ...beside }) }
    })

    /** A till that has lost its journal, and what it gets back from a neighbour that changes what it gives. */
    async function back(change: (record: LanRecord) => LanRecord) {
      const b = await mirrorTill('till-b', {
        answerers: {
          recover: async (request, from) => {
            const reply = await b.mirrors.give(request, from)
            return reply.ok ? { ok: true, value: { ...reply.value, records: reply.value.records.map(change) } } : reply
          },
        },
      })
      const a = await mirrorTill('till-a', { epoch: 2, places: () => [b.till.place()] })
      await meet(b, a)
      await a.write([opening, ...records])
      await holds(b, 'till-a', 3, 2)
      const { profile, key } = a
      await a.stop()
      rmSync(join(profile, 'journal'), { recursive: true, force: true })
      const again = await mirrorTill('till-a', { epoch: 2, profile, key, places: () => [b.till.place()] })
      again.till.roster.replace([again.till.row, b.till.row])
      await again.till.lan.refresh()
      await until('the neighbour to tell what it has', () => again.wanted() > 0)
      expect(await again.recovery.run()).toEqual([])
      return (await again.journal.read(2, 0, 9)).map(({ text }) => text)
    }

    test('[S185] come back as they were, by their till’s own seal', async () => {
      expect(await back((record) => record)).toEqual([opening.text, ...records.map(({ text }) => text)])
    })

    const bare = written('till-a', 3, { epoch: 2 }).map(({ text }) => text)
    test.each<[string, (record: LanRecord) => LanRecord]>([
      [
        'changed',
        ({ seq, text, ...rest }) => ({ seq, text: text.replace('k-1', 'k-2').replace('"aa"', '"bb"'), ...rest }),
      ],
      [
        'made up to keep the till from starting',
        ({ seq, text, ...rest }) => ({
          ...{ seq, text: JSON.stringify({ ...JSON.parse(text), command: {}, profile: 7 }) },
          ...rest,
        }),
      ],
      ['another’s seal', ({ seq, text }) => ({ seq, text, seal: 'AAAA' })],
      ['no seal, as from an earlier release', ({ seq, text }) => ({ seq, text })],
    ])('[S185] %s: the entries are kept without them', async (_name, change) => {
      expect(await back(change)).toEqual(bare)
    })
  })

  test('[S186] whoever claims to hold more, and shows nothing that the till has signed, starts no core anew', async () => {
    const a = await mirrorTill('till-a')
    await a.write(written('till-a', 2))
    let claimed = 0
    const forged = written('till-a', 9, { epoch: 7, mark: 'forged' })
    const liar = await mirrorTill('till-c', {
      places: () => [a.till.place()],
      mirrorsOf: () => {
        claimed += 1
        const heads = [1, 7 + claimed, 8 + claimed]
        return heads.map((epoch) => ({ epoch, high: 9, hash: forged[8]!.hash }))
      },
      answerers: {
        recover: async ({ epoch }) => ({
          ok: true,
          value: {
            records: forged.map(({ seq, text }) => ({ seq, text })),
            proof: signText(liar.key, batchSigningText('till-a', epoch, 9, forged[8]!.hash)),
          },
        }),
      },
    })
    await meet(a, liar)
    for (let n = 0; n < 5; n++) {
      await until('they meet', () => a.till.hellos.length > n)
      liar.till.roster.replace([liar.till.row])
      await liar.till.lan.refresh()
      await until('they part', () => a.till.lan.present().length === 0)
      liar.till.roster.replace([a.till.row, liar.till.row])
      await liar.till.lan.refresh()
    }
    await until('a last hello', () => a.till.hellos.length > 5)
    expect([a.wanted(), claimed > 5]).toEqual([0, true])
  })

  test('[S186] whoever asks gets its own stream and no other, and without neighbours nobody waits for long', async () => {
    const { a, b } = await pair()
    await a.write(written('till-a', 2))
    await holds(b, 'till-a', 2)
    const c = await mirrorTill('till-c', { places: () => [b.till.place()] })
    b.till.roster.replace([a.till.row, b.till.row, c.till.row])
    await b.till.lan.refresh()
    c.till.roster.replace([b.till.row, c.till.row])
    await c.till.lan.refresh()
    await until('the third is there', () => c.till.lan.present().includes('till-b'))
    expect(await c.till.lan.ask('till-b', 'recover', { epoch: 1, from: 1 }, 2_000)).toEqual({
      ok: true,
      value: { records: [] },
    })
    const alone = await mirrorTill('till-d', { waitMs: 30 })
    alone.till.roster.replace([a.till.row, alone.till.row])
    expect(await alone.recovery.run()).toEqual([])
  })

  test('[S181] a mirror that was damaged is filled again by its till', async () => {
    const { a, b } = await pair()
    await a.write(written('till-a', 2))
    await holds(b, 'till-a', 2)
    await a.write(written('till-a', 6).slice(2))
    await holds(b, 'till-a', 6)
    const { profile, key } = b
    await b.stop()
    const file = join(profile, 'mirrors', 'till-a', '1', '0000000001.journal')
    const bytes = await readFile(file)
    const third = bytes.indexOf('"seq":3')
    bytes[third + 6] = 57
    writeFileSync(file, bytes)
    const again = await mirrorTill('till-b', { profile, key, places: () => [a.till.place()] })
    expect(high(again, 'till-a')).toBe(2)
    again.till.roster.replace([a.till.row, again.till.row])
    await again.till.lan.refresh()
    await holds(again, 'till-a', 6)
    expect((await again.mirrors.page('till-a', 1, 1)).records.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6])
  })
})
