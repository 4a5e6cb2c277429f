import { sql } from 'kysely'
import type { GivenAway, VariantReport } from '../../shared/campaigns/ask.ts'
import { isTooEarly, type Share, type Uplift, upliftOf } from '../../shared/campaigns/uplift.ts'
import { formatHundredths } from '../../shared/money.ts'
import type { Cloud } from '../cloud.ts'
import { bringFactsUp } from '../facts/keep.ts'
import { Refusal } from '../http/refusal.ts'
import { CONVERSION_DAYS } from './conversion.ts'
import { givenAway } from './given.ts'
import { type CampaignState, campaigns } from './store.ts'
import { variantFigures } from './variant-figures.ts'

/** `sent`: a gateway took it; `delivered`: a wallet has it (others do not say); `uncertain`: perhaps. */
export interface MessageCounts {
  readonly waiting: number
  readonly sent: number
  readonly delivered: number
  readonly failed: number
  readonly uncertain: number
  readonly expired: number
}

export interface HintCounts {
  readonly told: number
  readonly notNow: number
}

/** `bought`: before anybody reached them; `late`: nobody made it in time; `dropped`: the chain or the consent ended. */
export interface CallCounts {
  readonly open: number
  readonly reached: number
  readonly refused: number
  readonly wrongNumber: number
  readonly bought: number
  readonly late: number
  readonly dropped: number
  /** How often somebody called. */
  readonly attempts: number
}

export interface TouchFigures {
  readonly touch: string
  readonly sent: number
  readonly noConsent: number
  /** Left out because the member had been touched as often as may be. */
  readonly capped: number
  /** Made later than it was due: it had waited for a day that allowed it. */
  readonly delayed: number
  /** Not made because the programme has not what it would give. */
  readonly unavailable: number
  /** What became of the messages about it. */
  readonly messages: MessageCounts
  /** What cashiers answered to the hint: members to whom it was told, and answers of "not now". */
  readonly hints: HintCounts
  /** Of a raised percent, a coupon, a free product: what was given away where it was used. */
  readonly given?: GivenAway
  /** Of a call: what became of those that were to be made. */
  readonly calls?: CallCounts
  /** Members who bought while the touch counted. */
  readonly bought: number
  readonly conversion: number | null
  readonly pointsGiven: string
  /** Of what they bought while it counted, and what they paid of it with points. */
  readonly revenue: string
  readonly pointsSpent: string
}

export interface CampaignReport {
  readonly campaign: string
  readonly state: CampaignState
  readonly began: string | null
  readonly chains: Readonly<Record<string, number>>
  readonly touches: readonly TouchFigures[]
  /** Members by their first due touch, and those who bought within 14 days after it. */
  readonly treated: Share
  readonly control: Share
  readonly uplift: Uplift | 'too early to tell'
  /** Of a campaign that is tried in several: each against the control group and against the first. */
  readonly variants: readonly VariantReport[]
}

/** What a campaign brought in, against its control group. Source: DESIGN 15, rule K9. */
export async function campaignReport(cloud: Cloud, id: string): Promise<CampaignReport> {
  await bringFactsUp(cloud)
  const campaign = (await campaigns(cloud)).find(({ document }) => document.id === id)
  if (campaign === undefined) throw new Refusal(404, 'unknown_campaign', 'There is no campaign of this id.')
  const [treated, control] = await Promise.all([firstTouched(cloud, id, 'made'), firstTouched(cloud, id, 'control')])
  const [figures, messages, calls, hints, given] = await Promise.all([
    touchFigures(cloud, id),
    messageCounts(cloud, id),
    callCounts(cloud, id),
    hintCounts(cloud, id),
    givenAway(cloud, campaign.document),
  ])
  return {
    campaign: id,
    state: campaign.state,
    began: campaign.began,
    chains: await chainCounts(cloud, id),
    touches: campaign.document.touches.map(({ id: touch, do: kind }) => ({
      ...(figures.get(touch) ?? nothing(touch)),
      messages: messages.get(touch) ?? NO_MESSAGES,
      hints: hints.get(touch) ?? { told: 0, notNow: 0 },
      ...(given.has(touch) ? { given: given.get(touch)! } : {}),
      ...(kind === 'call' ? { calls: calls.get(touch) ?? NO_CALLS } : {}),
    })),
    treated,
    control,
    uplift: isTooEarly(treated, control) ? 'too early to tell' : upliftOf(treated, control),
    variants: await variantFigures(cloud, campaign.document, control),
  }
}

async function firstTouched({ db, tenant }: Cloud, id: string, outcome: 'made' | 'control'): Promise<Share> {
  const { rows } = await sql<{ of: number; bought: number }>`
    with first as (
      select distinct on (member) member, day, outcome from campaign_touch
      where tenant = ${tenant} and campaign = ${id} and outcome in ('made', 'control') order by member, day, touch
    )
    select count(*)::int as of, (count(*) filter (where exists (
      select from receipt r where r.tenant = ${tenant} and r.member = f.member and r.amount > 0 and r.undone_at is null
        and r.day between f.day and f.day + ${CONVERSION_DAYS}::int)))::int as bought
    from first f where outcome = ${outcome}`.execute(db)
  return rows[0]!
}

interface Row {
  readonly touch: string
  readonly sent: number
  readonly noConsent: number
  readonly capped: number
  readonly delayed: number
  readonly unavailable: number
  readonly bought: number
  readonly points: string
  readonly revenue: string
  readonly spent: string
}

type Figures = Omit<TouchFigures, 'messages' | 'hints' | 'calls' | 'given'>

async function touchFigures({ db, tenant }: Cloud, id: string): Promise<Map<string, Figures>> {
  const { rows } = await sql<Row>`
    with made as (
      select t.*, least(t.day + ${CONVERSION_DAYS}::int, lead(t.day) over (partition by t.member order by t.day) - 1) as until
      from campaign_touch t where t.tenant = ${tenant} and t.campaign = ${id} and t.outcome = 'made'
    ), effect as (
      select m.member, m.anchor, m.touch, sum(r.amount) as revenue, sum(r.redeemed) as spent
      from made m join receipt r on r.tenant = ${tenant} and r.member = m.member and r.amount > 0 and r.undone_at is null
        and r.day between m.day and m.until
      group by m.member, m.anchor, m.touch
    ), passed as (
      select touch, (count(*) filter (where outcome = 'no_consent'))::int as refused,
        (count(*) filter (where outcome = 'capped'))::int as capped,
        (count(*) filter (where outcome = 'unavailable'))::int as unavailable
      from campaign_touch where tenant = ${tenant} and campaign = ${id} and outcome not in ('made', 'control') group by touch
    ), all_touches as (select touch from made union select touch from passed)
    select a.touch, count(m.member)::int as sent, coalesce(max(p.refused), 0) as "noConsent",
      coalesce(max(p.capped), 0) as capped,
      (count(m.member) filter (where m.day > m.due))::int as delayed, coalesce(max(p.unavailable), 0) as unavailable,
      count(distinct b.member)::int as bought, coalesce(sum(m.points), 0)::text as points,
      coalesce(sum(b.revenue), 0)::text as revenue, coalesce(sum(b.spent), 0)::text as spent
    from all_touches a
    left join made m on m.touch = a.touch
    left join effect b on b.member = m.member and b.anchor = m.anchor and b.touch = m.touch
    left join passed p on p.touch = a.touch
    group by a.touch`.execute(db)
  return new Map(
    rows.map(({ touch, sent, noConsent, capped, delayed, unavailable, bought, points, revenue, spent }) => [
      touch,
      {
        touch,
        sent,
        noConsent,
        capped,
        delayed,
        unavailable,
        bought,
        conversion: sent === 0 ? null : bought / sent,
        pointsGiven: formatHundredths(BigInt(points)),
        revenue: formatHundredths(BigInt(revenue)),
        pointsSpent: formatHundredths(BigInt(spent)),
      },
    ]),
  )
}

const nothing = (touch: string): Figures => ({
  touch,
  sent: 0,
  noConsent: 0,
  capped: 0,
  delayed: 0,
  unavailable: 0,
  bought: 0,
  conversion: null,
  pointsGiven: '0.00',
  revenue: '0.00',
  pointsSpent: '0.00',
})

async function chainCounts({ db, tenant }: Cloud, id: string): Promise<Record<string, number>> {
  const rows = await db
    .selectFrom('campaign_chain')
    .select((of) => ['state', of.fn.countAll<bigint>().as('count')])
    .where('tenant', '=', tenant)
    .where('campaign', '=', id)
    .groupBy('state')
    .execute()
  return Object.fromEntries(rows.map(({ state, count }) => [state, Number(count)]))
}

const NO_MESSAGES: MessageCounts = { waiting: 0, sent: 0, delivered: 0, failed: 0, uncertain: 0, expired: 0 }

async function messageCounts({ db, tenant }: Cloud, id: string): Promise<Map<string, MessageCounts>> {
  const { rows } = await sql<MessageCounts & { touch: string }>`
    select touch, (count(*) filter (where state in ('waiting', 'sending')))::int as waiting,
      (count(*) filter (where state = 'sent'))::int as sent,
      (count(*) filter (where delivered_at is not null))::int as delivered, (count(*) filter (where state = 'failed'))::int as failed,
      (count(*) filter (where state = 'uncertain'))::int as uncertain,
      (count(*) filter (where state = 'expired'))::int as expired
    from message where tenant = ${tenant} and campaign = ${id} group by touch`.execute(db)
  return new Map(rows.map(({ touch, ...counts }) => [touch, counts]))
}

const NO_CALLS: CallCounts = {
  open: 0,
  reached: 0,
  refused: 0,
  wrongNumber: 0,
  bought: 0,
  late: 0,
  dropped: 0,
  attempts: 0,
}

async function callCounts({ db, tenant }: Cloud, id: string): Promise<Map<string, CallCounts>> {
  const { rows } = await sql<CallCounts & { touch: string }>`
    select touch, (count(*) filter (where state = 'open'))::int as open,
      (count(*) filter (where state = 'reached'))::int as reached,
      (count(*) filter (where state = 'refused'))::int as refused,
      (count(*) filter (where state = 'wrong_number'))::int as "wrongNumber",
      (count(*) filter (where state = 'bought'))::int as bought, (count(*) filter (where state = 'late'))::int as late,
      (count(*) filter (where state = 'dropped'))::int as dropped, sum(attempts)::int as attempts
    from call_task where tenant = ${tenant} and campaign = ${id} group by touch`.execute(db)
  return new Map(rows.map(({ touch, ...counts }) => [touch, counts]))
}

/** By the hint's id, campaign/anchor/touch, which the events of tills name. */
async function hintCounts({ db, tenant }: Cloud, id: string): Promise<Map<string, HintCounts>> {
  const { rows } = await sql<HintCounts & { touch: string }>`
    select split_part(properties->>'hint', '/', 3) as touch,
      (count(distinct (member, properties->>'hint')) filter (where properties->>'action' = 'told'))::int as told,
      (count(*) filter (where properties->>'action' = 'not_now'))::int as "notNow"
    from member_event where tenant = ${tenant} and kind = 'hint' and split_part(properties->>'hint', '/', 1) = ${id}
    group by 1`.execute(db)
  return new Map(rows.map(({ touch, ...counts }) => [touch, counts]))
}
