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

export interface WedgeState {
  readonly phase: 'idle' | 'maybe' | 'scan'
  /** As a US keyboard would have it. */
  readonly text: string
  /** As the layout had it: what the page gets back should this turn out to be typing. */
  readonly typed: string
  readonly firstAt: number
  readonly lastAt: number
  /** Digits of an Alt code under way: Alt+0029. */
  readonly altDigits: string
}

export type WedgeAction =
  /** A sequence may begin here: remember the fields as they are before this key reaches them. */
  | { readonly kind: 'remember' }
  /** It is a scan: put the fields back as remembered. */
  | { readonly kind: 'restore' }
  | { readonly kind: 'scanned'; readonly code: string }
  /** It was typing after all: this text was swallowed and belongs to the page. */
  | { readonly kind: 'giveBack'; readonly text: string }

export interface WedgeStep {
  readonly state: WedgeState
  readonly actions: readonly WedgeAction[]
  /** The page must not see this key. */
  readonly swallow: boolean
}

export const IDLE: WedgeState = { phase: 'idle', text: '', typed: '', firstAt: 0, lastAt: 0, altDigits: '' }

/** Keys at scanner speed before a scan is believed: three are a lucky roll of the fingers, four are not. */
const KEYS_TO_BELIEVE = 4
/** The mean gap must lie well below the longest one allowed. */
const MEAN_SHARE = 0.7
const SILENCE_MS_MIN = 100

/** How long nothing may come before what was collected is over. */
export function silenceMs(state: WedgeState): number {
  const gaps = Math.max(1, state.text.length - 1)
  return Math.max(SILENCE_MS_MIN, (5 * (state.lastAt - state.firstAt)) / gaps)
}

/** One key. `settings` may change between keys. */
export function press(before: WedgeState, key: Key, settings: WedgeSettings): WedgeStep {
  const { state, actions } = endIfSilent(before, key.at, settings)
  const step = take(state, key, settings)
  return { ...step, actions: [...actions, ...step.actions] }
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

function take(state: WedgeState, key: Key, settings: WedgeSettings): WedgeStep {
  const fast = state.phase === 'scan' || (state.phase === 'maybe' && key.at - state.lastAt <= settings.gapMs)
  if (key.alt && /^Numpad\d$/.test(key.code)) {
    const altDigits = (state.altDigits + key.code[6]).slice(-4)
    return { state: { ...state, altDigits }, actions: [], swallow: state.phase === 'scan' }
  }
  if (key.code === 'Enter' || key.code === 'NumpadEnter' || key.code === 'Tab') {
    if (!fast || key.ctrl || key.alt || key.meta) return { state: IDLE, actions: [], swallow: false }
    return ended(state, settings)
  }
  if (key.ctrl || key.alt || key.meta) {
    const control = key.ctrl && !key.alt && !key.meta ? controlCharacter(key.code) : undefined
    if (control === undefined || !fast) return { state: fast ? state : IDLE, actions: [], swallow: fast }
    // A person does not press Ctrl+letter within a few hundredths of a second after a letter; a scanner does.
    return { ...add(state, control, '', key.at, settings), swallow: true }
  }
  if (fast && key.code === 'F8') return { ...add(state, '\u001d', '', key.at, settings), swallow: true } // GS of some scanners
  const character = usCharacter(key.code, key.shift)
  if (character === undefined) {
    const modifier = /^(Shift|Control|Alt|Meta|CapsLock|NumLock)/.test(key.code)
    if (modifier || state.phase === 'scan') return { state, actions: [], swallow: state.phase === 'scan' && !modifier }
    return { state: IDLE, actions: [], swallow: false }
  }
  return add(fast ? state : IDLE, character, key.key.length === 1 ? key.key : '', key.at, settings)
}

function add(state: WedgeState, character: string, typed: string, at: number, settings: WedgeSettings): WedgeStep {
  const begins = state.phase === 'idle'
  const text = state.text + character
  const grown: WedgeState = {
    ...state,
    phase: begins ? 'maybe' : state.phase,
    text,
    typed: state.typed + typed,
    firstAt: begins ? at : state.firstAt,
    lastAt: at,
  }
  const actions: WedgeAction[] = begins ? [{ kind: 'remember' }] : []
  const recognised = grown.phase === 'scan' || isScan(grown, settings)
  if (!recognised) return { state: grown, actions, swallow: false }
  if (grown.phase !== 'scan') actions.push({ kind: 'restore' })
  const scan: WedgeState = { ...grown, phase: 'scan' }
  if (
    framed(settings.suffix) !== '' &&
    text.endsWith(settings.suffix) &&
    codeOf(text, settings).length >= settings.minLength
  ) {
    const end = ended(scan, settings)
    return { ...end, actions: [...actions, ...end.actions], swallow: true }
  }
  return { state: scan, actions, swallow: true }
}

function isScan(state: WedgeState, settings: WedgeSettings): boolean {
  const prefix = framed(settings.prefix)
  if (prefix !== '' && state.text === prefix) return true
  const gaps = state.text.length - 1
  return state.text.length >= KEYS_TO_BELIEVE && (state.lastAt - state.firstAt) / gaps <= settings.gapMs * MEAN_SHARE
}

function endIfSilent(state: WedgeState, now: number, settings: WedgeSettings): Omit<WedgeStep, 'swallow'> {
  if (state.phase === 'idle') return { state, actions: [] }
  const limit = state.phase === 'maybe' ? settings.gapMs : silenceMs(state)
  if (now - state.lastAt <= limit) return { state, actions: [] }
  if (state.phase === 'maybe') return { state: IDLE, actions: [] }
  const { actions } = ended(state, settings)
  return { state: IDLE, actions }
}

/** The sequence is over: a code long enough is a scan, anything shorter goes back to the page with its Enter. */
function ended(state: WedgeState, settings: WedgeSettings): WedgeStep {
  if (state.phase !== 'scan') return { state: IDLE, actions: [], swallow: false }
  const code = codeOf(state.text, settings)
  if (code.length >= settings.minLength) return { state: IDLE, actions: [{ kind: 'scanned', code }], swallow: true }
  const actions: WedgeAction[] = state.typed === '' ? [] : [{ kind: 'giveBack', text: state.typed }]
  return { state: IDLE, actions, swallow: false }
}

/** The code without what the shop set before and after it. */
function codeOf(text: string, settings: WedgeSettings): string {
  const prefix = framed(settings.prefix)
  const suffix = framed(settings.suffix)
  const start = prefix !== '' && text.startsWith(prefix) ? prefix.length : 0
  const end = suffix !== '' && text.endsWith(suffix) ? text.length - suffix.length : text.length
  return text.slice(start, Math.max(start, end))
}

/** Enter and Tab end a scan whatever is set; only other characters need taking off. */
const framed = (affix: string) => (/^(\r|\n|\t|Enter|Tab)*$/.test(affix) ? '' : affix)
