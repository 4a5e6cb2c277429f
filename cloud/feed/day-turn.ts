import { turnDay as turn, walkDays } from '../../shared/intake/day-walk.ts'
import { keepNight } from '../../shared/intake/keeping.ts'
import { allotNight, reclaimSilent } from '../../shared/intake/rights.ts'
import type { Cloud } from '../cloud.ts'
import { checkClock } from '../database/clock-check.ts'
import { intakeOf } from '../ledger/postgres-store.ts'

const LOOK_EVERY_MS = 30_000

/** Tells tills of balances that the new day has changed. */
export const turnDay = (cloud: Cloud): Promise<number> => turn(intakeOf(cloud))

const WORKS = [turn, walkDays, reclaimSilent, allotNight, keepNight]

/** One after the other; what fails over somebody's damaged row keeps nobody from the rest. */
async function round(cloud: Cloud, onError: (error: unknown) => void): Promise<void> {
  await checkClock(cloud) // points that burned too early stay burned
  for (const work of WORKS) await work(intakeOf(cloud)).catch(onError)
}

/** Looks now and then whether the day has turned: tills hear of it, and members get what it brings. */
export function startDayTurn(cloud: Cloud, onError: (error: unknown) => void): { close(): Promise<void> } {
  let working: Promise<unknown> = Promise.resolve()
  const look = () => {
    working = working.then(() => round(cloud, onError)).catch(onError)
  }
  look()
  const timer = setInterval(look, LOOK_EVERY_MS)
  return {
    async close() {
      clearInterval(timer)
      await working
    },
  }
}
