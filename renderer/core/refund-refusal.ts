import type { CoreReply } from '../../shared/core-api.ts'
import { formatQty, qtyOf } from '../../shared/ledger/amounts.ts'
import type { SaleBody } from '../../shared/ledger/entry.ts'
import type { RefundRefusal } from '../../shared/ledger/refund.ts'
import { type ReturnedLines, returnedOfLine } from '../../shared/ledger/returned-lines.ts'
import { formatHundredths } from '../../shared/money.ts'
import { moneyOf } from '../../shared/wire.ts'
import { no } from './context.ts'

/** A refused return in words that help: how much is left of the line, and which lines asked for nothing. */

interface Asked {
  readonly id: string
  readonly qty?: string | undefined
  readonly amount?: string | undefined
}

export function refusedReturn(
  sale: SaleBody,
  returned: ReturnedLines,
  lines: readonly Asked[] | undefined,
  { reason, detail }: { readonly reason: RefundRefusal; readonly detail: { readonly line: string } | undefined },
): CoreReply<never> {
  if (reason === 'returns_more_than_sold' && detail !== undefined) {
    return no(reason, { ...detail, left: inWords(leftOf(sale, returned, detail.line)) })
  }
  if (reason !== 'nothing_left_to_return' || lines === undefined) return no(reason, detail)
  const errors = lines.flatMap((line, index) => askedForNothing(line, index, leftOf(sale, returned, line.id)))
  // nothing comes back although something is left: whoever asks has counted nothing
  return errors.length > 0 ? no('bad_request', { errors }) : no(reason, detail)
}

interface Left {
  readonly qty: bigint
  readonly amount: bigint
}

function leftOf(sale: SaleBody, returned: ReturnedLines, id: string): Left {
  const line = sale.lines.find((each) => each.id === id)
  if (line === undefined) return { qty: 0n, amount: 0n }
  const back = returnedOfLine(returned, id)
  return { qty: qtyOf(line.qty) - (back?.qty ?? 0n), amount: moneyOf(line.amount) - (back?.amount ?? 0n) }
}

const inWords = ({ qty, amount }: Left) => ({ qty: formatQty(qty), amount: formatHundredths(amount) })

function askedForNothing(line: Asked, index: number, left: Left) {
  const told = inWords(left)
  return (['qty', 'amount'] as const).flatMap((field) => {
    if (line[field] === undefined || left[field] <= 0n) return []
    const allowed = `more than nothing: up to "${told[field]}" is left of this line`
    return [{ path: `lines.${index}.${field}`, found: JSON.stringify(line[field]), allowed }]
  })
}
