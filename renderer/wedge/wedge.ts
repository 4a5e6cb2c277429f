import type { WedgeScan } from './scans.ts'
import { controlCharacter, usCharacter } from './us-layout.ts'

/**
 * Tells a keyboard-wedge scanner from a person's typing by timing and framing. Pure: one key and the state before go
 * in, the state after and what to do come out. The window's part is in `listen.ts`.
 *
 * idle → maybe (the first fast keys; they have reached the page) → scan (recognised; keys are swallowed) → idle.
 */

export interface WedgeSettings {
  /** The longest pause inside a scan. */
  readonly gapMs: number
  /** The shortest code that is a scan. */
  readonly minLength: number
  readonly prefix: string
  readonly suffix: string
  /** The keyboard that the scanner plays: a US one as most do, or one like the till's. */
  readonly layout: 'us' | 'as-till'
}

/** A key going down, with what the machine may know of it. */
export interface Key {
  /** The physical key: `KeyboardEvent.code`. */
  readonly code: string
  /** What the layout made of it, to give back what turned out to be typing. */
  readonly key: string
  readonly shift: boolean
  readonly ctrl: boolean
  readonly alt: boolean
  readonly meta: boolean
  /** `KeyboardEvent.timeStamp`: when it happened, however late it is handled. */
  readonly at: number
}

/** A key that has reached the page and may turn out to be a scan's. */
interface Early {
  readonly id: number
  /** As the scanner meant it. */
  readonly character: string
  /** As the layout had it: what the page gets back should this turn out to be typing. */
  readonly typed: string
  readonly at: number
}

/** Where a scan paused for longer than it should: what follows may be a person's. */
interface Pause {
  readonly text: number
  readonly typed: number
  readonly fastAfter: number
}

export interface WedgeState {
  readonly phase: 'idle' | 'maybe' | 'scan'
  readonly early: readonly Early[]
  readonly text: string
  readonly typed: string
  readonly firstAt: number
  readonly lastAt: number
  readonly pause: Pause | null
  /** Digits of an Alt code under way: Alt+0029. */
  readonly altDigits: string
  /** When a scan ended with its terminator: a second one right behind it belongs to it. */
  readonly endedAt: number
  readonly nextId: number
}

export type WedgeAction =
  /** A sequence may begin here: remember the fields as they are before this key reaches them. */
  | { readonly kind: 'remember'; readonly id: number }
  /** It is a scan that began with this key: put the fields back as remembered. `leaked`: what had reached the page. */
  | { readonly kind: 'restore'; readonly id: number; readonly leaked: string }
  | { readonly kind: 'scanned'; readonly scan: WedgeScan }
  /** It was typing after all: this text was swallowed and belongs to the page. */
  | { readonly kind: 'giveBack'; readonly text: string }

export interface WedgeStep {
  readonly state: WedgeState
  readonly actions: readonly WedgeAction[]
  /** The page must not see this key. */
  readonly swallow: boolean
}

export const IDLE: WedgeState = {
  phase: 'idle',
  early: [],
  text: '',
  typed: '',
  firstAt: 0,
  lastAt: 0,
  pause: null,
  altDigits: '',
  endedAt: Number.NEGATIVE_INFINITY,
  nextId: 1,
}

/** Keys at scanner speed before a scan is believed: three are a lucky roll of the fingers, four are not. */
const KEYS_TO_BELIEVE = 4
/** A code at a slow scanner's pace is known only by its end. */
export const EARLY_MAX = 64
/** The mean gap must lie well below the longest one allowed. */
const MEAN_SHARE = 0.7
const SILENCE_MS_MIN = 100
/** A first key that stands so far from the rest, measured by their own pace, was a person's. */
const APART_TIMES = 3
const APART_MS_MIN = 15
/** Fast keys after a pause that show that the scanner has only stumbled. */
const STUMBLED_KEYS = 2

/** How long nothing may come before what was collected is over. */
export function silenceMs(state: WedgeState): number {
  const gaps = Math.max(1, state.text.length - 1)
  return Math.max(SILENCE_MS_MIN, (5 * (state.lastAt - state.firstAt)) / gaps)
}

/** One key. `settings` may change between keys. */
export function press(before: WedgeState, key: Key, settings: WedgeSettings): WedgeStep {
  const { state, actions } = endIfSilent(before, key.at, settings)
  return after(actions, take(state, key, settings))
}

/** Time has passed: ends what nobody continues. */
export function silence(before: WedgeState, now: number, settings: WedgeSettings): WedgeStep {
  return { ...endIfSilent(before, now, settings), swallow: false }
}

/** Alt was let go: the digits typed under it are one character ("ALT mode" scanners). */
export function releaseAlt(before: WedgeState, at: number, settings: WedgeSettings): WedgeStep {
  if (before.altDigits === '') return { state: before, actions: [], swallow: false }
  const character = String.fromCharCode(Number(before.altDigits) % 256)
  return add({ ...before, altDigits: '' }, character, '', at, settings)
}

const after = (actions: readonly WedgeAction[], step: WedgeStep): WedgeStep => ({
  ...step,
  actions: [...actions, ...step.actions],
})
const rested = (state: WedgeState, endedAt = Number.NEGATIVE_INFINITY): WedgeState => ({
  ...IDLE,
  nextId: state.nextId,
  endedAt,
})
const passed = (state: WedgeState): WedgeStep => ({ state: rested(state), actions: [], swallow: false })

function take(state: WedgeState, key: Key, settings: WedgeSettings): WedgeStep {
  const isScan = state.phase === 'scan'
  const isFast = state.phase !== 'idle' && key.at - state.lastAt <= settings.gapMs
  const goesOn = (swallow: boolean): WedgeStep => ({ state: { ...state, lastAt: key.at }, actions: [], swallow })

  if (isAltDigit(key)) {
    return { state: { ...state, altDigits: (state.altDigits + key.code[6]).slice(-4) }, actions: [], swallow: isScan }
  }
  if (isTerminator(key)) return terminated(state, key, settings)
  const character = characterOf(key, settings)
  if (character !== undefined) return add(state, character, typedOf(key, character), key.at, settings)
  if (key.ctrl && !key.alt && !key.meta) {
    const control = controlCharacter(key.code)
    if (control !== undefined) {
      const step = add(state, control, '', key.at, settings)
      return { ...step, swallow: step.swallow || !EDITING.has(key.code) }
    }
  }
  if (isFast && key.code === 'F8') return { ...add(state, '\u001d', '', key.at, settings), swallow: true } // GS of some scanners
  if (/^(Shift|Control|Alt|Meta|CapsLock|NumLock)/.test(key.code)) {
    return isFast || isScan ? goesOn(false) : { state, actions: [], swallow: false }
  }
  if (!isScan) return passed(state)
  if (isFast || !HANDS_ONLY.has(key.code)) return goesOn(true)
  const end = finished(state, 'silence', settings) // somebody corrects what they typed
  return { ...end, swallow: false }
}

/** Ctrl with these edits text: it may not be taken from a person. In a scan it is a control character all the same. */
const EDITING = new Set(['KeyA', 'KeyC', 'KeyV', 'KeyX', 'KeyY', 'KeyZ'])
const HANDS_ONLY = new Set([
  ...['Backspace', 'Delete', 'Escape', 'Home', 'End', 'PageUp', 'PageDown'],
  ...['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'],
])

const isAltDigit = ({ alt, ctrl, code }: Key) => alt && !ctrl && /^Numpad\d$/.test(code)

/** Enter, Tab, and CR, LF and TAB as control characters. */
function isTerminator({ code, ctrl, alt, meta }: Key): boolean {
  if (alt || meta) return false
  return ctrl ? /^Key[JMI]$/.test(code) : /^(Enter|NumpadEnter|Tab)$/.test(code)
}

/** What the scanner meant by a key; undefined for keys that write nothing. */
function characterOf(key: Key, settings: WedgeSettings): string | undefined {
  const isAltGr = key.ctrl && key.alt
  if (settings.layout === 'as-till' && key.key.length === 1 && (isAltGr || !key.ctrl) && !key.meta) return key.key
  if (key.ctrl || key.alt || key.meta) return undefined
  if (/^Numpad/.test(key.code) && /^(Arrow|Home|End|Page|Insert|Delete|Clear)/.test(key.key)) return undefined
  return usCharacter(key.code, key.shift)
}

/** An IME hides what a key would have written; then what stands on the key is given back. */
const typedOf = ({ key }: Key, character: string): string => (key.length === 1 ? key : character)

function terminated(state: WedgeState, { code, at }: Key, settings: WedgeSettings): WedgeStep {
  const by = code === 'Tab' || code === 'KeyI' ? 'tab' : 'enter'
  const isFast = at - state.lastAt <= settings.gapMs
  switch (state.phase) {
    case 'idle': {
      const isSecond = at - state.endedAt <= settings.gapMs // CR and LF, each as an Enter
      return { state: rested(state, isSecond ? at : undefined), actions: [], swallow: isSecond }
    }
    case 'maybe': {
      const start = beginning(state.early)
      const length = state.early.length - start
      // Nobody types so many keys and Enter, each within the longest gap.
      if (!isFast || length < Math.max(KEYS_TO_BELIEVE - 1, settings.minLength)) return passed(state)
      const { scan, restore } = believed(state, start, 0)
      return after([restore], ended(scan, at, by, settings))
    }
    case 'scan':
      return ended(state, at, by, settings)
  }
}

function ended(state: WedgeState, at: number, by: 'enter' | 'tab', settings: WedgeSettings): WedgeStep {
  const isFast = at - state.lastAt <= settings.gapMs
  const end = finished(state, isFast ? by : 'silence', settings)
  const isWhole = end.actions.length === 1 && end.actions[0]!.kind === 'scanned'
  return isWhole ? { ...end, state: rested(state, at), swallow: true } : end
}

function add(state: WedgeState, character: string, typed: string, at: number, settings: WedgeSettings): WedgeStep {
  return state.phase === 'scan'
    ? addToScan(state, character, typed, at, settings)
    : addEarly(state, character, typed, at, settings)
}

function addEarly(state: WedgeState, character: string, typed: string, at: number, settings: WedgeSettings): WedgeStep {
  const isFast = state.phase === 'maybe' && at - state.lastAt <= settings.gapMs
  const key: Early = { id: state.nextId, character, typed, at }
  const early = [...(isFast ? state.early : []), key].slice(-EARLY_MAX)
  const grown: WedgeState = {
    ...rested(state),
    phase: 'maybe',
    early,
    lastAt: at,
    nextId: state.nextId + 1,
    altDigits: state.altDigits,
  }
  const remember: WedgeAction = { kind: 'remember', id: key.id }
  const start = scanStart(early, settings)
  if (start === undefined) return { state: grown, actions: [remember], swallow: false }
  const { scan, restore } = believed(grown, start, 1)
  return after([remember, restore], withSuffix(scan, settings))
}

function addToScan(
  state: WedgeState,
  character: string,
  typed: string,
  at: number,
  settings: WedgeSettings,
): WedgeStep {
  const isSlow = at - state.lastAt > settings.gapMs
  if (isSlow && state.pause?.fastAfter === 0) {
    // Slow twice in a row: a person types on, and has waited long enough.
    const end = finished(state, 'silence', settings)
    return after(end.actions, addEarly(end.state, character, typed, at, settings))
  }
  const pause = isSlow
    ? { text: state.text.length, typed: state.typed.length, fastAfter: 0 }
    : state.pause && { ...state.pause, fastAfter: state.pause.fastAfter + 1 }
  return withSuffix({ ...state, text: state.text + character, typed: state.typed + typed, lastAt: at, pause }, settings)
}

/** Ends a scan with the shop's own suffix. */
function withSuffix(scan: WedgeState, settings: WedgeSettings): WedgeStep {
  const suffix = framed(settings.suffix)
  if (suffix !== '' && scan.text.endsWith(suffix) && lengthOf(scan.text, settings) >= settings.minLength) {
    const end = finished(scan, 'suffix', settings)
    return { ...end, state: rested(scan, scan.lastAt), swallow: true }
  }
  return { state: scan, actions: [], swallow: true }
}

/** Which of the early keys a scan began with; undefined while it is not believed to be one. */
function scanStart(early: readonly Early[], settings: WedgeSettings): number | undefined {
  const prefix = framed(settings.prefix)
  if (prefix !== '' && textOf(early).endsWith(prefix)) return early.length - prefix.length
  const start = beginning(early)
  return early.length - start >= KEYS_TO_BELIEVE && isQuick(early, start, settings) ? start : undefined
}

/** A first key that stands apart from the pace of the rest is a person's, caught by a scan right behind it. */
function beginning(early: readonly Early[]): number {
  const gaps = early.slice(1).map(({ at }, index) => at - early[index]!.at)
  const [first = 0, ...rest] = gaps
  if (rest.length < 2) return 0
  const pace = [...rest].sort((one, other) => one - other)[rest.length >> 1]!
  return first > Math.max(APART_MS_MIN, APART_TIMES * pace) ? 1 : 0
}

function isQuick(early: readonly Early[], start: number, settings: WedgeSettings): boolean {
  const gaps = early.length - 1 - start
  return (early.at(-1)!.at - early[start]!.at) / gaps <= settings.gapMs * MEAN_SHARE
}

/** `kept`: how many of the last keys have not reached the page. */
function believed(
  state: WedgeState,
  start: number,
  kept: 0 | 1,
): { readonly scan: WedgeState; readonly restore: WedgeAction } {
  const keys = state.early.slice(start)
  const [first] = keys as [Early]
  const typed = keys.map((key) => key.typed)
  const scan: WedgeState = {
    ...state,
    phase: 'scan',
    early: [],
    text: textOf(keys),
    typed: typed.join(''),
    firstAt: first.at,
    pause: null,
  }
  return { scan, restore: { kind: 'restore', id: first.id, leaked: typed.slice(0, typed.length - kept).join('') } }
}

const textOf = (keys: readonly Early[]) => keys.map(({ character }) => character).join('')

function endIfSilent(state: WedgeState, now: number, settings: WedgeSettings): Omit<WedgeStep, 'swallow'> {
  if (state.phase === 'idle') return { state, actions: [] }
  const limit = state.phase === 'maybe' ? settings.gapMs : silenceMs(state)
  if (now - state.lastAt <= limit) return { state, actions: [] }
  return state.phase === 'maybe' ? { state: rested(state), actions: [] } : finished(state, 'silence', settings)
}

/**
 * The sequence is over: a code long enough is a scan, anything shorter goes back to the page. What came slowly behind a
 * scan, with no terminator at the scanner's pace, is a person's and goes back as well.
 */
function finished(state: WedgeState, by: WedgeScan['by'], settings: WedgeSettings): WedgeStep {
  const { pause } = state
  const isTail = pause !== null && by === 'silence' && pause.fastAfter < STUMBLED_KEYS
  const text = isTail ? state.text.slice(0, pause.text) : state.text
  const actions: WedgeAction[] = []
  let back = state.typed
  if (lengthOf(text, settings) >= settings.minLength) {
    const meanMs = (state.lastAt - state.firstAt) / Math.max(1, state.text.length - 1)
    actions.push({ kind: 'scanned', scan: { code: codeOf(text, settings), whole: text, by, meanMs } })
    back = isTail ? state.typed.slice(pause.typed) : ''
  }
  if (back !== '') actions.push({ kind: 'giveBack', text: back })
  return { state: rested(state), actions, swallow: false }
}

/** The code without what the shop set before and after it. */
function codeOf(text: string, settings: WedgeSettings): string {
  const prefix = framed(settings.prefix)
  const suffix = framed(settings.suffix)
  const start = prefix !== '' && text.startsWith(prefix) ? prefix.length : 0
  const end = suffix !== '' && text.endsWith(suffix) ? text.length - suffix.length : text.length
  return text.slice(start, Math.max(start, end))
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: frames are made of them, and they are no part of a length
const CONTROLS = /[\u0000-\u001f]/g
const lengthOf = (text: string, settings: WedgeSettings) => codeOf(text, settings).replace(CONTROLS, '').length

/** Enter and Tab end a scan whatever is set; only other characters need taking off. */
const framed = (affix: string) => (/^(\r|\n|\t|Enter|Tab)*$/.test(affix) ? '' : affix)
