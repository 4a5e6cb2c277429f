import { describe, expect, test } from 'vitest'
import type { Account, Lot } from '../../../shared/ledger/booking-port.ts'
import { couponOf, issueCoupon, openLotId, redeemCoupon, usesLeft } from '../../../shared/ledger/coupons.ts'
import { emptyAccount } from '../../../shared/ledger/lots.ts'
import { requestOf } from '../../../shared/ledger/recompute.ts'
import { points } from '../../../shared/money.ts'
import { occasionOf } from '../../../shared/quote/occasion.ts'
import { programmeWith, saleBody } from './network.ts'

/** Where a coupon fits and where it does not, how often it may still be used, and how long one's own lives. L78, L85 to L89. */

const plain = {
  id: 'ten',
  name: '10 %',
  code: { kind: 'shared', code: 'Ten' },
  usesPerMember: 2,
  reward: { kind: 'percentOff', percent: '10' },
}
const own = { ...plain, id: 'mine', code: { kind: 'personal', length: 8 } }
const couponWith = (changes: object = {}, base: object = plain) => {
  const programme = programmeWith({ coupons: [{ ...base, ...changes }] })
  return { programme, coupon: programme.document.coupons![0]! }
}
const lot = (id: string, uses: number, activeFrom = '2026-01-01', lastDay: string | null = null): Lot => {
  const amount = points(BigInt(uses * 100))
  return { id, points: amount, remaining: amount, activeFrom, lastDay }
}
const purse = (...lots: Lot[]): Account => ({
  ...emptyAccount('anna' as never, 'coupon:ten'),
  posted: points(lots.reduce((sum, each) => sum + each.remaining, 0n)),
  lots,
})

describe('a coupon', () => {
  const used = (changes: object, facts: object = {}, base: object = plain) => {
    const { programme, coupon } = couponWith(changes, base)
    const lines = [{ sku: 'tea', amount: '1000.00' }]
    const request = requestOf('A' as never, saleBody({ receipt: 'r', lines, at: '2026-03-10T12:00:00+03:00' }))
    const result = redeemCoupon(coupon, {
      occasion: occasionOf(programme, request, 100_000n),
      member: 'anna' as never,
      purse: purse(lot('a', 1)),
      lines: request.receipt.lines,
      others: [],
      today: '2026-03-10',
      ...facts,
    })
    return result.ok ? 'used' : result.reason
  }

  test('[L88] is used from its first day through its last', () => {
    expect(used({ validFrom: '2026-03-11' })).toBe('coupon_not_yet')
    expect(used({ validFrom: '2026-03-10', validTo: '2026-03-10' })).toBe('used')
    expect(used({ validTo: '2026-03-09' })).toBe('coupon_over')
    expect(used({ validFrom: '2026-03-01' })).toBe('used')
  })

  test('[L86] [L88] with a code of one’s own is used by its member through the code’s last day', () => {
    const code = (changes: object) => ({
      code: { coupon: 'mine', member: 'anna', serial: '1', lastDay: null, ...changes },
    })
    expect(used({}, code({}), own)).toBe('used')
    expect(used({}, code({ lastDay: '2026-03-10' }), own)).toBe('used')
    expect(used({}, code({ lastDay: '2026-03-09' }), own)).toBe('coupon_over')
    expect(used({}, code({ member: 'boris' }), own)).toBe('coupon_of_another_member')
  })

  test('[L88] fits where its conditions hold and its goods are on the receipt', () => {
    expect(used({ when: { weekdays: ['tue'] } })).toBe('used')
    expect(used({ when: { weekdays: ['wed'] } })).toBe('coupon_does_not_fit')
    expect(used({ reward: { kind: 'percentOff', percent: '10', skus: ['tea'] } })).toBe('used')
    expect(used({ reward: { kind: 'percentOff', percent: '10', skus: ['cake'] } })).toBe('coupon_does_not_fit')
    expect(used({ reward: { kind: 'points', gift: { points: '50.00', lifeDays: 7 } } })).toBe('used')
  })

  test('[L88] stands beside others only where all of them may', () => {
    const [alone, social] = [couponWith().coupon, couponWith({ combines: true }).coupon]
    expect(used({}, { others: [social] })).toBe('coupon_stands_alone')
    expect(used({ combines: false }, { others: [social] })).toBe('coupon_stands_alone')
    expect(used({ combines: true }, { others: [alone] })).toBe('coupon_stands_alone')
    expect(used({ combines: true }, { others: [social, alone] })).toBe('coupon_stands_alone')
    expect(used({ combines: true }, { others: [social, social] })).toBe('used')
    expect(used({ combines: false })).toBe('used')
  })

  test('[L87] without a limit takes nothing of a purse, with one it takes a use', () => {
    const taken = (changes: object, base: object = plain) => {
      const { programme, coupon } = couponWith(changes, base)
      const request = requestOf('A' as never, saleBody({ receipt: 'r', lines: [{ amount: '1000.00' }] }))
      const occasion = occasionOf(programme, request, 100_000n)
      const facts = { occasion, member: 'anna' as never, purse: purse(lot('a', 1)), lines: request.receipt.lines }
      const result = redeemCoupon(coupon, { ...facts, others: [], today: '2026-03-10' })
      return result.ok ? result.value.posting : result.reason
    }
    expect(taken({ usesPerMember: null })).toBeUndefined()
    expect(taken({})).toEqual({ purse: 'coupon:ten', kind: 'redeem', points: '1.00' })
    expect(taken({ usesPerMember: null }, own)).toEqual({ purse: 'coupon:mine', kind: 'redeem', points: '1.00' })
  })

  test('[L89] is found by the code that everybody knows, without case, and never by one of the personal kind', () => {
    const coupons = programmeWith({ coupons: [own, { ...plain, id: 'x', code: { kind: 'shared', code: 'X' } }, plain] })
      .document.coupons!
    expect(couponOf(coupons, ' tEN ')?.id).toBe('ten')
    expect(couponOf(coupons, 'x')?.id).toBe('x')
    expect(couponOf(coupons, 'te')).toBeUndefined()
  })
})

describe('the uses that are left', () => {
  const left = (account: Account | null, base: object = plain) =>
    usesLeft(couponWith({}, base).coupon, account, '2026-03-10')

  test('[L89] of a code that everybody knows are all of them before its first use, once', () => {
    const { coupon } = couponWith()
    expect(left(null)).toBe(2)
    expect(left(purse())).toBe(2)
    expect(left(purse(lot(openLotId(coupon), 1)))).toBe(1)
    expect(left(purse(lot(openLotId(coupon), 0)))).toBe(0)
  })

  test('[L89] are beside those that were given by hand', () => {
    expect(left(purse(lot('given', 3)))).toBe(5)
  })

  test('[L85] of one’s own are those that were given and live today', () => {
    expect(left(null, own)).toBe(0)
    expect(left(purse(), own)).toBe(0)
    const lots = [lot('over', 1, '2026-01-01', '2026-03-09'), lot('a', 1, '2026-03-10'), lot('later', 1, '2026-03-11')]
    expect(left(purse(...lots), own)).toBe(1)
  })
})

describe('[L85] a coupon of one’s own', () => {
  const issued = (changes: object, hash?: string) =>
    issueCoupon(couponWith(changes, own).coupon, 'anna' as never, '2026-03-10', 'a campaign', hash)

  test('[L85] lives its days, and never longer than the coupon', () => {
    expect(issued({ lifeDays: 14 }).lastDay).toBe('2026-03-24')
    expect(issued({ lifeDays: 14, validTo: '2026-03-20' }).lastDay).toBe('2026-03-20')
    expect(issued({ lifeDays: 14, validTo: '2026-03-31' }).lastDay).toBe('2026-03-24')
    expect(issued({ validTo: '2026-03-31' }).lastDay).toBe('2026-03-31')
    expect(issued({}).lastDay).toBeNull()
  })

  test('[L85] counts from the day of issue, or from the coupon’s first day where that is later', () => {
    expect(issued({}).activeFrom).toBe('2026-03-10')
    expect(issued({ validFrom: '2026-03-01' }).activeFrom).toBe('2026-03-10')
    expect(issued({ validFrom: '2026-03-11' }).activeFrom).toBe('2026-03-11')
  })

  test('[L85] has its uses, one where the programme names none, and tells of its code only where it has one', () => {
    expect(issued({})).toMatchObject({ uses: '2.00', member: 'anna', coupon: 'mine', reason: 'a campaign' })
    expect(issued({ usesPerMember: null }).uses).toBe('1.00')
    expect(issued({})).not.toHaveProperty('code')
    expect(issued({}, 'ab12')).toHaveProperty('code', 'ab12')
  })
})
