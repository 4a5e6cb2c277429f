import type { CoreEvent, CoreRefusal, CoreReply, Notice, TillState } from '../../shared/core-api.ts'
import type { CoreBoot, TillIdentity } from '../../shared/desktop-api.ts'
import type { Members } from './members.ts'
import type {
  CacheStore,
  Clock,
  CloudLink,
  IdSource,
  Journal,
  MoneyStore,
  ReportsLink,
  RightsLink,
  ShopNeighbours,
} from './ports.ts'
import type { ProgrammeBook } from './programme-book.ts'
import type { RightsDesk } from './rights.ts'
import type { Spending } from './spending.ts'
import type { Stream } from './stream.ts'
import type { SyncRunner } from './sync-runner.ts'
import type { Timekeeper } from './timekeeper.ts'

/** What the outside gives the core. */
export interface Ports {
  readonly clock: Clock
  readonly ids: IdSource
  readonly money: MoneyStore
  readonly cache: CacheStore
  readonly journal: Journal
  readonly cloud: CloudLink
  /** Missing: points are spent by the cloud's own word alone. */
  readonly rights?: RightsLink
  /** Missing: there are no reports. */
  readonly reports?: ReportsLink
  /** Missing: a till alone. */
  readonly neighbours?: ShopNeighbours
  readonly emit: (event: CoreEvent) => void
  readonly boot: CoreBoot
}

/** What the parts of a running core share. */
export interface Context {
  readonly ports: Ports
  readonly identity: TillIdentity
  readonly time: Timekeeper
  readonly programmes: ProgrammeBook
  readonly members: Members
  readonly stream: Stream
  readonly sync: SyncRunner
  /** Whether anything may leave a purse now. */
  readonly spending: () => Spending
  readonly rights: () => RightsDesk
  /** The state changed; the screens are told once per turn. */
  readonly changed: () => void
  /** Says something once on the screen; null takes it away. */
  readonly notice: (reason: CoreRefusal | null, detail?: unknown) => void
}

export type Phase = Pick<TillState, 'phase' | 'refusal'>
export type { Notice }

export const done = <T>(value: T): CoreReply<T> => ({ ok: true, value })
export function no(reason: CoreRefusal, detail?: unknown): CoreReply<never> {
  return detail === undefined ? { ok: false, reason } : { ok: false, reason, detail }
}
