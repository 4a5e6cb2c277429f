import { formatPoints, NO_POINTS, points } from '../money.ts'
import type { CompiledProgramme } from '../programme/compile.ts'
import { quote } from '../quote/quote.ts'
import { assert, ok, type Result, refuse } from '../result.ts'
import type { SaleRecord } from './booking-port.ts'
import type { AttachBody, SaleBody } from './entry.ts'
import { POINTS } from './needs.ts'
import { requestOf } from './recompute.ts'
import { planRefund } from './refund.ts'
import { documentOf, plusDays, programmeDay } from './rules.ts'

export type AttachRefusal = 'receipt_has_member' | 'too_long_ago' | 'nothing_left_to_return'

/** Where the programme says nothing: a receipt may find its member for so many days. */
export const ATTACH_DAYS_DEFAULT = 14

/**
 * What a receipt without a member would have earned with this one, as the entry that says so. Rewards and redemption
 * are not made up afterwards. `programme` is the version of the sale. Rules L28, L29 of SPEC.md.
 */
export function planAttach(
  sale: SaleRecord,
  member: NonNullable<SaleBody['member']>,
  programme: CompiledProgramme,
  today: string,
  by: string,
): Result<AttachBody, AttachRefusal> {
  if (sale.body.member !== null) return refuse('receipt_has_member')
  const day = programmeDay(programme, sale.body.receiptAt)
  if (today > plusDays(day, documentOf(programme).cards?.attachDays ?? ATTACH_DAYS_DEFAULT))
    return refuse('too_long_ago')
  if (!planRefund(sale.body, sale.returned, {}).ok) return refuse('nothing_left_to_return')
  const quoted = quote(programme, { ...requestOf(sale.outlet, { ...sale.body, member }), redeem: NO_POINTS })
  assert(quoted.ok, 'nothing asked is never refused')
  const { earn, lines } = quoted.value
  return ok({
    kind: 'attach',
    receipt: sale.receipt,
    soldAt: sale.outlet,
    member,
    lines: lines.map((line) => ({ id: line.id, earn: formatPoints(points(line.earn)) })),
    postings: [{ purse: POINTS, kind: 'earn', points: formatPoints(earn) }],
    by,
  })
}
