import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Processes by what they were started with, on systems that have /proc. */
function processes(): readonly { readonly pid: number; readonly args: readonly string[] }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        return [{ pid: Number(name), args: readFileSync(join('/proc', name, 'cmdline'), 'utf8').split('\0') }]
      } catch {
        return [] // it has ended meanwhile
      }
    })
}

/** The browser of one profile, or the processes that it has for pages. */
export function browserOf(profile: string, which: 'browser' | 'renderers'): readonly number[] {
  const ofProfile = processes().filter(({ args }) => args.some((arg) => arg.startsWith(`--user-data-dir=${profile}`)))
  const isRenderer = (args: readonly string[]) => args.includes('--type=renderer')
  const isBrowser = (args: readonly string[]) => !args.some((arg) => arg.startsWith('--type='))
  return ofProfile.filter(({ args }) => (which === 'browser' ? isBrowser : isRenderer)(args)).map(({ pid }) => pid)
}

/** SIGKILL; one that has ended already is as good. */
export function killAtOnce(pid: number): boolean {
  try {
    process.kill(pid, 'SIGKILL')
    return true
  } catch {
    return false
  }
}
