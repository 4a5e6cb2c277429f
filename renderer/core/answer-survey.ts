import type { z } from 'zod'
import type { CoreReply, coreMethods } from '../../shared/core-api.ts'
import { canonical, sha256Hex } from '../../shared/ledger/chain.ts'
import { DECLINED, isPersonal, readAnswer, SAID } from '../../shared/surveys/answer.ts'
import type { Question } from '../../shared/surveys/document.ts'
import { type Context, done, no } from './context.ts'
import type { Desk } from './desk.ts'
import { askedBy } from './hints.ts'
import { memberView } from './members.ts'
import type { Draft } from './stream.ts'

type Answer = z.output<(typeof coreMethods)['desk.answer']>

/**
 * Writes down what the member answered to the question on the screen. After the last one the survey is told; who does not
 * want to say is asked nothing more of it. A second press for the same question changes nothing. Rule K112.
 */
export async function answerSurvey(
  context: Context,
  desk: Desk,
  { hint, question, answer }: Answer,
): Promise<CoreReply<null>> {
  const { identity, members, ports, programmes, stream, time } = context
  const member = desk.view().member
  if (member === null) return no('nothing_on_desk')
  const reply = await stream.exclusive(async (): Promise<CoreReply<null>> => {
    const found = await members.find({ member: member.id })
    if (found === undefined) return no('unknown_member')
    const known = await members.refresh({ found, identifiedBy: member.identifiedBy })
    const shown = memberView(known, programmes.current(), time.now()).hint
    const asked = askedBy(known, hint)
    if (shown?.id !== hint || shown.survey?.question.id !== question || asked === undefined) return done(null)
    const read = readAnswer(shown.survey.question, answer)
    if (!read.ok) return no('bad_request')
    const shift = stream.shift()
    const inShift = shift === undefined || shift.closedAt !== null ? null : shift.id
    const place = { outlet: identity.outlet, shift: inShift, cashier: null }
    const answering = (each: Question, given: string): Draft => {
      const body = { kind: 'answer' as const, member: found.member.id, survey: asked.survey.name, question: each.id }
      if (given === DECLINED || !isPersonal(each)) return { ...place, body: { ...body, answer: given } }
      // its salt keeps the hash of a day or of a few words from being guessed
      const said = { text: given, salt: ports.ids.next() }
      return { ...place, body: { ...body, answer: SAID, said: sha256Hex(canonical(said)) }, said }
    }
    const declined = read.value === DECLINED
    const answered = declined ? asked.left : asked.left.slice(0, 1)
    const isLast = answered.length === asked.left.length
    const drafts = answered.map((each) => answering(each, read.value))
    const told: Draft = { ...place, body: { kind: 'hint', member: found.member.id, hint, action: 'told' } }
    const written = await stream.write({ drafts: isLast ? [...drafts, told] : drafts })
    return written.ok ? done(null) : no(written.reason)
  })
  await desk.requote()
  return reply
}
