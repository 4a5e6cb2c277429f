import { sql } from 'kysely'
import { afterEach, describe, expect, test } from 'vitest'
import { Complaint } from '../../cloud/complaint.ts'
import { connect, type Db } from '../../cloud/database/connect.ts'
import { isMigrated, migrate } from '../../cloud/database/migrate.ts'
import { emptyDatabase, freshDatabase } from './rig.ts'

/** A database and a release that do not fit each other. */

const open: Db[] = []
afterEach(async () => {
  for (const db of open.splice(0)) await db.destroy()
})

function opened(url: string): Db {
  const db = connect(url, { connections: 2 })
  open.push(db)
  return db
}

const applied = async (db: Db) =>
  (await sql<{ number: number; name: string }>`select number, name from schema_migration order by number`.execute(db))
    .rows

const tables = async (db: Db) =>
  (
    await sql<{ name: string }>`select tablename as name from pg_tables where schemaname = 'public' order by 1`.execute(
      db,
    )
  ).rows

describe('the database is brought to this release', () => {
  test('two services that start at once on an empty one apply each migration once', async () => {
    const url = await emptyDatabase()
    const [one, other] = [opened(url), opened(url)]
    const told = await Promise.all([migrate(one), migrate(other)])
    const rows = await applied(one)
    expect(new Set(rows.map(({ number }) => number)).size).toBe(rows.length)
    expect(told.map(({ applied }) => applied.length).sort((a, b) => a - b)).toEqual([0, rows.length])
    expect(await isMigrated(other)).toBe(true)
  })

  test('one that stands there already is left as it is', async () => {
    const db = opened(await freshDatabase())
    const before = await tables(db)
    expect(await migrate(db)).toEqual({ applied: [] })
    expect(await tables(db)).toEqual(before)
  })

  test('one of a newer release is refused by its migration’s name, and nothing is changed', async () => {
    const db = opened(await freshDatabase())
    await sql`insert into schema_migration (number, name, hash) values (9999, '9999-later.sql', 'x')`.execute(db)
    const before = await tables(db)
    const refused = await migrate(db).catch((error) => error)
    expect(refused).toBeInstanceOf(Complaint)
    expect(refused.message).toBe(
      'This database was made by a newer Bonusbook (it has 9999-later.sql). Update the service.',
    )
    expect(await isMigrated(db)).toBe(false)
    expect(await tables(db)).toEqual(before)
  })

  test('one in which a migration was applied in another form is refused, and nothing is applied after it', async () => {
    const db = opened(await freshDatabase())
    const last = (await applied(db)).at(-1)!
    await sql`delete from schema_migration where number = ${last.number}`.execute(db)
    await sql`update schema_migration set hash = 'edited' where number = 1`.execute(db)
    const refused = await migrate(db).catch((error) => error)
    expect(refused).toBeInstanceOf(Complaint)
    expect(refused.message).toMatch(/^Migration 0001-first\.sql was applied in another form/)
    expect(await applied(db)).not.toContainEqual(last)
  })
})
