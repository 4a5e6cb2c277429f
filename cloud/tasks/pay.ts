import { sql } from 'kysely'
import type { MemberId } from '../../shared/ids.ts'
import { bookOwnIn } from '../../shared/intake/own-stream.ts'
import { assert } from '../../shared/result.ts'
import type { Cloud } from '../cloud.ts'
import { transaction } from '../database/transaction.ts'
import { bringFactsUp } from '../facts/keep.ts'
import { programmeDay } from '../feed/rows.ts'
import { intakeOf, ledgerTx } from '../ledger/postgres-store.ts'
import { doers } from './done.ts'
import { rewardOf } from './give.ts'
import { taskNamed, tasks } from './store.ts'

/**
 * Pays for what members have done. Each page is one transaction: the row that says so, whose key is there once, and the
 * entry in the ledger. Any number of instances may run it: the second waits for the row and finds it. Rules K131 to K134.
 */
const BY = 'tasks'
const PAGE_MEMBERS = 500

export async function payTasks(cloud: Cloud, pageMembers = PAGE_MEMBERS): Promise<number> {
  const running = (await tasks(cloud)).filter(({ state }) => state === 'running')
  if (running.length === 0) return 0
  await bringFactsUp(cloud)
  let paid = 0
  for (const { document } of running) {
    for (let more = true; more; ) {
      const page = await payPage(cloud, document.id, pageMembers)
      paid += page.paid
      more = page.seen === pageMembers
    }
  }
  if (paid > 0) cloud.feed.wake()
  return paid
}

function payPage(cloud: Cloud, id: string, limit: number): Promise<{ paid: number; seen: number }> {
  const { tenant } = cloud
  return transaction(cloud.db, async (tx) => {
    const { document, state, beganAt } = await taskNamed(cloud, id, tx)
    if (state !== 'running' || beganAt === null) return { paid: 0, seen: 0 }
    const done = await doers(cloud, tx, document, beganAt, limit)
    const today = await programmeDay(cloud, tx)
    const programme = (await cloud.programmes.current(tx))?.compiled.document ?? null
    const rewards = new Map(done.map((member) => [member, rewardOf(document, member, programme, today)]))
    const rows = [...rewards].map(([member, reward]) => ({ member, reward }))
    if (rows.length === 0) return { paid: 0, seen: 0 }
    const { rows: mine } = await sql<{ member: MemberId }>`
      insert into task_reward (tenant, task, member, outcome, day, points, last_day)
      select ${tenant}, ${id}, u.member, u.outcome, ${today}::date, u.points, u.last_day from unnest(
        ${rows.map(({ member }) => member)}::text[],
        ${rows.map(({ reward }) => (reward === undefined ? 'unavailable' : 'paid'))}::text[],
        ${rows.map(({ reward }) => reward?.points?.toString() ?? null)}::bigint[],
        ${rows.map(({ reward }) => reward?.lastDay ?? null)}::date[]
      ) as u (member, outcome, points, last_day)
      on conflict (tenant, task, member) do nothing returning member`.execute(tx)
    const entries = mine.flatMap(({ member }) => rewards.get(member)?.entry ?? [])
    if (entries.length > 0) {
      const booked = await bookOwnIn(intakeOf(cloud), ledgerTx(cloud, tx), entries, BY)
      assert(
        booked.every(({ disposition }) => disposition.kind !== 'quarantined'),
        'the ledger books what a task brings',
      )
    }
    return { paid: entries.length, seen: done.length }
  })
}

/** What a task has brought so far. */
export interface Paid {
  readonly paid: number
  readonly before: number
  readonly unavailable: number
  readonly points: bigint
}

export async function paidOf({ db, tenant }: Cloud, task: string): Promise<Paid> {
  const { rows } = await sql<{ paid: number; before: number; unavailable: number; points: string }>`
    select (count(*) filter (where outcome = 'paid'))::int as paid,
      (count(*) filter (where outcome = 'before'))::int as before,
      (count(*) filter (where outcome = 'unavailable'))::int as unavailable,
      coalesce(sum(points), 0)::text as points
    from task_reward where tenant = ${tenant} and task = ${task}`.execute(db)
  const { points, ...counts } = rows[0]!
  return { ...counts, points: BigInt(points) }
}
