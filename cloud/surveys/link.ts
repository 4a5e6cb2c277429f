import type { TenantId } from '../../shared/ids.ts'
import { type MemberId, memberId } from '../../shared/ids.ts'
import { surveyId } from '../../shared/surveys/document.ts'
import type { Cloud } from '../cloud.ts'
import type { Tx } from '../database/connect.ts'
import { movedTo } from '../facts/receipts.ts'
import { programmeDay } from '../feed/rows.ts'
import { type Keys, sameSecret } from '../secrets/keys.ts'
import { openSurveys } from './asked.ts'
import { isAsked, surveys } from './store.ts'

/** A link under which one member answers one survey: only this service can make it, and it says nothing of either. Rule K120. */

const markOf = (keys: Keys, tenant: TenantId, member: string, survey: string) =>
  keys.mark(`survey\n${tenant}\n${member}\n${survey}`)

/** Undefined: the service does not know its own address. */
export function surveyLink({ publicUrl, keys, tenant }: Cloud, survey: string, member: string): string | undefined {
  if (publicUrl === undefined) return undefined
  const names = [member, survey].map((name) => Buffer.from(name).toString('base64url'))
  return `${publicUrl}/survey/${names.join('.')}.${markOf(keys, tenant, member, survey)}`
}

/** Undefined: not one of ours, or not all of it. */
export function readToken({ keys, tenant }: Cloud, token: string): { member: MemberId; survey: string } | undefined {
  const [first = '', second = '', mark = ''] = token.split('.')
  const [member, survey] = [memberId.safeParse(plain(first)), surveyId.safeParse(plain(second))]
  if (!member.success || !survey.success) return undefined
  if (!sameSecret(mark, markOf(keys, tenant, member.data, survey.data))) return undefined
  return { member: member.data, survey: survey.data }
}

const plain = (name: string) => Buffer.from(name, 'base64url').toString()

/** Why no message about a survey is sent to a member; undefined: one is. Rule K110. */
export async function surveyTrouble(cloud: Cloud, survey: string, member: MemberId): Promise<string | undefined> {
  if (cloud.publicUrl === undefined) return 'the service does not know its own address'
  const [found] = await surveys(cloud, cloud.db, survey)
  if (found === undefined || !isAsked(found, await programmeDay(cloud, cloud.db))) return 'the survey is over'
  const open = await openSurveys(cloud.db, cloud.tenant, [member])
  return open.of(survey, member) === undefined ? 'the survey is answered' : undefined
}

/** Who a link means now: members are merged, and forgotten. */
export async function memberNow(cloud: Cloud, tx: Tx, member: MemberId): Promise<MemberId | null> {
  return (await movedTo(tx, cloud.tenant, [member]))(member) as MemberId | null
}
