import { unframed } from './framing.ts'

/** What a shop's scanner puts around every code, seen from a few scans of different codes. */
export interface Learnt {
  readonly prefix: string
  readonly suffix: string
  /** Letters around a number may be a part of it: whoever holds the card decides. */
  readonly isCertain: boolean
  /** Of the codes without what is around them. */
  readonly shortest: number
  readonly longest: number
}

export const SCANS_TO_LEARN = 3
const AFFIX_MAX = 8

/** Undefined until there are enough different ones: only what all of them share can be the scanner's. */
export function learnFrom(scans: readonly string[]): Learnt | undefined {
  const codes = [...new Set(scans.map((scan) => unframed(scan).text))].filter((code) => code !== '')
  if (codes.length < SCANS_TO_LEARN) return undefined
  const shortest = Math.min(...codes.map((code) => code.length))
  const prefix = shared(codes, shortest - 1, (code, at) => code[at]!)
  const rest = shortest - prefix.length - 1
  const suffix = [...shared(codes, rest, (code, at) => code.at(-1 - at)!)].reverse().join('')
  const lengths = codes.map((code) => code.length - prefix.length - suffix.length)
  return {
    prefix,
    suffix,
    isCertain: !/[\p{L}]/u.test(prefix + suffix),
    shortest: Math.min(...lengths),
    longest: Math.max(...lengths),
  }
}

/** What all codes have at one end. Digits are never the scanner's: cards of one range begin alike. */
function shared(codes: readonly string[], most: number, at: (code: string, index: number) => string): string {
  let found = ''
  const [first] = codes as [string]
  while (found.length < Math.min(most, AFFIX_MAX)) {
    const next = at(first, found.length)
    if (/\d/.test(next) || codes.some((code) => at(code, found.length) !== next)) break
    found += next
  }
  return found
}
