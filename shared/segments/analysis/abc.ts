import { z } from 'zod'

/** Members, goods or categories by what they bring: A carries most of it, C the tail. Source: DESIGN 13. */
export const ABC_CLASSES = ['A', 'B', 'C'] as const
export type AbcClass = (typeof ABC_CLASSES)[number]

export const abcSettings = z
  .strictObject({
    /** A while the running share before the item is below this, in percent … */
    aPercent: z.number().gt(0).max(100).multipleOf(0.01).default(80),
    /** … B while it is below this, then C. */
    bPercent: z.number().gt(0).max(100).multipleOf(0.01).default(95),
  })
  .refine(({ aPercent, bPercent }) => aPercent <= bPercent, { error: 'aPercent ≤ bPercent' })
export type AbcSettings = z.infer<typeof abcSettings>

/**
 * The class of each item, in the order given. Items run from the largest value to the smallest, equal ones in the order
 * given; shares are of all that is above nothing, so what brings nothing or a loss is always C.
 */
export function abcClasses(values: BigInt64Array, settings: AbcSettings): AbcClass[] {
  const total = values.reduce((sum, value) => (value > 0n ? sum + value : sum), 0n)
  const order = Array.from(values.keys()).sort((one, other) => {
    const [a, b] = [values[one]!, values[other]!]
    return a > b ? -1 : a < b ? 1 : one - other
  })
  const [aEnds, bEnds] = [total * perTenThousand(settings.aPercent), total * perTenThousand(settings.bPercent)]
  const classes = new Array<AbcClass>(values.length).fill('C')
  let before = 0n
  for (const item of order) {
    const value = values[item]!
    if (value <= 0n || before * 10_000n >= bEnds) break
    classes[item] = before * 10_000n < aEnds ? 'A' : 'B'
    before += value
  }
  return classes
}

const perTenThousand = (percent: number): bigint => BigInt(Math.round(percent * 100))
