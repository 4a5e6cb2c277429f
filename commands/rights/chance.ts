import { hashed, mixed } from '../../shared/rights/hash.ts'

/**
 * Chance that depends on names alone: the same seed and the same words give the same draw, in whatever order they are
 * asked for. So two ways of allotting are tried on the same outages and the same receipts.
 */
export class Chance {
  readonly #seed: number

  constructor(seed: number) {
    this.#seed = mixed(Math.imul(seed, 0x9e3779b1) ^ Math.floor(seed / 2 ** 32))
  }

  /** Evenly from 0 (inclusive) to 1 (exclusive). */
  share(what: string, name: string): number {
    const high = mixed(hashed(name, hashed(what, this.#seed)))
    const low = mixed(hashed(name, high ^ 0x5bd1e995))
    return (high * 2 ** 21 + (low >>> 11)) / 2 ** 53
  }

  /** Evenly among 0, 1, …, count - 1. */
  oneOf(count: number, what: string, name: string): number {
    return Math.floor(this.share(what, name) * count)
  }

  /** Of the standard normal distribution, after Box and Muller. */
  normal(what: string, name: string): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.share(`${what} radius`, name)))
    return radius * Math.cos(2 * Math.PI * this.share(`${what} angle`, name))
  }
}
