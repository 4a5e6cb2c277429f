import type { CoreRefusal } from '../../shared/core-api.ts'

/**
 * Whether anything may leave a purse here. `forked`: the cloud knows another history of this till, so the till may be
 * a copy of another, and both would spend the same. `disk_low`: there is hardly room left for what must be written.
 */
export type Spending = 'open' | 'offline' | 'forked' | 'disk_low'

export function spendingNow(facts: {
  readonly online: boolean
  readonly forked: boolean
  readonly diskLow: boolean
}): Spending {
  if (facts.forked) return 'forked'
  if (facts.diskLow) return 'disk_low'
  return facts.online ? 'open' : 'offline'
}

const OFFLINE = { points: 'redeem_offline', coupon: 'coupon_offline', reward: 'reward_offline' } as const

/** Why points, a coupon or a full card are refused. */
export function shutBy(spending: Exclude<Spending, 'open'>, what: keyof typeof OFFLINE): CoreRefusal {
  if (spending === 'forked') return 'till_forked'
  if (spending === 'disk_low') return 'disk_low'
  return OFFLINE[what]
}
