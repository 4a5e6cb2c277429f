import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { Cloud } from '../cloud.ts'
import { attemptLimit } from '../http/attempts.ts'
import { refuseUnstorable } from '../http/body.ts'
import { parsed } from '../http/problems.ts'
import { Refusal } from '../http/refusal.ts'
import type { MemberName } from '../members/find.ts'
import { linkFor, linkRequest } from '../wallet/routes.ts'
import { commitHold, makeHold, quoteOnly, readHold, releaseHold } from './holds.ts'
import { openApi } from './openapi.ts'
import * as schema from './schemas.ts'
import { closeShop, listShops, makeShop, type Shop, shopOf } from './shops.ts'

const WRONG_TOKENS_A_MINUTE = 20

/** What a web shop asks, under /shop/v1, with its own token as bearer. */
export function shopRoutes(app: FastifyInstance, cloud: Cloud): void {
  const guesses = attemptLimit(WRONG_TOKENS_A_MINUTE, () => cloud.clock().getTime())
  const shops = new WeakMap<FastifyRequest, Shop>()
  const shopIn = (request: FastifyRequest): Shop => shops.get(request)!

  app.get('/shop/v1/openapi.json', async () => openApi())
  app.register(async (shop) => {
    shop.addHook('onRequest', async (request) => {
      guesses.check(request.ip)
      const given = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
      const found = given === '' ? undefined : await shopOf(cloud, given)
      if (found === undefined) {
        guesses.failed(request.ip)
        throw new Refusal(401, 'unauthorized', 'The token of the web shop is missing, wrong or closed.')
      }
      shops.set(request, found)
    })
    shop.addHook('preHandler', refuseUnstorable)

    shop.post('/shop/v1/quotes', async (request) =>
      quoteOnly(cloud, shopIn(request), parsed(schema.quoteRequest, request.body)),
    )
    shop.post('/shop/v1/holds', async (request) => {
      const { 'idempotency-key': key } = parsed(schema.holdHeaders, request.headers)
      return await makeHold(cloud, shopIn(request), key, parsed(schema.holdRequest, request.body))
    })
    shop.get('/shop/v1/holds/:hold', async (request) =>
      readHold(cloud, shopIn(request), parsed(schema.holdParams, request.params).hold),
    )
    shop.post('/shop/v1/holds/:hold/commit', async (request) => {
      const { hold } = parsed(schema.holdParams, request.params)
      const { fiscal } = parsed(schema.commitRequest, request.body ?? {})
      return await commitHold(cloud, shopIn(request), hold, fiscal)
    })
    shop.post('/shop/v1/wallet-links', async (request) => linkFor(cloud, nameIn(parsed(linkRequest, request.body))))
    shop.delete('/shop/v1/holds/:hold', async (request) =>
      releaseHold(cloud, shopIn(request), parsed(schema.holdParams, request.params).hold),
    )
  })
}

function nameIn({ card, phone, member }: z.output<typeof linkRequest>): MemberName {
  if (card !== undefined) return { card }
  return phone !== undefined ? { phone } : { member: member! }
}

/** Inside the admin API, behind its token. */
export function shopAdminRoutes(admin: FastifyInstance, cloud: Cloud): void {
  admin.get('/admin/v1/web-shops', async () => ({ webShops: await listShops(cloud) }))
  admin.post('/admin/v1/web-shops', async (request, reply) =>
    reply.code(201).send(await makeShop(cloud, parsed(schema.shopRequest, request.body))),
  )
  admin.delete('/admin/v1/web-shops/:shop', async (request, reply) => {
    const { shop } = parsed(schema.shopParams, request.params)
    if (!(await closeShop(cloud, shop))) throw new Refusal(404, 'unknown_web_shop', 'There is no such web shop.')
    return reply.code(204).send()
  })
}
