import { z } from 'zod'
import { exactly, oneOf, strict, wholeNumber } from './parts.ts'

/**
 * The stretch of time over which something is counted. Days are the programme's. `rolling` is the last n days up to the
 * moment asked about; `calendar` the month, quarter or year that runs now.
 */
export const window = z.discriminatedUnion(
  'kind',
  [
    strict({ kind: exactly('lifetime') }),
    strict({ kind: exactly('rolling'), days: wholeNumber(1, 3660) }),
    strict({ kind: exactly('calendar'), unit: oneOf(['month', 'quarter', 'year']) }),
  ],
  { error: 'a window: {"kind": "lifetime"}, {"kind": "rolling", "days": 90} or {"kind": "calendar", "unit": "month"}' },
)

export type Window = z.infer<typeof window>
