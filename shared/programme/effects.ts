import { parseScaled } from '../rational.ts'
import { assert } from '../result.ts'
import type { CoefficientAccrual, GoodsAccrual } from './rules.ts'
import type { Scale } from './scale.ts'

/** What a rule does to a line, in integers at the programme's scale. */
export type Effect =
  | { readonly kind: 'percent'; readonly share: bigint }
  | {
      readonly kind: 'multiply'
      readonly factor: bigint
      /** Bounds of goods rules: a share of the money, and hundredths of a point per unit. */
      readonly maxShare: bigint | null
      readonly maxPoints: bigint | null
    }
  | { readonly kind: 'fixedPercent'; readonly share: bigint }
  | { readonly kind: 'fixedPoints'; readonly points: bigint }
  | { readonly kind: 'none' }

export function shareOf(scale: Scale, percent: string): bigint {
  return scaled(percent, scale.percentPlaces)
}

function scaled(text: string, places: number): bigint {
  const value = parseScaled(text, places)
  assert(value !== undefined, `a decimal of at most ${places} places, not ${JSON.stringify(text)}`)
  return value
}

export function effectOf(scale: Scale, accrual: CoefficientAccrual & GoodsAccrual): Effect {
  const share = (text: string) => shareOf(scale, text)
  if (accrual.none) return { kind: 'none' }
  if (accrual.percent !== undefined) return { kind: 'percent', share: share(accrual.percent) }
  if (accrual.fixedPercent !== undefined) return { kind: 'fixedPercent', share: share(accrual.fixedPercent) }
  if (accrual.fixedPoints !== undefined) return { kind: 'fixedPoints', points: scaled(accrual.fixedPoints, 2) }
  return {
    kind: 'multiply',
    factor: accrual.multiply === undefined ? scale.factorOne : scaled(accrual.multiply, scale.factorPlaces),
    maxShare: accrual.maxPercent === undefined ? null : share(accrual.maxPercent),
    maxPoints: accrual.maxPoints === undefined ? null : scaled(accrual.maxPoints, 2),
  }
}

export type EffectPool = (accrual: CoefficientAccrual & GoodsAccrual) => Effect

/** Equal effects as one object, so that rules that do the same can be told by identity. */
export function effectPool(scale: Scale): EffectPool {
  const pool = new Map<string, Effect>()
  return (accrual) => {
    const effect = effectOf(scale, accrual)
    const key = Object.values(effect).join(' ')
    const known = pool.get(key)
    if (known !== undefined) return known
    pool.set(key, effect)
    return effect
  }
}
