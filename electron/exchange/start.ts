import { type FSWatcher, watch } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { DeviceStatus, Settings } from '../../shared/desktop-api.ts'
import type { Log } from '../log.ts'
import type { Switchboard } from '../switchboard.ts'
import { type ExchangeFolder, openExchange } from './folder.ts'

/** The exchange folder's life: looked at when the system says that something came, and every second besides. */
export interface Exchange {
  /** What keeps it from working; null where it works or is not wished for. */
  readonly trouble: () => DeviceStatus | null
  /** The settings changed. */
  readonly refresh: () => void
  readonly close: () => Promise<void>
}

export interface ExchangeParts {
  readonly environment: { readonly exchange: string | null }
  readonly settings: () => Settings
  readonly call: Switchboard['call']
  readonly onChange: () => void
  readonly log: Log
}

/** Network shares tell nobody that a file came. */
const LOOK_EVERY_MS = 1_000

export function startExchange({ environment, settings, call, onChange, log }: ExchangeParts): Exchange {
  let open: { readonly path: string; readonly folder: ExchangeFolder; readonly watcher: FSWatcher | null } | null = null
  let trouble: { readonly path: string; readonly message: string } | null = null
  let running: Promise<void> | null = null
  let again = false
  let closed = false

  const troubleNow = () => trouble?.message
  const wished = () => environment.exchange ?? settings().exchange.folder

  function refresh(): void {
    const path = wished()
    if (path === (open?.path ?? trouble?.path ?? null) && trouble === null) return
    open?.watcher?.close()
    open = null
    const before = troubleNow()
    trouble = null
    if (path !== null) {
      try {
        open = {
          path,
          folder: openExchange({ folder: path, call, log, pause: (ms) => pause(ms), isClosing: () => closed }),
          watcher: watcherOf(path),
        }
        log('info', 'the exchange folder is looked at', { path })
      } catch (error) {
        failed(path, error)
      }
    }
    if (troubleNow() !== before) onChange()
    look()
  }

  function watcherOf(path: string): FSWatcher | null {
    try {
      return watch(join(path, 'in'), look).on('error', () => {})
    } catch {
      return null // looking every second is enough
    }
  }

  function failed(path: string, error: unknown): void {
    trouble = { path, message: `${path}: ${(error as Error).message}` }
    log('error', 'the exchange folder cannot be used', { path, error: String(error) })
  }

  function look(): void {
    again = true
    running ??= turns().finally(() => {
      running = null
    })
  }

  async function turns(): Promise<void> {
    while (again && !closed && open !== null) {
      again = false
      const { path, folder } = open
      try {
        await folder.turn()
        if (trouble !== null) {
          trouble = null
          onChange()
        }
      } catch (error) {
        failed(path, error)
        onChange()
      }
    }
  }

  refresh()
  const timer = setInterval(() => (trouble === null ? look() : refresh()), LOOK_EVERY_MS)
  return {
    trouble: () =>
      trouble === null
        ? null
        : { kind: 'exchange', name: trouble.path, state: 'error', message: trouble.message, lastScanAt: null },
    refresh,
    close: async () => {
      closed = true
      clearInterval(timer)
      open?.watcher?.close()
      await running
    },
  }
}
