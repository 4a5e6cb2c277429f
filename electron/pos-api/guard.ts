import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { sendProblem } from './problems.ts'

/** Who may speak: only this machine (Host), only allowed pages (Origin), only who knows a token. In this order. */
export interface GuardOptions {
  readonly port: () => number
  readonly allowedOrigins: () => readonly string[]
  readonly accepts: (token: string) => boolean
  /** Addresses that tell nothing of the shop and need no token. */
  readonly open: readonly string[]
}

const METHODS = 'GET, POST, PATCH, DELETE'
const HEADERS = 'authorization, content-type, idempotency-key, last-event-id, x-request-id'

export function guard(app: FastifyInstance, options: GuardOptions): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
    reply.header('cache-control', 'no-store')
    reply.header('x-content-type-options', 'nosniff')
    // A page on a name that someone points at this machine still carries its own name here.
    if (!isThisMachine(request.headers.host, options.port())) return sendProblem(reply, 'foreign_host')
    const { origin } = request.headers
    if (origin !== undefined) {
      if (!options.allowedOrigins().includes(origin)) return sendProblem(reply, 'foreign_origin', { origin })
      allow(reply, origin)
      if (request.method === 'OPTIONS') return reply.code(204).send()
    }
    if (options.open.includes(request.routeOptions.url ?? '')) return
    if (!options.accepts(tokenOf(request))) {
      reply.header('www-authenticate', 'Bearer realm="bonusbook"')
      return sendProblem(reply, 'unauthorized')
    }
  })
}

function isThisMachine(host: string | undefined, port: number): boolean {
  return host === `127.0.0.1:${port}` || host === `localhost:${port}`
}

function allow(reply: FastifyReply, origin: string): void {
  reply.header('access-control-allow-origin', origin)
  reply.header('vary', 'origin')
  reply.header('access-control-allow-methods', METHODS)
  reply.header('access-control-allow-headers', HEADERS)
  reply.header('access-control-expose-headers', 'retry-after, x-request-id')
  reply.header('access-control-allow-private-network', 'true')
  reply.header('access-control-max-age', '600')
}

function tokenOf(request: FastifyRequest): string {
  return /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? ''
}
