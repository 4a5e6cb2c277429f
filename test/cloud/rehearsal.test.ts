import { describe, expect, test } from 'vitest'
import { expectedTouches } from '../../cloud/campaigns/rehearsal/expected.ts'
import { lives, makeCustomers, newLife } from '../../cloud/campaigns/rehearsal/model.ts'
import { rehearse } from '../../cloud/campaigns/rehearsal/rehearse.ts'
import { groupOf } from '../../shared/campaigns/control.ts'
import { reanimation } from '../../shared/campaigns/preset.ts'

const customers = makeCustomers(7, 400, 300)
const lifeOf = (customer: (typeof customers)[number], days = 300, gifts: readonly number[] = []) => {
  const life = newLife()
  for (let day = 0; day < days; day++) {
    if (gifts.includes(day)) life.giftUntil = day + 7
    lives(7, customer, life, day)
  }
  return life.visits
}

describe('simulated customers', () => {
  test('live the same life again, and begin it on the day of their first visit', () => {
    for (const customer of customers.slice(0, 50)) {
      expect(lifeOf(customer)).toEqual(lifeOf(customer))
      expect(lifeOf(customer)[0]).toBe(customer.enrols)
    }
  })

  test('who are not drawn by gifts live as if there were none; others come more often', () => {
    const came = (withGift: boolean, drawn: boolean) =>
      customers
        .filter((customer) => customer.drawn > 0 === drawn)
        .filter((customer) => lifeOf(customer, 300, withGift ? [250] : []).some((day) => day >= 250 && day <= 257))
        .length
    expect(came(true, false)).toBe(came(false, false))
    expect(came(true, true)).toBeGreaterThan(came(false, true))
  })
})

test('[K1] [K2] [K3] what is due is worked out from visits alone', () => {
  const one = reanimation()[0]!
  const member = customers.find(
    (each) => groupOf(one.id, each.member, one.controlPercent) === 'treated' && each.cardType === 'standard',
  )!
  const customer = { ...member, takesMessages: true }
  const due = (visits: number[]) =>
    expectedTouches([one], customer, visits, 200).map(({ touch, due: on }) => [touch, on])
  expect(due([3])).toEqual([
    ['first', 69],
    ['second', 97],
    ['call', 125],
  ])
  expect(due([3, 69])).toEqual([['first', 69]])
  expect(due([3, 68])).toEqual([])
  expect(expectedTouches([one], { ...customer, takesMessages: false }, [3], 200)).toEqual([])
})

test('a rehearsal: every touch on its day, once, within the budget, and the report agrees with the ledger', {
  timeout: 300_000,
}, async () => {
  const done = await rehearse({ seed: 3, members: 60, days: 130 })
  const { first, second, call } = done.touches
  for (const counts of [first!, second!, call!]) {
    expect(counts).toEqual({ due: counts.sent, sent: counts.sent, early: 0, late: 0, twice: 0 })
  }
  expect(first!.sent).toBeGreaterThan(5)
  expect(second!.sent).toBeGreaterThan(0)
  expect(done.budget).toEqual({ cap: 180, largestGift: second!.sent > 0 ? 180 : 100 })
  expect(done.ledgerDifference).toBe(0)
  expect(done.conversion).toBeGreaterThanOrEqual(0)
  expect(done.uplift.low).toBeLessThan(done.uplift.high)
})
