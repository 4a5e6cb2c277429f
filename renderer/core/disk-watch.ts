import type { LinkView } from '../../shared/core-api.ts'
import type { JournalReply } from '../../shared/desktop-api.ts'
import type { Clock, Journal } from './ports.ts'

/**
 * Looks after the room on the disk: below the low mark nothing is redeemed any more, so that there is room left for what
 * is sold; the screen says so before the disk is full, and when it is. What the journal could not take is brought to it as
 * soon as it can, whether or not anybody writes something more.
 */
export interface DiskWatch {
  readonly look: () => Promise<void>
  readonly failed: (reply: JournalReply) => void
  readonly isLow: () => boolean
  readonly problem: () => Partial<Pick<LinkView, 'problem'>>
  readonly stop: () => void
}

const LOOK_EVERY_MS = 15_000

export interface DiskWatchParts {
  readonly journal: Journal
  readonly clock: Clock
  readonly changed: () => void
  /** Brings to the journal what it lacks; `failed` hears of it where that is not possible yet. */
  readonly copyAgain: () => Promise<unknown>
}

export function diskWatch({ journal, clock, changed, copyAgain }: DiskWatchParts): DiskWatch {
  let [low, full, behind, stopped] = [false, false, false, false]
  let callOff = () => {}

  async function look(): Promise<void> {
    callOff()
    try {
      const { freeBytes, lowBytes } = await journal.room()
      const isLow = freeBytes < lowBytes
      if (isLow !== low || (full && freeBytes > 0)) changed()
      low = isLow
      if (!isLow) full = false
      if (behind) {
        behind = false
        await copyAgain()
      }
    } catch (error) {
      console.error('the room on the disk is not known', error)
    }
    if (!stopped) callOff = clock.after(LOOK_EVERY_MS, () => void look())
  }

  return {
    look,
    failed: (reply) => {
      if (reply.ok) return
      behind = true
      if (reply.reason !== 'disk_full' || full) return
      full = true
      changed()
    },
    isLow: () => low || full,
    problem: () => (full ? { problem: 'disk_full' } : low ? { problem: 'disk_low' } : {}),
    stop: () => {
      stopped = true
      callOff()
    },
  }
}
