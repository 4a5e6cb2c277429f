import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { z } from 'zod'
import { allowedMethods } from '../../shared/allowed-methods.ts'
import { unreadableAddress } from '../../shared/no-request.ts'
import { type Problem, problemDocument, schemaErrors } from '../../shared/problem.ts'
import { READ_ON_MS, readOn } from '../../shared/read-on.ts'
import { sqlState } from '../database/transaction.ts'
import { tooLarge } from './body.ts'
import type { Metrics } from './metrics.ts'
import { Refusal } from './refusal.ts'

const RETRY_AFTER_S = 2

/** Every error over HTTP as a problem document. What is our own fault is logged; the answer tells nothing of it. */
export function answerProblems(app: FastifyInstance, metrics: Metrics): void {
  const allowed = allowedMethods()
  app.addHook('onRoute', ({ method, url }) => allowed.add(method, url))
  app.setNotFoundHandler((request, reply) => {
    const methods = allowed.of(request.url)
    if (methods.length === 0) return send(reply, metrics, problemDocument(404, 'not_found', 'Nothing is here.'))
    const title = 'This address does not take this method; Allow says which it takes.'
    return send(reply.header('allow', methods.join(', ')), metrics, problemDocument(405, 'method_not_allowed', title))
  })
  app.setErrorHandler(async (error, request, reply) => {
    if (error instanceof Refusal) return send(reply, metrics, error.problem)
    const { statusCode, code } = error as { statusCode?: number; code?: string }
    if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
      await readOn(request.raw, sleep(READ_ON_MS, undefined, { ref: false }))
      return send(reply, metrics, tooLarge().problem)
    }
    if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
      const title = 'Bodies are JSON: Content-Type: application/json.'
      return send(reply, metrics, problemDocument(415, 'bad_request', title))
    }
    if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
      return send(reply, metrics, problemDocument(statusCode, 'bad_request', (error as Error).message))
    }
    if (sqlState(error).startsWith('22')) {
      return send(
        reply,
        metrics,
        problemDocument(400, 'bad_request', 'The request holds text or numbers that cannot be stored.'),
      )
    }
    request.log.error({ err: error }, 'a request failed')
    reply.header('retry-after', RETRY_AFTER_S)
    return send(reply, metrics, problemDocument(503, 'overloaded', 'The cloud cannot answer just now. Try again.'))
  })
}

/** An address that no route can be looked up for. */
export const answerUnreadable = (metrics: Metrics) => (error: Error, _request: unknown, reply: FastifyReply) => {
  const errors = [unreadableAddress(error)]
  send(reply, metrics, problemDocument(400, 'bad_request', 'The address cannot be read.', { errors }))
}

function send(reply: FastifyReply, metrics: Metrics, problem: Problem) {
  metrics.refusals.inc({ code: problem.code })
  return reply.code(problem.status).type('application/problem+json').send(JSON.stringify(problem))
}

/** A body, query or parameter through its schema, or a refusal that says where, what was found and what is allowed. */
export function parsed<S extends z.ZodType>(schema: S, input: unknown): z.infer<S> {
  const result = schema.safeParse(input)
  if (result.success) return result.data
  throw new Refusal(400, 'bad_request', 'The request is not what is expected here.', {
    errors: schemaErrors(result.error, input),
  })
}
