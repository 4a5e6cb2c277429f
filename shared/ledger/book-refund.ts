import { formatPoints, points } from '../money.ts'
import type { CompiledProgramme } from '../programme/compile.ts'
import type { Disposition } from '../sync/protocol.ts'
import { pointsOf } from '../wire.ts'
import { minOf, notBelowNothing } from './amounts.ts'
import type { BookingContext, SaleRecord } from './booking-port.ts'
import type { LedgerEntry, RefundBody } from './entry.ts'
import { isLotOf, keyOf, keyText } from './keys.ts'
import { giveBack, takeOut } from './lots.ts'
import { POINTS, soldAt } from './needs.ts'
import { APPLIED, quarantined } from './quarantine.ts'
import { planRefund, type RefundPlan, requestOf, returnedWith } from './refund.ts'
import { believed, earnedLife, plusDays, programmeDay, refundRules } from './rules.ts'
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
  const after = movePoints(entry, plan.value, { ...sale, returned }, programme, work, context)
  work.saveSale(after)
  countReturn(after, work)
  const promised = notBelowNothing(pointsOf(body.pointsBack) - plan.value.pointsBack)
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
): SaleRecord {
  const member = sale.body.member === null ? undefined : work.member(sale.body.member.id)
  if (member === undefined) return sale
  const rules = refundRules(programme)
  const day = programmeDay(programme, believed(entry.at.wall, entry.at, context.now))
  const fresh = { id: `${keyText(keyOf(entry))}/0`, ...earnedLife(programme, day), activeFrom: day }
  const before = work.account(member.id, POINTS)
  const back = giveBack(before, sale.spent, plan.pointsBack, day, plusDays(day, rules.graceDays), fresh)
  const free = notBelowNothing(back.account.posted - back.account.leased)
  const taken = rules.spent === 'debt' ? plan.pointsTaken : points(minOf(plan.pointsTaken, free))
  const after = takeOut(back.account, taken, day, isLotOf(sale.key)).account
  work.saveAccount(after)
  const lost = points((sale.lost ?? 0n) + plan.pointsTaken - taken)
  return { ...sale, spent: back.parts, ...(lost > 0n ? { lost } : {}) }
}

/** A receipt that came back whole was no purchase. */
function countReturn(sale: SaleRecord, work: Workspace): void {
  const member = sale.body.member === null ? undefined : work.member(sale.body.member.id)
  if (member === undefined || planRefund(sale.body, sale.returned, {}).ok) return
  work.saveMember({ ...member, purchases: Math.max(0, member.purchases - 1) })
}
