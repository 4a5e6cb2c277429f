import type { FrameEnd } from '../../shared/desktop-api.ts'
import { withoutAffixes } from '../../shared/identification/framing.ts'
import { textOf } from './text.ts'

/**
 * Cuts a scanner's bytes into frames, however they arrive. Left to itself a frame ends at CR, LF, TAB or ETX, begins
 * anew at STX, or ends by silence where the scanner sends no suffix; a setting may name the one end that counts, and
 * what else may come is then part of the code. Rubbish is tolerated, empty frames are dropped.
 */
export interface Framer {
  readonly push: (bytes: Uint8Array) => void
  /** Nothing has come for a while: what is there is a frame, or half of one. */
  readonly silence: () => void
  /** The port is gone: half a code is not a code. */
  readonly reset: () => void
  readonly isEmpty: () => boolean
  /** How long silence is. */
  readonly silenceMs: number
}

export interface FrameSetting {
  readonly end: FrameEnd
  readonly silenceMs?: number | undefined
  /** What the shop set before and after each code. */
  readonly prefix?: string | undefined
  readonly suffix?: string | undefined
}

export const SILENCE_MS = 80
/** Where an end is named, a pause inside a code is none; but half a code must not wait for the next one. */
export const HALF_CODE_MS = 1_000
/** More than a code may have in any encoding: what runs over is cut here and refused as too long, not lost. */
export const FRAME_BYTES_MAX = 20 * 1024

const STX = 0x02
const ETX = 0x03
const TAB = 0x09
const LF = 0x0a
const CR = 0x0d

const ENDS: Readonly<Record<FrameEnd, readonly number[]>> = {
  auto: [CR, LF, TAB, STX, ETX],
  cr: [CR],
  lf: [LF],
  crlf: [LF],
  tab: [TAB],
  'stx-etx': [STX, ETX],
  silence: [],
}

export function createFramer(
  onFrame: (frame: string) => void,
  { end: named, silenceMs, prefix = '', suffix = '' }: FrameSetting = { end: 'auto' },
): Framer {
  const ends = new Set(ENDS[named])
  const endsBySilence = named === 'auto' || named === 'silence'
  const collected: number[] = []

  function reset(): void {
    collected.length = 0
  }

  function end(): void {
    const bytes = Uint8Array.from(collected)
    reset()
    if (bytes.length === 0) return
    const text = withoutAffixes(textOf(bytes).replace(EDGES, ''), prefix, suffix)
    if (text.trim() !== '') onFrame(text)
  }

  function take(byte: number): void {
    if (ends.has(byte)) end()
    else if (!isData(byte) && !(named !== 'auto' && (byte === CR || byte === LF || byte === TAB))) return
    else if (collected.length < FRAME_BYTES_MAX) collected.push(byte)
  }

  return {
    push: (bytes) => {
      for (const byte of bytes) take(byte)
    },
    silence: endsBySilence ? end : reset,
    reset,
    isEmpty: () => collected.length === 0,
    silenceMs: endsBySilence ? (silenceMs ?? SILENCE_MS) : Math.max(HALF_CODE_MS, silenceMs ?? 0),
  }
}

/** Line ends around a code, where another end is the one that counts. */
const EDGES = /^[\r\n\t]+|[\r\n\t]+$/g

/** Printable bytes of any code page, and the separators of GS1 and of ISO 15434 messages. */
function isData(byte: number): boolean {
  return (byte >= 0x20 && byte !== 0x7f) || byte === 0x04 || (byte >= 0x1c && byte <= 0x1f)
}
