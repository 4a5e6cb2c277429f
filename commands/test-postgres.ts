import { type SpawnOptions, spawnSync } from 'node:child_process'
import { appendFileSync, chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from './run.ts'

/**
 * `npm run test:postgres -- BIN [TESTS]`: the cloud's tests on a PostgreSQL of another version, whose programs (initdb,
 * pg_ctl) are in the folder BIN. A server of its own in a folder that goes with it; no other server is touched.
 */
const USER = 'bonusbook'

function serverUser(): Pick<SpawnOptions, 'uid' | 'gid'> {
  if (process.getuid?.() !== 0) return {}
  const idOf = (flag: string) =>
    Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout.trim() || Number.NaN)
  const [uid, gid] = [idOf('-u'), idOf('-g')]
  if (Number.isNaN(uid) || Number.isNaN(gid))
    throw new Error('PostgreSQL does not run as root: a user "postgres" is needed.')
  return { uid, gid }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

async function main([bin, ...tests]: readonly string[]): Promise<number> {
  if (bin === undefined || !existsSync(join(bin, 'initdb'))) {
    process.stderr.write('usage: npm run test:postgres -- BIN [TESTS]; BIN is the folder with initdb and pg_ctl\n')
    return 2
  }
  const user = serverUser()
  const folder = mkdtempSync(join(tmpdir(), 'bonusbook-postgres-'))
  const home = join(folder, 'home')
  mkdirSync(home)
  chmodSync(folder, 0o711)
  if (user.uid !== undefined) chownSync(home, user.uid, user.gid!)
  const data = join(home, 'data')
  const program = (name: string, args: readonly string[]) => {
    const ended = spawnSync(join(bin, name), args, {
      ...user,
      cwd: home,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    if (ended.status !== 0) throw new Error(`${name}: ${ended.stderr}${ended.stdout}${ended.error?.message ?? ''}`)
    return ended.stdout.trim()
  }
  try {
    process.stdout.write(`${program('postgres', ['--version'])}\n`)
    program('initdb', ['-D', data, '-U', USER, '-A', 'trust', '-E', 'UTF8', '--locale=C'])
    const port = await freePort()
    const settings = ["listen_addresses = '127.0.0.1'", "unix_socket_directories = ''", 'fsync = off', `port = ${port}`]
    appendFileSync(join(data, 'postgresql.conf'), `${settings.join('\n')}\n`)
    spawnSync(join(bin, 'pg_ctl'), ['-D', data, '-w', '-l', join(home, 'log'), 'start'], {
      ...user,
      cwd: home,
      stdio: 'ignore',
    })
    process.env.BONUSBOOK_TEST_POSTGRES = `postgres://${USER}@127.0.0.1:${port}/postgres`
    return await run(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', '--project', 'cloud', ...tests])
  } finally {
    if (existsSync(join(data, 'postmaster.pid'))) program('pg_ctl', ['-D', data, '-m', 'immediate', '-w', 'stop'])
    rmSync(folder, { recursive: true, force: true })
  }
}

process.exitCode = await main(process.argv.slice(2))
