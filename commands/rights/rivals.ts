import { type Allotment, allot, likelyShops, VISIT_AGE_MS_MAX, VISITS_LOOKED_AT } from '../../shared/rights/allot.ts'

/**
 * Other ways to allot that were tried, on the same days and receipts. Kept so that an owner can see whether what holds
 * for one chain holds for theirs; docs/rights.md has the figures.
 */
type Allotting = typeof allot
type Order = typeof likelyShops

/** Greedy in another order, or with another share for each shop. */
const greedy =
  (order: Order, { shopsMax = Number.POSITIVE_INFINITY, shareOf = (most: bigint) => most } = {}): Allotting =>
  ({ spendable, perReceiptMax, unit }, visits, shops, now) => {
    const share = shareOf(perReceiptMax)
    let left = spendable
    const parts: Allotment[] = []
    for (const outlet of order(visits, now)
      .filter((each) => shops.has(each))
      .slice(0, shopsMax)) {
      const part = share < left ? share : left
      if (part >= unit) parts.push({ outlet, till: shops.get(outlet)![0]!, points: part })
      left -= part > 0n ? part : 0n
    }
    return parts
  }

const evenly =
  (shopsMax: number): Allotting =>
  ({ spendable, unit }, visits, shops, now) => {
    const outlets = likelyShops(visits, now)
      .filter((each) => shops.has(each))
      .slice(0, shopsMax)
    const part = outlets.length === 0 ? 0n : spendable / BigInt(outlets.length)
    if (part < unit) return []
    return outlets.map((outlet) => ({ outlet, till: shops.get(outlet)![0]!, points: part }))
  }

/** By the sum of what each of the latest visits weighs. */
const weighed =
  (weightOf: (place: number, ageDays: number, isSameWeekday: boolean) => number): Order =>
  (visits, now) => {
    const weights = new Map<string, number>()
    const recent = visits.filter(({ at }) => now - at <= VISIT_AGE_MS_MAX).sort((a, b) => b.at - a.at)
    for (const [place, { outlet, at }] of recent.slice(0, VISITS_LOOKED_AT).entries()) {
      const isSameWeekday = Math.floor(at / DAY_MS) % 7 === Math.floor(now / DAY_MS) % 7
      weights.set(outlet, (weights.get(outlet) ?? 0) + weightOf(place, (now - at) / DAY_MS, isSameWeekday))
    }
    return [...weights].sort(([, a], [, b]) => b - a).map(([outlet]) => outlet)
  }

const DAY_MS = 86_400_000
const byHalves = (visits: number, days: number) => weighed((place, age) => 2 ** (-place / visits - age / days))

export const RIVALS: readonly { readonly name: string; readonly allotment: Allotting }[] = [
  { name: 'as it is', allotment: allot },
  { name: 'most frequent of the last 20 visits first', allotment: greedy(weighed(() => 1)) },
  {
    name: 'the same, three shops at most',
    allotment: greedy(
      weighed(() => 1),
      { shopsMax: 3 },
    ),
  },
  {
    name: 'the older a visit, the less it counts too',
    allotment: greedy(weighed((place, age) => (VISITS_LOOKED_AT - place) * (181 - age) ** 2)),
  },
  { name: 'last shop first', allotment: greedy(weighed((place) => 2 ** -place)) },
  { name: 'a visit counts half after 5 more or 90 days', allotment: greedy(byHalves(5, 90)) },
  { name: 'a visit counts half after 8 more or 90 days', allotment: greedy(byHalves(8, 90)) },
  { name: 'a visit counts half after 8 more or 60 days', allotment: greedy(byHalves(8, 60)) },
  {
    name: 'visits on the same weekday count twice',
    allotment: greedy(weighed((place, _, isSame) => (VISITS_LOOKED_AT - place) * (isSame ? 2 : 1))),
  },
  {
    name: 'all to the likeliest shop',
    allotment: greedy(likelyShops, { shopsMax: 1, shareOf: () => 10n ** 15n }),
  },
  {
    name: 'half of what a receipt may burn',
    allotment: greedy(likelyShops, { shareOf: (most) => most / 2n }),
  },
  {
    name: 'twice of what a receipt may burn',
    allotment: greedy(likelyShops, { shareOf: (most) => most * 2n }),
  },
  { name: 'evenly over three shops', allotment: evenly(3) },
]
