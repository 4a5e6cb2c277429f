import { sql } from 'kysely'
import type { CardNumber, MemberId } from '../../shared/ids.ts'
import type { VisitPlace } from '../../shared/intake/port.ts'
import { visitKey } from '../../shared/intake/rows.ts'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import type { Tx } from '../database/connect.ts'
import { transaction } from '../database/transaction.ts'
import { dropDays } from '../facts/day-sums.ts'
import { keepFacts } from '../facts/keep.ts'
import { lockState, noteDue } from '../facts/state.ts'
import { noteForFeed } from '../feed/note.ts'
import { programmeDay } from '../feed/rows.ts'
import { mergedInto } from '../ledger/facts.ts'
import { endHoldsOf } from '../shop/holds.ts'
import { lockTenant } from '../tenant.ts'
import { voidErased } from '../wallet/passes.ts'
import { setCardState } from './cards.ts'

/** Everything that stands about a person, by table; what is sealed with the person's key goes with the key. */
const PERSONAL = [
  'member_key',
  'profile',
  'member_extra',
  'member_trait',
  'birthday',
  'phone',
  'consent',
  'redeem_code',
  'member_event',
  'segment_member',
  'segment_move',
  'member_fact',
  'member_bought',
  'hint',
  'message',
  'call_task',
  'campaign_test_message',
  'shop_hold',
  'survey_member',
  'survey_answer',
  'survey_said',
  'task_reward',
] as const

/**
 * Forgets a person on request: profile, family, traits, consent, events, segments and facts go, the cards are blocked, the
 * receipts become anonymous. The ledger keeps its entries, which hold only ids and hashes, so no sum changes. Whoever was
 * merged into the person is the same person: what stands under those names goes too.
 */
export async function erasePerson(cloud: Cloud, member: MemberId): Promise<{ cards: number; receipts: number }> {
  const { db, tenant } = cloud
  await blockCards(cloud, member)
  const { person, receipts } = await transaction(db, async (tx) => {
    // whoever books something of theirs at this moment holds the row, and would say again what goes here
    const names = await lockedNames(tx, tenant, member)
    await lockState(tx, tenant)
    let receipts = 0
    for (const name of names) receipts += await forget(cloud, tx, name)
    await lockTenant(tx, tenant) // a page that was made before is kept before this, or not at all
    await sql`delete from feed_page where tenant = ${tenant}`.execute(tx) // names are packed in them
    await noteDue(tx, tenant, names)
    return { person: names[0]!, receipts }
  })
  cloud.feed.wake()
  const cards = await blockCards(cloud, person) // those that came meanwhile
  while ((await keepFacts(cloud)).isMore);
  return { cards, receipts }
}

/** Who a member is by now, locked, and whoever was merged into them. */
async function lockedNames(tx: Tx, tenant: Cloud['tenant'], member: MemberId): Promise<[MemberId, ...MemberId[]]> {
  let person = member
  for (let next: string | null = member; next !== null; ) {
    person = next as MemberId
    const { rows } = await sql<{ merged_into: string | null }>`
      select merged_into from member where tenant = ${tenant} and member = ${person} for update`.execute(tx)
    next = rows[0]?.merged_into ?? null
  }
  const names: [MemberId, ...MemberId[]] = [person]
  for (let round: readonly MemberId[] = [person]; round.length > 0; ) {
    round = (await mergedInto(tx, tenant, round)).map((merged) => merged.member)
    names.push(...round)
  }
  return names
}

/** Returns how many receipts have become anonymous. */
async function forget(cloud: Cloud, tx: Tx, member: MemberId): Promise<number> {
  const { tenant } = cloud
  await sql`
    insert into erased_member (tenant, member, erased_at) values (${tenant}, ${member}, ${instant(cloud.clock)})
    on conflict (tenant, member) do nothing`.execute(tx)
  await uncount(cloud, tx, member)
  // with its row a basket's lease would have nobody who ends it
  await endHoldsOf(cloud, tx, member)
  for (const table of PERSONAL) {
    await sql`delete from ${sql.table(table)} where tenant = ${tenant} and member = ${member}`.execute(tx)
  }
  await sql`update receipt_goods set member = null where tenant = ${tenant} and member = ${member}`.execute(tx)
  const { rows: made } = await sql<{ day: string }>`
    update receipt set member = null where tenant = ${tenant} and member = ${member} returning day`.execute(tx)
  await dropDays(
    tx,
    tenant,
    made.map(({ day }) => day),
  )
  await voidErased(tx, tenant, member, instant(cloud.clock))
  await noteForFeed(tx, tenant, [
    { scope: 'member', keys: [member] },
    { scope: 'hint', keys: [member] },
    { scope: 'left', keys: await forgottenAt(tx, tenant, member) },
  ])
  return made.length
}

/** Returns how many the member has. */
async function blockCards(cloud: Cloud, member: MemberId): Promise<number> {
  const cards = await cardsOf(cloud, member)
  for (const { number, state } of cards) {
    if (state === 'active') await setCardState(cloud, number as CardNumber, 'block', 'erasure')
  }
  return cards.length
}

/** Where they were is forgotten too, and tills that keep visitors alone forget them whole. */
async function forgottenAt(tx: Tx, tenant: Cloud['tenant'], member: MemberId): Promise<string[]> {
  const { rows } = await sql<VisitPlace>`
    delete from visit where tenant = ${tenant} and member = ${member} returning outlet, member`.execute(tx)
  return rows.map(visitKey)
}

/** Segments have one fewer today, since a member goes without moving; of earlier days they say how many there were. */
async function uncount(cloud: Cloud, tx: Tx, member: MemberId): Promise<void> {
  const { tenant } = cloud
  await sql`
    update segment_count c set members = c.members - 1 from segment_member m
    where c.tenant = ${tenant} and m.tenant = ${tenant} and m.member = ${member} and c.segment = m.segment
      and c.day = ${await programmeDay(cloud, tx)}::date`.execute(tx)
}

async function cardsOf({ db, tenant }: Cloud, member: MemberId) {
  return db
    .selectFrom('card')
    .select(['number', 'state'])
    .where('tenant', '=', tenant)
    .where('member', '=', member)
    .orderBy('number')
    .execute()
}
