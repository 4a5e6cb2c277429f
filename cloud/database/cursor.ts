import { type RawBuilder, sql } from 'kysely'
import type { Tx } from './connect.ts'
import { hashed } from './hashed.ts'

const ROWS_AT_ONCE = 20_000
let opened = 0

/** The rows of a query in handfuls, so that a million of them are never held at once. Lives within the transaction. */
export async function* inHandfuls<Row>(tx: Tx, query: RawBuilder<Row>): AsyncGenerator<readonly Row[]> {
  const cursor = nextCursor()
  await declare(tx, cursor, query)
  yield* fetched<Row>(tx, cursor)
}

/** The same of a query that makes groups, in no order. */
export async function* groupsInHandfuls<Row>(tx: Tx, query: RawBuilder<Row>): AsyncGenerator<readonly Row[]> {
  const cursor = nextCursor()
  await hashed(tx, () => declare(tx, cursor, query))
  yield* fetched<Row>(tx, cursor)
}

const nextCursor = () => sql.ref(`handful_${++opened}`)

async function declare(tx: Tx, cursor: RawBuilder<unknown>, query: RawBuilder<unknown>): Promise<void> {
  await sql`set local cursor_tuple_fraction = 1`.execute(tx) // all rows are wanted, not the first ones soon
  await sql`declare ${cursor} no scroll cursor for ${query}`.execute(tx)
}

async function* fetched<Row>(tx: Tx, cursor: RawBuilder<unknown>): AsyncGenerator<readonly Row[]> {
  for (;;) {
    const { rows } = await sql<Row>`fetch ${sql.lit(ROWS_AT_ONCE)} from ${cursor}`.execute(tx)
    if (rows.length > 0) yield rows
    if (rows.length < ROWS_AT_ONCE) break
  }
  await sql`close ${cursor}`.execute(tx)
}
