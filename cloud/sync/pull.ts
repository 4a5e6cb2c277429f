import type { z } from 'zod'
import type { PullChange, PullReply, pullRequest } from '../../shared/sync/protocol.ts'
import { speaks, spoken } from '../../shared/sync/spoken.ts'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import type { Tx } from '../database/connect.ts'
import { transaction } from '../database/transaction.ts'
import type { Speaker } from '../devices/authenticate.ts'
import { readStream } from '../devices/streams.ts'
import { readCursor, writeCursor } from '../feed/cursor.ts'
import type { FeedScope } from '../feed/note.ts'
import { type Asker, currentRows } from '../feed/rows.ts'

/** What the till needs before it can make anything of the rest: it comes at the head of a full fill too. */
const FIRST_SCOPES: readonly FeedScope[] = ['programme', 'staff']

/**
 * What changed since a cursor, as the rows are now. The feed holds each thing once, at the number of its last change, so
 * a full fill is the same walk from 0: what changes meanwhile moves behind the walker and is met there. Page, figures
 * and the `seen` mark come from one snapshot.
 */
export async function pull(cloud: Cloud, speaker: Speaker, request: z.infer<typeof pullRequest>): Promise<PullReply> {
  await cloud.feed.settled()
  return transaction(cloud.db, (tx) => page(cloud, tx, speaker, request), 'repeatable read')
}

async function page(cloud: Cloud, tx: Tx, speaker: Speaker, request: z.infer<typeof pullRequest>): Promise<PullReply> {
  const { tenant, incarnation } = cloud
  const { protocol } = speaker
  const { high } = await tx
    .selectFrom('feed_shard')
    .select('high')
    .where('tenant', '=', tenant)
    .executeTakeFirstOrThrow()
  const given = request.cursor === null ? undefined : readCursor(request.cursor)
  const goesOn =
    given !== undefined && given.incarnation === incarnation && given.seq <= high && given.protocol >= protocol
  const reset = !goesOn
  const after = goesOn ? given.seq : 0n
  const stream = await readStream(tx, tenant, speaker.device, speaker.epoch)
  const asker: Asker = { ...speaker, seen: { epoch: stream.epoch, seq: stream.high } }

  const found = await tx
    .selectFrom('feed')
    .select(['scope', 'key', 'seq'])
    .where('tenant', '=', tenant)
    .where('seq', '>', after)
    .orderBy('seq')
    .limit(request.limit)
    .execute()
  const more = found.length === request.limit
  const keys = new Map<FeedScope, string[]>()
  if (reset) await addFirst(cloud, tx, keys)
  for (const { scope, key } of found) {
    const ofScope = keys.get(scope as FeedScope)
    if (ofScope === undefined) keys.set(scope as FeedScope, [key])
    else if (!ofScope.includes(key) || !FIRST_SCOPES.includes(scope as FeedScope)) ofScope.push(key)
  }
  const changes: PullChange[] = []
  for (const [scope, ofScope] of keys) {
    if (!speaks(protocol, scope)) continue
    changes.push(...spoken(protocol, await currentRows(cloud, tx, scope, ofScope, asker)))
    cloud.metrics.pulled.inc({ scope }, ofScope.length)
  }
  const cursor = writeCursor({ protocol, incarnation, seq: found.at(-1)?.seq ?? high })
  return { incarnation, cursor, more, reset, changes, now: instant(cloud.clock) }
}

async function addFirst(cloud: Cloud, tx: Tx, keys: Map<FeedScope, string[]>): Promise<void> {
  for (const scope of FIRST_SCOPES) {
    const rows = await tx
      .selectFrom('feed')
      .select('key')
      .where('tenant', '=', cloud.tenant)
      .where('scope', '=', scope)
      .execute()
    keys.set(
      scope,
      rows.map((row) => row.key),
    )
  }
}
