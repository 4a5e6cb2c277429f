import type { Chance } from '../../cloud/demo/chance.ts'
import type { CloudAnswer } from '../../renderer/core/ports.ts'
import { unreachable } from './cloud.ts'
import type { Faults } from './faults.ts'
import type { WorldTime } from './time.ts'

/** Messages between a till and the cloud, each with a fate of its own. */

const LONG_MS = 65_000

export interface Wire {
  readonly time: WorldTime
  readonly faults: Faults
  readonly chance: Chance
  /** Whether the till can reach anything at all. */
  readonly isCut: () => boolean
  readonly isCloudDown: () => boolean
}

/** Sends a request and resolves with what comes back, or with nobody's answer when the time is up. */
export function request(
  { time, faults, chance, isCut, isCloudDown }: Wire,
  answer: () => Promise<CloudAnswer<never>>,
  limitMs = LONG_MS,
): Promise<CloudAnswer<never>> {
  return new Promise((resolve) => {
    let isOver = false
    const end = (value: CloudAnswer<never>) => {
      if (isOver) return
      isOver = true
      callOff()
      resolve(value)
    }
    const callOff = time.after(limitMs, () => end(unreachable))
    const delay = () => {
      const usual = chance.between(1, 40)
      if (!faults.strikes('message late', 0.1)) return usual
      // mostly seconds, now and then as long as a phone in a drawer
      return chance.chance(0.9) ? chance.between(1_000, 30_000) : chance.between(60_000, 3 * 86_400_000)
    }
    const arrive = async (isTwin: boolean) => {
      if (isCloudDown()) {
        time.after(delay(), () => end(unreachable))
        return
      }
      const value = await answer()
      if (isTwin || faults.strikes('answer lost', 0.1)) return
      time.after(delay(), () => end(isCut() ? unreachable : value))
    }
    if (isCut()) {
      if (faults.strikes('half-open connection', 0.5)) return
      time.after(chance.between(1, 300), () => end(unreachable))
      return
    }
    if (faults.strikes('message lost', 0.1)) return
    time.after(delay(), () => void arrive(false))
    if (faults.strikes('message doubled', 0.2)) time.after(delay() + chance.between(0, 5_000), () => void arrive(true))
  })
}
