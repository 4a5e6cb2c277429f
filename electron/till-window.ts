import { BrowserWindow, screen } from 'electron'
import type { Settings } from '../shared/desktop-api.ts'
import type { Log } from './log.ts'
import { TILL_PAGE } from './origin.ts'
import { dockedBounds } from './till-bounds.ts'

/** The cashier's window: a narrow panel at one side of the screen, or all of it. */
export interface TillWindow {
  readonly window: () => BrowserWindow | null
  /** To the front; opened again where it was closed. */
  readonly show: () => void
  /** To the front, or back behind whatever had the focus. */
  readonly toggle: () => void
  readonly apply: (settings: Settings) => void
  readonly close: () => void
}

const REOPEN_AFTER_MS = 300

export function createTillWindow(
  options: { preload: string; visible: boolean; devTools: boolean; settings: () => Settings },
  log: Log,
): TillWindow {
  let window: BrowserWindow | null = null
  let closed = false

  function open(): void {
    const settings = options.settings()
    const opened = new BrowserWindow({
      ...dockedBounds(screen.getPrimaryDisplay().workArea, settings.dock),
      show: options.visible,
      title: 'Bonusbook',
      alwaysOnTop: settings.alwaysOnTop,
      backgroundColor: '#ffffff',
      webPreferences: {
        preload: options.preload,
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        // A dictionary would be fetched from outside.
        spellcheck: false,
        devTools: options.devTools,
        // A code must not be lost because another program's window has the focus of the screen.
        backgroundThrottling: false,
      },
    })
    window = opened
    opened.on('closed', () => {
      if (window === opened) window = null
    })
    opened.webContents.on('render-process-gone', (_event, details) => {
      if (closed || window !== opened) return
      log('error', 'the till window is gone and is opened again', { reason: details.reason })
      window = null
      if (!opened.isDestroyed()) opened.destroy()
      setTimeout(() => {
        if (!closed && window === null) open()
      }, REOPEN_AFTER_MS)
    })
    opened
      .loadURL(TILL_PAGE)
      .catch((error: unknown) => log('error', 'the till page did not load', { error: String(error) }))
  }

  function apply(settings: Settings): void {
    if (window === null || window.isDestroyed()) return
    window.setBounds(dockedBounds(screen.getPrimaryDisplay().workArea, settings.dock))
    window.setAlwaysOnTop(settings.alwaysOnTop)
  }

  function show(): void {
    if (window === null) {
      open()
      return
    }
    if (window.isMinimized()) window.restore()
    window.show()
    window.focus()
  }

  screen.on('display-metrics-changed', () => apply(options.settings()))
  return {
    window: () => window,
    show,
    toggle: () => {
      if (window?.isFocused() === true) window.blur()
      else show()
    },
    apply,
    close: () => {
      closed = true
      if (window !== null && !window.isDestroyed()) window.destroy()
      window = null
    },
  }
}
