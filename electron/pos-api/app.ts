import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import swagger from '@fastify/swagger'
import Fastify, { type FastifyInstance } from 'fastify'
import type { z } from 'zod'
import { allowedMethods } from '../../shared/allowed-methods.ts'
import { answerNoRequest, routerOptions, unreadableAddress } from '../../shared/no-request.ts'
import { schemaErrors } from '../../shared/problem.ts'
import { READ_ON_MS, readOn } from '../../shared/read-on.ts'
import { unstorableInJson } from '../../shared/storable-text.ts'
import type { Log } from '../log.ts'
import type { Switchboard } from '../switchboard.ts'
import { docsPage } from './docs-page.ts'
import type { EventStream } from './event-stream.ts'
import { guard } from './guard.ts'
import { finished, openApiOptions } from './openapi.ts'
import { sendProblem } from './problems.ts'
import { routes } from './routes.ts'

/** The POS API as an HTTP application, not listening yet. */
export interface PosAppOptions {
  readonly call: Switchboard['call']
  readonly events: EventStream
  readonly port: () => number
  readonly allowedOrigins: () => readonly string[]
  readonly accepts: (token: string) => boolean
  readonly version: string
  readonly log: Log
}

const BODY_BYTES_MAX = 1024 * 1024
/** The rest of a request that a stuck program never sends is not waited for. */
const REQUEST_MS_MAX = 60_000
const OPENAPI = '/v1/openapi.json'
const DOCS = '/v1/docs'

/** A request that does not have the right shape. */
class ShapeError extends Error {
  readonly errors: ReturnType<typeof schemaErrors>
  constructor(errors: ReturnType<typeof schemaErrors>) {
    super('the request does not have the right shape')
    this.errors = errors
  }
}

export async function posApp(options: PosAppOptions): Promise<FastifyInstance> {
  const { log } = options
  const app = Fastify({
    bodyLimit: BODY_BYTES_MAX,
    forceCloseConnections: true,
    genReqId: (request) => givenId(request.headers['x-request-id']) ?? randomUUID(),
    routerOptions,
    requestTimeout: REQUEST_MS_MAX,
    clientErrorHandler: answerNoRequest,
    frameworkErrors: (error, request, reply) => {
      sendProblem(reply.header('x-request-id', request.id), 'bad_request', { errors: [unreadableAddress(error)] })
    },
    exposeHeadRoutes: false,
  })
  app.setValidatorCompiler<z.ZodType>(({ schema }) => (value) => {
    const input = value ?? {} // a commit may come without a body
    const parsed = schema.safeParse(input)
    return parsed.success ? { value: parsed.data } : { error: new ShapeError(schemaErrors(parsed.error, input)) }
  })
  app.setSerializerCompiler(() => JSON.stringify)
  acceptJson(app)
  guard(app, { ...options, open: [OPENAPI, DOCS] })
  const allowed = allowedMethods()
  app.addHook('onRoute', ({ method, url }) => allowed.add(method, url))
  app.setNotFoundHandler((request, reply) => {
    const methods = allowed.of(request.url)
    if (methods.length === 0) return sendProblem(reply, 'not_found')
    return sendProblem(reply.header('allow', methods.join(', ')), 'method_not_allowed')
  })
  app.setErrorHandler(async (error, request, reply) => {
    if (error instanceof ShapeError) return sendProblem(reply, 'bad_request', { errors: error.errors })
    const { code, statusCode } = error as { code?: string; statusCode?: number }
    if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
      await readOn(request.raw, sleep(READ_ON_MS, undefined, { ref: false }))
      return sendProblem(reply, 'too_large', { allowedBytes: BODY_BYTES_MAX })
    }
    if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return sendProblem(reply, 'unsupported_media_type')
    if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
      return sendProblem(reply, 'bad_request', { detail: (error as Error).message })
    }
    log('error', 'the POS API failed', { url: request.routeOptions.url, error: String((error as Error).stack) })
    return sendProblem(reply, 'internal')
  })

  await app.register(swagger, openApiOptions(options.version))
  await app.register(async (scope) => {
    routes(scope, options.call, options.events)
    scope.get(OPENAPI, { schema: { hide: true } }, async (_request, reply) =>
      reply.type('application/json').send(JSON.stringify(finished(app.swagger(), address(options.port())))),
    )
    scope.get(DOCS, { schema: { hide: true } }, async (_request, reply) =>
      reply
        .type('text/html; charset=utf-8')
        .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
        .send(docsPage(finished(app.swagger(), address(options.port())), address(options.port()))),
    )
  })
  await app.ready()
  return app
}

const address = (port: number) => `http://127.0.0.1:${port}`

function acceptJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    try {
      const text = utf8Of(body as Buffer)
      if (text === '') return done(null, undefined)
      const value: unknown = JSON.parse(text)
      if (value === null) throw new Error('null')
      const unstorable = unstorableInJson(text, value)
      if (unstorable.length > 0) return done(new ShapeError(unstorable))
      done(null, value)
    } catch (error) {
      done(
        new ShapeError([{ path: '(body)', found: (error as Error).message.slice(0, 120), allowed: 'JSON in UTF-8' }]),
      )
    }
  })
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** A mark at its head is left out: some programs write one before everything. */
function utf8Of(bytes: Buffer): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw new Error('bytes that are not UTF-8')
  }
}

function givenId(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' && /^[\w.:-]{1,64}$/.test(header) ? header : undefined
}
