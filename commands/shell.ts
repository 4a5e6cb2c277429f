import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What the till runs on: the Electron binary where it is installed, else the stand-in over the system's Chromium. */
export type Shell =
  | { readonly kind: 'electron'; readonly program: string; readonly args: readonly string[] }
  | { readonly kind: 'stand-in'; readonly program: string; readonly args: readonly string[] }

/** Finds the shell without letting Electron's package try to download anything. `root` is the project's folder. */
export function findShell(root: string): Shell {
  const electron = electronBinary(root)
  const main = join(root, 'out', 'main', 'index.js')
  if (electron !== undefined) return { kind: 'electron', program: electron, args: [main] }
  const register = join(root, 'test', 'electron-stand-in', 'register.mjs')
  return { kind: 'stand-in', program: process.execPath, args: ['--import', register, main] }
}

function electronBinary(root: string): string | undefined {
  const folder = process.env.ELECTRON_OVERRIDE_DIST_PATH ?? join(root, 'node_modules', 'electron', 'dist')
  const names = { darwin: 'Electron.app/Contents/MacOS/Electron', win32: 'electron.exe' } as Record<string, string>
  const pathFile = join(root, 'node_modules', 'electron', 'path.txt')
  const name = existsSync(pathFile) ? readFileSync(pathFile, 'utf8').trim() : (names[process.platform] ?? 'electron')
  const binary = join(folder, name)
  return existsSync(binary) ? binary : undefined
}
