import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CoreReply } from '../../shared/core-api.ts'
import { detailOf, posProblems } from '../../shared/pos-api/problems.ts'
import { problemDocument } from '../../shared/problem.ts'
import { syncFolder, writeAtomically } from '../atomic-file.ts'
import type { Log } from '../log.ts'
import type { Switchboard } from '../switchboard.ts'
import { readAsked } from './commands.ts'
import { decoded, type Encoding, encoded, isUtf16 } from './encoding.ts'
import { flatText, parseFlat } from './flat.ts'

/**
 * The exchange folder: `in` for requests, `out` for results under the same name, `work` for what is being answered,
 * `bad` for what cannot be read. A request is taken by a rename, asked of the core under a key of its own, its result
 * written and synced, the request removed, the result moved to `out`. Wherever that is cut short, the next start does
 * the rest: what is still in `work` is asked again under the same key and books nothing twice; a result whose request
 * is gone only has to be moved. So there is one result for each request.
 */
export interface ExchangeFolder {
  /** Takes what is there, one after the other; resolves when nothing is left. */
  readonly turn: () => Promise<void>
}

export interface ExchangeOptions {
  readonly folder: string
  readonly call: Switchboard['call']
  readonly log: Log
  readonly pause: (ms: number) => Promise<void>
  /** The till closes: what the core has not answered for stays in `work` for the next start. */
  readonly isClosing?: () => boolean
}

const SIZE_MAX = 1024 * 1024
/** A request that took the app down so often is not asked again. */
const STARTS_MAX = 3
/** How often a core that is starting, or a disk that is full, is asked again before the register hears of it. */
const BUSY_TRIES = 20
const BUSY_PAUSE_MS = 1_000
const RESULT = '.result'
const STARTS = '.starts'
const DRAFT = '.draft'
const NAMES_ALLOWED = 'letters, digits, _, - and ., at most 100 of them, a letter or a digit first'

type Place = 'in' | 'out' | 'work' | 'bad'

interface Answer {
  readonly result: object
  readonly encoding: Encoding
  readonly isPoison: boolean
}

export function openExchange(options: ExchangeOptions): ExchangeFolder {
  const { folder, call, log, pause, isClosing = () => false } = options
  const at = (place: Place, name = '') => join(folder, place, name)
  for (const place of ['in', 'out', 'work', 'bad'] as const) mkdirSync(at(place), { recursive: true })

  /** What an earlier run left in the middle. */
  function recover(): void {
    const left = readdirSync(at('work'))
    for (const name of left.filter((each) => each.endsWith(DRAFT))) rmSync(at('work', name), { force: true })
    for (const name of left.filter((each) => each.endsWith(RESULT))) {
      const request = name.slice(0, -RESULT.length)
      if (left.includes(request)) rmSync(at('work', name), { force: true })
      else publish(request)
    }
    for (const name of left.filter((each) => left.includes(`${each}${STARTS}`))) {
      writeAtomically(at('work', `${name}${STARTS}`), String(startsOf(name) + 1))
    }
  }

  const startsOf = (name: string): number =>
    existsSync(at('work', `${name}${STARTS}`)) ? Number(readFileSync(at('work', `${name}${STARTS}`), 'utf8')) : 0

  /** The last step: from here on the register may have it. */
  function publish(name: string): void {
    rmSync(at('work', `${name}${STARTS}`), { force: true })
    renameSync(at('work', `${name}${RESULT}`), at('out', name))
    syncFolder(at('out'))
  }

  /** In the order of their names. A folder is nobody's request, whatever it is called. */
  const requestsIn = (place: Place): string[] => {
    const found = readdirSync(at(place), { withFileTypes: true })
    return found.flatMap((entry) => (entry.isFile() && isRequest(entry.name) ? [entry.name] : [])).sort()
  }

  async function turn(): Promise<void> {
    for (const name of requestsIn('work')) {
      if (isClosing()) return
      await one(name)
    }
    setMisnamedAside()
    for (;;) {
      const waiting = requestsIn('in')
      if (waiting.length === 0) return
      for (const name of waiting) {
        if (isClosing()) return
        try {
          renameSync(at('in', name), at('work', name))
        } catch (error) {
          // Windows: whoever wrote it still has it open. The next turn finds it.
          log('warn', 'a request in the exchange folder could not be taken', { name, error: String(error) })
          return
        }
        syncFolder(at('work'))
        syncFolder(at('in'))
        await one(name)
      }
    }
  }

  /** A finished request whose name says nothing to us would wait for ever: it is refused like any other mistake. */
  function setMisnamedAside(): void {
    for (const entry of readdirSync(at('in'), { withFileTypes: true })) {
      const { name } = entry
      if (!entry.isFile() || !isMisnamed(name)) continue
      log('warn', 'a request in the exchange folder was set aside', { name, code: 'bad_request' })
      const wrong = { path: '(name)', found: JSON.stringify(name), allowed: NAMES_ALLOWED }
      const result = refusal(name, 'bad_request', { errors: [wrong] })
      const text = isJson(name) ? `${JSON.stringify(result, null, 2)}\n` : flatText(result)
      // Beside a draft of the usual kind: a name of 255 bytes has no room for an ending.
      const draft = at('work', `misnamed${DRAFT}`)
      try {
        writeAtomically(draft, text)
        renameSync(draft, at('out', name))
        syncFolder(at('out'))
        renameSync(at('in', name), at('bad', name))
      } catch (error) {
        log('warn', 'a request in the exchange folder could not be taken', { name, error: String(error) })
      }
    }
  }

  async function one(name: string): Promise<void> {
    const answer = await answered(name)
    if (answer === undefined) return
    const { result, encoding, isPoison } = answer
    const text = isJson(name) ? `${JSON.stringify(result, null, 2)}\n` : flatText(result)
    writeAtomically(at('work', `${name}${RESULT}`), encoded(text, encoding))
    if (isPoison) renameSync(at('work', name), at('bad', name))
    else rmSync(at('work', name))
    syncFolder(at('work'))
    publish(name)
  }

  /** Undefined: the till closes, and nobody answered. */
  async function answered(name: string): Promise<Answer | undefined> {
    const poison = (code: string, extra: Record<string, unknown>, encoding: Encoding = 'utf-8') => {
      log('warn', 'a request in the exchange folder was set aside', { name, code })
      return { result: refusal(name, code, extra), encoding, isPoison: true }
    }
    if (startsOf(name) >= STARTS_MAX) return poison('set_aside', {})
    if (statSync(at('work', name)).size > SIZE_MAX) return poison('too_large', { allowedBytes: SIZE_MAX })
    const bytes = readFileSync(at('work', name))
    if (isUtf16(bytes)) {
      return poison('bad_request', { errors: [{ path: '(file)', found: 'UTF-16', allowed: 'UTF-8 or Windows-1251' }] })
    }
    const { text, encoding } = decoded(bytes)
    let content: unknown
    try {
      content = isJson(name) ? JSON.parse(text.replace(/^\uFEFF/, '')) : parseFlat(text)
    } catch (error) {
      const found = (error as Error).message.slice(0, 160)
      const allowed = isJson(name) ? 'JSON' : 'name=value in each line'
      return poison('bad_request', { errors: [{ path: '(file)', found, allowed }] }, encoding)
    }
    const read = readAsked(name, content)
    if (!read.ok) return poison('bad_request', { errors: read.errors }, encoding)
    const { command, method, params } = read.asked
    // Whoever goes down from here on did so while this was asked. It need not outlive a power cut.
    writeFileSync(at('work', `${name}${STARTS}`), String(startsOf(name)))
    const reply = await asked(method, params)
    rmSync(at('work', `${name}${STARTS}`), { force: true }) // it took nobody down
    if (reply === undefined) return undefined
    const result = reply.ok
      ? { status: 'ok', command, ...(reply.value ?? {}) }
      : { command, ...refusal(name, reply.reason, reply.detail) }
    return { result, encoding, isPoison: false }
  }

  async function asked(method: Parameters<Switchboard['call']>[0], params: unknown) {
    for (let left = BUSY_TRIES; ; left--) {
      const reply: CoreReply<unknown> = await call(method, params)
      const isBusy = !reply.ok && posProblems[reply.reason]?.retryAfterS !== undefined
      if (isBusy && isClosing()) return undefined
      if (!isBusy || left <= 1) return reply
      await pause(BUSY_PAUSE_MS)
    }
  }

  recover()
  return { turn }
}

/** The same problem document as over HTTP, with the word that a register looks for first. */
function refusal(name: string, code: string, detail: unknown): object {
  const { status, title } = posProblems[code] ?? posProblems.internal!
  const facts = typeof detail === 'object' && detail !== null && !Array.isArray(detail) ? detail : {}
  const { status: httpStatus, ...problem } = problemDocument(status, code, title, {
    ...facts,
    ...detailOf(detail),
    requestId: name,
  })
  return { status: 'refused', httpStatus, ...problem, code }
}

/** Names that a register gives a finished request; whatever else lies there is still being written, or not for us. */
const isRequest = (name: string): boolean => /^[\p{L}\p{N}][\p{L}\p{N}_.-]{0,99}\.(json|txt)$/iu.test(name)
/** Named like a finished request but for a character; what programs write aside has a mark before it. */
const isMisnamed = (name: string): boolean => /^[^.~_].*\.(json|txt)$/isu.test(name) && !isRequest(name)
const isJson = (name: string): boolean => /\.json$/i.test(name)
