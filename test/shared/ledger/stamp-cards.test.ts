import { describe, expect, test } from 'vitest'
import type { Account, Lot } from '../../../shared/ledger/booking-port.ts'
import { emptyAccount } from '../../../shared/ledger/lots.ts'
import { requestOf } from '../../../shared/ledger/recompute.ts'
import { stampsOfRequest } from '../../../shared/ledger/recompute-stamps.ts'
import {
  claimStamps,
  fullDays,
  lapsedDue,
  markClaimed,
  standingOf,
  unmarkClaimed,
  wasClaimed,
} from '../../../shared/ledger/stamps.ts'
import { money, points } from '../../../shared/money.ts'
import type { Reward } from '../../../shared/quote/types.ts'
import { type LineText, programmeWith, saleBody } from './network.ts'

/** One stamp card at a time, from what a receipt brings to what is lost. Rules L70 to L77. */

const burgers = {
  id: 'burger',
  name: 'Five burgers, the sixth free',
  collect: { kind: 'goods', skus: ['burger'] },
  need: 5,
  reward: { kind: 'freeItem', skus: ['burger'] },
}
const burger = (qty: string, amount: string): LineText => ({ sku: 'burger', qty, amount, earn: '0.00' })
const cardWith = (changes: object = {}) => {
  const programme = programmeWith({ stamps: [{ ...burgers, ...changes }] })
  return { programme, card: programme.document.stamps![0]! }
}
const requestWith = (lines: readonly LineText[], at: string, tier: string | null = null) =>
  requestOf('A' as never, saleBody({ receipt: 'r', lines, at, tier }))

describe('what a receipt brings on a card', () => {
  const reward = (kind: Reward['kind'], lines: string[], off: bigint): Reward => {
    return { id: 'promo', kind, lines, money: money(off) }
  }
  const brought = (
    lines: readonly LineText[],
    { card = {}, rewards = [] as Reward[], at = '2026-01-10T12:00:00+03:00', tier = null as string | null } = {},
  ) => {
    const request = { ...requestWith(lines, at, tier), rewards }
    const [stamps] = stampsOfRequest(cardWith(card).programme, request)
    return stamps === undefined ? {} : Object.fromEntries([...stamps.byLine].map(([id, n]) => [id, Number(n) / 100]))
  }

  test('[L70] is a stamp for each whole unit of its own goods, and a half unit is no stamp at all', () => {
    const tea = { sku: 'tea', qty: '2', amount: '200.00', earn: '0.00' }
    expect(brought([burger('2.5', '750.00'), tea, burger('0.5', '150.00')])).toEqual({ 1: 2 })
  })

  test('[L70] comes only when and to whom the card says', () => {
    const mondays = { card: { when: { weekdays: ['mon'] } } }
    expect(brought([burger('1', '300.00')], { ...mondays, at: '2026-01-11T12:00:00+03:00' })).toEqual({})
    expect(brought([burger('1', '300.00')], { ...mondays, at: '2026-01-12T12:00:00+03:00' })).toEqual({ 1: 1 })
    const gold = { card: { when: { tiers: ['gold'] } } }
    expect(brought([burger('1', '300.00')], gold)).toEqual({})
    expect(brought([burger('1', '300.00')], { ...gold, tier: 'gold' })).toEqual({ 1: 1 })
  })

  test('[L70] of a category narrowed by its condition is for the goods that are in both', () => {
    const card = { collect: { kind: 'goods', categories: ['drinks'] }, when: { categories: ['drinks/coffee'] } }
    const drink = (category: string): LineText => ({ category, amount: '100.00', earn: '0.00' })
    expect(brought([drink('drinks/tea'), drink('drinks/coffee'), drink('coffee')], { card })).toEqual({ 2: 1 })
  })

  test('[L71] of visits is one for any receipt where the card names no sum and no number for a day', () => {
    const { programme } = cardWith({ collect: { kind: 'visits' } })
    const request = requestWith([burger('3', '0.01')], '2026-01-10T12:00:00+03:00')
    const totals = [0, 7].map((today) => stampsOfRequest(programme, request, new Map([['burger', today]])))
    expect(totals.map((stamps) => stamps.map((each) => each.total))).toEqual([[100n], [100n]])
  })

  test('[L70] loses the unit that was given away, and nothing for money off the line', () => {
    const three = [burger('3', '900.00')]
    expect(brought(three, { rewards: [reward('freeItem', ['1'], 30_000n)] })).toEqual({ 1: 2 })
    expect(brought(three, { rewards: [reward('freeItem', ['1'], 60_000n)] })).toEqual({ 1: 1 })
    expect(brought(three, { rewards: [reward('freeItem', ['1'], 90_000n)] })).toEqual({})
    expect(brought(three, { rewards: [reward('percentOff', ['1'], 9_000n)] })).toEqual({ 1: 3 })
    expect(brought(three, { rewards: [reward('amountOff', ['1'], 40_000n)] })).toEqual({ 1: 3 })
    const both = [reward('freeItem', ['1'], 30_000n), reward('percentOff', ['1'], 6_000n)]
    expect(brought(three, { rewards: both })).toEqual({ 1: 2 })
  })

  test('[L70] loses a unit whose price does not divide, and one that was free only up to a sum', () => {
    expect(brought([burger('3', '1000.00')], { rewards: [reward('freeItem', ['1'], 33_333n)] })).toEqual({ 1: 2 })
    expect(brought([burger('3', '1000.00')], { rewards: [reward('freeItem', ['1'], 66_666n)] })).toEqual({ 1: 1 })
    expect(brought([burger('3', '900.00')], { rewards: [reward('freeItem', ['1'], 10_000n)] })).toEqual({ 1: 2 })
  })

  test('[L70] of two units given away over two lines loses one unit of each', () => {
    const lines = [burger('3', '900.00'), burger('1', '250.00')]
    expect(brought(lines, { rewards: [reward('freeItem', ['2', '1'], 55_000n)] })).toEqual({ 1: 2 })
    const more = [burger('3', '900.00'), burger('2', '500.00'), burger('1', '100.00')]
    expect(brought(more, { rewards: [reward('freeItem', ['2', '1'], 80_000n)] })).toEqual({ 1: 2, 3: 1 })
  })

  test('[L70] loses what two rewards have given away of one line', () => {
    const rewards = [reward('freeItem', ['1'], 30_000n), { ...reward('freeItem', ['1'], 30_000n), id: 'other' }]
    expect(brought([burger('3', '900.00')], { rewards })).toEqual({ 1: 1 })
  })

  test('[L70] of a line for nothing that was given away is nothing, and of one the register gave is its units', () => {
    expect(brought([burger('2', '0.00')], { rewards: [reward('freeItem', ['1'], 100n)] })).toEqual({})
    expect(brought([burger('2', '0.00')])).toEqual({ 1: 2 })
  })
})

const lot = (id: string, stamps: number, activeFrom: string, lastDay: string | null = null): Lot => {
  const amount = points(BigInt(stamps * 100))
  return { id, points: amount, remaining: amount, activeFrom, lastDay }
}
/** A purse of stamps; lots as the ledger keeps them: what expires first stands first. */
const purse = (...lots: Lot[]): Account => {
  const posted = points(lots.reduce((sum, each) => sum + each.remaining, 0n))
  return { ...emptyAccount('anna' as never, 'stamp:burger'), posted, lots }
}

describe('how a card stands', () => {
  const standing = (card: object, stamps: number, fromReceipt = 0n) =>
    standingOf(cardWith(card).card, purse(lot('a', stamps, '2026-01-01')), '2026-01-10', fromReceipt)

  test('[L73] is as many full cards as the stamps fill, of a card that does not repeat one', () => {
    expect(standing({}, 4)).toMatchObject({ full: 0, short: 1 })
    expect(standing({}, 5)).toMatchObject({ full: 1, short: 5 })
    expect(standing({}, 14)).toMatchObject({ full: 2, short: 1 })
    expect(standing({ repeat: false }, 4)).toMatchObject({ full: 0 })
    expect(standing({ repeat: false }, 14)).toMatchObject({ full: 1 })
    expect(standing({ repeat: true }, 14)).toMatchObject({ full: 2 })
  })

  test('[L76] is told at so many missing stamps as the card says, at one where it says nothing, never when it is full', () => {
    const told = (card: object, counts: number[]) => counts.filter((stamps) => standing(card, stamps).tell)
    expect(told({}, [0, 1, 2, 3, 4, 5, 6, 9])).toEqual([4])
    expect(told({ tellAt: 2 }, [0, 1, 2, 3, 4, 5, 8])).toEqual([3, 4])
  })

  test('[L75] counts the stamps of the receipt only where the card may be claimed with it', () => {
    expect(standing({}, 4, 100n)).toMatchObject({ stamps: 4, full: 0 })
    expect(standing({ claim: 'same-receipt' }, 4, 100n)).toMatchObject({ stamps: 5, full: 1 })
  })
})

describe('a claim', () => {
  const claim = (
    changes: object,
    { stamps = 5, claimedBefore = 0, fullSince = [] as string[], lines = [burger('1', '300.00')] } = {},
  ) => {
    const { card } = cardWith(changes)
    const today = '2026-01-20'
    const standing = standingOf(card, purse(lot('a', stamps, '2026-01-01')), today)
    const request = requestWith(lines, '2026-01-20T12:00:00+03:00')
    return claimStamps(card, standing, request.receipt.lines, { today, claimedBefore, fullSince })
  }

  test('[L73] of a card that does not repeat is made once, of any other as often as it is full', () => {
    expect(claim({ repeat: false })).toMatchObject({ posting: { points: '5.00' } })
    expect(claim({ repeat: false }, { claimedBefore: 1 })).toBe('card_claimed_before')
    expect(claim({ repeat: false }, { claimedBefore: 1, stamps: 0 })).toBe('card_claimed_before')
    expect(claim({}, { claimedBefore: 1 })).toMatchObject({ posting: { points: '5.00' } })
    expect(claim({ repeat: true }, { claimedBefore: 7 })).toMatchObject({ posting: { points: '5.00' } })
  })

  test('[L74] for goods that the receipt does not have takes no stamps', () => {
    expect(claim({}, { lines: [{ sku: 'tea', amount: '100.00' }] })).toBe('nothing_to_reward')
  })

  test('[L77] of a card without claim days never comes too late, of one with them through the last of them', () => {
    expect(claim({}, { fullSince: ['2020-01-01'] })).toMatchObject({ posting: { points: '5.00' } })
    expect(claim({ claimDays: 10 }, { fullSince: ['2026-01-10'] })).toMatchObject({ posting: { points: '5.00' } })
    expect(claim({ claimDays: 10 }, { fullSince: ['2026-01-09'] })).toBe('claim_too_late')
    const two = { stamps: 10, fullSince: ['2026-01-09', '2026-01-15'] }
    expect(claim({ claimDays: 10 }, two)).toMatchObject({ posting: { points: '5.00' } })
  })
})

describe('the day on which a card became full', () => {
  test('[L77] is that of the stamp that filled it, the oldest stamps first, whichever of them expires first', () => {
    const { card } = cardWith({ claimDays: 7 })
    const given = lot('gift', 3, '2026-01-12', '2026-01-31')
    const account = purse(given, lot('a', 3, '2026-01-05'), lot('b', 4, '2026-01-09'))
    expect(fullDays(card, account, '2026-01-12')).toEqual(['2026-01-09', '2026-01-12'])
  })

  test('[L72] is told by the stamps that count: neither those that are over nor those that do not count yet', () => {
    const { card } = cardWith({ window: { kind: 'rolling', days: 30 }, claimDays: 7 })
    const account = purse(
      lot('a', 3, '2026-01-01', '2026-01-30'),
      lot('b', 2, '2026-02-01', '2026-03-02'),
      lot('c', 3, '2026-02-03', '2026-03-04'),
      lot('d', 5, '2026-02-20', '2026-03-21'),
    )
    expect(fullDays(card, account, '2026-02-05')).toEqual(['2026-02-03'])
    expect(fullDays(card, account, '2026-01-30')).toEqual([])
  })

  test('[L73] is one day for a card that does not repeat, however many stamps there are', () => {
    const { card } = cardWith({ repeat: false })
    const account = purse(lot('a', 5, '2026-01-05'), lot('b', 6, '2026-01-09'))
    expect(fullDays(card, account, '2026-01-12')).toEqual(['2026-01-05'])
  })
})

describe('a card that nobody claimed', () => {
  const burned = (account: Account, today: string) =>
    lapsedDue(cardWith({ claimDays: 7 }).card, account, today)?.lots.map(({ lot: id, points: n }) => `${id} ${n}`)

  test('[L77] takes its oldest stamps with it, those given for a short time too when they came later', () => {
    const account = purse(
      lot('gift', 1, '2026-01-12', '2026-12-31'),
      lot('a', 3, '2026-01-05'),
      lot('b', 2, '2026-01-09'),
    )
    expect(burned(account, '2026-01-17')).toEqual(['a 3.00', 'b 2.00'])
  })

  test('[L77] takes of one day’s stamps first those that would expire first', () => {
    const short = lot('short', 2, '2026-01-05', '2026-12-31')
    const account = purse(short, lot('x', 2, '2026-01-05'), lot('y', 2, '2026-01-05'))
    expect(burned(account, '2026-01-13')).toEqual(['short 2.00', 'x 2.00', 'y 1.00'])
  })

  test('[L77] leaves stamps that are over already to their own burning, and takes none that do not count yet', () => {
    const account = purse(
      lot('over', 4, '2025-12-01', '2025-12-31'),
      lot('a', 5, '2026-01-05', '2026-06-30'),
      lot('later', 5, '2026-02-01'),
    )
    expect(burned(account, '2026-01-13')).toEqual(['a 5.00'])
    expect(burned(account, '2026-01-12')).toBeUndefined()
  })

  test('[L8] [L77] takes no stamps that a till holds', () => {
    const account = { ...purse(lot('a', 5, '2026-01-05'), lot('b', 5, '2026-01-06')), leased: points(700n) }
    expect(burned(account, '2026-02-01')).toBeUndefined()
  })
})

describe('the mark of a claim', () => {
  const account = purse(lot('a', 3, '2026-01-05', '2026-12-31'), lot('b', 2, '2026-01-06'))

  test('[L73] is left once, holds no stamps and stands behind all others', () => {
    const marked = markClaimed(account)
    expect(marked.lots.map((each) => Number(each.remaining))).toEqual([300, 200, 0])
    expect(markClaimed(marked)).toEqual(marked)
    expect([wasClaimed(account), wasClaimed(marked)]).toEqual([false, true])
  })

  test('[L73] is gone with the return of what was claimed, and no stamp with it', () => {
    expect(unmarkClaimed(markClaimed(account))).toEqual(account)
    expect(unmarkClaimed(account)).toEqual(account)
  })
})
