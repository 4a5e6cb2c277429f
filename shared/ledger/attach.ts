import { formatPoints, NO_POINTS, points } from '../money.ts'
import type { CompiledProgramme } from '../programme/compile.ts'
import { quote } from '../quote/quote.ts'
import { assert, ok, type Result, refuse } from '../result.ts'
import type { SaleRecord } from './booking-port.ts'
import type { AttachBody, SaleBody } from './entry.ts'
import { POINTS } from './needs.ts'
import { requestOf } from './recompute.ts'
import { stampPostings, stampsOfLine, stampsOfRequest } from './recompute-stamps.ts'
import { planRefund } from './refund.ts'
import { documentOf, plusDays, programmeDay } from './rules.ts'

export type AttachRefusal = 'receipt_has_member' | 'too_long_ago' | 'nothing_left_to_return'

const NOTHING = formatPoints(NO_POINTS)

/** Where the programme says nothing: a receipt may find its member for so many days. */
export const ATTACH_DAYS_DEFAULT = 14

/**
 * What a receipt without a member would have earned with this one, points and stamps, as the entry that says so. Rewards
 * and redemption are not made up afterwards. `programme` is the version of the sale; `visitsThatDay`: stamps of visits
 * that the member got on the receipt's day, by card. Rules L13, L28, L29 of SPEC.md.
 */
export function planAttach(
  sale: SaleRecord,
  member: NonNullable<SaleBody['member']>,
  programme: CompiledProgramme,
  today: string,
  by: string,
  visitsThatDay?: ReadonlyMap<string, number>,
): Result<AttachBody, AttachRefusal> {
  if (sale.body.member !== null) return refuse('receipt_has_member')
  const day = programmeDay(programme, sale.body.receiptAt)
  if (today > plusDays(day, documentOf(programme).cards?.attachDays ?? ATTACH_DAYS_DEFAULT))
    return refuse('too_long_ago')
  if (!planRefund(sale.body, sale.returned, {}).ok) return refuse('nothing_left_to_return')
  const request = { ...requestOf(sale.outlet, { ...sale.body, member }), redeem: NO_POINTS }
  const quoted = quote(programme, request)
  assert(quoted.ok, 'nothing asked is never refused')
  const { earn, lines } = quoted.value
  const stamps = stampsOfRequest(programme, request, visitsThatDay)
  return ok({
    kind: 'attach',
    receipt: sale.receipt,
    soldAt: sale.outlet,
    member,
    lines: lines.map((line) => {
      const own = stampsOfLine(stamps, line.id)
      return { id: line.id, earn: formatPoints(points(line.earn)), ...(own.length === 0 ? {} : { stamps: [...own] }) }
    }),
    postings: [{ purse: POINTS, kind: 'earn', points: formatPoints(earn) }, ...stampPostings(stamps)],
    by,
  })
}

/** A sale with the member that it found afterwards. The same on till and cloud. */
export function attachedSale(sale: SaleBody, attached: AttachBody): SaleBody {
  const found = new Map(attached.lines.map((line) => [line.id, line]))
  return {
    ...sale,
    member: attached.member,
    lines: sale.lines.map(({ stamps: _, ...line }) => {
      const { earn = NOTHING, stamps } = found.get(line.id) ?? {}
      return { ...line, earn, ...(stamps === undefined ? {} : { stamps }) }
    }),
    postings: attached.postings,
  }
}
