import { textOf } from './text.ts'

/**
 * Cuts a scanner's bytes into frames, however they arrive: a frame ends at CR, LF, TAB or ETX, begins anew at STX, or
 * ends by silence where the scanner sends no suffix. Rubbish is tolerated, empty frames are dropped.
 */
export interface Framer {
  readonly push: (bytes: Uint8Array) => void
  /** Nothing has come for a while: what is there is a frame. */
  readonly silence: () => void
  /** The port is gone: half a code is not a code. */
  readonly reset: () => void
  readonly isEmpty: () => boolean
}

export const SILENCE_MS = 80
export const FRAME_BYTES_MAX = 8 * 1024

const STX = 0x02
const ETX = 0x03
const TAB = 0x09
const LF = 0x0a
const CR = 0x0d

export function createFramer(onFrame: (frame: string) => void): Framer {
  const collected: number[] = []
  let overflown = false

  function end(): void {
    const bytes = Uint8Array.from(collected)
    const whole = !overflown
    collected.length = 0
    overflown = false
    if (!whole || bytes.length === 0) return
    const text = textOf(bytes)
    if (text.trim() !== '') onFrame(text)
  }

  function take(byte: number): void {
    if (byte === CR || byte === LF || byte === TAB || byte === STX || byte === ETX) end()
    else if (!isData(byte)) return
    else if (collected.length >= FRAME_BYTES_MAX) overflown = true
    else collected.push(byte)
  }

  return {
    push: (bytes) => {
      for (const byte of bytes) take(byte)
    },
    silence: end,
    reset: () => {
      collected.length = 0
      overflown = false
    },
    isEmpty: () => collected.length === 0,
  }
}

/** Printable bytes of any code page, and the separators of GS1 and of ISO 15434 messages. */
function isData(byte: number): boolean {
  return (byte >= 0x20 && byte !== 0x7f) || byte === 0x04 || (byte >= 0x1c && byte <= 0x1f)
}
