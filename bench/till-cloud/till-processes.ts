import { readdirSync, readFileSync } from 'node:fs'

/**
 * Milliseconds of processor that a till has had, by what its processes are for. On a busy machine, where the clock on
 * the wall counts what others do, they still tell what the till's own work costs. Read from /proc: elsewhere nothing.
 */
export type ProcessorMs = Readonly<Record<'main' | 'pages' | 'browser', number>>

const TICK_MS = 10

/** `main` is the process that was started, `pages` are the windows with the core among them, `browser` is all the rest. */
export function tillProcessorMs(main: number): ProcessorMs {
  const family = descendants(main)
  const spent = { main: 0, pages: 0, browser: 0 }
  for (const pid of family) {
    const ms = ticksOf(pid) * TICK_MS
    if (pid === main) spent.main += ms
    else if (commandOf(pid).includes('--type=renderer')) spent.pages += ms
    else spent.browser += ms
  }
  return spent
}

function descendants(root: number): number[] {
  const children = new Map<number, number[]>()
  for (const name of read(() => readdirSync('/proc')) ?? []) {
    const parent = Number(statOf(Number(name))?.[1])
    if (/^\d+$/.test(name) && parent > 0) children.set(parent, [...(children.get(parent) ?? []), Number(name)])
  }
  const family = [root]
  for (let at = 0; at < family.length; at++) family.push(...(children.get(family[at]!) ?? []))
  return family
}

function ticksOf(pid: number): number {
  const fields = statOf(pid)
  return fields === undefined ? 0 : Number(fields[11]) + Number(fields[12])
}

const commandOf = (pid: number): string => read(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')) ?? ''

/** Everything behind the name in parentheses, which may hold spaces. */
const statOf = (pid: number): string[] | undefined =>
  read(() => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' '))

/** Undefined where the process has ended meanwhile, or where there is no /proc. */
function read<T>(from: () => T): T | undefined {
  try {
    return from()
  } catch {
    return undefined
  }
}
