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

const HUNDREDTHS = /^-?\d{1,13}(?:\.\d{1,2})?$/
const AMOUNTS_REMEMBERED_MAX = 10_000

/** A pure cache: the same prices come again and again, and a receipt is read several times on its way. */
const amounts = new Map<string, bigint>()

/** "1234.50" → 123450n, whatever the sign; undefined where it is no decimal of at most two places. */
export function parseHundredths(text: string): bigint | undefined {
  const known = amounts.get(text)
  if (known !== undefined) return known
  if (!HUNDREDTHS.test(text)) return undefined
  const [whole, fraction = ''] = text.split('.')
  const hundredths = BigInt(`${whole}${fraction.padEnd(2, '0')}`)
  if (amounts.size >= AMOUNTS_REMEMBERED_MAX) amounts.clear()
  amounts.set(text, hundredths)
  return hundredths
}

/** 123450n → "1234.50". */
export function formatHundredths(hundredths: bigint): string {
  const digits = (hundredths < 0n ? -hundredths : hundredths).toString().padStart(3, '0')
  return `${hundredths < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`
}

export const formatMoney: (amount: Money) => string = formatHundredths
export const formatPoints: (amount: Points) => string = formatHundredths
