import type { z } from 'zod'
import type { AttachView, CoreReply, coreMethods } from '../../shared/core-api.ts'
import { planAttach } from '../../shared/ledger/attach.ts'
import type { SaleRecord } from '../../shared/ledger/booking-port.ts'
import { afterAttach, attachedSale } from './books.ts'
import { type Context, done, no } from './context.ts'
import { parsed } from './journal-item.ts'
import { type Known, memberView, withEntry } from './members.ts'
import { dayText, visitsToday } from './own.ts'
import { commandBody, type Sales } from './sales.ts'
import type { Shifts } from './shifts.ts'
import { saleSlip, slipLanguage } from './slip.ts'
import { saleMember } from './ticket.ts'

/**
 * A receipt of this till gets its member afterwards: "I left my card at home", with the manager's PIN; or a card or
 * phone that nobody had when the receipt came, and that somebody has now.
 */

type Params = z.output<(typeof coreMethods)['receipts.attach']>

export function attachDesk(context: Context, sales: Sales, shifts: Shifts) {
  const { ports, identity, stream, members, programmes, time } = context
  const { money } = ports

  async function attach(params: Params): Promise<CoreReply<AttachView>> {
    const { pin, cashier: _cashier, ...asked } = params
    const command = { key: params.idempotencyKey, body: commandBody('receipts.attach', asked) }
    const repeat = await sales.answered<AttachView>(command.key, command.body)
    if (repeat !== undefined) return repeat
    const by = await shifts.manager(pin)
    if (!by.ok) return by
    const identified = await members.identify(asked)
    if (!identified.ok) return no(identified.reason, identified.detail)
    const { receipt, outlet = identity.outlet, cashier = null } = params
    return await write({ receipt, outlet, cashier, by: by.value, command }, identified.value)
  }

  /** Whose receipt it was has been said when it was booked: nobody has to vouch for it again. */
  async function credit(outlet: string, receipt: string, member: Known): Promise<CoreReply<AttachView>> {
    const command = { key: `credit-${outlet}-${receipt}`, body: commandBody('credit', { outlet, receipt }) }
    return await write({ receipt, outlet, cashier: null, by: 'till', command }, member)
  }

  interface Attaching {
    readonly receipt: string
    readonly outlet: string
    readonly cashier: string | null
    readonly by: string
    readonly command: { readonly key: string; readonly body: string }
  }

  async function write(asked: Attaching, found: Known): Promise<CoreReply<AttachView>> {
    const { receipt, outlet, command } = asked
    return await stream.exclusive(async (): Promise<CoreReply<AttachView>> => {
      const again = await sales.answered<AttachView>(command.key, command.body)
      if (again !== undefined) return again
      const row = await money.receipt(outlet, receipt)
      const [entryRow] = row === undefined ? [] : await money.entries(row.epoch, row.seq, 1)
      if (row === undefined || entryRow?.seq !== row.seq) return no('unknown_receipt')
      const { entry } = parsed(entryRow.text)
      if (entry.body.kind !== 'sale') return no('unknown_receipt')
      const programme = programmes.version(entry.body.programme.id, entry.body.programme.version)
      if (programme === undefined) return no('programme_changed')
      const known = await members.refresh(found)
      const { device, epoch, seq } = entry
      const sale: SaleRecord = {
        outlet: entry.outlet,
        receipt: entry.body.receipt,
        key: { device, epoch, seq },
        body: attachedSale(entry.body, row),
        spent: [],
        returned: row.returned as SaleRecord['returned'],
      }
      const { compiled } = programme
      const { receiptAt, day } = entry.body
      const member = saleMember(known, programme, receiptAt, day, known.found.member.tier)
      const today = dayText(compiled.zone.timeZone, time.now())
      const visits = visitsToday(known.rows, compiled, outlet, Date.parse(entry.body.receiptAt))
      const plan = planAttach(sale, member, compiled, today, asked.by, visits)
      if (!plan.ok) return no(plan.reason)
      const body = plan.value
      const view = memberView(withEntry(known, body, time.now()), programme, time.now())
      const earn = body.postings[0]!.points
      const { shift, drafts } = shifts.forSale(outlet)
      const written = await stream.write({
        drafts: [...drafts, { body, outlet, shift, cashier: asked.cashier }],
        receipts: [afterAttach(row, body, known.found.member.name)],
        command: {
          ...command,
          answer: (entries): AttachView => {
            const last = entries.at(-1)!
            const nothing = { redeem: '0.00', discount: '0.00', rewards: [], stamps: [] }
            const facts = { ...nothing, earn, balance: view.balance, card: view.card }
            return {
              receipt: sale.receipt,
              outlet: sale.outlet,
              key: { device: last.device, epoch: last.epoch, seq: last.seq },
              member: view,
              earn,
              slip: saleSlip(facts, compiled, slipLanguage(view, compiled)),
            }
          },
        },
      })
      if (!written.ok) return no(written.reason)
      context.changed()
      return written.copied ? done(written.answer as AttachView) : no('durability_pending', { key: command.key })
    })
  }

  return { attach, credit }
}
