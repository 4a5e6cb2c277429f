import type { TriedScan } from '../../shared/desktop-api.ts'
import { unframed } from '../../shared/identification/framing.ts'
import type { WedgeScan } from '../wedge/scans.ts'

/** What a tried scan says about the scanner's own settings, in the order in which it is worth changing them. */
export type Advice =
  | 'wrong-speed'
  | 'no-end'
  | 'several'
  | 'no-suffix'
  | 'slow'
  | 'layout'
  | 'hid-pos'
  | 'add-identifier'
  | 'fine'

export function adviceOnPort({ source, read }: TriedScan): readonly Advice[] {
  if (read === null) return []
  const bytes = Uint8Array.from(read.raw.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))
  const strange = bytes.filter((byte) => byte >= 0x80 || (byte < 0x20 && ![2, 3, 9, 10, 13, 29, 30, 4].includes(byte)))
  const advice: Advice[] = []
  if (source === 'serial' && bytes.length > 2 && strange.length * 4 > bytes.length) advice.push('wrong-speed')
  else if (read.codes.length === 0) advice.push('no-end')
  if (new Set(read.codes).size > 1) advice.push('several')
  if (source === 'serial' && read.end === 'none' && read.codes.length > 0) advice.push('no-suffix')
  if (source === 'serial' && read.codes.length > 0 && unframed(read.codes[0]!).aim === null)
    advice.push('add-identifier')
  return advice.length === 0 ? ['fine'] : advice
}

export function adviceOnKeys(scan: WedgeScan, wedge: { readonly gapMs: number }): readonly Advice[] {
  const advice: Advice[] = []
  if ([...scan.code].some((character) => character > '\u007f')) advice.push('layout')
  if (scan.meanMs > wedge.gapMs * 0.7) advice.push('slow')
  if (scan.by === 'silence') advice.push('no-suffix')
  advice.push('hid-pos')
  if (unframed(scan.code).aim === null) advice.push('add-identifier')
  return advice
}

/** The longest pause to allow for a scanner that sends a key so often: well above its own. */
export const gapFor = (meanMs: number): number => Math.min(500, Math.ceil((meanMs * 1.8) / 10) * 10)

/** Bytes for people: "02 5D 45" and "␂]E". */
export function readable(raw: string): { readonly hex: string; readonly text: string } {
  const bytes = raw.match(/../g) ?? []
  const text = bytes.map((byte) => {
    const code = Number.parseInt(byte, 16)
    if (code < 0x20) return String.fromCharCode(0x2400 + code)
    return code < 0x7f ? String.fromCharCode(code) : '·'
  })
  return { hex: bytes.join(' ').toUpperCase(), text: text.join('').replace(/(␀){3,}$/, '␀…') }
}
