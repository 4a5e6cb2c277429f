/**
 * The rules of the quote benchmark, as data that each engine is given in its own form: a café's cards, goods, hours and
 * outlets. No two rules tie, so that an engine without our tie-breaking can still say the same.
 */
export interface BenchRules {
  readonly client: readonly { id: string; cardType: string; percent: string; maxPercent: string }[]
  readonly skus: readonly { id: string; sku: string; multiply: string }[]
  /** The deeper come first. */
  readonly categories: readonly { id: string; category: string; multiply: string; maxPercent: string }[]
  readonly behaviour: readonly { id: string; weekday: string; from: string; to: string; multiply: string }[]
  readonly receipt: readonly { id: string; outlet: string; maxPercent: string }[]
}

const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
const OF_A_HUNDRED = { client: 20, skus: 40, categories: 20, behaviour: 14, receipt: 6 }

/** `count` rules in the mix of the hundred: 20 on cards, 40 on goods, 20 on categories, 14 on hours, 6 on outlets. */
export function benchRules(count: number): BenchRules {
  const times = (share: number) => Array.from({ length: Math.max(1, Math.round((share * count) / 100)) }, (_, i) => i)
  return {
    client: times(OF_A_HUNDRED.client).map((i) => ({
      id: `card-${i}`,
      cardType: `type-${i}`,
      percent: String(2 + (i % 9)),
      maxPercent: String(30 + (i % 60)),
    })),
    skus: times(OF_A_HUNDRED.skus).map((i) => ({
      id: `sku-${i}`,
      sku: `good-${i}`,
      multiply: String(1 + (i % 4) / 2),
    })),
    categories: times(OF_A_HUNDRED.categories).map((i) => ({
      id: `category-${i}`,
      category: i % 2 === 0 ? `menu-${i}/hot` : `menu-${i - 1}`,
      multiply: String(1 + (i % 3)),
      maxPercent: String(5 + ((i * 7) % 60)),
    })),
    behaviour: times(OF_A_HUNDRED.behaviour).map((i) => ({
      id: `hours-${i}`,
      weekday: WEEKDAYS[i % 7]!,
      ...minutesApart(Math.floor(i / 7), times(OF_A_HUNDRED.behaviour).length / 7),
      multiply: String(2 + (i % 3)),
    })),
    receipt: times(OF_A_HUNDRED.receipt).map((i) => ({
      id: `outlet-${i}`,
      outlet: `shop-${i}`,
      maxPercent: String(50 + (i % 40)),
    })),
  }
}

/** Windows side by side over the day, so that at each minute one of them holds. */
function minutesApart(place: number, places: number): { from: string; to: string } {
  const at = (share: number) => {
    const minute = Math.floor((share * 1440) / Math.ceil(places))
    return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
  }
  return { from: at(place), to: at(place + 1) }
}

export interface BenchLine {
  readonly id: string
  readonly sku: string
  readonly category: string
  readonly amount: string
}

export const BENCH_CARD_TYPE = 'type-3'
export const BENCH_OUTLET = 'shop-1'
/** A Wednesday. */
export const BENCH_AT = '2026-11-18T17:05:00+03:00'
export const BENCH_WEEKDAY = 'wed'
export const BENCH_TIME = '17:05'

/** Ten lines: goods with a rule of their own, goods under a category's rule, and goods without any. */
export function benchLines(): BenchLine[] {
  return Array.from({ length: 10 }, (_, i) => ({
    id: `line-${i}`,
    sku: i % 3 === 0 ? `good-${i}` : `other-${i}`,
    category: i % 3 === 2 ? 'elsewhere' : `menu-${i - (i % 2)}/${i % 2 === 0 ? 'hot' : 'cold'}/small`,
    amount: `${100 + i * 37}.50`,
  }))
}

/** What every engine must say of a line: money's worth before the one rounding, and the most points may pay. */
export interface BenchAnswer {
  readonly id: string
  readonly earn: string
  readonly limit: string
}
