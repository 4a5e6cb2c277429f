import { FACTOR_PLACES } from './parts.ts'
import type { CoefficientAccrual, GoodsAccrual, Terms } from './rules.ts'
import type { ProgrammeDocument } from './schema.ts'

/**
 * Percents and coefficients as integers. A percent is held as a share of the money (`shareOne` is all of it), a
 * coefficient against `factorOne`, and a rate is a share times the coefficients of the three groups (`rateOne` is all
 * of the money). Adding and comparing what lines earn then needs no fractions. The places are as few as the programme
 * uses, because integers that fit a machine word are several times faster than larger ones; the results are equal.
 */
export interface Scale {
  readonly percentPlaces: number
  readonly factorPlaces: number
  readonly shareOne: bigint
  readonly factorOne: bigint
  readonly ratePerShare: bigint
  readonly rateOne: bigint
}

function scale(percentPlaces: number, factorPlaces: number): Scale {
  const factorOne = 10n ** BigInt(factorPlaces)
  const shareOne = 100n * 10n ** BigInt(percentPlaces)
  const ratePerShare = factorOne ** 3n
  return { percentPlaces, factorPlaces, shareOne, factorOne, ratePerShare, rateOne: shareOne * ratePerShare }
}

/** As fine as any programme or terms may write. */
export const FINEST = scale(FACTOR_PLACES, FACTOR_PLACES)

/** The coarsest scale that holds everything a programme says. */
export function scaleOf({ accrual, redemption, rules }: ProgrammeDocument): Scale {
  const percents: (string | undefined)[] = [
    accrual.basePercent,
    accrual.capPercent,
    accrual.marginCapPercent,
    redemption.basePercent,
  ]
  const factors: (string | undefined)[] = []
  let points = false
  const texts: RuleNumbers[] = [...rules.client, ...rules.goods, ...rules.behaviour, ...rules.receipt]
  for (const rule of texts) {
    percents.push(...percentsOf(rule))
    factors.push(rule.accrual?.multiply)
    points ||= rule.accrual?.fixedPoints !== undefined || rule.accrual?.maxPoints !== undefined
  }
  // Points per unit are hundredths times thousandths of a unit: the scale must hold a thousandth.
  return scale(Math.max(placesOf(percents), points ? 1 : 0), placesOf(factors))
}

/** Whether a member's terms can be written at a scale. */
export function fits(scale: Scale, terms: Terms): boolean {
  return placesOf(percentsOf(terms)) <= scale.percentPlaces && placesOf([terms.accrual?.multiply]) <= scale.factorPlaces
}

interface RuleNumbers {
  readonly accrual?: (CoefficientAccrual & GoodsAccrual) | undefined
  readonly redemption?: { readonly maxPercent: string } | undefined
}

function percentsOf({ accrual, redemption }: RuleNumbers): (string | undefined)[] {
  return [accrual?.percent, accrual?.fixedPercent, accrual?.maxPercent, redemption?.maxPercent]
}

function placesOf(texts: readonly (string | undefined)[]): number {
  let places = 0
  for (const text of texts) {
    const point = text?.indexOf('.') ?? -1
    if (point !== -1) places = Math.max(places, text!.length - point - 1)
  }
  return places
}
