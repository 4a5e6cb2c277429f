import { createRequire } from 'node:module'
import type { AddressInfo, createServer } from 'node:net'

/** PouchDB's own server in a process of its own, its databases in the folder named; says where it listens. */
const require = createRequire(import.meta.url)
const express = require('express') as () => {
  use: (path: string, app: unknown) => void
  listen: typeof createServer.prototype.listen
}
const PouchDB = require('pouchdb') as { defaults: (options: object) => unknown }
const serve = require('express-pouchdb') as (pouch: unknown, options: object) => unknown

const folder = process.argv[2]!
const app = express()
app.use(
  '/',
  serve(PouchDB.defaults({ prefix: `${folder}/` }), {
    mode: 'minimumForPouchDB',
    inMemoryConfig: true,
    logPath: `${folder}/log.txt`,
  }),
)
const server = app.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  process.stdout.write(`${JSON.stringify({ pouch: `http://127.0.0.1:${port}` })}\n`)
})
process.on('SIGTERM', () => process.exit(0))
