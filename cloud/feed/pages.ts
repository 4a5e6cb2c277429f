import { promisify } from 'node:util'
import { deflateRaw } from 'node:zlib'
import { sql } from 'kysely'
import type { MemberId } from '../../shared/ids.ts'
import type { Asker } from '../../shared/intake/rows.ts'
import { hashesOf, PAGE_MEMBERS, type Person, pageText } from '../../shared/sync/pages.ts'
import type { PullChange } from '../../shared/sync/protocol.ts'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import type { Tx } from '../database/connect.ts'
import { transaction } from '../database/transaction.ts'
import { seal, unseal } from '../secrets/seal.ts'
import { holdings } from './reads.ts'
import { currentRows, numbered } from './rows.ts'

/** Members in the order of their ids, packed. Each page is one moment of the database, cut at a number of the feed. */
export interface FeedPage {
  /** Everybody after this id, */
  readonly after: string
  /** up to this one; null: to the end. */
  readonly upto: string | null
  /** Whatever changed later has a larger number in the feed. */
  readonly cut: bigint
  readonly members: number
  readonly hashes: Buffer
  /** The packed text. */
  readonly data: Buffer
}

/** An older page would save less than the pull after it costs. */
const AGE_CHANGES_MAX = 50_000n
const AGE_MS_MAX = 24 * 3_600_000
/** A page that has grown this far is parted. */
const MEMBERS_MAX = PAGE_MEMBERS * 1.5
const PACKING = { level: 6 }

const pack = promisify(deflateRaw)
/** The page is for everybody: whoever reads it says how far its figures go in their own stream. */
const NOBODY = { device: '', outlet: '', seen: { epoch: 0, seq: 0 } } as unknown as Asker

/** The page that begins after a member's id; '' begins with the first member. */
export async function pageAfter(cloud: Cloud, after: string): Promise<FeedPage> {
  return (await youngPage(cloud, after)) ?? (await keptPage(cloud, await makePage(cloud, after)))
}

async function youngPage(cloud: Cloud, after: string): Promise<FeedPage | undefined> {
  const { db, tenant, keys } = cloud
  const row = await db
    .selectFrom('feed_page')
    .innerJoin('feed_shard', 'feed_shard.tenant', 'feed_page.tenant')
    .select(['upto', 'cut', 'members', 'hashes', 'sealed', 'feed_shard.high'])
    .where('feed_page.tenant', '=', tenant)
    .where('after', '=', after)
    .where('made_at', '>', new Date(cloud.clock().getTime() - AGE_MS_MAX).toISOString())
    .executeTakeFirst()
  if (row === undefined || row.high - row.cut > AGE_CHANGES_MAX) return undefined
  const { upto, cut, members, hashes, sealed } = row
  return { after, upto, cut, members, hashes, data: unseal(keys.pageKey, sealed, contextOf(cloud, after)) }
}

function makePage(cloud: Cloud, after: string): Promise<FeedPage> {
  return transaction(
    cloud.db,
    async (tx) => {
      const { high } = await tx
        .selectFrom('feed_shard')
        .select('high')
        .where('tenant', '=', cloud.tenant)
        .executeTakeFirstOrThrow()
      const { ids, upto } = await range(cloud, tx, after)
      const people = await peopleOf(cloud, tx, ids)
      const hashes = Buffer.from(Uint32Array.from(people.flatMap(hashesOf)).buffer)
      return { after, upto, cut: high, members: ids.length, hashes, data: await pack(pageText(people), PACKING) }
    },
    'repeatable read',
  )
}

/** Up to where the next page begins, unless that has become too many. */
async function range(cloud: Cloud, tx: Tx, after: string): Promise<{ ids: MemberId[]; upto: string | null }> {
  const next = await tx
    .selectFrom('feed_page')
    .select(sql<string | null>`min(after collate "C")`.as('after'))
    .where('tenant', '=', cloud.tenant)
    .where(sql<boolean>`after collate "C" > ${after}`)
    .executeTakeFirst()
  const bound = next?.after ?? null
  let query = tx
    .selectFrom('member')
    .select('member')
    .where('tenant', '=', cloud.tenant)
    .where(sql<boolean>`member collate "C" > ${after}`)
    .orderBy(sql`member collate "C"`)
    .limit(MEMBERS_MAX + 1)
  if (bound !== null) query = query.where(sql<boolean>`member collate "C" <= ${bound}`)
  const ids = (await query.execute()).map((row) => row.member as MemberId)
  if (ids.length <= MEMBERS_MAX) return { ids, upto: bound }
  return { ids: ids.slice(0, PAGE_MEMBERS), upto: ids[PAGE_MEMBERS - 1]! }
}

async function peopleOf(cloud: Cloud, tx: Tx, ids: readonly MemberId[]): Promise<Person[]> {
  const held = await holdings(tx, cloud.tenant, ids)
  const changes = await numbered(tx, cloud.tenant, [
    ...(await currentRows(cloud, tx, 'member', ids, NOBODY)),
    ...(await currentRows(cloud, tx, 'card', held.cards, NOBODY)),
    ...(await currentRows(cloud, tx, 'balance', held.balances, NOBODY)),
    ...(await currentRows(cloud, tx, 'hint', ids, NOBODY)).filter(({ row }) => row !== null),
  ])
  const people = new Map<string, PullChange[]>(ids.map((id) => [id, []]))
  for (const change of changes) people.get(ownerOf(change))?.push(change)
  return [...people.values()]
}

function ownerOf(change: PullChange): string {
  const owned = change.scope === 'card' || change.scope === 'balance'
  return owned && change.row !== null ? change.row.member : change.key
}

async function keptPage(cloud: Cloud, page: FeedPage): Promise<FeedPage> {
  const { after, upto, cut, members, hashes, data } = page
  const sealed = seal(cloud.keys.pageKey, data, contextOf(cloud, after))
  const row = { upto, cut, members, hashes, sealed, made_at: instant(cloud.clock) }
  await cloud.db
    .insertInto('feed_page')
    .values({ tenant: cloud.tenant, after, ...row })
    .onConflict((conflict) => conflict.columns(['tenant', 'after']).doUpdateSet(row))
    .execute()
  return page
}

/** Pages that nobody will be given again: what is in them need not lie about. */
export async function dropOldPages(cloud: Cloud): Promise<void> {
  await cloud.db
    .deleteFrom('feed_page')
    .where('tenant', '=', cloud.tenant)
    .where('made_at', '<', new Date(cloud.clock().getTime() - AGE_MS_MAX).toISOString())
    .execute()
}

const contextOf = (cloud: Cloud, after: string) => `bonusbook/feed-page/1\n${cloud.tenant}\n${after}`
