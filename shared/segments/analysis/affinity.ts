import { z } from 'zod'

/** What is bought together: pairs, and rules "who takes one takes the other" for a cross-sell. Source: DESIGN 13. */
export const affinitySettings = z.strictObject({
  of: z.enum(['goods', 'categories']).default('goods'),
  /** A pair stands in at least this share of the receipts. */
  minSupport: z.number().gt(0).max(1).default(0.001),
  minConfidence: z.number().min(0).max(1).default(0.1),
  /** The strongest so many, by lift. */
  rulesMax: z.int().min(1).max(10_000).default(200),
})
export type AffinitySettings = z.infer<typeof affinitySettings>

export interface PairCount {
  readonly a: string
  readonly b: string
  readonly receipts: number
}

export interface AffinityPair {
  readonly items: readonly [string, string]
  readonly receipts: number
  readonly support: number
  readonly lift: number
}

export interface AffinityRule {
  readonly given: string
  readonly offer: string
  readonly receipts: number
  readonly support: number
  readonly confidence: number
  /** Above 1: together more often than by chance. */
  readonly lift: number
}

export interface Affinity {
  readonly pairs: readonly AffinityPair[]
  readonly rules: readonly AffinityRule[]
}

/** Of receipts in all, receipts with each item, and receipts with both of a pair. */
export function affinityOf(
  receipts: number,
  items: ReadonlyMap<string, number>,
  counted: readonly PairCount[],
  settings: AffinitySettings,
): Affinity {
  const enough = leastReceipts(receipts, settings)
  const often = counted.filter((pair) => pair.receipts >= enough)
  const pairs = often.map(({ a, b, receipts: both }) => {
    const lift = (both * receipts) / (items.get(a)! * items.get(b)!)
    return { items: [a, b] as const, receipts: both, support: both / receipts, lift }
  })
  const rules = pairs
    .flatMap(({ items: [a, b], receipts: both, support, lift }) => [
      { given: a, offer: b, receipts: both, support, confidence: both / items.get(a)!, lift },
      { given: b, offer: a, receipts: both, support, confidence: both / items.get(b)!, lift },
    ])
    .filter(({ confidence }) => confidence >= settings.minConfidence)
  return {
    pairs: pairs.sort((one, other) => other.receipts - one.receipts || inOrder(one.items.join(), other.items.join())),
    rules: rules
      .sort(
        (one, other) => other.lift - one.lift || other.confidence - one.confidence || inOrder(one.given, other.given),
      )
      .slice(0, settings.rulesMax),
  }
}

/** How many receipts the least support means. */
export function leastReceipts(receipts: number, { minSupport }: AffinitySettings): number {
  return Math.max(1, Math.ceil(receipts * minSupport - 1e-9))
}

const inOrder = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)
