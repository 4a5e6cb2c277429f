import { sql } from 'kysely'
import { bringFactsUp } from '../../cloud/facts/keep.ts'
import type { StartOptions } from '../../cloud/start.ts'
import type { MemberId } from '../../shared/ids.ts'
import { canonical, sha256Hex } from '../../shared/ledger/chain.ts'
import type { AskedSurvey } from '../../shared/surveys/document.ts'
import { all, Shop } from './campaign-shop.ts'
import { plainProgramme } from './receipts.ts'
import type { Body } from './rig.ts'

/** A shop that asks its members: a survey, a chain that asks it, a task that pays for it. */

export const survey = {
  schema: 'survey/1',
  id: 'family',
  title: { ru: 'О семье', en: 'Your family' },
  questions: [
    {
      id: 'children',
      kind: 'yesNo',
      ask: { ru: 'Есть ли у вас дети?', en: 'Any children?' },
      attribute: 'has_children',
    },
    { id: 'born', kind: 'date', ask: { ru: 'Когда родился младший?' }, attribute: 'child_born' },
    {
      id: 'likes',
      kind: 'several',
      ask: { ru: 'Что вы любите?' },
      attribute: 'likes',
      options: [
        { id: 'coffee', label: { ru: 'Кофе' } },
        { id: 'tea', label: { ru: 'Чай' } },
      ],
    },
    { id: 'wish', kind: 'text', ask: { ru: 'Чего вам не хватает?' }, attribute: 'wish' },
  ],
}
const touch = {
  id: 't1',
  do: 'survey',
  afterDays: 0,
  survey: 'family',
  lifeDays: 14,
  text: { ru: 'Ответьте нам: {surveyLink}', en: 'Please answer: {surveyLink}' },
}
export const chain = { ...all, id: 'asking', name: 'Опрос', touches: [touch] }
const budget = { averageCheck: '900.00', marginPercent: '40', sharePercent: '50' }
export const task = {
  schema: 'task/1',
  id: 'family-task',
  name: 'Анкета',
  do: { kind: 'survey', survey: 'family' },
  reward: { kind: 'gift', points: '50.00', lifeDays: 30 },
  budget,
}

export class Asking extends Shop {
  static async opened(document: object = survey, options: StartOptions = {}): Promise<Asking> {
    const shop = await Asking.open(plainProgramme, options)
    await shop.keep(document)
    await shop.is('open')
    return shop
  }

  async keep(document: object): Promise<Body> {
    const { id } = document as { id: string }
    const reply = await this.cloud.admin('PUT', `surveys/${id}`, document)
    if (reply.status !== 200) throw new Error(JSON.stringify(reply))
    return reply.body
  }

  is(state: string, id = 'family') {
    return this.cloud.admin('POST', `surveys/${id}/state`, { state })
  }

  /** What the till has been told to ask. */
  async asked(member: string): Promise<AskedSurvey | undefined> {
    await this.till.pullAll(5000, this.told)
    const row = this.told.get(`hint ${member}`) as Body
    return row?.hints.find((hint: Body) => hint.survey !== undefined)?.survey
  }

  /** At the till, as the cashier taps it. */
  async says(member: string, question: string, answer: string, version = 1, at = new Date(this.now).toISOString()) {
    const body = { kind: 'answer' as const, member: member as MemberId, survey: `family@${version}`, question, answer }
    const entry = this.till.write(body, { at })
    await this.till.push([entry])
    return entry
  }

  async tells(member: string, question: string, text: string): Promise<void> {
    const at = new Date(this.now).toISOString()
    const said = { text, salt: 'salt-salt-salt-salt' }
    const hash = sha256Hex(canonical(said))
    const common = { kind: 'answer' as const, member: member as MemberId, survey: 'family@1', question }
    await this.till.push([this.till.write({ ...common, answer: 'said', said: hash }, { at, said })])
  }

  async answersAll(member: string): Promise<void> {
    await this.says(member, 'children', 'yes')
    await this.tells(member, 'born', '2015-03-05')
    await this.says(member, 'likes', 'tea')
    await this.tells(member, 'wish', 'Больше пирогов')
    await bringFactsUp(this.cloud.cloud)
  }

  async answered(member: string): Promise<Body> {
    await bringFactsUp(this.cloud.cloud)
    const { rows } = await sql<{ answered: Body }>`select answered from member_trait where member = ${member}`.execute(
      this.cloud.db,
    )
    return rows[0]?.answered ?? null
  }

  async count(predicate: object): Promise<number> {
    const made = await this.cloud.admin('POST', 'segments/preview', { predicate })
    return made.body.members
  }

  async report(id = 'family'): Promise<Body> {
    return (await this.cloud.admin('GET', `surveys/${id}/report`)).body
  }

  async balance(member: string): Promise<string | undefined> {
    return (await this.cloud.admin('GET', `members/${member}/export`)).body.purses[0]?.balance
  }
}

/** Who has bought once long ago is asked by the chain. */
export async function touched(...members: string[]): Promise<Asking> {
  const shop = await Asking.opened()
  await shop.enrol(...members)
  for (const member of members) await shop.buys(member)
  await shop.start(chain)
  await shop.morning(66)
  return shop
}
