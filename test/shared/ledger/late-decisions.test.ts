import { describe, expect, test } from 'vitest'
import type { Idle } from '../../../shared/ledger/inactivity.ts'
import { redecide } from '../../../shared/ledger/redecide.ts'
import { programmeWith } from './network.ts'

/** Each decision of the clock by itself, and what a late fact makes of it. Rules L67 to L69. */

const document = programmeWith({
  burn: [
    { id: 'sleep', afterDays: 10 },
    { id: 'deep', afterDays: 100 },
  ],
  checkpoints: [
    { id: 'monthly', every: 'month', need: { kind: 'purchases', from: 1 }, else: { kind: 'burn', percent: '50' } },
    { id: 'large', every: 'month', need: { kind: 'purchases', from: 5 }, else: { kind: 'demote' } },
  ],
  tiers: ['base', 'silver', 'gold'].map((id, place) => ({
    id,
    name: id,
    entry:
      place === 0
        ? { kind: 'automatic' }
        : {
            kind: 'earned',
            match: 'any',
            thresholds: [{ kind: 'purchases', from: place, window: { kind: 'rolling', days: 30 } }],
          },
    ...(place === 0 ? {} : { keep: { kind: 'days', days: 60 } }),
  })),
}).document
const rules = { burn: document.burn!, checkpoints: document.checkpoints!, tiers: document.tiers! }

const fact = { device: 'till-a', epoch: 1, seq: 9 } as never
const key = (seq: number) => ({ device: 'cloud', epoch: 1, seq })
const bought = (...days: string[]) =>
  days.map((day) => ({ day, at: `${day}T12:00:00+03:00`, paid: 10_000n, amount: 10_000n, lines: [] }))
const lot = (id: string, expired: bigint) => ({
  id,
  points: 10_000n,
  remaining: 0n,
  activeFrom: '',
  lastDay: null,
  expired,
})

const expire = (seq: number, changes: object = {}) => ({
  key: key(seq),
  body: {
    ...{ kind: 'expire', member: 'anna', purse: 'points', day: '2026-02-20', reason: 'burn', rule: 'sleep' },
    ...{ lots: [{ lot: 'x', points: '100.00' }], points: '100.00' },
    ...changes,
  },
})
const tier = (seq: number, from: string | null, to: string | null, changes: object = {}) => ({
  key: key(seq),
  body: { kind: 'tier', member: 'anna', from, to, day: '2026-02-20', until: null, reason: 'demoted', ...changes },
})

/** What is taken back, as "kind reason points or tier". */
function again(decisions: object[], purchases: ReturnType<typeof bought>, facts: object = {}, factDay = '2026-02-15') {
  const member = {
    ...{ member: 'anna', since: '2026-01-01', tier: 'base', until: null, decisions, purchases },
    ...{ standing: { tier: 'base', cardType: 'standard', segments: [] } },
    account: { posted: 0n, lots: [lot('x', 10_000n)] },
    ...facts,
  }
  return redecide(rules, member as unknown as Idle, fact, factDay)
}
const found = (...asked: Parameters<typeof again>) =>
  again(...asked).map((body) => `${body.reason} ${body.kind === 'tier' ? body.to : body.points}`)

describe('a burn', () => {
  test('[L67] is taken back where what is known now would not have burned it, up to its very day', () => {
    expect(found([expire(1)], bought('2026-02-15'))).toEqual(['late_fact -100.00'])
    expect(found([expire(1)], bought('2026-02-11'))).toEqual(['late_fact -100.00'])
    expect(found([expire(1)], bought('2026-02-10'))).toEqual([])
    expect(found([expire(1)], bought('2026-02-20'), {}, '2026-02-20')).toEqual(['late_fact -100.00'])
    expect(found([expire(1)], bought('2026-02-10', '2026-02-21'))).toEqual([])
  })

  test('[L67] by another rule has that rule’s days', () => {
    expect(found([expire(1, { rule: 'deep' })], bought('2026-02-10'))).toEqual(['late_fact -100.00'])
    expect(found([expire(1, { rule: 'gone' })], bought('2026-02-15'))).toEqual([])
  })

  test('[L67] from before the fact stands, and so does what has been taken back already', () => {
    expect(found([expire(1)], bought('2026-02-21'), {}, '2026-02-21')).toEqual([])
    const undone = expire(2, { reason: 'late_fact', undoes: key(1) })
    expect(found([expire(1), undone], bought('2026-02-15'))).toEqual([])
    expect(found([expire(1), expire(2, { reason: 'late_fact', undoes: key(7) })], bought('2026-02-15'))).toEqual([
      'late_fact -100.00',
    ])
  })

  test('[L67] that itself took something back is not decided again', () => {
    expect(found([expire(1, { undoes: key(7) })], bought('2026-02-15'))).toEqual([])
  })

  test('[L67] by the end of a lot’s life is never taken back', () => {
    expect(found([expire(1, { reason: 'life' })], bought('2026-02-15'))).toEqual([])
  })

  test('[L68] wakes of each lot what still sleeps of it, and no lot that does not', () => {
    const lots = [
      { lot: 'x', points: '100.00' },
      { lot: 'y', points: '5.00' },
      { lot: 'z', points: '7.00' },
    ]
    const account = { posted: 0n, lots: [lot('x', 4_000n), lot('z', 10_000n)] }
    expect(again([expire(1, { lots, points: '112.00' })], bought('2026-02-15'), { account })).toEqual([
      {
        ...{ kind: 'expire', member: 'anna', purse: 'points', day: '2026-02-20', reason: 'late_fact', rule: 'sleep' },
        lots: [
          { lot: 'x', points: '-40.00' },
          { lot: 'z', points: '-7.00' },
        ],
        ...{ points: '-47.00', because: fact, undoes: key(1) },
      },
    ])
    expect(found([expire(1)], bought('2026-02-15'), { account: { posted: 0n, lots: [lot('x', 0n)] } })).toEqual([])
    expect(found([expire(1)], bought('2026-02-15'), { account: { posted: 0n, lots: [] } })).toEqual([])
  })
})

describe('a checkpoint', () => {
  const missed = (seq: number, changes: object = {}) =>
    expire(seq, { day: '2026-02-28', reason: 'checkpoint', rule: 'monthly', ...changes })

  test('[L67] is taken back once enough is known of its own month', () => {
    expect(found([missed(1)], bought('2026-02-01'))).toEqual(['late_fact -100.00'])
    expect(found([missed(1)], bought('2026-01-31', '2026-03-01'))).toEqual([])
    expect(found([missed(1, { rule: 'gone' })], bought('2026-02-15'))).toEqual([])
    expect(found([missed(1, { rule: 'large' })], bought('2026-02-15'))).toEqual([])
  })

  test('[L69] that demoted gives the tier back, with the day to which it was kept', () => {
    const decided = tier(1, 'gold', 'base', {
      reason: 'checkpoint',
      rule: 'monthly',
      day: '2026-02-28',
      was: '2026-05-01',
    })
    expect(again([decided], bought('2026-02-15'))).toEqual([
      {
        ...{ kind: 'tier', member: 'anna', from: 'base', to: 'gold', day: '2026-02-28', until: '2026-05-01' },
        ...{ was: null, reason: 'late_fact', rule: 'monthly', because: fact, undoes: key(1) },
      },
    ])
  })
})

describe('a demotion', () => {
  test('[L69] is taken back where the tier would have been kept, and stands where it would not', () => {
    const decided = tier(1, 'silver', 'base', { was: '2026-02-19' })
    expect(found([decided], bought('2026-02-15'))).toEqual(['late_fact silver'])
    expect(found([decided], bought('2025-12-01'))).toEqual([])
  })

  test('[L69] leads to a higher tier where the late purchases reach it', () => {
    const decided = tier(1, 'silver', 'base', { was: '2026-02-19' })
    const [back] = again([decided], bought('2026-02-14', '2026-02-15'))
    expect(back).toMatchObject({ from: 'base', to: 'gold', until: '2026-04-21' })
    expect(back).not.toHaveProperty('rule')
  })

  test('[L69] of somebody who stands elsewhere by now is left alone', () => {
    expect(found([tier(1, 'silver', 'base')], bought('2026-02-15'), { tier: 'gold' })).toEqual([])
  })

  test('[L69] where the day to which it was kept was not written down keeps the tier for good', () => {
    expect(again([tier(1, 'silver', 'base')], bought('2026-02-15'))).toMatchObject([{ to: 'silver', until: null }])
  })
})

describe('a tier that was reached', () => {
  const reached = (from: string, to: string, was?: string) =>
    tier(1, from, to, { reason: 'reached', until: '2026-04-21', ...(was === undefined ? {} : { was }) })

  test('[L59] is taken back where what reached it has come back', () => {
    expect(found([reached('base', 'silver')], [], { tier: 'silver' })).toEqual(['returned base'])
    expect(found([reached('base', 'silver')], bought('2026-02-16'), { tier: 'silver' })).toEqual([])
  })

  test('[L59] is the next lower one that what is left still reaches', () => {
    const [back] = again([reached('base', 'gold')], bought('2026-02-16'), { tier: 'gold', until: '2026-04-21' })
    expect(back).toMatchObject({ from: 'gold', to: 'silver', reason: 'returned', was: '2026-04-21' })
  })

  test('[L59] of somebody who stands elsewhere by now is left alone', () => {
    expect(found([reached('base', 'silver')], [], { tier: 'base' })).toEqual([])
  })
})
