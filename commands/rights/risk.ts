import type { Day } from '../../shared/calendar.ts'

/** The bounds of `redemption.offline.risk`, in hundredths of a point. A day is the shop's. */
export interface RiskBounds {
  readonly perReceipt: bigint
  readonly perMember: bigint
  readonly perTill: bigint
  readonly perDay: bigint
}

/** What has been risked so far, by member and shop, till, and shop, each for a day. */
export class Risked {
  readonly #bounds: RiskBounds
  #day: Day | undefined
  readonly #sums = new Map<string, bigint>()

  constructor(bounds: RiskBounds) {
    this.#bounds = bounds
  }

  /** Risks as much of what is asked as all bounds allow, and counts it. */
  take(asked: bigint, day: Day, member: string, till: string, outlet: string): bigint {
    if (day !== this.#day) this.#sums.clear()
    this.#day = day
    const counters = [
      [`member ${outlet}\n${member}`, this.#bounds.perMember],
      [`till ${till}`, this.#bounds.perTill],
      [`shop ${outlet}`, this.#bounds.perDay],
    ] as const
    let taken = asked < this.#bounds.perReceipt ? asked : this.#bounds.perReceipt
    for (const [name, bound] of counters) {
      const left = bound - (this.#sums.get(name) ?? 0n)
      if (left < taken) taken = left
    }
    if (taken <= 0n) return 0n
    for (const [name] of counters) this.#sums.set(name, (this.#sums.get(name) ?? 0n) + taken)
    return taken
  }
}
