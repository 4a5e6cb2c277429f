import type { z } from 'zod'
import type { OutletId } from '../../shared/ids.ts'
import { readCursor, writeCursor } from '../../shared/intake/cursor.ts'
import { FIRST_SCOPES, type Speaker, scopeOf } from '../../shared/intake/page.ts'
import { sumOfBytes } from '../../shared/sync/pages.ts'
import type { PullChange, SnapshotReply, snapshotRequest } from '../../shared/sync/protocol.ts'
import { SNAPSHOT_SINCE, spoken } from '../../shared/sync/spoken.ts'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import type { Tx } from '../database/connect.ts'
import { transaction } from '../database/transaction.ts'
import { readStream } from '../devices/streams.ts'
import { dropOldPages, type FeedPage, pageAfter } from '../feed/pages.ts'
import { currentRows, numbered } from '../feed/rows.ts'
import { sequenceAll } from '../feed/sequencer.ts'
import { Refusal } from '../http/refusal.ts'
import { ledgerReads } from '../ledger/postgres-store.ts'
import { visitorCount } from '../ledger/visits.ts'
import { countedUpTo } from '../segments/told-facts.ts'

/** With fewer members a pull from nothing is as fast. */
const MEMBERS_MIN = 2_000
/** A till that is told nothing for long believes that nobody is there. */
const REPLY_MS = 1_500

/**
 * The next pages for a till that begins from nothing. The cloud keeps nothing about the walk: the till sends back where
 * it stands. Before the first page everything committed is numbered, so that what `seen` names is behind the cursor.
 */
export async function snapshot(
  cloud: Cloud,
  speaker: Speaker,
  request: z.infer<typeof snapshotRequest>,
): Promise<SnapshotReply> {
  if (speaker.protocol < SNAPSHOT_SINCE) {
    throw new Refusal(400, 'bad_request', 'There are no snapshots in the protocol that this session agreed on.')
  }
  const begun = request.next === null ? await begin(cloud, speaker) : undefined
  const { outlet, cut: start } = begun ?? (await walkOf(cloud, speaker, request.cursor))
  const hasFew = begun !== undefined && begun.everybody < MEMBERS_MIN
  const pages = hasFew ? [] : await pagesFrom(cloud, outlet, request.next, request.pages)
  const cut = pages.reduce((oldest, page) => (page.cut < oldest ? page.cut : oldest), start)
  const { protocol } = speaker
  return {
    incarnation: cloud.incarnation,
    pages: pages.map(({ members, hashes, data }) => ({
      members,
      hashes: hashes.toString('base64'),
      data: data.toString('base64'),
      sum: sumOfBytes(data),
    })),
    next: nextOf(pages.at(-1)),
    cursor: pages.length === 0 ? null : writeCursor({ protocol, incarnation: cloud.incarnation, seq: cut, outlet }),
    total: begun?.total ?? 0,
    changes: begun?.changes ?? [],
    seen: begun?.seen ?? { epoch: speaker.epoch, seq: 0 },
    ...(begun === undefined ? {} : { factsSeen: begun.factsSeen }),
    now: instant(cloud.clock),
  }
}

async function begin(cloud: Cloud, speaker: Speaker) {
  await dropOldPages(cloud)
  const stream = await readStream(cloud.db, cloud.tenant, speaker.device, speaker.epoch)
  const seen = { epoch: stream.epoch, seq: stream.high }
  const factsSeen = await countedUpTo(cloud.db, cloud.tenant, { device: speaker.device, seen })
  await sequenceAll(cloud.db, cloud.tenant)
  return transaction(
    cloud.db,
    async (tx) => {
      const { high } = await tx
        .selectFrom('feed_shard')
        .select('high')
        .where('tenant', '=', cloud.tenant)
        .executeTakeFirstOrThrow()
      const changes = await firstChanges(cloud, tx, { ...speaker, seen })
      const reads = ledgerReads(cloud, tx)
      const outlet = await scopeOf(reads, speaker)
      const everybody = await reads.memberCount()
      return {
        seen,
        factsSeen,
        everybody,
        total: outlet === null ? everybody : await visitorCount(tx, cloud.tenant, outlet),
        cut: high,
        outlet,
        changes: spoken(speaker.protocol, await numbered(tx, cloud.tenant, changes)),
      }
    },
    'repeatable read',
  )
}

async function firstChanges(cloud: Cloud, tx: Tx, asker: Parameters<typeof currentRows>[4]): Promise<PullChange[]> {
  const changes: PullChange[] = []
  for (const scope of FIRST_SCOPES) {
    const rows = await tx
      .selectFrom('feed')
      .select('key')
      .where('tenant', '=', cloud.tenant)
      .where('scope', '=', scope)
      .execute()
    const keys = rows.map((row) => row.key)
    changes.push(...(await currentRows(cloud, tx, scope, keys, asker)))
  }
  return changes
}

async function pagesFrom(
  cloud: Cloud,
  outlet: OutletId | null,
  next: string | null,
  limit: number,
): Promise<FeedPage[]> {
  const pages: FeedPage[] = []
  const from = performance.now()
  let after = next === null ? '' : afterOf(next)
  while (pages.length < limit && performance.now() - from < REPLY_MS) {
    const page = await pageAfter(cloud, outlet, after)
    pages.push(page)
    if (page.upto === null) break
    after = page.upto
  }
  return pages
}

const nextOf = (last: FeedPage | undefined) =>
  last === undefined || last.upto === null ? null : Buffer.from(last.upto).toString('base64url')
const afterOf = (next: string) => Buffer.from(next, 'base64url').toString('utf8')

/** Where the walk stood; a cursor of another database or scope means beginning anew, which the till does when it hears so. */
async function walkOf(
  cloud: Cloud,
  speaker: Speaker,
  text: string | null,
): Promise<{ readonly cut: bigint; readonly outlet: OutletId | null }> {
  const cursor = text === null ? undefined : readCursor(text)
  const outlet = await scopeOf(ledgerReads(cloud, cloud.db), speaker)
  if (cursor === undefined || cursor.incarnation !== cloud.incarnation || cursor.outlet !== outlet) {
    throw new Refusal(409, 'begin_again', 'These pages were of another database or of other members. Begin again.')
  }
  return { cut: cursor.seq, outlet }
}
