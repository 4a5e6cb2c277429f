import fastify, { type FastifyInstance, LogController } from 'fastify'
import { answerNoRequest, routerOptions } from '../shared/no-request.ts'
import { adminRoutes } from './admin/routes.ts'
import type { Cloud } from './cloud.ts'
import { acceptPackedJson, BODY_BYTES_MAX } from './http/body.ts'
import { healthRoutes } from './http/health.ts'
import { answerProblems, answerUnreadable } from './http/problems.ts'
import { unsubscribeRoutes } from './messages/unsubscribe.ts'
import { eventsToken, sameSecret } from './secrets/keys.ts'
import { eventRoutes } from './segments/routes.ts'
import { shopRoutes } from './shop/routes.ts'
import { surveyPages } from './surveys/public.ts'
import { syncRoutes } from './sync/routes.ts'
import { appleRoutes } from './wallet/apple-routes.ts'
import { walletPages } from './wallet/pages.ts'

export type LogLevel = 'silent' | 'error' | 'warn' | 'info' | 'debug'

export interface AppOptions {
  readonly adminToken: string
  readonly logLevel: LogLevel
  readonly tls?: { readonly key: Buffer; readonly cert: Buffer }
  /** A proxy in front speaks HTTPS and says who asks. */
  readonly behindProxy?: boolean
}

/** Where PostgreSQL quotes rows in its errors. */
const ROW_VALUES = ['err.detail', 'err.where', 'err.internalQuery']

const REQUEST_MS_MAX = 60_000

/** The service's routes: parse, call, reply. Logs name the route, never what was asked for: a path may hold a card. */
export function makeApp(cloud: Cloud, options: AppOptions): FastifyInstance {
  const settings = {
    // JSON lines on standard error; standard output belongs to whoever started us
    logger: {
      level: options.logLevel,
      base: { service: 'bonusbook-cloud' },
      stream: process.stderr,
      redact: ROW_VALUES,
    },
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_MS_MAX,
    routerOptions,
    clientErrorHandler: answerNoRequest,
    frameworkErrors: answerUnreadable(cloud.metrics),
    // Of X-Forwarded-For the proxy in front has written the last address only: the others are what the client says.
    trustProxy: (_: string, hop: number) => options.behindProxy === true && hop === 0,
    forceCloseConnections: 'idle' as const,
  }
  const app = (
    options.tls === undefined ? fastify(settings) : fastify({ ...settings, https: options.tls })
  ) as FastifyInstance
  acceptPackedJson(app)
  answerProblems(app, cloud.metrics)
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown'
    const seconds = reply.elapsedTime / 1000
    cloud.metrics.requests.observe({ route, status: String(reply.statusCode) }, seconds)
    request.log.info({ route, status: reply.statusCode, ms: Math.round(reply.elapsedTime) }, 'answered')
  })
  healthRoutes(app, cloud)
  syncRoutes(app, cloud)
  adminRoutes(app, cloud, options.adminToken)
  unsubscribeRoutes(app, cloud)
  surveyPages(app, cloud)
  shopRoutes(app, cloud)
  appleRoutes(app, cloud)
  walletPages(app, cloud)
  eventRoutes(app, cloud, (token) => sameSecret(token, eventsToken(cloud)) || sameSecret(token, options.adminToken))
  return app
}
