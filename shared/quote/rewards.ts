import { type Money, money } from '../money.ts'
import { shareOut } from './share-out.ts'
import type { ReceiptLine, Reward } from './types.ts'

/**
 * Rewards come after the register's own discounts and before points. Each takes its money off the lines it names, in
 * proportion to what is left on them and never below 0; what does not fit is not given. Source: DESIGN 6.
 */
export interface Rewarded {
  /** As applied: with the money really taken off. */
  readonly rewards: readonly Reward[]
  /** What each line lost, in the order of the lines. */
  readonly off: readonly Money[]
}

export function applyRewards(lines: readonly ReceiptLine[], rewards: readonly Reward[]): Rewarded {
  const left = lines.map((line): bigint => line.amount)
  const applied = rewards.map((reward) => {
    const named = new Set(reward.lines)
    const weights = left.map((amount, i) => (named.has(lines[i]!.id) ? amount : 0n))
    const room = weights.reduce((sum, weight) => sum + weight, 0n)
    const taken = reward.money < room ? reward.money : room
    for (const [i, share] of shareOut(taken, weights).entries()) left[i]! -= share
    return { ...reward, money: money(taken) }
  })
  return { rewards: applied, off: lines.map((line, i) => money(line.amount - left[i]!)) }
}
