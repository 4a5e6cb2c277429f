import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'kysely'
import { sha256Hex } from '../../shared/ledger/chain.ts'
import { Complaint } from '../complaint.ts'
import type { Db, Tx } from './connect.ts'
import { sqlState } from './transaction.ts'

interface Migration {
  readonly number: number
  readonly name: string
  readonly text: string
  readonly hash: string
}

interface Applied {
  readonly number: number
  readonly name: string
  readonly hash: string
}

const folder = join(import.meta.dirname, '..', 'migrations')

/** Brings the database to this release. One at a time, each in its transaction; a newer or an edited one is refused. */
export async function migrate(db: Db): Promise<{ applied: string[] }> {
  const ours = await migrations()
  await makeBookkeeping(db)
  return db.transaction().execute(async (tx) => {
    await sql`lock table schema_migration in exclusive mode`.execute(tx)
    const there = await appliedIn(tx)
    checkHistory(there, ours)
    const missing = ours.slice(there.length)
    for (const { number, name, text, hash } of missing) {
      await sql.raw(text).execute(tx)
      await sql`insert into schema_migration (number, name, hash) values (${number}, ${name}, ${hash})`.execute(tx)
    }
    return { applied: missing.map((migration) => migration.name) }
  })
}

/** For the readiness probe: whether the database stands where this release expects it. */
export async function isMigrated(db: Db): Promise<boolean> {
  const [there, ours] = [await appliedIn(db), await migrations()]
  return there.length === ours.length
}

async function migrations(): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{4}-.*\.sql$/.test(name)).sort()
  return Promise.all(
    names.map(async (name) => {
      const text = (await readFile(join(folder, name), 'utf8')).replaceAll('\r\n', '\n')
      return { number: Number.parseInt(name, 10), name, text, hash: sha256Hex(text) }
    }),
  )
}

async function makeBookkeeping(db: Db): Promise<void> {
  const table = sql`create table if not exists schema_migration (number integer primary key, name text not null, hash text not null)`
  try {
    await table.execute(db)
  } catch (error) {
    if (!['23505', '42P07'].includes(sqlState(error))) throw error // another process made it in the same moment
  }
}

async function appliedIn(db: Db | Tx): Promise<readonly Applied[]> {
  return (await sql<Applied>`select number, name, hash from schema_migration order by number`.execute(db)).rows
}

function checkHistory(there: readonly Applied[], ours: readonly Migration[]): void {
  const newer = there[ours.length]
  if (newer !== undefined) {
    throw new Complaint(`This database was made by a newer Bonusbook (it has ${newer.name}). Update the service.`)
  }
  for (const [index, applied] of there.entries()) {
    const own = ours[index]!
    if (own.name !== applied.name || own.hash !== applied.hash) {
      throw new Complaint(
        `Migration ${applied.name} was applied in another form than this release has; nothing was changed.`,
      )
    }
  }
}
