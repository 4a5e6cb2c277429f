import { Chance } from '../../commands/rights/chance.ts'
import type { Visit } from '../../commands/rights/visits.ts'
import { dayFrom, type Instant } from '../../shared/calendar.ts'

interface Town {
  readonly members: number
  readonly days: number
  readonly shops: readonly string[]
  readonly seed?: number
}

const DAY_MS = 86_400_000
const FIRST_DAY = dayFrom(2026, 3, 2)

/** Members who come every few days, mostly to one shop of theirs. */
export function drawnVisits({ members, days, shops, seed = 1 }: Town): Visit[] {
  const chance = new Chance(seed)
  const visits: Visit[] = []
  for (let day = FIRST_DAY; day < FIRST_DAY + days; day++) {
    for (let i = 0; i < members; i++) {
      const name = `${i} ${day}`
      if (chance.share('comes', name) > 0.4) continue
      const home = chance.oneOf(shops.length, 'home', String(i))
      const elsewhere = chance.share('elsewhere', name) < 0.2
      const outlet = shops[elsewhere ? chance.oneOf(shops.length, 'shop', name) : home]!
      const at = (day * DAY_MS + 8 * 3_600_000 + chance.oneOf(43_200, 'second', name) * 1000) as Instant
      const amount = BigInt(500 + chance.oneOf(20_000, 'amount', name))
      visits.push({ receipt: `${day}-${i}`, member: `m${i}`, outlet, at, day, amount })
    }
  }
  return visits.sort((a, b) => a.day - b.day || a.at - b.at)
}
