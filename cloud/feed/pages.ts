import { promisify } from 'node:util'
import { deflateRaw } from 'node:zlib'
import { sql } from 'kysely'
import type { MemberId, OutletId } from '../../shared/ids.ts'
import type { Asker } from '../../shared/intake/rows.ts'
import { hashesOf, PAGE_MEMBERS, type Person, pageText } from '../../shared/sync/pages.ts'
import type { PullChange } from '../../shared/sync/protocol.ts'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import type { Tx } from '../database/connect.ts'
import { transaction } from '../database/transaction.ts'
import { erasedAmong } from '../members/erased.ts'
import { seal, unseal } from '../secrets/seal.ts'
import { lockTenant } from '../tenant.ts'
import { holdings, membersBetween } from './reads.ts'
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

/** The page of an outlet's visitors, or of everybody, that begins after a member's id; '' begins with the first member. */
export async function pageAfter(cloud: Cloud, outlet: OutletId | null, after: string): Promise<FeedPage> {
  const place = { outlet, after }
  return (await youngPage(cloud, place)) ?? (await freshPage(cloud, place))
}

async function freshPage(cloud: Cloud, place: Place): Promise<FeedPage> {
  for (;;) {
    const made = await makePage(cloud, place)
    if (await keep(cloud, place, made)) return made.page
  }
}

interface Place {
  readonly outlet: OutletId | null
  readonly after: string
}

const EVERYBODY = ''

async function youngPage(cloud: Cloud, place: Place): Promise<FeedPage | undefined> {
  const { outlet, after } = place
  const { db, tenant, keys } = cloud
  const row = await db
    .selectFrom('feed_page')
    .innerJoin('feed_shard', 'feed_shard.tenant', 'feed_page.tenant')
    .select(['upto', 'cut', 'members', 'hashes', 'sealed', 'feed_shard.high'])
    .where('feed_page.tenant', '=', tenant)
    .where('outlet', '=', outlet ?? EVERYBODY)
    .where('after', '=', after)
    .where('made_at', '>', new Date(cloud.clock().getTime() - AGE_MS_MAX).toISOString())
    .executeTakeFirst()
  if (row === undefined || row.high - row.cut > AGE_CHANGES_MAX) return undefined
  const { upto, cut, members, hashes, sealed } = row
  return { after, upto, cut, members, hashes, data: unseal(keys.pageKey, sealed, contextOf(cloud, place)) }
}

interface Made {
  readonly page: FeedPage
  readonly ids: readonly MemberId[]
  /** How many of these had been forgotten on request. */
  readonly forgotten: number
}

function makePage(cloud: Cloud, place: Place): Promise<Made> {
  const { after } = place
  return transaction(
    cloud.db,
    async (tx) => {
      const { high } = await tx
        .selectFrom('feed_shard')
        .select('high')
        .where('tenant', '=', cloud.tenant)
        .executeTakeFirstOrThrow()
      const { ids, upto } = await range(cloud, tx, place)
      const people = await peopleOf(cloud, tx, ids)
      const hashes = Buffer.from(Uint32Array.from(people.flatMap(hashesOf)).buffer)
      const data = await pack(pageText(people), PACKING)
      const { size: forgotten } = await erasedAmong(tx, cloud.tenant, ids)
      return { page: { after, upto, cut: high, members: ids.length, hashes, data }, ids, forgotten }
    },
    'repeatable read',
  )
}

/** Up to where the next page begins, unless that has become too many. */
async function range(
  cloud: Cloud,
  tx: Tx,
  { outlet, after }: Place,
): Promise<{ ids: MemberId[]; upto: string | null }> {
  const next = await tx
    .selectFrom('feed_page')
    .select(sql<string | null>`min(after collate "C")`.as('after'))
    .where('tenant', '=', cloud.tenant)
    .where('outlet', '=', outlet ?? EVERYBODY)
    .where(sql<boolean>`after collate "C" > ${after}`)
    .executeTakeFirst()
  const upto = next?.after ?? null
  const ids = await membersBetween(tx, cloud.tenant, { after, upto }, MEMBERS_MAX + 1, outlet)
  if (ids.length <= MEMBERS_MAX) return { ids, upto }
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

/** False: somebody in it was forgotten while it was made. */
function keep(cloud: Cloud, place: Place, { page, ids, forgotten }: Made): Promise<boolean> {
  const { after, upto, cut, members, hashes, data } = page
  const { tenant } = cloud
  const outlet = place.outlet ?? EVERYBODY
  const sealed = seal(cloud.keys.pageKey, data, contextOf(cloud, place))
  const row = { upto, cut, members, hashes, sealed, made_at: instant(cloud.clock) }
  return transaction(cloud.db, async (tx) => {
    await lockTenant(tx, tenant, true)
    if ((await erasedAmong(tx, tenant, ids)).size !== forgotten) return false
    await tx
      .insertInto('feed_page')
      .values({ tenant, outlet, after, ...row })
      .onConflict((conflict) => conflict.columns(['tenant', 'outlet', 'after']).doUpdateSet(row))
      .execute()
    return true
  })
}

/** Pages that nobody will be given again: what is in them need not lie about. */
export async function dropOldPages(cloud: Cloud): Promise<void> {
  await cloud.db
    .deleteFrom('feed_page')
    .where('tenant', '=', cloud.tenant)
    .where('made_at', '<', new Date(cloud.clock().getTime() - AGE_MS_MAX).toISOString())
    .execute()
}

const contextOf = (cloud: Cloud, { outlet, after }: Place) =>
  ['bonusbook/feed-page/2', cloud.tenant, outlet ?? EVERYBODY, after].join('\n')
