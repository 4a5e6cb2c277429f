import { addDays, type Day, type Instant } from '../../shared/calendar.ts'
import { assert } from '../../shared/result.ts'
import type { allot } from '../../shared/rights/allot.ts'
import { ninetiethPercentile } from '../../shared/rights/most-of-a-receipt.ts'
import type { Chance } from './chance.ts'
import { Member, sum } from './member.ts'
import { type RiskBounds, Risked } from './risk.ts'
import { Shop } from './shop.ts'
import type { Visit } from './visits.ts'

/**
 * Past visits lived through again, with shops that lose their network for whole days: what each member could have
 * redeemed there out of rights that lay ready. Every visit earns, and asks for the most that the receipt and the member's
 * own points allow. Nothing is used that was not known before; what a silent shop sells is heard when it is back.
 */
export interface ReplaySettings {
  readonly chance: Chance
  readonly isSilent: (outlet: string, day: Day) => boolean
  readonly tills: number
  /** Whether the tills of a shop pass rights on to one another. */
  readonly passOn: boolean
  /** In hundredths of a percent. */
  readonly earnPercent: bigint
  readonly burnPercent: bigint
  readonly risk: RiskBounds | null
  readonly allotment: typeof allot
}

export interface Asked {
  attempts: number
  served: number
  asked: bigint
  given: bigint
}

export interface Replayed {
  readonly offline: Readonly<Asked>
  readonly online: Readonly<Asked>
  /** Hundredths of a point that were redeemed at risk, and what of them turned out not to be there. */
  readonly risked: bigint
  readonly lost: bigint
}

/** So large a share of the days of each shop, drawn by chance. */
export function silentDays(chance: Chance, share: number): ReplaySettings['isSilent'] {
  return (outlet, day) => chance.share('offline', `${outlet}\n${day}`) < share
}

export function replay(visits: readonly Visit[], settings: ReplaySettings): Replayed {
  const run = new Run(settings)
  for (const visit of visits) run.live(visit)
  run.end()
  return run
}

const RIGHT_DAYS = 3 // 72 hours from the last contact, which was just before the first silent day
const LIMITS_KEPT = 1000
const HUNDRED_PERCENT = 10_000n
const UNIT = 1n

class Run implements Replayed {
  readonly offline: Asked = { attempts: 0, served: 0, asked: 0n, given: 0n }
  readonly online: Asked = { attempts: 0, served: 0, asked: 0n, given: 0n }
  risked = 0n
  lost = 0n
  readonly #settings: ReplaySettings
  readonly #risk: Risked | null
  readonly #shops = new Map<string, Shop>()
  readonly #members = new Map<string, Member>()
  /** The tills of the shops that answer today. */
  readonly #reachable = new Map<string, readonly string[]>()
  readonly #silent = new Set<Shop>()
  #day: Day | undefined
  /** What the latest receipts of anybody allowed to redeem, and nine in ten of them at most, looked up once a day. */
  readonly #limits: bigint[] = []
  #usualMost = 0n

  constructor(settings: ReplaySettings) {
    this.#settings = settings
    this.#risk = settings.risk === null ? null : new Risked(settings.risk)
  }

  live(visit: Visit): void {
    while (this.#day === undefined || this.#day < visit.day) {
      this.#begin(this.#day === undefined ? visit.day : addDays(this.#day, 1), visit.at)
    }
    const shop = this.#shopOf(visit.outlet, visit.day)
    const member = this.#memberOf(visit.member)
    if (shop.silentSince === null) this.#sell(visit, shop, member)
    else this.#sellSilently(visit, shop, shop.silentSince, member)
    if (this.#risk === null) member.assertNotOverdrawn()
  }

  /** Everybody is back: what is still unheard is booked too. */
  end(): void {
    const silent = [...this.#shops.values()].filter((shop) => shop.isSilent)
    for (const shop of silent) this.#answers(shop)
    for (const shop of silent) this.#hear(shop)
    if (this.#risk === null) for (const member of this.#members.values()) member.assertNotOverdrawn()
  }

  #begin(day: Day, now: Instant): void {
    this.#day = day
    this.#usualMost = ninetiethPercentile(this.#limits)
    const back: Shop[] = []
    for (const shop of this.#shops.values()) {
      const isSilent = this.#settings.isSilent(shop.outlet, day)
      if (isSilent && !shop.isSilent) this.#fallsSilent(shop, day)
      if (!isSilent && shop.isSilent) {
        this.#answers(shop)
        back.push(shop)
      }
    }
    for (const shop of back) this.#hear(shop)
    for (const member of new Set(back.flatMap((shop) => [...shop.missed]))) this.#allot(member, now)
    for (const shop of back) shop.missed.clear()
  }

  #sell(visit: Visit, shop: Shop, member: Member): void {
    const limit = percentOf(visit.amount, this.#settings.burnPercent)
    const { owned, available } = member
    const asked = least(limit, most(owned, available))
    const given = least(asked, available)
    count(this.online, least(limit, owned), given)
    member.book(visit.day, this.#earnedOf(visit, given) - given)
    this.#learn(visit, shop, member, limit)
    this.#allot(member, visit.at)
  }

  /**
   * A till without a network knows the member's balance as it was when the network went, and its own sales since. Where
   * risk is allowed, whoever sees more than is left there asks for it.
   */
  #sellSilently(visit: Visit, shop: Shop, since: Day, member: Member): void {
    const till =
      shop.tills[this.#settings.chance.oneOf(shop.tills.length, 'till', `${visit.outlet}\n${visit.receipt}`)]!
    const limit = percentOf(visit.amount, this.#settings.burnPercent)
    const shown = member.postedBefore(since) - (shop.spent.get(member) ?? 0n)
    const asked = least(limit, this.#risk === null ? member.owned : most(member.owned, shown))
    const byRight = visit.day - since < RIGHT_DAYS ? this.#spendRights(member, shop, till, asked) : 0n
    const uncovered = least(asked, shown) - byRight
    const atRisk = uncovered > 0n ? (this.#risk?.take(uncovered, visit.day, member.id, till, shop.outlet) ?? 0n) : 0n
    const given = byRight + atRisk
    count(this.offline, least(limit, member.owned), given)
    this.risked += atRisk
    member.unheard += given
    shop.spent.set(member, (shop.spent.get(member) ?? 0n) + given)
    shop.backlog.push({ visit, member, limit, earned: this.#earnedOf(visit, given), byRight, atRisk })
  }

  /** Out of what this till holds, then out of what the others pass on to it. */
  #spendRights(member: Member, shop: Shop, till: string, asked: bigint): bigint {
    let left = asked
    const mineFirst = member.leasesAt(shop).sort((a, b) => Number(b.till === till) - Number(a.till === till))
    for (const lease of mineFirst) {
      if (lease.till !== till && !this.#settings.passOn) break
      const part = least(left, lease.remaining)
      lease.remaining -= part
      left -= part
    }
    return asked - left
  }

  #fallsSilent(shop: Shop, day: Day): void {
    shop.silentSince = day
    this.#reachable.delete(shop.outlet)
    this.#silent.add(shop)
  }

  #answers(shop: Shop): void {
    shop.silentSince = null
    this.#reachable.set(shop.outlet, shop.tills)
    this.#silent.delete(shop)
  }

  /** What was sold by right is covered by it; of what was sold at risk, what is no longer there is lost. */
  #hear(shop: Shop): void {
    const day = this.#day!
    const { backlog } = shop
    shop.backlog = []
    shop.spent.clear()
    for (const { member, byRight } of backlog) {
      member.book(day, -byRight)
      for (const lease of member.leasesAt(shop)) lease.known = lease.remaining
    }
    for (const { visit, member, limit, earned, byRight, atRisk } of backlog) {
      shop.missed.add(member)
      const covered = least(atRisk, member.available)
      this.lost += atRisk - covered
      member.unheard -= byRight + atRisk
      member.book(day, earned - covered)
      this.#learn(visit, shop, member, limit)
    }
  }

  #learn(visit: Visit, shop: Shop, member: Member, limit: bigint): void {
    member.learn(visit, limit)
    shop.visitors.add(member)
    this.#limits.push(limit)
    if (this.#limits.length > LIMITS_KEPT) this.#limits.shift()
  }

  /** Rights at shops that answer are called back and handed out anew; those at silent ones stay where they are. */
  #allot(member: Member, now: Instant): void {
    const { available } = member
    const perReceiptMax = member.mostOfAReceipt(this.#usualMost)
    const purse = { key: `${member.id}\npoints`, spendable: available, perReceiptMax, unit: UNIT }
    const parts = this.#settings.allotment(purse, member.visits, this.#reachable, now)
    assert(
      sum(parts.map((part) => part.points)) <= available || parts.length === 0,
      'no more is allotted than there is',
    )
    const given = parts.map(({ outlet, till, points }) => ({
      shop: this.#shops.get(outlet)!,
      till,
      known: points,
      remaining: points,
    }))
    member.leases = [...member.leases.filter((lease) => lease.shop.isSilent), ...given]
    for (const shop of this.#silent) if (shop.visitors.has(member)) shop.missed.add(member)
  }

  #earnedOf(visit: Visit, redeemed: bigint): bigint {
    return percentOf(visit.amount - redeemed, this.#settings.earnPercent)
  }

  #shopOf(outlet: string, day: Day): Shop {
    const known = this.#shops.get(outlet)
    if (known !== undefined) return known
    const shop = new Shop(outlet, this.#settings.tills)
    this.#shops.set(outlet, shop)
    if (this.#settings.isSilent(outlet, day)) this.#fallsSilent(shop, day)
    else this.#answers(shop)
    return shop
  }

  #memberOf(id: string): Member {
    const member = this.#members.get(id) ?? new Member(id)
    this.#members.set(id, member)
    return member
  }
}

function count(asked: Asked, wish: bigint, given: bigint): void {
  if (wish <= 0n) return
  asked.attempts++
  if (given >= wish) asked.served++
  asked.asked += wish
  asked.given += least(wish, given)
}

function percentOf(amount: bigint, percent: bigint): bigint {
  return (amount * percent) / HUNDRED_PERCENT
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}

function most(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}

/** Several replays as one: counts and amounts added up. */
export function joined(results: readonly Replayed[]): Replayed {
  const together = (asked: readonly Asked[]): Asked => ({
    attempts: asked.reduce((total, each) => total + each.attempts, 0),
    served: asked.reduce((total, each) => total + each.served, 0),
    asked: sum(asked.map((each) => each.asked)),
    given: sum(asked.map((each) => each.given)),
  })
  return {
    offline: together(results.map((each) => each.offline)),
    online: together(results.map((each) => each.online)),
    risked: sum(results.map((each) => each.risked)),
    lost: sum(results.map((each) => each.lost)),
  }
}
