import { sql } from 'kysely'
import { hintUntil } from '../../shared/campaigns/hint.ts'
import type { Said } from '../../shared/campaigns/text.ts'
import type { MemberId } from '../../shared/ids.ts'
import { zoneOf } from '../analysis/reports.ts'
import type { TouchRow } from '../campaigns/chains.ts'
import { jsonOrNull } from '../campaigns/hints.ts'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import type { Tx } from '../database/connect.ts'
import { transaction } from '../database/transaction.ts'
import { saveEvents } from '../facts/events.ts'
import { lockState, noteDue } from '../facts/state.ts'

/** Messages in the database: made with the touch, claimed before they are sent, closed once. */

/** One for each touch that was made, under its key. A call is made by a person. Rule K10. */
export async function saveMessages(
  { tenant, clock }: Cloud,
  tx: Tx,
  campaign: string,
  touches: readonly TouchRow[],
  today: string,
): Promise<void> {
  const made = touches.filter(({ outcome, kind }) => outcome === 'made' && kind !== 'call')
  if (made.length === 0) return
  const now = instant(clock)
  await tx
    .insertInto('message')
    .values(
      made.map(({ member, anchor, since, touch, variant, points, lastDay, said }) => ({
        tenant,
        campaign,
        member,
        anchor,
        since,
        touch,
        variant,
        points,
        gift_until: lastDay,
        said: jsonOrNull(said),
        until: hintUntil(lastDay, today),
        state: 'waiting',
        attempts: 0,
        due_at: now,
        made_at: now,
      })),
    )
    .execute()
}

/** Longer than any gateway may take: whoever claimed a message before that is gone. */
export const CLAIMED_MS = 5 * 60_000

/** Closes what is too late to be told, what is about a purchase that has come meanwhile, and what was in flight when its instance ended. Rules K11, K14. */
export async function closeOld({ db, tenant, clock }: Cloud, today: string): Promise<void> {
  const now = clock().getTime()
  await sql`
    update message set state = 'expired', done_at = ${new Date(now).toISOString()}
    where tenant = ${tenant} and state = 'waiting' and until < ${today}::date`.execute(db)
  await sql`
    update message m set state = 'expired', trouble = 'the member has bought', done_at = ${new Date(now).toISOString()}
    from member_fact f
    where m.tenant = ${tenant} and m.state = 'waiting'
      and f.tenant = ${tenant} and f.member = m.member and f.last_day > m.since`.execute(db)
  await sql`
    update message set state = 'waiting', claimed_at = null, due_at = ${new Date(now).toISOString()}
    where tenant = ${tenant} and state = 'sending' and given_at is null
      and claimed_at < ${new Date(now - CLAIMED_MS).toISOString()}`.execute(db)
  await sql`
    update message set state = 'uncertain', trouble = 'the service ended while it was sent', done_at = ${new Date(now).toISOString()}
    where tenant = ${tenant} and state = 'sending' and claimed_at < ${new Date(now - CLAIMED_MS).toISOString()}`.execute(
    db,
  )
}

export interface Claimed {
  readonly campaign: string
  readonly member: MemberId
  readonly anchor: string
  readonly touch: string
  readonly variant: string | null
  readonly points: bigint | null
  readonly giftUntil: string | null
  readonly said: Said | null
  readonly attempts: number
}

/** Takes messages of some campaigns that are due: nobody else gets them any more, whatever becomes of us. Rule K11. */
export async function claim(
  { db, tenant, clock }: Cloud,
  campaigns: readonly string[],
  limit: number,
): Promise<Claimed[]> {
  const now = instant(clock)
  const { rows } = await sql<Claimed>`
    with due as materialized ( -- looked for once: in a plan that asks anew for each row, the limit would be none
      select w.campaign, w.member, w.anchor, w.touch from message w
      where w.tenant = ${tenant} and w.state = 'waiting' and w.due_at <= ${now}
        and w.campaign = any(${campaigns}::text[])
      order by w.due_at, w.member limit ${limit} for update skip locked)
    update message d set state = 'sending', claimed_at = ${now}, given_at = null, attempts = d.attempts + 1
    where d.tenant = ${tenant} and (d.campaign, d.member, d.anchor, d.touch) in (select * from due)
    returning d.campaign, d.member, d.anchor, d.touch, d.variant, d.points, d.gift_until as "giftUntil", d.said,
      d.attempts`.execute(db)
  return rows
}

/**
 * Notes that a claimed message is out of our hands from now on; false: the claim was given up and it is somebody else's.
 * From here to the answer a service that ends leaves it uncertain. Rule K11.
 */
export async function noteGiven(
  { db, tenant, clock }: Cloud,
  { campaign, member, anchor, touch, attempts }: Claimed,
): Promise<boolean> {
  const done = await sql`
    update message set given_at = ${instant(clock)}
    where tenant = ${tenant} and campaign = ${campaign} and member = ${member} and anchor = ${anchor}::date
      and touch = ${touch} and state = 'sending' and attempts = ${attempts} and given_at is null`.execute(db)
  return (done.numAffectedRows ?? 0n) > 0n
}

export interface Closing {
  readonly state: 'waiting' | 'sent' | 'failed' | 'uncertain'
  readonly channel: 'mail' | 'sms' | 'wallet' | null
  readonly trouble: string | null
  /** Of a message that waits again. */
  readonly dueAt?: string
}

/**
 * Writes down what became of a claimed one, of our claim; who is late corrects "uncertain", since nobody has sent it again.
 * One that was sent is an event of the member, so that segments may ask who got it and what was bought after it.
 */
export async function close(cloud: Cloud, message: Claimed, closing: Closing): Promise<void> {
  const { db, tenant, clock } = cloud
  const { campaign, member, anchor, touch, attempts } = message
  const { state, channel, trouble, dueAt } = closing
  const now = instant(clock)
  const zone = state === 'sent' ? await zoneOf(cloud) : undefined
  await transaction(db, async (tx) => {
    // an event lands with whom the member is by then, or a merge and an erasure find it
    if (zone !== undefined) await lockState(tx, tenant)
    const closed = await sql`
    update message set state = ${state}, channel = ${channel}, trouble = ${trouble}, due_at = ${dueAt ?? now},
      claimed_at = null, done_at = ${state === 'waiting' ? null : now}
    where tenant = ${tenant} and campaign = ${campaign} and member = ${member} and anchor = ${anchor}::date
      and touch = ${touch} and attempts = ${attempts} and state in ('sending', 'uncertain')`.execute(tx)
    if (zone === undefined || closed.numAffectedRows === 0n) return
    const event = `message:${campaign}/${member}/${anchor}/${touch}`
    const properties = { campaign, touch, channel: channel! }
    await noteDue(
      tx,
      tenant,
      await saveEvents(tx, tenant, zone, [{ event, member, kind: 'message', at: now, properties }]),
    )
  })
}
