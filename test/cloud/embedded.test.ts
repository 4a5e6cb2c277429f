import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, describe, expect, test } from 'vitest'
import { isAlive } from '../../cloud/database/file-lock.ts'

/** The service as a process of its own on an embedded server, killed, doubled and put into awkward places. */

const root = join(import.meta.dirname, '..', '..')
const children: ChildProcess[] = []
const folders: string[] = []

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  for (const folder of folders.splice(0)) stopAndRemove(folder)
})

function folderFor(mode = 0o711): string {
  const folder = mkdtempSync(join(tmpdir(), 'bonusbook-embedded-'))
  chmodSync(folder, mode)
  folders.push(folder)
  return folder
}

const clusterOf = (data: string) => JSON.parse(readFileSync(join(data, 'postgres.json'), 'utf8')).cluster as string
const postmaster = (data: string) => Number.parseInt(readFileSync(join(clusterOf(data), 'postmaster.pid'), 'utf8'), 10)
function stopAndRemove(data: string): void {
  if (existsSync(join(data, 'postgres.json'))) {
    const cluster = clusterOf(data)
    if (existsSync(join(cluster, 'postmaster.pid'))) {
      const pid = postmaster(data)
      if (isAlive(pid)) process.kill(pid, 'SIGQUIT')
    }
    rmSync(dirname(cluster), { recursive: true, force: true, maxRetries: 5 })
  }
  rmSync(data, { recursive: true, force: true, maxRetries: 5 })
}

interface Ready {
  readonly cloud: string
  readonly adminToken: string
}

function serve(
  data: string,
  ...more: string[]
): Promise<{ child: ChildProcess; ready: Ready; ended: Promise<number | null> }> {
  const args = [join(root, 'cloud', 'main.ts'), '--json', '--data', data, '--port', '0', ...more]
  const env = { ...process.env, DATABASE_URL: '' }
  const child = spawn(join(root, 'node_modules', '.bin', 'node'), args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  children.push(child)
  let said = ''
  child.stderr!.on('data', (chunk) => {
    said += chunk
  })
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve))
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout! }).once('line', (line) => resolve({ child, ready: JSON.parse(line), ended }))
    ended.then((code) => reject(new Error(`ended with ${code}: ${said}`)))
  })
}

function cli(data: string, ...args: string[]) {
  const node = join(root, 'node_modules', '.bin', 'node')
  const env = { ...process.env, DATABASE_URL: '' }
  return spawnSync(node, [join(root, 'cloud', 'cli.ts'), ...args, '--data', data], { encoding: 'utf8', env })
}

const tills = async ({ cloud, adminToken }: Ready) =>
  (await fetch(`${cloud}/admin/v1/tills`, { headers: { authorization: `Bearer ${adminToken}` } })).status

describe('the embedded database', () => {
  test('starts, is shared with the command line, and stops with the service', async () => {
    const data = folderFor()
    const { child, ready, ended } = await serve(data)
    expect(await tills(ready)).toBe(200)
    const pid = postmaster(data)
    const code = cli(data, 'enrol-code', '--outlet', 'A', '--till', '1', '--json')
    expect(JSON.parse(code.stdout)).toMatchObject({ outlet: 'A', till: '1' })
    expect(isAlive(pid)).toBe(true) // the command that came last has not taken it away from the service
    expect(await tills(ready)).toBe(200)
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
    expect(isAlive(pid)).toBe(false)
  })

  test('outlives whoever started it while another uses it', async () => {
    const data = folderFor()
    const first = await serve(data)
    const second = await serve(data)
    first.child.kill('SIGTERM')
    await first.ended
    expect(await tills(second.ready)).toBe(200)
    second.child.kill('SIGTERM')
    expect(await second.ended).toBe(0)
  })

  test('comes back after kill -9 of the service, and after kill -9 of itself with its lock left behind', async () => {
    const data = folderFor()
    const first = await serve(data, '--demo')
    first.child.kill('SIGKILL')
    await first.ended
    const second = await serve(data)
    const before = cli(data, 'balance', '--card', '2000000200019', '--json').stdout
    process.kill(postmaster(data), 'SIGKILL')
    second.child.kill('SIGKILL')
    await second.ended
    expect(existsSync(join(clusterOf(data), 'postmaster.pid'))).toBe(true)
    const third = await serve(data)
    expect(await tills(third.ready)).toBe(200)
    expect(cli(data, 'balance', '--card', '2000000200019', '--json').stdout).toBe(before)
    third.child.kill('SIGTERM')
    expect(await third.ended).toBe(0)
  })

  test('starts where the lock names a process that is somebody else by now', async () => {
    const data = folderFor()
    const first = await serve(data)
    const pid = postmaster(data)
    process.kill(pid, 'SIGKILL')
    first.child.kill('SIGKILL')
    await first.ended
    const file = join(clusterOf(data), 'postmaster.pid')
    writeFileSync(file, readFileSync(file, 'utf8').replace(String(pid), String(process.pid)))
    const second = await serve(data)
    expect(await tills(second.ready)).toBe(200)
  })

  test('takes another port where its old one is taken', async () => {
    const data = folderFor()
    const first = await serve(data)
    first.child.kill('SIGTERM')
    await first.ended
    const { port } = JSON.parse(readFileSync(join(data, 'postgres.json'), 'utf8')) as { port: number }
    const squatter = createServer((socket) => socket.destroy()).listen(port, '127.0.0.1')
    const second = await serve(data)
    expect(await tills(second.ready)).toBe(200)
    squatter.close()
  })

  test('ends cleanly when it is asked to while it still starts', async () => {
    const data = folderFor()
    for (const after of [150, 600, 1500, 2500]) {
      const args = [join(root, 'cloud', 'main.ts'), '--json', '--data', data, '--port', '0', '--demo']
      const env = { ...process.env, DATABASE_URL: '' }
      const child = spawn(join(root, 'node_modules', '.bin', 'node'), args, { env, stdio: 'ignore' })
      children.push(child)
      const ended = new Promise((resolve) => child.on('exit', (code, signal) => resolve(code ?? signal)))
      await new Promise((resolve) => setTimeout(resolve, after))
      child.kill('SIGTERM')
      // before its first line has run, nobody is there to hear the signal
      expect(await ended).toBeOneOf([0, 'SIGTERM'])
      if (existsSync(join(data, 'postgres.json'))) {
        expect(existsSync(join(clusterOf(data), 'postmaster.pid'))).toBe(false)
      }
    }
  })

  test.runIf(process.getuid?.() === 0)('works in a folder that only root may enter', async () => {
    const outer = folderFor(0o700)
    const data = join(outer, 'cloud')
    const { child, ready, ended } = await serve(data)
    expect(await tills(ready)).toBe(200)
    expect(clusterOf(data)).toMatch(/^\/var\/lib\/bonusbook\/postgres-/)
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
    stopAndRemove(data)
  })

  test('says in a sentence what is wrong with its folder', async () => {
    const data = folderFor()
    writeFileSync(join(data, 'postgres.json'), '{')
    const broken = cli(data, 'migrate')
    expect(broken.status).toBe(1)
    expect(broken.stderr).toContain('cannot be read as the address of the embedded PostgreSQL')
    writeFileSync(join(data, 'postgres.json'), JSON.stringify({ cluster: '/nowhere', password: 'x', port: 1 }))
    expect(cli(data, 'migrate').stderr).toContain('nothing is there')
    rmSync(join(data, 'postgres.json'))
  })

  test('two that start at the same moment share one server', async () => {
    const data = folderFor()
    const both = await Promise.all([serve(data), serve(data)])
    for (const { ready } of both) expect(await tills(ready)).toBe(200)
    for (const { child } of both) child.kill('SIGTERM')
    expect(await Promise.all(both.map(({ ended }) => ended))).toEqual([0, 0])
  })
})

describe('the command line', () => {
  test('helps, and says what is wrong', () => {
    const data = folderFor()
    expect(cli(data, '--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('enrol-code --outlet A') })
    expect(cli(data, 'nonsense')).toMatchObject({ status: 2, stderr: expect.stringContaining('no command "nonsense"') })
    expect(cli(data, 'serve', '--port', 'x')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('0 to 65535'),
    })
    expect(cli(data, 'balance', '--wrong')).toMatchObject({ status: 1, stderr: expect.stringContaining("'--wrong'") })
    expect(cli(data, 'publish', '/nowhere.json')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('cannot be read'),
    })
  })
})
