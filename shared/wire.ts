import { z } from 'zod'
import { type Money, money, type Points, parseHundredths, points } from './money.ts'

/** The small shapes that every message shares: amounts as decimal strings, instants with an offset, days. DESIGN 4. */

/** What is allowed, as in every schema here; whoever answers says beside it what was found. */
const decimal = (what: string, pattern: RegExp, allowed: string) =>
  z.string({ error: `${what} as text, ${allowed}` }).regex(pattern, { error: `${what} as text, ${allowed}` })

/** "1234.50": not negative, at most two decimals and twelve digits before them. Stays text on the wire. */
export const moneyText = decimal(
  'an amount of money',
  /^\d{1,12}(\.\d{1,2})?$/,
  'such as "1000.00", not negative, at most 12 digits before the point and 2 after it, is allowed',
)
export const pointsText = decimal(
  'points',
  /^\d{1,12}(\.\d{1,2})?$/,
  'such as "10.00", not negative, at most 12 digits before the point and 2 after it, is allowed',
)
/** Balances and corrections may lie below nothing. */
export const signedPointsText = decimal(
  'points',
  /^-?\d{1,12}(\.\d{1,2})?$/,
  'such as "-10.00", at most 12 digits before the point and 2 after it, is allowed',
)
export const qtyText = decimal(
  'a quantity',
  /^\d{1,9}(\.\d{1,3})?$/,
  'such as "2" or "0.350", at most 9 digits before the point and 3 after it, is allowed',
)

/** An instant with its offset: "2026-11-18T12:00:00+03:00". */
export const instantText = z.iso.datetime({
  offset: true,
  error: 'an instant such as "2026-11-18T12:00:00+03:00" is allowed',
})
/** A calendar day: "2026-11-18". */
export const dayText = z.iso.date({ error: 'a day such as "2026-11-18" is allowed' })

export const hashText = z.string().regex(/^[0-9a-f]{64}$/)

/** For text that a schema above has let through. */
export function moneyOf(text: string): Money {
  return money(hundredthsOf(text))
}

/** For text that a schema above has let through. */
export function pointsOf(text: string): Points {
  return points(hundredthsOf(text))
}

function hundredthsOf(text: string): bigint {
  const value = parseHundredths(text)
  if (value === undefined) throw new RangeError(`not an amount: ${JSON.stringify(text)}`)
  return value
}
