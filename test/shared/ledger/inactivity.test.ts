import { describe, expect, test } from 'vitest'
import { decide, type State } from '../../../shared/ledger/decide.ts'
import type { EntryBody } from '../../../shared/ledger/entry.ts'
import type { Occasion } from '../../../shared/ledger/gifts.ts'
import { purchaseOf } from '../../../shared/ledger/history.ts'
import { burnWarning, checkpointDue, checkpointWarning } from '../../../shared/ledger/inactivity.ts'
import { keyOf } from '../../../shared/ledger/keys.ts'
import { type LineText, Network, programmeWith } from './network.ts'

/** Plays days with the real decider: what it says is booked, and remembered as decisions. */
class Town {
  readonly network: Network
  private readonly sales: string[] = []

  constructor(changes: Record<string, unknown>) {
    this.network = new Network(programmeWith(changes))
    this.network.now = '2026-01-01T10:00:00+03:00'
    this.network.enrol('anna')
  }

  get today(): string {
    return this.network.now.slice(0, 10)
  }

  at(day: string): this {
    this.network.now = `${day}T10:00:00+03:00`
    return this
  }

  buy(receipt: string, line: Partial<LineText> = {}, day = this.today): this {
    const at = `${day}T10:00:00+03:00`
    this.network.sale({ receipt, at, lines: [{ amount: '1000.00', earn: '100.00', ...line }] }, { at })
    this.sales.push(receipt)
    return this
  }

  private get given() {
    return this.network.items.flatMap(({ entry: { body } }) => {
      return body.kind === 'gift' && body.rule && body.occasion ? [{ rule: body.rule, occasion: body.occasion }] : []
    })
  }

  get state(): State {
    const { network } = this
    const record = network.members.get('anna')!
    const programme = [...network.programmes.values()].at(-1)!
    const account = network.account('anna')
    const purchases = this.sales.flatMap((receipt) => purchaseOf(network.sales.get(`A\n${receipt}`)!, programme) ?? [])
    const standing = { tier: record.tier, cardType: 'standard', segments: [] }
    const decisions = network.items.flatMap(({ entry }) => {
      const { body } = entry
      return body.kind === 'expire' || body.kind === 'tier' ? [{ key: keyOf(entry), body }] : []
    })
    const since = '2026-01-01'
    return {
      programme,
      today: this.today,
      member: {
        member: record.id,
        record,
        tier: record.tier,
        until: record.tierUntil ?? null,
        since,
        purchases,
        standing,
        account,
        accounts: [account],
        cards: [...network.cards.values()],
        decisions,
        gifts: { member: record.id, standing, since, purchases: record.purchases, birthDates: [], given: this.given },
      },
    }
  }

  /** A morning, or what follows a receipt. */
  review(occasion: Occasion = { kind: 'day' }): readonly EntryBody[] {
    return this.carryOut({ do: 'review', occasion })
  }

  carryOut(command: Parameters<typeof decide>[0]): readonly EntryBody[] {
    const decided = decide(command, this.state)
    if (!decided.ok) throw new Error(decided.reason)
    for (const body of decided.value) this.network.push(body, { till: 'cloud' })
    return decided.value
  }

  redecide(receipt: string, factDay: string): readonly EntryBody[] {
    const { key } = this.network.sales.get(`A\n${receipt}`)!
    return this.carryOut({ do: 'redecide', fact: key, factDay })
  }

  get balance(): string {
    return this.network.balance('anna').balance
  }
}

const burn = [{ id: 'sleep', afterDays: 30, warnDays: [7] }]

describe('a balance that burns after n days without a purchase', () => {
  test('[L60] burns when the n-th day is over, once, and leaves what came after it', () => {
    const town = new Town({ burn }).at('2026-01-10').buy('r1')
    expect(town.at('2026-02-09').review()).toEqual([])
    town.at('2026-02-12')
    town.network.gift('anna', '50.00', '2026-03-01')
    expect(town.review()).toMatchObject([{ kind: 'expire', reason: 'burn', day: '2026-02-09', points: '100.00' }])
    expect(town.at('2026-02-20').review()).toEqual([])
    expect(town.balance).toBe('50.00')
  })

  test('[L61] is told a week before', () => {
    const town = new Town({ burn }).at('2026-01-10').buy('r1')
    const warning = (day: string) => burnWarning(town.at(day).state.programme.document.burn!, town.state.member, day)
    expect(warning('2026-02-01')).toBeUndefined()
    expect(warning('2026-02-02')).toEqual({ rule: 'sleep', day: '2026-02-09', points: 10_000n })
  })

  test('[L67] is taken back when a purchase from before it arrives from an offline till', () => {
    const town = new Town({ burn }).at('2026-01-10').buy('r1').at('2026-02-12')
    town.review()
    town.buy('r2', {}, '2026-02-01')
    expect(town.redecide('r2', '2026-02-01')).toMatchObject([
      { kind: 'expire', reason: 'late_fact', points: '-100.00' },
    ])
    expect(town.balance).toBe('200.00')
    expect(town.redecide('r2', '2026-02-01')).toEqual([])
  })

  test('[L67] stands when the late purchase is from after it', () => {
    const town = new Town({ burn }).at('2026-01-10').buy('r1').at('2026-02-20')
    town.review()
    town.buy('r2', {}, '2026-02-15')
    expect(town.redecide('r2', '2026-02-15')).toEqual([])
  })

  test('[L62] spares what a till holds as a right', () => {
    const town = new Town({ burn }).at('2026-01-10').buy('r1')
    town.network.grant('anna', 'lease-1', '40.00', 'till-a')
    expect(town.at('2026-02-12').review()).toMatchObject([{ points: '60.00' }])
  })
})

describe('a checkpoint of the calendar month', () => {
  const half = [
    {
      id: 'month',
      every: 'month',
      need: { kind: 'sum', from: '1000.00' },
      else: { kind: 'burn', percent: '50' },
      warnDays: [5],
    },
  ]

  test('[L63] that is missed burns its share, once', () => {
    const town = new Town({ checkpoints: half }).at('2026-01-10').buy('r1')
    expect(town.at('2026-02-01').review()).toEqual([])
    expect(town.at('2026-03-01').review()).toMatchObject([{ reason: 'checkpoint', day: '2026-02-28', points: '50.00' }])
    expect(town.at('2026-03-02').review()).toEqual([])
  })

  test('[L63] asks nothing of a month in which the member was not there from the beginning', () => {
    const town = new Town({ checkpoints: half })
    town.network.members.set('anna', { ...town.network.members.get('anna')!, enrolledAt: '2026-01-02T10:00:00+03:00' })
    const state = town.at('2026-02-01').state
    const member = { ...state.member, since: '2026-01-02' }
    expect(checkpointDue(state.programme.document.checkpoints!, [], member, '2026-02-01')).toEqual([])
  })

  test('[L65] is told before its end: what is still missing', () => {
    const town = new Town({ checkpoints: half }).at('2026-02-10').buy('r1', { amount: '400.00', earn: '0.00' })
    const rule = town.state.programme.document.checkpoints![0]!
    expect(checkpointWarning(rule, town.at('2026-02-20').state.member, '2026-02-20')).toBeUndefined()
    expect(checkpointWarning(rule, town.at('2026-02-25').state.member, '2026-02-25')).toEqual({
      lastDay: '2026-02-28',
      left: 60_000n,
      kind: 'sum',
    })
  })

  test('[L68] is decided again when a late receipt fills the month', () => {
    const town = new Town({ checkpoints: half }).at('2026-01-10').buy('r1').at('2026-03-01')
    town.review()
    town.buy('r2', {}, '2026-02-27')
    expect(town.redecide('r2', '2026-02-27')).toMatchObject([{ reason: 'late_fact', points: '-50.00' }])
  })

  test('[L64] may be an event for the campaigns instead of an entry', () => {
    const rule = {
      id: 'month',
      every: 'month',
      need: { kind: 'purchases', from: 1 },
      else: { kind: 'trigger', event: 'missed' },
    }
    const { programme, member } = new Town({ checkpoints: [rule] }).at('2026-03-01').state
    expect(checkpointDue(programme.document.checkpoints!, [], member, '2026-03-01')).toEqual([
      { kind: 'event', event: 'missed', rule: 'month', day: '2026-02-28' },
    ])
  })
})

describe('a demotion', () => {
  const sum = { kind: 'sum', from: '1000.00', window: { kind: 'rolling', days: 30 } }
  const tiers = [
    { id: 'base', name: 'Base', entry: { kind: 'automatic' } },
    {
      id: 'gold',
      name: 'Gold',
      entry: { kind: 'earned', match: 'any', thresholds: [sum] },
      keep: { kind: 'days', days: 60 },
    },
  ]

  test('[L69] is taken back when a late receipt shows that the tier had been met again', () => {
    const town = new Town({ tiers }).at('2026-01-10').buy('r1')
    expect(town.review({ kind: 'purchased' })).toMatchObject([{ to: 'gold', until: '2026-03-11' }])
    expect(town.at('2026-03-12').review()).toMatchObject([{ to: 'base', reason: 'demoted' }])
    town.at('2026-03-20').buy('r2', {}, '2026-03-01')
    expect(town.redecide('r2', '2026-03-01')).toMatchObject([
      { from: 'base', to: 'gold', until: '2026-04-30', reason: 'late_fact' },
    ])
    expect(town.network.members.get('anna')!.tier).toBe('gold')
    expect(town.redecide('r2', '2026-03-01')).toEqual([])
  })

  test('[L59] follows the return of the receipt that had reached the tier, and only that', () => {
    const town = new Town({ tiers }).at('2026-01-10').buy('r1')
    town.review({ kind: 'purchased' })
    town.network.refund('r1')
    expect(town.redecide('r1', '2026-01-10')).toMatchObject([{ from: 'gold', to: 'base', reason: 'returned' }])
    expect(town.redecide('r1', '2026-01-10')).toEqual([])
    const other = new Town({ tiers }).at('2026-01-10').buy('r1').buy('r2')
    other.review({ kind: 'purchased' })
    other.network.refund('r2')
    expect(other.redecide('r2', '2026-01-10')).toEqual([])
  })

  test('[L58] leaves the welcome points of the tier, which come once', () => {
    const welcome = { points: '50.00', lifeDays: 30 }
    const town = new Town({ tiers: [tiers[0], { ...tiers[1], welcome }] }).at('2026-01-10').buy('r1')
    expect(town.review({ kind: 'purchased' })).toMatchObject([
      { to: 'gold' },
      { kind: 'gift', points: '50.00', lastDay: '2026-02-09', rule: 'tier:gold', occasion: 'once' },
    ])
    expect(town.at('2026-03-12').review()).toMatchObject([{ to: 'base' }])
    expect(town.at('2026-03-13').buy('r2').review({ kind: 'purchased' })).toMatchObject([{ to: 'gold' }])
    expect(town.balance).toBe('200.00')
  })

  test('[L64] by a missed checkpoint is one tier down, and taken back as the checkpoint is', () => {
    const rule = { id: 'month', every: 'month', need: { kind: 'purchases', from: 1 }, else: { kind: 'demote' } }
    const kept = [tiers[0], { ...tiers[1], keep: undefined }]
    const town = new Town({ tiers: kept, checkpoints: [rule] }).at('2026-01-10').buy('r1')
    town.review({ kind: 'purchased' })
    expect(town.at('2026-03-01').review()).toMatchObject([{ from: 'gold', to: 'base', reason: 'checkpoint' }])
    town.buy('r2', {}, '2026-02-20')
    expect(town.redecide('r2', '2026-02-20')).toMatchObject([{ to: 'gold', reason: 'late_fact' }])
  })
})
