import { formatHundredths, type Points, parseHundredths, points } from '../money.ts'
import { largestGift } from './budget.ts'
import type { Budget } from './document.ts'
import { hundredthsOfPercent } from './percent.ts'

/** The size of a gift for one member: a share of what they are worth, between a floor and the budget. Rules K62 to K64. */
export interface Worth {
  /** In kopecks; null: nothing was bought yet. */
  readonly averageCheck: bigint | null
  /** Hundredths of a percent, of what was bought at a known cost; null: no cost is known. */
  readonly basketMargin: bigint | null
  /** Expected in the year ahead if they come back, in hundredths; null: nothing can be learnt from the purchases so far. */
  readonly purchasesAhead: bigint | null
}

export interface SizeWish {
  /** The largest; the budget bounds it as well. */
  readonly points: string
  readonly floor: string
  /** Of what is expected to be left of a year's purchases: "5". */
  readonly ltvPercent: string
}

/** How a size came about, in data that a screen makes a sentence of. */
export interface SizeWhy {
  readonly averageCheck: string | null
  readonly marginPercent: string
  readonly marginOf: 'basket' | 'campaign'
  readonly purchasesAhead: string | null
  /** Check × margin × purchases ahead; null: the floor stands in. */
  readonly ltv: string | null
  readonly wanted: string | null
  readonly most: string
  readonly bound: 'floor' | 'budget' | 'none' | 'unknown'
}

const WHOLE = 100n

export function personalSize(wish: SizeWish, budget: Budget, worth: Worth): { points: Points; why: SizeWhy } {
  const [floor, asked] = [hundredths(wish.floor), hundredths(wish.points)]
  const most = asked < largestGift(budget) ? asked : largestGift(budget)
  const margin = worth.basketMargin ?? hundredthsOfPercent(budget.marginPercent)
  const { averageCheck, purchasesAhead } = worth
  const ltv =
    averageCheck === null || purchasesAhead === null
      ? null
      : (averageCheck * margin * purchasesAhead) / (10_000n * 100n)
  const wanted = ltv === null ? null : wholePoints((ltv * hundredthsOfPercent(wish.ltvPercent)) / 10_000n)
  const [size, bound] = bounded(wanted, floor, most)
  const why = {
    averageCheck: textOf(averageCheck),
    marginPercent: formatHundredths(margin),
    marginOf: worth.basketMargin === null ? ('campaign' as const) : ('basket' as const),
    purchasesAhead: textOf(purchasesAhead),
    ltv: textOf(ltv),
    wanted: textOf(wanted),
    most: formatHundredths(most),
    bound,
  }
  return { points: points(size), why }
}

function bounded(wanted: bigint | null, floor: bigint, most: bigint): [bigint, SizeWhy['bound']] {
  if (wanted === null) return [floor, 'unknown']
  if (wanted < floor) return [floor, 'floor']
  return wanted > most ? [most, 'budget'] : [wanted, 'none']
}

const wholePoints = (size: bigint) => size - (size % WHOLE)
const hundredths = (text: string) => parseHundredths(text) ?? 0n
const textOf = (value: bigint | null) => (value === null ? null : formatHundredths(value))
