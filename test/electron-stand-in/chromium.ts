import { mkdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { type BrowserContext, type CDPSession, chromium, type Page } from 'playwright-core'
import { CHROMIUM, findProgram, HEADLESS_CHROMIUM } from '../../commands/system-packages.ts'
import { serve } from './protocol.ts'

/** The system's Chromium as a windowing system: one persistent context per profile. */
const LAUNCH_ATTEMPTS = 20

let context: BrowserContext | undefined
let browserSession: CDPSession | undefined
let firstPage: Page | undefined
let size = { width: 1280, height: 800 }
let headless = true
let onGone = () => {}

export const isHeadless = () => headless
export const screenSize = () => size

/** Where the system keeps a Chromium; BONUSBOOK_CHROMIUM names another. */
export function chromiumPath(): string {
  const found = process.env.BONUSBOOK_CHROMIUM ?? findProgram(CHROMIUM)
  if (found === undefined) throw new Error('no Chromium found: install one, or name it in BONUSBOOK_CHROMIUM')
  return found
}

/** What opens pages that nobody sees: the engine without windows where there is one, else Chromium. */
export function headlessChromiumPath(): string {
  const isNamed = process.env.BONUSBOOK_CHROMIUM !== undefined
  return (isNamed ? undefined : findProgram(HEADLESS_CHROMIUM)) ?? chromiumPath()
}

/** Starts Chromium on a profile folder. A browser whose main process was killed lets go of it only after a moment. */
export async function launch(folder: string, switches: ReadonlyMap<string, string>, gone: () => void): Promise<void> {
  headless = switches.get('ozone-platform') === 'headless'
  onGone = gone
  mkdirSync(folder, { recursive: true })
  const debugging = switches.get('remote-debugging-port')
  const executablePath = headless ? headlessChromiumPath() : chromiumPath()
  for (let attempt = 1; context === undefined; attempt += 1) {
    try {
      context = await chromium.launchPersistentContext(folder, {
        executablePath,
        headless,
        chromiumSandbox: process.getuid?.() !== 0,
        viewport: null,
        serviceWorkers: 'block',
        handleSIGINT: false,
        handleSIGTERM: false,
        handleSIGHUP: false,
        ignoreDefaultArgs: ['--enable-automation'],
        args: [
          '--test-type',
          '--no-first-run',
          ...(headless ? [] : ['--app=data:text/html,<title>Bonusbook</title>']),
          ...(debugging === undefined ? [] : [`--remote-debugging-port=${debugging}`]),
        ],
      })
    } catch (error) {
      if (attempt === LAUNCH_ATTEMPTS || !/ProcessSingleton/.test(String(error))) throw error
      await sleep(150)
    }
  }
  context.on('close', () => onGone())
  await context.route('**/*', serve)
  firstPage = context.pages()[0]
  browserSession = await context.browser()?.newBrowserCDPSession()
  if (!headless && firstPage !== undefined) {
    size = await firstPage.evaluate(() => ({ width: window.screen.availWidth, height: window.screen.availHeight }))
  }
}

export function browserContext(): BrowserContext {
  if (context === undefined) throw new Error('a window before the app is ready')
  return context
}

/** A page for a new window. The first shown one takes the browser's own window; hidden ones stay out of the way. */
export async function newPage(shown: boolean): Promise<Page> {
  const browser = browserContext()
  if (shown && firstPage !== undefined && !firstPage.isClosed()) {
    const page = firstPage
    firstPage = undefined
    return page
  }
  if (headless) return browser.newPage()
  const arrived = browser.waitForEvent('page')
  await browserSession?.send('Target.createTarget', {
    url: 'about:blank',
    newWindow: true,
    windowState: shown ? 'normal' : 'minimized',
  })
  const page = await arrived
  if (!shown) await tuckAway(page)
  return page
}

/** Where no window manager minimises, a hidden window stands small behind the first one, in its corner. */
async function tuckAway(page: Page): Promise<void> {
  const { windowId, bounds } = await (await browserContext().newCDPSession(page)).send('Browser.getWindowForTarget')
  if (bounds.windowState === 'minimized') return
  const corner = { left: size.width - 1, top: size.height - 1, width: 100, height: 100 }
  await browserSession?.send('Browser.setWindowBounds', { windowId, bounds: corner })
}

/** Grants or denies what a page may ask for, as the app's own handler decided. */
export async function setPermission(origin: string, name: string, granted: boolean): Promise<void> {
  await browserSession
    ?.send('Browser.setPermission', { origin, permission: { name }, setting: granted ? 'granted' : 'denied' })
    .catch(() => {}) // not every permission is known to every Chromium
}

export async function close(): Promise<void> {
  onGone = () => {}
  await context?.close().catch(() => {})
}
