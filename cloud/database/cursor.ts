import { type RawBuilder, sql } from 'kysely'
import type { Tx } from './connect.ts'

const ROWS_AT_ONCE = 20_000
let opened = 0

/** The rows of a query in handfuls, so that a million of them are never held at once. Lives within the transaction. */
export async function* inHandfuls<Row>(tx: Tx, query: RawBuilder<Row>): AsyncGenerator<readonly Row[]> {
  const cursor = sql.ref(`handful_${++opened}`)
  await sql`declare ${cursor} no scroll cursor for ${query}`.execute(tx)
  for (;;) {
    const { rows } = await sql<Row>`fetch ${sql.lit(ROWS_AT_ONCE)} from ${cursor}`.execute(tx)
    if (rows.length > 0) yield rows
    if (rows.length < ROWS_AT_ONCE) break
  }
  await sql`close ${cursor}`.execute(tx)
}
