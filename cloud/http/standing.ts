import { sql } from 'kysely'
import { Gauge } from 'prom-client'
import { CLOUD_DEVICE } from '../../shared/ledger/keys.ts'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'

/** How long ago a till was heard last. After three days it may redeem nothing without a network. */
const HEARD = ['hour', 'day', 'three_days', 'longer'] as const
type Heard = (typeof HEARD)[number]

const HOUR_MS = 3_600_000
/** However often it is asked, and by however many. */
const READ_EVERY_MS = 10_000

interface Standing {
  readonly heard: Readonly<Record<Heard, number>>
  readonly setAside: number
  readonly feedWaiting: number
  readonly hooksWaiting: number
}

/** What the database says of the whole shop when Prometheus asks: the same from each service. */
export function standingMetrics(cloud: Pick<Cloud, 'db' | 'tenant' | 'clock' | 'metrics'>): () => Promise<void> {
  const registers = [cloud.metrics.registry]
  const gauge = (name: string, help: string) => new Gauge({ name: `bonusbook_${name}`, help, registers })
  const up = gauge('database_up', '1: the database answers. Where it does not, the figures below are left out')
  const tills = new Gauge({
    name: 'bonusbook_tills',
    help: 'Tills that may speak, by how long ago they were heard last: within the hour, day, three days, or longer ago',
    labelNames: ['heard'],
    registers,
  })
  const setAside = gauge('set_aside_entries', 'Entries that could not be booked and that nobody has looked at yet')
  const feedWaiting = gauge('feed_waiting', 'Changes that were committed and have no number yet: tills wait for them')
  const hooksWaiting = gauge('web_hook_deliveries_waiting', 'Events that some web hook has not taken yet')

  let readAt = Number.NEGATIVE_INFINITY
  return async () => {
    if (performance.now() - readAt < READ_EVERY_MS) return
    try {
      const read = await standing(cloud)
      up.set(1)
      for (const heard of HEARD) tills.set({ heard }, read.heard[heard])
      setAside.set(read.setAside)
      feedWaiting.set(read.feedWaiting)
      hooksWaiting.set(read.hooksWaiting)
      readAt = performance.now()
    } catch {
      up.set(0) // what was true once is no figure of now
      tills.reset()
      for (const stale of [setAside, feedWaiting, hooksWaiting]) stale.remove()
    }
  }
}

async function standing({ db, tenant, clock }: Pick<Cloud, 'db' | 'tenant' | 'clock'>): Promise<Standing> {
  const since = (hours: number) => instant(() => new Date(clock().getTime() - hours * HOUR_MS))
  const { rows } = await sql<Record<Heard | 'set_aside' | 'feed' | 'hooks', bigint>>`
    select t.hour, t.day, t.three_days, t.longer,
      (select count(*) from quarantine where tenant = ${tenant} and settled_at is null) as set_aside,
      (select count(*) from feed_pending where tenant = ${tenant}) as feed,
      (select count(*) from web_hook_delivery where tenant = ${tenant} and state = 'waiting') as hooks
    from (
      select count(*) filter (where heard >= ${since(1)}) as hour,
        count(*) filter (where heard < ${since(1)} and heard >= ${since(24)}) as day,
        count(*) filter (where heard < ${since(24)} and heard >= ${since(72)}) as three_days,
        count(*) filter (where heard < ${since(72)}) as longer
      from (
        select greatest(seen_at, rights_seen_at) as heard from device
        where tenant = ${tenant} and state = 'active' and device <> ${CLOUD_DEVICE}
      ) d
    ) t`.execute(db)
  const { hour, day, three_days, longer, set_aside, feed, hooks } = rows[0]!
  return {
    heard: { hour: Number(hour), day: Number(day), three_days: Number(three_days), longer: Number(longer) },
    setAside: Number(set_aside),
    feedWaiting: Number(feed),
    hooksWaiting: Number(hooks),
  }
}
