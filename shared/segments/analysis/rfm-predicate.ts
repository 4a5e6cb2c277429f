import { formatHundredths } from '../../money.ts'
import type { Predicate } from '../predicate.ts'
import type { RfmCuts } from './rfm.ts'
import type { RfmGroup } from './rfm-groups.ts'

/**
 * A group of the RFM map as a predicate over facts: the ranges of its grades between the cuts as they are now, less what
 * the groups before it take. Cuts stay as they were on that day while members move on.
 */
export function groupPredicate(
  groups: readonly RfmGroup[],
  name: string,
  grades: number,
  cuts: RfmCuts,
): Predicate | undefined {
  const place = groups.findIndex((group) => group.name === name)
  if (place < 0) return undefined
  const before = groups.slice(0, place).filter((group) => mayMeet(group, groups[place]!))
  const taken: Predicate[] =
    before.length === 0 ? [] : [{ not: { any: before.map((group) => ({ all: ranges(group, grades, cuts) })) } }]
  return { all: [{ fact: 'purchases', is: '>=', value: 1 }, ...ranges(groups[place]!, grades, cuts), ...taken] }
}

function mayMeet(one: RfmGroup, other: RfmGroup): boolean {
  return (['r', 'f', 'm'] as const).every((dimension) => {
    const [a, b] = [one[dimension], other[dimension]]
    return a === undefined || b === undefined || (a[0] <= b[1] && b[0] <= a[1])
  })
}

function ranges({ r, f, m }: RfmGroup, grades: number, cuts: RfmCuts): Predicate[] {
  const money = (kopecks: number) => formatHundredths(BigInt(kopecks))
  return [
    // The longer ago, the lower the grade.
    ...between('daysSincePurchase', r && [grades + 1 - r[1], grades + 1 - r[0]], cuts.r, Number),
    ...between('purchases', f, cuts.f, Number),
    ...between('spend', m, cuts.m, money),
  ]
}

function between(
  fact: 'daysSincePurchase' | 'purchases' | 'spend',
  range: readonly [number, number] | undefined,
  cuts: readonly number[],
  written: (whole: number) => string | number,
): Predicate[] {
  if (range === undefined) return []
  // A cut lies between two whole values as often as on one: above 3.8 is above 3.
  const [above, upTo] = [cuts[range[0] - 2], cuts[range[1] - 1]].map((cut) =>
    cut === undefined ? undefined : Math.floor(cut),
  )
  return [
    ...(above === undefined ? [] : [{ fact, is: '>', value: written(above) } as const]),
    ...(upTo === undefined ? [] : [{ fact, is: '<=', value: written(upTo) } as const]),
  ]
}
