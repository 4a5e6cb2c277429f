import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { sql } from 'kysely'
import { z } from 'zod'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import { attemptLimit } from '../http/attempts.ts'
import { parsed } from '../http/problems.ts'
import { Refusal } from '../http/refusal.ts'
import { cardsOf } from './content.ts'
import { takeBackUnread } from './message.ts'
import { isPassSecret, noteFetched, type Pass, passBySerial } from './passes.ts'
import { makePkpass } from './pkpass.ts'
import { appleOf, readWallet } from './settings.ts'

/** What Apple Wallet asks about passes, as Apple's protocol says, under /wallet/apple. Rule W8. */

const WRONG_SECRETS_A_MINUTE = 20
const LOG_LINES_MAX = 20
const LOG_CHARACTERS_MAX = 500

const name = z.string().min(1).max(200)
const passParams = z.object({ passType: name, serial: name })
const registration = passParams.extend({ device: name })
const listParams = z.object({ passType: name, device: name })
const listQuery = z.object({ passesUpdatedSince: z.string().max(40).optional() })
const registerRequest = z.object({ pushToken: z.string().regex(/^[\w+/=-]{1,200}$/) })
const logRequest = z.object({ logs: z.array(z.string()).max(1000) })

export function appleRoutes(app: FastifyInstance, cloud: Cloud): void {
  const { db, tenant } = cloud
  const guesses = attemptLimit(WRONG_SECRETS_A_MINUTE, () => cloud.clock().getTime())

  /** The pass that a request speaks about and shows the secret of. */
  const passIn = async (request: FastifyRequest, { passType, serial }: z.output<typeof passParams>): Promise<Pass> => {
    guesses.check(request.ip)
    const given = /^ApplePass (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
    if (!isPassSecret(cloud, serial, given)) {
      guesses.failed(request.ip)
      throw new Refusal(401, 'unauthorized', 'The secret of the pass is missing or wrong.')
    }
    const pass = await passBySerial(cloud, serial)
    if (pass === undefined || passType !== (await readWallet(cloud, db))?.apple?.passType) {
      throw new Refusal(404, 'unknown_pass', 'There is no such pass.')
    }
    return pass
  }

  app.post('/wallet/apple/v1/devices/:device/registrations/:passType/:serial', async (request, reply) => {
    const asked = parsed(registration, request.params)
    const pass = await passIn(request, asked)
    const { pushToken } = parsed(registerRequest, request.body)
    const isNew = await register(asked.device, pass, pushToken)
    return reply.code(isNew ? 201 : 200).send()
  })

  /** What has changed since the newest download is pushed at once, since nobody knows which one it was. */
  async function register(device: string, { serial }: Pass, token: string): Promise<boolean> {
    const now = instant(cloud.clock)
    const { rows } = await sql<{ isNew: boolean }>`
      insert into wallet_device (tenant, device, serial, push_token, told, due_at, attempts, made_at)
      select ${tenant}, ${device}, serial, ${token}, least(fetched, seq),
        case when fetched < seq then ${now}::timestamptz end, 0, ${now}
      from wallet_pass where tenant = ${tenant} and serial = ${serial}
      on conflict (tenant, device, serial) do update set push_token = excluded.push_token, attempts = 0
      returning (xmax = 0) as "isNew"`.execute(db)
    return rows[0]?.isNew === true
  }

  app.delete('/wallet/apple/v1/devices/:device/registrations/:passType/:serial', async (request, reply) => {
    const asked = parsed(registration, request.params)
    const { serial } = await passIn(request, asked)
    await db
      .deleteFrom('wallet_device')
      .where('tenant', '=', tenant)
      .where('device', '=', asked.device)
      .where('serial', '=', serial)
      .execute()
    await takeBackUnread(db, tenant, [serial], instant(cloud.clock))
    return reply.code(200).send()
  })

  app.get('/wallet/apple/v1/devices/:device/registrations/:passType', async (request, reply) => {
    const { device, passType } = parsed(listParams, request.params)
    const { passesUpdatedSince: tag = '' } = parsed(listQuery, request.query)
    if (passType !== (await readWallet(cloud, db))?.apple?.passType) return reply.code(204).send()
    const since = /^\d{1,18}$/.test(tag) ? BigInt(tag) : 0n
    const { rows } = await sql<{ serial: string; seq: bigint }>`
      select p.serial, p.seq from wallet_device d
      join wallet_pass p on p.tenant = ${tenant} and p.serial = d.serial
      where d.tenant = ${tenant} and d.device = ${device} and p.seq > ${since} order by p.seq`.execute(db)
    const newest = rows.at(-1)
    if (newest === undefined) return reply.code(204).send()
    return { serialNumbers: rows.map(({ serial }) => serial), lastUpdated: String(newest.seq) }
  })

  app.get('/wallet/apple/v1/passes/:passType/:serial', async (request, reply) => {
    const pass = await passIn(request, parsed(passParams, request.params))
    const since = Date.parse(request.headers['if-modified-since'] ?? '')
    if (since >= Date.parse(pass.changedAt)) return reply.code(304).send()
    return sendPass(cloud, reply, pass)
  })

  app.post('/wallet/apple/v1/log', async (request, reply) => {
    const { logs } = parsed(logRequest, request.body)
    for (const line of logs.slice(0, LOG_LINES_MAX)) {
      request.log.warn({ wallet: line.slice(0, LOG_CHARACTERS_MAX) }, 'Apple Wallet complains')
    }
    return reply.code(200).send()
  })
}

/** The newest pass as a file. */
export async function sendPass(cloud: Cloud, reply: FastifyReply, pass: Pass) {
  const wallet = await readWallet(cloud, cloud.db)
  appleOf(cloud, wallet)
  const card = (await cardsOf(cloud, cloud.db, wallet!, [pass])).get(pass.serial)!
  const file = makePkpass(cloud, wallet!, pass.serial, card)
  await noteFetched(cloud, pass)
  return reply
    .type('application/vnd.apple.pkpass')
    .header('last-modified', new Date(pass.changedAt).toUTCString())
    .header('content-disposition', 'attachment; filename="card.pkpass"')
    .header('cache-control', 'no-store')
    .send(file)
}
