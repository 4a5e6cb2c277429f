import { z } from 'zod'
import { plusDays } from '../ledger/rules.ts'
import { dayText } from '../wire.ts'

/** How a call to a member went, and until when one is worth making. Rules K30 to K33. */

/** Nobody is called about a touch that lies further back than this. */
export const CALL_DAYS = 30
/** How far ahead "try again" may lie. */
export const TRY_AGAIN_DAYS_MAX = 30

export const callKey = z.strictObject({
  campaign: z.string().min(1).max(40),
  member: z.string().min(1).max(100),
  anchor: dayText,
  touch: z.string().min(1).max(40),
})
export type CallKey = z.infer<typeof callKey>

export const callOutcome = z.discriminatedUnion('outcome', [
  z.strictObject({ outcome: z.literal('reached') }),
  /** Nobody answered: the call comes back on that day. */
  z.strictObject({ outcome: z.literal('not_reached'), tryOn: dayText }),
  /** Wants to hear no more: consent to messages is withdrawn. */
  z.strictObject({ outcome: z.literal('refused') }),
  z.strictObject({ outcome: z.literal('wrong_number') }),
])
export type CallOutcome = z.infer<typeof callOutcome>

/** What is wrong with the day of another try; undefined: nothing. Rule K32. */
export function wrongTryDay(tryOn: string, today: string): string | undefined {
  const [first, last] = [plusDays(today, 1), plusDays(today, TRY_AGAIN_DAYS_MAX)]
  return tryOn >= first && tryOn <= last ? undefined : `found ${tryOn}; from ${first} to ${last} is allowed`
}
