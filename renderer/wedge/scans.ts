import { call } from '../components/desktop.ts'

/** A scan of a keyboard scanner: the code, and how it came, for whoever tries the scanner. */
export interface WedgeScan {
  readonly code: string
  /** With what the shop set before and after. */
  readonly whole: string
  readonly by: 'enter' | 'tab' | 'suffix' | 'silence'
  /** Milliseconds a key, on average. */
  readonly meanMs: number
}

let diverted: ((scan: WedgeScan) => void) | null = null

/** To the counter, or to the settings while they try scanners. */
export function takeWedgeScan(scan: WedgeScan): void {
  if (diverted === null) void call('scans.take', { code: scan.code, source: 'wedge' })
  else diverted(scan)
}

/** Until what it returns is called, scans go there and nowhere else. */
export function divertScans(to: (scan: WedgeScan) => void): () => void {
  diverted = to
  return () => {
    if (diverted === to) diverted = null
  }
}
