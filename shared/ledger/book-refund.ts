import { formatPoints, points } from '../money.ts'
import type { CompiledProgramme } from '../programme/compile.ts'
import type { Disposition } from '../sync/protocol.ts'
import { pointsOf } from '../wire.ts'
import { minOf, notBelowNothing, sumOf } from './amounts.ts'
import { writtenOff } from './book-sale.ts'
import type { BookingContext, LotPart, SaleRecord } from './booking-port.ts'
import { uncountUses } from './coupon-uses.ts'
import type { LedgerEntry, RefundBody } from './entry.ts'
import { isLotOf, keyOf, keyText } from './keys.ts'
import { giveBack, takeOut } from './lots.ts'
import { POINTS, soldAt } from './needs.ts'
import { APPLIED, quarantined } from './quarantine.ts'
import { planRefund, type RefundPlan, requestOf, returnedWith } from './refund.ts'
import { believed, documentOf, earnedLife, plusDays, programmeDay, refundRules, todayOf } from './rules.ts'
import { unmarkClaimed } from './stamps.ts'
import type { Workspace } from './workspace.ts'

/**
 * A return, planned anew from the record of the sale: the till may not have known of returns elsewhere. What the till
 * promised to give back above that is a deficit. Rules L20 to L27.
 */
export function bookRefund(
  entry: LedgerEntry,
  body: RefundBody,
  work: Workspace,
  context: BookingContext,
): Disposition {
  const sale = work.sale(soldAt(entry, body), body.receipt)
  if (sale === undefined) return quarantined('unknown_receipt')
  const programme = context.programme(sale.body.programme.id, sale.body.programme.version)
  if (programme === undefined) return quarantined('unknown_programme')
  const plan = planRefund(sale.body, sale.returned, requestOf(body, sale.body, sale.returned))
  if (!plan.ok) return quarantined(plan.reason)

  const returned = returnedWith(sale.returned, plan.value)
  const { sale: after, home } = movePoints(entry, plan.value, { ...sale, returned }, programme, work, context)
  work.saveSale(after)
  countReturn(after, work)
  const back = plan.value.rewards.flatMap((purse) =>
    purse.startsWith('coupon:') ? [purse.slice('coupon:'.length)] : [],
  )
  uncountUses(work, documentOf(programme).coupons ?? [], back, todayOf(entry, context))
  const promised = notBelowNothing(pointsOf(body.pointsBack) - plan.value.pointsBack + home)
  return promised === 0n ? APPLIED : { kind: 'deficit', points: formatPoints(points(promised)) }
}

/** First back what was paid with points, then away what was earned: a whole return leaves what was there before. */
function movePoints(
  entry: LedgerEntry,
  plan: RefundPlan,
  sale: SaleRecord,
  programme: CompiledProgramme,
  work: Workspace,
  context: BookingContext,
): { readonly sale: SaleRecord; readonly home: bigint } {
  const member = sale.body.member === null ? undefined : work.member(sale.body.member.id)
  if (member === undefined) return { sale, home: 0n }
  const rules = refundRules(programme)
  const day = programmeDay(programme, believed(entry.at.wall, entry.at, context.now))
  const graceLastDay = plusDays(day, rules.graceDays)
  const moves = [{ purse: POINTS, back: plan.pointsBack, taken: plan.pointsTaken }, ...plan.purses]
  let [spent, lost, home] = [sale.spent, (sale.lost ?? 0n) as bigint, 0n]
  for (const [index, { purse, back, taken }] of moves.entries()) {
    if (back === 0n && taken === 0n) continue
    const [all, others] = [spent.filter(isOf(purse)), spent.filter((part) => !isOf(purse)(part))]
    const borne = withoutLoss(all, back)
    if (borne.home > 0n) work.compensate(writtenOff(member.id, purse, -borne.home))
    if (purse === POINTS) home += borne.home
    const life =
      purse === POINTS ? { ...earnedLife(programme, day), activeFrom: day } : { activeFrom: day, lastDay: null }
    const fresh = { id: `${keyText(keyOf(entry))}/${index}`, ...life }
    const account = work.account(member.id, purse)
    const given = giveBack(account, borne.lots, points(back - borne.home), day, graceLastDay, fresh)
    const free = notBelowNothing(given.account.posted - given.account.leased)
    const isLoss = purse === POINTS && rules.spent === 'loss'
    const take = isLoss ? minOf(taken, free) : taken
    const after = takeOut(given.account, points(take), day, isLotOf(sale.key)).account
    work.saveAccount(back > 0n && purse !== POINTS ? unmarkClaimed(after) : after)
    spent = [...given.parts, ...borne.loss, ...others]
    lost += taken - take
  }
  return { sale: { ...sale, spent, ...(lost > 0n ? { lost: points(lost) } : {}) }, home }
}

/**
 * What the programme had paid comes back first, to the programme: nobody's purse held it before the sale. `home`: how
 * much of what is given back that is; `loss`: what of it stays. Rule L30.
 */
function withoutLoss(parts: readonly LotPart[], back: bigint) {
  const [lots, losses] = [parts.filter((part) => !part.isLoss), parts.filter((part) => part.isLoss)]
  const whole = sumOf(losses.map((part) => part.points))
  const home = minOf(back, whole)
  const loss = losses.slice(0, 1).map((part) => ({ ...part, points: points(whole - home) }))
  return { lots, home, loss: home === whole ? [] : loss }
}

const isOf =
  (purse: string) =>
  (part: LotPart): boolean =>
    (part.purse ?? POINTS) === purse

/** A receipt that came back whole was no purchase. */
function countReturn(sale: SaleRecord, work: Workspace): void {
  const member = sale.body.member === null ? undefined : work.member(sale.body.member.id)
  if (member === undefined || planRefund(sale.body, sale.returned, {}).ok) return
  work.saveMember({ ...member, purchases: Math.max(0, member.purchases - 1) })
}
