import type { FastifyInstance } from 'fastify'
import type { z } from 'zod'
import { dayOf } from '../../shared/calendar.ts'
import type { MemberId } from '../../shared/ids.ts'
import type { EntryBody } from '../../shared/ledger/entry.ts'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import { makeEnrolCode } from '../devices/codes.ts'
import { checkOutlet } from '../devices/outlets.ts'
import { programmeDay } from '../feed/rows.ts'
import { attemptLimit } from '../http/attempts.ts'
import { parsed } from '../http/problems.ts'
import { Refusal } from '../http/refusal.ts'
import { bookOwn } from '../ledger/own-stream.ts'
import { balancesOf } from '../members/balances.ts'
import { setCardState } from '../members/cards.ts'
import { findMembers } from '../members/find.ts'
import { sameSecret } from '../secrets/keys.ts'
import { saveStaff } from '../staff/staff.ts'
import { quarantined, revokeTill, tills } from './lists.ts'
import * as schema from './schemas.ts'

const WRONG_TOKENS_A_MINUTE = 20

/** What the owner's tools and our own command line ask, under /admin/v1, with the admin token as bearer. */
export function adminRoutes(app: FastifyInstance, cloud: Cloud, token: string): void {
  const guesses = attemptLimit(WRONG_TOKENS_A_MINUTE, () => cloud.clock().getTime())

  app.register(async (admin) => {
    admin.addHook('onRequest', async (request) => {
      guesses.check(request.ip)
      const given = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
      if (sameSecret(given, token)) return
      guesses.failed(request.ip)
      throw new Refusal(401, 'unauthorized', 'The admin token is missing or wrong.')
    })

    admin.post('/admin/v1/enrol-codes', async (request, reply) => {
      const { outlet, till } = parsed(schema.enrolCodeRequest, request.body)
      await checkOutlet(cloud, outlet)
      return reply.code(201).send(await makeEnrolCode(cloud, outlet, till))
    })
    admin.get('/admin/v1/tills', async () => ({ tills: await tills(cloud) }))
    admin.post('/admin/v1/tills/:device/revoke', async (request, reply) => {
      const { device } = parsed(schema.deviceParams, request.params)
      if (!(await revokeTill(cloud, device))) throw new Refusal(404, 'unknown_device', 'There is no such till.')
      return reply.code(204).send()
    })
    admin.get('/admin/v1/quarantine', async () => ({ entries: await quarantined(cloud) }))

    admin.get('/admin/v1/balance', async (request) => {
      const member = await oneMember(cloud, parsed(schema.memberName, request.query))
      return { member, purses: await balancesOf(cloud, member) }
    })
    admin.post('/admin/v1/gifts', async (request, reply) => {
      const body = parsed(schema.giftRequest, request.body)
      const member = await recipient(cloud, body)
      const activeFrom = body.activeFrom ?? (await programmeDay(cloud, cloud.db))
      if (body.lastDay !== null && dayOf(body.lastDay) < dayOf(activeFrom)) {
        throw new Refusal(400, 'bad_request', 'lastDay lies before activeFrom: the points would never be spendable.')
      }
      const { purse, points, lastDay, reason, by } = body
      const gift: EntryBody = { kind: 'gift', member, purse, points, activeFrom, lastDay, reason }
      return reply.code(201).send(await bookOne(cloud, gift, by))
    })
    admin.post('/admin/v1/adjustments', async (request, reply) => {
      const body = parsed(schema.adjustRequest, request.body)
      const member = await recipient(cloud, body)
      const { purse, points, reason, by } = body
      return reply.code(201).send(await bookOne(cloud, { kind: 'adjust', member, purse, points, by, reason }, by))
    })

    admin.post('/admin/v1/programmes', async (request, reply) => {
      const published = await cloud.programmes.publish(request.body)
      cloud.feed.wake()
      return reply.code(published.isNew ? 201 : 200).send(published)
    })
    admin.put('/admin/v1/cards/:number/state', async (request, reply) => {
      const { number } = parsed(schema.cardParams, request.params)
      const { state } = parsed(schema.cardStateRequest, request.body)
      const disposition = await setCardState(cloud, number, state === 'blocked' ? 'block' : 'unblock', 'admin')
      if (disposition === undefined) throw new Refusal(404, 'unknown_card', 'There is no such card.')
      return reply.send({ disposition })
    })
    admin.put('/admin/v1/staff', async (request, reply) => {
      await saveStaff(cloud, [parsed(schema.staffRequest, request.body)])
      return reply.code(204).send()
    })
  })
}

async function bookOne(cloud: Cloud, body: EntryBody, by: string) {
  const [booked] = await bookOwn(cloud, [body], by)
  const { device, epoch, seq } = booked!.entry
  return { key: { device, epoch, seq }, disposition: booked!.disposition, now: instant(cloud.clock) }
}

async function recipient(
  cloud: Cloud,
  body: { member?: string | undefined; card?: string | undefined },
): Promise<MemberId> {
  const { member, card } = body
  return oneMember(cloud, parsed(schema.memberName, { ...(member && { member }), ...(card && { card }) }))
}

async function oneMember(cloud: Cloud, name: z.infer<typeof schema.memberName>): Promise<MemberId> {
  const found = await findMembers(cloud, name)
  const last = found.at(-1)
  if (last === undefined) throw new Refusal(404, 'unknown_member', 'Nobody is known under this name.')
  if ('phone' in name && found.length > 1) {
    throw new Refusal(409, 'several_members', 'Several members share this phone; name one by card.', { members: found })
  }
  return last
}
