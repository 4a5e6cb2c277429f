import { formatDay, instantOf, localTime, tradingDay } from '../../shared/calendar.ts'
import type { MemberId, OutletId } from '../../shared/ids.ts'
import { gatherStates } from '../../shared/intake/member-state.ts'
import type { SaleBody } from '../../shared/ledger/entry.ts'
import { documentOf } from '../../shared/ledger/rules.ts'
import { stampPurse } from '../../shared/ledger/stamps.ts'
import type { CompiledProgramme } from '../../shared/programme/compile.ts'
import type { Cloud } from '../cloud.ts'
import type { Tx } from '../database/connect.ts'
import { ledgerTx } from '../ledger/postgres-store.ts'

/** How often the member has bought at an outlet on one of its trading days. */
export function visitsOn(
  day: string,
  outlet: OutletId,
  purchases: readonly { readonly outlet: string; readonly at: string }[],
  compiled: CompiledProgramme,
): number {
  const zone = compiled.outlets.get(outlet) ?? compiled.zone
  const dayAt = (at: string) => formatDay(tradingDay(localTime(zone.timeZone, instantOf(at)), zone.dayStartsAtMinute))
  return purchases.filter((purchase) => purchase.outlet === outlet && dayAt(purchase.at) === day).length
}

/**
 * The order without a visit's stamp that its day has had meanwhile: several baskets may have been held side by side, each
 * as the first of its day. Rule L71.
 */
export async function withoutVisitsHad(
  cloud: Cloud,
  tx: Tx,
  compiled: CompiledProgramme,
  outlet: OutletId,
  member: MemberId,
  sale: SaleBody,
): Promise<SaleBody> {
  const cards = (documentOf(compiled).stamps ?? []).flatMap(({ id, collect }) => {
    if (collect.kind !== 'visits' || collect.perDay === undefined) return []
    const purse = stampPurse({ id })
    return sale.postings.some((posting) => posting.purse === purse) ? [{ purse, perDay: collect.perDay }] : []
  })
  if (cards.length === 0) return sale
  const state = (await gatherStates(ledgerTx(cloud, tx), compiled, [member])).get(member)
  const visits = visitsOn(sale.day, outlet, state?.purchases ?? [], compiled)
  const had = new Set(cards.filter(({ perDay }) => visits >= perDay).map(({ purse }) => purse))
  return { ...sale, postings: sale.postings.filter(({ purse, kind }) => kind !== 'earn' || !had.has(purse)) }
}
