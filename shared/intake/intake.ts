import { formatDay, instantOf, localTime } from '../calendar.ts'
import type { LedgerReads, LedgerStore } from './port.ts'
import type { ProgrammeShelf } from './programmes.ts'

/** What taking entries in works with: one tenant's store, the cloud's clock, the programme versions read so far. */
export interface Intake {
  readonly store: LedgerStore
  readonly programmes: ProgrammeShelf
  /** Ed25519 keys, raw in hex, that codes of coupons are signed with; missing: none are. */
  readonly couponKeys?: readonly string[]
  /** ISO 8601. */
  readonly now: () => string
  /** Whether a device's key signed a text; missing: tills are believed about hand-overs. */
  readonly verify?: (publicKey: string, text: string, signature: string) => boolean
  /** Something was committed that tills have to hear of. */
  readonly committed: () => void
}

/** Today where the programme lives; UTC before one is published. */
export async function programmeDay(intake: Pick<Intake, 'now' | 'programmes'>, reads: LedgerReads): Promise<string> {
  const zone = await programmeZone(intake, reads)
  return formatDay(localTime(zone, instantOf(intake.now())).day)
}

export async function programmeZone(intake: Pick<Intake, 'programmes'>, reads: LedgerReads): Promise<string> {
  return (await intake.programmes.current(reads))?.compiled.document.timeZone ?? 'UTC'
}

export async function programmeName(intake: Pick<Intake, 'programmes'>, reads: LedgerReads): Promise<string> {
  return (await intake.programmes.current(reads))?.compiled.document.name ?? ''
}
