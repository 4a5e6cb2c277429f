import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { dayOf } from '../../shared/calendar.ts'
import type { MemberId } from '../../shared/ids.ts'
import { bookOwnIn } from '../../shared/intake/own-stream.ts'
import { sha256Hex } from '../../shared/ledger/chain.ts'
import type { EntryBody } from '../../shared/ledger/entry.ts'
import { reportRoutes } from '../analysis/routes.ts'
import { campaignRoutes } from '../campaigns/routes.ts'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import type { Tx } from '../database/connect.ts'
import { makeEnrolCode } from '../devices/codes.ts'
import { checkOutlet } from '../devices/outlets.ts'
import { keepingRoutes } from '../feed/keeping.ts'
import { programmeDay } from '../feed/rows.ts'
import { hookRoutes } from '../hooks/routes.ts'
import { attemptLimit } from '../http/attempts.ts'
import { bodyText, refuseUnstorable } from '../http/body.ts'
import { parsed } from '../http/problems.ts'
import { Refusal } from '../http/refusal.ts'
import { intakeOf, ledgerTx } from '../ledger/postgres-store.ts'
import { balancesOf } from '../members/balances.ts'
import { setCardState } from '../members/cards.ts'
import { personalCode } from '../members/coupon-codes.ts'
import { findMembers } from '../members/find.ts'
import { personRoutes } from '../members/routes.ts'
import { sameSecret } from '../secrets/keys.ts'
import { segmentRoutes } from '../segments/routes.ts'
import { shopAdminRoutes } from '../shop/routes.ts'
import { saveStaff } from '../staff/staff.ts'
import { surveyRoutes } from '../surveys/routes.ts'
import { walletAdminRoutes } from '../wallet/routes.ts'
import { loseTill, quarantined, revokeTill, riskLosses, settle, tills } from './lists.ts'
import { checkPurse, checkTask } from './named.ts'
import { type Asked, once, onceHeaders } from './once.ts'
import * as schema from './schemas.ts'
import { attachment, carryOut, carryOutIn, holderOf } from './wishes.ts'

const WRONG_TOKENS_A_MINUTE = 20

/** What the owner's tools and our own command line ask, under /admin/v1, with the admin token as bearer. */
export function adminRoutes(app: FastifyInstance, cloud: Cloud, token: string): void {
  const wish = async (body: Named & { by: string }, commandOf: Parameters<typeof carryOut>[3]) =>
    carryOut(cloud, await recipient(cloud, body), body.by, commandOf)
  const guesses = attemptLimit(WRONG_TOKENS_A_MINUTE, () => cloud.clock().getTime())

  app.register(async (admin) => {
    admin.addHook('onRequest', async (request) => {
      guesses.check(request.ip)
      const given = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
      if (sameSecret(given, token)) return
      guesses.failed(request.ip)
      throw new Refusal(401, 'unauthorized', 'The admin token is missing or wrong.')
    })
    admin.addHook('preHandler', refuseUnstorable)

    hookRoutes(admin, cloud)
    shopAdminRoutes(admin, cloud)
    walletAdminRoutes(admin, cloud)
    admin.post('/admin/v1/enrol-codes', async (request, reply) => {
      const { outlet, till } = parsed(schema.enrolCodeRequest, request.body)
      await checkOutlet(cloud, outlet)
      return reply.code(201).send(await makeEnrolCode(cloud, outlet, till))
    })
    segmentRoutes(admin, cloud)
    personRoutes(admin, cloud)
    admin.get('/admin/v1/tills', async () => ({ tills: await tills(cloud) }))
    admin.post('/admin/v1/tills/:device/revoke', async (request, reply) => {
      const { device } = parsed(schema.deviceParams, request.params)
      if (!(await revokeTill(cloud, device))) throw new Refusal(404, 'unknown_device', 'There is no such till.')
      return reply.code(204).send()
    })
    admin.get('/admin/v1/quarantine', async (request) => {
      const { settled } = parsed(schema.quarantineQuery, request.query)
      return { entries: await quarantined(cloud, settled === 'true') }
    })
    admin.post('/admin/v1/quarantine/:device/:epoch/:seq/settle', async (request) => {
      const settled = await settle(
        cloud,
        parsed(schema.entryParams, request.params),
        parsed(schema.settleRequest, request.body),
      )
      if (settled === undefined) throw new Refusal(404, 'unknown_entry', 'Nothing is set aside under this name.')
      return settled
    })
    admin.post('/admin/v1/tills/:device/lost', async (request) => {
      const { device } = parsed(schema.deviceParams, request.params)
      return await loseTill(cloud, device)
    })
    keepingRoutes(admin, cloud)
    admin.get('/admin/v1/risk', async () => await riskLosses(cloud))

    admin.get('/admin/v1/balance', async (request) => {
      const member = await oneMember(cloud, parsed(schema.memberName, request.query))
      return { member, purses: await balancesOf(cloud, member) }
    })
    admin.post('/admin/v1/gifts', async (request, reply) => {
      const body = parsed(schema.giftRequest, request.body)
      const given = await once(cloud, asked(request, 'gifts', body), async () => {
        const member = await recipient(cloud, body)
        await checkPurse(cloud, body.purse)
        const activeFrom = body.activeFrom ?? (await programmeDay(cloud, cloud.db))
        if (body.lastDay !== null && dayOf(body.lastDay) < dayOf(activeFrom)) {
          throw new Refusal(400, 'bad_request', 'lastDay lies before activeFrom: the points would never be spendable.')
        }
        const { purse, points, lastDay, reason, by } = body
        return (tx) => bookOne(cloud, tx, { kind: 'gift', member, purse, points, activeFrom, lastDay, reason }, by)
      })
      return reply.code(201).send(given)
    })
    admin.post('/admin/v1/adjustments', async (request, reply) => {
      const body = parsed(schema.adjustRequest, request.body)
      const adjusted = await once(cloud, asked(request, 'adjustments', body), async () => {
        const member = await recipient(cloud, body)
        const { purse, points, reason, by } = body
        return (tx) => bookOne(cloud, tx, { kind: 'adjust', member, purse, points, by, reason }, by)
      })
      return reply.code(201).send(adjusted)
    })

    admin.post('/admin/v1/tiers', async (request, reply) => {
      const body = parsed(schema.tierRequest, request.body)
      const { tier, by } = body
      return reply.code(201).send(await wish(body, () => ({ do: 'appoint', tier, by })))
    })
    admin.post('/admin/v1/terms', async (request, reply) => {
      const body = parsed(schema.termsRequest, request.body)
      const { set, remove, by } = body
      return reply.code(201).send(await wish(body, () => ({ do: 'set_terms', set, remove, by })))
    })
    admin.post('/admin/v1/coupons', async (request, reply) => {
      const body = parsed(schema.couponRequest, request.body)
      const { coupon, reason, by } = body
      const issued = await once(cloud, asked(request, 'coupons', body), async () => {
        const member = await recipient(cloud, body)
        return async (tx) => {
          let code: string | undefined
          const carried = await carryOutIn(cloud, tx, member, by, (own, { programme, today }) => {
            code = personalCode(cloud.keys, programme, coupon, own.record.id, today)
            return { do: 'issue_coupon', coupon, reason, ...(code === undefined ? {} : { code: sha256Hex(code) }) }
          })
          return { ...carried, personalCode: code }
        }
      })
      return reply.code(201).send(issued)
    })
    admin.post('/admin/v1/tasks', async (request, reply) => {
      const body = parsed(schema.taskRequest, request.body)
      const occasion = { kind: 'task' as const, task: body.task }
      const done = await once(cloud, asked(request, 'tasks', body), async () => {
        const member = await recipient(cloud, body)
        return (tx) =>
          carryOutIn(cloud, tx, member, body.by, (_, { programme }) => {
            checkTask(programme, body.task)
            return { do: 'review', occasion }
          })
      })
      return reply.code(201).send(done)
    })
    admin.post('/admin/v1/merges', async (request, reply) => {
      const { from, into, reason, by } = parsed(schema.mergeRequest, request.body)
      const merged = await carryOut(cloud, from, by, async (own, at) => {
        if (own.record.id !== from) throw new Refusal(409, 'member_merged', 'This member was merged before.')
        return { do: 'merge', into: await at.state(into), by, reason }
      })
      return reply.code(201).send(merged)
    })
    admin.post('/admin/v1/cards', async (request, reply) => {
      const body = parsed(schema.addCardRequest, request.body)
      const { number, type, by } = body
      const added = await wish(body, async (_, { tx }) => {
        return { do: 'add_card', number, type, holder: await holderOf(cloud, tx, number), by }
      })
      return reply.code(201).send(added)
    })
    admin.post('/admin/v1/cards/:number/replace', async (request, reply) => {
      const { number } = parsed(schema.cardParams, request.params)
      const { with: fresh, by } = parsed(schema.replaceCardRequest, request.body)
      const replaced = await carryOut(cloud, await oneMember(cloud, { card: number }), by, async (_, { tx }) => {
        return { do: 'replace_card', number, with: fresh, holder: await holderOf(cloud, tx, fresh), by }
      })
      return reply.code(201).send(replaced)
    })
    admin.post('/admin/v1/cards/:number/transfer', async (request, reply) => {
      const { number } = parsed(schema.cardParams, request.params)
      const { to, by } = parsed(schema.transferCardRequest, request.body)
      const handedOn = await carryOut(cloud, await oneMember(cloud, { card: number }), by, async (own, at) => {
        const heir = (await at.state(to)).record.id
        if (heir === own.record.id) throw new Refusal(409, 'same_member', 'The card is this member’s already.')
        return { do: 'transfer_card', number, to: heir, by }
      })
      return reply.code(201).send(handedOn)
    })
    admin.post('/admin/v1/receipts/attach', async (request, reply) => {
      const body = parsed(schema.attachRequest, request.body)
      const { outlet, receipt, by } = body
      const attached = await wish(body, (own, at) => attachment(cloud, own, at, { outlet, receipt }, by))
      return reply.code(201).send(attached)
    })

    admin.post('/admin/v1/programmes', async (request, reply) => {
      const published = await cloud.programmes.publish(request.body, bodyText(request))
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
    reportRoutes(admin, cloud)
    campaignRoutes(admin, cloud)
    surveyRoutes(admin, cloud)
    admin.put('/admin/v1/staff', async (request, reply) => {
      await saveStaff(cloud, [parsed(schema.staffRequest, request.body)])
      return reply.code(204).send()
    })
  })
}

async function bookOne(cloud: Cloud, tx: Tx, body: EntryBody, by: string) {
  const [booked] = await bookOwnIn(intakeOf(cloud), ledgerTx(cloud, tx), [body], by)
  const { device, epoch, seq } = booked!.entry
  return { key: { device, epoch, seq }, disposition: booked!.disposition, now: instant(cloud.clock) }
}

/** What is asked with a key of the asker's own, so that it is done once. */
function asked(request: FastifyRequest, path: string, body: object): Asked {
  return { key: parsed(onceHeaders, request.headers)['idempotency-key'], path, body }
}

interface Named {
  readonly member?: string | undefined
  readonly card?: string | undefined
}

async function recipient(cloud: Cloud, body: Named): Promise<MemberId> {
  const { member, card } = body
  return oneMember(cloud, parsed(schema.recipientName, { ...(member && { member }), ...(card && { card }) }))
}

async function oneMember(cloud: Cloud, name: z.infer<typeof schema.memberName>): Promise<MemberId> {
  const found = await findMembers(cloud, name)
  const last = found.at(-1)
  if (last === undefined) throw new Refusal(404, 'unknown_member', 'No such member.')
  if ('phone' in name && found.length > 1) {
    throw new Refusal(409, 'several_members', 'Several members share this phone; name one by card.', { members: found })
  }
  return last
}
