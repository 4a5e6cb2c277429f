import { ok, type Result, refuse } from '../result.ts'
import { gtinCheckDigit } from './check-digit.ts'
import { type DigitalLinkOptions, type LinkProblem, readDigitalLink } from './gs1/digital-link.ts'
import {
  type Element,
  type ElementFault,
  type ElementProblem,
  readElementString,
  writeElementString,
} from './gs1/element-string.ts'
import { symbologyOf } from './symbology.ts'

/** What a scanner sent, read for what it is; what it means to a programme is `readCode`'s business. */
export interface ScanData {
  readonly symbology: string
  /** `^` stands for FNC1, a `^` that begins plain text is written `\^`; `|` parts the two components of a composite. */
  readonly message: string
  /** GS1 data, from element strings or a Digital Link. */
  readonly elements?: readonly Element[]
}

export type ScanProblem =
  | ElementProblem
  | LinkProblem
  | 'unknown_symbology'
  | 'no_data'
  | 'bad_number'
  | 'bad_check_digit'

const IDENTIFIER = /^\]([A-Za-z])([0-9A-Za-z])/
const SCAN_MAX = 8_192 // the largest symbols hold 7 089 characters

/** Reads a scan with its AIM identifier; without one, only numbers tell by their length and check digit what they are. */
export function readScanData(
  scan: string,
  options: DigitalLinkOptions = {},
): Result<ScanData, ScanProblem, ElementFault> {
  if (scan.length > SCAN_MAX) return refuse('too_long', {})
  const [whole, letter, modifier] = IDENTIFIER.exec(scan) ?? []
  if (whole === undefined) return byLength(scan)
  const symbology = symbologyOf(`${letter}${modifier}`)
  if (symbology === undefined) return refuse('unknown_symbology', {})
  const { name } = symbology
  const data = scan.slice(whole.length)
  switch (symbology.holds) {
    case 'gs1':
      return gs1Data(name, data)
    case 'ean13':
      return numbered(name, 13, data)
    case 'ean8':
      return numbered(name, 8, data)
    case 'addon':
      return withAddOn(data)
    case 'link':
      return linkOrText(name, data, options)
    case 'plain':
      return data === '' ? refuse('no_data', {}) : ok({ symbology: name, message: plainMessage(data) })
  }
}

function gs1Data(symbology: string, data: string): Result<ScanData, ScanProblem, ElementFault> {
  const read = readElementString(`^${data.replaceAll('\u001d', '^')}`)
  if (!read.ok) return read
  return ok({ symbology, message: writeElementString(read.value), elements: read.value })
}

/** 12 digits are a UPC-A that lost its leading zero on the way. */
function numbered(symbology: string, length: number, data: string): Result<ScanData, ScanProblem, ElementFault> {
  const [number = '', composite] = data.split('|]e0')
  if (!/^\d+$/.test(number) || number.length !== length) return refuse('bad_number', {})
  if (gtinCheckDigit(number.slice(0, -1)) !== Number(number.at(-1))) return refuse('bad_check_digit', {})
  if (composite === undefined) return ok({ symbology, message: number })
  const second = gs1Data(symbology, composite)
  return second.ok ? ok({ ...second.value, message: `${number}|${second.value.message}` }) : second
}

function withAddOn(data: string): Result<ScanData, ScanProblem, ElementFault> {
  const [, number = '', addOn = ''] = /^(\d{13})(\d{2}|\d{5})$/.exec(data.replace(/[ -]/g, '')) ?? []
  const main = numbered('EAN13', 13, number)
  return main.ok ? ok({ symbology: 'EAN13', message: `${number} ${addOn}` }) : main
}

function linkOrText(
  symbology: string,
  data: string,
  options: DigitalLinkOptions,
): Result<ScanData, ScanProblem, ElementFault> {
  if (!/^https?:\/\//i.test(data)) return ok({ symbology, message: plainMessage(data) })
  const link = readDigitalLink(data, options)
  if (link.ok) return ok({ symbology, message: data, elements: link.value })
  return link
}

/** A `^` at the beginning is no FNC1, and the strokes that say so are told from strokes of the data. */
const plainMessage = (data: string): string => (/^\\*\^/.test(data) ? `\\${data}` : data)

const BY_LENGTH: Readonly<Record<number, string>> = { 8: 'EAN8', 12: 'UPCA', 13: 'EAN13', 14: 'ITF14' }

function byLength(data: string): Result<ScanData, ScanProblem, ElementFault> {
  const symbology = /^\d+$/.test(data) ? BY_LENGTH[data.length] : undefined
  if (symbology === undefined) return refuse('unknown_symbology', {})
  return numbered(symbology, data.length, data)
}
