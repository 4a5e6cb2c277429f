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
import { endHoldsOf } from '../shop/holds.ts'
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
 * receipts become anonymous. The ledger keeps its entries, which hold only ids and hashes, so no sum changes.
 */
export async function erasePerson(cloud: Cloud, member: MemberId): Promise<{ cards: number; receipts: number }> {
  const { db, tenant } = cloud
  const cards = await cardsOf(cloud, member)
  for (const card of cards) {
    if (card.state === 'active') await setCardState(cloud, card.number as CardNumber, 'block', 'erasure')
  }
  const receipts = await transaction(db, async (tx) => {
    // whoever books something of theirs at this moment holds the row, and would say again what goes here
    await sql`select from member where tenant = ${tenant} and member = ${member} for update`.execute(tx)
    await lockState(tx, tenant)
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
    await sql`delete from feed_page where tenant = ${tenant}`.execute(tx) // names are packed in them
    await noteDue(tx, tenant, [member])
    await noteForFeed(tx, tenant, [
      { scope: 'member', keys: [member] },
      { scope: 'hint', keys: [member] },
      { scope: 'left', keys: await forgottenAt(tx, tenant, member) },
    ])
    return made.length
  })
  cloud.feed.wake()
  while ((await keepFacts(cloud)).isMore);
  return { cards: cards.length, receipts }
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
    .select(['number', 'type', 'state', 'main'])
    .where('tenant', '=', tenant)
    .where('member', '=', member)
    .orderBy('number')
    .execute()
}
