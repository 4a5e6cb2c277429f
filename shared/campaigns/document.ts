import { z } from 'zod'
import { parseHundredths } from '../money.ts'
import { surveyId } from '../surveys/document.ts'
import { pointsText } from '../wire.ts'
import { largestGift } from './budget.ts'
import { cap, whenCapped } from './cap.ts'
import { start } from './start.ts'
import { changedTouches, wrongInVariants } from './variants.ts'

/** A campaign as it is written, sent and kept. Source: DESIGN 14; the rules of SPEC.md. */

export const TOUCHES_MAX = 20
export const VARIANTS_MAX = 4
const id = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, { error: 'such as "one-purchase": a–z, 0–9 and "-" are allowed' })
const days = (from: number) => z.int().min(from).max(3660)
const percentText = z
  .string()
  .regex(/^\d{1,2}(\.\d{1,2})?$|^100(\.0{1,2})?$/, { error: 'a percent from "0" to "100" is allowed' })

const couponId = z.string().min(1).max(80)

/** What a member is told; `{date}`, `{points}`, `{name}`, `{percent}`, `{coupon}`, `{code}`, `{walletLink}` and `{surveyLink}` are filled in. */
const texts = z.strictObject({ ru: z.string().min(1).max(300), en: z.string().min(1).max(300) })
export type CampaignTexts = z.infer<typeof texts>

export const audience = z.strictObject({
  /** Purchases so far, both ends included; without an upper end: that many and more. */
  purchases: z.strictObject({ from: z.int().min(0), to: z.int().min(0).optional() }),
  cardTypes: z.array(z.string().min(1).max(60)).min(1).optional(),
  exceptCardTypes: z.array(z.string().min(1).max(60)).min(1).optional(),
  /** In one of these segments, own ones or of a preset; in none of those. */
  segments: z.array(z.string().min(1).max(80)).min(1).max(20).optional(),
  exceptSegments: z.array(z.string().min(1).max(80)).min(1).max(20).optional(),
  /** Who has not bought for so many days is gone: not reached any more. */
  goneAfterDays: days(1).default(181),
})
export type Audience = z.infer<typeof audience>

export const touch = z.discriminatedUnion('do', [
  z.strictObject({
    id,
    do: z.literal('gift'),
    afterDays: days(0),
    /** Of a size of its own for each member: the most. */
    points: pointsText,
    personal: z.strictObject({ floor: pointsText, ltvPercent: percentText }).optional(),
    lifeDays: days(1),
    text: texts,
  }),
  z.strictObject({ id, do: z.literal('remind'), afterDays: days(0), text: texts }),
  z.strictObject({ id, do: z.literal('call'), afterDays: days(0) }),
  /** Earns so many percent instead of the base for some days: a term of the member. */
  z.strictObject({
    id,
    do: z.literal('percent'),
    afterDays: days(0),
    percent: percentText,
    lifeDays: days(1),
    text: texts,
  }),
  /** A coupon of the programme: a personal one is issued, one with a code for everybody is told. */
  z.strictObject({ id, do: z.literal('coupon'), afterDays: days(0), coupon: couponId, text: texts }),
  /** A free product: a coupon of the programme whose reward is a free item. */
  z.strictObject({ id, do: z.literal('product'), afterDays: days(0), coupon: couponId, text: texts }),
  /** A survey: the cashier asks it, and the message has a link to it. Rule K110. */
  z.strictObject({
    id,
    do: z.literal('survey'),
    afterDays: days(0),
    survey: surveyId,
    lifeDays: days(1),
    text: texts,
  }),
  /** A personal offer: words alone, worth saying for some days. */
  z.strictObject({ id, do: z.literal('offer'), afterDays: days(0), lifeDays: days(1), text: texts }),
])
export type Touch = z.infer<typeof touch>

/** What a variant makes otherwise of a touch; what is not named stays as it is written. */
const change = z.strictObject({
  afterDays: days(0).optional(),
  points: pointsText.optional(),
  percent: percentText.optional(),
  lifeDays: days(1).optional(),
  text: texts.optional(),
})

/** One of the ways in which a chain is tried: for so many percent of its members, by the touch's id. Rules K90 to K94. */
const variant = z.strictObject({ key: id, share: percentText, touches: z.record(id, change).optional() })
export type Variant = z.infer<typeof variant>

export const budget = z.strictObject({
  averageCheck: pointsText,
  marginPercent: percentText,
  sharePercent: percentText,
})
export type Budget = z.infer<typeof budget>

const minute = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: 'a time from "00:00" to "23:59" is allowed' })

/** When nothing is sent, in the programme's zone: half-open, over midnight where `from` is later than `to`. */
export const quietHours = z.union([
  z.literal('none'),
  z.strictObject({ from: minute, to: minute }).refine(({ from, to }) => from !== to, {
    error: 'two different times are allowed, or "none"',
  }),
])
export type QuietHours = z.infer<typeof quietHours>

export const campaignDocument = z
  .strictObject({
    schema: z.literal('campaign/1'),
    id,
    name: z.string().trim().min(1).max(100),
    audience,
    start,
    touches: z.array(touch).min(1).max(TOUCHES_MAX),
    budget,
    /** Share of members that is never touched, to compare with. */
    controlPercent: percentText.default('10'),
    /** How often this campaign may touch a member, beside what holds for all campaigns together. */
    cap: cap.optional(),
    /** Missing: it waits. */
    whenCapped: whenCapped.optional(),
    /** Missing: from 21:00 to 09:00. */
    quietHours: quietHours.optional(),
    /** Ways in which the chain is tried, to see which brings more. */
    variants: z.array(variant).min(2).max(VARIANTS_MAX).optional(),
  })
  .superRefine((document, context) => {
    const { audience, start: opening, touches, budget: limits, variants } = document
    const { purchases, goneAfterDays } = audience
    const wrong = (path: (string | number)[], message: string) => context.addIssue({ code: 'custom', path, message })
    if (purchases.to !== undefined && purchases.to < purchases.from) {
      wrong(['audience', 'purchases', 'to'], `found ${purchases.to}; at least ${purchases.from} is allowed`)
    }
    if (opening.kind === 'daysWithoutPurchase') {
      if (opening.days >= goneAfterDays) {
        wrong(['start', 'days'], `found ${opening.days}; who has not bought for ${goneAfterDays} days is gone already`)
      }
      if (purchases.from === 0) {
        wrong(
          ['audience', 'purchases', 'from'],
          'found 0; days without a purchase begin with one: from 1 on is allowed',
        )
      }
    }
    // what is no amount is complained of by its own field
    const largest = budget.safeParse(limits).success ? largestGift(limits) : null
    wrongInTouches(touches, largest, (at, field, message) =>
      wrong(['touches', at, ...(field === 'floor' ? ['personal', 'floor'] : field.split('.'))], message),
    )
    if (variants === undefined) return
    wrongInVariants(variants, touches, wrong)
    for (const [place, each] of variants.entries()) {
      wrongInTouches(changedTouches(touches, each), largest, (at, field, message) => {
        const { id: name } = touches[at]!
        const [changed, ...within] = field === 'floor' ? ['points'] : (field.split('.') as [string, ...string[]])
        // what it leaves as it is, is complained of where it is written
        if (!(changed! in (each.touches?.[name] ?? {}))) return
        wrong(['variants', place, 'touches', name, changed!, ...within], message)
      })
    }
  })
export type CampaignDocument = z.infer<typeof campaignDocument>

type Field = 'id' | 'afterDays' | 'points' | 'floor' | 'text.ru' | 'text.en'

function wrongInTouches(
  touches: readonly Touch[],
  largest: bigint | null,
  wrong: (at: number, field: Field, message: string) => void,
): void {
  for (const [index, each] of touches.entries()) {
    if (each.do !== 'gift' || each.personal === undefined) continue
    const [floor, most] = [parseHundredths(each.personal.floor), parseHundredths(each.points)]
    if (floor !== undefined && most !== undefined && floor > most) {
      wrong(index, 'floor', `found ${each.personal.floor}; at most ${each.points} is allowed`)
    }
  }
  for (const [index, each] of touches.entries()) {
    const first = touches.findIndex((other) => other.id === each.id)
    if (first !== index) wrong(index, 'id', `${each.id} is the name of touch ${first + 1} already`)
    if (index === 0 && each.afterDays !== 0) {
      wrong(0, 'afterDays', `found ${each.afterDays}; the first touch is made when the chain opens: 0`)
    }
    if (index > 0 && each.afterDays === 0) wrong(index, 'afterDays', 'found 0; from 1 on is allowed')
    for (const language of ['ru', 'en'] as const) {
      if (each.do !== 'survey' || each.text[language].includes('{surveyLink}')) continue
      wrong(index, `text.${language}`, 'a text with {surveyLink} in it is needed')
    }
    if (each.do !== 'gift' || largest === null) continue
    if ((parseHundredths(each.points) ?? 0n) > largest) {
      wrong(index, 'points', `found ${each.points}; the budget allows ${largest / 100n}`)
    }
  }
}
