import { assert } from '../result.ts'
import { HASH_START, hashed, mixed } from './hash.ts'

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

function score(till: string, key: string): number {
  return mixed(hashed(key, hashed('\n', hashed(till, HASH_START))))
}
