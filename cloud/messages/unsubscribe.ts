import type { FastifyInstance, FastifyReply } from 'fastify'
import { z } from 'zod'
import { type MemberId, memberId } from '../../shared/ids.ts'
import { bookOwn } from '../../shared/intake/own-stream.ts'
import type { Cloud } from '../cloud.ts'
import { Complaint } from '../complaint.ts'
import { deadLink } from '../http/dead-link.ts'
import { parsed } from '../http/problems.ts'
import { Refusal } from '../http/refusal.ts'
import { intakeOf } from '../ledger/postgres-store.ts'
import { withdrawal } from '../members/consent.ts'
import { findMembers } from '../members/find.ts'
import { sameSecret } from '../secrets/keys.ts'

/**
 * The way out of messages: a link that only this service can make, a page with a button behind it, and RFC 8058's one
 * click. Looking at it changes nothing, since mail programs look at links before people do. Rule K15.
 */
const params = z.object({ token: z.string().max(300) })

const markOf = ({ keys, tenant }: Cloud, member: string) => keys.mark(`unsubscribe\n${tenant}\n${member}`)

/** Undefined: the service does not know its own address. */
export function unsubscribeLink(cloud: Cloud, member: MemberId): string | undefined {
  if (cloud.publicUrl === undefined) return undefined
  return `${cloud.publicUrl}/unsubscribe/${Buffer.from(member).toString('base64url')}.${markOf(cloud, member)}`
}

function memberOf(cloud: Cloud, token: string): MemberId {
  const [name = '', mark = ''] = token.split('.')
  const member = memberId.safeParse(Buffer.from(name, 'base64url').toString())
  if (!member.success || !sameSecret(mark, markOf(cloud, member.data))) {
    throw new Refusal(404, 'unknown_link', 'This link is not ours, or part of it is missing.')
  }
  return member.data
}

export function unsubscribeRoutes(app: FastifyInstance, cloud: Cloud): void {
  app.register(async (scope) => {
    scope.setErrorHandler(deadLink)
    // whatever the button or a mail program sends: the link says it all
    scope.addContentTypeParser(/^(?:application\/x-www-form-urlencoded|multipart\/form-data)/, async () => null)
    scope.get('/unsubscribe/:token', async (request, reply) => {
      memberOf(cloud, parsed(params, request.params).token)
      return page(
        reply,
        '<p>Больше не присылать сообщений?<br>No more messages?</p><form method="post"><button>Не присылать · Unsubscribe</button></form>',
      )
    })
    scope.post('/unsubscribe/:token', async (request, reply) => {
      await withdraw(cloud, memberOf(cloud, parsed(params, request.params).token))
      return page(reply, '<p>Сообщений больше не будет.<br>You will get no more messages.</p>')
    })
  })
}

/** An entry like any other change of a member; who takes none already is left alone. */
async function withdraw(cloud: Cloud, member: MemberId): Promise<void> {
  // the mail may be older than a merge: whoever the member is by now gets the next ones
  for (const name of await findMembers(cloud, { member })) {
    const body = await withdrawal(cloud, cloud.db, name, 'unsubscribe')
    if (body !== undefined) await bookOwn(intakeOf(cloud), [body], 'unsubscribe')
  }
}

function page(reply: FastifyReply, inside: string) {
  return reply
    .type('text/html; charset=utf-8')
    .header('cache-control', 'no-store')
    .header('referrer-policy', 'no-referrer')
    .header('content-security-policy', "default-src 'none'; form-action 'self'; frame-ancestors 'none'")
    .send(`<!doctype html><meta name="viewport" content="width=device-width"><title>Bonusbook</title>${inside}`)
}

/** Where members reach this service; undefined: nowhere, and no mail is sent to them. */
export function publicUrlFrom(env: NodeJS.ProcessEnv): string | undefined {
  const url = env.BONUSBOOK_PUBLIC_URL
  if (url === undefined || url === '') return undefined
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new Complaint('BONUSBOOK_PUBLIC_URL is not an address such as https://bonus.cafe.example.')
  }
  return url.replace(/\/+$/, '')
}
