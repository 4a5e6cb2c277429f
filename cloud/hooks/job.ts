import { sql } from 'kysely'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import { transaction } from '../database/transaction.ts'
import { type Rounds, startRounds } from '../round.ts'
import { unseal } from '../secrets/seal.ts'
import { eventOf, type HeardEntry } from './events.ts'
import { hookContext } from './hooks.ts'
import { signedHeaders } from './signature.ts'

/**
 * Tells hooks what was booked. First entries become deliveries, in one transaction with how far their stream has been
 * told; then what is due is claimed, sent and marked. A claim is a later `due_at`: whoever dies with it leaves it to be
 * sent again by another. So an event is sent at least once, under one id. Any number of instances may run it.
 */
const LOOK_EVERY_MS = 1_000
const ENTRIES_MAX = 500
const AT_ONCE_MAX = 20
const ANSWER_WITHIN_MS = 10_000
const CLAIMED_MS = 60_000
const KEPT_DAYS = 30

/** After each failed attempt; then it is given up, until somebody asks for it again. About three days in all. */
export const PAUSES_S = [5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800, 43_200, 86_400, 86_400]

export function startHooks(cloud: Cloud, onError: (error: unknown) => void): Rounds {
  const round = async () => (await anybody(cloud)) && (await tellHooks(cloud))
  return startRounds(LOOK_EVERY_MS, round, onError)
}

async function anybody({ db, tenant }: Cloud): Promise<boolean> {
  const row = await db.selectFrom('web_hook').select('hook').where('tenant', '=', tenant).limit(1).executeTakeFirst()
  return row !== undefined
}

/** One round: what was booked is noted, what is due is sent. */
export async function tellHooks(cloud: Cloud): Promise<void> {
  while (await noteEvents(cloud));
  while ((await sendDue(cloud)) === AT_ONCE_MAX);
  const kept = new Date(cloud.clock().getTime() - KEPT_DAYS * 86_400_000).toISOString()
  await sql`
    delete from web_hook_delivery where tenant = ${cloud.tenant} and state <> 'waiting' and made_at < ${kept}`.execute(
    cloud.db,
  )
}

interface Behind {
  readonly hook: string
  readonly events: readonly string[]
  readonly device: string
  readonly epoch: number
  readonly high: bigint
}

/** Makes deliveries of the next entries of one hook's one stream; false where all have been made. */
async function noteEvents(cloud: Cloud): Promise<boolean> {
  const { tenant } = cloud
  return transaction(cloud.db, async (tx) => {
    const { rows: behind } = await sql<Behind>`
      select h.hook, h.events, s.device, s.epoch, coalesce(t.high, 0)::bigint as high
      from web_hook h
      join device_stream s on s.tenant = ${tenant}
      left join web_hook_stream t
        on t.tenant = ${tenant} and t.hook = h.hook and t.device = s.device and t.epoch = s.epoch
      where h.tenant = ${tenant} and s.high > coalesce(t.high, 0)
      order by h.hook, s.device, s.epoch limit 1`.execute(tx)
    const next = behind[0]
    if (next === undefined) return false
    const { hook, device, epoch, events } = next
    await sql`
      insert into web_hook_stream (tenant, hook, device, epoch, high) values (${tenant}, ${hook}, ${device}, ${epoch}, 0)
      on conflict do nothing`.execute(tx)
    const { rows: locked } = await sql<{ high: bigint }>`
      select high from web_hook_stream
      where tenant = ${tenant} and hook = ${hook} and device = ${device} and epoch = ${epoch} for update`.execute(tx)
    if (locked[0] === undefined || locked[0].high !== next.high) return true // somebody else is faster
    const { rows } = await sql<HeardEntry>`
      select device, epoch, seq, body, disposition, received_at from entry
      where tenant = ${tenant} and device = ${device} and epoch = ${epoch} and seq > ${next.high}
      order by seq limit ${ENTRIES_MAX}`.execute(tx)
    if (rows.length === 0) return false
    const told = rows.flatMap((row) => eventOf(row) ?? []).filter(({ type }) => wants(events, type))
    const now = instant(cloud.clock)
    await sql`
      insert into web_hook_delivery (tenant, hook, event, type, body, state, attempts, due_at, made_at)
      select ${tenant}, ${hook}, u.event, u.type, u.body, 'waiting', 0, ${now}, ${now} from unnest(
        ${told.map(({ id }) => id)}::text[], ${told.map(({ type }) => type)}::text[],
        ${told.map((event) => JSON.stringify(event))}::text[]) as u (event, type, body)
      on conflict do nothing`.execute(tx)
    await sql`
      update web_hook_stream set high = ${rows.at(-1)!.seq}
      where tenant = ${tenant} and hook = ${hook} and device = ${device} and epoch = ${epoch}`.execute(tx)
    return true
  })
}

const wants = (events: readonly string[], type: string): boolean => events.length === 0 || events.includes(type)

interface Due {
  readonly hook: string
  readonly event: string
  readonly body: string
  readonly attempts: number
  readonly url: string
  readonly secret: Buffer
}

async function sendDue(cloud: Cloud): Promise<number> {
  const { tenant } = cloud
  const now = cloud.clock()
  const claimed = new Date(now.getTime() + CLAIMED_MS).toISOString()
  const { rows } = await sql<Due>`
    with due as materialized (
      select w.hook, w.event from web_hook_delivery w
      join web_hook o on o.tenant = ${tenant} and o.hook = w.hook and o.state = 'on'
      where w.tenant = ${tenant} and w.state = 'waiting' and w.due_at <= ${now.toISOString()}
      order by w.due_at, w.event limit ${AT_ONCE_MAX} for update of w skip locked)
    update web_hook_delivery d set attempts = d.attempts + 1, due_at = ${claimed}
    from web_hook h
    where d.tenant = ${tenant} and h.tenant = ${tenant} and h.hook = d.hook and (d.hook, d.event) in (select * from due)
    returning d.hook, d.event, d.body, d.attempts, h.url, h.secret`.execute(cloud.db)
  await Promise.all(rows.map((row) => sendOne(cloud, row)))
  return rows.length
}

async function sendOne(cloud: Cloud, due: Due): Promise<void> {
  const { tenant } = cloud
  const secret = unseal(cloud.keys.hookKey, due.secret, hookContext(tenant, due.hook)).toString()
  const { status, trouble } = await post(due, signedHeaders(secret, due.event, cloud.clock(), due.body))
  const isDelivered = status !== null && status >= 200 && status < 300
  const pause = PAUSES_S[due.attempts - 1]
  const state = isDelivered ? 'delivered' : pause === undefined ? 'given_up' : 'waiting'
  const dueAt = new Date(cloud.clock().getTime() + (pause ?? 0) * 1000).toISOString()
  await sql`
    update web_hook_delivery set state = ${state}, due_at = ${dueAt}, status = ${status}, trouble = ${trouble}
    where tenant = ${tenant} and hook = ${due.hook} and event = ${due.event}`.execute(cloud.db)
}

/** Redirects are not followed: the address that was signed for is the one that is told. */
async function post({ url, body }: Due, headers: Readonly<Record<string, string>>) {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'bonusbook-web-hooks/1', ...headers },
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    })
    await response.body?.cancel()
    const trouble = response.ok ? null : `answered ${response.status}`
    return { status: response.status, trouble }
  } catch (error) {
    const { message, cause } = error as Error & { cause?: Error }
    return { status: null, trouble: (cause?.message || message).slice(0, 200) }
  }
}
