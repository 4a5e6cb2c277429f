import { z } from 'zod'
import { isTimeZone, parseDay } from '../calendar.ts'
import { parseScaled } from '../rational.ts'

/**
 * The small parts that every document of rules is made of. Each says in its error text what is allowed, as the end of
 * the sentence "… is allowed". Nothing is transformed: a programme stays the JSON that was signed.
 */

/** Places of percents and coefficients: "0.0001" is the finest step of either. */
export const FACTOR_PLACES = 4

/** An object that refuses keys it does not know. */
export function strict<S extends z.ZodRawShape>(shape: S) {
  const keys = Object.keys(shape).join(', ')
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? `one of the keys ${keys}` : `an object with the keys ${keys}`,
  })
}

/** A decimal string from 0 to `max`, kept as text. */
export function decimal(places: number, max: bigint, allowed: string) {
  const most = max * 10n ** BigInt(places)
  return z.string({ error: allowed }).refine(
    (text) => {
      const scaled = parseScaled(text, places)
      return scaled !== undefined && scaled <= most
    },
    { error: allowed },
  )
}

export const percent = decimal(FACTOR_PLACES, 100n, 'a percent from "0" to "100" such as "5" or "1.5"')
export const coefficient = decimal(FACTOR_PLACES, 1000n, 'a decimal such as "2" or "1.5"')

const shaped = (pattern: RegExp, allowed: string) => z.stringFormat('decimal', pattern, { error: allowed })
const HUNDREDTHS = /^\d{1,12}(\.\d{1,2})?$/
export const amount = shaped(HUNDREDTHS, 'an amount of 0 or more with at most two decimals, such as "1000.00"')
export const pointsAmount = shaped(HUNDREDTHS, 'a number of points of 0 or more such as "25.00"')
export const signedPointsAmount = shaped(/^-?\d{1,12}(\.\d{1,2})?$/, 'a number of points such as "25.00" or "-10.00"')
export const quantity = shaped(
  /^\d{1,9}(\.\d{1,3})?$/,
  'a quantity with at most three decimals, such as "1" or "0.350"',
)

export function wholeNumber(min: number, max: number) {
  const allowed = `a whole number from ${min} to ${max}`
  return z.int({ error: allowed }).min(min, { error: allowed }).max(max, { error: allowed })
}

export function text(max: number, what: string) {
  const allowed = `${what} of 1 to ${max} characters`
  return z
    .string({ error: allowed })
    .min(1, { error: allowed })
    .max(max, { error: allowed })
    .refine((value) => value.trim() === value, { error: `${allowed}, without spaces at its ends` })
}

export const id = text(80, 'an id')
export const name = text(120, 'a name')

/** One or several: an empty list would never match, so the key is better left out. */
export function some<T extends z.ZodType>(item: T, what: string) {
  const allowed = `a list with at least one ${what}`
  return z.array(item, { error: allowed }).min(1, { error: allowed })
}

export function list<T extends z.ZodType>(item: T, what: string) {
  return z.array(item, { error: `a list of ${what}` })
}

export function oneOf<const T extends readonly [string, ...string[]]>(values: T) {
  return z.enum(values, { error: `one of ${values.map((value) => JSON.stringify(value)).join(', ')}` })
}

export function exactly<const T extends string | boolean>(value: T) {
  return z.literal(value, { error: JSON.stringify(value) })
}

const DAY_ALLOWED = 'a day that exists, such as "2026-11-18"'
export const day = z.string({ error: DAY_ALLOWED }).refine((value) => parseDay(value) !== undefined, {
  error: DAY_ALLOWED,
})

const DATE_ALLOWED = 'a date that exists, "MM-DD" or "YYYY-MM-DD"'
/** A day of every year or of one; "02-29" comes only in leap years. */
export const date = z
  .string({ error: DATE_ALLOWED })
  .refine((value) => parseDay(value.length === 5 ? `2024-${value}` : value) !== undefined, { error: DATE_ALLOWED })

export const time = z.stringFormat('time', /^([01]\d|2[0-3]):[0-5]\d$/, { error: 'a time from "00:00" to "23:59"' })
export const endTime = z.stringFormat('time', /^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, {
  error: 'a time from "00:00" to "24:00"',
})

const ZONE_ALLOWED = 'a time zone such as "Europe/Moscow"'
export const timeZone = z.string({ error: ZONE_ALLOWED }).refine(isTimeZone, { error: ZONE_ALLOWED })

const CATEGORY_ALLOWED = 'a category path such as "drinks/coffee"'
export const category = z
  .string({ error: CATEGORY_ALLOWED })
  .max(200, { error: CATEGORY_ALLOWED })
  .refine((value) => value.split('/').every((part) => part !== '' && part.trim() === part), { error: CATEGORY_ALLOWED })
