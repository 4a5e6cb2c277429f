import { sql } from 'kysely'
import { CALL_DAYS, type CallKey, type CallOutcome, wrongTryDay } from '../../shared/campaigns/call.ts'
import type { MemberId, TenantId } from '../../shared/ids.ts'
import { bookOwnIn } from '../../shared/intake/own-stream.ts'
import { assert } from '../../shared/result.ts'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import type { Tx } from '../database/connect.ts'
import { transaction } from '../database/transaction.ts'
import { programmeDay } from '../feed/rows.ts'
import { Refusal } from '../http/refusal.ts'
import { intakeOf, ledgerTx } from '../ledger/postgres-store.ts'
import { withdrawal } from '../members/consent.ts'
import type { TouchRow } from './chains.ts'

/** Calls that a person is to make: they come with the touch, and go with a purchase or with what the person says. Rules K30 to K32. */

export type CallState = 'open' | 'reached' | 'refused' | 'wrong_number' | 'bought' | 'late' | 'dropped'

/** One for each call touch that was made, under its key. Rule K30. */
export async function saveCalls(
  tx: Tx,
  tenant: TenantId,
  campaign: string,
  touches: readonly TouchRow[],
  today: string,
): Promise<void> {
  const made = touches.filter(({ outcome, kind }) => outcome === 'made' && kind === 'call')
  if (made.length === 0) return
  await tx
    .insertInto('call_task')
    .values(
      made.map(({ member, anchor, since, touch }) => {
        const key = { tenant, campaign, member, anchor, touch }
        return { ...key, since, made: today, due: today, state: 'open' as const, attempts: 0 }
      }),
    )
    .execute()
}

/**
 * Closes the calls that need not be made any more: the member has bought or takes no messages, the chain or the campaign
 * has ended, or it is too late. `members`: of these alone; null: of everybody. Rule K31.
 */
export async function closeCalls(
  tx: Tx,
  tenant: TenantId,
  today: string,
  members: readonly string[] | null,
): Promise<void> {
  if (members?.length === 0) return
  await sql`
    update call_task t set closed = ${today}::date, state = u.ends
    from (
      select o.campaign, o.member, o.anchor, o.touch, case
        when f.last_day > o.since or h.state = 'bought' then 'bought'
        when h.state in ('left', 'gone', 'stopped') or c.state = 'stopped' or not coalesce(k.messages, false) then 'dropped'
        when o.due + ${CALL_DAYS}::int < ${today}::date then 'late' end as ends
      from call_task o
      join campaign c on c.tenant = ${tenant} and c.id = o.campaign
      left join campaign_chain h on h.tenant = ${tenant} and h.campaign = o.campaign and h.member = o.member
        and h.anchor = o.anchor
      left join member_fact f on f.tenant = ${tenant} and f.member = o.member
      left join consent k on k.tenant = ${tenant} and k.member = o.member
      where o.tenant = ${tenant} and o.state = 'open'
        and (${members}::text[] is null or o.member = any(${members}::text[]))
    ) u
    where t.tenant = ${tenant} and t.campaign = u.campaign and t.member = u.member and t.anchor = u.anchor
      and t.touch = u.touch and u.ends is not null`.execute(tx)
}

/** What a person says about a call. One that is closed stays as it was closed. Rule K32. */
export async function settleCall(
  cloud: Cloud,
  key: CallKey,
  how: CallOutcome,
  by: string,
): Promise<{ readonly state: CallState; readonly due: string }> {
  const { tenant } = cloud
  const settled = await transaction(cloud.db, async (tx) => {
    const today = await programmeDay(cloud, tx)
    const task = await tx
      .selectFrom('call_task')
      .select(['state', 'due', 'attempts'])
      .where('tenant', '=', tenant)
      .where('campaign', '=', key.campaign)
      .where('member', '=', key.member)
      .where('anchor', '=', key.anchor)
      .where('touch', '=', key.touch)
      .forUpdate()
      .executeTakeFirst()
    if (task === undefined) throw new Refusal(404, 'unknown_call', 'There is no such call.')
    if (task.state !== 'open') {
      throw new Refusal(409, 'call_closed', `This call is closed already: ${task.state}.`, { state: task.state })
    }
    const wrong = how.outcome === 'not_reached' ? wrongTryDay(how.tryOn, today) : undefined
    if (wrong !== undefined) throw new Refusal(400, 'bad_request', `tryOn: ${wrong}.`)
    const state = how.outcome === 'not_reached' ? ('open' as const) : how.outcome
    const due = how.outcome === 'not_reached' ? how.tryOn : task.due
    await tx
      .updateTable('call_task')
      .set({
        state,
        due,
        attempts: task.attempts + 1,
        tried_at: instant(cloud.clock),
        tried_by: by,
        closed: state === 'open' ? null : today,
      })
      .where('tenant', '=', tenant)
      .where('campaign', '=', key.campaign)
      .where('member', '=', key.member)
      .where('anchor', '=', key.anchor)
      .where('touch', '=', key.touch)
      .execute()
    if (state === 'refused') await withdrawConsent(cloud, tx, key.member as MemberId, by)
    return { state, due }
  })
  cloud.feed.wake()
  return settled
}

async function withdrawConsent(cloud: Cloud, tx: Tx, member: MemberId, by: string): Promise<void> {
  const body = await withdrawal(cloud, tx, member, by)
  if (body === undefined) return
  const booked = await bookOwnIn(intakeOf(cloud), ledgerTx(cloud, tx), [body], by)
  assert(booked[0]?.disposition.kind === 'applied', 'the ledger books a withdrawal')
}
