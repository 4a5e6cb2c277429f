import { hashOf, type Sought } from '../../shared/sync/pages.ts'

/**
 * In which pages a card, a phone or a member may be: the hashes of all pages, parted by their first bits so that a look-up
 * reads one small part. An entry is hash × 2^20 + page as one number, sorted.
 */

const PART_BITS = 10
export const PARTS = 2 ** PART_BITS
const PAGES_MAX = 2 ** 20

export const partOf = (sought: Sought): number => hashOf(sought) >>> (32 - PART_BITS)

/** Hashes by page in, sorted parts out; sorting a part takes less than a millisecond. */
export function indexParts(hashes: readonly Uint32Array[]): (part: number) => Float64Array<ArrayBuffer> {
  const shift = 32 - PART_BITS
  const ends = new Uint32Array(PARTS)
  for (const page of hashes) for (const hash of page) ends[hash >>> shift]! += 1
  const starts = new Uint32Array(PARTS + 1)
  for (let part = 0; part < PARTS; part++) starts[part + 1] = starts[part]! + ends[part]!
  ends.set(starts.subarray(0, PARTS))
  const entries = new Float64Array(starts[PARTS]!)
  for (const [n, page] of hashes.entries()) {
    for (const hash of page) {
      const part = hash >>> shift
      entries[ends[part]!] = hash * PAGES_MAX + n
      ends[part]! += 1
    }
  }
  return (part) => entries.slice(starts[part]!, starts[part + 1]!).sort()
}

/** The pages in which it may be. */
export function pagesWith(part: Float64Array, sought: Sought): number[] {
  const from = hashOf(sought) * PAGES_MAX
  let [low, high] = [0, part.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (part[middle]! < from) low = middle + 1
    else high = middle
  }
  const pages: number[] = []
  for (; low < part.length && part[low]! < from + PAGES_MAX; low++) pages.push(part[low]! - from)
  return [...new Set(pages)]
}
