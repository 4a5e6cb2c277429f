/** The tests of the suites, kept so that they can be run as often as there are mutants without loading anything again. */
export interface RegisteredTest {
  /** File and full name: what Stryker knows a test by. */
  readonly id: string
  readonly run: () => unknown
}

const tests = new Map<string, RegisteredTest>()
let file = ''
let around: readonly string[] = []

/** Loads a suite; what it registers bears the file's name. */
export async function load(path: string, from: () => Promise<unknown>): Promise<void> {
  file = path
  await from()
}

/** A group as Vitest's `describe`: its name stands before those of its tests. */
export function group(name: string, body: () => void): void {
  const outside = around
  around = [...around, name]
  try {
    body()
  } finally {
    around = outside
  }
}

/** Two tests of one name would be one for Stryker, so the second is told apart by a number. */
export function register(name: string, run: () => unknown): void {
  const named = `${file}#${[...around, name].join(' ')}`
  let id = named
  for (let again = 2; tests.has(id); again++) id = `${named} (${again})`
  tests.set(id, { id, run })
}

/** All that were loaded, in their order. */
export const registered = (): readonly RegisteredTest[] => [...tests.values()]
