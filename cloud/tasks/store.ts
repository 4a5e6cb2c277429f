import { sql } from 'kysely'
import { schemaErrors } from '../../shared/problem.ts'
import { type TaskDocument, type TaskState, taskDocument } from '../../shared/tasks/document.ts'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import type { Db, Tx } from '../database/connect.ts'
import { transaction } from '../database/transaction.ts'
import { programmeDay } from '../feed/rows.ts'
import { Refusal } from '../http/refusal.ts'
import { surveys } from '../surveys/store.ts'
import { doneBefore } from './done.ts'
import { couponOf } from './give.ts'

/** Tasks: what members may do and what it brings them. What runs keeps the rules it was started with. Rules K130, K132. */

export interface Task {
  readonly document: TaskDocument
  readonly state: TaskState
  readonly beganAt: string | null
}

const NEXT: Readonly<Record<TaskState, readonly TaskState[]>> = {
  draft: ['running', 'stopped'],
  running: ['stopped'],
  stopped: [],
}

export async function tasks({ db, tenant }: Cloud, tx: Db | Tx = db, id: string | null = null): Promise<Task[]> {
  const { rows } = await sql<{ document: unknown; state: TaskState; beganAt: string | null }>`
    select document, state, began_at as "beganAt" from task
    where tenant = ${tenant} and (${id}::text is null or id = ${id}) order by id`.execute(tx)
  return rows.map(({ document, ...row }) => ({ ...row, document: taskDocument.parse(document) }))
}

export async function taskNamed(cloud: Cloud, id: string, tx: Db | Tx = cloud.db): Promise<Task> {
  const [found] = await tasks(cloud, tx, id)
  if (found === undefined) throw new Refusal(404, 'unknown_task', `There is no task "${id}".`)
  return found
}

export async function saveTask(cloud: Cloud, written: unknown): Promise<Task> {
  const read = taskDocument.safeParse(written)
  if (!read.success) {
    throw new Refusal(400, 'bad_task', 'This is no task.', { errors: schemaErrors(read.error, written) })
  }
  const { rows } = await sql`
    insert into task (tenant, id, document, state)
    values (${cloud.tenant}, ${read.data.id}, ${JSON.stringify(read.data)}::jsonb, 'draft')
    on conflict (tenant, id) do update set document = excluded.document where task.state = 'draft'
    returning id`.execute(cloud.db)
  if (rows.length === 0) {
    throw new Refusal(409, 'task_started', 'This task has been started; write another under an id of its own.')
  }
  return { document: read.data, state: 'draft', beganAt: null }
}

export async function setTaskState(cloud: Cloud, id: string, state: TaskState): Promise<Task> {
  const { tenant } = cloud
  return transaction(cloud.db, async (tx) => {
    await sql`select from task where tenant = ${tenant} and id = ${id} for update`.execute(tx)
    const task = await taskNamed(cloud, id, tx)
    if (task.state === state) return task
    if (!NEXT[task.state].includes(state)) {
      throw new Refusal(409, 'task_state', `The task is ${task.state}; it cannot become ${state}.`)
    }
    const beganAt = task.beganAt ?? (state === 'running' ? instant(cloud.clock) : null)
    if (state === 'running') {
      await checkNeeds(cloud, tx, task.document)
      await doneBefore(cloud, tx, task.document)
    }
    await sql`
      update task set state = ${state}, began_at = ${beganAt} where tenant = ${tenant} and id = ${id}`.execute(tx)
    return { ...task, state, beganAt }
  })
}

/** What it names has to be there when it is started. */
async function checkNeeds(cloud: Cloud, tx: Tx, { do: what, reward }: TaskDocument): Promise<void> {
  const errors: { path: string; found: string; allowed: string }[] = []
  if (what.kind === 'survey' && (await surveys(cloud, tx, what.survey)).length === 0) {
    const known = (await surveys(cloud, tx)).map(({ document }) => document.id)
    errors.push({ path: 'do.survey', found: what.survey, allowed: `surveys: ${known.join(', ') || 'none'}` })
  }
  if (reward.kind === 'coupon') {
    const programme = (await cloud.programmes.current(tx))?.compiled.document ?? null
    const today = await programmeDay(cloud, tx)
    if (couponOf(programme, reward.coupon, today) === undefined) {
      const fits = programme?.coupons?.filter(({ id }) => couponOf(programme, id, today) !== undefined) ?? []
      const allowed = `coupons with a personal code: ${fits.map(({ id }) => id).join(', ') || 'none'}`
      errors.push({ path: 'reward.coupon', found: reward.coupon, allowed })
    }
  }
  if (errors.length === 0) return
  throw new Refusal(409, 'task_needs', `What the task needs is not there: ${errors[0]!.found}.`, { errors })
}
