import { describe, expect, test } from 'vitest'
import { type ClockCommand, decideByClock } from '../../../shared/ledger/decide-clock.ts'
import { Network, programmeWith } from './network.ts'

/** What the night, the morning and a member's doings bring together, and in which order. */

const gift = { points: '100.00', lifeDays: 7 }
const burn = [{ id: 'sleep', afterDays: 10 }]
const half = { id: 'monthly', every: 'month', need: { kind: 'purchases', from: 1 } }
const burning = { ...half, else: { kind: 'burn', percent: '50' } }
const tiers = [
  { id: 'base', name: 'Base', entry: { kind: 'automatic' } },
  {
    id: 'gold',
    name: 'Gold',
    entry: {
      kind: 'earned',
      match: 'any',
      thresholds: [{ kind: 'sum', from: '100.00', window: { kind: 'lifetime' } }],
    },
    welcome: gift,
  },
]
const visits = (id: string, claimDays?: number) => ({
  id,
  name: id,
  collect: { kind: 'visits', perDay: 1 },
  window: { kind: 'calendar', unit: 'month' },
  need: 3,
  reward: { kind: 'amountOff', amount: '100.00' },
  ...(claimDays === undefined ? {} : { claimDays }),
})

function asked(changes: object, command: ClockCommand, facts: object = {}, today = '2026-03-01') {
  const network = new Network(programmeWith(changes as Record<string, unknown>))
  network.now = '2026-01-01T12:00:00+03:00'
  network.enrol('anna')
  network.gift('anna', '100.00', '2026-12-31')
  network.now = `${today}T12:00:00+03:00`
  const record = network.members.get('anna')!
  const standing = { tier: null, cardType: 'standard', segments: [] }
  const [since, account] = ['2026-01-01', network.account('anna')]
  const member = {
    ...{ member: record.id, record, tier: null, until: null, since, purchases: [], standing, decisions: [] },
    ...{ account, accounts: [account], cards: [...network.cards.values()] },
    gifts: { member: record.id, standing, since, purchases: 0, birthDates: [], given: [] },
    ...facts,
  }
  const programme = [...network.programmes.values()][0]!
  const found = decideByClock(command, { programme, today, member } as never)
  return found.map((body) =>
    [body.kind, 'reason' in body ? body.reason : '', 'rule' in body ? body.rule : ''].join(' '),
  )
}
const review = (kind: 'day' | 'purchased' | 'enrolled') => ({ do: 'review', occasion: { kind } }) as ClockCommand
const bought = { day: '2026-02-10', at: '2026-02-10T12:00:00+03:00', paid: 50_000n, amount: 50_000n, lines: [] }

describe('the night', () => {
  test('[L3] burns what is past its last day, purse by purse, and says nothing of the rest', () => {
    expect(asked({}, { do: 'expire' }, {}, '2026-12-31')).toEqual([])
    expect(asked({}, { do: 'expire' }, {}, '2027-01-01')).toEqual(['expire life '])
  })
})

describe('a morning', () => {
  test('brings nothing where the programme says nothing', () => {
    for (const kind of ['day', 'purchased', 'enrolled'] as const) expect(asked({}, review(kind))).toEqual([])
    expect(asked({}, { do: 'redecide', fact: {} as never, factDay: '2026-02-01' })).toEqual([])
  })

  test('[L60] [L63] burns for a missed checkpoint or for the time without a purchase, never both on one day', () => {
    expect(asked({ burn }, review('day'))).toEqual(['expire burn sleep'])
    expect(asked({ burn, checkpoints: [burning] }, review('day'))).toEqual(['expire checkpoint monthly'])
  })

  test('[L63] writes down nothing for a checkpoint that only tells somebody, and burns beside it', () => {
    const telling = { ...half, else: { kind: 'trigger', event: 'missed' } }
    expect(asked({ burn, checkpoints: [telling] }, review('day'))).toEqual(['expire burn sleep'])
  })

  test('[L64] changes the tier once: a checkpoint that demotes waits where the tier moves already, one that burns does not', () => {
    const demoting = { ...half, every: 'month', else: { kind: 'demote' } }
    const more = { tiers, checkpoints: [demoting, { ...burning, id: 'burns' }] }
    const facts = { purchases: [{ ...bought, day: '2026-01-05' }], tier: 'base' }
    expect(asked(more, review('day'), facts)).toEqual([
      'tier reached ',
      'expire checkpoint burns',
      'gift tier:gold tier:gold',
    ])
  })

  test('is the only time at which anything burns', () => {
    for (const kind of ['purchased', 'enrolled'] as const)
      expect(asked({ burn, checkpoints: [burning] }, review(kind))).toEqual([])
  })
})

describe('a tier that is reached [L58]', () => {
  const reach = (given: object[], of: object[] = tiers) =>
    asked({ tiers: of }, review('purchased'), {
      purchases: [bought],
      gifts: { member: 'anna', standing: {}, since: '2026-01-01', purchases: 1, birthDates: [], given },
    })

  test('welcomes the member once', () => {
    expect(reach([])).toEqual(['tier reached ', 'gift tier:gold tier:gold'])
    expect(reach([{ rule: 'tier:gold', occasion: 'once' }])).toEqual(['tier reached '])
  })

  test('welcomes whoever got another gift of the same name before', () => {
    expect(reach([{ rule: 'tier:base', occasion: 'once' }])).toHaveLength(2)
    expect(reach([{ rule: 'tier:gold', occasion: 'twice' }])).toHaveLength(2)
  })

  test('that has no welcome gives none', () => {
    expect(reach([], [tiers[0]!, { ...tiers[1], welcome: undefined }])).toEqual(['tier reached '])
  })
})

describe('stamps that nobody claimed [L77]', () => {
  test('are looked for on the cards that say for how long they wait, and which the member has', () => {
    expect(asked({ stamps: [visits('dinner')] }, review('day'))).toEqual([])
    expect(asked({ stamps: [visits('dinner', 7)] }, review('day'))).toEqual([])
  })
})

describe('a friend who was brought [L90]', () => {
  const facts = {
    friend: 'boris',
    referrer: 'anna',
    since: '2026-02-01',
    purchases: [bought],
    friendGiven: [],
    referrerGiven: [],
  }
  const command = { do: 'reward_referral', facts } as unknown as ClockCommand

  test('is rewarded as the programme says, and not at all where it says nothing', () => {
    const referral = { share: ['code'], friend: gift, referrer: gift }
    expect(asked({ referral }, command)).toEqual(['gift referral referral', 'gift referral referral'])
    expect(asked({}, command)).toEqual([])
    expect(asked({ referral: null }, command)).toEqual([])
  })
})

test('a gift of its occasion comes with everything else [L81]', () => {
  const gifts = [{ id: 'hello', kind: 'welcome', gift }]
  expect(asked({ gifts }, review('enrolled'))).toEqual(['gift hello hello'])
})
