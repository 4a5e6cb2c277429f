import { describe, expect, test } from 'vitest'
import { requestOf } from '../../../shared/ledger/recompute.ts'
import { stampPostings, stampsOfRequest } from '../../../shared/ledger/recompute-stamps.ts'
import { claimStamps, standingOf } from '../../../shared/ledger/stamps.ts'
import { formatMoney, formatPoints, points } from '../../../shared/money.ts'
import { type LineText, Network, programmeWith, saleBody } from './network.ts'

const burgers = {
  id: 'burger',
  name: 'Five burgers, the sixth free',
  collect: { kind: 'goods', skus: ['burger'] },
  need: 5,
  reward: { kind: 'freeItem', skus: ['burger'] },
}
const dinners = {
  id: 'dinner',
  name: 'Three visits in a month',
  collect: { kind: 'visits', receiptTotalFrom: '500.00', perDay: 1 },
  window: { kind: 'calendar', unit: 'month' },
  need: 3,
  reward: { kind: 'amountOff', amount: '1000.00' },
}
const burger = (qty: string, amount: string): LineText => ({ sku: 'burger', qty, amount, earn: '0.00' })

/** A till that knows the stamp cards: it computes the stamps of a sale and claims a reward where it is told to. */
class Diner {
  readonly programme = programmeWith({ stamps: [burgers, dinners] })
  readonly network = new Network(this.programme)
  private count = 0

  constructor() {
    this.network.now = '2026-01-10T12:00:00+03:00'
    this.network.enrol('anna')
  }

  card(id: string) {
    return this.programme.document.stamps!.find((each) => each.id === id)!
  }

  stamps(id = 'burger'): string {
    return this.network.balance('anna', undefined, `stamp:${id}`).spendable
  }

  buy(lines: readonly LineText[], claim?: string) {
    this.count += 1
    const receipt = `r${this.count}`
    const plain = requestOf('A' as never, saleBody({ receipt, lines, at: this.network.now }))
    const facts = { today: this.network.now.slice(0, 10), claimedBefore: 0, fullSince: null }
    const standing = claim && standingOf(this.card(claim), this.network.account('anna', `stamp:${claim}`), facts.today)
    const claimed = claim && standing ? claimStamps(this.card(claim), standing, plain.receipt.lines, facts) : undefined
    if (typeof claimed === 'string') throw new Error(claimed)
    const rewards = claimed?.reward === undefined ? [] : [claimed.reward]
    const stamps = stampsOfRequest(this.programme, { ...plain, rewards })
    const written = lines.map((line, index) => ({
      ...line,
      stamps: stamps.flatMap(({ purse, byLine }) => {
        const found = byLine.get(String(index + 1))
        return found === undefined ? [] : [{ purse, points: formatPoints(points(found)) }]
      }),
    }))
    const purses = [...stampPostings(stamps), ...(claimed ? [claimed.posting] : [])]
    const text = rewards.map((reward) => ({ ...reward, lines: [...reward.lines], money: formatMoney(reward.money) }))
    return this.network.sale({ receipt, at: this.network.now, lines: written, purses, rewards: text })
  }
}

describe('a stamp card', () => {
  test('[L70] gets a stamp for each whole unit, and the sixth burger is free and brings none', () => {
    const diner = new Diner()
    diner.buy([burger('3', '900.00')])
    diner.buy([burger('2', '600.00'), { amount: '100.00', earn: '0.00' }])
    expect(diner.stamps()).toBe('5.00')
    expect(diner.buy([burger('1', '300.00')], 'burger')).toEqual({ kind: 'applied' })
    expect(diner.stamps()).toBe('0.00')
  })

  test('[L70] gives one unit free of a line of two, and stamps for the other', () => {
    const diner = new Diner()
    diner.buy([burger('5', '1500.00')])
    diner.buy([burger('2', '600.00')], 'burger')
    expect(diner.network.sales.get('A\nr2')!.body.rewards).toMatchObject([{ money: '300.00', kind: 'freeItem' }])
    expect(diner.stamps()).toBe('1.00')
  })

  test('[L73] that is not full gives nothing', () => {
    const diner = new Diner()
    diner.buy([burger('4', '1200.00')])
    expect(() => diner.buy([burger('1', '300.00')], 'burger')).toThrow('card_not_full')
  })

  test('[L26] loses its stamps with the goods, and a part of a unit takes no stamp', () => {
    const diner = new Diner()
    diner.buy([burger('3', '900.00')])
    diner.network.refund('r1', [{ id: '1', qty: 1500n }])
    expect(diner.stamps()).toBe('2.00')
    diner.network.refund('r1')
    expect(diner.stamps()).toBe('0.00')
  })

  test('[L26] gets back what the reward cost when the rewarded goods come back', () => {
    const diner = new Diner()
    diner.buy([burger('5', '1500.00')])
    diner.buy([burger('1', '300.00'), { amount: '100.00', earn: '0.00' }], 'burger')
    diner.network.refund('r2', [{ id: '2' }])
    expect(diner.stamps()).toBe('0.00')
    diner.network.refund('r2')
    expect(diner.stamps()).toBe('5.00')
  })

  test('[L27] whose stamps are returned after the reward was taken owes them to the next ones', () => {
    const diner = new Diner()
    diner.buy([burger('5', '1500.00')])
    diner.buy([burger('1', '300.00')], 'burger')
    diner.network.refund('r1', [{ id: '1', qty: 2000n }])
    expect(diner.network.balance('anna', undefined, 'stamp:burger')).toMatchObject({ debt: '2.00', spendable: '0.00' })
    diner.buy([burger('3', '900.00')])
    expect(diner.stamps()).toBe('1.00')
  })

  test('[L72] of visits in a month counts a receipt that is large enough, and forgets with the month', () => {
    const diner = new Diner()
    diner.buy([{ amount: '499.99', earn: '0.00' }])
    diner.buy([{ amount: '500.00', earn: '0.00' }])
    expect(diner.stamps('dinner')).toBe('1.00')
    expect(diner.network.balance('anna', '2026-02-01', 'stamp:dinner').spendable).toBe('0.00')
  })

  test('[L71] of visits counts so many a day', () => {
    const diner = new Diner()
    const body = saleBody({ receipt: 'r', lines: [{ amount: '500.00' }], at: diner.network.now })
    const stamps = (today: number) =>
      stampsOfRequest(diner.programme, requestOf('A' as never, body), new Map([['dinner', today]])).length
    expect([stamps(0), stamps(1)]).toEqual([1, 0])
  })

  test('[L74] makes the cheapest unit free', () => {
    const diner = new Diner()
    diner.buy([burger('5', '1500.00')])
    diner.buy([burger('2', '600.00'), burger('1', '250.00')], 'burger')
    expect(diner.network.sales.get('A\nr2')!.body.rewards).toMatchObject([{ lines: ['2'], money: '250.00' }])
    expect(diner.stamps()).toBe('2.00')
  })

  test('[L76] tells the cashier when one stamp is missing', () => {
    const diner = new Diner()
    diner.buy([burger('4', '1200.00')])
    const standing = standingOf(diner.card('burger'), diner.network.account('anna', 'stamp:burger'), '2026-01-10')
    expect(standing).toEqual({ stamps: 4, need: 5, full: 0, short: 1, tell: true })
  })

  test('[L18] is never filled by what a till invents', () => {
    const diner = new Diner()
    const purses = [{ purse: 'stamp:burger', kind: 'earn' as const, points: '9.00' }]
    expect(diner.network.sale({ receipt: 'x', lines: [burger('1', '300.00')], purses })).toEqual({
      kind: 'deficit',
      points: '8.00',
    })
    expect(diner.stamps()).toBe('1.00')
  })
})
