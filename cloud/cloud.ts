import type { TenantId } from '../shared/ids.ts'
import type { ReportsUnderWay } from './analysis/kept.ts'
import type { Clock } from './clock.ts'
import type { Db } from './database/connect.ts'
import type { Sequencer } from './feed/sequencer.ts'
import type { Metrics } from './http/metrics.ts'
import type { Gateway } from './messages/gateway.ts'
import type { Programmes } from './programmes/programmes.ts'
import type { Keys } from './secrets/keys.ts'
import type { WalletOutside } from './wallet/outside.ts'

/** What every part of the running service works with: one tenant on one database. */
export interface Cloud {
  readonly db: Db
  readonly tenant: TenantId
  /** Names this database; another one after a restore, also while the service runs: read it where it is told. */
  readonly incarnation: string
  readonly clock: Clock
  readonly keys: Keys
  readonly programmes: Programmes
  readonly feed: Sequencer
  readonly metrics: Metrics
  /** Whom work in the background tells of its failures: which work, and a sentence for the log. */
  readonly trouble: (work: string, what: string) => (error: unknown) => void
  readonly reports: ReportsUnderWay
  /** As long as a customer may be kept for tills that are asked for their rights, in milliseconds. */
  readonly recallMs: number
  /** Undefined: nobody can be sent a text. */
  readonly gateway: Gateway | undefined
  /** Undefined: no mail is set up. */
  readonly mail: Gateway | undefined
  /** Where members reach this service, without a slash at the end; undefined: nowhere. */
  readonly publicUrl: string | undefined
  /** Where Apple and Google are told of wallet passes. */
  readonly wallet: WalletOutside
}
