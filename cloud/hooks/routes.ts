import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Cloud } from '../cloud.ts'
import { parsed } from '../http/problems.ts'
import { Refusal } from '../http/refusal.ts'
import { type HookEventName, hookEventNames } from './events.ts'
import { listDeliveries, listHooks, makeHook, removeHook, replay, switchHook } from './hooks.ts'

const names = Object.keys(hookEventNames) as [HookEventName, ...HookEventName[]]

/** HTTPS everywhere but to this very machine. */
const address = z
  .string()
  .max(2000)
  .refine(isAddress, { error: 'an https address without a password is allowed; http only to this machine' })

const hookRequest = z.strictObject({ url: address, events: z.array(z.enum(names)).max(names.length).default([]) })
const stateRequest = z.strictObject({ state: z.enum(['on', 'off']) })
const params = z.object({ hook: z.string().max(64) })
const listQuery = z.strictObject({ state: z.enum(['waiting', 'delivered', 'given_up']).optional() })
const replayRequest = z.strictObject({ event: z.string().min(1).max(200).optional() })

function isAddress(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname, username, password } = new URL(text)
  if (username !== '' || password !== '') return false
  return protocol === 'https:' || (protocol === 'http:' && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname))
}

/** Inside the admin API, behind its token. */
export function hookRoutes(admin: FastifyInstance, cloud: Cloud): void {
  const found = (is: boolean) => {
    if (!is) throw new Refusal(404, 'unknown_web_hook', 'There is no such web hook.')
  }
  admin.get('/admin/v1/web-hooks', async () => ({ webHooks: await listHooks(cloud), events: hookEventNames }))
  admin.post('/admin/v1/web-hooks', async (request, reply) =>
    reply.code(201).send(await makeHook(cloud, parsed(hookRequest, request.body))),
  )
  admin.put('/admin/v1/web-hooks/:hook/state', async (request, reply) => {
    const { hook } = parsed(params, request.params)
    found(await switchHook(cloud, hook, parsed(stateRequest, request.body).state))
    return reply.code(204).send()
  })
  admin.delete('/admin/v1/web-hooks/:hook', async (request, reply) => {
    found(await removeHook(cloud, parsed(params, request.params).hook))
    return reply.code(204).send()
  })
  admin.get('/admin/v1/web-hooks/:hook/deliveries', async (request) => {
    const { hook } = parsed(params, request.params)
    return { deliveries: await listDeliveries(cloud, hook, parsed(listQuery, request.query).state) }
  })
  admin.post('/admin/v1/web-hooks/:hook/replay', async (request) => {
    const { hook } = parsed(params, request.params)
    return { again: await replay(cloud, hook, parsed(replayRequest, request.body ?? {}).event) }
  })
}
