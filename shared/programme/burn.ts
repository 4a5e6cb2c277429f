import { z } from 'zod'
import { audience } from './gifts.ts'
import { amount, exactly, id, list, oneOf, percent, pointsAmount, some, strict, wholeNumber } from './parts.ts'

/** What happens to those who do not come: burn after n days, and checkpoints of the calendar. Source: DESIGN 7. */

/** The balance is zeroed at the end of the n-th day after the last purchase. */
export const burnRule = strict({
  id,
  afterDays: wholeNumber(1, 3660),
  for: audience.optional(),
  /** Points that stay; left out: none. */
  keep: pointsAmount.optional(),
  /** Days before, at which the member is told. */
  warnDays: some(wholeNumber(1, 366), 'number of days').optional(),
})

export const burn = list(burnRule, 'burn rules')

/** At least so much in each calendar stretch, else something happens at its end. */
export const checkpoint = strict({
  id,
  every: oneOf(['month', 'quarter', 'year']),
  for: audience.optional(),
  need: z.discriminatedUnion(
    'kind',
    [
      strict({ kind: exactly('purchases'), from: wholeNumber(1, 10_000) }),
      strict({ kind: exactly('sum'), from: amount }),
    ],
    { error: 'a need whose kind is "purchases" or "sum"' },
  ),
  else: z.discriminatedUnion(
    'kind',
    [
      strict({ kind: exactly('burn'), percent: percent.optional() }),
      strict({ kind: exactly('demote') }),
      /** An event that campaigns listen to. */
      strict({ kind: exactly('trigger'), event: id }),
    ],
    { error: 'an else whose kind is "burn", "demote" or "trigger"' },
  ),
  warnDays: some(wholeNumber(1, 366), 'number of days').optional(),
})

export const checkpoints = list(checkpoint, 'checkpoints')

export type BurnRule = z.infer<typeof burnRule>
export type Checkpoint = z.infer<typeof checkpoint>
