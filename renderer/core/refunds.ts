import type { z } from 'zod'
import type { CoreReply, coreMethods, MemberView, RefundView } from '../../shared/core-api.ts'
import { qtyOf } from '../../shared/ledger/amounts.ts'
import { refundBodyOf } from '../../shared/ledger/decide.ts'
import type { RefundBody } from '../../shared/ledger/entry.ts'
import { planRefund } from '../../shared/ledger/refund.ts'
import { formatHundredths } from '../../shared/money.ts'
import { moneyOf } from '../../shared/wire.ts'
import { afterRefund } from './books.ts'
import { type Context, done, no } from './context.ts'
import { figuresOf, type Known, memberView, withEntry } from './members.ts'
import { refusedReturn } from './refund-refusal.ts'
import { commandBody, type Sales } from './sales.ts'
import type { Shifts } from './shifts.ts'
import { refundSlip, slipLanguage } from './slip.ts'
import type { SoldDesk } from './sold.ts'

/** Taking goods back: worked out from the record of the sale, whole or by lines, once per key, wherever it was sold. */

type Params = z.output<(typeof coreMethods)['receipts.refund']>

export function refundDesk(context: Context, sales: Sales, shifts: Shifts, finder: SoldDesk) {
  const { ports, identity, stream, members, programmes, time } = context
  const { money, cache } = ports

  return async function refund(params: Params): Promise<CoreReply<RefundView>> {
    const command = { key: params.idempotencyKey, body: commandBody('receipts.refund', params) }
    const before = await sales.answered<RefundView>(command.key, command.body)
    if (before !== undefined) return before
    const found = await finder.find(params.receipt, params.outlet ?? identity.outlet)
    if (found.kind === 'elsewhere') return no('receipt_elsewhere', { till: found.till })
    const [sold] = found.receipts
    if (sold === undefined) return no('unknown_receipt')
    return await stream.exclusive(async () => {
      const repeat = await sales.answered<RefundView>(command.key, command.body)
      if (repeat !== undefined) return repeat
      const inForce = programmes.current()
      if (inForce === null) return no('no_programme')
      const { outlet, key } = sold
      const { sale, returned } = await sold.now()
      const plan = planRefund(sale, returned, {
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
      if (!plan.ok) return refusedReturn(sale, returned, params.lines, plan)
      const body = refundBodyOf(key, sale, plan.value, outlet)
      const row = await money.receipt(outlet, sale.receipt)
      const known = await holder(sale.member?.id)
      const { compiled } = inForce
      const after: Known | null = known === null ? null : withEntry(known, body, time.now())
      const figures = after === null ? null : figuresOf(after, compiled.document.accrual.activationDays)
      const view = after === null ? null : memberView(after, inForce, time.now())
      const where = row === undefined ? identity.outlet : outlet // taken back here, wherever it was sold
      const { shift, drafts } = shifts.forSale(where)
      const written = await stream.write({
        drafts: [...drafts, { body, outlet: where, shift, cashier: params.cashier ?? null }],
        receipts: row === undefined ? [] : [afterRefund(row, plan.value)],
        command: {
          ...command,
          answer: (entries): RefundView => {
            const { device, epoch, seq } = entries.at(-1)!
            const facts = { money: body.money, pointsBack: body.pointsBack, pointsTaken: body.pointsTaken }
            return {
              receipt: sale.receipt,
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
