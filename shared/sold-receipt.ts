import { z } from 'zod'
import { outletId, receiptId } from './ids.ts'
import { formatQty } from './ledger/amounts.ts'
import type { SaleRecord } from './ledger/booking-port.ts'
import { entryKey, saleBody } from './ledger/entry.ts'
import { byLine } from './ledger/returned-lines.ts'
import { formatHundredths } from './money.ts'
import { instantText, moneyText, pointsText, qtyText } from './wire.ts'

/**
 * What a till asks the cloud about a receipt that another till has sold, or that goods may have come back of elsewhere.
 * Beside the sync protocol: a cloud without it answers 404, and the till goes on with what it knows itself.
 */

/** One number may have been given in so many outlets. */
export const SOLD_MAX = 20

/** Without an outlet: wherever that number was given. */
export const soldRequest = z.strictObject({ receipt: receiptId, outlet: outletId.optional() })
export type SoldRequest = z.infer<typeof soldRequest>

export const soldReceipt = z.object({
  outlet: outletId,
  key: entryKey,
  /** As the cloud applied it, with the member that it found afterwards. */
  body: saleBody,
  /** By line. */
  returned: byLine(
    z.object({ qty: qtyText, amount: moneyText, money: moneyText, pointsBack: pointsText, pointsTaken: pointsText }),
  ),
})
export type SoldReceipt = z.infer<typeof soldReceipt>

export const soldReply = z.object({
  receipts: z.array(soldReceipt).max(SOLD_MAX),
  /** The last entry of the asking till that is counted in this. */
  seen: z.object({ epoch: z.int().min(1), seq: z.int().min(0) }),
  now: instantText,
})
export type SoldReply = z.infer<typeof soldReply>

/** A sale as it is kept, as it is told. */
export function soldReceiptOf({ outlet, key, body, returned }: SaleRecord): SoldReceipt {
  const lines = Object.entries(returned).map(([id, line]) => [
    id,
    {
      qty: formatQty(line.qty),
      amount: formatHundredths(line.amount),
      money: formatHundredths(line.money),
      pointsBack: formatHundredths(line.pointsBack),
      pointsTaken: formatHundredths(line.pointsTaken),
    },
  ])
  return { outlet, key, body, returned: Object.fromEntries(lines) }
}
