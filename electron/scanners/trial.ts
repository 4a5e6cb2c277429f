import type { TriedScan } from '../../shared/desktop-api.ts'
import { holdsPaymentNumber } from '../../shared/identification/payment-card.ts'
import type { HidLayout } from './hid-report.ts'
import { textOf } from './text.ts'

/**
 * While the settings try scanners: bytes and codes of each device are gathered until it falls silent, and told as one
 * scan. A payment card is told as such, without a digit of it.
 */
export interface Trial {
  readonly isOn: () => boolean
  /** On for half a minute, so that a window that vanished leaves no till without its scanners. */
  readonly turn: (on: boolean) => void
  readonly bytes: (source: TriedScan['source'], device: string, bytes: Uint8Array) => void
  readonly code: (source: TriedScan['source'], device: string, code: string, layout: HidLayout | null) => void
}

export const TRIAL_MS = 30_000
export const GATHER_MS = 250
const RAW_MAX = 1_024
const CODES_MAX = 20

interface Gathered {
  readonly source: TriedScan['source']
  raw: number[]
  codes: string[]
  layout: HidLayout | null
  timer: NodeJS.Timeout | undefined
}

export function openTrial(onScan: (scan: TriedScan) => void): Trial {
  const gathered = new Map<string, Gathered>()
  let off: NodeJS.Timeout | undefined

  function of(source: TriedScan['source'], device: string): Gathered {
    const now: Gathered = gathered.get(device) ?? { source, raw: [], codes: [], layout: null, timer: undefined }
    gathered.set(device, now)
    clearTimeout(now.timer)
    now.timer = setTimeout(() => {
      gathered.delete(device)
      onScan({ source, device, read: read(now) })
    }, GATHER_MS)
    return now
  }

  function turn(on: boolean): void {
    clearTimeout(off)
    off = on ? setTimeout(() => turn(false), TRIAL_MS) : undefined
    if (on) return
    for (const { timer } of gathered.values()) clearTimeout(timer)
    gathered.clear()
  }

  return {
    isOn: () => off !== undefined,
    turn,
    bytes: (source, device, bytes) => {
      if (off === undefined) return
      const now = of(source, device)
      now.raw.push(...bytes.subarray(0, RAW_MAX - now.raw.length))
    },
    code: (source, device, code, layout) => {
      const now = of(source, device)
      if (now.codes.length < CODES_MAX) now.codes.push(code)
      now.layout = layout
    },
  }
}

function read({ source, raw, codes, layout }: Gathered): TriedScan['read'] {
  const bytes = Uint8Array.from(raw)
  if ([textOf(bytes), ...codes].some(holdsPaymentNumber)) return null
  return { raw: Buffer.from(bytes).toString('hex'), codes, end: source === 'serial' ? endOf(bytes) : null, layout }
}

function endOf(bytes: Uint8Array): NonNullable<NonNullable<TriedScan['read']>['end']> {
  const [before, last] = [bytes.at(-2), bytes.at(-1)]
  if (last === 0x0a) return before === 0x0d ? 'crlf' : 'lf'
  if (last === 0x0d) return 'cr'
  if (last === 0x09) return 'tab'
  return last === 0x03 ? 'stx-etx' : 'none'
}
