import { points } from '../money.ts'
import type { Disposition } from '../sync/protocol.ts'
import { pointsOf } from '../wire.ts'
import { sumOf } from './amounts.ts'
import { attachedSale } from './attach.ts'
import { deficitOf, postSale, withPurchase } from './book-sale.ts'
import type { BookingContext, MemberRecord, ReturnedLine, SaleRecord } from './booking-port.ts'
import type { AttachBody, LedgerEntry, SaleBody } from './entry.ts'
import { isLotOf } from './keys.ts'
import { takeOut } from './lots.ts'
import { POINTS, soldAt } from './needs.ts'
import { APPLIED, quarantined } from './quarantine.ts'
import { recompute } from './recompute.ts'
import { lineRecords, planRefund, postedOf } from './refund.ts'
import { purseReturns } from './refund-purses.ts'
import { todayOf } from './rules.ts'
import type { Workspace } from './workspace.ts'

/**
 * "Left my card at home": an anonymous receipt gets its member, and earns what it would have earned then. Nothing is
 * redeemed afterwards, and what was returned meanwhile earns nothing. Rules L13, L28.
 */
export function bookAttach(
  entry: LedgerEntry,
  body: AttachBody,
  work: Workspace,
  context: BookingContext,
): Disposition {
  const sale = work.sale(soldAt(entry, body), body.receipt)
  if (sale === undefined) return quarantined('unknown_receipt')
  if (sale.body.member !== null) return quarantined('receipt_has_member')
  const member = work.member(body.member.id)
  if (member === undefined) return quarantined('unknown_member')
  const programme = context.programme(sale.body.programme.id, sale.body.programme.version)
  if (programme === undefined) return quarantined('unknown_programme')
  const redeems = body.postings.some((posting) => posting.kind === 'redeem' && pointsOf(posting.points) > 0n)
  if (redeems) return quarantined('bad_amount')
  if (sumOf(body.lines.map((line) => pointsOf(line.earn))) !== postedOf(body, POINTS, 'earn')) {
    return quarantined('sums_differ')
  }
  if (!planRefund(sale.body, sale.returned, {}).ok) return quarantined('nothing_left_to_return')
  const claimed = attachedSale(sale.body, body)
  const claim = recompute(sale.outlet, claimed, programme, context.issued?.(member.id, null))
  // the sale's own time was believed when it was booked
  const at = { ...entry.at, confidence: 'synced' as const }
  postSale({ ...entry, ...sale.key, at }, claim.body, member, programme, work, context)
  work.saveSale({
    ...sale,
    body: claim.body,
    returned: withoutReturned(entry, sale, claim.body, member, work, context),
  })
  work.saveMember(withPurchase(member, claim.body))
  return claim.excess === 0n ? APPLIED : deficitOf(claim.excess)
}

/** Takes back at once what was earned on the part that had been returned before. */
function withoutReturned(
  entry: LedgerEntry,
  sale: SaleRecord,
  body: SaleBody,
  member: MemberRecord,
  work: Workspace,
  context: BookingContext,
): SaleRecord['returned'] {
  const records = new Map(lineRecords(body).map((record) => [record.id, record]))
  const returned = new Map<string, ReturnedLine>()
  let taken = 0n
  for (const [id, line] of Object.entries(sale.returned)) {
    const record = records.get(id)!
    const earned = record.amount > 0n ? (record.earned * line.amount) / record.amount : 0n
    returned.set(id, { ...line, pointsTaken: points(earned) })
    taken += earned
  }
  const gone = [{ purse: POINTS, taken }, ...purseReturns(body, {}, sale.returned)]
  for (const { purse, taken: amount } of gone) {
    if (amount === 0n) continue
    const account = work.account(member.id, purse)
    work.saveAccount(takeOut(account, points(amount), todayOf(entry, context), isLotOf(sale.key)).account)
  }
  return Object.fromEntries(returned)
}
