import { execFileSync } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect } from '../../cloud/database/connect.ts'
import { openDataFolder } from '../../cloud/database/data-folder.ts'
import { type EmbeddedServer, embeddedServer } from '../../cloud/database/embedded.ts'

let parent: string
const running: EmbeddedServer[] = []
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'bonusbook-moved-'))
  await chmod(parent, 0o711)
})
afterAll(async () => {
  for (const server of running) await server.release()
  await rm(parent, { recursive: true, force: true })
})

async function told(url: string, question: string): Promise<readonly unknown[]> {
  const db = connect(url, { connections: 1 })
  try {
    return (await sql.raw(question).execute(db)).rows
  } finally {
    await db.destroy()
  }
}

test('a data folder that was copied elsewhere opens its own database, while the first one is in use', async () => {
  const first = await openDataFolder(join(parent, 'first'))
  const before = await embeddedServer(first, { fsync: false })
  await told(before.url, 'create table kept (where_from text)')
  await told(before.url, `insert into kept values ('first')`)
  await before.release()

  const copy = join(parent, 'copy')
  execFileSync('cp', ['-a', first, copy]) // its owners stay who they were
  const one = await embeddedServer(first, { fsync: false })
  running.push(one)
  const other = await embeddedServer(await openDataFolder(copy), { fsync: false })
  running.push(other)
  expect(await told(other.url, 'show data_directory')).toEqual([{ data_directory: join(copy, 'postgres', 'data') }])
  await told(other.url, `insert into kept values ('copy')`)
  expect(await told(other.url, 'select where_from from kept')).toEqual([
    { where_from: 'first' },
    { where_from: 'copy' },
  ])
  expect(await told(one.url, 'select where_from from kept')).toEqual([{ where_from: 'first' }])
})
