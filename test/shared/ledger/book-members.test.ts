import { describe, expect, test } from 'vitest'
import type { EntryBody } from '../../../shared/ledger/entry.ts'
import { Network, programmeWith } from './network.ts'

/** What changes about a member, as it is booked: cards, terms, names, who brought them, and two who become one. */

const shop = () => {
  const network = new Network()
  network.enrol('anna')
  network.enrol('boris')
  return network
}
const change = (network: Network, body: object, member = 'anna') =>
  network.push({ kind: 'member', member, by: 'eva', ...body } as EntryBody)
const card = (network: Network, action: object, member = 'anna') => change(network, { card: action }, member)
const merge = (network: Network, from: string, into: string, more: object = {}) => {
  const body: object = { kind: 'merge', from, into, purses: ['points'], cards: [], by: 'eva', reason: 'x', ...more }
  return network.push(body as EntryBody)
}
const at = (day: string) => `${day}T12:00:00+03:00`

describe('a card as it is booked [L36]', () => {
  test('the first of a member is active and the primary one', () => {
    expect(shop().cards.get('card-anna')).toEqual({
      number: 'card-anna',
      member: 'anna',
      type: 'standard',
      state: 'active',
      primary: true,
    })
  })

  test('another is added, active, with the type and the place that the entry says', () => {
    const network = shop()
    expect(card(network, { action: 'add', number: 'second', type: 'gold', primary: false })).toEqual({
      kind: 'applied',
    })
    expect(network.cards.get('second')).toEqual({
      number: 'second',
      member: 'anna',
      type: 'gold',
      state: 'active',
      primary: false,
    })
  })

  test('is blocked and comes free again', () => {
    const network = shop()
    card(network, { action: 'block', number: 'card-anna' })
    expect(network.cards.get('card-anna')).toMatchObject({ state: 'blocked', primary: true })
    card(network, { action: 'unblock', number: 'card-anna' })
    expect(network.cards.get('card-anna')).toMatchObject({ state: 'active', primary: true })
  })

  test('becomes the primary one in the place of that which was, and where none was', () => {
    const network = shop()
    card(network, { action: 'add', number: 'second', type: 'gold', primary: false })
    card(network, { action: 'primary', number: 'second', was: 'card-anna' })
    expect(network.cards.get('second')).toMatchObject({ primary: true, type: 'gold' })
    expect(network.cards.get('card-anna')).toMatchObject({ primary: false, member: 'anna', state: 'active' })
    card(network, { action: 'add', number: 'third', type: 'gold', primary: false })
    card(network, { action: 'primary', number: 'third', was: null })
    expect(network.cards.get('third')!.primary).toBe(true)
    expect(card(network, { action: 'primary', number: 'card-anna', was: 'never-heard-of' })).toEqual({
      kind: 'applied',
    })
    expect(network.cards.get('card-anna')!.primary).toBe(true)
  })

  test('[L37] that goes on twice remembers everybody who held it, and is nobody’s primary one', () => {
    const network = shop()
    network.enrol('vera')
    card(network, { action: 'transfer', number: 'card-anna', to: 'boris' })
    expect(network.cards.get('card-anna')).toMatchObject({ member: 'boris', primary: false, heldBefore: ['anna'] })
    card(network, { action: 'transfer', number: 'card-anna', to: 'vera' }, 'boris')
    expect(network.cards.get('card-anna')).toMatchObject({ member: 'vera', heldBefore: ['anna', 'boris'] })
  })

  const refused: [string, object, string][] = [
    ['an unknown card', { action: 'block', number: 'x' }, 'unknown_card'],
    ['a card of somebody else', { action: 'block', number: 'card-boris' }, 'card_of_another_member'],
    [
      'a replacement that is somebody’s',
      { action: 'replace', number: 'card-anna', with: 'card-boris', type: 's' },
      'card_of_another_member',
    ],
    ['a new holder whom nobody knows', { action: 'transfer', number: 'card-anna', to: 'nobody' }, 'unknown_member'],
  ]
  test.each(refused)('[L40] %s is set aside and changes nothing', (_what, action, code) => {
    const network = shop()
    const cards = structuredClone(network.cards)
    expect(card(network, action)).toMatchObject({ kind: 'quarantined', code })
    expect(network.cards).toEqual(cards)
  })
})

describe('what else is said of a member [L38]', () => {
  test('keeps the terms that are not spoken of, in their order', () => {
    const network = shop()
    change(network, { terms: { set: [{ id: 'a' }, { id: 'b' }, { id: 'c' }], remove: [] } })
    change(network, { terms: { set: [{ id: 'b', accrual: { percent: '5' } }], remove: ['a', 'unheard'] } })
    expect(network.members.get('anna')!.terms).toEqual([{ id: 'c' }, { id: 'b', accrual: { percent: '5' } }])
  })

  test('keeps the name of the points and the terms where it speaks of neither, and takes the name back', () => {
    const network = shop()
    change(network, { pointsName: 'beans', terms: { set: [{ id: 'a' }], remove: [] } })
    change(network, { reason: 'nothing new' })
    expect(network.members.get('anna')).toMatchObject({ pointsName: 'beans', terms: [{ id: 'a' }] })
    change(network, { pointsName: null })
    expect(network.members.get('anna')!.pointsName).toBeNull()
  })

  test('[L90] keeps the first who is said to have brought the member', () => {
    const network = shop()
    expect(network.members.get('anna')).not.toHaveProperty('referredBy')
    change(network, { pointsName: 'beans' })
    expect(network.members.get('anna')).not.toHaveProperty('referredBy')
    change(network, { referredBy: 'boris' })
    change(network, { referredBy: 'vera' })
    change(network, { pointsName: null })
    expect(network.members.get('anna')!.referredBy).toBe('boris')
  })

  test('[L40] of somebody whom nobody knows is set aside', () => {
    expect(change(shop(), { pointsName: 'beans' }, 'nobody')).toMatchObject({ code: 'unknown_member' })
  })
})

describe('two who become one [L39]', () => {
  const bought = (network: Network, member: string, day: string) =>
    network.sale({ receipt: `${member}-${day}`, member, at: at(day), lines: [{ amount: '10.00' }] }, { at: at(day) })

  test.each([
    ['the one who stays', '2026-11-02', '2026-11-10', '2026-11-10'],
    ['the one who goes', '2026-11-10', '2026-11-02', '2026-11-10'],
  ])('bought last when either did: %s', (_who, from, into, last) => {
    const network = shop()
    bought(network, 'anna', from)
    bought(network, 'boris', into)
    merge(network, 'anna', 'boris')
    const boris = network.members.get('boris')!
    expect(boris.purchases).toBe(2)
    expect(Date.parse(boris.lastPurchaseAt!)).toBe(Date.parse(at(last)))
  })

  test('bought when the only one of them did, or never', () => {
    const one = shop()
    bought(one, 'anna', '2026-11-02')
    merge(one, 'anna', 'boris')
    expect(Date.parse(one.members.get('boris')!.lastPurchaseAt!)).toBe(Date.parse(at('2026-11-02')))
    const none = shop()
    merge(none, 'anna', 'boris')
    expect(none.members.get('boris')!.lastPurchaseAt).toBeNull()
  })

  test('have been members since the earlier of them came', () => {
    const network = new Network()
    network.enrol('anna', 'a', { at: at('2026-03-01') })
    network.enrol('boris', 'b', { at: at('2026-02-01') })
    network.enrol('vera', 'v', { at: at('2026-01-01') })
    merge(network, 'anna', 'boris')
    expect(Date.parse(network.members.get('boris')!.enrolledAt)).toBe(Date.parse(at('2026-02-01')))
    merge(network, 'vera', 'boris')
    expect(Date.parse(network.members.get('boris')!.enrolledAt)).toBe(Date.parse(at('2026-01-01')))
    expect(network.members.get('vera')).toMatchObject({ mergedInto: 'boris', purchases: 0 })
  })

  test('leave a card that nobody knows where it is, and keep what is between them else', () => {
    const network = shop()
    expect(merge(network, 'anna', 'boris', { cards: ['card-anna', 'x'] })).toEqual({ kind: 'applied' })
    expect(network.cards.get('card-anna')).toMatchObject({ member: 'boris', primary: false, state: 'active' })
    expect(network.cards.has('x')).toBe(false)
  })

  test.each([
    ['nobody', 'boris'],
    ['anna', 'nobody'],
  ])('are set aside where one is nobody: %s into %s', (from, into) => {
    expect(merge(shop(), from, into)).toMatchObject({ code: 'unknown_member' })
  })
})

describe('a gift and a correction as they are booked', () => {
  const stamps = programmeWith({
    stamps: [
      {
        id: 'dinner',
        name: 'Dinner',
        collect: { kind: 'visits', perDay: 1 },
        window: { kind: 'calendar', unit: 'month' },
        need: 3,
        reward: { kind: 'amountOff', amount: '100.00' },
      },
    ],
  })
  const push = (network: Network, kind: 'gift' | 'adjust', body: object) =>
    network.push({
      kind,
      member: 'anna',
      purse: 'points',
      reason: 'x',
      ...(kind === 'adjust' ? { by: 'eva' } : {}),
      ...body,
    } as EntryBody)

  test('[L5] points without a last day live as what is earned does, stamps as long as their card says nothing', () => {
    const network = new Network(stamps)
    network.enrol('anna')
    push(network, 'gift', { points: '1.00', activeFrom: '2026-11-18', lastDay: null })
    push(network, 'gift', { purse: 'stamp:dinner', points: '1.00', activeFrom: '2026-11-18', lastDay: null })
    expect(network.account('anna').lots).toMatchObject([{ lastDay: '2027-11-18' }])
    expect(network.account('anna', 'stamp:dinner').lots).toMatchObject([{ lastDay: null }])
  })

  test('[L5] points last through the day on which they become active, and not less', () => {
    const network = shop()
    const gift = { points: '1.00', activeFrom: '2026-11-20' }
    expect(push(network, 'gift', { ...gift, lastDay: '2026-11-20' })).toEqual({ kind: 'applied' })
    expect(push(network, 'gift', { ...gift, lastDay: '2026-11-19' })).toMatchObject({ code: 'bad_amount' })
  })

  test('[L6] what is added is a lot of that day, each correction one of its own; what is taken is spent', () => {
    const network = shop()
    push(network, 'adjust', { points: '5.00' })
    push(network, 'adjust', { points: '2.00' })
    const { lots } = network.account('anna')
    expect(lots).toMatchObject([
      { activeFrom: '2026-11-18', lastDay: '2027-11-18' },
      { activeFrom: '2026-11-18', lastDay: '2027-11-18' },
    ])
    expect(new Set(lots.map((lot) => lot.id)).size).toBe(2)
    push(network, 'adjust', { points: '-6.00' })
    expect(network.balance('anna').posted).toBe('1.00')
  })

  test('[L6] the bookkeeping of what travels in a fact of its own is not done twice', () => {
    const network = shop()
    expect(push(network, 'adjust', { points: '5.00', withFact: true })).toEqual({ kind: 'applied' })
    expect(network.balance('anna').posted).toBe('0.00')
  })

  test('[L40] of somebody whom nobody knows is set aside', () => {
    expect(push(shop(), 'adjust', { member: 'nobody', points: '5.00' })).toMatchObject({ code: 'unknown_member' })
  })
})
