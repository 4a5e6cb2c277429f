import { EventEmitter } from 'node:events'
import pg from 'pg'

/** Milliseconds that statements took, by what they are for: from handing one to the driver to having its answer. */
export type Spent = Map<string, number>

const KINDS: readonly (readonly [RegExp, string])[] = [
  [/^begin|^start transaction|^set transaction/, 'begin'],
  [/^commit/, 'commit'],
  [/^insert into "?feed_pending/, 'feed notes'],
  [/feed_pending|^insert into "?feed"?|feed_shard/, 'sequencer'],
  [/(insert into|copy) "?entry"?/, 'save entries'],
  [/device_stream/, 'lock and move the stream'],
  [/^select/, 'load'],
  [/"?sale"?/, 'save sales'],
  [/"?lot"?/, 'save lots'],
  [/"?account"?/, 'save accounts'],
  [/"?member"?/, 'save members'],
]

/** Runs some work and tells what its statements took; the driver is as it was afterwards. */
export async function timingStatements<T>(work: () => Promise<T>): Promise<{ result: T; spent: Spent }> {
  const spent: Spent = new Map()
  const prototype = pg.Client.prototype as unknown as { query: (...args: unknown[]) => unknown }
  const { query } = prototype
  prototype.query = function timed(this: unknown, ...args: unknown[]) {
    const from = performance.now()
    const answer = query.apply(this, args)
    const text = typeof args[0] === 'string' ? args[0] : ((args[0] as { text?: string } | undefined)?.text ?? '')
    const done = () => add(spent, kindOf(text), performance.now() - from)
    if (answer instanceof Promise) answer.then(done, done)
    else if (answer instanceof EventEmitter) answer.once('finish', done)
    return answer
  }
  try {
    return { result: await work(), spent }
  } finally {
    prototype.query = query
  }
}

function kindOf(text: string): string {
  const statement = text
    .replace(/^\s*\/\*.*?\*\//, '')
    .trim()
    .toLowerCase()
  return KINDS.find(([pattern]) => pattern.test(statement))?.[1] ?? 'other statements'
}

export function add(spent: Spent, kind: string, ms: number): void {
  spent.set(kind, (spent.get(kind) ?? 0) + ms)
}
