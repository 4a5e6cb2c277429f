import type { z } from 'zod'
import { coefficient, day, exactly, id, percent, pointsAmount, some, strict } from './parts.ts'
import { when } from './when.ts'

/** What the four groups of rules, and a member's own terms, may say. Source: DESIGN 5 and 6. */

interface AccrualKeys {
  readonly percent?: unknown
  readonly multiply?: unknown
  readonly fixedPercent?: unknown
  readonly fixedPoints?: unknown
  readonly maxPercent?: unknown
  readonly maxPoints?: unknown
  readonly none?: unknown
}

const DECIDING = ['percent', 'multiply', 'fixedPercent', 'fixedPoints', 'none'] as const
const BOUNDS = ['maxPercent', 'maxPoints'] as const

/** One key decides; bounds stand beside `multiply` or alone; an empty part says nothing and is better left out. */
function oneMeaning(value: AccrualKeys, ctx: z.RefinementCtx): void {
  const deciding = DECIDING.filter((key) => value[key] !== undefined)
  const bounds = BOUNDS.filter((key) => value[key] !== undefined)
  const refuse = (message: string) => ctx.addIssue({ code: 'custom', path: [], message })
  if (deciding.length > 1) refuse(`only one of ${deciding.join(', ')}, which contradict each other`)
  else if (deciding.length + bounds.length === 0) refuse('an accrual that says something, or none at all')
  else if (bounds.length > 0 && deciding[0] !== undefined && deciding[0] !== 'multiply') {
    refuse(`${bounds.join(' or ')} beside multiply only, never beside ${deciding[0]}`)
  }
}

export const coefficientAccrual = strict({
  percent: percent.optional(),
  multiply: coefficient.optional(),
  none: exactly(true).optional(),
}).superRefine(oneMeaning)

export const goodsAccrual = strict({
  multiply: coefficient.optional(),
  fixedPercent: percent.optional(),
  fixedPoints: pointsAmount.optional(),
  maxPercent: percent.optional(),
  maxPoints: pointsAmount.optional(),
  none: exactly(true).optional(),
}).superRefine(oneMeaning)

export const redemption = strict({ maxPercent: percent })

export const clientRule = strict({
  id,
  when: when.optional(),
  accrual: coefficientAccrual.optional(),
  redemption: redemption.optional(),
})
export const behaviourRule = clientRule
export const goodsRule = strict({
  id,
  when: when.optional(),
  accrual: goodsAccrual.optional(),
  redemption: redemption.optional(),
})
export const receiptRule = strict({ id, when: when.optional(), redemption })

/** Personal conditions of one member: they rank as a client rule on the member's card. Days are trading days. */
export const terms = strict({
  id,
  accrual: coefficientAccrual.optional(),
  redemption: redemption.optional(),
  outlets: some(id, 'outlet').optional(),
  validFrom: day.optional(),
  validTo: day.optional(),
}).superRefine((value, ctx) => {
  if (value.validFrom !== undefined && value.validTo !== undefined && value.validTo < value.validFrom) {
    ctx.addIssue({ code: 'custom', path: ['validTo'], message: 'a day not before `validFrom`' })
  }
})

export type CoefficientAccrual = z.infer<typeof coefficientAccrual>
export type GoodsAccrual = z.infer<typeof goodsAccrual>
export type ClientRule = z.infer<typeof clientRule>
export type GoodsRule = z.infer<typeof goodsRule>
export type ReceiptRule = z.infer<typeof receiptRule>
export type Terms = z.infer<typeof terms>
