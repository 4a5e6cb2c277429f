import { describe, expect, test } from 'vitest'
import { Chance } from '../../commands/rights/chance.ts'
import { type ReplaySettings, replay, silentDays } from '../../commands/rights/replay.ts'
import type { Visit } from '../../commands/rights/visits.ts'
import { dayOf, instantOf } from '../../shared/calendar.ts'
import { parseHundredths } from '../../shared/money.ts'
import { AssertionError } from '../../shared/result.ts'
import { allot } from '../../shared/rights/allot.ts'
import { drawnVisits } from './visits.ts'

let receipts = 0
/** "3 A 100.00": on 3 November in shop A. */
function visits(...told: string[]): Visit[] {
  return told.map((text) => {
    const [date, outlet, amount, member = 'anna'] = text.split(' ')
    const day = `2026-11-${date!.padStart(2, '0')}`
    const minute = String(receipts % 60).padStart(2, '0')
    const at = instantOf(`${day}T12:${minute}:00+03:00`)
    return {
      receipt: `r${receipts++}`,
      member,
      outlet: outlet!,
      at,
      day: dayOf(day),
      amount: parseHundredths(amount!)!,
    }
  })
}

/** "A 2 5": shop A has no network from 2 to 5 November. */
function silent(...told: string[]): ReplaySettings['isSilent'] {
  const spans = told.map((text) => text.split(' '))
  return (outlet, day) =>
    spans.some(([shop, from, to]) => {
      const date = day - dayOf('2026-11-01') + 1
      return shop === outlet && date >= Number(from) && date <= Number(to ?? from)
    })
}

function replayed(past: readonly Visit[], isSilent: ReplaySettings['isSilent'], more: Partial<ReplaySettings> = {}) {
  return replay(past, {
    chance: new Chance(1),
    isSilent,
    tills: 1,
    passOn: true,
    earnPercent: 500n,
    burnPercent: 5000n,
    risk: null,
    allotment: allot,
    ...more,
  })
}

const bounds = (points: string, more = {}) => {
  const bound = parseHundredths(points)!
  return { perReceipt: bound, perMember: bound, perTill: bound, perDay: bound, ...more }
}

describe('a shop without a network', () => {
  test('serves what was earned before out of its right, and what it sells is booked when it is back', () => {
    const past = visits('1 A 100.00', '2 A 20.00', '3 A 100.00')
    const { offline, online } = replayed(past, silent('A 2'))
    expect(offline).toEqual({ attempts: 1, served: 1, asked: 500n, given: 500n })
    // 5 % of the 15.00 that were paid with money on the second day
    expect(online).toEqual({ attempts: 1, served: 1, asked: 75n, given: 75n })
  })

  test('a receipt asks for half of it and no more', () => {
    const { offline } = replayed(visits('1 A 100.00', '2 A 4.00'), silent('A 2'))
    expect(offline).toEqual({ attempts: 1, served: 1, asked: 200n, given: 200n })
  })

  test('what is earned there is not asked for before it is booked', () => {
    const { offline, online } = replayed(visits('1 A 100.00', '2 B 100.00', '2 B 100.00', '2 A 100.00'), silent('B 2'))
    expect(offline).toEqual({ attempts: 2, served: 0, asked: 1000n, given: 0n })
    expect(online).toEqual({ attempts: 1, served: 1, asked: 500n, given: 500n })
  })

  test('points whose right lies at a silent shop are blocked elsewhere, but no longer when it is back', () => {
    const past = visits('1 A 100.00', '2 B 1.00', '3 B 100.00')
    const { online } = replayed(past, silent('A 2'))
    expect(online).toEqual({ attempts: 2, served: 1, asked: 555n, given: 505n })
  })

  test('a right ends 72 hours after the last contact', () => {
    const past = (date: number) => visits('1 A 100.00', `${date} A 100.00`)
    expect(replayed(past(4), silent('A 2 9')).offline).toMatchObject({ attempts: 1, served: 1 })
    expect(replayed(past(5), silent('A 2 9')).offline).toMatchObject({ attempts: 1, served: 0 })
  })

  test('a right goes to a shop that was silent as soon as it answers again', () => {
    const past = visits('1 A 100.00', '1 A 1.00', '2 B 100.00', '4 A 100.00')
    const { offline } = replayed(past, silent('A 2', 'A 4'))
    expect(offline).toMatchObject({ attempts: 1, served: 1 })
  })

  test('a first visit has nothing to ask for', () => {
    expect(replayed(visits('1 A 100.00'), silent('A 1')).offline.attempts).toBe(0)
  })
})

describe('several tills a shop', () => {
  const past = drawnVisits({ members: 40, days: 60, shops: ['A'] })
  const isSilent = silentDays(new Chance(7), 0.2)

  test('pass rights on, so that the shop serves like one with a single till', () => {
    const one = replayed(past, isSilent)
    expect(one.offline.attempts).toBeGreaterThan(100)
    expect(one.offline.served).toBe(one.offline.attempts)
    expect(replayed(past, isSilent, { tills: 3 })).toEqual(one)
  })

  test('serve a third of it where they do not', () => {
    const { offline } = replayed(past, isSilent, { tills: 3, passOn: false })
    expect(offline.served / offline.attempts).toBeGreaterThan(0.2)
    expect(offline.served / offline.attempts).toBeLessThan(0.5)
  })
})

describe('risk', () => {
  const apart = visits('1 A 100.00', '2 B 100.00')

  test('serves beyond the rights, up to its bounds', () => {
    const served = (points: string) => replayed(apart, silent('B 2'), { risk: bounds(points) })
    expect(served('5.00')).toMatchObject({ offline: { attempts: 1, served: 1 }, risked: 500n, lost: 0n })
    expect(served('4.99')).toMatchObject({ offline: { attempts: 1, served: 0 }, risked: 499n, lost: 0n })
  })

  test.each(['perReceipt', 'perMember', 'perTill', 'perDay'])('%s bounds it by itself', (name) => {
    const risk = { ...bounds('5.00'), [name]: 300n }
    expect(replayed(apart, silent('B 2'), { risk }).risked).toBe(300n)
  })

  test('a bound for a day is whole again the next day, one for a receipt at the next receipt', () => {
    const past = visits('1 A 1000.00', '2 B 100.00', '2 B 100.00', '3 B 100.00')
    expect(replayed(past, silent('B 2 3'), { risk: bounds('9.00') }).risked).toBe(1800n)
    expect(replayed(past, silent('B 2 3'), { risk: { ...bounds('99.00'), perReceipt: 900n } }).risked).toBe(2700n)
  })

  test('what is spent in two places at once is lost where it is not there', () => {
    const past = visits('1 A 100.00', '2 B 100.00', '2 A 100.00')
    const { offline, risked, lost } = replayed(past, silent('A 2', 'B 2'), { risk: bounds('5.00') })
    expect(offline).toEqual({ attempts: 1, served: 1, asked: 500n, given: 500n })
    // both shops gave the same 5.00; what A earned at 5 % of 95.00 is there by then
    expect({ risked, lost }).toEqual({ risked: 500n, lost: 25n })
  })

  test('a till shows what it knew when the network went, and risks no more than that', () => {
    const past = visits('1 B 100.00', '2 A 1000.00', '2 B 1000.00')
    expect(replayed(past, silent('B 2'), { risk: bounds('99.00') }).risked).toBe(0n)
    expect(replayed(past, silent('B 2'), { risk: bounds('99.00') }).offline).toMatchObject({ attempts: 1, served: 0 })
  })
})

describe('the promise', () => {
  test('an allotment that gives more than there is does not pass', () => {
    const twice: typeof allot = (purse, ...rest) => allot({ ...purse, spendable: purse.spendable * 2n }, ...rest)
    expect(() => replayed(visits('1 A 100.00'), silent(), { allotment: twice })).toThrow(AssertionError)
  })

  test.each([1, 2, 3, 4])('nobody is ever overdrawn, however often shops are silent (seed %i)', (seed) => {
    const past = drawnVisits({ members: 60, days: 90, shops: ['A', 'B', 'C', 'D'], seed })
    const isSilent = silentDays(new Chance(seed), 0.4)
    const { offline, online, lost } = replayed(past, isSilent, { chance: new Chance(seed), tills: 2 })
    expect(lost).toBe(0n)
    expect(offline.attempts).toBeGreaterThan(300)
    expect(offline.served).toBeGreaterThan(100)
    expect(online.served).toBeLessThan(online.attempts)
  })
})
