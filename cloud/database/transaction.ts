import { setTimeout as sleep } from 'node:timers/promises'
import type { IsolationLevel } from 'kysely'
import { Overtaken } from '../../shared/intake/port.ts'
import type { Db, Tx } from './connect.ts'

const ATTEMPTS_MAX = 12
const PAUSE_MS = 15

/** A transaction that is run again where the database asks for it: serialization failure, deadlock, overtaken. */
export async function transaction<T>(
  db: Db,
  work: (tx: Tx) => Promise<T>,
  isolation: IsolationLevel = 'read committed',
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await db.transaction().setIsolationLevel(isolation).execute(work)
    } catch (error) {
      if (attempt === ATTEMPTS_MAX || !isRetryable(error)) throw error
      await sleep(Math.random() * PAUSE_MS * attempt)
    }
  }
}

export function sqlState(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : ''
}

function isRetryable(error: unknown): boolean {
  return error instanceof Overtaken || ['40001', '40P01'].includes(sqlState(error))
}
