import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import type { MemberId } from '../../shared/ids.ts'
import { bookOwnIn } from '../../shared/intake/own-stream.ts'
import type { SaidToSave } from '../../shared/intake/port.ts'
import { lockMember } from '../../shared/intake/rights.ts'
import { canonical, sha256Hex } from '../../shared/ledger/chain.ts'
import type { EntryBody } from '../../shared/ledger/entry.ts'
import { assert } from '../../shared/result.ts'
import { DECLINED, isPersonal, SAID, type Said } from '../../shared/surveys/answer.ts'
import type { AskedSurvey } from '../../shared/surveys/document.ts'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import type { Tx } from '../database/connect.ts'
import { transaction } from '../database/transaction.ts'
import { programmeDay } from '../feed/rows.ts'
import { intakeOf, ledgerTx } from '../ledger/postgres-store.ts'
import { saveSaid } from '../members/answered.ts'
import { openSurveys } from './asked.ts'
import { memberNow } from './link.ts'
import { isAsked, surveys } from './store.ts'

/** How a survey stands for the member of a link. */
export type Standing =
  | { readonly is: 'unknown' | 'over' | 'answered' }
  | { readonly is: 'open'; readonly name: string; readonly survey: AskedSurvey; readonly member: MemberId }

export async function standingOf(cloud: Cloud, tx: Tx, name: string, asked: MemberId): Promise<Standing> {
  const { tenant } = cloud
  const member = await memberNow(cloud, tx, asked)
  const [survey] = await surveys(cloud, tx, name)
  if (member === null || survey === undefined || survey.state === 'draft') return { is: 'unknown' }
  const open = await openSurveys(tx, tenant, [member])
  const left = open.of(name, member)
  if (left === undefined && survey.state === 'open') return { is: 'answered' }
  if (left === undefined || !isAsked(survey, await programmeDay(cloud, tx))) return { is: 'over' }
  return { is: 'open', name, survey: left.survey, member }
}

/**
 * Books the answers of a form, once: whoever sends it a second time, or at the same moment, has answered already. An answer
 * that is missing is one that the member did not want to give. Rules K105, K120.
 */
export async function submitAnswers(
  cloud: Cloud,
  name: string,
  asked: MemberId,
  answers: ReadonlyMap<string, string>,
): Promise<Standing['is'] | 'booked'> {
  const { tenant, keys } = cloud
  const done = await transaction(cloud.db, async (tx) => {
    const known = await memberNow(cloud, tx, asked)
    if (known === null) return 'unknown'
    // whoever forgets or merges the member holds the row, and has done so once it is let go
    await lockMember(ledgerTx(cloud, tx), known)
    const member = await memberNow(cloud, tx, asked)
    if (member === null) return 'unknown'
    await sql`
      insert into survey_member (tenant, survey, member, standing, declined) values (${tenant}, ${name}, ${member}, false, false)
      on conflict (tenant, survey, member) do nothing`.execute(tx)
    await sql`
      select from survey_member where tenant = ${tenant} and survey = ${name} and member = ${member} for update`.execute(
      tx,
    )
    const standing = await standingOf(cloud, tx, name, member)
    if (standing.is !== 'open') return standing.is
    const said: (Said | undefined)[] = []
    const bodies = standing.survey.questions.map((question): EntryBody => {
      const answer = answers.get(question.id) ?? DECLINED
      const words =
        isPersonal(question) && answer !== DECLINED
          ? { text: answer, salt: randomBytes(16).toString('base64url') }
          : undefined
      said.push(words)
      const common = { kind: 'answer' as const, member, survey: standing.survey.name, question: question.id }
      return words === undefined
        ? { ...common, answer }
        : { ...common, answer: SAID, said: sha256Hex(canonical(words)) }
    })
    const booked = await bookOwnIn(intakeOf(cloud), ledgerTx(cloud, tx), bodies, 'survey')
    assert(
      booked.every(({ disposition }) => disposition.kind === 'applied'),
      'the ledger books an answer',
    )
    const words = booked.flatMap(({ entry: { device, epoch, seq } }, index): SaidToSave[] => {
      const spoken = said[index]
      return spoken === undefined ? [] : [{ device, epoch, seq, member, said: spoken }]
    })
    await saveSaid(tx, tenant, keys, words)
    const declined = bodies.some((body) => body.kind === 'answer' && body.answer === DECLINED)
    await sql`
      update survey_member set answered_at = ${instant(cloud.clock)}, declined = ${declined}, via = 'link'
      where tenant = ${tenant} and survey = ${name} and member = ${member}`.execute(tx)
    return 'booked'
  })
  cloud.feed.wake()
  return done
}
