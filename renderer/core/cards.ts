import type { z } from 'zod'
import type { CardView, CoreReply, coreMethods } from '../../shared/core-api.ts'
import { holdsPaymentNumber } from '../../shared/identification/payment-card.ts'
import type { CardRecord } from '../../shared/ledger/booking-port.ts'
import { type CardCommand, decideCard } from '../../shared/ledger/decide-card.ts'
import type { MemberBody } from '../../shared/ledger/entry.ts'
import type { CardRow, PullChange } from '../../shared/sync/protocol.ts'
import { type Context, done, no } from './context.ts'
import type { Desk } from './desk.ts'
import type { enrolmentDesk } from './enrolments.ts'
import { memberView } from './members.ts'

/** A lost card is blocked, a worn one replaced: at once at this till, and everywhere once the cloud has heard. */

type Params<M extends 'cards.block' | 'cards.replace'> = z.output<(typeof coreMethods)[M]>

export function cardDesk(context: Context, desk: Desk, enrolments: ReturnType<typeof enrolmentDesk>) {
  const { ports, identity, members, programmes, stream, time } = context
  const { cache } = ports

  async function change(
    number: string,
    cashier: string | undefined,
    reason: string | undefined,
    commandFor: (card: CardRow, by: string) => CardCommand,
  ): Promise<CoreReply<CardView>> {
    if (holdsPaymentNumber(number)) return no('payment_card')
    const found = await members.find({ card: number })
    if (found?.card == null) return no('unknown_card', { card: number })
    const reply = await stream.exclusive(async (): Promise<CoreReply<readonly CardRow[]>> => {
      const now = await cache.find({ card: number })
      if (now?.card == null) return no('unknown_card', { card: number })
      const { card, member } = now
      const record = { ...member, mergedInto: null, lastPurchaseAt: null, terms: [] }
      const decided = decideCard(commandFor(card, cashier ?? 'till'), record, [card satisfies CardRecord])
      if (!decided.ok) return no(decided.reason, { card: number })
      const body = { ...(decided.value[0] as MemberBody), ...(reason === undefined ? {} : { reason }) }
      const given = body.card?.action === 'replace' ? body.card.with : undefined
      if (given !== undefined && (await cache.find({ card: given })) !== undefined) return no('card_taken')
      const shift = stream.shift()
      const inShift = shift === undefined || shift.closedAt !== null ? null : shift.id
      const draft = { body, outlet: identity.outlet, shift: inShift, cashier: cashier ?? null }
      const written = await stream.write({ drafts: [draft] })
      if (!written.ok) return no(written.reason)
      const rows = changedCards(card, body)
      await cache.apply(rows.map(cardChange), time.nowText())
      return written.copied ? done(rows) : no('durability_pending')
    })
    if (!reply.ok) return reply
    const card = reply.value.at(-1)!
    const holder = await members.refresh({ found: (await cache.find({ card: card.number }))!, identifiedBy: 'card' })
    await desk.requote()
    return done({ card: card.number, state: card.state, member: memberView(holder, programmes.current(), time.now()) })
  }

  return {
    block: ({ card, cashier, reason }: Params<'cards.block'>) =>
      change(card, cashier, reason, ({ number }, by) => ({ do: 'block_card', number, by })),
    replace: async ({ card, with: next, cashier, reason }: Params<'cards.replace'>): Promise<CoreReply<CardView>> => {
      const given = await enrolments.freeNumber(next)
      if (!given.ok) return given
      const command = ({ number }: CardRow, by: string): CardCommand => {
        return { do: 'replace_card', number, with: given.value, holder: undefined, by }
      }
      return await change(card, cashier, reason, command)
    },
  }
}

/** The cards as the cloud will tell them once it has heard; the one that matters last. */
export function changedCards(card: CardRow, { card: change }: MemberBody): readonly CardRow[] {
  switch (change?.action) {
    case 'block':
      return [{ ...card, state: 'blocked' }]
    case 'replace':
      return [
        { ...card, state: 'replaced', primary: false },
        { ...card, number: change.with, type: change.type, state: 'active' },
      ]
    default:
      return [] // no till does the others yet
  }
}

export const cardChange = (row: CardRow): PullChange => ({ scope: 'card', key: row.number, row })
