import { z } from 'zod'

/** How often a member may be touched: so many touches in so many days, today among them. Rule K60. */
export const cap = z.strictObject({ touches: z.int().min(1).max(100), days: z.int().min(1).max(366) })
export type Cap = z.infer<typeof cap>

/** What becomes of a touch that comes too often: it waits for the next day that allows it, or is left out. Rule K61. */
export const whenCapped = z.enum(['wait', 'skip'])

/** Touches of a member in the days of each cap. */
export interface Touched {
  readonly byAll: number
  readonly byThis: number
}

export const isCapped = ({ byAll, byThis }: Touched, ofAll: Cap | null, ofThis: Cap | undefined): boolean =>
  (ofAll !== null && byAll >= ofAll.touches) || (ofThis !== undefined && byThis >= ofThis.touches)
