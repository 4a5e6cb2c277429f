import { describe, expect, test } from 'vitest'
import { requestOf } from '../../../shared/ledger/recompute.ts'
import { givenGifts } from '../../../shared/ledger/recompute-gifts.ts'
import { boundedStamps, stampPurses, stampsOfRequest } from '../../../shared/ledger/recompute-stamps.ts'
import { programmeWith, type SaleText, saleBody } from './network.ts'

/** What a sale claims of stamps and of points from rewards, beside what the programme gives for it. Rules L17, L79. */

const outlet = 'A' as never
const collect = (id: string, sku: string) => ({
  id,
  name: id,
  collect: { kind: 'goods', skus: [sku] },
  need: 5,
  reward: { kind: 'freeItem', skus: [sku] },
})
const programme = programmeWith({ stamps: [collect('burger', 'burger'), collect('tea', 'tea')] })
const earned = (purse: string, points: string) => ({ purse, kind: 'earn' as const, points })
const stamps = (purse: string, points: string) => [{ purse, points }]
const sale = (changes: Partial<SaleText> = {}) =>
  saleBody({
    receipt: 'r',
    lines: [
      { sku: 'burger', qty: '2', amount: '600.00', earn: '6.00', stamps: stamps('stamp:burger', '2.00') },
      { sku: 'cake', qty: '1', amount: '100.00', earn: '1.00' },
    ],
    purses: [earned('stamp:burger', '2.00')],
    ...changes,
  })
const bounded = (body: ReturnType<typeof sale>, of = programme) => boundedStamps(of, requestOf(outlet, body), body)
const claimed = (body: ReturnType<typeof sale>) =>
  body.postings.map(({ purse, kind, points }) => `${purse} ${kind} ${points}`)

describe('stamps that a sale claims [L17]', () => {
  test('stay as they are where the programme gives as many, and where there are none', () => {
    const body = sale()
    expect(bounded(body)).toEqual({ body, excess: 0n })
    const none = sale({ purses: [] })
    expect(bounded(none)).toEqual({ body: none, excess: 0n })
    const fewer = sale({ purses: [earned('stamp:burger', '1.00')] })
    expect(bounded(fewer)).toEqual({ body: fewer, excess: 0n })
  })

  test('beyond what the goods bring are no stamps, at the purse and at the line; points and payments stay', () => {
    const paid = { purse: 'stamp:tea', kind: 'redeem' as const, points: '5.00' }
    const body = sale({
      lines: [
        { sku: 'burger', qty: '2', amount: '600.00', earn: '6.00', stamps: stamps('stamp:burger', '3.00') },
        { sku: 'cake', qty: '1', amount: '100.00', earn: '1.00', stamps: stamps('stamp:tea', '4.00') },
      ],
      purses: [earned('stamp:burger', '3.00'), paid, earned('stamp:tea', '4.00'), earned('stamp:gone', '1.00')],
    })
    const found = bounded(body)
    expect(found.excess).toBe(600n)
    expect(claimed(found.body)).toEqual([
      'points earn 7.00',
      'points redeem 0.00',
      'stamp:burger earn 2.00',
      'stamp:tea redeem 5.00',
      'stamp:tea earn 0.00',
      'stamp:gone earn 0.00',
    ])
    expect(found.body.lines[0]!.stamps).toEqual(stamps('stamp:burger', '2.00'))
    expect(found.body.lines[1]).not.toHaveProperty('stamps')
  })

  test('that claim nothing are left as they are written', () => {
    const body = sale({ purses: [earned('stamp:gone', '0.00')] })
    expect(bounded(body)).toEqual({ body, excess: 0n })
    const mixed = sale({ purses: [earned('stamp:gone', '0.00'), earned('stamp:burger', '3.00')] })
    expect(bounded(mixed).excess).toBe(100n)
  })

  test('come of no card where the programme has none', () => {
    expect(bounded(sale(), programmeWith()).excess).toBe(200n)
    expect(stampsOfRequest(programmeWith(), requestOf(outlet, sale()))).toEqual([])
    expect(stampPurses(programmeWith())).toEqual([])
    expect(stampPurses(programme)).toEqual(['stamp:burger', 'stamp:tea'])
  })

  test('come to nobody where there is no member, and follow what is left to pay after rewards', () => {
    expect(stampsOfRequest(programme, requestOf(outlet, sale({ member: null, purses: [] })))).toEqual([])
    const dear = { ...collect('burger', 'burger'), when: { receiptTotalFrom: '700.00' } }
    const of = programmeWith({ stamps: [dear] })
    const request = requestOf(outlet, sale())
    const reward = { id: 'x', kind: 'amountOff', lines: ['2'], money: 1n } as never
    expect(stampsOfRequest(of, request)).toHaveLength(1)
    expect(stampsOfRequest(of, { ...request, rewards: [reward] })).toEqual([])
  })
})

describe('points that rewards give [L79]', () => {
  const points = { kind: 'points', gift: { points: '50.00', lifeDays: 7 } }
  const coupon = (id: string, more: object = {}) => ({
    id,
    name: id,
    code: { kind: 'shared', code: id.toUpperCase() },
    validTo: '2026-12-31',
    reward: points,
    ...more,
  })
  const of = programmeWith({
    stamps: [{ ...collect('burger', 'burger'), reward: points }, collect('tea', 'tea')],
    coupons: [
      coupon('limited', { usesPerMember: 3 }),
      coupon('free', { usesPerMember: null }),
      coupon('from', { usesPerMember: null, when: { receiptTotalFrom: '700.01' } }),
    ],
  })
  const paid = (purse: string, amount: string) => ({ purse, kind: 'redeem' as const, points: amount })
  const given = (gifts: { purse: string; points: string }[], purses: object[] = [], uncovered: string[] = []) => {
    const body = { ...sale({ purses: purses as never }), gifts }
    const found = givenGifts(of, outlet, body, '2026-11-18', new Set(uncovered))
    return { ...found, told: found.gifts.map((gift) => `${gift.purse} ${gift.points}`) }
  }

  test('are none where none are claimed', () => {
    const body = sale()
    expect(givenGifts(of, outlet, body, '2026-11-18', new Set())).toEqual({ body, gifts: [], excess: 0n })
  })

  test('come as often as the card or coupon was paid for, each of its own purse', () => {
    const gifts = [
      { purse: 'stamp:burger', points: '60.00' },
      { purse: 'stamp:burger', points: '40.00' },
      { purse: 'coupon:limited', points: '150.00' },
    ]
    const found = given(gifts, [paid('stamp:burger', '10.00'), paid('coupon:limited', '3.00')])
    expect(found.told).toEqual(['stamp:burger 10000', 'coupon:limited 15000'])
    expect(found.excess).toBe(0n)
    expect(found.body.gifts).toEqual(gifts)
    expect(found.gifts[0]!.gift).toEqual({ points: '50.00', lifeDays: 7 })
  })

  test('claimed above that are bounded, and told so at the sale', () => {
    const found = given([{ purse: 'stamp:burger', points: '120.00' }], [paid('stamp:burger', '9.00')])
    expect([found.told, found.excess]).toEqual([['stamp:burger 5000'], 7_000n])
    expect(found.body.gifts).toEqual([{ purse: 'stamp:burger', points: '50.00' }])
  })

  test('come of no purse whose reward is another, that nobody knows, or that did not hold what it cost', () => {
    const claims = ['stamp:tea', 'coupon:gone', 'stamp:burger'].map((purse) => ({ purse, points: '50.00' }))
    const found = given(claims, [paid('stamp:tea', '5.00'), paid('stamp:burger', '5.00')], ['stamp:burger'])
    expect([found.told, found.excess]).toEqual([[], 15_000n])
    expect(found.body.gifts).toEqual([])
  })

  test('come once of a coupon that costs nothing, where it may be used at all', () => {
    expect(given([{ purse: 'coupon:free', points: '100.00' }]).told).toEqual(['coupon:free 5000'])
    expect(given([{ purse: 'coupon:from', points: '50.00' }]).told).toEqual(['coupon:from 0'])
  })
})
