import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { gtinCheckDigit } from '../../shared/identification/check-digit.ts'
import { NO_HASH } from '../../shared/ledger/chain.ts'
import type { BalanceRow, PullChange } from '../../shared/sync/protocol.ts'

/**
 * A cloud with as many members as asked for and nothing else: it keeps no rows but computes them, and believes whatever
 * a till pushes. For measuring a till, which cannot tell the difference.
 */

export interface ManyMembers {
  readonly address: string
  readonly filled: () => number
  readonly close: () => Promise<void>
}

export const nameOf = (index: number): string => `Member ${String(index).padStart(7, '0')}`

/** Card numbers that shops may use as they like, with a right check digit. */
export function cardOf(index: number): string {
  const body = `21${String(index).padStart(10, '0')}`
  return `${body}${gtinCheckDigit(body)}`
}

const INCARNATION = 'bench'

/** `programme`: a programme row with its document. */
export async function manyMembers(members: number, programme: { readonly id: string }): Promise<ManyMembers> {
  let high = 0
  let head = NO_HASH
  let pulled = 0
  const now = () => new Date().toISOString()
  const seen = (): BalanceRow['seen'] => ({ epoch: 1, seq: high })

  function rowsOf(index: number): PullChange[] {
    const id = `m${index}` as never
    const number = cardOf(index) as never
    const phone = `+7916${String(index).padStart(7, '0')}`
    const member = { id, name: nameOf(index), phone, birthDate: null, language: 'ru' as const, tier: null }
    const facts = { segments: [], terms: [], purchases: index % 40, enrolledAt: '2026-01-01T00:00:00+03:00' }
    const points = `${index % 900}.00`
    const figures = { balance: points, spendable: points, pending: '0.00', debt: '0.00', expiring: [] }
    return [
      { scope: 'member', key: id, row: { ...member, ...facts } },
      { scope: 'card', key: number, row: { number, member: id, type: 'standard', state: 'active', primary: true } },
      { scope: 'balance', key: `${id}\npoints`, row: { member: id, purse: 'points', ...figures, seen: seen() } },
    ]
  }

  function pull({ cursor, limit }: { cursor: string | null; limit: number }) {
    const from = cursor === null ? 0 : Number(cursor)
    const to = Math.min(members, from + Math.floor(limit / 3))
    const changes: PullChange[] = []
    if (cursor === null) changes.push({ scope: 'programme', key: programme.id, row: programme as never })
    for (let index = from; index < to; index++) changes.push(...rowsOf(index))
    pulled = Math.max(pulled, to)
    return {
      incarnation: INCARNATION,
      cursor: String(to),
      more: to < members,
      reset: cursor === null,
      changes,
      now: now(),
    }
  }

  function answer(path: string, body: never): unknown {
    switch (path) {
      case '/sync/v1/enrol':
        return { tenant: 'bench', device: 'bench-till', epoch: 1, outlet: 'A', till: '1', now: now() }
      case '/sync/v1/challenge':
        return { nonce: 'bench' }
      case '/sync/v1/session':
        return { session: 'bench', protocol: 1, incarnation: INCARNATION, epoch: 1, high, head, now: now() }
      case '/sync/v1/push': {
        const { from, items } = body as { from: number; items: { hash: string }[] }
        high = from + items.length - 1
        head = items.at(-1)!.hash
        const dispositions = items.map((_, i) => ({ seq: from + i, disposition: { kind: 'applied' } }))
        return { incarnation: INCARNATION, high, head, dispositions, now: now() }
      }
      case '/sync/v1/pull':
        return pull(body)
      default:
        return { changes: [], now: now() }
    }
  }

  const server = createServer(async (request, reply) => {
    const text = await bodyOf(request)
    reply.setHeader('content-type', 'application/json')
    reply.end(JSON.stringify(answer(request.url ?? '', JSON.parse(text || '{}') as never)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    filled: () => pulled,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const bytes = Buffer.concat(chunks)
  return (request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString('utf8')
}
