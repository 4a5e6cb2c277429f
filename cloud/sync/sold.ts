import { sql } from 'kysely'
import type { OutletId, ReceiptId, TenantId } from '../../shared/ids.ts'
import type { Speaker } from '../../shared/intake/page.ts'
import type { SaleRecord } from '../../shared/ledger/booking-port.ts'
import { SOLD_MAX, type SoldReply, type SoldRequest, soldReceiptOf } from '../../shared/sold-receipt.ts'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import type { Tx } from '../database/connect.ts'
import { transaction } from '../database/transaction.ts'
import { readStream } from '../devices/streams.ts'
import { loadSales } from '../ledger/load.ts'

/** A receipt as it was sold and what has come back of it, for a till that is to take goods back. Rule S150. */
export async function soldFor(cloud: Cloud, speaker: Speaker, request: SoldRequest): Promise<SoldReply> {
  const { tenant } = cloud
  return await transaction(
    cloud.db,
    async (tx) => {
      const { epoch, high } = await readStream(tx, tenant, speaker.device, speaker.epoch)
      const sales = new Map<string, SaleRecord>()
      const places = await placesOf(tx, tenant, request)
      await loadSales(tx, tenant, places, { sales, writtenBodies: new WeakSet() }, true)
      return { receipts: [...sales.values()].map(soldReceiptOf), seen: { epoch, seq: high }, now: instant(cloud.clock) }
    },
    'repeatable read',
  )
}

async function placesOf(tx: Tx, tenant: TenantId, { receipt, outlet }: SoldRequest) {
  if (outlet !== undefined) return [{ outlet, receipt }]
  // by way of the outlets, which are few: sales are kept by outlet first
  const { rows } = await sql<{ outlet: OutletId; receipt: ReceiptId }>`
    select s.outlet, s.receipt from (select distinct outlet from device where tenant = ${tenant}) o
    join sale s on s.tenant = ${tenant} and s.outlet = o.outlet and s.receipt = ${receipt}
    order by s.outlet limit ${SOLD_MAX}`.execute(tx)
  return rows
}
