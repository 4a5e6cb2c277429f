import { describe, expect, test } from 'vitest'
import type { Lot } from '../../../shared/ledger/booking-port.ts'
import {
  burnDue,
  burnWarning,
  checkpointDue,
  checkpointWarning,
  type Decision,
  type Idle,
} from '../../../shared/ledger/inactivity.ts'
import { emptyAccount } from '../../../shared/ledger/lots.ts'
import { parseHundredths, points } from '../../../shared/money.ts'
import { programmeWith } from './network.ts'

/** The edges of burning and of checkpoints: days, shares, what is kept, what is told. Rules L60 to L65. */

const lot = (id: string, amount: string, activeFrom = '2026-01-01', lastDay: string | null = null): Lot => {
  const hundredths = points(parseHundredths(amount)!)
  return { id, points: hundredths, remaining: hundredths, activeFrom, lastDay }
}
const purchase = (day: string, paid = '100.00') => ({ day, paid: parseHundredths(paid)! }) as Idle['purchases'][number]

function anna(lots: readonly Lot[], changes: Partial<Idle> = {}): Idle {
  const posted = points(lots.reduce((sum, each) => sum + each.remaining, 0n))
  return {
    member: 'anna' as Idle['member'],
    tier: null,
    until: null,
    since: '2026-01-01',
    purchases: [],
    standing: { tier: null, cardType: 'standard', segments: [] },
    account: { ...emptyAccount('anna' as Idle['member'], 'points'), posted, lots },
    decisions: [],
    ...changes,
  }
}
const decision = (body: object): Decision => ({ key: { device: 'cloud', epoch: 1, seq: 1 }, body }) as never

describe('a balance that burns', () => {
  const rules = (...burn: object[]) =>
    programmeWith({ burn: burn.map((rule, index) => ({ id: `b${index}`, afterDays: 30, ...rule })) }).document.burn!
  const burned = (list: ReturnType<typeof rules>, member: Idle, today = '2026-03-01') => {
    const body = burnDue(list, member, today)
    return body && [body.rule, body.day, ...body.lots.map((part) => `${part.lot} ${part.points}`)]
  }
  const hundred = [lot('a', '100.00')]

  test('[L60] counts from the latest purchase, in whatever order they were heard, and from enrolment where there is none', () => {
    const purchases = [purchase('2026-01-20'), purchase('2026-01-25'), purchase('2026-01-05')]
    expect(burned(rules({}), anna(hundred, { purchases }), '2026-02-24')).toBeUndefined()
    expect(burned(rules({}), anna(hundred, { purchases }), '2026-02-25')).toEqual(['b0', '2026-02-24', 'a 100.00'])
    expect(burned(rules({}), anna(hundred), '2026-01-31')).toBeUndefined()
    expect(burned(rules({}), anna(hundred), '2026-02-01')).toEqual(['b0', '2026-01-31', 'a 100.00'])
  })

  test('[L60] leaves what the rule keeps, takes what expires first, and names no lot that it leaves whole', () => {
    const lots = [lot('soon', '40.00', '2026-01-02', '2026-12-31'), lot('b', '50.00'), lot('c', '10.00')]
    expect(burned(rules({ keep: '25.00' }), anna(lots))).toEqual(['b0', '2026-01-31', 'soon 40.00', 'b 35.00'])
    expect(burned(rules({ keep: '60.00' }), anna(lots))).toEqual(['b0', '2026-01-31', 'soon 40.00'])
    expect(burned(rules({ keep: '100.00' }), anna(lots))).toBeUndefined()
    expect(burned(rules({ keep: '500.00' }), anna(lots))).toBeUndefined()
  })

  test('[L60] by a rule that leaves everything leaves the next rule its turn', () => {
    const list = rules({ keep: '100.00' }, { afterDays: 40, keep: '30.00' })
    expect(burned(list, anna(hundred))).toEqual(['b1', '2026-02-10', 'a 70.00'])
  })

  test('[L60] burns once by each rule: what another rule or another day had decided does not count', () => {
    const decided = (rule: string, day: string) => anna(hundred, { decisions: [decision({ rule, day })] })
    expect(burned(rules({}), decided('b0', '2026-01-31'))).toBeUndefined()
    expect(burned(rules({}), decided('other', '2026-01-31'))).toBeDefined()
    expect(burned(rules({}), decided('b0', '2026-01-30'))).toBeDefined()
  })

  test('[L60] is for those whom the rule names', () => {
    expect(burned(rules({ for: { tiers: ['gold'] } }), anna(hundred))).toBeUndefined()
    const standing = { tier: 'gold', cardType: 'standard', segments: [] }
    expect(burned(rules({ for: { tiers: ['gold'] } }), anna(hundred, { standing }))).toBeDefined()
  })

  const told = (list: ReturnType<typeof rules>, today: string, member = anna(hundred)) =>
    burnWarning(list, member, today)

  test('[L61] is told from the earliest of its warning days to the day itself, and not after it', () => {
    const list = rules({ warnDays: [3, 7] })
    expect(told(list, '2026-01-23')).toBeUndefined()
    expect(told(list, '2026-01-24')).toEqual({ rule: 'b0', day: '2026-01-31', points: 10_000n })
    expect(told(list, '2026-01-31')?.points).toBe(10_000n)
    expect(told(list, '2026-02-01')).toBeUndefined()
  })

  test('[L61] is told less what is kept; where nothing would burn or no warning is asked for, nothing is told', () => {
    expect(told(rules({ warnDays: [7], keep: '30.00' }), '2026-01-30')?.points).toBe(7000n)
    expect(told(rules({ warnDays: [7], keep: '100.00' }), '2026-01-30')).toBeUndefined()
    expect(told(rules({}), '2026-01-31')).toBeUndefined()
    expect(told(rules({ warnDays: [7], for: { tiers: ['gold'] } }), '2026-01-30')).toBeUndefined()
    const next = rules({ warnDays: [7], keep: '100.00' }, { warnDays: [2] })
    expect(told(next, '2026-01-30')).toEqual({ rule: 'b1', day: '2026-01-31', points: 10_000n })
  })
})

describe('a checkpoint', () => {
  const checkpoints = (change: object) =>
    programmeWith({
      checkpoints: [
        { id: 'c', every: 'month', need: { kind: 'purchases', from: 2 }, else: { kind: 'burn' }, ...change },
      ],
    }).document.checkpoints!
  const due = (change: object, member: Idle, today = '2026-03-15') =>
    checkpointDue(checkpoints(change), [], member, today)
  const lots = [lot('a', '100.00')]
  const bought = (...days: string[]) => anna(lots, { purchases: days.map((day) => purchase(day)) })

  test('[L63] counts from the first day of its stretch to the last, and nothing on either side', () => {
    expect(due({}, bought('2026-02-01', '2026-02-28'))).toEqual([])
    expect(due({}, bought('2026-01-31', '2026-02-28'))).toHaveLength(1)
    expect(due({}, bought('2026-02-01', '2026-03-01'))).toHaveLength(1)
  })

  test('[L63] by a sum is passed by exactly that sum', () => {
    const need = { kind: 'sum', from: '500.00' }
    const spent = (...paid: string[]) => anna(lots, { purchases: paid.map((each) => purchase('2026-02-10', each)) })
    expect(due({ need }, spent('499.99'))).toHaveLength(1)
    expect(due({ need }, spent('300.00', '200.00'))).toEqual([])
  })

  test('[L63] asks those who were there from its first day on, and whom it names', () => {
    expect(due({}, anna(lots, { since: '2026-02-01' }))).toHaveLength(1)
    expect(due({}, anna(lots, { since: '2026-02-02' }))).toEqual([])
    expect(due({ for: { segments: ['vip'] } }, anna(lots))).toEqual([])
  })

  test('[L63] is decided once for each stretch, whatever other rules have decided on that day', () => {
    const decided = (rule: string, day: string) => anna(lots, { decisions: [decision({ rule, day })] })
    expect(due({}, decided('c', '2026-02-28'))).toEqual([])
    expect(due({}, decided('c', '2026-01-31'))).toHaveLength(1)
    expect(due({}, decided('other', '2026-02-28'))).toHaveLength(1)
  })

  test('[L64] burns everything where it names no share, a share rounded down, and says nothing of an empty purse', () => {
    expect(due({}, anna(lots))).toMatchObject([{ kind: 'entry', body: { points: '100.00', day: '2026-02-28' } }])
    const third = { else: { kind: 'burn', percent: '33.3333' } }
    expect(due(third, anna([lot('a', '1.00')]))).toMatchObject([{ body: { points: '0.33' } }])
    expect(due({}, anna([]))).toEqual([])
    const demote = { else: { kind: 'demote' } }
    expect(due(demote, anna(lots))).toEqual([])
  })

  test('[L64] leaves what came after the stretch, what is leased and what is past its own last day', () => {
    const mixed = [
      lot('over', '5.00', '2026-01-01', '2026-03-01'),
      lot('a', '100.00'),
      lot('new', '50.00', '2026-03-01'),
    ]
    expect(due({}, anna(mixed))).toMatchObject([{ body: { lots: [{ lot: 'a', points: '100.00' }] } }])
    const member = anna(lots)
    const leased = { ...member, account: { ...member.account, leased: points(4000n) } }
    expect(due({}, leased)).toMatchObject([{ body: { points: '60.00' } }])
  })

  const told = (change: object, member: Idle, today: string) => {
    return checkpointWarning(checkpoints({ warnDays: [1, 5], ...change })[0]!, member, today)
  }

  test('[L65] is told from the earliest of its warning days on: how many purchases are missing', () => {
    expect(told({}, bought('2026-03-01'), '2026-03-25')).toBeUndefined()
    expect(told({}, bought('2026-03-01'), '2026-03-26')).toEqual({ lastDay: '2026-03-31', left: 1n, kind: 'purchases' })
    expect(told({}, bought('2026-02-28', '2026-04-01'), '2026-03-31')?.left).toBe(2n)
    expect(told({}, bought('2026-03-01', '2026-03-31'), '2026-03-31')).toBeUndefined()
    expect(told({ warnDays: undefined }, bought(), '2026-03-31')).toBeUndefined()
  })

  test('[L65] is told of money as kopecks, and not to those it does not ask', () => {
    const need = { kind: 'sum', from: '500.00' }
    expect(told({ need }, bought('2026-03-01'), '2026-03-30')).toEqual({
      lastDay: '2026-03-31',
      left: 40_000n,
      kind: 'sum',
    })
    expect(told({}, anna(lots, { since: '2026-03-01' }), '2026-03-30')?.left).toBe(2n)
    expect(told({}, anna(lots, { since: '2026-03-02' }), '2026-03-30')).toBeUndefined()
    expect(told({ for: { segments: ['vip'] } }, anna(lots), '2026-03-30')).toBeUndefined()
  })
})
