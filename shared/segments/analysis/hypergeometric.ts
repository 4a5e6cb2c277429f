import { assert } from '../../result.ts'

const TERMS_MAX = 100_000
const ENOUGH = 1e-16

/** Gauss's 2F1(a, b; c; z) by its series, for z from 0 to below 1. */
export function hypergeometric(a: number, b: number, c: number, z: number): number {
  assert(z >= 0 && z < 1, `z from 0 to below 1, not ${z}`)
  let [sum, term] = [1, 1]
  for (let n = 0; n < TERMS_MAX; n++) {
    const ratio = (((a + n) * (b + n)) / ((c + n) * (n + 1))) * z
    term *= ratio
    sum += term
    // terms shrink by this much or soon by z: what the rest can come to is known, however large b and c are
    const shrinks = Math.max(Math.abs(ratio), z)
    if (shrinks < 1 && Math.abs(term) * shrinks < ENOUGH * Math.abs(sum) * (1 - shrinks)) return sum
  }
  return sum
}
