import { describe, expect, test } from 'vitest'
import type { CardRecord } from '../../../shared/ledger/booking-port.ts'
import { type Command, decide, type State } from '../../../shared/ledger/decide.ts'
import type { EntryBody } from '../../../shared/ledger/entry.ts'
import { emptyAccount } from '../../../shared/ledger/lots.ts'
import { points } from '../../../shared/money.ts'
import { Network, programmeWith, saleBody } from './network.ts'

/** Wishes of people: what is refused, and what comes of those that can be met. Rule L46. */

const coupon = { name: 'x', usesPerMember: 2, validTo: '2026-12-31', reward: { kind: 'percentOff', percent: '10' } }
const visits = (id: string) => ({
  id,
  name: id,
  collect: { kind: 'visits', perDay: 1 },
  window: { kind: 'calendar', unit: 'month' },
  need: 3,
  reward: { kind: 'amountOff', amount: '100.00' },
})
const programme = programmeWith({
  tiers: [
    { id: 'vip', name: 'VIP', entry: { kind: 'appointed' } },
    { id: 'friend', name: 'Friend', entry: { kind: 'appointed' } },
  ],
  coupons: [
    { ...coupon, id: 'all', code: { kind: 'shared', code: 'ALL' } },
    { ...coupon, id: 'mine', code: { kind: 'personal', length: 8 } },
  ],
  stamps: [visits('dinner'), visits('lunch')],
})
const today = '2026-11-18'
const network = new Network(programme)
network.enrol('anna')
network.enrol('boris')
const record = network.members.get('anna')!
const boris = network.members.get('boris')!
const number = 'card-anna' as never

/** Anna on the day, with changes; her card is active and no other is known. */
function member(changes: object = {}): State['member'] {
  const standing = { tier: null, cardType: 'standard', segments: [] }
  const gifts = { member: record.id, since: today, purchases: 0, birthDates: [], given: [], standing }
  return {
    ...gifts,
    record,
    tier: null,
    until: null,
    since: today,
    purchases: [],
    account: emptyAccount(record.id, 'points'),
    accounts: [emptyAccount(record.id, 'points')],
    cards: [network.cards.get(number)!],
    decisions: [],
    gifts,
    ...changes,
  } as State['member']
}
const decided = (command: Command, changes: object = {}) =>
  decide(command, { programme, member: member(changes), today })
const entries = (command: Command, changes: object = {}): readonly EntryBody[] => {
  const answer = decided(command, changes)
  if (!answer.ok) throw new Error(answer.reason)
  return answer.value
}
const card = (changes: Partial<Record<keyof CardRecord, unknown>>) => ({
  ...network.cards.get(number)!,
  ...(changes as object),
})
const given = (rule: string, occasion: string) => ({ gifts: { ...member().gifts, given: [{ rule, occasion }] } })
const sale = {
  outlet: 'A',
  receipt: 'r',
  key: { device: 'a', epoch: 1, seq: 1 },
  body: saleBody({ receipt: 'r', lines: [{ amount: '1.00' }] }),
  spent: [],
  returned: {},
} as never
const adjust = (amount: bigint): Command => ({
  do: 'adjust',
  purse: 'points',
  points: points(amount),
  by: 'eva',
  reason: 'sorry',
})
const give = (changes: object = {}): Command => ({
  do: 'give',
  points: points(100n),
  lastDay: today,
  reason: 'a feast',
  ...changes,
})
const merge = (into: object): Command => ({
  do: 'merge',
  into: member({ record: into }),
  by: 'eva',
  reason: 'one person',
})

describe('a wish that cannot be met', () => {
  const wishes: [string, Command, object, string][] = [
    ['adjust by nothing', adjust(0n), {}, 'nothing_changes'],
    ['give nothing', give({ points: points(0n) }), {}, 'nothing_changes'],
    ['give less than nothing', give({ points: points(-1n) }), {}, 'nothing_changes'],
    ['give what is over already', give({ lastDay: '2026-11-17' }), {}, 'gift_too_short'],
    [
      'give for an occasion again',
      give({ rule: 'march', occasion: '2026' }),
      given('march', '2026'),
      'gift_given_before',
    ],
    ['appoint to no tier', { do: 'appoint', tier: 'gold', by: 'eva' }, {}, 'unknown_tier'],
    ['appoint to the same tier', { do: 'appoint', tier: 'vip', by: 'eva' }, { tier: 'vip' }, 'nothing_changes'],
    ['appoint from none to none', { do: 'appoint', tier: null, by: 'eva' }, {}, 'nothing_changes'],
    ['set no terms', { do: 'set_terms', set: [], remove: [], by: 'eva' }, {}, 'nothing_changes'],
    ['merge with oneself', merge(record), {}, 'same_member'],
    ['merge into somebody who is gone', merge({ ...boris, mergedInto: 'anna' }), {}, 'member_merged'],
    ['change who is gone', adjust(1n), { record: { ...record, mergedInto: 'boris' } }, 'member_merged'],
    ['bring oneself', { do: 'refer', by: record.id }, {}, 'same_member'],
    [
      'be brought twice',
      { do: 'refer', by: boris.id },
      { record: { ...record, referredBy: 'vera' } },
      'referred_before',
    ],
    ['be brought after a purchase', { do: 'refer', by: boris.id }, { purchases: [{}] }, 'bought_before'],
    ['have an unknown coupon', { do: 'issue_coupon', coupon: 'no', reason: 'x' }, {}, 'unknown_coupon'],
    ['own a coupon of everybody’s', { do: 'issue_coupon', coupon: 'all', reason: 'x' }, {}, 'coupon_not_personal'],
    ['return an unknown line', { do: 'refund', sale, request: { lines: [{ id: 'x' }] } as never }, {}, 'unknown_line'],
    [
      'attach a receipt that has its member',
      { do: 'attach', sale, member: (sale as { body: typeof saleBody }).body as never, programme, by: 'eva' },
      {},
      'receipt_has_member',
    ],
    [
      'add a card of somebody else',
      { do: 'add_card', number: 'x' as never, type: 'x', holder: boris.id, by: 'eva' },
      {},
      'card_of_another_member',
    ],
    ['block an unknown card', { do: 'block_card', number: 'x' as never, by: 'eva' }, {}, 'unknown_card'],
    [
      'block a replaced card',
      { do: 'block_card', number, by: 'eva' },
      { cards: [card({ state: 'replaced' })] },
      'card_replaced',
    ],
    [
      'block a blocked card',
      { do: 'block_card', number, by: 'eva' },
      { cards: [card({ state: 'blocked' })] },
      'card_blocked',
    ],
    ['unblock an active card', { do: 'unblock_card', number, by: 'eva' }, {}, 'card_not_blocked'],
    [
      'make a blocked card the first',
      { do: 'primary_card', number, by: 'eva' },
      { cards: [card({ state: 'blocked' })] },
      'card_blocked',
    ],
    ['make the first card the first', { do: 'primary_card', number, by: 'eva' }, {}, 'card_is_primary'],
    [
      'replace by another’s card',
      { do: 'replace_card', number, with: 'x' as never, holder: boris.id, by: 'e' },
      {},
      'card_of_another_member',
    ],
    [
      'hand on a blocked card',
      { do: 'transfer_card', number, to: boris.id, by: 'eva' },
      { cards: [card({ state: 'blocked' })] },
      'card_blocked',
    ],
    [
      'hand on the first card while there is another',
      { do: 'transfer_card', number, to: boris.id, by: 'eva' },
      { cards: [card({}), card({ number: 'second', primary: false })] },
      'card_is_primary',
    ],
  ]
  test.each(wishes)('[L46] to %s is refused with a reason', (_wish, command, changes, reason) => {
    expect(decided(command, changes)).toMatchObject({ ok: false, reason })
  })
})

describe('a wish that can be met [L46]', () => {
  const by = 'eva'
  const is = { kind: 'member', member: 'anna', by }
  const second = card({ number: 'second', primary: false })
  const wishes: [string, Command, object, object[]][] = [
    [
      'adjust',
      adjust(-150n),
      {},
      [{ kind: 'adjust', member: 'anna', purse: 'points', points: '-1.50', by, reason: 'sorry' }],
    ],
    [
      'give',
      give(),
      {},
      [
        {
          kind: 'gift',
          member: 'anna',
          purse: 'points',
          points: '1.00',
          activeFrom: today,
          lastDay: today,
          reason: 'a feast',
        },
      ],
    ],
    [
      'appoint',
      { do: 'appoint', tier: 'vip', by },
      { tier: 'friend' },
      [
        {
          kind: 'tier',
          member: 'anna',
          from: 'friend',
          to: 'vip',
          day: today,
          until: null,
          reason: 'appointed',
          by,
        },
      ],
    ],
    ['dismiss', { do: 'appoint', tier: null, by }, { tier: 'vip' }, [{ kind: 'tier', from: 'vip', to: null, by }]],
    [
      'set terms',
      { do: 'set_terms', set: [{ id: 'a', accrual: { percent: '7' } } as never], remove: [], by },
      {},
      [{ ...is, terms: { set: [{ id: 'a', accrual: { percent: '7' } }], remove: [] } }],
    ],
    [
      'remove terms',
      { do: 'set_terms', set: [], remove: ['a'], by },
      {},
      [{ ...is, terms: { set: [], remove: ['a'] } }],
    ],
    ['name the points', { do: 'name_points', name: 'beans' }, {}, [{ ...is, by: 'anna', pointsName: 'beans' }]],
    ['be brought', { do: 'refer', by: boris.id }, {}, [{ ...is, by: 'anna', referredBy: 'boris' }]],
    [
      'have a coupon of one’s own',
      { do: 'issue_coupon', coupon: 'mine', reason: 'sorry', code: 'h' },
      {},
      [
        {
          kind: 'coupon',
          member: 'anna',
          coupon: 'mine',
          action: 'issue',
          uses: '2.00',
          activeFrom: today,
          lastDay: '2026-12-31',
          code: 'h',
          reason: 'sorry',
        },
      ],
    ],
    [
      'merge',
      merge(boris),
      { accounts: [emptyAccount(record.id, 'points'), emptyAccount(record.id, 'stamp:dinner')] },
      [
        {
          kind: 'merge',
          from: 'anna',
          into: 'boris',
          purses: ['points', 'stamp:dinner'],
          cards: ['card-anna'],
          by,
          reason: 'one person',
        },
      ],
    ],
    [
      'add a second card',
      { do: 'add_card', number: 'x' as never, type: 'gold', holder: undefined, by },
      {},
      [{ ...is, card: { action: 'add', number: 'x', type: 'gold', primary: false } }],
    ],
    [
      'add a card where the old one is blocked: it is the first',
      { do: 'add_card', number: 'x' as never, type: 'gold', holder: undefined, by },
      { cards: [card({ state: 'blocked' })] },
      [{ ...is, card: { action: 'add', number: 'x', type: 'gold', primary: true } }],
    ],
    ['block a card', { do: 'block_card', number, by }, {}, [{ ...is, card: { action: 'block', number } }]],
    [
      'unblock a card',
      { do: 'unblock_card', number, by },
      { cards: [card({ state: 'blocked' })] },
      [{ ...is, card: { action: 'unblock', number } }],
    ],
    [
      'make the second card the first',
      { do: 'primary_card', number: 'second' as never, by },
      { cards: [second, card({})] },
      [{ ...is, card: { action: 'primary', number: 'second', was: number } }],
    ],
    [
      'make a card the first where there was none',
      { do: 'primary_card', number: 'second' as never, by },
      { cards: [second] },
      [{ ...is, card: { action: 'primary', number: 'second', was: null } }],
    ],
    [
      'replace a card, also a blocked one',
      { do: 'replace_card', number, with: 'x' as never, holder: undefined, by },
      { cards: [card({ state: 'blocked', type: 'gold' })] },
      [{ ...is, card: { action: 'replace', number, with: 'x', type: 'gold' } }],
    ],
    [
      'hand on the only card',
      { do: 'transfer_card', number, to: boris.id, by },
      { cards: [card({}), card({ number: 'second', state: 'blocked', primary: false })] },
      [{ ...is, card: { action: 'transfer', number, to: 'boris' } }],
    ],
    [
      'hand on a card that is not the first',
      { do: 'transfer_card', number: 'second' as never, to: boris.id, by },
      { cards: [card({}), second] },
      [{ ...is, card: { action: 'transfer', number: 'second', to: 'boris' } }],
    ],
  ]
  test.each(wishes)('to %s comes as entries', (_wish, command, changes, expected) => {
    expect(entries(command, changes)).toMatchObject(expected)
  })

  test('[L81] a gift for another occasion, of another rule or without one is given again', () => {
    const before = given('march', '2026')
    expect(entries(give({ rule: 'march', occasion: '2027' }), before)).toMatchObject([
      { rule: 'march', occasion: '2027' },
    ])
    expect(entries(give({ rule: 'may', occasion: '2026' }), before)).toMatchObject([{ rule: 'may', occasion: '2026' }])
    expect(entries(give({ rule: 'march' }), given('march', undefined as never))[0]).not.toHaveProperty('occasion')
    expect(entries(give({ occasion: '2026' }), given(undefined as never, '2026'))[0]).not.toHaveProperty('rule')
  })

  test('a return says its reason, and of purses only where something of them moves', () => {
    const plain = entries({ do: 'refund', sale, request: {} })[0]!
    expect(plain).toMatchObject({ kind: 'refund', receipt: 'r', member: 'anna', money: '1.00' })
    expect(plain).not.toHaveProperty('purses')
    expect(plain).not.toHaveProperty('reason')
    const earned = { purse: 'stamp:dinner', kind: 'earn' as const, points: '1.00' }
    const body = saleBody({ receipt: 'r', lines: [{ amount: '1.00' }], purses: [earned] })
    const request: Command = { do: 'refund', sale: { ...(sale as object), body } as never, request: {}, reason: 'cold' }
    expect(entries(request)).toMatchObject([
      { purses: [{ purse: 'stamp:dinner', back: '0.00', taken: '1.00' }], reason: 'cold' },
    ])
  })

  test('[L13] attaching brings the stamp of a visit unless that card had one that day', () => {
    const own = new Network(programme)
    own.enrol('anna')
    own.sale({ receipt: 'lost', member: null, lines: [{ amount: '100.00' }] })
    const lost = own.sales.get('A\nlost')!
    const who = saleBody({ receipt: 'x', lines: [{ amount: '1.00' }] }).member!
    const lot = (activeFrom: string) => ({ id: 'x', points: 100n, remaining: 100n, activeFrom, lastDay: null })
    const purse = (of: string, ...days: string[]) => ({ ...emptyAccount(record.id, of), lots: days.map(lot) })
    const brought = (...accounts: object[]) => {
      const [body] = entries({ do: 'attach', sale: lost, member: who, programme, by }, { accounts })
      if (body?.kind !== 'attach') throw new Error('no attach')
      return body.postings.map((posting) => posting.purse)
    }
    expect(brought()).toEqual(['points', 'stamp:dinner', 'stamp:lunch'])
    expect(brought(purse('points', today), purse('stamp:lunch', '2026-11-17', today))).toEqual([
      'points',
      'stamp:dinner',
    ])
    expect(brought(purse('stamp:lunch', '2026-11-17'))).toEqual(['points', 'stamp:dinner', 'stamp:lunch'])
  })

  test('the ledger books what comes of it', () => {
    const booking = new Network(programme)
    booking.enrol('anna')
    for (const command of [
      { do: 'block_card', number, by: 'eva' },
      { do: 'appoint', tier: 'vip', by: 'eva' },
    ] as const) {
      for (const body of entries(command)) expect(booking.push(body)).toEqual({ kind: 'applied' })
    }
    expect(booking.cards.get('card-anna')!.state).toBe('blocked')
    expect(booking.members.get('anna')!.tier).toBe('vip')
  })
})
