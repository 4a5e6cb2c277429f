import { textOf } from './text.ts'

/**
 * What HID POS scanners send: 64-byte reports with id 2 in one of three layouts, and codes that take several reports.
 *
 *   aim        02 count `]` letter modifier data…           Honeywell, Access-IS
 *   wide-aim   02 count 00 `]` letter modifier data…        Zebra, Symbol: the count has 16 bits
 *   bare       02 count data…                               Newland and others: no AIM identifier
 *
 * The last byte's lowest bit says that the code goes on in the next report. Which layout a device has is told from its
 * reports, not from its maker: the same engines are sold under other names. Source: HID POS Usage Tables 1.02 and
 * captured reports.
 */
export type HidLayout = 'aim' | 'wide-aim' | 'bare'

export interface HidDecoder {
  /** One input report with its id. A whole code is told as a serial scanner would send it, AIM identifier first. */
  readonly report: (bytes: Uint8Array, nowMs: number) => void
  /** The device is gone: half a code is not a code. */
  readonly reset: () => void
  readonly layout: () => HidLayout | null
}

export const PART_WAIT_MS = 500
export const CODE_BYTES_MAX = 20 * 1024

const SCANNED_DATA = 2
const BRACKET = 0x5d
/** Makers' mark of an answer to a configuration command, where a code has the symbology's letter. */
const ANSWER_MARK = 0x3f
const REPORT_MIN = 8
const PART_MAX = 56

interface Part {
  readonly layout: HidLayout
  readonly aim: string | null
  readonly data: Uint8Array
  readonly goesOn: boolean
}

export function createHidDecoder(onCode: (code: string) => void): HidDecoder {
  let layout: HidLayout | null = null
  let aim: string | null = null
  let collected: number[] = []
  let lastPartAt: number | null = null

  function reset(): void {
    collected = []
    aim = null
    lastPartAt = null
  }

  function finish(): void {
    const bytes = Uint8Array.from(collected)
    const prefix = aim === null ? '' : `]${aim}`
    reset()
    const text = textOf(bytes).replace(/(\r\n|[\r\n\t])$/, '')
    if (text.trim() !== '') onCode(`${prefix}${text}`)
  }

  return {
    layout: () => layout,
    reset,
    report: (bytes, nowMs) => {
      const part = readPart(bytes, layout)
      if (part === undefined) return
      const isLate = lastPartAt !== null && nowMs - lastPartAt > PART_WAIT_MS
      if (isLate || (lastPartAt !== null && part.aim !== aim)) reset()
      layout = part.layout
      aim = part.aim
      lastPartAt = nowMs
      // What runs over is cut here and refused as too long, not lost.
      collected.push(...part.data.subarray(0, CODE_BYTES_MAX - collected.length))
      if (!part.goesOn) finish()
    },
  }
}

/** Undefined: no scanned code, or a report that makes no sense. */
function readPart(bytes: Uint8Array, known: HidLayout | null): Part | undefined {
  if (bytes.length < REPORT_MIN || bytes[0] !== SCANNED_DATA) return undefined
  const layout = layoutOf(bytes, known)
  const [at, count] = placeOf(bytes, layout)
  const last = bytes.length - 1
  if (count === 0 || count > PART_MAX || at + count > last) return undefined
  const data = bytes.subarray(at, at + count)
  const aim = layout === 'bare' ? null : String.fromCharCode(bytes[at - 2]!, bytes[at - 1]!)
  if (aim === 'Z6' || (aim === 'X0' && bytes[last - 2] === ANSWER_MARK)) return undefined
  if (data.includes(0) || data[0] === SCANNED_DATA) return undefined // an answer to a command of another maker
  return { layout, aim, data, goesOn: (bytes[last]! & 1) === 1 }
}

function placeOf(bytes: Uint8Array, layout: HidLayout): readonly [at: number, count: number] {
  switch (layout) {
    case 'aim':
      return [5, bytes[1]!]
    case 'wide-aim':
      return [6, bytes[1]! | (bytes[2]! << 8)]
    case 'bare':
      return [2, bytes[1]!]
  }
}

/**
 * A device that has ever told an AIM identifier does so always. One that has not may send a code that begins with `]`:
 * there the bytes behind the count decide, since a count leaves the identifier out.
 */
function layoutOf(bytes: Uint8Array, known: HidLayout | null): HidLayout {
  if (known === 'aim' || known === 'wide-aim') return known
  if (isIdentifier(bytes, 3) && bytes[2] === 0) return 'wide-aim'
  if (!isIdentifier(bytes, 2)) return 'bare'
  const behind = bytes.subarray(2 + bytes[1]!, 5 + bytes[1]!)
  return behind.some((byte) => byte !== 0) ? 'aim' : 'bare'
}

function isIdentifier(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === BRACKET && /^[A-Za-z][0-9A-Za-z]$/.test(String.fromCharCode(bytes[at + 1]!, bytes[at + 2]!))
}
