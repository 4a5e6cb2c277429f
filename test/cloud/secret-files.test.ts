import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { secretFile } from '../../cloud/database/data-folder.ts'
import { readCommandLine } from '../../cloud/options.ts'
import { startCloud } from '../../cloud/start.ts'
import { freshDatabase, type TestCloud, testCloud } from './rig.ts'

/** What the service keeps in files, and what an operator may have done to them. */

let parent: string
const clouds: TestCloud[] = []
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'bonusbook-secrets-'))
})
afterAll(async () => {
  for (const cloud of clouds) await cloud.close()
  await rm(parent, { recursive: true, force: true })
})

test('an admin token of which a full disk left an empty file opens nothing to nobody: the service does not start', async () => {
  const dataFolder = await mkdtemp(join(parent, 'empty-'))
  const file = join(dataFolder, 'admin.token')
  await writeFile(file, '')
  await expect(testCloud({ dataFolder })).rejects.toThrow(`${file} is empty`)
})

test('an admin token that is empty, has blanks or is quickly guessed is refused in a sentence', async () => {
  const databaseUrl = await freshDatabase()
  const start = (adminToken: string) => startCloud({ databaseUrl, dataFolder: parent, port: 0, adminToken })
  await expect(start('')).rejects.toThrow('admin token')
  await expect(start('for a shop in town')).rejects.toThrow('blanks')
  await expect(start('short')).rejects.toThrow('5 characters; 16 or more')
})

test('without a token nobody is an admin', async () => {
  const cloud = await testCloud()
  clouds.push(cloud)
  for (const authorization of [undefined, '', 'Bearer', 'Bearer ']) {
    const headers: Record<string, string> = authorization === undefined ? {} : { authorization }
    expect((await fetch(`${cloud.url}/admin/v1/tills`, { headers })).status).toBe(401)
  }
})

test('many processes that begin on one folder agree on one whole secret, and leave nothing else there', async () => {
  const folder = await mkdtemp(join(parent, 'many-'))
  const told = await Promise.all(Array.from({ length: 40 }, () => secretFile(join(folder, 'one.key'))))
  expect(new Set(told)).toEqual(new Set([(await readFile(join(folder, 'one.key'), 'utf8')).trim()]))
  expect(told[0]).toHaveLength(43)
  expect(await readdir(folder)).toEqual(['one.key'])
})

test('a variable that is set to nothing is a variable that is not set: no keys are left where the service was started', () => {
  const usual = readCommandLine([], { HOME: '/home/shop' })
  const empty = { HOME: '/home/shop', BONUSBOOK_DATA: '', BONUSBOOK_TENANT: '', DATABASE_URL: '', XDG_DATA_HOME: '' }
  expect(readCommandLine([], empty).start).toEqual(usual.start)
  expect(() => readCommandLine(['--data', ''], {})).toThrow('--data: found nothing; a folder is allowed')
})

test('a master key that was made just now is told of: no dump of the database holds it', async () => {
  const dataFolder = await mkdtemp(join(parent, 'key-'))
  const main = join(import.meta.dirname, '../../cloud/main.ts')
  const { PATH } = process.env
  const env = { PATH, DATABASE_URL: await freshDatabase(), BONUSBOOK_DATA: dataFolder }
  const child = spawn(process.execPath, [main, '--json', '--port', '0'], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  await once(child.stdout, 'data')
  child.kill('SIGTERM')
  await once(child, 'exit')
  expect(said).toBe(
    `The master key was made in ${join(dataFolder, 'master.key')}. Keep a copy elsewhere: without it nobody can read the names and phones in the database.\n`,
  )
})
