import { hash } from 'node:crypto'
import type { TenantId } from '../shared/ids.ts'
import { hashWith } from '../shared/ledger/chain.ts'
import { reportsUnderWay } from './analysis/kept.ts'
import type { Clock } from './clock.ts'
import type { Cloud } from './cloud.ts'
import { Complaint } from './complaint.ts'
import { connect, type Db } from './database/connect.ts'
import { openDataFolder } from './database/data-folder.ts'
import { type EmbeddedOptions, embeddedServer } from './database/embedded.ts'
import { migrate } from './database/migrate.ts'
import { sqlState } from './database/transaction.ts'
import { startSequencer } from './feed/sequencer.ts'
import { makeMetrics } from './http/metrics.ts'
import type { Gateway } from './messages/gateway.ts'
import { openProgrammes } from './programmes/programmes.ts'
import { startRounds } from './round.ts'
import { adminTokenFrom, keysFrom, masterKey } from './secrets/keys.ts'
import { incarnationOf, openTenant } from './tenant.ts'
import { makeTroubles, type TroublesOptions } from './troubles.ts'
import { realOutside, type WalletOutside } from './wallet/outside.ts'

export interface OpenOptions {
  readonly dataFolder: string
  /** Missing: the embedded server in the data folder. */
  readonly databaseUrl?: string | undefined
  readonly embedded?: EmbeddedOptions
  readonly tenant: TenantId
  /** 32 bytes in base64; missing: `master.key` in the data folder. */
  readonly masterKey?: string | undefined
  /** Missing: `admin.token` in the data folder. */
  readonly adminToken?: string | undefined
  readonly clock: Clock
  readonly connections?: number
  readonly gateway?: Gateway | undefined
  readonly mail?: Gateway | undefined
  readonly publicUrl?: string | undefined
  readonly wallet?: WalletOutside | undefined
  /** So long a screen waits for the latest report before it is told the one that is kept. */
  readonly reportWaitMs?: number | undefined
  /** As long as a customer may be kept for tills that are asked for their rights; missing: 400 ms. */
  readonly recallMs?: number | undefined
  /** Where failures of work in the background are written down; each kind of them once a minute. */
  readonly troublesTo: TroublesOptions['write']
  /** The database has another name from now on: it was put back, or a standby has taken over. */
  readonly onRestored?: (incarnation: string) => void
}

const RECALL_MS = 400
/** A database that was put back under us is known so soon; tills that were told something meanwhile begin anew then. */
const LOOK_AT_NAME_MS = 2_000

export interface OpenCloud extends Cloud {
  readonly adminToken: string
  readonly database: 'embedded' | 'url'
  /** Where it is, with its password. */
  readonly databaseUrl: string
  close(): Promise<void>
}

/** Database, migrations, keys and the sequencer: all of the service but its port. Shared by service and command line. */
export async function openCloud(options: OpenOptions): Promise<OpenCloud> {
  hashWith((text) => hash('sha256', text))
  const { tenant, clock } = options
  const metrics = makeMetrics()
  const trouble = makeTroubles({
    now: () => performance.now(),
    write: options.troublesTo,
    count: (work) => metrics.failures.inc({ work }),
  })
  const folder = await openDataFolder(options.dataFolder)
  const embedded = options.databaseUrl === undefined ? await embeddedServer(folder, options.embedded) : undefined
  const url = options.databaseUrl ?? embedded!.url
  safeUrl(url)
  const db = connect(url, {
    connections: options.connections ?? 10,
    onIdleError: trouble('database', 'a connection to the database broke'),
  })
  const closeDatabase = async () => {
    await db.destroy()
    await embedded?.release()
  }
  try {
    await reach(db, url)
    await migrate(db).catch((error: unknown) => {
      throw refusedBy(url, error)
    })
    const keys = keysFrom(await masterKey(folder, options.masterKey))
    let { incarnation } = await openTenant(db, tenant, keys, clock)
    const adminToken = await adminTokenFrom(folder, options.adminToken)
    let programmes = openProgrammes(db, tenant, clock)
    const feed = startSequencer(db, tenant, { onError: trouble('feed', 'numbering what changed failed'), metrics })
    const naming = startRounds(
      LOOK_AT_NAME_MS,
      async () => {
        const now = await incarnationOf(db, tenant)
        if (now === incarnation) return
        incarnation = now
        programmes = openProgrammes(db, tenant, clock) // what was read of the other database is not this one's
        options.onRestored?.(now)
      },
      trouble('name', 'asking the database for its name failed'),
    )
    return {
      db,
      tenant,
      get incarnation() {
        return incarnation
      },
      clock,
      keys,
      get programmes() {
        return programmes
      },
      feed,
      metrics,
      trouble,
      reports: reportsUnderWay(options.reportWaitMs),
      recallMs: options.recallMs ?? RECALL_MS,
      gateway: options.gateway,
      mail: options.mail,
      publicUrl: options.publicUrl,
      wallet: options.wallet ?? realOutside,
      adminToken,
      databaseUrl: url,
      database: embedded === undefined ? 'url' : 'embedded',
      async close() {
        await naming.close()
        await feed.close()
        await closeDatabase()
      },
    }
  } catch (error) {
    await closeDatabase()
    throw error
  }
}

async function reach(db: Db, url: string): Promise<void> {
  try {
    await db.selectNoFrom((of) => of.lit(1).as('one')).execute()
  } catch (error) {
    const { hostname, port, pathname } = safeUrl(url)
    const why = (error as Error).message || (error as { code?: string }).code
    throw new Complaint(
      `The database ${pathname.slice(1) || '?'} on ${hostname}:${port || 5432} cannot be reached: ${why}`,
    )
  }
}

const NOT_PERMITTED = '42501'
const READ_ONLY = '25006'

/** A database that is there and does not let us do what has to be done, as a sentence; anything else as it is. */
function refusedBy(url: string, error: unknown): unknown {
  const { pathname, username } = safeUrl(url)
  const [database, user, why] = [pathname.slice(1), decodeURIComponent(username), (error as Error).message]
  if (sqlState(error) === NOT_PERMITTED) {
    return new Complaint(
      `The database ${database} does not let ${user} make its tables: ${why}. Make that user its owner.`,
    )
  }
  if (sqlState(error) === READ_ONLY) {
    return new Complaint(`The database ${database} takes no writes: it is a standby, or set to be read only (${why}).`)
  }
  return error
}

function safeUrl(url: string): URL {
  if (URL.canParse(url) && /^postgres(ql)?:$/.test(new URL(url).protocol)) return new URL(url)
  throw new Complaint(
    'DATABASE_URL is not an address such as postgres://user:password@host:5432/database; signs such as # / ? @ in a password are written %23 %2F %3F %40.',
  )
}
