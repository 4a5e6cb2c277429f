import { sql } from 'kysely'
import type { Cloud } from '../../cloud/cloud.ts'
import { CopyRows } from '../../cloud/database/copy-rows.ts'
import { transaction } from '../../cloud/database/transaction.ts'
import { saveProfiles } from '../../cloud/members/profiles.ts'
import { pull } from '../../cloud/sync/pull.ts'
import type { CardNumber, DeviceId, MemberId, OutletId } from '../../shared/ids.ts'
import { PROTOCOL_VERSION, PULL_ROWS_MAX } from '../../shared/sync/protocol.ts'

const AT_ONCE = 5000
/** Above what the service has numbered by itself. */
const FEED_FROM = 1000n

/** So many members as years of enrolling would have left them: profile, card, balance of one lot, all in the feed. */
export async function settle(cloud: Cloud, members: number): Promise<void> {
  const { tenant, db } = cloud
  for (let from = 0; from < members; from += AT_ONCE) {
    const ids = Array.from({ length: Math.min(AT_ONCE, members - from) }, (_, index) => from + index)
    await transaction(db, async (tx) => {
      const [people, cards, accounts, lots, feed] = [0, 1, 2, 3, 4].map(() => new CopyRows()) as [
        CopyRows,
        CopyRows,
        CopyRows,
        CopyRows,
        CopyRows,
      ]
      for (const index of ids) {
        const id = memberOf(index)
        const card = `22${String(index).padStart(10, '0')}` as CardNumber
        const points = (index % 900) * 100
        people
          .row(6)
          .text(tenant)
          .text(id)
          .instant('2026-01-01T00:00:00Z')
          .integer(index % 40)
          .text('[]')
          .text(null)
        cards.row(7).text(tenant).text(card).text(id).text('standard').text('active').boolean(true).text('[]')
        accounts.row(6).text(tenant).text(id).text('points').bigint(points).bigint(0).text('[]')
        lots.row(9).text(tenant).text(id).text('points').text(`${id}/1`).bigint(points).bigint(points).bigint(0)
        lots.day('2026-01-01').day('2027-01-01')
        for (const [place, [scope, key]] of [
          ['member', id],
          ['card', card],
          ['balance', `${id}\npoints`],
        ].entries()) {
          feed
            .row(4)
            .text(tenant)
            .text(scope!)
            .text(key!)
            .bigint(FEED_FROM + BigInt(index * 3 + place + 1))
        }
      }
      await sql`copy member (tenant, member, enrolled_at, purchases, terms, tier) from stdin (format binary) ${people}`.execute(
        tx,
      )
      await sql`copy card (tenant, number, member, type, state, main, held_before) from stdin (format binary) ${cards}`.execute(
        tx,
      )
      await sql`copy account (tenant, member, purse, posted, leased, leases) from stdin (format binary) ${accounts}`.execute(
        tx,
      )
      await sql`copy lot (tenant, member, purse, lot, points, remaining, expired, active_from, last_day)
        from stdin (format binary) ${lots}`.execute(tx)
      await sql`copy feed (tenant, scope, key, seq) from stdin (format binary) ${feed}`.execute(tx)
      await saveProfiles(
        tx,
        tenant,
        cloud.keys,
        ids.map((index) => ({
          member: memberOf(index),
          profile: { name: `Member ${index}`, phone: `+7916${String(index).padStart(7, '0')}` },
        })),
      )
    })
  }
  await db
    .updateTable('feed_shard')
    .set({ high: FEED_FROM + BigInt(members * 3) })
    .where('tenant', '=', tenant)
    .execute()
  // what is measured is a till that keeps all of them
  await db.updateTable('keeping').set({ keep: 'everybody' }).where('tenant', '=', tenant).execute()
  await sql`analyze`.execute(db)
}

const memberOf = (index: number) => `p-${String(index).padStart(8, '0')}` as MemberId

/** One in so many of all members was at the till's outlet within the days that count. */
export async function keepVisitors(cloud: Cloud, oneIn: number): Promise<number> {
  const { tenant, db } = cloud
  const { numAffectedRows } = await sql`
    insert into visit (tenant, outlet, member, last_day, days)
    select ${tenant}, ${speaker.outlet}, member, current_date, 1 from member
    where tenant = ${tenant} and starts_with(member, 'p-') and substr(member, 3)::integer % ${oneIn}::integer = 0`.execute(
    db,
  )
  await db.updateTable('keeping').set({ keep: 'visitors', is_partial: true }).where('tenant', '=', tenant).execute()
  return Number(numAffectedRows ?? 0n)
}

const speaker = {
  device: 'bench-puller' as DeviceId,
  epoch: 1,
  outlet: 'S0' as OutletId,
  protocol: PROTOCOL_VERSION,
}

export interface Pulled {
  readonly seconds: number
  /** Of the longest answer. */
  readonly longest: number
  readonly members: number
}

/** All of it, page by page, to the text of each reply. */
export async function pullAll(cloud: Cloud): Promise<Pulled> {
  const from = performance.now()
  let cursor: string | null = null
  let [members, longest] = [0, 0]
  for (;;) {
    const asked = performance.now()
    const page = await pull(cloud, speaker, { cursor, limit: PULL_ROWS_MAX })
    members += page.changes.filter(({ scope, key }) => scope === 'member' && key.startsWith('p-')).length
    JSON.stringify(page)
    cursor = page.cursor
    longest = Math.max(longest, (performance.now() - asked) / 1000)
    if (!page.more) return { seconds: (performance.now() - from) / 1000, longest, members }
  }
}
