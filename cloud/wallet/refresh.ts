import { sql } from 'kysely'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import type { Tx } from '../database/connect.ts'
import { transaction } from '../database/transaction.ts'
import { programmeDay } from '../feed/rows.ts'
import { cardsOf } from './content.ts'
import { digestOf, type Pass, passColumns, takeTurn } from './passes.ts'
import { readWallet, type Wallet } from './settings.ts'

/**
 * Keeps passes true: who changed is read off the feed, which numbers what was committed and skips nothing; what a pass
 * shows is compared with what it showed, and only what differs is told. Any number of instances may run it: whoever has
 * the turn works, the others wait. Rules W9, W11.
 */
const PAGE_PASSES = 200
const VOID_KEPT_DAYS = 30

/** One round. The answer is how many passes show something else now. */
export async function refreshPasses(cloud: Cloud, isOver: () => boolean = () => false): Promise<number> {
  const wallet = await readWallet(cloud, cloud.db)
  if (wallet === undefined) return 0
  await transaction(cloud.db, (tx) => noticeChanges(cloud, tx, wallet))
  let changed = 0
  for (let isMore = true; isMore && !isOver(); ) {
    const page = await transaction(cloud.db, (tx) => refreshPage(cloud, tx, wallet))
    changed += page.changed
    isMore = page.looked === PAGE_PASSES
  }
  return changed
}

/** Whoever changed since the last look is looked at, a while after the last change of theirs; on a new day everybody. */
async function noticeChanges(cloud: Cloud, tx: Tx, { words }: Wallet): Promise<void> {
  const { tenant } = cloud
  const turn = await takeTurn(tx, tenant)
  const { high } = await tx
    .selectFrom('feed_shard')
    .select('high')
    .where('tenant', '=', tenant)
    .forShare() // what has a number up to here is committed
    .executeTakeFirstOrThrow()
  const now = instant(cloud.clock)
  const later = sql`least(coalesce(p.due_at, 'infinity'),
    greatest(${now}::timestamptz, p.changed_at + ${words.everyMinutes} * interval '1 minute'))`
  // a database put back from a copy counts from a smaller number
  if (turn.feed > high) {
    await sql`update wallet_pass p set due_at = ${later} where p.tenant = ${tenant} and p.state = 'live'`.execute(tx)
  } else if (turn.feed < high) {
    await sql`
      update wallet_pass p set due_at = ${later}
      where p.tenant = ${tenant} and p.state = 'live' and p.member in (
        select split_part(f.key, E'\\n', 1) from feed f
        where f.tenant = ${tenant} and f.seq > ${turn.feed} and f.seq <= ${high} and f.scope in ('member', 'balance')
        union select c.member from feed f join card c on c.tenant = ${tenant} and c.number = f.key
        where f.tenant = ${tenant} and f.seq > ${turn.feed} and f.seq <= ${high} and f.scope = 'card')`.execute(tx)
  }
  const day = await programmeDay(cloud, tx)
  if (turn.day !== day) {
    await sql`
      update wallet_pass p set due_at = ${now} where p.tenant = ${tenant} and p.state = 'live'`.execute(tx)
    const old = new Date(cloud.clock().getTime() - VOID_KEPT_DAYS * 86_400_000).toISOString()
    await sql`
      delete from wallet_device d using wallet_pass p
      where d.tenant = ${tenant} and p.tenant = ${tenant} and p.serial = d.serial and p.state = 'void'
        and p.due_at is null and p.changed_at < ${old}`.execute(tx)
  }
  await tx.updateTable('wallet_turn').set({ feed: high, day }).where('tenant', '=', tenant).execute()
}

async function refreshPage(cloud: Cloud, tx: Tx, wallet: Wallet): Promise<{ looked: number; changed: number }> {
  const { tenant } = cloud
  const { high } = await takeTurn(tx, tenant)
  const now = instant(cloud.clock)
  const { rows: passes } = await sql<Pass>`
    select ${passColumns} from wallet_pass where tenant = ${tenant} and due_at <= ${now}
    order by due_at, serial limit ${PAGE_PASSES} for update`.execute(tx)
  if (passes.length === 0) return { looked: 0, changed: 0 }
  const cards = await cardsOf(cloud, tx, wallet, passes)
  const digests = new Map(passes.map(({ serial }) => [serial, digestOf(cards.get(serial)!)]))
  const isNew = ({ serial, shown, campaign, messageSeq }: Pass) =>
    shown !== digests.get(serial) || (campaign !== null && messageSeq === null)
  const changed = passes.filter(isNew)
  const serials = changed.map(({ serial }) => serial)
  await sql`
    update wallet_pass set due_at = null
    where tenant = ${tenant} and serial = any(${passes.map(({ serial }) => serial)}::text[])`.execute(tx)
  await sql`
    update wallet_pass p
    set seq = u.seq, shown = u.shown,
      changed_at = greatest(date_trunc('second', ${now}::timestamptz), p.changed_at + interval '1 second'),
      message_seq = case when p.campaign is null then null else coalesce(p.message_seq, u.seq) end,
      google_due_at = case when p.google = 'none' then null else ${now}::timestamptz end, google_attempts = 0
    from unnest(${serials}::text[], ${serials.map((_, index) => String(high + BigInt(index + 1)))}::bigint[],
      ${serials.map((serial) => digests.get(serial)!)}::text[]) as u (serial, seq, shown)
    where p.tenant = ${tenant} and p.serial = u.serial`.execute(tx)
  await sql`
    update wallet_device set due_at = ${now}, attempts = 0
    where tenant = ${tenant} and serial = any(${serials}::text[])`.execute(tx)
  await tx
    .updateTable('wallet_turn')
    .set({ high: high + BigInt(serials.length) })
    .where('tenant', '=', tenant)
    .execute()
  return { looked: passes.length, changed: changed.length }
}
