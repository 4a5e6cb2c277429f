import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Complaint } from '../../cloud/complaint.ts'
import { connect } from '../../cloud/database/connect.ts'
import { readCommandLine } from '../../cloud/options.ts'
import { type StartOptions, startCloud } from '../../cloud/start.ts'
import { emptyDatabase, freshDatabase, type TestCloud, testCloud } from './rig.ts'

/** Settings with which no service can run: each is answered by one sentence that says what to change. */

let folder: string
let databaseUrl: string
const clouds: TestCloud[] = []
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bonusbook-bad-'))
  databaseUrl = await freshDatabase()
})
afterAll(async () => {
  for (const cloud of clouds) await cloud.close()
  await rm(folder, { recursive: true, force: true })
})

/** The sentence; fails where the service starts, or where it would end with a stack. */
async function complaint(options: StartOptions): Promise<string> {
  const started = startCloud({ databaseUrl, dataFolder: folder, port: 0, ...options })
  const error = await started.then(
    (running) => running.close().then(() => 'it started'),
    (refused) => refused,
  )
  expect(error).toBeInstanceOf(Complaint)
  return error.message
}

test('a data folder that is a file, or may not be made', async () => {
  const file = join(folder, 'file')
  await writeFile(file, '')
  expect(await complaint({ dataFolder: file })).toContain(`The data folder ${file} cannot be used: EEXIST`)
  expect(await complaint({ dataFolder: join(file, 'in', 'it') })).toContain('cannot be used: ENOTDIR')
})

test('a certificate that is none, and one that does not belong to the key', async () => {
  const [key, cert, other] = ['key.pem', 'cert.pem', 'other.pem'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  await writeFile(other, 'rubbish')
  expect(await complaint({ tlsKeyFile: other, tlsCertFile: other })).toContain(
    `${other} and ${other} are no key and certificate that belong together (PEM): `,
  )
  const made = ['req', '-x509', '-newkey', 'ed25519', '-nodes', '-days', '2', '-subj', '/CN=localhost']
  if (spawnSync('openssl', [...made, '-keyout', key, '-out', cert]).status !== 0) return
  spawnSync('openssl', [...made, '-keyout', join(folder, 'unused.pem'), '-out', other])
  expect(await complaint({ tlsKeyFile: key, tlsCertFile: other })).toContain('belong together')
})

test('an address that is not this machine’s, or is none', async () => {
  const behindProxy = true
  expect(await complaint({ host: '192.0.2.1', behindProxy })).toMatch(
    /^It cannot listen on 192\.0\.2\.1:0: .*EADDRNOTAVAIL/,
  )
  expect(await complaint({ host: 'no.such.host.invalid', behindProxy })).toMatch(/^It cannot listen on no\.such.*: /)
})

test('a DATABASE_URL of another database, or whose password holds signs that an address does not', async () => {
  const allowed = 'is not an address such as postgres://user:password@host:5432/database'
  for (const url of ['mysql://u:p@127.0.0.1:5432/x', 'rubbish', 'postgres://u:p#w@127.0.0.1:5432/x']) {
    expect(await complaint({ databaseUrl: url })).toContain(allowed)
  }
})

test('a database in which the user may not make tables, or that takes no writes', async () => {
  const url = await emptyDatabase()
  const [server, name] = [url.replace(/\/[^/]+$/, '/postgres'), new URL(url).pathname.slice(1)]
  const owner = connect(server, { connections: 1 })
  await sql.raw(`create role ${name} login password 'x'`).execute(owner)
  const other = new URL(url)
  Object.assign(other, { username: name, password: 'x' })
  expect(await complaint({ databaseUrl: other.href })).toBe(
    `The database ${name} does not let ${name} make its tables: permission denied for schema public. Make that user its owner.`,
  )
  await sql.raw(`alter database ${name} set default_transaction_read_only = on`).execute(owner)
  expect(await complaint({ databaseUrl: url })).toContain(
    `The database ${name} takes no writes: it is a standby, or set to be read only`,
  )
  await sql.raw(`drop database ${name}`).execute(owner)
  await sql.raw(`drop role ${name}`).execute(owner)
  await owner.destroy()
})

test('a number of connections that is none', () => {
  const start = (BONUSBOOK_CONNECTIONS: string) => readCommandLine([], { BONUSBOOK_CONNECTIONS }).start
  expect(start('25').connections).toBe(25)
  for (const odd of ['0', '3', '-1', '1.5', 'many', '501']) {
    expect(() => start(odd)).toThrow(`BONUSBOOK_CONNECTIONS: found "${odd}"; a whole number from 4 to 500 is allowed.`)
  }
})

test('behind a proxy a guesser is known by the address that the proxy saw, not by one of his own invention', async () => {
  const cloud = await testCloud({ behindProxy: true })
  clouds.push(cloud)
  const guess = async (forged: string, seen: string) => {
    const headers = { authorization: 'Bearer wrong', 'x-forwarded-for': `${forged}, ${seen}` }
    return (await fetch(`${cloud.url}/admin/v1/tills`, { headers })).status
  }
  const statuses: number[] = []
  for (let n = 1; n <= 25; n++) statuses.push(await guess(`203.0.113.${n}`, '198.51.100.7'))
  expect(statuses).toEqual([...Array(20).fill(401), ...Array(5).fill(429)])
  expect(await guess('198.51.100.7', '198.51.100.8')).toBe(401)
})
