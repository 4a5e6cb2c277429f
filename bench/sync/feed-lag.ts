import { setTimeout as sleep } from 'node:timers/promises'
import type { Cloud } from '../../cloud/cloud.ts'
import { ledgerReads } from '../../cloud/ledger/postgres-store.ts'
import { push } from '../../cloud/sync/push.ts'
import type { DeviceId } from '../../shared/ids.ts'
import type { PushItem } from '../../shared/sync/protocol.ts'
import { pushRequest } from '../../shared/sync/protocol.ts'
import { requestsOf, speakerOf } from './ingest.ts'
import type { Load } from './load.ts'

/**
 * How long after its commit a balance is in the feed, for a reader that goes by numbers, as tills do. Each receipt has a
 * buyer of its own, so each balance changes once: one that the reader never meets was skipped.
 */
export interface FeedLag {
  readonly lagsMs: readonly number[]
  readonly skipped: number
}

const LOOK_EVERY_MS = 2
const PAGE = 5000
const PATIENCE_MS = 10_000

/** Tills write through the services in turn; the reader looks through the first. */
export async function feedLag(
  services: readonly Cloud[],
  load: Load,
  entriesAPush: number,
  restMs: number,
): Promise<FeedLag> {
  const committed = new Map<string, number>()
  const seen = new Map<string, number>()
  const reads = ledgerReads(services[0]!, services[0]!.db)
  // before anything is written: what is numbered while the reader still asks where it stands would count as skipped
  let after = await reads.feedHigh()
  const writing = Promise.all(
    load.sales.map(async (stream, index) => {
      const cloud = services[index % services.length]!
      for (const [batch, { text, signature }] of requestsOf(stream, entriesAPush).entries()) {
        await push(cloud, speakerOf(stream), pushRequest.parse(JSON.parse(text)), signature)
        const at = performance.now()
        for (const item of stream.items.slice(batch * entriesAPush, (batch + 1) * entriesAPush)) {
          committed.set(`${buyerOf(item)}\npoints`, at)
        }
        await sleep(Math.random() * 2 * restMs)
      }
    }),
  )
  let isOver = false
  void writing.finally(() => {
    isOver = true
  })
  let lastNews = performance.now()
  while (!isOver || (seen.size < committed.size && performance.now() - lastNews < PATIENCE_MS)) {
    const page = await reads.feedBetween({ after, upto: null }, PAGE, 'nobody' as DeviceId, null)
    const now = performance.now()
    for (const { scope, key } of page) if (scope === 'balance' && !seen.has(key)) seen.set(key, now)
    if (page.length > 0) lastNews = now
    after = page.at(-1)?.seq ?? after
    if (page.length < PAGE) await sleep(LOOK_EVERY_MS)
  }
  await writing
  const met = [...committed].filter(([key]) => seen.has(key))
  return {
    lagsMs: met.map(([key, at]) => Math.max(0, seen.get(key)! - at)).sort((a, b) => a - b),
    skipped: committed.size - met.length,
  }
}

function buyerOf(text: string): string {
  const { body } = (JSON.parse(text) as PushItem).entry
  if (body.kind !== 'sale' || body.member === null) throw new Error('a sale to a member')
  return body.member.id
}
