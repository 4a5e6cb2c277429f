import { BrowserWindow } from 'electron'
import type { Log } from './log.ts'
import { CORE_PAGE } from './origin.ts'

/** The hidden window in which the core's Worker lives. It outlives the visible one and comes back when it dies. */
export interface CoreWindow {
  readonly window: () => BrowserWindow | null
  /** The core in this window is up; false, and nothing is done, where another has taken its place meanwhile. */
  readonly isReady: (which: BrowserWindow | null) => boolean
  /** A new window in place of this one: the till has joined a programme, or something is stuck. */
  readonly restart: () => void
  readonly close: () => void
}

const FIRST_PAUSE_MS = 100
const PAUSE_MS_MAX = 10_000
/** After so long without a crash the next one is a first one again. */
const CALM_MS = 60_000
/** A core that has not come up by then is started again. */
const READY_WITHIN_MS = 30_000

export function openCoreWindow(preload: string, onDown: () => void, log: Log): CoreWindow {
  let window: BrowserWindow | null = null
  let pauseMs = FIRST_PAUSE_MS
  let timer: NodeJS.Timeout | undefined
  let closed = false

  function open(): void {
    const opened = new BrowserWindow({
      show: false,
      title: 'Bonusbook core',
      webPreferences: {
        preload,
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        // A dictionary would be fetched from outside.
        spellcheck: false,
        backgroundThrottling: false,
      },
    })
    window = opened
    opened.webContents.on('render-process-gone', (_event, details) => gone(opened, `core ${details.reason}`))
    opened.on('closed', () => gone(opened, 'core window closed'))
    timer = setTimeout(() => gone(opened, 'core did not come up'), READY_WITHIN_MS)
    opened.loadURL(CORE_PAGE).catch((error: unknown) => gone(opened, `core page: ${error}`))
  }

  function gone(which: BrowserWindow, why: string): void {
    if (closed || which !== window) return
    log('error', 'the core is gone and is brought back', { why, pauseMs })
    replaceAfter(pauseMs)
    pauseMs = Math.min(pauseMs * 2, PAUSE_MS_MAX)
  }

  function replaceAfter(ms: number): void {
    if (closed) return
    const old = window
    window = null
    clearTimeout(timer)
    onDown()
    if (old !== null && !old.isDestroyed()) old.destroy()
    timer = setTimeout(open, ms)
  }

  open()
  return {
    window: () => window,
    isReady: (which) => {
      if (which === null || which !== window) return false
      clearTimeout(timer)
      timer = setTimeout(() => {
        pauseMs = FIRST_PAUSE_MS
      }, CALM_MS)
      return true
    },
    restart: () => replaceAfter(0),
    close: () => {
      closed = true
      clearTimeout(timer)
      if (window !== null && !window.isDestroyed()) window.destroy()
      window = null
    },
  }
}
