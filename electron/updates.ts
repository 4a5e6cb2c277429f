import type { Settings } from '../shared/desktop-api.ts'
import type { Log } from './log.ts'

/**
 * New versions come from the publisher's address that the installer was built with. They are fetched in the background
 * and put in place when the app is quit, never under a cashier's hands; an older version is never installed over the
 * data of a newer one.
 */
export interface Updates {
  /** The settings say which channel, or none. */
  readonly refresh: () => void
  readonly close: () => void
}

/** What the updater is asked for; electron-updater's `autoUpdater` is one. */
export interface Updater {
  channel: string | null
  allowDowngrade: boolean
  autoDownload: boolean
  autoInstallOnAppQuit: boolean
  checkForUpdates(): Promise<unknown>
}

export interface UpdatesOptions {
  readonly settings: () => Settings
  /** null where the app runs from its sources: there is nothing to put another version over. */
  readonly updater: (() => Promise<Updater>) | null
  readonly log: Log
}

const CHECK_EVERY_MS = 4 * 60 * 60 * 1000

export function openUpdates({ settings, updater, log }: UpdatesOptions): Updates {
  let timer: NodeJS.Timeout | undefined

  async function check(): Promise<void> {
    const channel = settings().updates
    if (updater === null || channel === 'off') return
    try {
      const own = await updater()
      own.channel = channel === 'stable' ? 'latest' : channel
      own.allowDowngrade = false // setting a channel switches it on
      own.autoDownload = true
      own.autoInstallOnAppQuit = true
      await own.checkForUpdates()
    } catch (error) {
      log('warn', 'could not look for a new version', { channel, error: String(error) })
    }
  }

  function refresh(): void {
    clearInterval(timer)
    if (updater === null || settings().updates === 'off') return
    timer = setInterval(() => void check(), CHECK_EVERY_MS)
    timer.unref()
    void check()
  }

  refresh()
  return { refresh, close: () => clearInterval(timer) }
}
