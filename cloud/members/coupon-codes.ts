import { randomInt } from 'node:crypto'
import type { MemberId } from '../../shared/ids.ts'
import { codeSigningText, writeCode } from '../../shared/ledger/coupon-code.ts'
import { issueCoupon } from '../../shared/ledger/coupons.ts'
import type { CompiledProgramme } from '../../shared/programme/compile.ts'
import type { Keys } from '../secrets/keys.ts'

const LETTERS = '23456789ABCDEFGHJKMNPQRSTUVWXYZ' // nothing that is mistaken for another when it is read aloud

/** The code of a coupon for one member, as its QR holds it: signed, so that tills know it for ours without a network. */
export function personalCode(
  keys: Pick<Keys, 'signCoupon'>,
  { document }: CompiledProgramme,
  id: string,
  member: MemberId,
  today: string,
): string | undefined {
  const coupon = document.coupons?.find((each) => each.id === id)
  if (coupon === undefined || coupon.code.kind !== 'personal') return undefined
  const { prefix = '', length } = coupon.code
  const letters = Array.from({ length }, () => LETTERS[randomInt(LETTERS.length)]!)
  const { lastDay } = issueCoupon(coupon, member, today, 'a code')
  const code = { coupon: id, member, serial: prefix + letters.join(''), lastDay }
  return writeCode(code, keys.signCoupon(codeSigningText(code)))
}
