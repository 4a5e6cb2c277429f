import type { z } from 'zod'
import type { CoreReply, coreMethods } from '../../shared/core-api.ts'
import { type Context, done, no } from './context.ts'
import type { Desk } from './desk.ts'
import { memberView } from './members.ts'

type Saying = z.output<(typeof coreMethods)['desk.hint']>

/**
 * Writes down what the cashier did with the hint on the screen: told, it is not shown again; put off, not in this visit. Rule K23.
 * A second press for the same one changes nothing.
 */
export async function sayHint(context: Context, desk: Desk, { hint, action }: Saying): Promise<CoreReply<null>> {
  const { identity, members, programmes, stream, time } = context
  const member = desk.view().member
  if (member === null) return no('nothing_on_desk')
  const reply = await stream.exclusive(async (): Promise<CoreReply<null>> => {
    const found = await members.find({ member: member.id })
    if (found === undefined) return no('unknown_member')
    const known = await members.refresh({ found, identifiedBy: member.identifiedBy })
    const shown = memberView(known, programmes.current(), time.now()).hint
    if (shown?.id !== hint) return done(null)
    const shift = stream.shift()
    const inShift = shift === undefined || shift.closedAt !== null ? null : shift.id
    const body = { kind: 'hint' as const, member: found.member.id, hint, action }
    const written = await stream.write({ drafts: [{ body, outlet: identity.outlet, shift: inShift, cashier: null }] })
    if (!written.ok) return no(written.reason)
    if (action === 'not_now') desk.keepPutOff(found.member.id, hint)
    return done(null)
  })
  await desk.requote()
  return reply
}
