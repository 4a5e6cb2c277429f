import { sql } from 'kysely'
import type { Chain, Standing } from '../../shared/campaigns/chain.ts'
import type { CampaignDocument } from '../../shared/campaigns/document.ts'
import type { MemberId, TenantId } from '../../shared/ids.ts'
import { plusDays } from '../../shared/ledger/rules.ts'
import type { Tx } from '../database/connect.ts'

/** Chains in the database: who may open one, which are due, how they close. Everything by whole pages. */

export interface Candidate extends Standing {
  readonly member: MemberId
}

/** Members whose last purchase lies as long ago as the chain asks and after whom none was opened yet, by id. */
export async function candidates(
  tx: Tx,
  tenant: TenantId,
  { id, audience, start }: CampaignDocument,
  today: string,
  after: string,
  limit: number,
): Promise<Candidate[]> {
  const { rows } = await sql<Candidate>`
    select f.member, f.purchases, f.last_day as "lastDay", f.card_type as "cardType",
      coalesce(c.messages, false) as "takesMessages"
    from member_fact f
    left join consent c on c.tenant = ${tenant} and c.member = f.member
    where f.tenant = ${tenant} and f.member > ${after}
      and f.last_day <= ${plusDays(today, -start.days)}::date
      and f.last_day > ${plusDays(today, -audience.goneAfterDays)}::date
      and f.purchases >= ${audience.purchases.from}
      and not exists (select from campaign_chain h where h.tenant = ${tenant} and h.campaign = ${id}
        and h.member = f.member and h.anchor = f.last_day)
    order by f.member limit ${limit}`.execute(tx)
  return rows
}

export interface Opening {
  readonly member: MemberId
  readonly chain: Chain
  readonly isControl: boolean
}

export async function openChains(
  tx: Tx,
  tenant: TenantId,
  campaign: string,
  openings: readonly Opening[],
): Promise<void> {
  if (openings.length === 0) return
  await sql`
    insert into campaign_chain (tenant, campaign, member, anchor, control, state, next, due, first_due)
    select ${tenant}, ${campaign}, member, anchor, control, 'open', 0, due, due from unnest(
      ${openings.map(({ member }) => member)}::text[], ${openings.map(({ chain }) => chain.anchor)}::date[],
      ${openings.map(({ isControl }) => isControl)}::boolean[], ${openings.map(({ chain }) => chain.due)}::date[]
    ) as u (member, anchor, control, due)
    on conflict do nothing`.execute(tx)
}

export interface DueChain extends Candidate, Chain {
  readonly isControl: boolean
  /** Some campaign has touched the member today. */
  readonly wasTouched: boolean
}

/** Open chains whose next touch is due, locked, by member. */
export async function dueChains(
  tx: Tx,
  tenant: TenantId,
  campaign: string,
  today: string,
  after: string,
  limit: number,
): Promise<DueChain[]> {
  const { rows } = await sql<DueChain>`
    select h.member, h.anchor, h.next, h.due, h.control as "isControl", f.purchases, f.last_day as "lastDay",
      f.card_type as "cardType", coalesce(c.messages, false) as "takesMessages",
      exists (select from campaign_touch t where t.tenant = ${tenant} and t.member = h.member
        and t.day = ${today}::date and t.outcome = 'made') as "wasTouched"
    from campaign_chain h
    join member_fact f on f.tenant = ${tenant} and f.member = h.member
    left join consent c on c.tenant = ${tenant} and c.member = h.member
    where h.tenant = ${tenant} and h.campaign = ${campaign} and h.state = 'open' and h.due <= ${today}::date
      and h.member > ${after}
    order by h.member, h.anchor limit ${limit} for update of h`.execute(tx)
  return rows
}

/** Chains of members who have bought since; late entries of tills come by here as well. */
export async function closeBought(tx: Tx, tenant: TenantId, campaign: string, today: string): Promise<void> {
  await sql`
    update campaign_chain h set state = 'bought', next = null, due = null, closed = ${today}::date
    from member_fact f
    where h.tenant = ${tenant} and h.campaign = ${campaign} and h.state = 'open'
      and f.tenant = ${tenant} and f.member = h.member and f.last_day > h.anchor`.execute(tx)
}

/** Where a chain stands after a step; `next` null: it is closed as `state` says. */
export interface Moved {
  readonly member: MemberId
  readonly anchor: string
  readonly state: 'open' | 'made' | 'bought' | 'left' | 'gone'
  readonly next: number | null
  readonly due: string | null
}

export async function moveChains(
  tx: Tx,
  tenant: TenantId,
  campaign: string,
  moved: readonly Moved[],
  today: string,
): Promise<void> {
  if (moved.length === 0) return
  await sql`
    update campaign_chain h
    set state = u.state, next = u.next, due = u.due, closed = case when u.state = 'open' then null else ${today}::date end
    from unnest(
      ${moved.map(({ member }) => member)}::text[], ${moved.map(({ anchor }) => anchor)}::date[],
      ${moved.map(({ state }) => state)}::text[], ${moved.map(({ next }) => next)}::int[],
      ${moved.map(({ due }) => due)}::date[]
    ) as u (member, anchor, state, next, due)
    where h.tenant = ${tenant} and h.campaign = ${campaign} and h.member = u.member and h.anchor = u.anchor`.execute(tx)
}

export interface TouchRow {
  readonly member: MemberId
  readonly anchor: string
  readonly touch: string
  readonly kind: string
  readonly due: string
  readonly outcome: 'made' | 'control' | 'no_consent'
  readonly points: bigint | null
  readonly lastDay: string | null
}

/** Writes down what became of touches. A second time for the same one is a mistake that the key does not let by. */
export async function saveTouches(
  tx: Tx,
  tenant: TenantId,
  campaign: string,
  touches: readonly TouchRow[],
  day: string,
): Promise<void> {
  if (touches.length === 0) return
  await tx
    .insertInto('campaign_touch')
    .values(touches.map(({ lastDay, ...row }) => ({ tenant, campaign, ...row, day, last_day: lastDay })))
    .execute()
}
