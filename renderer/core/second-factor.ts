import type { CoreRefusal, CoreReply, CoreResults, QuoteView } from '../../shared/core-api.ts'
import { type Context, done, no } from './context.ts'
import type { Desk } from './desk.ts'
import type { CloudAnswer } from './ports.ts'
import type { Shifts } from './shifts.ts'
import type { Ticket } from './ticket.ts'

/**
 * What makes a phone number enough to redeem: a code by message while the cloud is in reach, a manager's PIN at any time.
 * Whoever has shown a card needs neither, and is let through.
 */
export function secondFactor(context: Context, desk: Desk, shifts: Shifts) {
  const { cloud } = context.ports

  /** The ticket whose member told a phone; else the answer that needs no factor, or why there is none. */
  function asking(
    id: string,
  ): CoreReply<{ readonly ticket: Ticket; readonly member: string } | { readonly view: QuoteView }> {
    const ticket = desk.ticket(id)
    if (ticket === undefined) return no('unknown_quote')
    if (ticket.known === null) return no('unknown_member')
    if (ticket.known.identifiedBy !== 'phone') return done({ view: ticket.priced.view })
    return done({ ticket, member: ticket.known.found.member.id })
  }

  return {
    code: async ({ id }: { readonly id: string }): Promise<CoreReply<CoreResults['quotes.code']>> => {
      const asked = asking(id)
      if (!asked.ok) return asked
      if (!('ticket' in asked.value) || cloud.code === undefined) return no('code_unavailable')
      const answer = await cloud.code({ member: asked.value.member })
      return answer.kind === 'ok' ? done(answer.value) : no(refusalOf(answer))
    },
    confirm: async ({ id, code }: { readonly id: string; readonly code: string }): Promise<CoreReply<QuoteView>> => {
      const asked = asking(id)
      if (!asked.ok) return asked
      if ('view' in asked.value) return done(asked.value.view)
      if (cloud.checkCode === undefined) return no('code_unavailable')
      const { ticket, member } = asked.value
      const answer = await cloud.checkCode({ member, code })
      return answer.kind === 'ok' ? desk.surer(ticket, 'phone+code') : no(refusalOf(answer))
    },
    vouch: async ({ id, pin }: { readonly id: string; readonly pin: string }): Promise<CoreReply<QuoteView>> => {
      const asked = asking(id)
      if (!asked.ok) return asked
      if ('view' in asked.value) return done(asked.value.view)
      const manager = await shifts.manager(pin)
      return manager.ok ? desk.surer(asked.value.ticket, 'phone+pin') : manager
    },
  }
}

const TOLD: readonly CoreRefusal[] = ['wrong_code', 'code_over', 'too_many_codes']

function refusalOf(answer: Exclude<CloudAnswer<unknown>, { kind: 'ok' }>): CoreRefusal {
  const code = answer.kind === 'refused' ? answer.code : ''
  return TOLD.find((each) => each === code) ?? 'code_unavailable'
}
