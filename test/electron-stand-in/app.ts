import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import type * as Electron from 'electron'
import { appEvents as emitter } from './app-events.ts'
import { BrowserWindow } from './browser-window.ts'
import * as chromium from './chromium.ts'
import { emitPreventable } from './emitter.ts'
import { takeInstanceLock } from './single-instance.ts'

const switches = new Map<string, string>()
const paths = new Map<string, string>([['userData', join(homedir(), '.config', 'bonusbook')]])
const manifest = nearestManifest(dirname(process.argv[1] ?? '.'))

let ready: Promise<void> | undefined
let quitting = false

const chromiumFolder = () => join(paths.get('userData')!, 'chromium')

async function quit(): Promise<void> {
  if (quitting) return
  if (!emitPreventable(emitter, 'before-quit')) return
  for (const window of BrowserWindow.getAllWindows()) window.destroy()
  if (!emitPreventable(emitter, 'will-quit')) return
  await exit(0)
}

async function exit(code: number): Promise<void> {
  quitting = true
  await chromium.close()
  process.exit(code)
}

/** Electron's `on` gives the app back. */
const self = (): Electron.App => app as unknown as Electron.App

export const app = {
  isPackaged: false,
  whenReady: () => {
    // On the next turn, so that switches set by the module that asks are all there.
    ready ??= Promise.resolve()
      .then(() => chromium.launch(chromiumFolder(), switches, () => quit()))
      .then(() => {
        emitter.emit('ready')
      })
    return ready
  },
  on: ((name: string, listener: (...args: unknown[]) => void) => {
    emitter.on(name, listener)
    return self()
  }) as Electron.App['on'],
  quit: () => void quit(),
  exit: (code = 0) => void exit(code),
  getVersion: () => manifest.version,
  getPath: (name: string) => {
    const path = paths.get(name)
    if (path === undefined) throw new Error(`Failed to get '${name}' path`)
    return path
  },
  setPath: (name: string, path: string) => void paths.set(name, path),
  setAppUserModelId: () => {},
  enableSandbox: () => {},
  requestSingleInstanceLock: () =>
    takeInstanceLock(chromiumFolder(), () => emitter.emit('second-instance', {}, [], process.cwd(), {})),
  commandLine: {
    appendSwitch: (name: string, value = '') => void switches.set(name, value),
  } as Electron.CommandLine,
} satisfies Pick<
  Electron.App,
  | 'isPackaged'
  | 'whenReady'
  | 'on'
  | 'quit'
  | 'exit'
  | 'getVersion'
  | 'getPath'
  | 'setPath'
  | 'setAppUserModelId'
  | 'enableSandbox'
  | 'requestSingleInstanceLock'
  | 'commandLine'
>

/** The package the built main belongs to, wherever it was built to. */
function nearestManifest(folder: string): { version: string } {
  const file = join(folder, 'package.json')
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'))
  return dirname(folder) === folder ? { version: '0.0.0' } : nearestManifest(dirname(folder))
}
