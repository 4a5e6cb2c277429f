import type { CouponView, ProgressMeasure, ProgressView, StampView } from '../../shared/core-api.ts'
import { formatQty, notBelowNothing } from '../../shared/ledger/amounts.ts'
import { couponPurse, usesLeft } from '../../shared/ledger/coupons.ts'
import type { Purchase } from '../../shared/ledger/history.ts'
import { documentOf } from '../../shared/ledger/rules.ts'
import { lapsedCards, stampPurse, standingOf } from '../../shared/ledger/stamps.ts'
import { type Measure, measure } from '../../shared/ledger/tiers.ts'
import { formatHundredths, points } from '../../shared/money.ts'
import type { CompiledProgramme } from '../../shared/programme/compile.ts'
import { claimsOf, dayText, fullSinceOf, ownPurchases, purseAccount } from './own.ts'
import type { EntryRow, Found } from './ports.ts'

/** What a member has beside points: stamp cards, coupons, and the way to the next tier. */

export function stampViews(
  found: Found,
  rows: readonly EntryRow[],
  compiled: CompiledProgramme,
  now: number,
  whole = false,
): readonly StampView[] {
  const today = dayText(compiled.zone.timeZone, now)
  return (documentOf(compiled).stamps ?? []).map((card) => {
    const purse = stampPurse(card)
    const none = { member: found.member.id, purse, posted: points(0n), leased: points(0n), lots: [] }
    const known = standingOf(card, purseAccount(found, rows, purse, compiled, whole) ?? none, today)
    const lapsed = lapsedCards(card, fullSinceOf(found, rows, purse), today)
    const isOver = card.repeat === false && claimsOf(found, rows, purse) > 0
    const standing = { ...known, full: isOver ? 0 : Math.max(0, known.full - lapsed) }
    return { id: card.id, name: card.name, ...standing, stamps: known.stamps - known.full * card.need }
  })
}

/** Coupons that were handed to the member; those with a code that everybody knows are nobody's news. */
export function couponViews(
  found: Found,
  rows: readonly EntryRow[],
  compiled: CompiledProgramme,
  now: number,
  whole = false,
): readonly CouponView[] {
  const today = dayText(compiled.zone.timeZone, now)
  return (documentOf(compiled).coupons ?? []).flatMap((coupon) => {
    if (coupon.code.kind !== 'personal') return []
    const uses = usesLeft(coupon, purseAccount(found, rows, couponPurse(coupon), compiled, whole), today)
    if (uses < 1 || (coupon.validTo !== undefined && coupon.validTo < today)) return []
    const row = found.purses.find((each) => each.purse === couponPurse(coupon))
    return [{ id: coupon.id, name: coupon.name, uses, lastDay: row?.expiring[0]?.lastDay ?? coupon.validTo ?? null }]
  })
}

export interface Way {
  readonly next: { readonly id: string; readonly name: string }
  readonly match: 'any' | 'all'
  readonly measures: readonly Measure[]
}

/** The cloud's word on the next tier with the purchases that it has not counted yet; null where it said nothing. */
export function wayUp(
  found: Found,
  purchases: readonly Purchase[],
  compiled: CompiledProgramme,
  now: number,
): Way | null {
  const { member } = found
  const told = member.progress
  const tier = documentOf(compiled).tiers?.find((each) => each.id === told?.next)
  if (told === undefined || tier?.entry.kind !== 'earned') return null
  const { thresholds } = tier.entry
  if (thresholds.length !== told.measures.length) return null // told of another version: the next word fits again
  const day = dayText(compiled.zone.timeZone, now)
  const facts = { member: member.id, tier: member.tier, until: null, since: member.enrolledAt.slice(0, 10), purchases }
  const measures = thresholds.map((threshold, i): Measure => {
    const own = measure(threshold, facts, day)
    const { have, need } = told.measures[i]!
    if (threshold.kind === 'membership') return { ...own, have: own.have, need: BigInt(need) }
    return { kind: threshold.kind, have: BigInt(have) + own.have, need: BigInt(need) }
  })
  return { next: { id: tier.id, name: tier.name }, match: told.match, measures }
}

export function isReached({ match, measures }: Way): boolean {
  const met = measures.map(({ have, need }) => have >= need)
  return match === 'all' ? met.every(Boolean) : met.some(Boolean)
}

export function progressView(
  found: Found,
  rows: readonly EntryRow[],
  compiled: CompiledProgramme,
  now: number,
): ProgressView | null {
  const way =
    found.member.progress === undefined ? null : wayUp(found, ownPurchases(found, rows, compiled), compiled, now)
  if (way === null) return null
  const left = ({ have, need }: Measure) => notBelowNothing(need - have)
  // nearest by share of the way: a·d against c·b, never a quotient
  const byShare = [...way.measures].sort((a, b) => {
    const difference = left(a) * b.need - left(b) * a.need
    return difference < 0n ? -1 : difference > 0n ? 1 : 0
  })
  const nearest = way.match === 'any' ? byShare[0] : byShare.at(-1)
  if (nearest === undefined) return null
  return { next: way.next, match: way.match, measures: way.measures.map(measureView), nearest: measureView(nearest) }
}

function measureView({ kind, have, need }: Measure): ProgressMeasure {
  const text = textOf(kind)
  return { kind, have: text(have), need: text(need), left: text(notBelowNothing(need - have)) }
}

function textOf(kind: Measure['kind']): (amount: bigint) => string {
  if (kind === 'sum' || kind === 'points') return formatHundredths
  return kind === 'goods' ? formatQty : String
}
