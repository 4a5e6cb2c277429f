import { NO_MONEY } from '../money.ts'
import { asMoney, sum } from './amounts.ts'
import { shareOut } from './share-out.ts'
import type { ReceiptLine, Reward } from './types.ts'

/**
 * Rewards come after the register's own discounts and before points. Each takes its money off the lines it names, in
 * proportion to what is left on them and never below 0; what does not fit is not given. Source: DESIGN 6.
 */
export interface Rewarded {
  /** As applied: with the money really taken off. */
  readonly rewards: readonly Reward[]
  /** What is left of each line, in kopecks, in the order of the lines. */
  readonly left: readonly bigint[]
}

export function applyRewards(lines: readonly ReceiptLine[], rewards: readonly Reward[] = []): Rewarded {
  const left = lines.map((line): bigint => line.amount)
  const applied = rewards.map((reward) => {
    const named = new Set(reward.lines)
    const weights = left.map((amount, i) => (named.has(lines[i]!.id) ? amount : NO_MONEY))
    const room = sum(weights)
    const taken = reward.money < room ? reward.money : room
    for (const [i, share] of shareOut(taken, weights).entries()) left[i]! -= share
    return { ...reward, money: asMoney(taken) }
  })
  return { rewards: applied, left }
}
