import type { MemberId } from '../../shared/ids.ts'
import { issueCoupon } from '../../shared/ledger/coupons.ts'
import type { EntryBody } from '../../shared/ledger/entry.ts'
import { plusDays } from '../../shared/ledger/rules.ts'
import { formatPoints } from '../../shared/money.ts'
import type { Coupon } from '../../shared/programme/coupons.ts'
import type { ProgrammeDocument } from '../../shared/programme/schema.ts'
import type { TaskDocument } from '../../shared/tasks/document.ts'
import { pointsOf } from '../../shared/wire.ts'

/** What a task gives, as an entry of the ledger, which gives what has one name once. Rules K130, K131. */
export interface Reward {
  readonly entry: EntryBody
  readonly points: bigint | null
  readonly lastDay: string | null
}

/** Undefined: the programme in force has no such coupon, or none that still holds. Rule K134. */
export function rewardOf(
  { id, name, reward }: TaskDocument,
  member: MemberId,
  programme: ProgrammeDocument | null,
  today: string,
): Reward | undefined {
  if (reward.kind === 'gift') {
    const lastDay = plusDays(today, reward.lifeDays)
    const points = pointsOf(reward.points)
    const entry: EntryBody = {
      kind: 'gift',
      member,
      purse: 'points',
      points: formatPoints(points),
      activeFrom: today,
      lastDay,
      reason: name,
      rule: `task:${id}`,
      occasion: 'once',
    }
    return { entry, points, lastDay }
  }
  const coupon = couponOf(programme, reward.coupon, today)
  if (coupon === undefined) return undefined
  const entry = issueCoupon(coupon, member, today, name)
  return { entry, points: null, lastDay: entry.lastDay }
}

/** A coupon that can be issued to somebody: with a personal code, and not over. */
export function couponOf(programme: ProgrammeDocument | null, id: string, today: string): Coupon | undefined {
  const coupon = programme?.coupons?.find((each) => each.id === id)
  if (coupon === undefined || coupon.code.kind === 'shared') return undefined
  return coupon.validTo !== undefined && coupon.validTo < today ? undefined : coupon
}
