import { describe, expect, test } from 'vitest'
import { allowedNow } from '../../../shared/ledger/limits.ts'
import { type ReferralFacts, referralDue } from '../../../shared/ledger/referral.ts'
import { parseHundredths } from '../../../shared/money.ts'
import { programmeWith } from './network.ts'

/** The edges of bringing friends and of bounds. Rules L90 to L94. */

const gift = { points: '100.00', lifeDays: 7 }
const purchase = (day: string, paid = '500.00', at = `${day}T12:00:00+03:00`) =>
  ({ day, at, paid: parseHundredths(paid)! }) as ReferralFacts['purchases'][number]

describe('a friend who was brought', () => {
  const paid = (rule: object, facts: Partial<ReferralFacts> = {}, today = '2026-01-20') => {
    const referral = programmeWith({ referral: { share: ['code'], friend: gift, referrer: gift, ...rule } }).document
      .referral!
    const all = {
      ...{ friend: 'boris' as never, referrer: 'anna' as never, since: '2026-01-01' },
      ...{ purchases: [purchase('2026-01-05')], friendGiven: [], referrerGiven: [] },
    }
    return referralDue(referral, { ...all, ...facts }, today).map((body) => `${body.member} ${body.occasion}`)
  }
  const both = ['boris by anna', 'anna for boris']

  test('[L90] rewards both where the programme asks for no sum and no time, and nobody where nobody brought them', () => {
    expect(paid({}, { purchases: [purchase('2030-01-05', '0.01')] })).toEqual(both)
    expect(paid({}, { referrer: null })).toEqual([])
  })

  test('[L91] is judged by the purchase that was first in time, in whatever order they were heard', () => {
    const [small, large] = [purchase('2026-01-05', '1.00'), purchase('2026-01-06', '900.00')]
    for (const purchases of [
      [small, large],
      [large, small],
    ]) {
      expect(paid({ purchaseFrom: '500.00' }, { purchases })).toEqual([])
      expect(paid({ purchaseFrom: '1.00' }, { purchases })).toEqual(both)
    }
    const zones = [
      purchase('2026-01-05', '1.00', '2026-01-05T01:00:00Z'),
      purchase('2026-01-05', '900.00', '2026-01-05T02:00:00+03:00'),
    ]
    expect(paid({ purchaseFrom: '500.00' }, { purchases: zones })).toEqual(both)
  })

  test('[L91] buys through the last day that counts, and from the day of enrolment on', () => {
    const on = (day: string) => paid({ withinDays: 30 }, { purchases: [purchase(day)] })
    expect([on('2026-01-01'), on('2026-01-31')]).toEqual([both, both])
    expect([on('2025-12-31'), on('2026-02-01')]).toEqual([[], []])
  })

  test('[L92] is paid for by gifts of this rule alone, whatever else either has got', () => {
    const other = { rule: 'welcome', occasion: 'for boris', day: '2026-01-10' }
    expect(paid({ friendsPerMonthMax: 1 }, { friendGiven: [other], referrerGiven: [other] })).toEqual(both)
    const before = { rule: 'referral', occasion: 'for boris', day: '2025-06-01' }
    expect(paid({}, { referrerGiven: [before] })).toEqual(['boris by anna'])
    const merged = { rule: 'referral', occasion: 'for bob', day: '2025-06-01' }
    expect(paid({}, { referrerGiven: [merged] })).toEqual(both)
    expect(paid({}, { friendBefore: ['bo', 'bob'], referrerGiven: [merged] })).toEqual(['boris by anna'])
  })

  test('[L92] counts in the calendar month of the gift, its first day included', () => {
    const given = (day: string) => ({ rule: 'referral', occasion: 'for vera', day })
    expect(paid({ friendsPerMonthMax: 1 }, { referrerGiven: [given('2026-01-01')] })).toEqual(['boris by anna'])
    expect(paid({ friendsPerMonthMax: 1 }, { referrerGiven: [given('2025-12-31')] })).toEqual(both)
    expect(paid({ friendsPerMonthMax: 2 }, { referrerGiven: [given('2026-01-01')] })).toEqual(both)
    expect(paid({}, { referrerGiven: [given('2026-01-01'), given('2026-01-02')] })).toEqual(both)
  })
})

describe('bounds', () => {
  const quiet = { receiptsToday: 0, earnedToday: 0n, redeemedToday: 0n, receiptsThisHour: 0, returnsThisMonth: 0 }
  const limits = (bounds: object) => programmeWith({ limits: bounds }).document.limits

  test('[L93] that are not named bound nothing', () => {
    const busy = { receiptsToday: 99, earnedToday: 9n, redeemedToday: 9n, receiptsThisHour: 99, returnsThisMonth: 99 }
    expect(allowedNow(undefined, busy)).toEqual({ earnMax: null, redeemMax: null, warnings: [] })
    expect(allowedNow(limits({ receiptsPerHour: 100 }), busy)).toEqual({ earnMax: null, redeemMax: null, warnings: [] })
  })

  test('[L93] of points leave what is left of the day, never less than nothing', () => {
    const bounds = limits({ perMemberDay: { earn: '100.00', redeem: '50.00' } })
    expect(allowedNow(bounds, { ...quiet, earnedToday: 4000n, redeemedToday: 4999n })).toEqual({
      earnMax: 6000n,
      redeemMax: 1n,
      warnings: [],
    })
    expect(allowedNow(bounds, { ...quiet, earnedToday: 10_001n, redeemedToday: 5000n })).toMatchObject({
      earnMax: 0n,
      redeemMax: 0n,
    })
  })

  test('[L93] of receipts leave nothing from the one above the last on', () => {
    const bounds = limits({ perMemberDay: { receipts: 2 } })
    expect(allowedNow(bounds, { ...quiet, receiptsToday: 1 })).toEqual({ earnMax: null, redeemMax: null, warnings: [] })
    expect(allowedNow(bounds, { ...quiet, receiptsToday: 2 })).toEqual({
      earnMax: 0n,
      redeemMax: 0n,
      warnings: ['too_many_receipts_today'],
    })
  })

  test('[L94] of an hour and of a month’s returns point out what is done too often, each by itself', () => {
    const bounds = limits({ receiptsPerHour: 3, returnsPerMonth: 2 })
    const warned = (activity: object) => allowedNow(bounds, { ...quiet, ...activity }).warnings
    expect(warned({ receiptsThisHour: 2, returnsThisMonth: 1 })).toEqual([])
    expect(warned({ receiptsThisHour: 3 })).toEqual(['too_many_receipts_this_hour'])
    expect(warned({ returnsThisMonth: 2 })).toEqual(['too_many_returns'])
  })
})
