import { formatDay, type Instant, localTime, tradingDay } from '../../shared/calendar.ts'
import { maxOf } from '../../shared/ledger/amounts.ts'
import type { Account } from '../../shared/ledger/booking-port.ts'
import { couponPurse, openLotId } from '../../shared/ledger/coupons.ts'
import { purchaseOf } from '../../shared/ledger/history.ts'
import type { Activity } from '../../shared/ledger/limits.ts'
import { postedOf } from '../../shared/ledger/refund.ts'
import { documentOf } from '../../shared/ledger/rules.ts'
import { points } from '../../shared/money.ts'
import type { CompiledProgramme } from '../../shared/programme/compile.ts'
import { pointsOf } from '../../shared/wire.ts'
import { parsed } from './journal-item.ts'
import type { EntryRow, Found, PurseChange, Seen } from './ports.ts'

/**
 * What this till's own entries say about a member beside what the cloud has told: the cloud's rows say up to which of
 * the entries they already count, so that nothing counts twice and nothing is dropped.
 */

export interface OwnPoints {
  readonly points: bigint
  readonly earned: bigint
}

const NOTHING_SEEN: Seen = { epoch: 0, seq: 0 }

export const isAfter = (row: Seen, seen: Seen): boolean =>
  row.epoch > seen.epoch || (row.epoch === seen.epoch && row.seq > seen.seq)

/** The end of a member's entries, which stand in order: those that the cloud's word does not hold yet. */
export function since<Row extends Seen>(rows: readonly Row[], seen: Seen): readonly Row[] {
  let first = rows.length
  while (first > 0 && isAfter(rows[first - 1]!, seen)) first -= 1
  return first === 0 ? rows : rows.slice(first)
}

/** Those that count and that are not inside the cloud's figures yet. */
export function unseen(rows: readonly EntryRow[], seen: Seen | undefined): readonly EntryRow[] {
  return since(rows, seen ?? NOTHING_SEEN).filter((row) => row.setAside !== true && row.answered !== true)
}

export function ownPoints(rows: readonly EntryRow[], seen?: Seen): OwnPoints {
  const sum = { points: 0n, earned: 0n }
  for (const row of unseen(rows, seen)) {
    sum.points += row.points ?? 0n
    sum.earned += row.earned ?? 0n
  }
  return sum
}

function ownPurse(rows: readonly EntryRow[], purse: string, seen?: Seen): PurseChange {
  const sum = { in: 0n, out: 0n }
  for (const row of unseen(rows, seen)) {
    sum.in += row.purses?.[purse]?.in ?? 0n
    sum.out += row.purses?.[purse]?.out ?? 0n
  }
  return sum
}

/** A stamp card or a coupon of a member as an account: the cloud's row with the own entries after it; null: nothing known. */
export function purseAccount(
  { member, purses }: Found,
  rows: readonly EntryRow[],
  purse: string,
  compiled: CompiledProgramme,
  /** Rights decide what of it may be spent here, so nothing of it counts as handed out. */
  whole = false,
): Account | null {
  const row = purses.find((each) => each.purse === purse)
  const own = ownPurse(rows, purse, row?.seen)
  if (row === undefined && own.in === 0n && own.out === 0n) return null
  const coupon = documentOf(compiled).coupons?.find((each) => couponPurse(each) === purse)
  const opens = row === undefined && coupon?.code.kind === 'shared' ? BigInt(coupon.usesPerMember ?? 0) * 100n : 0n
  const before = row === undefined ? opens : pointsOf(row.balance)
  const lot = (id: string, amount: bigint, lastDay: string | null) => ({
    id,
    points: points(amount),
    remaining: points(amount),
    activeFrom: '0001-01-01',
    lastDay,
  })
  return {
    member: member.id,
    purse,
    posted: points(before + own.in - own.out),
    leased: points(row === undefined || whole ? 0n : maxOf(0n, maxOf(0n, before) - pointsOf(row.spendable))),
    lots: [
      ...(row?.expiring ?? []).map((each) => lot(each.lastDay, pointsOf(each.points), each.lastDay)),
      ...(coupon === undefined ? [] : [lot(openLotId(coupon), 0n, null)]),
    ],
  }
}

/** How many purchases the member has made, as far as this till can know. */
export function purchasesOf({ member, points: balance }: Found, rows: readonly EntryRow[]): number {
  const own = unseen(rows, member.seen ?? balance?.seen)
  return member.purchases + own.filter(({ kind }) => kind === 'sale' || kind === 'attach').length
}

/** Purchases that are not in the member's row yet. */
export function ownPurchases(
  { member, points: balance }: Found,
  rows: readonly EntryRow[],
  compiled: CompiledProgramme,
) {
  return unseen(rows, member.seen ?? balance?.seen).flatMap((row) => {
    if (row.kind !== 'sale') return []
    const { entry } = parsed(row.text)
    const { device, epoch, seq, outlet, body } = entry
    if (body.kind !== 'sale') return []
    const record = { outlet, receipt: body.receipt, key: { device, epoch, seq }, body, spent: [], returned: {} }
    return purchaseOf(record, compiled) ?? []
  })
}

const HOUR_MS = 3_600_000
const MONTH_MS = 30 * 24 * HOUR_MS

/** Whether both may be on one day, wherever it begins: cheaper to say than which day it is. */
const isNear = (at: number, now: number): boolean => Math.abs(now - at) < 48 * HOUR_MS

/** What the member did at this till, for the bounds against fraud. */
export function activityOf(rows: readonly EntryRow[], timeZone: string, now: number): Activity {
  const dayAt = (at: number) => localTime(timeZone, at as Instant).day
  const today = dayAt(now)
  const counted = rows.filter((row) => row.setAside !== true)
  const sales = counted.filter((row) => row.kind === 'sale')
  const todays = sales.filter((row) => isNear(row.at, now) && dayAt(row.at) === today)
  const sum = (of: (row: EntryRow) => bigint) => todays.reduce((total, row) => total + of(row), 0n)
  return {
    receiptsToday: todays.length,
    earnedToday: sum((row) => row.earned ?? 0n),
    redeemedToday: sum(redeemedIn),
    receiptsThisHour: sales.filter((row) => now - row.at < HOUR_MS).length,
    returnsThisMonth: counted.filter((row) => row.kind === 'refund' && now - row.at < MONTH_MS).length,
  }
}

function redeemedIn(row: EntryRow): bigint {
  const { body } = parsed(row.text).entry
  return body.kind === 'sale' ? postedOf(body, 'points', 'redeem') : 0n
}

/** Stamps of visits that the member got today in this outlet's trading day, by card. */
export function visitsToday(
  rows: readonly EntryRow[],
  compiled: CompiledProgramme,
  outlet: string,
  now: number,
): ReadonlyMap<string, number> {
  const zone = compiled.outlets.get(outlet) ?? compiled.zone
  const dayAt = (at: number) => tradingDay(localTime(zone.timeZone, at as Instant), zone.dayStartsAtMinute)
  const today = dayAt(now)
  const todays = rows.filter(
    (row) => row.kind === 'sale' && row.setAside !== true && isNear(row.at, now) && dayAt(row.at) === today,
  )
  return new Map(
    (documentOf(compiled).stamps ?? []).map((card) => [
      card.id,
      todays.filter((row) => (row.purses?.[`stamp:${card.id}`]?.in ?? 0n) > 0n).length,
    ]),
  )
}

/** How often a member has used a full card, by the cloud's word and by own entries after it; what came back is none. */
export function claimsOf(found: Found, rows: readonly EntryRow[], purse: string): number {
  const told = found.purses.find((row) => row.purse === purse)
  return (told?.stampCard?.claimed === true ? 1 : 0) + ownClaims(rows, purse, told?.seen)
}

function ownClaims(rows: readonly EntryRow[], purse: string, seen: Seen | undefined): number {
  const moved = unseen(rows, seen)
  const claims = moved.filter((row) => row.kind === 'sale' && (row.purses?.[purse]?.out ?? 0n) > 0n)
  const returns = moved.filter((row) => row.kind === 'refund' && (row.purses?.[purse]?.in ?? 0n) > 0n)
  return claims.length - returns.length
}

/** Since when the member's full cards are full, as the cloud told, without those that were used here since. */
export function fullSinceOf(found: Found, rows: readonly EntryRow[], purse: string): readonly string[] {
  const told = found.purses.find((row) => row.purse === purse)
  return (told?.stampCard?.fullSince ?? []).slice(Math.max(0, ownClaims(rows, purse, told?.seen)))
}

export const dayText = (timeZone: string, now: number): string => formatDay(localTime(timeZone, now as Instant).day)
