import { assert } from '../result.ts'

/**
 * Which till of a shop holds a member's right: the one whose name, hashed with the purse, comes out highest (rendezvous
 * hashing). Every part of the system finds the same till without asking; a till that comes or goes moves only the rights
 * that it wins or held. Rule R6 of SPEC.md.
 */
export function holderAmong(tills: readonly string[], key: string): string {
  const [first] = tills
  assert(first !== undefined, 'a shop that is allotted rights has a till')
  let best = first
  let bestScore = score(first, key)
  for (const till of tills) {
    const its = score(till, key)
    if (its > bestScore || (its === bestScore && till < best)) [best, bestScore] = [till, its]
  }
  return best
}

const FNV_OFFSET = 0x811c9dc5
const FNV_PRIME = 0x01000193

function score(till: string, key: string): number {
  return mixed(hashed(key, hashed('\n', hashed(till, FNV_OFFSET))))
}

/** FNV-1a over the text's UTF-16 units. */
function hashed(text: string, start: number): number {
  let hash = start
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), FNV_PRIME)
  return hash
}

/** The finish of MurmurHash3: names that differ in their last letter end up far apart. */
function mixed(hash: number): number {
  let h = hash
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
