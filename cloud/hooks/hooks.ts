import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import { transaction } from '../database/transaction.ts'
import { seal } from '../secrets/seal.ts'
import { newSecret } from './signature.ts'

/** Whom to tell, as an administrator keeps it. */
export interface Hook {
  readonly hook: string
  readonly url: string
  readonly events: readonly string[]
  readonly state: 'on' | 'off'
  readonly madeAt: string
  readonly waiting: number
  readonly givenUp: number
}

/** A hook hears of what happens from now on. Its secret is told once, here. */
export async function makeHook(
  cloud: Cloud,
  { url, events }: { readonly url: string; readonly events: readonly string[] },
): Promise<{ readonly hook: string; readonly secret: string }> {
  const { tenant } = cloud
  const [hook, secret] = [randomUUID(), newSecret()]
  await transaction(cloud.db, async (tx) => {
    await tx
      .insertInto('web_hook')
      .values({
        tenant,
        hook,
        url,
        events: [...events],
        secret: seal(cloud.keys.hookKey, Buffer.from(secret), hookContext(tenant, hook)),
        state: 'on',
        made_at: instant(cloud.clock),
      })
      .execute()
    await sql`
      insert into web_hook_stream (tenant, hook, device, epoch, high)
      select ${tenant}, ${hook}, device, epoch, high from device_stream where tenant = ${tenant}`.execute(tx)
  })
  return { hook, secret }
}

export const hookContext = (tenant: string, hook: string): string => `web-hook/${tenant}/${hook}`

export async function listHooks({ db, tenant }: Pick<Cloud, 'db' | 'tenant'>): Promise<Hook[]> {
  const { rows } = await sql<Hook>`
    select h.hook, h.url, h.events, h.state, h.made_at as "madeAt",
      (count(d.event) filter (where d.state = 'waiting'))::integer as waiting,
      (count(d.event) filter (where d.state = 'given_up'))::integer as "givenUp"
    from web_hook h left join web_hook_delivery d on d.tenant = ${tenant} and d.hook = h.hook
    where h.tenant = ${tenant}
    group by h.tenant, h.hook, h.url, h.events, h.state, h.made_at order by h.made_at, h.hook`.execute(db)
  return rows
}

/** Off: nothing is sent, what happens meanwhile is told once it is on again. False: there is no such hook. */
export async function switchHook({ db, tenant }: Cloud, hook: string, state: 'on' | 'off'): Promise<boolean> {
  const done = await db
    .updateTable('web_hook')
    .set({ state })
    .where('tenant', '=', tenant)
    .where('hook', '=', hook)
    .executeTakeFirst()
  return done.numUpdatedRows > 0n
}

export async function removeHook({ db, tenant }: Cloud, hook: string): Promise<boolean> {
  return transaction(db, async (tx) => {
    for (const table of ['web_hook_delivery', 'web_hook_stream'] as const) {
      await tx.deleteFrom(table).where('tenant', '=', tenant).where('hook', '=', hook).execute()
    }
    const done = await tx
      .deleteFrom('web_hook')
      .where('tenant', '=', tenant)
      .where('hook', '=', hook)
      .executeTakeFirst()
    return done.numDeletedRows > 0n
  })
}

const LISTED_MAX = 200

/** The newest first. */
export async function listDeliveries({ db, tenant }: Cloud, hook: string, state: string | undefined) {
  const { rows } = await sql`
    select event, type, state, attempts, due_at as "dueAt", made_at as "madeAt", status, trouble, body
    from web_hook_delivery
    where tenant = ${tenant} and hook = ${hook} and (${state ?? null}::text is null or state = ${state ?? null})
    order by made_at desc, event limit ${LISTED_MAX}`.execute(db)
  return rows
}

/** Sent once more at once: one, or all that were given up. The answer is how many. */
export async function replay(cloud: Cloud, hook: string, event: string | undefined): Promise<number> {
  const done = await sql`
    update web_hook_delivery set state = 'waiting', attempts = 0, due_at = ${instant(cloud.clock)}
    where tenant = ${cloud.tenant} and hook = ${hook}
      and (event = ${event ?? null} or (${event ?? null}::text is null and state = 'given_up'))`.execute(cloud.db)
  return Number(done.numAffectedRows ?? 0n)
}
