import { describe, expect, test } from 'vitest'
import { formatHundredths } from '../../../shared/money.ts'
import { Network, saleBody } from './network.ts'

/** What users of other programmes complain of, each as something that cannot happen here. */

const shop = (points = '0.00') => {
  const network = new Network()
  network.enrol('anna')
  if (points !== '0.00') network.gift('anna', points)
  return network
}
const balance = (network: Network) => network.balance('anna').balance

describe('what others get wrong', () => {
  test('[L42] a sale that is sent again and again after a bad link gives its points once', () => {
    const network = shop('50.00')
    const item = network.item(saleBody({ receipt: 'r1', redeem: '10.00', lines: [{ amount: '100.00', earn: '9.00' }] }))
    for (let tries = 0; tries < 5; tries += 1) expect(network.book([item])).toEqual([{ kind: 'applied' }])
    expect(balance(network)).toBe('49.00')
  })

  test('[L14] what was redeemed offline is deducted when the sale is heard, gross: earned 10 and used 5', () => {
    const network = shop('5.00')
    network.sale({ receipt: 'r1', redeem: '5.00', lines: [{ amount: '20.00', earn: '10.00' }] })
    const { postings } = network.sales.get('A\nr1')!.body
    expect(postings.map((posting) => [posting.kind, posting.points])).toEqual([
      ['earn', '10.00'],
      ['redeem', '5.00'],
    ])
    expect(balance(network)).toBe('10.00')
  })

  test('[L20] buying, earning and returning for ever earns nothing', () => {
    const network = shop()
    for (let round = 0; round < 20; round += 1) {
      network.sale({ receipt: `r${round}`, lines: [{ amount: '100.00', earn: '10.00' }] })
      network.refund(`r${round}`)
    }
    expect(network.balance('anna')).toMatchObject({ posted: '0.00', debt: '0.00' })
    expect(network.account('anna').lots).toEqual([])
  })

  test('[L21] returning what was paid with points gives them back and does not take them again', () => {
    const network = shop('100.00')
    network.sale({ receipt: 'r1', redeem: '100.00', lines: [{ amount: '100.00', earn: '0.00' }] })
    network.refund('r1')
    expect(balance(network)).toBe('100.00')
  })

  test('[L22] returning 100 of 1 000 takes back a tenth', () => {
    const network = shop()
    network.sale({ receipt: 'r1', lines: [{ amount: '1000.00', earn: '10.00' }] })
    network.refund('r1', [{ id: '1', amount: 10_000n }])
    expect(balance(network)).toBe('9.00')
  })

  test('[L22] returning by the unit and by the amount in turn still ends with the whole', () => {
    const network = shop('30.00')
    const line = { amount: '99.99', qty: '3', earn: '7.00', discount: '20.00' }
    network.sale({ receipt: 'r1', lines: [line] })
    network.refund('r1', [{ id: '1', qty: 1000n }])
    network.refund('r1', [{ id: '1', amount: 1_111n }])
    network.refund('r1', [{ id: '1', qty: 1000n }])
    network.refund('r1')
    expect(balance(network)).toBe('30.00')
  })

  test('[L23] two offline tills that each return the whole give the money back once in points', () => {
    const network = shop('50.00')
    network.sale({ receipt: 'r1', redeem: '50.00', lines: [{ amount: '100.00', earn: '5.00' }] })
    const sale = network.sales.get('A\nr1')!
    network.refund('r1', undefined, { till: 'till-a' })
    const second = { ...network.items.at(-1)!.entry.body, of: sale.key }
    expect(network.push(second, { till: 'till-b' })).toMatchObject({ code: 'returns_more_than_sold' })
    expect(balance(network)).toBe('50.00')
  })

  test('[L23] two offline tills that each return one of three units together return two', () => {
    const network = shop()
    network.sale({ receipt: 'r1', lines: [{ amount: '100.00', qty: '3', earn: '10.00' }] })
    network.refund('r1', [{ id: '1', qty: 1000n }], { till: 'till-a' })
    const same = network.items.at(-1)!.entry.body
    expect(network.push(same, { till: 'till-b' }).kind).not.toBe('quarantined')
    expect(network.sales.get('A\nr1')!.returned['1']).toMatchObject({ pointsTaken: 666n })
    network.refund('r1')
    expect(balance(network)).toBe('0.00')
  })

  test('[L7] points that expired yesterday are spent by nobody today, whether the night’s job has run or not', () => {
    const network = shop()
    network.gift('anna', '50.00', '2026-11-18')
    network.now = '2026-11-19T00:00:01+03:00'
    const sale = { receipt: 'r1', redeem: '12.00', at: network.now, lines: [{ amount: '12.00', earn: '0.00' }] }
    expect(network.balance('anna').spendable).toBe('0.00')
    expect(network.sale(sale)).toEqual({ kind: 'deficit', points: '12.00' })
  })

  test('[L16] two tills that spend the same balance leave a debt that says so, not a doubled gift', () => {
    const network = shop('50.00')
    const sale = (receipt: string, till: string) =>
      network.sale({ receipt, redeem: '50.00', lines: [{ amount: '50.00', earn: '0.00' }] }, { till })
    expect([sale('r1', 'till-a'), sale('r2', 'till-b')]).toEqual([
      { kind: 'applied' },
      { kind: 'deficit', points: '50.00' },
    ])
    expect(network.balance('anna').debt).toBe('50.00')
  })

  test('[L36] points land with the member on the receipt, never with the next one', () => {
    const network = shop()
    network.enrol('boris')
    network.sale({ receipt: 'r1', lines: [{ amount: '100.00', earn: '5.00' }] })
    network.sale({ receipt: 'r2', member: 'boris', lines: [{ amount: '100.00', earn: '7.00' }] })
    expect([balance(network), network.balance('boris').balance]).toEqual(['5.00', '7.00'])
  })

  test('[L1] a thousand hundredths, one by one, make ten and no fraction is lost', () => {
    const network = shop()
    const one = (receipt: number) =>
      network.item(saleBody({ receipt: `r${receipt}`, lines: [{ amount: '0.01', earn: '0.01' }] }))
    network.book(Array.from({ length: 1000 }, (_, index) => one(index)))
    expect(network.account('anna').posted).toBe(1000n)
    expect(formatHundredths(network.account('anna').lots.reduce((sum, lot) => sum + lot.remaining, 0n))).toBe('10.00')
  })
})
