import { mkdirSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { createRequire } from 'node:module'
import { extname, join, resolve } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { inject } from 'vitest'
import { openBrowser } from '../../browser.ts'
import { type FakeShop, installFakeDesktop, type Scene } from './fake-desktop.ts'
import { SHIFT, usKey } from './wedge-keys.ts'

/** The built till page in a real Chromium, under the app's own strict policy, with a fake shop behind it. */

const root = resolve(import.meta.dirname, '../../..')
export const shots = join(root, 'test-output', 'screens')
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'"
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
}

export const NARROW = { width: 380, height: 800 }
export const FULL = { width: 1280, height: 800 }

export interface Stage {
  readonly open: (scene?: Scene, size?: { width: number; height: number }, dark?: boolean) => Promise<Screen>
  readonly close: () => Promise<void>
}

/** Serves the page that `till-page.ts` has built, until closed. */
export async function openStage(): Promise<Stage> {
  mkdirSync(shots, { recursive: true })
  const server = await serve(inject('tillPage'))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  const browser = await openBrowser()
  return {
    open: (scene = {}, size = NARROW, dark = false) =>
      openScreen(browser, `http://127.0.0.1:${address.port}/till.html`, scene, size, dark),
    close: async () => {
      await browser.close()
      server.close()
    },
  }
}

export function serve(built: string): Promise<Server> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://till').pathname
    try {
      const body = readFileSync(join(built, path.replaceAll('..', '')))
      response.writeHead(200, {
        'content-type': TYPES[extname(path)] ?? 'text/plain',
        'content-security-policy': POLICY,
      })
      response.end(body)
    } catch {
      response.writeHead(404).end()
    }
  })
  return new Promise((done) => server.listen(0, '127.0.0.1', () => done(server)))
}

async function openScreen(
  browser: Browser,
  address: string,
  scene: Scene,
  viewport: { width: number; height: number },
  dark: boolean,
): Promise<Screen> {
  const context = await browser.newContext({ viewport, colorScheme: dark ? 'dark' : 'light', reducedMotion: 'reduce' })
  const page = await context.newPage()
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text())
  })
  await page.addInitScript(installFakeDesktop, scene)
  await page.goto(address)
  await page.getByTestId('app').waitFor()
  return new Screen(page, problems)
}

const GAP_MS = 8
/** The key that a scanner presses for a character, on a US keyboard. */
function physical(character: string): { code: string; modifiers: number } {
  const [code, shift] = usKey(character)
  return { code, modifiers: shift ? SHIFT : 0 }
}

/** One open till window. */
export class Screen {
  readonly page: Page
  /** Script errors and whatever the policy refused. */
  readonly problems: readonly string[]

  constructor(page: Page, problems: readonly string[]) {
    this.page = page
    this.problems = problems
  }

  id(testId: string) {
    return this.page.getByTestId(testId)
  }

  async value(testId: string): Promise<string | null> {
    return await this.id(testId).getAttribute('data-value')
  }

  /** Runs inside the page, against the fake shop. */
  async shop<A>(act: (shop: FakeShop, argument: A) => void, argument?: A): Promise<void> {
    await this.page.evaluate(`(${act.toString()})(globalThis.shop, ${JSON.stringify(argument)})`)
  }

  async calls(method: string): Promise<readonly { readonly method: string; readonly params: unknown }[]> {
    return await this.page.evaluate(
      (name) => (globalThis as unknown as { shop: FakeShop }).shop.calls.filter((call) => call.method === name),
      method,
    )
  }

  /**
   * As a keyboard-wedge scanner: a key every few milliseconds by the keys' own clock, and Enter. A busy machine may hand
   * them on as late as it likes. `layout` says what the till's keyboard layout makes of a key.
   */
  async scan(code: string, layout: (character: string) => string = (character) => character): Promise<void> {
    const session = await this.page.context().newCDPSession(this.page)
    const begin = Date.now() / 1000
    const keys = [...code].map((character) => ({
      ...physical(character),
      key: layout(character),
      text: layout(character),
    }))
    const pressed = [...keys, { code: 'Enter', key: 'Enter', text: '\r', modifiers: 0 }].flatMap((key, index) => {
      const timestamp = begin + (index * GAP_MS) / 1000
      return [
        session.send('Input.dispatchKeyEvent', { type: 'keyDown', ...key, timestamp }),
        session.send('Input.dispatchKeyEvent', { type: 'keyUp', ...key, timestamp: timestamp + 0.002 }),
      ]
    })
    await Promise.all(pressed)
    await session.detach()
  }

  async shot(name: string): Promise<void> {
    await this.page.waitForTimeout(60)
    await this.page.screenshot({ path: join(shots, `${name}.png`) })
  }

  /** What axe finds that would keep somebody from working: serious and critical. */
  async barriers(): Promise<readonly string[]> {
    await this.page.evaluate(axe)
    return await this.page.evaluate(async () => {
      const { axe } = globalThis as unknown as {
        axe: {
          run: (what: Document) => Promise<{
            violations: { id: string; impact: string; nodes: { target: string[]; failureSummary: string }[] }[]
          }>
        }
      }
      const { violations } = await axe.run(document)
      return violations
        .filter((violation) => violation.impact === 'serious' || violation.impact === 'critical')
        .flatMap((violation) =>
          violation.nodes.map((node) => `${violation.id}: ${node.target.join(' ')}: ${node.failureSummary}`),
        )
    })
  }

  async close(): Promise<void> {
    await this.page.context().close()
  }
}
