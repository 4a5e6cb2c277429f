import { sql } from 'kysely'
import { CALL_DAYS, type CallKey } from '../../shared/campaigns/call.ts'
import { plusDays } from '../../shared/ledger/rules.ts'
import { formatHundredths } from '../../shared/money.ts'
import type { Cloud } from '../cloud.ts'
import { bringFactsUp } from '../facts/keep.ts'
import { programmeDay } from '../feed/rows.ts'
import { readProfiles } from '../members/profiles.ts'

/** The call list as a person works through it: whom to call, who they are, why. Rule K33. */

export interface OpenCall extends CallKey {
  /** From the sealed profile; null: not known. */
  readonly name: string | null
  readonly phone: string | null
  readonly cardType: string | null
  readonly tier: string | null
  readonly purchases: number
  readonly spend: string
  readonly averageCheck: string | null
  readonly lastPurchase: string | null
  readonly campaignName: string
  /** The touches of this chain so far, with what of their gifts may still be spent. */
  readonly touches: readonly MadeTouch[]
  readonly due: string
  /** After this day the call is closed by itself. */
  readonly until: string
  readonly attempts: number
  readonly triedAt: string | null
  readonly triedBy: string | null
}

interface MadeTouch {
  readonly touch: string
  readonly kind: string
  readonly day: string
  readonly points: string | null
  readonly lastDay: string | null
}

export interface CallList {
  readonly today: string
  /** All that are due, though no more than asked for are listed: who works through them asks again. */
  readonly total: number
  readonly calls: readonly OpenCall[]
}

export interface CallsAsked {
  /** Also those that are to be tried again on a later day. */
  readonly later: boolean
  readonly limit: number
}

interface Row extends Omit<OpenCall, 'name' | 'phone' | 'spend' | 'averageCheck' | 'touches' | 'until'> {
  readonly spend: bigint | null
  readonly made: readonly MadeTouch[]
}

/** What is due first comes first, then who has brought in most. Calls of campaigns that do not run wait. */
export async function callList(cloud: Cloud, { later, limit }: CallsAsked): Promise<CallList> {
  await bringFactsUp(cloud)
  const { db, tenant, keys } = cloud
  const today = await programmeDay(cloud, db)
  const due = sql`
    from call_task t
    join campaign c on c.tenant = ${tenant} and c.id = t.campaign and c.state = 'running'
    left join member_fact f on f.tenant = ${tenant} and f.member = t.member
    where t.tenant = ${tenant} and t.state = 'open' and (${later}::boolean or t.due <= ${today}::date)`
  const { rows } = await sql<Row>`
    select t.campaign, t.member, t.anchor, t.touch, t.due, t.attempts, t.tried_at as "triedAt", t.tried_by as "triedBy",
      c.document->>'name' as "campaignName", f.card_type as "cardType", f.tier, coalesce(f.purchases, 0) as purchases,
      f.spend, f.last_day as "lastPurchase",
      (select coalesce(json_agg(json_build_object('touch', m.touch, 'kind', m.kind, 'day', m.day, 'points', m.points::text,
          'lastDay', m.last_day) order by m.day, m.touch), '[]')
        from campaign_touch m where m.tenant = ${tenant} and m.campaign = t.campaign and m.member = t.member
          and m.anchor = t.anchor and m.outcome = 'made' and m.kind <> 'call') as made
    ${due}
    order by t.due, f.spend desc nulls last, t.member, t.campaign, t.anchor, t.touch
    limit ${limit}`.execute(db)
  const counted = await sql<{ total: number }>`select count(*)::int as total ${due}`.execute(db)
  const { total } = counted.rows[0]!
  const profiles = await readProfiles(
    db,
    tenant,
    keys,
    rows.map(({ member }) => member),
  )
  const calls = rows.map(({ spend, made, ...row }): OpenCall => {
    const profile = profiles.get(row.member)
    return {
      ...row,
      name: profile?.name ?? null,
      phone: profile?.phone ?? null,
      spend: formatHundredths(spend ?? 0n),
      averageCheck: row.purchases === 0 ? null : formatHundredths((spend ?? 0n) / BigInt(row.purchases)),
      touches: made.map(({ points, ...touch }) => ({
        ...touch,
        points: points === null ? null : formatHundredths(BigInt(points)),
      })),
      until: plusDays(row.due, CALL_DAYS),
    }
  })
  return { today, total, calls }
}
