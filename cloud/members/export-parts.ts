import { sql } from 'kysely'
import type { MemberId, TenantId } from '../../shared/ids.ts'
import { CLOUD_DEVICE } from '../../shared/ledger/keys.ts'
import { formatHundredths } from '../../shared/money.ts'
import type { Tx } from '../database/connect.ts'
import { mergedInto } from '../ledger/facts.ts'
import type { Keys } from '../secrets/keys.ts'
import { readProfiles } from './profiles.ts'
import { readExtras } from './traits.ts'

/** Parts of what is handed over to a person who asks what is kept about them. */

/** Whoever was merged into the member is the same person, over several merges. */
export async function earlierNames(tx: Tx, tenant: TenantId, member: MemberId): Promise<readonly MemberId[]> {
  const names: MemberId[] = []
  for (let round: readonly MemberId[] = [member]; round.length > 0; ) {
    round = (await mergedInto(tx, tenant, round)).map((merged) => merged.member)
    names.push(...round)
  }
  return names.sort()
}

/** What the memberships had said of themselves; it stays under their names. */
export async function earlierSelves(tx: Tx, tenant: TenantId, keys: Keys, names: readonly MemberId[]) {
  const profiles = await readProfiles(tx, tenant, keys, names)
  const families = await readExtras(tx, tenant, keys, names)
  const { rows } = await sql<{ member: string; enrolledAt: string; personalData: boolean; messages: boolean }>`
    select m.member, m.enrolled_at as "enrolledAt", c.personal_data as "personalData", c.messages
    from member m left join consent c on c.tenant = ${tenant} and c.member = m.member
    where m.tenant = ${tenant} and m.member = any(${names}::text[]) order by m.member`.execute(tx)
  return rows.map(({ member, enrolledAt, personalData, messages }) => ({
    member,
    enrolledAt,
    profile: profiles.get(member) ?? null,
    family: families.get(member) ?? null,
    consent: personalData === null ? null : { personalData, messages },
  }))
}

/** What stands in other lists already, or is about a till's stock of points and not about the person. */
const ELSEWHERE = ['sale', 'refund', 'attach', 'right', 'shift']

/**
 * What the network itself booked about them, and why: gifts, corrections, what burned, tiers, coupons, terms, cards. There
 * is no index for so rare a question: the cloud's own stream is read from end to end.
 */
export async function bookedAbout(tx: Tx, tenant: TenantId, names: readonly MemberId[]) {
  const { rows } = await sql<{ at: string; body: Readonly<Record<string, unknown>> }>`
    select received_at as at, body::json->'body' as body from entry
    where tenant = ${tenant} and device = ${CLOUD_DEVICE} and body is not null and kind <> all(${ELSEWHERE}::text[])
      and (body::json->'body'->>'member' = any(${names}::text[]) or body::json->'body'->>'from' = any(${names}::text[])
        or body::json->'body'->>'into' = any(${names}::text[]))
    order by epoch, seq`.execute(tx)
  return rows.map(({ at, body }) => ({ at, ...body }))
}

/** What campaigns did with them beside the messages, how calls ended, and what web shops held. */
export async function treatmentOf(tx: Tx, tenant: TenantId, names: readonly MemberId[]) {
  const touches = await sql<{ points: bigint | null }>`
    select campaign, touch, kind, day, outcome, points, last_day as "lastDay", why from campaign_touch
    where tenant = ${tenant} and member = any(${names}::text[]) order by day, campaign, touch`.execute(tx)
  const calls = await sql<object>`
    select campaign, touch, made, due, state, attempts, tried_at as "triedAt", closed from call_task
    where tenant = ${tenant} and member = any(${names}::text[]) order by made, campaign, touch`.execute(tx)
  const holds = await sql<{ points: bigint }>`
    select shop, outlet, receipt, points, state, made_at as "madeAt", until from shop_hold
    where tenant = ${tenant} and member = any(${names}::text[]) order by made_at, hold`.execute(tx)
  const passes = await sql<object>`
    select state, google, made_at as "madeAt" from wallet_pass
    where tenant = ${tenant} and member = any(${names}::text[]) order by made_at, serial`.execute(tx)
  return {
    touches: touches.rows.map((row) => ({ ...row, points: row.points === null ? null : formatHundredths(row.points) })),
    calls: calls.rows,
    baskets: holds.rows.map((row) => ({ ...row, points: formatHundredths(row.points) })),
    walletPasses: passes.rows,
  }
}
