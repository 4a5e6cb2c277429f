import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import pg from 'pg'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'
import type { Stream } from './load.ts'
import { withClient } from './own-cloud.ts'

/** The entries as `COPY` writes them: taken from the table that the intake filled. */
export async function copiedOut(databaseUrl: string, streams: readonly Stream[]): Promise<Buffer[]> {
  return withClient(databaseUrl, async (client) => {
    const wanted = streams.map(({ device, from }) => `device = ${pg.escapeLiteral(device)} and seq >= ${from}`)
    const out = client.query(
      copyTo(`copy (select * from entry where ${wanted.join(' or ')} order by device, epoch, seq) to stdout`),
    )
    const chunks: Buffer[] = []
    for await (const chunk of out) chunks.push(chunk as Buffer)
    return chunks
  })
}

/** Seconds that `COPY` needs to bring the same rows into an empty table of the same make, logged and with its key. */
export async function copyIn(databaseUrl: string, chunks: readonly Buffer[]): Promise<number> {
  return withClient(databaseUrl, async (client) => {
    await client.query('drop table if exists entry_copied')
    await client.query('create table entry_copied (like entry including all)')
    const started = performance.now()
    await pipeline(Readable.from(chunks), client.query(copyFrom('copy entry_copied from stdin')))
    const seconds = (performance.now() - started) / 1000
    await client.query('drop table entry_copied')
    return seconds
  })
}
