import { parseScaled } from '../rational.ts'
import { assert } from '../result.ts'
import { FACTOR_PLACES } from './parts.ts'
import type { CoefficientAccrual, GoodsAccrual } from './rules.ts'

/**
 * What a rule does to a line, in integers. A percent is held as millionths of the money, a coefficient as
 * ten-thousandths; a rate is a percent times the coefficients of the three groups, at one fixed scale, so that
 * comparing and adding what lines earn needs no fractions.
 */
export const COEFFICIENT_ONE = 10n ** BigInt(FACTOR_PLACES)
/** One millionth of the money: the unit of `share`. */
export const SHARE_ONE = 100n * COEFFICIENT_ONE
/** Lifts a share to the scale of a rate: as if all three coefficients were 1. */
export const RATE_PER_SHARE = COEFFICIENT_ONE ** 3n
export const RATE_ONE = SHARE_ONE * RATE_PER_SHARE

export type Effect =
  | { readonly kind: 'percent'; readonly share: bigint }
  | {
      readonly kind: 'multiply'
      readonly factor: bigint
      /** Bounds of goods rules: a rate, and hundredths of a point per unit. */
      readonly maxRate: bigint | null
      readonly maxPoints: bigint | null
    }
  | { readonly kind: 'fixedPercent'; readonly rate: bigint }
  | { readonly kind: 'fixedPoints'; readonly points: bigint }
  | { readonly kind: 'none' }

export function shareOf(percent: string): bigint {
  return scaled(percent)
}

function scaled(text: string): bigint {
  const value = parseScaled(text, FACTOR_PLACES)
  assert(value !== undefined, `a decimal that the schema let through, not ${JSON.stringify(text)}`)
  return value
}

export function effectOf(accrual: CoefficientAccrual & GoodsAccrual): Effect {
  if (accrual.none) return { kind: 'none' }
  if (accrual.percent !== undefined) return { kind: 'percent', share: scaled(accrual.percent) }
  if (accrual.fixedPercent !== undefined) {
    return { kind: 'fixedPercent', rate: scaled(accrual.fixedPercent) * RATE_PER_SHARE }
  }
  if (accrual.fixedPoints !== undefined) return { kind: 'fixedPoints', points: parseScaled(accrual.fixedPoints, 2)! }
  return {
    kind: 'multiply',
    factor: accrual.multiply === undefined ? COEFFICIENT_ONE : scaled(accrual.multiply),
    maxRate: accrual.maxPercent === undefined ? null : scaled(accrual.maxPercent) * RATE_PER_SHARE,
    maxPoints: accrual.maxPoints === undefined ? null : parseScaled(accrual.maxPoints, 2)!,
  }
}

/** Equal effects as one object, so that rules that do the same can be told by identity. */
export function effectPool(): (accrual: CoefficientAccrual & GoodsAccrual) => Effect {
  const pool = new Map<string, Effect>()
  return (accrual) => {
    const effect = effectOf(accrual)
    const key = Object.values(effect).join(' ')
    const known = pool.get(key)
    if (known !== undefined) return known
    pool.set(key, effect)
    return effect
  }
}
