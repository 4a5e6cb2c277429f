import type { OutletId, ReceiptId } from '../../shared/ids.ts'
import type { GatheredState } from '../../shared/intake/member-state.ts'
import { sumOf } from '../../shared/ledger/amounts.ts'
import { type Allowed, allowedNow } from '../../shared/ledger/limits.ts'
import { POINTS } from '../../shared/ledger/needs.ts'
import { postedOf } from '../../shared/ledger/refund.ts'
import { documentOf } from '../../shared/ledger/rules.ts'
import type { CompiledProgramme } from '../../shared/programme/compile.ts'
import { pointsOf } from '../../shared/wire.ts'
import type { Cloud } from '../cloud.ts'
import type { Tx } from '../database/connect.ts'
import { loadSales, type ReadSales } from '../ledger/load.ts'
import { basketQuote } from './schemas.ts'

/**
 * What the bounds against fraud leave for a basket: of the member's day everywhere, with what other baskets hold at this
 * moment, so that many small orders are no way round them. Rule L93.
 */
export async function allowedFor(
  cloud: Cloud,
  tx: Tx,
  programme: CompiledProgramme,
  { record, purchases }: GatheredState,
  today: string,
  order: { readonly outlet: OutletId; readonly receipt: ReceiptId },
): Promise<Allowed> {
  const { limits } = documentOf(programme)
  const todays = limits === undefined ? [] : purchases.filter(({ day }) => day === today)
  const waiting = limits === undefined ? [] : await othersHeld(cloud, tx, record.id, order)
  return allowedNow(limits, {
    receiptsToday: todays.length + waiting.length,
    earnedToday: sumOf(todays.map(({ earned }) => earned)) + sumOf(waiting.map(({ earn }) => earn)),
    redeemedToday: (await redeemedIn(cloud, tx, todays)) + sumOf(waiting.map(({ redeem }) => redeem)),
    receiptsThisHour: 0, // nobody stands there who could be pointed out
    returnsThisMonth: 0,
  })
}

async function redeemedIn(
  { tenant }: Cloud,
  tx: Tx,
  bought: readonly { readonly outlet: string; readonly receipt: string }[],
): Promise<bigint> {
  const loaded: ReadSales = { sales: new Map(), writtenBodies: new WeakSet() }
  const places = bought.map(({ outlet, receipt }) => ({ outlet: outlet as OutletId, receipt: receipt as ReceiptId }))
  await loadSales(tx, tenant, places, loaded, true)
  return sumOf([...loaded.sales.values()].map(({ body }) => postedOf(body, POINTS, 'redeem')))
}

/** What baskets of other orders hold for the member. */
async function othersHeld(
  { tenant }: Cloud,
  tx: Tx,
  member: string,
  { outlet, receipt }: { readonly outlet: string; readonly receipt: string },
) {
  const rows = await tx
    .selectFrom('shop_hold')
    .select(['outlet', 'receipt', 'points', 'told'])
    .where('tenant', '=', tenant)
    .where('member', '=', member)
    .where('state', '=', 'held')
    .execute()
  return rows
    .filter((row) => row.outlet !== outlet || row.receipt !== receipt)
    .map(({ points, told }) => ({ redeem: points, earn: pointsOf(basketQuote.parse(JSON.parse(told)).earn) }))
}
