import { type SpawnOptions, spawn } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { appendFile, chmod, chown, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { totalmem } from 'node:os'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { z } from 'zod'
import { Complaint } from '../complaint.ts'
import { noteOwner, removeAbandoned } from './abandoned.ts'
import { isAlive, withFileLock } from './file-lock.ts'
import { type ServerBinaries, serverBinaries } from './server-binaries.ts'
import { serverSettings } from './server-settings.ts'
import { type ServerUser, SYSTEM_FOLDER, serverUser, userCanEnter } from './server-user.ts'

/**
 * A real PostgreSQL in a data folder. Several processes share one server: whoever comes first starts it, whoever leaves
 * last stops it, and a server left behind by a killed process is joined, not fought. `postgres.json` in the data folder
 * says where the cluster lives, on which port and with which password.
 */
export interface EmbeddedServer {
  readonly url: string
  /** Stops the server unless another process still uses it. */
  release(): Promise<void>
}

const addressFile = z.object({ cluster: z.string(), password: z.string(), port: z.int() })
type Address = z.infer<typeof addressFile>

const USER = 'bonusbook'
const STARTS_MAX = 8
const LOG_BYTES_MAX = 10_000_000

export interface EmbeddedOptions {
  /** Tests give up safety at a power cut for speed. */
  readonly fsync?: boolean
}

export async function embeddedServer(dataFolder: string, options: EmbeddedOptions = {}): Promise<EmbeddedServer> {
  const user = serverUser()
  const binaries = await serverBinaries(user)
  const usersFolder = join(dataFolder, 'postgres.users')
  await mkdir(usersFolder, { recursive: true })
  const mark = join(usersFolder, `${process.pid}-${randomUUID()}`)
  const lock = join(dataFolder, 'postgres.lock')

  const address = await withFileLock(lock, async () => {
    const address = await startedAddress()
    await writeFile(mark, '')
    return address
  })

  async function startedAddress(): Promise<Address> {
    const known = await readAddress(dataFolder)
    const cluster = known ?? (await initialise(dataFolder, user, binaries))
    if (await isRunning(cluster)) return cluster
    for (const stale of await readdir(usersFolder)) await rm(join(usersFolder, stale), { force: true })
    return start(dataFolder, cluster, user, binaries, options)
  }

  return {
    url: `postgres://${USER}:${address.password}@127.0.0.1:${address.port}/postgres`,
    async release() {
      await withFileLock(lock, async () => {
        await rm(mark, { force: true })
        if (await othersRemain(usersFolder)) return
        await run(binaries.pgCtl, ['stop', '-D', address.cluster, '-m', 'fast', '-w'], user).catch(() => undefined)
      })
    },
  }
}

async function readAddress(dataFolder: string): Promise<Address | undefined> {
  const file = join(dataFolder, 'postgres.json')
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  let address: Address
  try {
    address = addressFile.parse(JSON.parse(text))
  } catch {
    throw new Complaint(`${file} cannot be read as the address of the embedded PostgreSQL; restore it from a backup.`)
  }
  // a folder that was moved, copied or restored somewhere else has its own database, not the one that it came from
  const inside = join(dataFolder, 'postgres', 'data')
  const cluster = (await isCluster(inside)) ? inside : address.cluster
  if (!(await isCluster(cluster))) {
    throw new Complaint(`The database of ${dataFolder} should be in ${cluster}, but nothing is there.`)
  }
  return { ...address, cluster }
}

async function isCluster(folder: string): Promise<boolean> {
  return (await stat(join(folder, 'PG_VERSION')).catch(() => undefined)) !== undefined
}

async function initialise(dataFolder: string, user: ServerUser, binaries: ServerBinaries): Promise<Address> {
  const isAway = !userCanEnter(user, dataFolder)
  if (isAway) await removeAbandoned(SYSTEM_FOLDER)
  const home = isAway ? join(SYSTEM_FOLDER, `postgres-${randomBytes(6).toString('hex')}`) : join(dataFolder, 'postgres')
  const cluster = join(home, 'data')
  await rm(cluster, { recursive: true, force: true }) // half of an initialisation that was killed: it has no address
  await mkdir(home, { recursive: true, mode: 0o755 })
  if (isAway) await noteOwner(home, dataFolder)
  const password = randomBytes(18).toString('base64url')
  const passwordFile = join(home, 'password')
  await writeFile(passwordFile, password, { mode: 0o600 })
  if (user.ids !== undefined) for (const path of [home, passwordFile]) await chown(path, user.ids.uid, user.ids.gid)
  await chmod(home, 0o700)
  const unfinished = `${cluster}.new`
  await rm(unfinished, { recursive: true, force: true })
  try {
    const flags = [
      '-A',
      'scram-sha-256',
      '-E',
      'UTF8',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--locale=C',
    ]
    await run(binaries.initdb, ['-D', unfinished, '-U', USER, `--pwfile=${passwordFile}`, ...flags], user)
  } finally {
    await rm(passwordFile, { force: true })
  }
  const settings = `\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = ''\ndefault_transaction_isolation = 'read committed'\n`
  await appendFile(join(unfinished, 'postgresql.conf'), settings)
  await rename(unfinished, cluster)
  const address = { cluster, password, port: 0 }
  await saveAddress(dataFolder, address)
  return address
}

async function saveAddress(dataFolder: string, address: Address): Promise<void> {
  const file = join(dataFolder, 'postgres.json')
  await writeFile(`${file}.new`, `${JSON.stringify(address, undefined, 2)}\n`, { mode: 0o600 })
  await rename(`${file}.new`, file)
}

async function isRunning(address: Address): Promise<boolean> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port: address.port,
    user: USER,
    password: address.password,
    database: 'postgres',
    connectionTimeoutMillis: 5000,
  })
  client.on('error', () => undefined)
  try {
    if (address.port === 0) return false
    await client.connect()
    const answer = await client.query<{ data_directory: string }>('show data_directory')
    return answer.rows[0]?.data_directory.replaceAll('\\', '/') === address.cluster.replaceAll('\\', '/')
  } catch (error) {
    if ((error as { code?: string }).code !== '57P03') return false // 57P03: starting up or shutting down
    await sleep(100)
    return isRunning(address)
  } finally {
    await client.end().catch(() => undefined)
  }
}

async function start(
  dataFolder: string,
  address: Address,
  user: ServerUser,
  binaries: ServerBinaries,
  options: EmbeddedOptions,
): Promise<Address> {
  const log = join(address.cluster, '..', 'server.log')
  if (((await stat(log).catch(() => undefined))?.size ?? 0) > LOG_BYTES_MAX) await rename(log, `${log}.1`)
  const fsync = options.fsync === false ? ' -c fsync=off -c synchronous_commit=off -c full_page_writes=off' : ''
  for (let attempt = 1; ; attempt++) {
    await removeStaleLock(address.cluster)
    const before = (await readFile(log, 'utf8').catch(() => '')).length
    const port = await freePort()
    try {
      const given = Object.entries(serverSettings(totalmem())).map(([name, value]) => ` -c ${name}=${value}`)
      const settings = ['-o', `-p ${port}${given.join('')}${fsync}`]
      await run(binaries.pgCtl, ['start', '-D', address.cluster, '-l', log, '-w', '-t', '60', ...settings], user)
      const running = { ...address, port }
      await saveAddress(dataFolder, running)
      return running
    } catch (error) {
      const said = (await readFile(log, 'utf8').catch(() => '')).slice(before).trim()
      if (attempt === STARTS_MAX || !/in use|already exists|lock file/.test(said)) {
        throw new Complaint(
          `The embedded PostgreSQL in ${address.cluster} did not start: ${said || (error as Error).message}`,
        )
      }
      await sleep(attempt * 150) // the port was taken meanwhile, or what a killed server left is still dying
    }
  }
}

/** After a kill and a restart of the machine, the number in postmaster.pid may belong to some other process by now. */
async function removeStaleLock(cluster: string): Promise<void> {
  const file = join(cluster, 'postmaster.pid')
  const pid = Number.parseInt(await readFile(file, 'utf8').catch(() => ''), 10)
  if (Number.isNaN(pid)) return
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined)
  if (!isAlive(pid) || (command !== undefined && !command.includes(cluster))) await rm(file, { force: true })
}

async function othersRemain(usersFolder: string): Promise<boolean> {
  const marks = await readdir(usersFolder)
  const dead = marks.filter((name) => !isAlive(Number.parseInt(basename(name), 10)))
  for (const name of dead) await rm(join(usersFolder, name), { force: true })
  return marks.length > dead.length
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number }
      probe.close(() => resolve(port))
    })
  })
}

function run(command: string, args: readonly string[], user: ServerUser): Promise<void> {
  const options: SpawnOptions = { cwd: '/', stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true, ...user.ids }
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, env: { ...process.env, LC_ALL: 'C' } })
    let said = ''
    const hear = (chunk: Buffer) => {
      said += chunk.toString()
    }
    child.stdout?.on('data', hear)
    child.stderr?.on('data', hear)
    child.once('error', (error) => reject(new Complaint(`${command} cannot be run: ${error.message}`)))
    // "exit", not "close": the server itself keeps the pipes open for as long as it lives
    child.once('exit', (code) => {
      child.stdout?.destroy()
      child.stderr?.destroy()
      if (code === 0) resolve()
      else reject(new Complaint(`${basename(command)} failed: ${said.trim() || `exit code ${code}`}`))
    })
  })
}
