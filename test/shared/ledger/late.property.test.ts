import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { formatHundredths } from '../../../shared/money.ts'
import { Network } from './network.ts'

const DAYS = 40
const START = Date.parse('2026-03-01T09:00:00Z')
const dayText = (day: number) => new Date(START + day * 86_400_000).toISOString().slice(0, 10)
const noon = (day: number) => `${dayText(day)}T12:00:00+03:00`

const world = fc.record({
  gifts: fc.array(fc.record({ amount: fc.bigInt({ min: 1n, max: 10_000n }), lastDay: fc.nat({ max: DAYS }) }), {
    minLength: 1,
    maxLength: 6,
  }),
  spends: fc.array(
    fc.record({ day: fc.nat({ max: DAYS - 1 }), share: fc.integer({ min: 1, max: 100 }), late: fc.boolean() }),
    { maxLength: 6 },
  ),
})

interface Spend {
  readonly receipt: string
  readonly day: number
  readonly amount: bigint
  readonly late: boolean
}

/** Day by day: what is spent in time, then the night; what is heard late comes when everything is over. */
function live(gifts: readonly { amount: bigint; lastDay: number }[], spends: readonly Spend[]): Network {
  const network = new Network()
  network.now = noon(0)
  network.enrol('anna')
  for (const gift of gifts) network.gift('anna', formatHundredths(gift.amount), dayText(gift.lastDay), dayText(0))
  const spend = ({ receipt, day, amount, late }: Spend) => {
    const at = noon(day)
    const till = late ? 'till-late' : 'till-a'
    const discount = formatHundredths(amount)
    network.sale({ receipt, at, lines: [{ amount: discount, discount, earn: '0.00' }] }, { at, till })
  }
  for (let day = 0; day <= DAYS; day += 1) {
    network.now = noon(day)
    network.expire('anna')
    for (const each of spends) if (each.day === day && !each.late) spend(each)
  }
  for (const each of spends) if (each.late) spend(each)
  return network
}

describe('redemptions of an offline till, heard after the nights that burned what they were paid from', () => {
  test.prop([world])('[L35] leave the member with the same points and the same lots as if heard in time', (drawn) => {
    let left = drawn.gifts.map((gift) => ({ ...gift })).sort((a, b) => a.lastDay - b.lastDay)
    const inOrder = [...drawn.spends].sort((a, b) => a.day - b.day)
    const spends = inOrder.flatMap(({ day, share, late }, index): Spend[] => {
      left = left.filter((gift) => gift.lastDay >= day)
      const amount = (left.reduce((sum, gift) => sum + gift.amount, 0n) * BigInt(share)) / 100n
      let rest = amount
      for (const gift of left) {
        const part = rest < gift.amount ? rest : gift.amount
        gift.amount -= part
        rest -= part
      }
      return amount === 0n ? [] : [{ receipt: `r${index}`, day, amount, late }]
    })
    const inTime = live(
      drawn.gifts,
      spends.map((spend) => ({ ...spend, late: false })),
    )
    const late = live(drawn.gifts, spends)
    expect(inTime.dispositions.every((each) => each.kind === 'applied')).toBe(true)
    expect(late.dispositions.every((each) => each.kind === 'applied')).toBe(true)
    expect(late.balance('anna')).toEqual(inTime.balance('anna'))
  })
})
