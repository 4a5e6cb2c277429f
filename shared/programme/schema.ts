import { z } from 'zod'
import { ok, type Result, refuse } from '../result.ts'
import { burn, checkpoints } from './burn.ts'
import { crossCheck } from './checks.ts'
import { coupons } from './coupons.ts'
import { gifts } from './gifts.ts'
import { limits } from './limits.ts'
import {
  amount,
  decimal,
  endTime,
  exactly,
  id,
  list,
  name,
  oneOf,
  percent,
  pointsAmount,
  some,
  strict,
  text,
  timeZone,
  wholeNumber,
} from './parts.ts'
import { type Problem, problemsFrom } from './problems.ts'
import { referral } from './referral.ts'
import { behaviourRule, clientRule, goodsRule, receiptRule } from './rules.ts'
import { stamps } from './stamps.ts'
import { promotion, tiers } from './tiers.ts'

export type { Problem } from './problems.ts'
export { type Terms, terms } from './rules.ts'

/** Places of the value of a point, in the currency: "0.0001" is the least a point may be worth. */
export const VALUE_PLACES = 4

const outlet = strict({
  id,
  name: name.optional(),
  timeZone: timeZone.optional(),
  /** A bar's night belongs to the evening before: the trading day begins here; left out: at midnight. */
  dayStartsAt: endTime.refine((value) => value !== '24:00', { error: 'a time from "00:00" to "23:59"' }).optional(),
})

const FORMS_PER_LANGUAGE: Record<string, number> = { ru: 3, en: 2 }

/** The forms of a word for counting: in Russian for 1, 2 and 5, in English for 1 and 2. */
const pointNames = z
  .record(
    z.string().regex(/^[a-z]{2}$/, { error: 'a language of two letters such as "ru"' }),
    list(text(40, 'a word'), 'words'),
    {
      error: 'the names of a point by language',
    },
  )
  .superRefine((names, ctx) => {
    for (const [language, forms] of Object.entries(names)) {
      const need = FORMS_PER_LANGUAGE[language]
      const right = need === undefined ? forms.length >= 1 && forms.length <= 6 : forms.length === need
      if (!right)
        ctx.addIssue({ code: 'custom', path: [language], message: `a list of ${need ?? '1 to 6'} forms of the word` })
    }
  })

const points = strict({
  names: pointNames,
  /** What a point is worth in money. */
  value: decimal(VALUE_PLACES, 1_000_000n, 'the worth of a point in money such as "1.00"'),
  /** What is earned and redeemed comes in multiples of this. */
  step: pointsAmount,
  rounding: oneOf(['floor', 'half-up', 'ceil']),
})

const accrual = strict({
  basePercent: percent,
  /** Of the money paid: the bound of every line, whatever the rules say. */
  capPercent: percent,
  /** Of the gross margin (money paid less `cost`) of the lines whose cost is known: what they may earn together. */
  marginCapPercent: percent.optional(),
  activationDays: wholeNumber(0, 3660),
  lifeDays: wholeNumber(1, 36_600),
})

/** How much a till may risk offline beyond its rights; every bound in points. */
const risk = strict({ perReceipt: pointsAmount, perMember: pointsAmount, perTill: pointsAmount, perDay: pointsAmount })

const redemption = strict({
  basePercent: percent,
  minPayablePerLine: amount,
  /** What identifies a member well enough to redeem; left out: anything. */
  requires: some(oneOf(['card', 'qr', 'phone', 'phone+code', 'phone+pin']), 'way to identify').optional(),
  offline: strict({ policy: oneOf(['rights', 'rights+risk', 'none']), risk: risk.optional() })
    .superRefine((value, ctx) => {
      const message = value.policy === 'rights+risk' ? 'a `risk` with its bounds' : 'no `risk` under this policy'
      if ((value.policy === 'rights+risk') !== (value.risk !== undefined))
        ctx.addIssue({ code: 'custom', path: ['risk'], message })
    })
    .optional(),
})

/** What happens to points on a return. */
const refunds = strict({
  /** Where earned points were spent meanwhile: a debt repaid from later earnings, or a recorded loss. */
  spent: oneOf(['debt', 'loss']),
  /** An expired lot that comes back lives so many days more. */
  graceDays: wholeNumber(0, 366),
})

const cards = strict({
  /** What the numbers of this programme look like; the first mask that fits says the type. */
  masks: list(
    strict({
      prefix: text(20, 'a prefix').optional(),
      lengths: some(wholeNumber(1, 64), 'length'),
      check: oneOf(['none', 'ean13', 'luhn']),
      cardType: id.optional(),
    }),
    'card masks',
  ).optional(),
  /** The type of a card that no mask names; left out: "standard". */
  defaultType: id.optional(),
  /** A receipt may be attached to a card for so many days afterwards. */
  attachDays: wholeNumber(0, 366).optional(),
})

export const programme = strict({
  schema: exactly('programme/1'),
  id,
  version: wholeNumber(1, 1_000_000_000),
  name,
  timeZone,
  currency: z.stringFormat('currency', /^[A-Z]{3}$/, { error: 'a currency code such as "RUB"' }),
  outlets: list(outlet, 'outlets').optional(),
  points,
  accrual,
  redemption,
  rules: strict({
    client: list(clientRule, 'client rules'),
    goods: list(goodsRule, 'goods rules'),
    behaviour: list(behaviourRule, 'behaviour rules'),
    receipt: list(receiptRule, 'receipt rules'),
  }),
  tiers: tiers.optional(),
  promotion: promotion.optional(),
  stamps: stamps.optional(),
  coupons: coupons.optional(),
  referral: referral.nullable().optional(),
  gifts: gifts.optional(),
  burn: burn.optional(),
  checkpoints: checkpoints.optional(),
  refunds: refunds.optional(),
  cards: cards.optional(),
  limits: limits.optional(),
})

/** A programme as it was written, signed and stored: JSON with decimals as text. Compile it before quoting. */
export type ProgrammeDocument = z.infer<typeof programme>

/**
 * Reads a programme document. The value equals the input, so that its hash stays what was signed; what is wrong comes
 * as problems in words. Source: DESIGN 5.
 */
export function parseProgramme(json: unknown): Result<ProgrammeDocument, 'bad_programme', Problem[]> {
  const parsed = programme.safeParse(json)
  if (!parsed.success) return refuse('bad_programme', problemsFrom(parsed.error, json))
  const problems = crossCheck(parsed.data)
  return problems.length === 0 ? ok(parsed.data) : refuse('bad_programme', problems)
}
