import type { EventEmitter } from 'node:events'
import { beforeEach, expect, test, vi } from 'vitest'
import { openCoreWindow } from '../../electron/core-window.ts'

/** The window of the core is brought back, whatever those before it still say. */

const { opened } = vi.hoisted(() => ({ opened: [] as { readonly webContents: EventEmitter }[] }))

vi.mock('electron', async () => {
  const events = await import('node:events')
  class Window extends events.EventEmitter {
    readonly webContents = new events.EventEmitter()
    constructor() {
      super()
      opened.push(this)
    }
    loadURL = async () => {}
    isDestroyed = () => false
    destroy = () => {}
  }
  return { BrowserWindow: Window }
})

const open = () =>
  openCoreWindow(
    'preload.cjs',
    () => {},
    () => {},
  )
const crash = () => opened.at(-1)!.webContents.emit('render-process-gone', {}, { reason: 'crashed' })

beforeEach(() => {
  vi.useFakeTimers()
  opened.length = 0
})

test('one that is gone before it has heard who it is keeps none from being opened in its place', () => {
  const core = open()
  const first = core.window()
  crash()
  expect(core.isReady(first)).toBe(false)
  vi.advanceTimersByTime(1_000)
  expect(opened).toHaveLength(2)
  const second = core.window()
  expect(core.isReady(first)).toBe(false)
  vi.advanceTimersByTime(31_000) // the second does not come up
  expect(opened).toHaveLength(3)
  expect(core.isReady(second)).toBe(false)
  expect(core.isReady(core.window())).toBe(true)
  vi.advanceTimersByTime(120_000)
  expect(opened).toHaveLength(3)
  core.close()
})

test('none is opened any more once the till is being closed', () => {
  const core = open()
  core.close()
  core.restart()
  vi.advanceTimersByTime(60_000)
  expect(opened).toHaveLength(1)
})
