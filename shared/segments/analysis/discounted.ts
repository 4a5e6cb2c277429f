import { z } from 'zod'

/** What a member will bring within the horizon, in today's money. */
export const ltvSettings = z.strictObject({
  /** How far ahead the value is looked for. */
  horizonDays: z.int().min(1).max(3650).default(365),
  /** What money a year from now is worth less, in percent. */
  discountPercent: z.number().min(0).max(100).default(10),
})
export type LtvSettings = z.infer<typeof ltvSettings>

const PERIOD_DAYS = 30
const YEAR_DAYS = 365

/** Ends of the periods by which the horizon is counted, and what money at the middle of each is worth today. */
export function periodsOf({ horizonDays, discountPercent }: LtvSettings): { endDays: number; worth: number }[] {
  const count = Math.ceil(horizonDays / PERIOD_DAYS)
  return Array.from({ length: count }, (_, period) => {
    const endDays = Math.min((period + 1) * PERIOD_DAYS, horizonDays)
    const middle = (period * PERIOD_DAYS + endDays) / 2
    return { endDays, worth: (1 + discountPercent / 100) ** (-middle / YEAR_DAYS) }
  })
}
