import { describe, expect, test } from 'vitest'
import type { EntryBody } from '../../../shared/ledger/entry.ts'
import { isLotOf, sameKey } from '../../../shared/ledger/keys.ts'
import { belongs } from '../../../shared/ledger/membership.ts'
import { bookingNeeds } from '../../../shared/ledger/needs.ts'
import { Network, saleBody } from './network.ts'

/** What a store is asked for before a batch is booked: no less, or a purse is missing; no more, or every push reads too much. */

type Known = Parameters<typeof bookingNeeds>[1]

function needs(bodies: object[], known?: Known) {
  const network = new Network()
  const items = bodies.map((body) => network.item(body as EntryBody, { till: 'cloud' }))
  const { accounts, sales, members, cards } = bookingNeeds(items, known)
  return {
    accounts: accounts.map(({ member, purse }) => `${member} ${purse}`),
    sales: sales.map(({ outlet, receipt }) => `${outlet} ${receipt}`),
    members,
    cards,
  }
}
const nothing = { accounts: [], sales: [], members: [], cards: [] }
const sale = (receipt: string, member: string | null = 'anna', purses: string[] = []) =>
  saleBody({
    receipt,
    member,
    lines: [{ amount: '1.00', earn: '0.00' }],
    purses: purses.map((purse) => ({ purse, kind: 'earn' as const, points: '1.00' })),
  })
const refund = (receipt: string, member: string | null = null, more: object = {}) => ({
  ...{ kind: 'refund', of: null, receipt, member, lines: [], money: '0.00', pointsBack: '0.00', pointsTaken: '0.00' },
  ...more,
})
const merge = (from: string, into: string, purses = ['points'], cards: string[] = []) => ({
  ...{ kind: 'merge', from, into, purses, cards, by: 'eva', reason: 'x' },
})
const card = (action: object) => ({ kind: 'member', member: 'anna', by: 'eva', card: action })
const attach = (receipt: string) => ({
  ...{ kind: 'attach', receipt, member: sale('x').member, lines: [{ id: '1', earn: '0.00' }], by: 'eva' },
  postings: [{ purse: 'stamp:tea', kind: 'earn', points: '1.00' }],
})

describe('what an entry needs [L45]', () => {
  const consent = { personalData: true, messages: true }
  const cases: [string, object, object][] = [
    ['a shift', { kind: 'shift', shift: '0191e6a0-0000-7000-8000-000000000000', action: 'open', by: 'eva' }, {}],
    ['an anonymous sale', sale('r', null), { sales: ['A r'] }],
    [
      'a sale',
      sale('r', 'anna', ['stamp:tea', 'stamp:tea']),
      { accounts: ['anna points', 'anna stamp:tea'], sales: ['A r'], members: ['anna'], cards: ['card-anna'] },
    ],
    ['a return of nobody’s receipt', refund('r'), { sales: ['A r'] }],
    [
      'a return in another outlet',
      refund('r', 'anna', { soldAt: 'B' }),
      { accounts: ['anna points'], sales: ['B r'], members: ['anna'] },
    ],
    [
      'an attachment',
      attach('r'),
      { accounts: ['anna points', 'anna stamp:tea'], sales: ['A r'], members: ['anna'], cards: ['card-anna'] },
    ],
    [
      'an enrolment',
      { kind: 'enrol', member: 'anna', card: 'c', cardType: 's', profile: null, consent },
      { accounts: ['anna points'], members: ['anna'], cards: ['c'] },
    ],
    [
      'a merge',
      merge('anna', 'boris', ['points', 'stamp:tea'], ['c']),
      {
        accounts: ['anna points', 'anna stamp:tea', 'boris points', 'boris stamp:tea'],
        members: ['anna', 'boris'],
        cards: ['c'],
      },
    ],
    ['a card that is blocked', card({ action: 'block', number: 'c' }), { members: ['anna'], cards: ['c'] }],
    [
      'a card that is replaced',
      card({ action: 'replace', number: 'c', with: 'd', type: 's' }),
      { members: ['anna'], cards: ['c', 'd'] },
    ],
    [
      'a card that becomes the first',
      card({ action: 'primary', number: 'c', was: 'd' }),
      { members: ['anna'], cards: ['c', 'd'] },
    ],
    [
      'a card that becomes the first where none was',
      card({ action: 'primary', number: 'c', was: null }),
      { members: ['anna'], cards: ['c'] },
    ],
    [
      'a card that goes to somebody else',
      card({ action: 'transfer', number: 'c', to: 'boris' }),
      { members: ['anna', 'boris'], cards: ['c'] },
    ],
    [
      'a name for the points',
      { kind: 'member', member: 'anna', by: 'eva', pointsName: 'beans' },
      { members: ['anna'] },
    ],
    ['a hint', { kind: 'hint', member: 'anna', hint: 'h', action: 'told' }, { members: ['anna'] }],
    [
      'stamps',
      { kind: 'stamp', member: 'anna', card: 'tea', stamps: '1.00', lastDay: null, reason: 'x' },
      { accounts: ['anna stamp:tea'], members: ['anna'] },
    ],
  ]
  test.each(cases)('%s', (_what, body, wanted) => {
    const { accounts, ...rest } = needs([body])
    const { accounts: wantedAccounts = [], ...wantedRest } = wanted as { accounts?: string[] }
    // uses of coupons in the network are asked for by tests of their own
    expect({ accounts: accounts.filter((each) => !each.startsWith('network')).sort(), ...rest }).toEqual({
      ...nothing,
      accounts: wantedAccounts,
      ...wantedRest,
    })
  })
})

describe('what entries of one batch lead to [L45]', () => {
  test('a return needs whoever a sale or an attachment in the batch says bought it, and its purses', () => {
    expect(needs([sale('r', 'anna', ['stamp:tea']), refund('r')])).toMatchObject({
      accounts: ['anna points', 'anna stamp:tea'],
      members: ['anna'],
    })
    expect(needs([sale('r', null), attach('r'), refund('r')]).accounts).toEqual(['anna points', 'anna stamp:tea'])
    expect(needs([sale('q', 'anna', ['stamp:tea']), refund('r')]).accounts).toEqual(['anna points', 'anna stamp:tea'])
  })

  test('two sales of one number both may be the one that comes back', () => {
    const both = [sale('r', 'anna', ['stamp:tea']), sale('r', 'boris', ['stamp:cake']), refund('r')]
    expect(needs(both).accounts).toEqual(['anna points', 'anna stamp:tea', 'boris points', 'boris stamp:cake'])
  })

  test('what comes after a merge needs both, however many merges there are', () => {
    const gift = { kind: 'gift', member: 'anna', purse: 'stamp:tea', points: '1.00', activeFrom: '2026-11-18' }
    const bodies = [
      merge('anna', 'boris'),
      merge('anna', 'vera'),
      merge('boris', 'anna'),
      { ...gift, lastDay: null, reason: 'x' },
    ]
    expect(
      needs(bodies)
        .accounts.filter((each) => each.endsWith('stamp:tea'))
        .sort(),
    ).toEqual(['anna stamp:tea', 'boris stamp:tea', 'vera stamp:tea'])
  })
})

describe('what was loaded leads to more [L39] [L20]', () => {
  test('a member who was merged needs the one who answers now, and nobody else anybody', () => {
    const members = new Map([
      ['anna', { mergedInto: 'boris' }],
      ['boris', { mergedInto: null }],
    ])
    const known = { members } as unknown as Known
    expect(needs([sale('r')], known)).toMatchObject({
      accounts: ['anna points', 'boris points'],
      members: ['anna', 'boris'],
    })
    expect(needs([sale('r')], {})).toMatchObject({ members: ['anna'] })
  })

  test('a return needs the member of the sale that was loaded', () => {
    const sales = new Map([['A\nr', { body: sale('r', 'anna', ['stamp:tea']) }]])
    expect(needs([refund('r')], { sales } as unknown as Known).accounts).toEqual(['anna points', 'anna stamp:tea'])
    expect(needs([refund('q')], { sales } as unknown as Known).accounts).toEqual([])
    expect(needs([refund('r')], {}).accounts).toEqual([])
  })
})

test('a key is the same in all of its three parts alone', () => {
  const key = { device: 'a', epoch: 1, seq: 1 } as never
  expect(sameKey(key, { device: 'a', epoch: 1, seq: 1 } as never)).toBe(true)
  for (const other of [{ device: 'b' }, { epoch: 2 }, { seq: 2 }])
    expect(sameKey(key, { ...(key as object), ...other } as never)).toBe(false)
  expect(isLotOf(key)({ id: 'a/1/1/0' })).toBe(true)
  expect(isLotOf(key)({ id: 'a/1/11/0' })).toBe(false)
})

test.each([
  [undefined, true],
  [{}, true],
  [{ tiers: ['gold'] }, true],
  [{ tiers: ['base'] }, false],
  [{ cardTypes: ['black', 'silver'] }, true],
  [{ cardTypes: ['silver'] }, false],
  [{ segments: ['own', 'other'] }, true],
  [{ segments: ['other'] }, false],
  [{ tiers: ['gold'], segments: ['other'] }, false],
])('an audience is everybody who fits all that it names: %j', (audience, fits) => {
  expect(belongs(audience as never, { tier: 'gold', cardType: 'black', segments: ['own'] })).toBe(fits)
  const nobody = { tier: null, cardType: null, segments: [] }
  expect(belongs(audience as never, nobody)).toBe(Object.keys(audience ?? {}).length === 0)
})
