import { describe, expect, test } from 'vitest'
import { Network } from './network.ts'

const shop = () => {
  const network = new Network()
  network.enrol('anna')
  return network
}

describe('a return', () => {
  test('[L20] of the whole receipt leaves the member as before the sale', () => {
    const network = shop()
    network.gift('anna', '200.00')
    const before = network.account('anna')
    network.sale({ receipt: 'r1', redeem: '150.00', lines: [{ amount: '250.00', earn: '70.00' }] })
    expect(network.balance('anna').balance).toBe('120.00')
    network.refund('r1')
    expect(network.account('anna')).toEqual(before)
  })

  test('[L21] of one of two lines gives back its part: 200 − 150 + 70, then +75 − 35', () => {
    const network = shop()
    network.gift('anna', '200.00')
    network.sale({
      receipt: 'r1',
      lines: [
        { amount: '150.00', earn: '35.00', discount: '75.00' },
        { amount: '150.00', earn: '35.00', discount: '75.00' },
      ],
    })
    expect(network.refund('r1', [{ id: '1' }])).toEqual({ kind: 'applied' })
    expect(network.balance('anna').balance).toBe('160.00')
  })

  test('[L22] in three parts gives back in the end exactly what the whole would', () => {
    const network = shop()
    network.sale({ receipt: 'r1', lines: [{ amount: '100.00', qty: '3', earn: '10.00' }] })
    const taken = [1, 2, 3].map(() => {
      network.refund('r1', [{ id: '1', qty: 1000n }])
      return network.balance('anna').posted
    })
    expect(taken).toEqual(['6.67', '3.34', '0.00'])
  })

  test('[L23] of more than was sold is set aside and changes nothing', () => {
    const network = shop()
    network.sale({ receipt: 'r1', lines: [{ amount: '100.00', earn: '10.00' }] })
    const again = network.item({
      ...JSON.parse(JSON.stringify({ kind: 'refund', of: null, receipt: 'r1', member: 'anna' })),
      lines: [{ id: '1', qty: '1', amount: '100.00', pointsBack: '0.00', pointsTaken: '10.00' }],
      money: '100.00',
      pointsBack: '0.00',
      pointsTaken: '10.00',
    })
    network.refund('r1')
    expect(network.book([again])[0]).toMatchObject({ kind: 'quarantined', code: 'returns_more_than_sold' })
    expect(network.balance('anna').posted).toBe('0.00')
  })

  test('[L25] of goods whose points are spent leaves a debt that the next purchase repays', () => {
    const network = shop()
    network.sale({ receipt: 'r1', lines: [{ amount: '100.00', earn: '10.00' }] })
    network.sale({ receipt: 'r2', redeem: '10.00', lines: [{ amount: '100.00', earn: '0.00' }] })
    network.refund('r1')
    expect(network.balance('anna')).toMatchObject({ posted: '-10.00', debt: '10.00', spendable: '0.00' })
    network.sale({ receipt: 'r3', lines: [{ amount: '100.00', earn: '12.00' }] })
    expect(network.balance('anna')).toMatchObject({ debt: '0.00', spendable: '2.00' })
  })

  test('[L41] that comes before its sale is set aside', () => {
    const network = shop()
    const refund = { kind: 'refund', of: null, receipt: 'r9', member: null, lines: [] }
    const sums = { money: '0.00', pointsBack: '0.00', pointsTaken: '0.00' }
    expect(network.push({ ...refund, ...sums } as never)).toMatchObject({ code: 'unknown_receipt' })
  })
})
