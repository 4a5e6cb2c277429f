import { assert, type Branded } from './result.ts'

/**
 * Money in minor units (kopecks) and points in hundredths of a point. Both are bigint, so that the compiler itself
 * keeps floating point away from amounts; both travel as decimal strings. Source: DESIGN 4.
 */
export type Money = Branded<bigint, 'Money'>
export type Points = Branded<bigint, 'Points'>

const AMOUNT_MAX = 10n ** 15n // ten trillion roubles: far above any receipt, far below where stores lose digits

export function money(minorUnits: bigint): Money {
  return inRange(minorUnits) as Money
}

export function points(hundredths: bigint): Points {
  return inRange(hundredths) as Points
}

/** The sentence is made only where the assertion fails: amounts are made in the innermost loops. */
function inRange(amount: bigint): bigint {
  if (amount <= -AMOUNT_MAX || amount >= AMOUNT_MAX) assert(false, `an amount in range, not ${amount}`)
  return amount
}

export const NO_MONEY = 0n as Money
export const NO_POINTS = 0n as Points

const ZERO = 48
const NINE = 57
const MINUS = 45
const DOT = 46
/** Before the point; with the two behind it they stay exact as a number too. */
const WHOLE_DIGITS_MAX = 13

/** "1234.50" → 123450n, whatever the sign; undefined where it is no decimal of at most two places. */
export function parseHundredths(text: string): bigint | undefined {
  const read = hundredthsIn(text)
  return read === undefined ? undefined : BigInt(read)
}

/** An optional minus, 1 to 13 digits, and after a point one or two more: read by hand, since every amount passes here. */
function hundredthsIn(text: string): number | undefined {
  const isNegative = text.charCodeAt(0) === MINUS
  const first = isNegative ? 1 : 0
  let value = 0
  let at = first
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === DOT) break
    if (code < ZERO || code > NINE || at - first >= WHOLE_DIGITS_MAX) return undefined
    value = value * 10 + (code - ZERO)
  }
  if (at === first) return undefined
  const decimals = text.length - at - 1 // -1: no point
  if (decimals === 0 || decimals > 2) return undefined
  for (let place = 1; place <= 2; place++) {
    const code = place > decimals ? ZERO : text.charCodeAt(at + place)
    if (code < ZERO || code > NINE) return undefined
    value = value * 10 + (code - ZERO)
  }
  return isNegative ? -value : value
}

/** 123450n → "1234.50". */
export function formatHundredths(hundredths: bigint): string {
  const digits = (hundredths < 0n ? -hundredths : hundredths).toString().padStart(3, '0')
  return `${hundredths < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`
}

export const formatMoney: (amount: Money) => string = formatHundredths
export const formatPoints: (amount: Points) => string = formatHundredths
