import { sql } from 'kysely'
import type { TenantId } from '../../shared/ids.ts'
import { bigintArray, textArray } from '../database/arrays.ts'
import type { Db } from '../database/connect.ts'
import { PLANNED_ONCE } from '../database/planned-once.ts'
import { transaction } from '../database/transaction.ts'
import type { Metrics } from '../http/metrics.ts'

/**
 * Numbers what was committed. Business transactions only write `feed_pending`; this moves it to `feed` in serial
 * transactions that hold the tenant's shard row. A number is therefore only ever given to a committed row and becomes
 * visible after all smaller ones, also on a replica: a reader that goes by numbers skips nothing. Any number of service
 * instances may run it.
 */
export interface Sequencer {
  /** Something was committed here. */
  wake(): void
  /** Resolves when everything that was committed here before the call has its number. */
  settled(): Promise<void>
  close(): Promise<void>
}

const BATCH_NOTES = 500
/** How soon another instance's commits are seen. */
const POLL_MS = 100

export interface SequencerOptions {
  readonly onError: (error: unknown) => void
  readonly metrics: Metrics
}

export function startSequencer(db: Db, tenant: TenantId, options: SequencerOptions): Sequencer {
  let running: Promise<void> | undefined
  let again = false
  let closed = false

  function wake(): void {
    if (closed) return
    if (running !== undefined) {
      again = true
      return
    }
    running = drain().finally(() => {
      running = undefined
      if (again) {
        again = false
        wake()
      }
    })
  }

  async function drain(): Promise<void> {
    try {
      while (!closed) {
        const { notes, rows, high } = await sequence(db, tenant)
        if (high !== undefined) options.metrics.feedHigh.set(Number(high))
        options.metrics.sequenced.inc(rows)
        if (notes < BATCH_NOTES) return
      }
    } catch (error) {
      options.metrics.feedErrors.inc()
      options.onError(error)
    }
  }

  async function poll(): Promise<void> {
    if (running !== undefined) return
    try {
      const pending = await db.selectFrom('feed_pending').select('id').where('tenant', '=', tenant).limit(1).execute()
      if (pending.length > 0) wake()
    } catch (error) {
      options.onError(error)
    }
  }

  let polling = Promise.resolve()
  let timer: NodeJS.Timeout | undefined
  const schedule = () => {
    timer = setTimeout(() => {
      polling = poll().finally(() => {
        if (!closed) schedule()
      })
    }, POLL_MS)
  }
  schedule()
  wake()

  return {
    wake,
    async settled() {
      // the round under way may have looked before the last commit; the one after it has not. Others follow without end.
      const isBehind = again
      await running
      if (isBehind) await running
    },
    async close() {
      closed = true
      clearTimeout(timer)
      await polling
      await running
    },
  }
}

/** Numbers everything that was committed before the call, whoever did it. */
export async function sequenceAll(db: Db, tenant: TenantId): Promise<void> {
  while ((await sequence(db, tenant)).notes === BATCH_NOTES);
}

/** One serial step. Exported for tests that want to see it alone. */
export async function sequence(db: Db, tenant: TenantId): Promise<{ notes: number; rows: number; high?: bigint }> {
  return transaction(db, async (tx) => {
    const shard = await tx
      .selectFrom('feed_shard')
      .select('high')
      .where('tenant', '=', tenant)
      .forUpdate()
      .executeTakeFirstOrThrow()
    const pending = await tx
      .selectFrom('feed_pending')
      .select(['id', 'scope', 'keys'])
      .where('tenant', '=', tenant)
      .limit(BATCH_NOTES)
      .execute()
    if (pending.length === 0) return { notes: 0, rows: 0 }

    const changed = new Map<string, { scope: string; key: string }>()
    for (const { scope, keys } of pending) for (const key of keys) changed.set(`${scope}\n${key}`, { scope, key })
    const rows = [...changed.values()]
    const scopes = textArray(rows.map((row) => row.scope))
    const keys = textArray(rows.map((row) => row.key))
    const seqs = bigintArray(rows.map((_, index) => shard.high + BigInt(index + 1)))
    await sql`
      ${PLANNED_ONCE} insert into feed (tenant, scope, key, seq)
      select ${tenant}, u.scope, u.key, u.seq from unnest(${scopes}::text[], ${keys}::text[], ${seqs}::bigint[]) as u (scope, key, seq)
      on conflict (tenant, scope, key) do update set seq = excluded.seq`.execute(tx)
    const high = shard.high + BigInt(rows.length)
    await tx.updateTable('feed_shard').set({ high }).where('tenant', '=', tenant).execute()
    const ids = pending.map((note) => note.id)
    await sql`delete from feed_pending where tenant = ${tenant} and id = any(${ids}::uuid[])`.execute(tx)
    return { notes: pending.length, rows: rows.length, high }
  })
}
