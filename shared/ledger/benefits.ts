import { type Money, money } from '../money.ts'
import type { Benefit } from '../programme/benefits.ts'
import type { ReceiptLine, Reward } from '../quote/types.ts'
import { parseScaled } from '../rational.ts'
import { moneyOf } from '../wire.ts'
import { compare, minOf, qtyOf, sumOf } from './amounts.ts'
import { isNamed } from './history.ts'

/**
 * The money that a full stamp card or a coupon takes off a receipt, as a reward of its quote. `id` is the purse that
 * pays for it, so that a return knows what to give back. Source: DESIGN 6 and 7, rule L74 of SPEC.md.
 */
export function rewardOf(id: string, benefit: Benefit, lines: readonly ReceiptLine[]): Reward | undefined {
  switch (benefit.kind) {
    case 'points':
      return undefined // given with the sale, off no line
    case 'freeItem':
      return freeItem(id, benefit, lines)
    case 'percentOff': {
      const named = lines.filter((line) => isNamed(line, benefit))
      const total = sumOf(named.map((line) => line.amount))
      const off = (total * parseScaled(benefit.percent, 4)!) / 1_000_000n
      return reward(id, 'percentOff', named, benefit.upTo === undefined ? off : minOf(off, moneyOf(benefit.upTo)))
    }
    case 'amountOff': {
      const named = lines.filter((line) => isNamed(line, benefit))
      return reward(id, 'amountOff', named, minOf(moneyOf(benefit.amount), sumOf(named.map((line) => line.amount))))
    }
  }
}

/** The cheapest units of the goods named; of a line with several units its share of the price, rounded down. */
function freeItem(
  id: string,
  benefit: Extract<Benefit, { kind: 'freeItem' }>,
  lines: readonly ReceiptLine[],
): Reward | undefined {
  const cheapestFirst = lines
    .filter((line) => isNamed(line, benefit) && line.qty > 0n && line.amount > 0n)
    .sort((a, b) => compare(a.amount * b.qty, b.amount * a.qty))
  let left = benefit.quantity === undefined ? 1000n : qtyOf(benefit.quantity)
  let off = 0n
  const free: ReceiptLine[] = []
  for (const line of cheapestFirst) {
    if (left === 0n) break
    const units = minOf(left, line.qty)
    const price = (line.amount * units) / line.qty
    const most = benefit.upTo === undefined ? price : minOf(price, (moneyOf(benefit.upTo) * units) / 1000n)
    off += most
    left -= units
    free.push(line)
  }
  return reward(id, 'freeItem', free, off)
}

function reward(id: string, kind: Reward['kind'], lines: readonly ReceiptLine[], off: bigint): Reward | undefined {
  if (off <= 0n) return undefined
  return { id, kind, lines: lines.map((line) => line.id), money: money(off) as Money }
}
