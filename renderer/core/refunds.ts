import type { z } from 'zod'
import type { CoreReply, coreMethods, MemberView, RefundView } from '../../shared/core-api.ts'
import { qtyOf } from '../../shared/ledger/amounts.ts'
import { refundBodyOf } from '../../shared/ledger/decide.ts'
import type { RefundBody } from '../../shared/ledger/entry.ts'
import { planRefund } from '../../shared/ledger/refund.ts'
import { formatHundredths } from '../../shared/money.ts'
import { moneyOf } from '../../shared/wire.ts'
import { afterRefund, attachedSale } from './books.ts'
import { type Context, done, no } from './context.ts'
import { figuresOf, type Known, memberView, withEntry } from './members.ts'
import { parsed } from './reconcile.ts'
import { commandBody, type Sales } from './sales.ts'
import type { Shifts } from './shifts.ts'
import { refundSlip, slipLanguage } from './slip.ts'

/** Taking goods back: worked out from the record of the sale, whole or by lines, once per key. */

type Params = z.output<(typeof coreMethods)['receipts.refund']>

export function refundDesk(context: Context, sales: Sales, shifts: Shifts) {
  const { ports, identity, stream, members, programmes, time } = context
  const { money, cache } = ports

  return async function refund(params: Params): Promise<CoreReply<RefundView>> {
    const command = { key: params.idempotencyKey, body: commandBody('receipts.refund', params) }
    return await stream.exclusive(async () => {
      const repeat = await sales.answered<RefundView>(command.key, command.body)
      if (repeat !== undefined) return repeat
      const inForce = programmes.current()
      if (inForce === null) return no('no_programme')
      const outlet = params.outlet ?? identity.outlet
      const row = await money.receipt(outlet, params.receipt)
      const [entryRow] = row === undefined ? [] : await money.entries(row.epoch, row.seq, 1)
      if (row === undefined || entryRow?.seq !== row.seq) return no('unknown_receipt')
      const sale = parsed(entryRow.text).entry
      if (sale.body.kind !== 'sale') return no('unknown_receipt')
      const sold = attachedSale(sale.body, row)
      const plan = planRefund(sold, row.returned as Parameters<typeof planRefund>[1], {
        ...(params.lines === undefined
          ? {}
          : {
              lines: params.lines.map(({ id, qty, amount }) => ({
                id,
                ...(qty === undefined ? {} : { qty: qtyOf(qty) }),
                ...(amount === undefined ? {} : { amount: moneyOf(amount) as bigint }),
              })),
            }),
      })
      if (!plan.ok) return no(plan.reason, plan.detail)
      const { lines } = plan.value
      const { device, epoch, seq } = sale
      const body = refundBodyOf({ device, epoch, seq }, sold, plan.value, sale.outlet)
      const known = await holder(sold.member?.id)
      const { compiled } = inForce
      const after: Known | null = known === null ? null : withEntry(known, body, time.now())
      const figures = after === null ? null : figuresOf(after, compiled.document.accrual.activationDays)
      const view = after === null ? null : memberView(after, compiled, time.now())
      const { shift, drafts } = shifts.forSale(outlet)
      const written = await stream.write({
        drafts: [...drafts, { body, outlet, shift, cashier: params.cashier ?? null }],
        receipts: [afterRefund(row, body, new Map(lines.map((line) => [line.id, line.money])))],
        command: {
          ...command,
          answer: (entries): RefundView => {
            const { device, epoch, seq } = entries.at(-1)!
            const facts = { money: body.money, pointsBack: body.pointsBack, pointsTaken: body.pointsTaken }
            return {
              receipt: sale.body.kind === 'sale' ? sale.body.receipt : params.receipt,
              key: { device, epoch, seq },
              ...facts,
              debt: formatHundredths(figures?.debt ?? 0n),
              slip: refundSlip(
                { ...facts, stamps: movedCards(view, body), balance: view?.balance ?? null },
                compiled,
                slipLanguage(view, compiled),
              ),
            }
          },
        },
      })
      if (!written.ok) return no(written.reason)
      context.changed()
      return written.copied ? done(written.answer as RefundView) : no('durability_pending', { key: command.key })
    })
  }

  async function holder(member: string | undefined): Promise<Known | null> {
    const found = member === undefined ? undefined : await cache.find({ member })
    if (found === undefined) return null
    return await members.refresh({ found, identifiedBy: 'member' })
  }
}

function movedCards(view: MemberView | null, { purses = [] }: RefundBody) {
  const moved = new Set(purses.map(({ purse }) => purse))
  return (view?.stamps ?? []).filter(({ id }) => moved.has(`stamp:${id}`))
}
