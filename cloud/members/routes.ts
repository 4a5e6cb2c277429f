import type { FastifyInstance } from 'fastify'
import { sql } from 'kysely'
import { z } from 'zod'
import { badBirthDate, isBirthDate } from '../../shared/birth-date.ts'
import { type MemberId, memberId } from '../../shared/ids.ts'
import type { Cloud } from '../cloud.ts'
import type { Tx } from '../database/connect.ts'
import { transaction } from '../database/transaction.ts'
import { noteDue } from '../facts/state.ts'
import { programmeDay } from '../feed/rows.ts'
import { parsed } from '../http/problems.ts'
import { Refusal } from '../http/refusal.ts'
import { segmentRows } from '../segments/rows.ts'
import { tellFacts } from '../segments/told-facts.ts'
import { erasePerson } from './erase.ts'
import { erasedAmong } from './erased.ts'
import { exportPerson } from './export.ts'
import { findMembers, findPeople } from './find.ts'
import { type Extra, extra, readExtra, saveExtra } from './traits.ts'

const memberParams = z.strictObject({ member: memberId })

/** What is kept about one person, under /admin/v1; whoever registers it has checked the token. */
export function personRoutes(admin: FastifyInstance, cloud: Cloud): void {
  const { tenant, keys } = cloud
  const memberOf = async (params: unknown, find = findMembers) => {
    const { member } = parsed(memberParams, params)
    const found = (await find(cloud, { member })).at(-1)
    if (found === undefined) throw new Refusal(404, 'unknown_member', 'No such member.')
    return found
  }
  const personOf = (params: unknown) => memberOf(params, findPeople)
  admin.get('/admin/v1/members/:member/export', async (request) => exportPerson(cloud, await personOf(request.params)))
  admin.post('/admin/v1/members/:member/erase', async (request) => erasePerson(cloud, await personOf(request.params)))
  admin.get('/admin/v1/members/:member/family', async (request) => {
    const member = await memberOf(request.params)
    return { family: await transaction(cloud.db, (tx) => readExtra(tx, tenant, keys, member)) }
  })
  admin.put('/admin/v1/members/:member/family', async (request, reply) => {
    const member = await memberOf(request.params)
    const said = parsed(extra, request.body)
    checkBirthDates(said, await programmeDay(cloud, cloud.db))
    await transaction(cloud.db, async (tx) => {
      await checkIsRemembered(cloud, tx, member)
      await saveExtra(tx, tenant, keys, member, said)
      await noteDue(tx, tenant, [member])
      await tellFacts(tx, tenant, await segmentRows(tx, tenant), [member])
    })
    return reply.code(204).send()
  })
}

/** Whoever forgets the member holds the row, and has forgotten them once it is let go. */
async function checkIsRemembered({ tenant }: Cloud, tx: Tx, member: MemberId): Promise<void> {
  await sql`select from member where tenant = ${tenant} and member = ${member} for update`.execute(tx)
  if ((await erasedAmong(tx, tenant, [member])).size === 0) return
  throw new Refusal(404, 'unknown_member', 'This member was forgotten on request.')
}

function checkBirthDates({ children = [], spouse }: Extra, today: string): void {
  const dates = [
    ...children.map(({ birthDate }, index) => ({ birthDate, path: `children.${index}.birthDate` })),
    { birthDate: spouse?.birthDate, path: 'spouse.birthDate' },
  ]
  for (const { birthDate, path } of dates) {
    if (birthDate === undefined || isBirthDate(birthDate, today)) continue
    const title = 'The request is not what is expected here.'
    throw new Refusal(400, 'bad_request', title, badBirthDate(birthDate, today, path))
  }
}
