import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { run } from './run.ts'

/** What the product needs of the system, by program, with the Debian package that brings it. */
export interface SystemProgram {
  readonly program: string
  /** Other names and places under which it may be found. */
  readonly also: readonly string[]
  readonly debianPackage: string
  readonly why: string
}

export const CHROMIUM: SystemProgram = {
  program: 'chromium',
  also: [
    'chromium-browser',
    'google-chrome',
    'google-chrome-stable',
    'microsoft-edge',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
    'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
  ],
  debianPackage: 'chromium',
  why: 'the till runs on it where the Electron binary is not installed',
}

/** The same engine without windows, as Playwright itself uses it: a page opens in half the time. */
export const HEADLESS_CHROMIUM: SystemProgram = {
  program: 'chromium-headless-shell',
  also: [],
  debianPackage: 'chromium-headless-shell',
  why: 'tests without a window open their pages in it, in half the time',
}

export const SOCAT: SystemProgram = {
  program: 'socat',
  also: [],
  debianPackage: 'socat',
  why: 'the tests make serial ports with it',
}

/** The full path of a program, or undefined where it is not installed. */
export function findProgram(wanted: SystemProgram): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter)
  for (const name of [wanted.program, ...wanted.also]) {
    const places = name.includes('/') || name.includes('\\') ? [name] : folders.map((folder) => join(folder, name))
    const found = places.find((place) => existsSync(place))
    if (found !== undefined) return found
  }
  return undefined
}

/**
 * The full path of a program, installed from the system's packages first if it is missing and we are root, and said so
 * on `say`. Throws a sentence that says what to do where it can't be had.
 */
export async function ensureProgram(wanted: SystemProgram, say: (line: string) => void): Promise<string> {
  const found = findProgram(wanted)
  if (found !== undefined) return found
  const install = `apt-get install -y ${wanted.debianPackage}`
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    throw new Error(`${wanted.program} is not installed (${wanted.why}). Install it, for example: sudo ${install}`)
  }
  say(`${wanted.program} is missing (${wanted.why}); installing Debian's package ${wanted.debianPackage} …`)
  const quiet = {
    stdio: ['ignore', 'ignore', 'inherit'] as ('ignore' | 'inherit')[],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  }
  await run('apt-get', ['update', '-qq'], quiet)
  const code = await run('apt-get', ['install', '-y', '-qq', wanted.debianPackage], quiet)
  const installed = findProgram(wanted)
  if (code !== 0 || installed === undefined) throw new Error(`${install} failed with exit code ${code}`)
  say(`${wanted.program} is installed: ${installed}`)
  return installed
}
