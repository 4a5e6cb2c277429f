import type { CompiledProgramme } from '../programme/compile.ts'
import type { StampCard } from '../programme/stamps.ts'
import type { Account } from './booking-port.ts'
import { isOpened, openCoupon, opensAtFirstUse, putOpened } from './coupons.ts'
import type { CouponBody } from './entry.ts'
import { documentOf } from './rules.ts'
import { stampLastDay, stampPurse } from './stamps.ts'

/** The lives of what lies in purses other than points. */

/** A stamp counts as long as its card's window says; everything else for good. Rule L72. */
export function purseLife(programme: CompiledProgramme, purse: string, day: string) {
  const card = cardOf(programme, purse)
  return { activeFrom: day, lastDay: card === undefined ? null : stampLastDay(card, day) }
}

/** A card that may be claimed with the receipt that fills it. Rule L75. */
export function countsAtOnce(programme: CompiledProgramme, purse: string): boolean {
  return cardOf(programme, purse)?.claim === 'same-receipt'
}

/** A card that does not repeat. Rule L73. */
export function isClaimedOnce(programme: CompiledProgramme, purse: string): boolean {
  return cardOf(programme, purse)?.repeat === false
}

function cardOf(programme: CompiledProgramme, purse: string): StampCard | undefined {
  return documentOf(programme).stamps?.find((each) => stampPurse(each) === purse)
}

/**
 * A coupon with a code that everybody knows is handed to nobody: its uses come into the member's purse at the first use,
 * once, wherever that is. Rule L89.
 */
export function openedBy(
  programme: CompiledProgramme,
  account: Account,
  redeemed: bigint,
  day: string,
): { readonly account: Account; readonly coupon: CouponBody | undefined } {
  const coupon = opensAtFirstUse(documentOf(programme).coupons ?? [], account.purse)
  if (coupon === undefined || redeemed === 0n || isOpened(coupon, account)) return { account, coupon: undefined }
  const opened = openCoupon(coupon, account.member, day)
  return { account: putOpened(account, opened), coupon: { ...opened, withFact: true } }
}
