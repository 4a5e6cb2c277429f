import fc from 'fast-check'
import { formatHundredths } from '../../../shared/money.ts'
import { FACT_NAMES, factKind } from '../../../shared/segments/facts.ts'
import type { Scalar } from '../../../shared/segments/predicate.ts'

/** Predicates drawn at random, about members as the property tests draw them. */

interface Drawn {
  readonly daysAgo: (days: number) => string
  readonly windows: readonly number[]
  readonly gaps: readonly number[]
  readonly kopecksMax: number
}

const DAYS_MAX = 70

export const comparison = fc.constantFrom('=', '!=', '<', '<=', '>', '>=')

const TEXTS: Readonly<Record<string, string[]>> = {
  tier: ['gold', 'none'],
  cardType: ['vip', 'standard'],
  firstName: ['ТАТЬЯНА', 'петр', 'Ann '],
  gender: ['female', 'male'],
  city: ['казань', 'Орел', 'Rome'],
}

/** A question about any of the facts. */
export const factLeaf = ({ daysAgo, windows, gaps, kopecksMax }: Drawn): fc.Arbitrary<unknown> =>
  fc.constantFrom(...FACT_NAMES).chain((fact): fc.Arbitrary<unknown> => {
    const kind = factKind(fact)
    const value: fc.Arbitrary<Scalar> = {
      count: fc.integer({ min: -1, max: fact === 'age' ? 80 : 10 }),
      days: fc.integer({ min: -1, max: DAYS_MAX }),
      money: fc.integer({ min: -600, max: kopecksMax }).map((kopecks) => formatHundredths(BigInt(kopecks))),
      day: fc.integer({ min: 0, max: DAYS_MAX }).map(daysAgo),
      text: fc.constantFrom(...(TEXTS[fact] ?? ['x'])),
      flag: fc.boolean(),
    }[kind.type]
    const isOrdered = kind.type !== 'text' && kind.type !== 'flag'
    return fc
      .record({
        within: kind.windowed === true ? fc.constantFrom(undefined, ...windows) : fc.constant(undefined),
        gap: fc.constantFrom(...gaps),
        is: fc.oneof(
          { weight: 6, arbitrary: isOrdered ? comparison : fc.constantFrom('=', '!=') },
          { weight: 1, arbitrary: fc.constantFrom('in', 'known', 'unknown') },
        ),
        values: fc.array(value, { minLength: 1, maxLength: 3 }),
      })
      .map(({ within, gap, is, values }) => ({
        fact,
        ...(within === undefined ? {} : { within }),
        ...(kind.gap === true ? { gap } : {}),
        is,
        ...(is === 'known' || is === 'unknown' ? {} : { value: is === 'in' ? values : values[0] }),
      }))
  })

/** Leaves joined by all, any and not, some levels deep. */
export const treeOf = (leaves: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 3 },
      leaves,
      fc.array(tie('tree'), { maxLength: 3 }).map((all) => ({ all })),
      fc.array(tie('tree'), { maxLength: 3 }).map((any) => ({ any })),
      tie('tree').map((not) => ({ not })),
    ),
  })).tree
