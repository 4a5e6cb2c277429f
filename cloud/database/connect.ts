import { Kysely, PostgresDialect, type Transaction } from 'kysely'
import pg from 'pg'
import { CopyingClient } from './copy-rows.ts'
import type { Database } from './schema.ts'

export type Db = Kysely<Database>
export type Tx = Transaction<Database>

const INT8 = 20
const DATE = 1082
const TIMESTAMPTZ = 1184

/** Our readers for three types; everything else as pg reads it. No float is ever made of an amount. */
const types = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (format !== 'binary') {
      if (oid === INT8) return (text: string) => BigInt(text)
      if (oid === DATE) return (text: string) => text
      if (oid === TIMESTAMPTZ) return (text: string) => new Date(text).toISOString()
    }
    return pg.types.getTypeParser(oid, format)
  },
} as unknown as pg.CustomTypesConfig

export interface ConnectOptions {
  readonly connections?: number
  /** What to do when an idle connection breaks: the pool makes a new one; somebody should hear of it. */
  readonly onIdleError?: (error: Error) => void
}

/** A pool on a PostgreSQL. Instants are read in UTC whatever the server's own zone. */
export function connect(url: string, options: ConnectOptions = {}): Db {
  const pool = new pg.Pool({
    Client: CopyingClient,
    connectionString: url,
    max: options.connections ?? 10,
    types,
    application_name: 'bonusbook',
    connectionTimeoutMillis: 15_000,
    keepAlive: true, // a server whose machine is gone says nothing, and what waits for it would wait for ever
    keepAliveInitialDelayMillis: 10_000,
    options: '-c timezone=UTC -c idle_in_transaction_session_timeout=120000',
  })
  // One that breaks between two statements of a transaction has nobody else who hears it, and would end the process. The
  // next statement on it fails, and the pool does not take it back.
  pool.on('connect', (client) => client.on('error', () => undefined))
  pool.on('error', options.onIdleError ?? (() => undefined))
  return new Kysely<Database>({ dialect: new PostgresDialect({ pool }) })
}
