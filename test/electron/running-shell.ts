import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Browser, chromium, type Page } from 'playwright-core'

/** A built shell as a process of its own, on the stand-in, with its windows in reach. */
export interface RunningShell {
  readonly process: ChildProcess
  readonly profile: string
  readonly posApi: string
  readonly token: string
  /** The window that shows this page; waits for it. */
  readonly page: (name: string, withinMs?: number) => Promise<Page>
  readonly stop: () => Promise<number | null>
  readonly kill: () => Promise<void>
}

const register = join(import.meta.dirname, '../electron-stand-in/register.mjs')

export const newProfile = () => mkdtempSync(join(tmpdir(), 'bonusbook-shell-'))

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

export function spawnStandIn(main: string, environment: Readonly<Record<string, string>>): ChildProcess {
  const child = spawn(process.execPath, ['--import', register, main], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', process.env.SHELL_LOG === '1' ? 'inherit' : 'pipe'],
  })
  child.stderr?.resume()
  return child
}

export async function startShell(
  main: string,
  profile: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<RunningShell> {
  const cdpPort = await freePort()
  const child = spawnStandIn(main, {
    BONUSBOOK_PROFILE: profile,
    BONUSBOOK_HEADLESS: '1',
    BONUSBOOK_ANNOUNCE: '1',
    BONUSBOOK_POS_PORT: '0',
    BONUSBOOK_CDP_PORT: String(cdpPort),
    ...environment,
  })
  const announced = await firstLine(child)
  const { till } = JSON.parse(announced) as { till: { posApi: string; token: string } }
  const browser: Browser = await chromium.connectOverCDP(`http://127.0.0.1:${cdpPort}`)
  const ended = once(child, 'exit') as Promise<[number | null]>
  const finish = async () => {
    const [code] = await ended
    await browser.close().catch(() => {})
    return code
  }
  return {
    process: child,
    profile,
    posApi: till.posApi,
    token: till.token,
    page: (name, withinMs = 5000) => pageOf(browser, name, withinMs),
    stop: () => {
      child.kill('SIGTERM')
      return finish()
    },
    kill: async () => {
      child.kill('SIGKILL')
      await finish()
    },
  }
}

async function firstLine(child: ChildProcess): Promise<string> {
  const lines = createInterface({ input: child.stdout! })
  const gone = once(child, 'exit').then(([code]) => {
    throw new Error(`the shell ended with ${code} before it was ready`)
  })
  gone.catch(() => {})
  const [line] = (await Promise.race([once(lines, 'line'), gone])) as [string]
  return line
}

async function pageOf(browser: Browser, name: string, withinMs: number): Promise<Page> {
  for (let attempt = 0; attempt < withinMs / 50; attempt += 1) {
    const pages = browser.contexts().flatMap((context) => context.pages())
    const page = pages.find((one) => one.url().endsWith(`/${name}`))
    if (page !== undefined) return page
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`no window shows ${name}`)
}
