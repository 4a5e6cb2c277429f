import { mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { startChild } from '../../commands/child.ts'
import type { PushItem } from '../../shared/sync/protocol.ts'
import type { Stream } from './load.ts'
import { throttledLine } from './throttle.ts'

const require = createRequire(import.meta.url)

interface Pouch {
  bulkDocs(docs: readonly object[]): Promise<unknown>
  info(): Promise<{ doc_count: number }>
  close(): Promise<void>
  replicate: { to(remote: unknown, options: object): Promise<{ ok: boolean; docs_written: number }> }
}

/**
 * The same receipts as documents, from a PouchDB on disk to a PouchDB server in a process of its own, over the same
 * line. Batches as large as ours: the default of 100 is slower.
 */
export async function pouchReplication(
  stream: Stream,
  options: { readonly bitsPerSecond: number; readonly batch: number; readonly folder: string },
): Promise<{ seconds: number; bytesUp: number; bytesDown: number }> {
  const PouchDB = require('pouchdb') as new (name: string, options?: object) => Pouch
  const folder = join(options.folder, 'pouch-server')
  mkdirSync(folder, { recursive: true })
  const server = await startChild<{ pouch: string }>((message) => typeof message.pouch === 'string', {
    name: "PouchDB's server",
    args: [join(import.meta.dirname, 'pouch-server.ts'), folder],
  })
  const line = await throttledLine(server.ready.pouch, options.bitsPerSecond)
  const local = new PouchDB(join(options.folder, 'pouch-till'))
  try {
    await local.bulkDocs(stream.items.map((text) => asDocument(JSON.parse(text) as PushItem)))
    const remote = new PouchDB(`${line.address}/receipts`)
    const from = performance.now()
    const result = await local.replicate.to(remote, { batch_size: options.batch })
    const seconds = (performance.now() - from) / 1000
    const there = await remote.info()
    if (!result.ok || there.doc_count !== stream.items.length)
      throw new Error(`PouchDB: ${JSON.stringify({ result, there })}`)
    return { seconds, bytesUp: line.bytes.up, bytesDown: line.bytes.down }
  } finally {
    await local.close()
    await line.close()
    await server.stop()
  }
}

const asDocument = ({ entry, hash }: PushItem) => ({ _id: `${entry.device}-${entry.epoch}-${entry.seq}`, entry, hash })
