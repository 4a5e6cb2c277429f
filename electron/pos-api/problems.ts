import type { FastifyReply } from 'fastify'
import type { CoreReply } from '../../shared/core-api.ts'
import { coreProblems, detailOf, type EdgeProblemCode, posProblems } from '../../shared/pos-api/problems.ts'
import { problemDocument } from '../../shared/problem.ts'

/** Problem documents of the POS API: from the core's refusals by one table, and from what the edge finds itself. */
export function sendProblem(
  reply: FastifyReply,
  code: EdgeProblemCode | keyof typeof coreProblems,
  extra: Readonly<Record<string, unknown>> = {},
): FastifyReply {
  const known = posProblems[code]!
  if (known.retryAfterS !== undefined) reply.header('retry-after', String(known.retryAfterS))
  return reply
    .code(known.status)
    .type('application/problem+json')
    .send(JSON.stringify(problemDocument(known.status, code, known.title, { ...extra, requestId: reply.request.id })))
}

/** The core's word as the answer: its value, or the problem that its refusal stands for. */
export function answer(reply: FastifyReply, said: CoreReply<unknown>, status = 200): FastifyReply {
  if (said.ok) return reply.code(status).type('application/json').send(JSON.stringify(said.value))
  return sendProblem(reply, said.reason in coreProblems ? said.reason : 'internal', {
    ...extraOf(said.detail),
    ...detailOf(said.detail),
  })
}

/** Facts of a refusal become members of the problem, but never take the place of its own. */
function extraOf(detail: unknown): Record<string, unknown> {
  if (detail === undefined || detail === null) return {}
  if (typeof detail !== 'object' || Array.isArray(detail)) return { detail: String(detail) }
  const { type, title, status, code, ...rest } = detail as Record<string, unknown>
  const moved = Object.fromEntries(
    Object.entries({ type, title, status, code })
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [`till_${name}`, value]),
  )
  return { ...rest, ...moved }
}
