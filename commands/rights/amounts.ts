import type { Chance } from './chance.ts'
import type { Visit } from './visits.ts'

/**
 * Receipts of other sizes than the file's: lognormal, each member's around that member's own mean receipt, the 90th
 * percentile 3.2 times the median. For files that hold only a sample of the lines, so that their totals tell how much a
 * member spends beside others, and nothing about one receipt.
 */
const P90_TO_MEDIAN = 3.2
const NORMAL_P90 = 1.2815515655446004
const SPREAD = Math.log(P90_TO_MEDIAN) / NORMAL_P90

export function withDrawnAmounts(visits: readonly Visit[], chance: Chance): Visit[] {
  const totals = new Map<string, { kopecks: number; receipts: number }>()
  for (const { member, amount } of visits) {
    const total = totals.get(member) ?? { kopecks: 0, receipts: 0 }
    total.kopecks += Number(amount)
    total.receipts++
    totals.set(member, total)
  }
  return visits.map((visit) => {
    const { kopecks, receipts } = totals.get(visit.member)!
    const factor = Math.exp(SPREAD * chance.normal('amount', `${visit.outlet}\n${visit.receipt}`) - SPREAD ** 2 / 2)
    return { ...visit, amount: BigInt(Math.round((kopecks / receipts) * factor)) }
  })
}
