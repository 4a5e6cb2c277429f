import { pointsAmount, strict, wholeNumber } from './parts.ts'

/**
 * Bounds against fraud, per member and trading day of the programme. Nothing that happened is refused: what is earned or
 * redeemed above a bound is not offered by a quote, and what was booked above it is told. Source: DESIGN 7.
 */
export const limits = strict({
  perMemberDay: strict({
    receipts: wholeNumber(1, 1000).optional(),
    earn: pointsAmount.optional(),
    redeem: pointsAmount.optional(),
  }).optional(),
  /** Receipts of one member within an hour, above which the member is pointed out. */
  receiptsPerHour: wholeNumber(1, 1000).optional(),
  /** Returns of one member within thirty days, above which the member is pointed out. */
  returnsPerMonth: wholeNumber(1, 1000).optional(),
})
