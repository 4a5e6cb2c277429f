import { describe, expect, test } from 'vitest'
import type { SaleBody } from '../../../shared/ledger/entry.ts'
import { type IssuedInputs, recompute, requestOf } from '../../../shared/ledger/recompute.ts'
import { programmeWith, type SaleText, saleBody } from './network.ts'

/** The cloud's own calculation of a sale from what its entry holds. Rules L12, L17 to L19. */

const outlet = 'A' as never
const accrual = { basePercent: '1', capPercent: '100', activationDays: 0, lifeDays: 365 }
const sale = (changes: Partial<SaleText> = {}, member: object = {}): SaleBody => {
  const body = saleBody({ receipt: 'r1', lines: [{ amount: '1000.00', earn: '10.00' }], ...changes })
  return { ...body, member: { ...body.member!, ...member } }
}
const excess = (programme: ReturnType<typeof programmeWith>, body: SaleBody, issued?: IssuedInputs) =>
  recompute(outlet, body, programme, issued).excess
const nothingIssued: IssuedInputs = { tiers: [], cardTypes: [], segments: [], terms: [] }

describe('what the till’s question was [L18]', () => {
  test('comes from the entry: goods, cost, rights and what was bought before, each only where it is there', () => {
    const body = sale({ right: '5.00', redeem: '3.00' }, { purchasesBefore: 4, birthdayDistance: 2 })
    const line = { ...body.lines[0]!, sku: 'tea', category: 'drinks/tea', cost: '400.00', qty: '1.5' }
    const full = requestOf(outlet, { ...body, lines: [line] })
    expect(full).toMatchObject({
      right: 500n,
      redeem: 300n,
      member: { purchasesBefore: 4, birthDate: '2026-11-20', balance: 10_000_000n },
      receipt: {
        lines: [{ id: '1', sku: 'tea', category: 'drinks/tea', cost: 40_000n, qty: 1500n, amount: 100_000n }],
      },
    })
    const bare = requestOf(outlet, sale())
    expect(bare.right).toBe(null)
    expect(bare.member).not.toHaveProperty('purchasesBefore')
    expect(bare.member).not.toHaveProperty('birthDate')
    for (const key of ['sku', 'category', 'cost']) expect(bare.receipt.lines[0]).not.toHaveProperty(key)
  })

  test('has the terms that can be read, and leaves out what no programme understands', () => {
    const terms = [
      { id: 'vip', accrual: { percent: '5' } },
      { id: 'odd', accrual: { percent: 'a lot' } },
      { nonsense: 1 },
    ]
    expect(requestOf(outlet, sale({}, { terms })).member!.terms.map(({ id }) => id)).toEqual(['vip'])
  })
})

describe('what the network has told the till [L19]', () => {
  const vip = { id: 'vip', accrual: { percent: '5' } }
  const asked = { tier: 'gold', cardType: 'black', segments: ['cafe:vip', 'own'], terms: [vip, { ...vip, id: 'mine' }] }
  const member = (issued?: IssuedInputs) => requestOf(outlet, sale({}, asked), issued).member!

  test('counts; without knowing, the entry is believed', () => {
    const told = { tiers: ['gold'], cardTypes: ['black'], segments: ['own', 'cafe:vip'], terms: [vip] }
    expect(member(told as never)).toMatchObject({
      tier: 'gold',
      cardType: 'black',
      segments: ['cafe:vip', 'own'],
      terms: [vip],
    })
    expect(member()).toMatchObject({ tier: 'gold', cardType: 'black', segments: asked.segments })
    expect(member().terms.map(({ id }) => id)).toEqual(['vip', 'mine'])
  })

  test('is what counts instead of what it never told', () => {
    const told = { ...nothingIssued, tiers: ['silver'], cardTypes: ['standard', 'other'], segments: ['own'] }
    expect(member(told)).toMatchObject({ tier: 'silver', cardType: 'standard', segments: ['own'], terms: [] })
    expect(member(nothingIssued)).toMatchObject({ tier: null, cardType: 'black', segments: [], terms: [] })
  })

  test('bounds what a sale earns, and what it claims above is told', () => {
    const programme = programmeWith({ accrual })
    const body = sale({ lines: [{ amount: '1000.00', earn: '50.00' }] }, { terms: [vip] })
    expect(recompute(outlet, body, programme, { ...nothingIssued, terms: [vip as never] })).toEqual({
      body,
      excess: 0n,
    })
    const { body: own, excess: above } = recompute(outlet, body, programme, nothingIssued)
    expect(above).toBe(4_000n)
    expect(own.lines[0]!.earn).toBe('10.00')
    expect(own.postings).toEqual([
      { purse: 'points', kind: 'earn', points: '10.00' },
      { purse: 'points', kind: 'redeem', points: '0.00' },
    ])
  })
})

describe('a discount above what was allowed [L17]', () => {
  test('is told in points, up to the hundredth, once for discount and redemption together', () => {
    const programme = programmeWith({
      accrual,
      points: {
        names: { ru: ['балл', 'балла', 'баллов'], en: ['point', 'points'] },
        ...{ value: '0.30', step: '1.00', rounding: 'floor' },
      },
      redemption: { basePercent: '10', minPayablePerLine: '0.00' },
    })
    const given = (discount: string, redeem: string) =>
      excess(programme, { ...sale({ lines: [{ amount: '1000.00', earn: '9.00', discount }], redeem }) })
    // 10 % of 1000.00 is 100.00: 333 points at 0.30
    expect(given('99.90', '333.00')).toBe(0n)
    expect(given('100.20', '333.00')).toBe(100n)
    expect(given('100.00', '333.00')).toBe(34n)
    expect(given('120.00', '400.00')).toBe(6_700n)
  })

  test('an amount that is no whole step is what the steps below it allow', () => {
    const programme = programmeWith({
      accrual,
      points: {
        names: { ru: ['балл', 'балла', 'баллов'], en: ['point', 'points'] },
        ...{ value: '1.00', step: '1.00', rounding: 'floor' },
      },
    })
    expect(
      excess(programme, sale({ lines: [{ amount: '1000.00', earn: '9.00', discount: '2.50' }], redeem: '2.50' })),
    ).toBe(50n)
  })
})

describe('who identified the member less than the programme wants [L12]', () => {
  const requiring = (...requires: string[]) =>
    programmeWith({ accrual, redemption: { basePercent: '100', minPayablePerLine: '0.00', requires } })
  const paid = { lines: [{ amount: '1000.00', earn: '9.90', discount: '10.00' }], redeem: '10.00' }
  const by = (programme: ReturnType<typeof programmeWith>, identifiedBy: string) =>
    excess(programme, sale(paid, { identifiedBy }))

  test('has redeemed what was not allowed; a stronger way of the same kind is enough', () => {
    expect(by(requiring('card'), 'card')).toBe(0n)
    expect(by(requiring('card'), 'phone')).toBe(1_000n)
    expect(by(requiring('phone'), 'phone+code')).toBe(0n)
    expect(by(requiring('card'), 'phone+code')).toBe(1_000n)
    expect(by(requiring('phone+code'), 'phone+pin')).toBe(1_000n)
    expect(by(requiring('card', 'phone+pin'), 'phone+pin')).toBe(0n)
  })

  test('where nothing is required, or nobody redeems, nothing is told', () => {
    expect(by(programmeWith({ accrual }), 'phone')).toBe(0n)
    expect(excess(requiring('card'), sale({}, { identifiedBy: 'phone' }))).toBe(0n)
    const anonymous = saleBody({ receipt: 'r1', member: null, lines: [{ amount: '1000.00', earn: '0.00' }] })
    expect(excess(requiring('card'), anonymous)).toBe(0n)
  })
})
