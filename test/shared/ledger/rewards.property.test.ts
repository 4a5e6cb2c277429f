import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { NETWORK, usesPurse } from '../../../shared/ledger/coupon-uses.ts'
import type { SaleBody } from '../../../shared/ledger/entry.ts'
import { Network, programmeWith, saleBody } from './network.ts'

/** Stamp cards and coupons in any order, honest or not: what a till claims of them never makes anything out of nothing. */

const gift = { kind: 'points', gift: { points: '50.00', lifeDays: 7 } }
const card = { id: 'tea', name: 'Tea', collect: { kind: 'goods', skus: ['tea'] }, need: 3, reward: gift }
const coupon = {
  id: 'first',
  name: 'The first four',
  code: { kind: 'shared', code: 'FIRST' },
  usesPerMember: 2,
  usesInTotal: 4,
  reward: { kind: 'amountOff', amount: '10.00' },
}
const programmes = {
  next: programmeWith({ stamps: [card], coupons: [coupon] }),
  same: programmeWith({ stamps: [{ ...card, claim: 'same-receipt' }], coupons: [coupon] }),
}

interface Sold {
  readonly member: string
  readonly teas: number
  /** What the till claims for them; an honest one claims as many. */
  readonly stamps: number
  readonly claims: boolean
  readonly gift: number
  readonly coupon: boolean
  readonly returned: boolean
}
const sold: fc.Arbitrary<Sold> = fc.record({
  member: fc.constantFrom('anna', 'boris'),
  teas: fc.integer({ min: 1, max: 5 }),
  stamps: fc.integer({ min: 0, max: 6 }),
  claims: fc.boolean(),
  gift: fc.integer({ min: 0, max: 90 }),
  coupon: fc.boolean(),
  returned: fc.boolean(),
})
const history = fc.array(sold, { maxLength: 12 })
const kinds = fc.constantFrom('next' as const, 'same' as const)

function bodyOf(sale: Sold, receipt: string): SaleBody {
  const stamps = [{ purse: 'stamp:tea', points: `${sale.stamps}.00` }]
  const line = { sku: 'tea', qty: `${sale.teas}`, amount: `${sale.teas * 100}.00`, earn: '0.00', stamps }
  const posting = (purse: string, kind: 'earn' | 'redeem', points: string) => ({ purse, kind, points })
  const purses = [
    posting('stamp:tea', 'earn', `${sale.stamps}.00`),
    ...(sale.claims ? [posting('stamp:tea', 'redeem', '3.00')] : []),
    ...(sale.coupon ? [posting('coupon:first', 'redeem', '1.00')] : []),
  ]
  const rewards = sale.coupon ? [{ id: 'coupon:first', kind: 'amountOff' as const, lines: ['1'], money: '10.00' }] : []
  const body = saleBody({ receipt, member: sale.member, lines: [line], purses, rewards })
  return sale.gift === 0 ? body : { ...body, gifts: [{ purse: 'stamp:tea', points: `${sale.gift}.00` }] }
}

function shop(kind: keyof typeof programmes): Network {
  const network = new Network(programmes[kind])
  network.enrol('anna')
  network.enrol('boris')
  return network
}

function told(network: Network, sales: readonly Sold[]): Network {
  for (const [index, sale] of sales.entries()) {
    network.push(bodyOf(sale, `r${index}`))
    if (sale.returned) network.refund(`r${index}`)
  }
  return network
}

describe('rewards', () => {
  test.prop([kinds, history])(
    '[L1][L79] no purse breaks, and points come only of cards that were paid for',
    (kind, sales) => {
      const network = told(shop(kind), sales)
      for (const account of network.accounts.values()) {
        const remaining = account.lots.reduce((sum, lot) => sum + lot.remaining, 0n)
        expect(remaining).toBe(account.posted > 0n ? account.posted : 0n)
        for (const lot of account.lots) expect(lot.remaining).toBeGreaterThanOrEqual(0n)
      }
      for (const member of ['anna', 'boris']) {
        const teas = sales.filter((sale) => sale.member === member).reduce((sum, sale) => sum + sale.teas, 0)
        expect(network.account(member).posted).toBeLessThanOrEqual(BigInt(Math.floor(teas / 3)) * 5_000n)
      }
    },
  )

  test.prop([kinds, history])('[L78] uses in the network are those that did not come back', (kind, sales) => {
    const network = told(shop(kind), sales)
    const left = sales.filter((sale) => sale.coupon && !sale.returned).length
    expect(network.account(NETWORK, usesPurse('first')).posted).toBe(BigInt(left) * 100n)
  })

  test.prop([kinds, history])('[L45] replayed in one batch they end in the same accounts', (kind, sales) => {
    const network = told(shop(kind), sales)
    const again = new Network(programmes[kind])
    expect(again.book(network.items)).toEqual(network.dispositions)
    expect(again.state()).toEqual(network.state())
  })

  test.prop([kinds, history, sold])('[L20] a sale that comes back whole was none', (kind, sales, last) => {
    const network = told(shop(kind), sales)
    const purses = ['points', 'stamp:tea']
    const words = () => purses.map((purse) => network.balance(last.member, undefined, purse))
    const before = words()
    network.push(bodyOf(last, 'last'))
    network.refund('last')
    expect(words()).toEqual(before)
  })
})
