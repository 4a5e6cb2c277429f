import { sql } from 'kysely'
import type { z } from 'zod'
import type { TenantId } from '../../shared/ids.ts'
import { readCursor } from '../../shared/intake/cursor.ts'
import type { Speaker } from '../../shared/intake/page.ts'
import type { waitReply, waitRequest } from '../../shared/sync/protocol.ts'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import type { Db } from '../database/connect.ts'

/**
 * Tills that wait to be called: one look at the feed for all of them, ten times a second while anybody waits. A till is
 * called when something of its rights got a number after its cursor.
 */
export interface Bell {
  /** True: called; false: the time was up, or the service ends. */
  wait(device: string, after: bigint, ms: number): Promise<boolean>
  close(): void
}

const LOOK_EVERY_MS = 100
/**
 * So far back it is looked. A till that is further behind, or begins anew, pulls all of it anyway: it need not be called
 * for that, and the rights of a whole network are not read for it.
 */
export const LOOK_BACK_MAX = 10_000

export function makeBell(db: Db, tenant: TenantId, onError: (error: unknown) => void): Bell {
  interface Waiter {
    readonly device: string
    /** What has a smaller number was looked at. */
    after: bigint
    readonly end: (called: boolean) => void
  }
  const waiters = new Set<Waiter>()
  let timer: NodeJS.Timeout | undefined
  let closed = false

  async function look(): Promise<void> {
    const waiting = [...waiters]
    const from = waiting.reduce((least, { after }) => (after < least ? after : least), waiting[0]!.after)
    // in one statement: what is numbered up to there is seen here; `is true`: by number, not through everybody's rights
    const { rows } = await sql<{ high: bigint; key: string | null; seq: bigint | null }>`
      select s.high, f.key, f.seq from feed_shard s
      left join feed f on f.tenant = s.tenant and (f.scope = 'right') is true
        and f.seq > greatest(${from.toString()}::bigint, s.high - ${sql.lit(LOOK_BACK_MAX)})
      where s.tenant = ${tenant}`.execute(db)
    const high = rows[0]?.high ?? from
    const calls = ({ device, after }: Waiter) =>
      rows.some(({ key, seq }) => seq !== null && seq > after && key!.startsWith(`${device}\n`))
    for (const waiter of waiting) {
      if (calls(waiter)) waiter.end(true)
      else if (high > waiter.after) waiter.after = high
    }
  }

  function schedule(): void {
    if (timer !== undefined || closed || waiters.size === 0) return
    timer = setTimeout(() => {
      void (waiters.size === 0 ? Promise.resolve() : look().catch(onError)).finally(() => {
        timer = undefined
        schedule()
      })
    }, LOOK_EVERY_MS)
  }

  return {
    wait: (device, after, ms) =>
      new Promise((resolve) => {
        if (closed) return resolve(false)
        const limit = setTimeout(() => waiter.end(false), ms)
        const waiter: Waiter = {
          device,
          after,
          end: (called) => {
            clearTimeout(limit)
            waiters.delete(waiter)
            resolve(called)
          },
        }
        waiters.add(waiter)
        schedule()
      }),
    close: () => {
      closed = true
      clearTimeout(timer)
      for (const waiter of [...waiters]) waiter.end(false)
    },
  }
}

export async function wait(
  cloud: Cloud,
  bell: Bell,
  speaker: Speaker,
  request: z.infer<typeof waitRequest>,
): Promise<z.infer<typeof waitReply>> {
  const cursor = request.cursor === null ? undefined : readCursor(request.cursor)
  const known = cursor?.incarnation === cloud.incarnation ? cursor.seq : 0n
  const changed = await bell.wait(speaker.device, known, request.waitMs)
  return { changed, now: instant(cloud.clock) }
}
