import { sql } from 'kysely'
import type { Cap } from '../../shared/campaigns/cap.ts'
import { type Chain, type Occasion, type Standing, segmentsAsked } from '../../shared/campaigns/chain.ts'
import type { CampaignDocument } from '../../shared/campaigns/document.ts'
import type { SizeWhy } from '../../shared/campaigns/size.ts'
import type { Said } from '../../shared/campaigns/text.ts'
import type { MemberId, TenantId } from '../../shared/ids.ts'
import { plusDays } from '../../shared/ledger/rules.ts'
import type { Tx } from '../database/connect.ts'
import { type Basis, occasions } from './starts.ts'

/** Chains in the database: who may open one, which are due, how they close. Everything by whole pages. */

export interface Candidate extends Standing {
  readonly member: MemberId
}

/** Of the segments that a campaign names, those the member of fact row `f` is in. */
export const segmentsIn = (tenant: TenantId, asked: readonly string[]) => sql`
  array(select g.segment from segment_member g where g.tenant = ${tenant} and g.member = f.member
    and g.segment = any(${asked}::text[]) order by g.segment)`

/** Members for whom an occasion of the start has come and for whom none of it was opened yet, by id. */
export async function candidates(
  tx: Tx,
  document: CampaignDocument,
  basis: Basis,
  after: string,
  limit: number,
): Promise<(Candidate & Occasion)[]> {
  const { id, audience } = document
  const { tenant, to: today } = basis
  const { rows } = await sql<Candidate & Occasion>`
    select s.member, s.anchor, s.due, f.purchases, f.last_day as "lastDay", f.card_type as "cardType",
      ${segmentsIn(tenant, segmentsAsked(document))} as segments, coalesce(c.messages, false) as "takesMessages"
    from (${occasions(document, basis)}) s
    join member_fact f on f.tenant = ${tenant} and f.member = s.member
    left join consent c on c.tenant = ${tenant} and c.member = s.member
    where s.member > ${after} and f.purchases >= ${audience.purchases.from}
      and (f.last_day is null or f.last_day > ${plusDays(today, -audience.goneAfterDays)}::date)
      and not exists (select from campaign_chain h where h.tenant = ${tenant} and h.campaign = ${id}
        and h.member = s.member and h.anchor = s.anchor)
      and not exists (select from member m where m.tenant = ${tenant} and m.member = s.member
        and m.merged_into is not null)
    order by s.member, s.anchor limit ${limit}`.execute(tx)
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
    insert into campaign_chain (tenant, campaign, member, anchor, since, control, state, next, due, first_due)
    select ${tenant}, ${campaign}, member, anchor, since, control, 'open', 0, due, due from unnest(
      ${openings.map(({ member }) => member)}::text[], ${openings.map(({ chain }) => chain.anchor)}::date[],
      ${openings.map(({ chain }) => chain.since)}::date[],
      ${openings.map(({ isControl }) => isControl)}::boolean[], ${openings.map(({ chain }) => chain.due)}::date[]
    ) as u (member, anchor, since, control, due)
    on conflict do nothing`.execute(tx)
}

export interface DueChain extends Candidate, Chain {
  readonly isControl: boolean
  /** Some campaign has touched the member today. */
  readonly wasTouched: boolean
  /** Touches in the days of the cap that holds for all campaigns, and of this one's. */
  readonly byAll: number
  readonly byThis: number
}

/** Open chains whose next touch is due, locked, by member. */
export async function dueChains(
  tx: Tx,
  tenant: TenantId,
  document: CampaignDocument,
  ofAll: Cap | null,
  today: string,
  after: string,
  limit: number,
): Promise<DueChain[]> {
  const lately = (days: number) => sql`
    (select count(*)::int from campaign_touch t where t.tenant = ${tenant} and t.member = h.member and t.outcome = 'made'
      and t.day > ${plusDays(today, -days)}::date`
  const { rows } = await sql<DueChain>`
    select h.member, h.anchor, h.since, h.next, h.due, h.control as "isControl", f.purchases, f.last_day as "lastDay",
      f.card_type as "cardType", ${segmentsIn(tenant, segmentsAsked(document))} as segments,
      coalesce(c.messages, false) as "takesMessages",
      exists (select from campaign_touch t where t.tenant = ${tenant} and t.member = h.member
        and t.day = ${today}::date and t.outcome = 'made') as "wasTouched",
      ${ofAll === null ? sql`0` : sql`${lately(ofAll.days)})`} as "byAll",
      ${document.cap === undefined ? sql`0` : sql`${lately(document.cap.days)} and t.campaign = ${document.id})`} as "byThis"
    from campaign_chain h
    join member_fact f on f.tenant = ${tenant} and f.member = h.member
    left join consent c on c.tenant = ${tenant} and c.member = h.member
    where h.tenant = ${tenant} and h.campaign = ${document.id} and h.state = 'open' and h.due <= ${today}::date
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
      and f.tenant = ${tenant} and f.member = h.member and f.last_day > h.since`.execute(tx)
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
  readonly since: string
  readonly touch: string
  readonly kind: string
  /** Of a campaign that is tried in several; null: as it is written. */
  readonly variant: string | null
  readonly due: string
  /** `unavailable`: the programme has not what it would give. */
  readonly outcome: 'made' | 'control' | 'no_consent' | 'capped' | 'unavailable'
  readonly points: bigint | null
  readonly lastDay: string | null
  readonly said: Said | null
  readonly why: SizeWhy | null
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
    .values(
      touches.map(({ lastDay, since: _, said: __, why, ...row }) => ({
        tenant,
        campaign,
        ...row,
        day,
        last_day: lastDay,
        why: why === null ? null : JSON.stringify(why),
      })),
    )
    .execute()
}
