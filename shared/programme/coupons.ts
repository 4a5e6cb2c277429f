import { z } from 'zod'
import { benefit } from './benefits.ts'
import { day, exactly, id, list, name, oneOf, strict, text, wholeNumber } from './parts.ts'
import { when } from './when.ts'

/** Coupons by a code that everybody knows, or personal ones; once or n times. Each limited one is a purse. Source: DESIGN 7. */
export const code = z.discriminatedUnion(
  'kind',
  [
    strict({ kind: exactly('shared'), code: text(40, 'a code') }),
    /** Codes of its own for each member, made by the cloud: the prefix and so many characters after it. */
    strict({ kind: exactly('personal'), prefix: text(20, 'a prefix').optional(), length: wholeNumber(6, 20) }),
  ],
  { error: 'a code whose kind is "shared" or "personal"' },
)

export const coupon = strict({
  id,
  name,
  code,
  /** How often one member may use it; null: as often as they like. */
  usesPerMember: wholeNumber(1, 1_000_000).nullable(),
  /** How often it may be used in the whole network; left out or null: as often as it is shown. */
  usesInTotal: wholeNumber(1, 1_000_000_000).nullable().optional(),
  /** Both days inclusive. */
  validFrom: day.optional(),
  validTo: day.optional(),
  /** A personal coupon lasts to the end of the n-th day after it was issued. */
  lifeDays: wholeNumber(1, 3660).optional(),
  when: when.optional(),
  reward: benefit,
  /** Whether it needs a member; left out: it does. */
  holder: oneOf(['member', 'anyone']).optional(),
  /** Whether it may stand beside other coupons; left out: alone. */
  combines: z.boolean({ error: 'true or false' }).optional(),
}).superRefine((value, ctx) => {
  if (value.validFrom !== undefined && value.validTo !== undefined && value.validTo < value.validFrom) {
    ctx.addIssue({ code: 'custom', path: ['validTo'], message: 'a day not before `validFrom`' })
  }
  if (value.holder === 'anyone' && (value.code.kind === 'personal' || value.reward.kind === 'points')) {
    ctx.addIssue({ code: 'custom', path: ['holder'], message: '"member", because this coupon belongs to one' })
  }
})

export const coupons = list(coupon, 'coupons')

export type CouponCode = z.infer<typeof code>
export type Coupon = z.infer<typeof coupon>
