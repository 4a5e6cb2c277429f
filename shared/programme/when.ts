import { z } from 'zod'
import { WEEKDAYS } from '../calendar.ts'
import { parseScaled } from '../rational.ts'
import { amount, category, date, day, endTime, id, oneOf, some, strict, time, wholeNumber } from './parts.ts'

/** Half a year on either side is every day there is. */
const BIRTHDAY_DAYS_MAX = 183

/**
 * When a rule applies: a conjunction of what is named here. A day is the outlet's trading day; a window from later to
 * earlier crosses midnight and belongs to the day on which it began. Source: DESIGN 5.
 */
export const when = strict({
  cards: some(id, 'card number').optional(),
  cardTypes: some(id, 'card type').optional(),
  tiers: some(id, 'tier').optional(),
  segments: some(id, 'segment').optional(),
  outlets: some(id, 'outlet').optional(),
  skus: some(id, 'sku').optional(),
  categories: some(category, 'category path').optional(),
  weekdays: some(oneOf(WEEKDAYS), 'weekday').optional(),
  from: time.optional(),
  to: endTime.optional(),
  dates: some(date, 'date').optional(),
  receiptTotalFrom: amount.optional(),
  receiptTotalTo: amount.optional(),
  birthdayWithinDays: wholeNumber(0, BIRTHDAY_DAYS_MAX).optional(),
  purchaseNumber: z
    .union([wholeNumber(1, 1_000_000), some(wholeNumber(1, 1_000_000), 'number of a purchase')], {
      error: 'a number of a purchase such as 1, or a list such as [1, 2, 3]',
    })
    .optional(),
  validFrom: day.optional(),
  validTo: day.optional(),
}).superRefine((value, ctx) => {
  const refuse = (key: string, message: string) => ctx.addIssue({ code: 'custom', path: [key], message })
  if (value.from !== undefined && value.to === undefined) refuse('to', 'an hour, because `from` is named')
  if (value.to !== undefined && value.from === undefined) refuse('from', 'an hour, because `to` is named')
  if (value.from !== undefined && value.from === value.to) refuse('to', 'an hour other than `from`')
  if (value.validFrom !== undefined && value.validTo !== undefined && value.validTo < value.validFrom) {
    refuse('validTo', 'a day not before `validFrom`')
  }
  if (value.receiptTotalFrom !== undefined && value.receiptTotalTo !== undefined) {
    const [from, to] = [parseScaled(value.receiptTotalFrom, 2), parseScaled(value.receiptTotalTo, 2)]
    if (from !== undefined && to !== undefined && to <= from)
      refuse('receiptTotalTo', 'an amount above `receiptTotalFrom`')
  }
})

export type When = z.infer<typeof when>
