import { assert } from '../../result.ts'

const TERMS_MAX = 100_000

/** Gauss's 2F1(a, b; c; z) by its series, for z from 0 to below 1. */
export function hypergeometric(a: number, b: number, c: number, z: number): number {
  assert(z >= 0 && z < 1, `z from 0 to below 1, not ${z}`)
  let [sum, term] = [1, 1]
  for (let n = 0; n < TERMS_MAX; n++) {
    term *= (((a + n) * (b + n)) / ((c + n) * (n + 1))) * z
    sum += term
    // past the turn of a, b and c terms shrink by about z each, so this is what the rest comes to
    if (n > Math.abs(a) + Math.abs(b) + Math.abs(c) && Math.abs(term) * z < 1e-16 * Math.abs(sum) * (1 - z)) return sum
  }
  return sum
}
