import { EventEmitter } from 'node:events'
import type * as Electron from 'electron'
import type { Page } from 'playwright-core'
import { appEvents } from './app-events.ts'
import { browserContext, isHeadless, newPage } from './chromium.ts'
import { StandInWebContents } from './web-contents.ts'

const windows = new Set<BrowserWindow>()

/** A Chromium window or page as Electron's BrowserWindow. Always-on-top is only remembered: Chromium cannot. */
export class BrowserWindow {
  static getAllWindows(): BrowserWindow[] {
    return [...windows]
  }

  readonly webContents: Electron.WebContents
  readonly #contents: StandInWebContents
  readonly #emitter = new EventEmitter()
  readonly #page: Promise<Page>
  #bounds: Electron.Rectangle
  #onTop: boolean
  #destroyed = false

  constructor(options: Electron.BrowserWindowConstructorOptions = {}) {
    windows.add(this)
    this.#bounds = { x: options.x ?? 0, y: options.y ?? 0, width: options.width ?? 800, height: options.height ?? 600 }
    this.#onTop = options.alwaysOnTop ?? false
    this.#page = newPage(options.show !== false)
    this.#contents = new StandInWebContents(this.#page, options.webPreferences?.preload)
    this.webContents = this.#contents as unknown as Electron.WebContents
    appEvents.emit('web-contents-created', {}, this.webContents)
    this.#page.then(
      (page) => {
        page.on('close', () => this.#gone())
        if (options.show !== false || isHeadless()) this.setBounds(this.#bounds)
      },
      () => this.#gone(),
    )
  }

  loadURL(url: string): Promise<void> {
    return this.#contents.load(url)
  }

  on(name: string, listener: (...args: never[]) => void): this {
    this.#emitter.on(name, listener as (...args: unknown[]) => void)
    return this
  }

  isDestroyed(): boolean {
    return this.#destroyed
  }

  isMinimized(): boolean {
    return false
  }

  restore(): void {}

  show(): void {}

  isFocused(): boolean {
    return false
  }

  blur(): void {}

  focus(): void {
    void this.#page.then((page) => page.bringToFront()).catch(() => {})
  }

  destroy(): void {
    this.#gone()
    void this.#page.then((page) => page.close()).catch(() => {})
  }

  getBounds(): Electron.Rectangle {
    return this.#bounds
  }

  setBounds(bounds: Partial<Electron.Rectangle>): void {
    this.#bounds = { ...this.#bounds, ...bounds }
    void this.#page.then((page) => place(page, this.#bounds)).catch(() => {})
  }

  setAlwaysOnTop(flag: boolean): void {
    this.#onTop = flag
  }

  isAlwaysOnTop(): boolean {
    return this.#onTop
  }

  #gone(): void {
    if (this.#destroyed) return
    this.#destroyed = true
    windows.delete(this)
    this.#emitter.emit('closed')
  }
}

async function place(page: Page, bounds: Electron.Rectangle): Promise<void> {
  if (isHeadless()) return page.setViewportSize({ width: bounds.width, height: bounds.height })
  const session = await browserContext().newCDPSession(page)
  const { windowId } = await session.send('Browser.getWindowForTarget')
  const { x: left, y: top, width, height } = bounds
  await session.send('Browser.setWindowBounds', { windowId, bounds: { left, top, width, height } })
  await session.detach()
}

type Used = Pick<
  Electron.BrowserWindow,
  | 'loadURL'
  | 'isDestroyed'
  | 'isMinimized'
  | 'restore'
  | 'show'
  | 'focus'
  | 'isFocused'
  | 'blur'
  | 'destroy'
  | 'getBounds'
  | 'setBounds'
  | 'setAlwaysOnTop'
  | 'isAlwaysOnTop'
  | 'webContents'
>
type Fits<T extends Used> = T
/** What the app uses of BrowserWindow is as Electron types it. */
export type Checked = Fits<BrowserWindow>
