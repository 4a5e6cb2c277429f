import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { Refusal } from './refusal.ts'

const NOT_FOUND = 404

const PAGE = `<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Bonusbook</title>
<p>Эта ссылка не работает: она скопирована не целиком или больше не действует. Новую дадут в магазине.</p>
<p lang="en">This link does not work: part of it is missing, or it is no longer valid. The shop gives you a new one.</p>`

/** The error handler of addresses that people open out of a message: nothing behind one is said in words, not as JSON. */
export function deadLink(error: FastifyError, _request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (!(error instanceof Refusal) || error.problem.status !== NOT_FOUND) throw error
  return reply
    .code(NOT_FOUND)
    .type('text/html; charset=utf-8')
    .header('cache-control', 'no-store')
    .header('referrer-policy', 'no-referrer')
    .header('content-security-policy', "default-src 'none'; frame-ancestors 'none'")
    .send(PAGE)
}
