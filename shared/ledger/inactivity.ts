import { formatPoints, points } from '../money.ts'
import type { BurnRule, Checkpoint } from '../programme/burn.ts'
import type { Tier } from '../programme/tiers.ts'
import { parseScaled } from '../rational.ts'
import { moneyOf, pointsOf } from '../wire.ts'
import { minOf, notBelowNothing, sumOf } from './amounts.ts'
import { balanceOf } from './balance.ts'
import type { Account } from './booking-port.ts'
import type { EntryKey, ExpireBody, TierBody } from './entry.ts'
import { burning } from './expiry.ts'
import { type Purchase, stretchEnd, stretchStart } from './history.ts'
import { isActive, isAlive } from './lots.ts'
import { belongs, type Standing } from './membership.ts'
import { plusDays } from './rules.ts'
import { demoteOne, type TierFacts } from './tiers.ts'

/**
 * What happens to those who do not come: a balance that burns after n days, and checkpoints of the calendar. Each is
 * decided once for its day and remembered as a decision, so that a late fact can have it decided again. Source: DESIGN
 * 7, rules L60 to L65 of SPEC.md.
 */

/** An entry that the clock decided, as the ledger holds it. */
export interface Decision {
  readonly key: EntryKey
  readonly body: ExpireBody | TierBody
}

export interface Idle extends TierFacts {
  readonly standing: Standing
  /** The purse of points. */
  readonly account: Account
  /** Decisions about this member, those already taken back too. */
  readonly decisions: readonly Decision[]
}

/** The day at whose end a rule burns what a member has: n days after the last purchase, or after enrolment. */
export function burnDay(rule: BurnRule, member: Idle): string {
  const last = member.purchases.reduce((latest, each) => (each.day > latest ? each.day : latest), member.since)
  return plusDays(last, rule.afterDays)
}

/** The first burn that is due and was not decided yet. Points that came after its day are left alone. Rule L60. */
export function burnDue(rules: readonly BurnRule[], member: Idle, today: string): ExpireBody | undefined {
  for (const rule of rules) {
    const day = burnDay(rule, member)
    if (today <= day || !belongs(rule.for, member.standing) || isDecided(member, rule.id, day)) continue
    const keep = rule.keep === undefined ? 0n : pointsOf(rule.keep)
    const body = burnBalance(member.account, day, today, 'burn', rule.id, (balance) => notBelowNothing(balance - keep))
    if (body !== undefined) return body
  }
  return undefined
}

/** What is to burn next, for the member who can still do something about it; told `warnDays` before. Rule L61. */
export function burnWarning(
  rules: readonly BurnRule[],
  member: Idle,
  today: string,
): { readonly rule: string; readonly day: string; readonly points: bigint } | undefined {
  for (const rule of rules) {
    if (rule.warnDays === undefined || !belongs(rule.for, member.standing)) continue
    const day = burnDay(rule, member)
    if (today < plusDays(day, -Math.max(...rule.warnDays)) || today > day) continue
    const keep = rule.keep === undefined ? 0n : pointsOf(rule.keep)
    const burns = balanceOf(member.account, today).spendable - keep
    if (burns > 0n) return { rule: rule.id, day, points: burns }
  }
  return undefined
}

export type CheckpointOutcome =
  | { readonly kind: 'entry'; readonly body: ExpireBody | TierBody }
  | { readonly kind: 'event'; readonly event: string; readonly rule: string; readonly day: string }

/** The stretch that ended last before today, where the member was there for the whole of it. */
export function lastStretch(rule: Checkpoint, member: Pick<Idle, 'since'>, today: string) {
  const to = plusDays(stretchStart(rule.every, today), -1)
  const from = stretchStart(rule.every, to)
  return member.since <= from ? { from, to } : undefined
}

/** Whether enough was bought from one day to another. */
export function isPassed(rule: Checkpoint, purchases: readonly Purchase[], from: string, to: string): boolean {
  return missing(rule, purchases, from, to) <= 0n
}

/** Purchases or kopecks short of what a checkpoint asks for. */
function missing({ need }: Checkpoint, purchases: readonly Purchase[], from: string, to: string): bigint {
  const within = purchases.filter((purchase) => purchase.day >= from && purchase.day <= to)
  return need.kind === 'purchases'
    ? BigInt(need.from - within.length)
    : moneyOf(need.from) - sumOf(within.map((purchase) => purchase.paid))
}

/** What the last checkpoint brings, where it was missed and nothing was decided about it yet. Rules L63, L64. */
export function checkpointDue(
  rules: readonly Checkpoint[],
  tiers: readonly Tier[],
  member: Idle,
  today: string,
): readonly CheckpointOutcome[] {
  return rules.flatMap((rule): CheckpointOutcome[] => {
    const stretch = lastStretch(rule, member, today)
    if (stretch === undefined || !belongs(rule.for, member.standing)) return []
    if (isDecided(member, rule.id, stretch.to) || isPassed(rule, member.purchases, stretch.from, stretch.to)) return []
    const otherwise = rule.else
    if (otherwise.kind === 'trigger') {
      return [{ kind: 'event', event: otherwise.event, rule: rule.id, day: stretch.to }]
    }
    const body =
      otherwise.kind === 'demote'
        ? demoteOne(tiers, member, stretch.to, rule.id)
        : burnBalance(member.account, stretch.to, today, 'checkpoint', rule.id, (balance) =>
            percentOf(balance, otherwise.percent ?? '100'),
          )
    return body === undefined ? [] : [{ kind: 'entry', body }]
  })
}

/** What is still missing for the checkpoint that runs now, told `warnDays` before its end. Rule L65. */
export function checkpointWarning(
  rule: Checkpoint,
  member: Idle,
  today: string,
): { readonly lastDay: string; readonly left: bigint; readonly kind: 'purchases' | 'sum' } | undefined {
  if (rule.warnDays === undefined || !belongs(rule.for, member.standing)) return undefined
  const [from, lastDay] = [stretchStart(rule.every, today), stretchEnd(rule.every, today)]
  if (today < plusDays(lastDay, -Math.max(...rule.warnDays)) || member.since > from) return undefined
  const left = missing(rule, member.purchases, from, today)
  return left > 0n ? { lastDay, left, kind: rule.need.kind } : undefined
}

function isDecided(member: Idle, rule: string, day: string): boolean {
  return member.decisions.some(({ body }) => body.rule === rule && body.day === day)
}

/** Burns active points in the order of spending; what is leased, pending or younger than the day stays. */
function burnBalance(
  account: Account,
  day: string,
  today: string,
  reason: ExpireBody['reason'],
  rule: string,
  howMuch: (balance: bigint) => bigint,
): ExpireBody | undefined {
  const lots = account.lots.filter((lot) => isAlive(lot, today) && isActive(lot, day))
  const balance = minOf(sumOf(lots.map((lot) => lot.remaining)), balanceOf(account, today).spendable)
  let left = minOf(howMuch(balance), balance)
  const parts: ExpireBody['lots'] = []
  for (const lot of lots) {
    const part = minOf(left, lot.remaining)
    if (part > 0n) parts.push({ lot: lot.id, points: formatPoints(points(part)) })
    left -= part
  }
  return burning(account, day, reason, parts, rule)
}

/** A percent of points, rounded down to the hundredth. */
function percentOf(amount: bigint, percent: string): bigint {
  return (amount * parseScaled(percent, 4)!) / 1_000_000n
}
