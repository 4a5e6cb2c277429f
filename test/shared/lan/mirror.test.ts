import { describe, expect, test } from 'vitest'
import { batchOf, NOTHING_HELD, newOf, readBatch, unbroken } from '../../../shared/lan/mirror.ts'
import { MIRROR_CHARS_MAX, MIRROR_RECORDS_MAX } from '../../../shared/lan/protocol.ts'
import { entryHash, NO_HASH } from '../../../shared/ledger/chain.ts'
import { written } from '../../fixtures/streams-of-a-till.ts'

const stream = written('till-a', 6)
const seqs = (records: readonly { readonly seq: number }[] | 'gap' | 'fork') =>
  typeof records === 'string' ? records : records.map(({ seq }) => seq)
const batch = (from: number, to: number, records = stream) => readBatch('till-a', 1, records.slice(from - 1, to))!
const hashes = (to: number) => new Map(stream.slice(0, to).map(({ seq, hash }) => [seq, hash]))
const heldTo = (high: number) => ({ high, hash: stream[high - 1]!.hash })

/** Number 3, well hashed, that says it follows number 1. */
function skipping() {
  const { entry } = JSON.parse(stream[2]!.text)
  const skips = { ...entry, prev: stream[0]!.hash }
  return { seq: 3, text: JSON.stringify({ entry: skips, hash: entryHash(skips) }) }
}

describe('[S182] what is believed of a batch', () => {
  test('entries of that till and epoch that follow one another, with how the epoch began before them', () => {
    expect(seqs(batch(2, 4).entries)).toEqual([2, 3, 4])
    const opening = { seq: 0, text: '{"closed":[]}' }
    expect(readBatch('till-a', 1, [opening, ...stream])).toMatchObject({ opening, entries: { length: 6 } })
  })

  test.each([
    ['of another till', () => readBatch('till-b', 1, stream)],
    ['of another epoch', () => readBatch('till-a', 2, stream)],
    ['with one left out', () => readBatch('till-a', 1, [stream[0]!, stream[2]!])],
    ['that skips a number although it names the one before', () => readBatch('till-a', 1, [stream[0]!, skipping()])],
    ['under another number', () => readBatch('till-a', 1, [{ ...stream[0]!, seq: 2 }])],
    ['that does not follow', () => readBatch('till-a', 1, [stream[0]!, written('till-a', 2, { mark: 'x' })[1]!])],
    ['that is no JSON', () => readBatch('till-a', 1, [{ seq: 1, text: 'rubbish' }])],
    [
      'changed after it was hashed',
      () => readBatch('till-a', 1, [{ seq: 1, text: stream[0]!.text.replace('shift', 'sale') }]),
    ],
    ['with nothing but how the epoch began', () => readBatch('till-a', 1, [{ seq: 0, text: '{}' }])],
  ])('nothing of a batch %s', (_name, read) => {
    expect(read()).toBeUndefined()
  })
})

describe('[S181] what is new to whoever holds a part', () => {
  test('all to whoever holds nothing, the rest where it overlaps, nothing where all of it is there', () => {
    expect(seqs(newOf(batch(1, 3), NOTHING_HELD, new Map(), false))).toEqual([1, 2, 3])
    expect(seqs(newOf(batch(2, 5), heldTo(3), hashes(3), false))).toEqual([4, 5])
    expect(seqs(newOf(batch(4, 5), heldTo(3), new Map(), false))).toEqual([4, 5])
    expect(seqs(newOf(batch(1, 3), heldTo(5), hashes(5), false))).toEqual([])
  })

  test('a gap is refused, but where its till keeps nothing before it any more', () => {
    expect(newOf(batch(4, 6), heldTo(2), hashes(2), false)).toBe('gap')
    expect(newOf(batch(4, 6), NOTHING_HELD, new Map(), false)).toBe('gap')
    expect(seqs(newOf(batch(4, 6), heldTo(2), hashes(2), true))).toEqual([4, 5, 6])
  })

  test('[S182] another story under the same numbers, or behind them, is a fork', () => {
    const other = written('till-a', 4, { mark: 'restored' })
    expect(newOf(batch(2, 4, other), heldTo(3), hashes(3), false)).toBe('fork')
    expect(newOf(batch(4, 4, other), heldTo(3), hashes(3), false)).toBe('fork')
    expect(newOf(batch(4, 4, other), heldTo(3), hashes(3), true)).toBe('fork')
    const first = newOf(batch(1, 1, other), { high: 0, hash: NO_HASH }, new Map(), false)
    expect(seqs(first)).toEqual([1])
  })
})

test('[S180] a batch ends before a gap, at so many records, and before it weighs too much; one record always goes', () => {
  expect(seqs(unbroken([{ seq: 0, text: '' }, ...stream.slice(2)]))).toEqual([0, 3, 4, 5, 6])
  expect(seqs(batchOf([stream[0]!, stream[1]!, stream[4]!]))).toEqual([1, 2])
  const many = Array.from({ length: MIRROR_RECORDS_MAX + 5 }, (_, i) => ({ seq: i + 1, text: 'x' }))
  expect(batchOf(many)).toHaveLength(MIRROR_RECORDS_MAX)
  const heavy = [1, 2, 3].map((seq) => ({ seq, text: 'x'.repeat(MIRROR_CHARS_MAX / 2) }))
  expect(seqs(batchOf(heavy))).toEqual([1, 2])
  expect(seqs(batchOf([{ seq: 1, text: 'x'.repeat(MIRROR_CHARS_MAX * 2) }, ...stream.slice(1)]))).toEqual([1])
})
