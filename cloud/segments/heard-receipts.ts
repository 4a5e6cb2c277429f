import { sql } from 'kysely'
import type { OutletId, ReceiptId, TenantId } from '../../shared/ids.ts'
import type { HeardReceipt } from '../../shared/intake/port.ts'
import { saleKey } from '../../shared/ledger/booking-port.ts'
import { programmeDay } from '../../shared/ledger/rules.ts'
import type { CompiledProgramme } from '../../shared/programme/compile.ts'
import { amountOf, isRedeemed } from '../../shared/segments/bought.ts'
import type { Tx } from '../database/connect.ts'
import { loadSales, type ReadSales } from '../ledger/load.ts'

/** Everything that members bought and brought back, with what no receipt was made of yet. */
export async function receiptsOf(
  tx: Tx,
  tenant: TenantId,
  programme: CompiledProgramme,
  members: readonly string[],
): Promise<Map<string, HeardReceipt[]>> {
  type Row = Omit<HeardReceipt, 'redeemed' | 'undoneAt'> & {
    readonly member: string
    readonly points: bigint
    readonly undone_at: string | null
  }
  const { rows } = await sql<Row>`
    select r.member, r.outlet, r.receipt, r.at, r.day, r.amount, r.redeemed as points, r.undone_at, s.device
    from receipt r
    left join sale s on s.tenant = ${tenant} and s.outlet = r.outlet and s.receipt = r.receipt
    where r.tenant = ${tenant} and r.member = any(${members}::text[])`.execute(tx)
  const { rows: uncounted } = await sql<{ member: string; outlet: OutletId; receipt: ReceiptId }>`
    select s.member, s.outlet, s.receipt from sale s
    where s.tenant = ${tenant} and s.member = any(${members}::text[]) and not exists (
      select from receipt r where r.tenant = ${tenant} and r.outlet = s.outlet and r.receipt = s.receipt)`.execute(tx)
  const read: ReadSales = { sales: new Map(), writtenBodies: new WeakSet() }
  await loadSales(tx, tenant, uncounted, read, true)
  const found = new Map<string, HeardReceipt[]>(members.map((member) => [member, []]))
  for (const { member, points, undone_at, ...row } of rows) {
    found.get(member)?.push({ ...row, redeemed: points > 0n, undoneAt: undone_at })
  }
  for (const { member, outlet, receipt } of uncounted) {
    const sale = read.sales.get(saleKey(outlet, receipt))
    if (sale === undefined) continue
    const { receiptAt: at } = sale.body
    found.get(member)?.push({
      ...{ outlet, receipt, at, device: sale.key.device },
      day: programmeDay(programme, at),
      amount: amountOf(sale.body),
      redeemed: isRedeemed(sale.body),
      undoneAt: null,
    })
  }
  return found
}
