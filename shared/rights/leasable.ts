import { notBelowNothing, sumOf } from '../ledger/amounts.ts'
import { balanceOf } from '../ledger/balance.ts'
import type { Account } from '../ledger/booking-port.ts'
import { couponPurse, isLimited } from '../ledger/coupons.ts'
import { POINTS } from '../ledger/needs.ts'
import { documentOf } from '../ledger/rules.ts'
import { ONE_STAMP, stampPurse } from '../ledger/stamps.ts'
import type { CompiledProgramme } from '../programme/compile.ts'

/** What of a purse may be handed out as rights, and in what pieces. Rules S81, S84. */
export interface Leasable {
  /** What no lease holds, whole units only, in hundredths. */
  readonly free: bigint
  /** The programme's step of points; all the stamps of one full card; one use of a coupon. */
  readonly unit: bigint
  /** What one receipt can take of it; null: as much as there is. */
  readonly perReceiptMax: bigint | null
}

export type OfflinePolicy = 'rights' | 'rights+risk' | 'none'

export function offlinePolicy(programme: CompiledProgramme): OfflinePolicy {
  return documentOf(programme).redemption.offline?.policy ?? 'rights'
}

const NOTHING: Leasable = { free: 0n, unit: 1n, perReceiptMax: null }

/** What may be handed out of a purse now. */
export function leasable(account: Account, programme: CompiledProgramme, today: string): Leasable {
  const { spendable, balance } = balanceOf(account, today)
  if (account.purse === POINTS) {
    const unit = programme.step
    return { free: whole(spendable, unit), unit, perReceiptMax: null }
  }
  const { stamps = [], coupons = [] } = documentOf(programme)
  const card = stamps.find((each) => stampPurse(each) === account.purse)
  if (card !== undefined) {
    const unit = BigInt(card.need) * ONE_STAMP
    const full = notBelowNothing(whole(balance, unit))
    const most = card.repeat === false && full > unit ? unit : full
    return { free: whole(least(spendable, notBelowNothing(most - account.leased)), unit), unit, perReceiptMax: unit }
  }
  const coupon = coupons.find((each) => couponPurse(each) === account.purse)
  if (coupon === undefined || !isLimited(coupon)) return NOTHING
  if (coupon.validTo !== undefined && coupon.validTo < today) return NOTHING
  return { free: whole(spendable, ONE_STAMP), unit: ONE_STAMP, perReceiptMax: ONE_STAMP }
}

export const whole = (amount: bigint, unit: bigint): bigint => amount - (amount % unit)
const least = (a: bigint, b: bigint): bigint => (a < b ? a : b)

/** What the tills that a predicate picks hold of a purse, without what others have taken over of it already. */
export function heldOf(account: Account, pick: (device: string, epoch: number) => boolean): bigint {
  return sumOf(
    (account.leases ?? []).flatMap(({ holder, takenFrom, remaining }) => {
      const whose = holder ?? takenFrom
      return whose !== undefined && pick(whose.device, whose.epoch) ? [remaining] : []
    }),
  )
}
