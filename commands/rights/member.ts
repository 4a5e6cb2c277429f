import type { Day } from '../../shared/calendar.ts'
import { assert } from '../../shared/result.ts'
import { type Visit as KnownVisit, VISITS_LOOKED_AT } from '../../shared/rights/allot.ts'
import { mostOfAReceipt } from '../../shared/rights/most-of-a-receipt.ts'
import type { Shop } from './shop.ts'

const LIMITS_KEPT = 50
const DAYS_REMEMBERED = 8

/** So much of a member's points that one till of one shop may spend. */
export interface Lease {
  readonly shop: Shop
  readonly till: string
  /** What the cloud takes to be out. */
  known: bigint
  /** What the till has left, which the cloud hears when the shop is back. */
  remaining: bigint
}

/** One member's points, as the cloud has them booked, and what it does not know yet. */
export class Member {
  readonly id: string
  posted = 0n
  /** Spent at shops that the cloud has not heard since. */
  unheard = 0n
  leases: Lease[] = []
  readonly visits: KnownVisit[] = []
  /** What the latest known receipts allowed to redeem. */
  readonly #limits: bigint[] = []
  #most: { programmeWide: bigint; points: bigint } | undefined
  readonly #before: { day: Day; posted: bigint }[] = []

  constructor(id: string) {
    this.id = id
  }

  /** What is truly this member's: booked, and spent nowhere. */
  get owned(): bigint {
    return this.posted - this.unheard
  }

  /** What the cloud can hand out or let be spent now: all but what lies at shops that do not answer. */
  get available(): bigint {
    return this.posted - sum(this.leases.filter((lease) => lease.shop.isSilent).map((lease) => lease.known))
  }

  /** What the tills of one shop have left to spend. */
  leasesAt(shop: Shop): Lease[] {
    return this.leases.filter((lease) => lease.shop === shop)
  }

  book(day: Day, change: bigint): void {
    if (this.#before.at(-1)?.day !== day) this.#before.push({ day, posted: this.posted })
    if (this.#before.length > DAYS_REMEMBERED) this.#before.shift()
    this.posted += change
  }

  /** What the cloud had booked when a day began. */
  postedBefore(day: Day): bigint {
    return this.#before.find((each) => each.day >= day)?.posted ?? this.posted
  }

  learn(visit: KnownVisit, limit: bigint): void {
    this.visits.push(visit)
    if (this.visits.length > VISITS_LOOKED_AT) this.visits.shift()
    this.#limits.push(limit)
    if (this.#limits.length > LIMITS_KEPT) this.#limits.shift()
    this.#most = undefined
  }

  mostOfAReceipt(programmeWide: bigint): bigint {
    if (this.#most?.programmeWide !== programmeWide) {
      this.#most = { programmeWide, points: mostOfAReceipt(this.#limits, programmeWide) }
    }
    return this.#most.points
  }

  /** The promise itself: what is booked covers every right that is out, and no till spent more than it held. */
  assertNotOverdrawn(): void {
    const out = sum(this.leases.map((lease) => lease.known))
    assert(this.posted - out >= 0n, `rights of ${this.id} are covered: ${this.posted} booked, ${out} out`)
    assert(this.owned >= 0n, `${this.id} never spends more than there is: ${this.posted} less ${this.unheard}`)
    for (const { till, remaining, known } of this.leases) {
      assert(remaining >= 0n && remaining <= known, `a right at ${till} is between nothing and what was given`)
    }
  }
}

export function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((total, amount) => total + amount, 0n)
}
