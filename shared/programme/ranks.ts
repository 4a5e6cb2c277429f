import type { When } from './when.ts'

/** How specific a rule is within its group: the larger wins. Source: DESIGN 6. */

/** Card, then tier, card type, segment, none; within each, a rule for named outlets before one for all. */
export function clientRank(when: When): number {
  const who = when.cards ? 8 : when.tiers ? 6 : when.cardTypes ? 4 : when.segments ? 2 : 0
  return who + (when.outlets ? 1 : 0)
}

/** A date or birthday, then weekdays with hours, hours, weekdays, the receipt's total, none. */
export function behaviourRank(when: When): number {
  if (when.dates !== undefined || when.birthdayWithinDays !== undefined) return 5
  if (when.from !== undefined) return when.weekdays ? 4 : 3
  if (when.weekdays !== undefined) return 2
  return when.receiptTotalFrom !== undefined || when.receiptTotalTo !== undefined ? 1 : 0
}

/** Above any depth that a category path of allowed length can have. */
export const SKU_RANK = 1_000
