import { describe, expect, test } from 'vitest'
import { planAttach } from '../../../shared/ledger/attach.ts'
import { decide } from '../../../shared/ledger/decide.ts'
import { requestOf } from '../../../shared/ledger/recompute.ts'
import { stampPostings, stampsOfRequest } from '../../../shared/ledger/recompute-stamps.ts'
import { claimOnReceipt } from '../../../shared/ledger/stamp-claims.ts'
import { claimStamps, fullDays, lapsedDue, standingOf, wasClaimed } from '../../../shared/ledger/stamps.ts'
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
    const facts = { today: this.network.now.slice(0, 10), claimedBefore: 0, fullSince: [] }
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

describe('a claim', () => {
  const card = (change: object) => {
    const programme = programmeWith({ stamps: [{ ...burgers, ...change }] })
    return { programme, card: programme.document.stamps![0]! }
  }
  const shop = (programme: ReturnType<typeof programmeWith>) => {
    const network = new Network(programme)
    network.now = '2026-01-10T12:00:00+03:00'
    network.enrol('anna')
    return network
  }
  const line = (qty: string, amount: string, stamps: string): LineText => ({
    ...burger(qty, amount),
    stamps: stamps === '0.00' ? [] : [{ purse: 'stamp:burger', points: stamps }],
  })
  const earned = (points: string) => ({ purse: 'stamp:burger', kind: 'earn' as const, points })
  const claimed = { purse: 'stamp:burger', kind: 'redeem' as const, points: '5.00' }
  const free = { id: 'stamp:burger', kind: 'freeItem' as const, lines: ['1'], money: '300.00' }
  const facts = { today: '2026-01-10', claimedBefore: 0, fullSince: [], visitsToday: new Map<string, number>() }

  test('[L75] on the receipt that fills the card is the sixth of six, and nothing of five', () => {
    const { programme, card: same } = card({ claim: 'same-receipt' })
    const network = shop(programme)
    const asked = (qty: string, amount: string) => {
      const body = saleBody({ receipt: 'r', lines: [burger(qty, amount)], at: network.now })
      const account = network.account('anna', 'stamp:burger')
      return claimOnReceipt(programme, same, account, requestOf('A' as never, body), facts)
    }
    expect(asked('5', '1500.00')).toBe('card_not_full')
    expect(asked('6', '1800.00')).toMatchObject({ reward: { money: 30_000n }, posting: { points: '5.00' } })
    const sale = {
      receipt: 'r',
      lines: [line('6', '1800.00', '5.00')],
      purses: [earned('5.00'), claimed],
      rewards: [free],
    }
    expect(network.sale(sale)).toEqual({ kind: 'applied' })
    expect(network.balance('anna', undefined, 'stamp:burger')).toMatchObject({ posted: '0.00', debt: '0.00' })
    network.refund('r')
    expect(network.balance('anna', undefined, 'stamp:burger')).toMatchObject({ posted: '0.00', debt: '0.00' })
  })

  test('[L75] on the receipt that fills it is for its own stamps alone, without what an earlier reward gives away', () => {
    const teas = { ...burgers, id: 'tea', collect: { kind: 'goods', skus: ['tea'] }, claim: 'same-receipt' }
    const programme = programmeWith({
      stamps: [{ ...teas, reward: { kind: 'points', gift: { points: '50.00', lifeDays: 30 } } }, burgers],
    })
    const network = shop(programme)
    const asked = (lines: readonly LineText[], taken: readonly string[] = []) => {
      const request = requestOf('A' as never, saleBody({ receipt: 'r', lines, at: network.now }))
      const rewards = taken.map((id) => ({ id: 'promo', kind: 'freeItem' as const, lines: [id], money: 30_000n }))
      const account = network.account('anna', 'stamp:tea')
      const asking = rewards.length === 0 ? request : { ...request, rewards: rewards as never }
      return claimOnReceipt(programme, programme.document.stamps![0]!, account, asking, facts)
    }
    const tea = (qty: string, amount: string): LineText => ({ ...burger(qty, amount), sku: 'tea' })
    expect(asked([burger('6', '1800.00')])).toBe('card_not_full')
    expect(asked([burger('6', '1800.00'), tea('4', '1200.00')])).toBe('card_not_full')
    const claim = asked([burger('1', '300.00'), tea('5', '1500.00')])
    expect(claim).toMatchObject({ posting: { purse: 'stamp:tea', points: '5.00' } })
    expect(claim).toHaveProperty('reward', undefined)
    expect(asked([tea('5', '1500.00')], ['1'])).toBe('card_not_full')
    expect(asked([tea('6', '1800.00')], ['1'])).toMatchObject({ posting: { points: '5.00' } })
  })

  test('[L75] on the receipt that fills any other card is not covered', () => {
    const { programme, card: next } = card({})
    const network = shop(programme)
    const body = saleBody({ receipt: 'r', lines: [burger('6', '1800.00')], at: network.now })
    const account = network.account('anna', 'stamp:burger')
    expect(claimOnReceipt(programme, next, account, requestOf('A' as never, body), facts)).toBe('card_not_full')
    const sale = {
      receipt: 'r',
      lines: [line('6', '1800.00', '5.00')],
      purses: [earned('5.00'), claimed],
      rewards: [free],
    }
    expect(network.sale(sale)).toEqual({ kind: 'deficit', points: '5.00' })
  })

  test('[L77] comes too late after its days, and the stamps of the lost card go, the oldest first', () => {
    const { programme, card: lapsing } = card({ claimDays: 7 })
    const network = shop(programme)
    const buy = (receipt: string, qty: string, on: string) => {
      network.now = `${on}T12:00:00+03:00`
      const stamps = `${qty}.00`
      network.sale({ receipt, at: network.now, lines: [line(qty, `${qty}00.00`, stamps)], purses: [earned(stamps)] })
    }
    buy('r1', '3', '2026-01-10')
    buy('r2', '3', '2026-01-12')
    buy('r3', '4', '2026-01-15')
    const account = () => network.account('anna', 'stamp:burger')
    expect(fullDays(lapsing, account(), '2026-01-15')).toEqual(['2026-01-12', '2026-01-15'])
    const claim = (today: string) => {
      const standing = standingOf(lapsing, account(), today)
      const lines = requestOf('A' as never, saleBody({ receipt: 'r', lines: [burger('1', '300.00')] })).receipt.lines
      return claimStamps(lapsing, standing, lines, {
        today,
        claimedBefore: 0,
        fullSince: fullDays(lapsing, account(), today),
      })
    }
    expect(lapsedDue(lapsing, account(), '2026-01-19')).toBeUndefined()
    expect(claim('2026-01-20')).toMatchObject({ posting: { points: '5.00' } })
    expect(claim('2026-01-23')).toBe('claim_too_late')
    network.now = '2026-01-20T12:00:00+03:00'
    const body = lapsedDue(lapsing, account(), '2026-01-20')!
    expect(body).toMatchObject({ reason: 'stamp_window', points: '5.00', day: '2026-01-19' })
    expect(body.lots.map((lot) => lot.points)).toEqual(['3.00', '2.00'])
    network.push(body)
    expect(network.balance('anna', undefined, 'stamp:burger').spendable).toBe('5.00')
    expect(lapsedDue(lapsing, account(), '2026-01-20')).toBeUndefined()
    expect(fullDays(lapsing, account(), '2026-01-20')).toEqual(['2026-01-15'])
  })

  test('[L77] that was never made is noticed at the next purchase and in the morning, and at nothing else', () => {
    const { programme } = card({ claimDays: 7 })
    const network = shop(programme)
    network.sale({ receipt: 'r', at: network.now, lines: [line('5', '500.00', '5.00')], purses: [earned('5.00')] })
    const anna = network.members.get('anna')!
    const account = network.account('anna')
    const standing = { tier: null, cardType: 'standard', segments: [] }
    const gifts = { member: anna.id, standing, since: '2026-01-01', purchases: 1, birthDates: [], given: [] }
    const member = {
      ...{ record: anna, member: anna.id, tier: null, until: null, since: '2026-01-01', standing, gifts, account },
      ...{ purchases: [], decisions: [], cards: [], accounts: [account, network.account('anna', 'stamp:burger')] },
    }
    const due = (occasion: object, today: string) => {
      const decided = decide({ do: 'review', occasion } as never, { programme, member, today })
      return decided.ok ? decided.value.map((body) => body.kind) : decided.reason
    }
    expect(due({ kind: 'purchased' }, '2026-01-18')).toEqual(['expire'])
    expect(due({ kind: 'day' }, '2026-01-18')).toEqual(['expire'])
    expect(due({ kind: 'enrolled' }, '2026-01-18')).toEqual([])
    expect(due({ kind: 'day' }, '2026-01-17')).toEqual([])
  })

  test('[L73] of a card that does not repeat is made once, and again when the first came back', () => {
    const { programme } = card({ repeat: false })
    const network = shop(programme)
    network.push({
      kind: 'stamp',
      member: 'anna',
      card: 'burger',
      stamps: '20.00',
      lastDay: null,
      reason: 'x',
    } as never)
    const claim = (receipt: string) =>
      network.sale({ receipt, lines: [burger('1', '300.00')], purses: [claimed], rewards: [free] })
    expect(claim('r1')).toEqual({ kind: 'applied' })
    expect(wasClaimed(network.account('anna', 'stamp:burger'))).toBe(true)
    expect(claim('r2')).toEqual({ kind: 'deficit', points: '5.00' })
    network.refund('r1')
    expect(wasClaimed(network.account('anna', 'stamp:burger'))).toBe(false)
    expect(claim('r3')).toEqual({ kind: 'applied' })
  })

  const points = { kind: 'points', gift: { points: '50.00', lifeDays: 7 } }
  test('[L79] of points gives what the programme says, with a life of its own, and a whole return takes it', () => {
    const { programme } = card({ reward: points })
    const network = shop(programme)
    network.push({ kind: 'stamp', member: 'anna', card: 'burger', stamps: '5.00', lastDay: null, reason: 'x' } as never)
    const body = saleBody({ receipt: 'r', lines: [burger('1', '300.00')], purses: [claimed], at: network.now })
    const gifts = [{ purse: 'stamp:burger', points: '70.00' }]
    expect(network.push({ ...body, gifts })).toEqual({ kind: 'deficit', points: '20.00' })
    expect(network.balance('anna')).toMatchObject({ posted: '50.00', expiring: ['50.00 on 2026-01-17'] })
    expect(network.sales.get('A\nr')!.body.gifts).toEqual([{ purse: 'stamp:burger', points: '50.00' }])
    network.refund('r')
    expect(network.balance('anna')).toMatchObject({ posted: '0.00', debt: '0.00' })
    expect(network.balance('anna', undefined, 'stamp:burger').spendable).toBe('5.00')
  })

  test('[L79] of points that the purse did not pay for gives nothing, nor does any other purse', () => {
    const { programme } = card({ reward: points })
    const network = shop(programme)
    const sale = (receipt: string, purse: string, purses: (typeof claimed)[]) => {
      const body = saleBody({ receipt, lines: [burger('1', '300.00')], purses, at: network.now })
      return network.push({ ...body, gifts: [{ purse, points: '50.00' }] })
    }
    expect(sale('r1', 'stamp:burger', [claimed])).toEqual({ kind: 'deficit', points: '50.00' })
    expect(sale('r2', 'stamp:burger', [])).toEqual({ kind: 'deficit', points: '50.00' })
    expect(sale('r3', 'coupon:none', [])).toEqual({ kind: 'deficit', points: '50.00' })
    expect(network.balance('anna').posted).toBe('0.00')
  })

  test('[L13] is filled by a receipt that finds its member, without what had come back before', () => {
    const { programme } = card({})
    const network = shop(programme)
    network.sale({ receipt: 'r', member: null, at: network.now, lines: [burger('4', '1200.00')] })
    network.refund('r', [{ id: '1', qty: 1000n }])
    const member = saleBody({ receipt: 'x', lines: [burger('1', '1.00')] }).member!
    const plan = planAttach(network.sales.get('A\nr')!, member, programme, '2026-01-10', 'eva')
    const body = plan.ok ? plan.value : undefined!
    expect(body.postings).toContainEqual({ purse: 'stamp:burger', kind: 'earn', points: '4.00' })
    expect(body.lines).toMatchObject([{ stamps: [{ purse: 'stamp:burger', points: '4.00' }] }])
    expect(network.push(body).kind).toBe('applied')
    expect(network.balance('anna', undefined, 'stamp:burger').spendable).toBe('3.00')
    network.refund('r')
    expect(network.balance('anna', undefined, 'stamp:burger')).toMatchObject({ posted: '0.00', debt: '0.00' })
  })
})

test('[L13] a visit of a day that had its stamp brings no other when its receipt finds the member', () => {
  const diner = new Diner()
  const visit = (receipt: string, member: string | null) =>
    saleBody({ receipt, member, at: diner.network.now, lines: [{ amount: '600.00', earn: '0.00' }] })
  diner.network.push(visit('lost', null))
  const member = visit('x', 'anna').member!
  const sale = diner.network.sales.get('A\nlost')!
  const stamps = (visits: number) => {
    const plan = planAttach(sale, member, diner.programme, '2026-01-10', 'eva', new Map([['dinner', visits]]))
    return plan.ok && plan.value.postings.some((posting) => posting.purse === 'stamp:dinner')
  }
  expect([stamps(0), stamps(1)]).toEqual([true, false])
})
