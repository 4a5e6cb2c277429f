import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { deflateRawSync, gunzipSync } from 'node:zlib'
import { gtinCheckDigit } from '../../shared/identification/check-digit.ts'
import { NO_HASH } from '../../shared/ledger/chain.ts'
import { hashesOf, PAGE_MEMBERS, pageText, sumOfBytes } from '../../shared/sync/pages.ts'
import { type BalanceRow, PROTOCOL_VERSION, type PullChange, type SnapshotPage } from '../../shared/sync/protocol.ts'

/**
 * A cloud with as many members as asked for and nothing else: it keeps no rows but computes them, and believes whatever
 * a till pushes. For measuring a till, which cannot tell the difference.
 */

export interface ManyMembers {
  readonly address: string
  /** How many have been sent. */
  readonly filled: () => number
  /** When the first of them was asked for, as `performance.now()`. */
  readonly begun: () => number | null
  /** When the till went on to pull, with everything packed away. */
  readonly ended: () => number | null
  readonly close: () => Promise<void>
}

export const nameOf = (index: number): string => `Member ${String(index).padStart(7, '0')}`

/** Card numbers that shops may use as they like, with a right check digit. */
export function cardOf(index: number): string {
  const body = `21${String(index).padStart(10, '0')}`
  return `${body}${gtinCheckDigit(body)}`
}

const INCARNATION = 'bench'

export const phoneOf = (index: number): string => `+79${String(100_000_000 + ((index * 7919) % 900_000_000))}`

/** As scattered as the ids of an import: what compresses well in a benchmark must do so in a shop. */
export const idOf = (index: number): string =>
  `m${[1, 2, 3].map((n) => (Math.imul(index + n, 0x9e3779b1 * n) >>> 0).toString(16).padStart(8, '0')).join('')}`

/** `programme`: a programme row with its document. */
export async function manyMembers(members: number, programme: { readonly id: string }): Promise<ManyMembers> {
  let high = 0
  let head = NO_HASH
  let pulled = 0
  let begun: number | null = null
  let ended: number | null = null
  const now = () => new Date().toISOString()
  const seen = (): BalanceRow['seen'] => ({ epoch: 1, seq: high })
  const pages = packed()

  function rowsOf(index: number): PullChange[] {
    const id = idOf(index) as never
    const number = cardOf(index) as never
    const phone = phoneOf(index)
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

  /** Made beforehand: a cloud makes them for the first till that asks and gives them out again. */
  function packed(): SnapshotPage[] {
    return Array.from({ length: Math.ceil(members / PAGE_MEMBERS) }, (_, page) => {
      const first = page * PAGE_MEMBERS
      const count = Math.min(PAGE_MEMBERS, members - first)
      const people = Array.from({ length: count }, (_, i) => rowsOf(first + i).map((row) => ({ ...row, seq: 1 })))
      const data = deflateRawSync(pageText(people))
      const hashes = Buffer.from(Uint32Array.from(people.flatMap(hashesOf)).buffer).toString('base64')
      return { members: count, hashes, data: data.toString('base64'), sum: sumOfBytes(data) }
    })
  }

  function snapshot({ next, pages: count }: { next: string | null; pages: number }) {
    begun ??= performance.now()
    const from = Number(next ?? 0)
    const sent = pages.slice(from, from + count)
    const to = from + sent.length
    pulled = Math.min(members, to * PAGE_MEMBERS)
    return {
      incarnation: INCARNATION,
      pages: sent,
      next: to < pages.length ? String(to) : null,
      cursor: String(members),
      total: next === null ? members : 0,
      changes: next === null ? [{ scope: 'programme', key: programme.id, row: programme }] : [],
      seen: seen(),
      now: now(),
    }
  }

  /** A till that asks for one member: whoever has the card. */
  function lookUp({ card = '' }: { card?: string }) {
    const index = Number(card.slice(2, 12))
    return { changes: card === cardOf(index) && index < members ? rowsOf(index) : [], now: now() }
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
        return {
          session: 'bench',
          protocol: PROTOCOL_VERSION,
          incarnation: INCARNATION,
          epoch: 1,
          high,
          head,
          now: now(),
        }
      case '/sync/v1/push': {
        const { from, items } = body as { from: number; items: { hash: string }[] }
        high = from + items.length - 1
        head = items.at(-1)!.hash
        const dispositions = items.map((_, i) => ({ seq: from + i, disposition: { kind: 'applied' } }))
        return { incarnation: INCARNATION, high, head, dispositions, now: now() }
      }
      case '/sync/v1/pull':
        ended ??= pulled >= members ? performance.now() : null
        return pull(body)
      case '/sync/v1/snapshot':
        return snapshot(body)
      default:
        return lookUp(body)
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
    begun: () => begun,
    ended: () => ended,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const bytes = Buffer.concat(chunks)
  return (request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString('utf8')
}
