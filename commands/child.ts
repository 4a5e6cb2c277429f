import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** A program of ours that runs beside this one, tells in one JSON line that it is ready, and ends on SIGTERM. */
export interface Child<Ready> {
  readonly ready: Ready
  readonly process: ChildProcess
  /** Resolves with the exit code; killed by a signal counts as 128. */
  readonly ended: Promise<number>
  /** SIGTERM, then SIGKILL to the whole group after `patienceMs`. */
  stop(patienceMs?: number): Promise<number>
  /** SIGKILL to the whole group, at once: what a power cut or a crash looks like. */
  kill(): Promise<number>
}

export interface ChildOptions {
  readonly name: string
  /** Left out: Node itself. */
  readonly program?: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly patienceMs?: number
  /** Everything the program says on both streams but the ready line, line by line. */
  readonly onLine?: (line: string) => void
}

const LINES_KEPT = 40

/**
 * Starts a Node program of the project in a process group of its own and waits for the JSON line that `isReady` knows
 * (log lines are JSON too). Throws a sentence with the program's last words where it ends or stays silent instead.
 */
export async function startChild<Ready>(
  isReady: (message: Record<string, unknown>) => boolean,
  options: ChildOptions,
): Promise<Child<Ready>> {
  const child = spawn(options.program ?? process.execPath, options.args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: { ...process.env, ...options.env },
  })
  const lastLines: string[] = []
  const ended = new Promise<number>((resolve) => {
    child.on('close', (code, signal) => resolve(code ?? (signal === null ? 1 : 128)))
  })
  const signalGroup = (signal: NodeJS.Signals) => {
    try {
      process.kill(-child.pid!, signal)
    } catch {
      // the group is gone already, which is what was wanted
    }
  }
  const ready = await new Promise<Ready>((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`${options.name} ${why}\n${lastLines.join('\n')}`))
    const timer = setTimeout(() => {
      signalGroup('SIGKILL')
      fail(`did not get ready in ${(options.patienceMs ?? 60_000) / 1000} s. Its last words:`)
    }, options.patienceMs ?? 60_000)
    const take = (line: string) => {
      const message = parsed(line)
      if (message !== undefined && isReady(message)) {
        clearTimeout(timer)
        resolve(message as Ready)
        return
      }
      lastLines.push(line)
      if (lastLines.length > LINES_KEPT) lastLines.shift()
      options.onLine?.(line)
    }
    createInterface({ input: child.stdout! }).on('line', take)
    createInterface({ input: child.stderr! }).on('line', take)
    child.on('error', (error) => fail(`could not be started: ${error.message}`))
    void ended.then((code) => {
      clearTimeout(timer)
      fail(`ended with exit code ${code} before it was ready. Its last words:`)
    })
  })
  return {
    ready,
    process: child,
    ended,
    async stop(patienceMs = 10_000) {
      child.kill('SIGTERM')
      const timer = setTimeout(() => signalGroup('SIGKILL'), patienceMs)
      const code = await ended
      clearTimeout(timer)
      signalGroup('SIGKILL')
      return code
    },
    async kill() {
      signalGroup('SIGKILL')
      return ended
    },
  }
}

function parsed(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    return JSON.parse(line) as Record<string, unknown>
  } catch {
    return undefined
  }
}
