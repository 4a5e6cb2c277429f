import { describe, expect, test } from 'vitest'
import { attachedSale, planAttach } from '../../../shared/ledger/attach.ts'
import type { AttachBody, EntryBody, SaleBody } from '../../../shared/ledger/entry.ts'
import type { CompiledProgramme } from '../../../shared/programme/compile.ts'
import { Network, programmeWith, saleBody } from './network.ts'

/** A receipt that finds its member afterwards: what is set aside, what is corrected, and what its record says then. */

const programme = programmeWith({
  accrual: { basePercent: '10', capPercent: '100', activationDays: 0, lifeDays: 30 },
})
const anna = (): NonNullable<SaleBody['member']> => saleBody({ receipt: 'x', lines: [{ amount: '1.00' }] }).member!

function sold(lines: Parameters<Network['sale']>[0]['lines'] = [{ amount: '100.00' }]): Network {
  const network = new Network(programme)
  network.enrol('anna')
  network.sale({ receipt: 'r1', member: null, lines })
  return network
}

function planned(network: Network): AttachBody {
  const plan = planAttach(network.sales.get('A\nr1')!, anna(), programme, '2026-11-18', 'eva')
  if (!plan.ok) throw new Error(plan.reason)
  return plan.value
}
const push = (network: Network, changes: object) => network.push({ ...planned(network), ...changes } as EntryBody)

describe('a receipt that finds its member [L28]', () => {
  const redeemed = (amount: string) => ({
    postings: [
      { purse: 'points', kind: 'earn', points: '10.00' },
      { purse: 'points', kind: 'redeem', points: amount },
    ],
  })
  const cases: [string, string, object][] = [
    ['of a receipt that nobody knows', 'unknown_receipt', { receipt: 'r2' }],
    ['of a receipt of another outlet', 'unknown_receipt', { soldAt: 'B' }],
    ['by a member whom nobody knows', 'unknown_member', { member: { ...anna(), id: 'nobody' } }],
    ['that pays with points afterwards', 'bad_amount', redeemed('1.00')],
    ['whose lines do not add up', 'sums_differ', { lines: [{ id: '1', earn: '9.00' }] }],
  ]
  test.each(cases)('[L40] %s is set aside as %s, and changes nothing', (_what, code, changes) => {
    const network = sold()
    const before = network.state()
    expect(push(network, changes)).toMatchObject({ kind: 'quarantined', code })
    expect(network.state()).toEqual(before)
  })

  test('[L40] is set aside where the version that it was sold under is not known any more', () => {
    const network = sold()
    const body = planned(network)
    ;(network.programmes as Map<number, CompiledProgramme>).clear()
    expect(network.push(body)).toMatchObject({ code: 'unknown_programme' })
  })

  test('[L29] is neither planned nor booked once everything came back', () => {
    const network = sold()
    const body = planned(network)
    network.refund('r1')
    expect(planAttach(network.sales.get('A\nr1')!, anna(), programme, '2026-11-18', 'eva')).toEqual({
      ok: false,
      reason: 'nothing_left_to_return',
    })
    expect(network.push(body)).toMatchObject({ code: 'nothing_left_to_return' })
    expect(network.balance('anna').posted).toBe('0.00')
  })

  test('may say that nothing was paid with points', () => {
    const network = sold()
    expect(push(network, redeemed('0.00'))).toEqual({ kind: 'applied' })
    expect(network.balance('anna').posted).toBe('10.00')
  })

  test('[L17] gives what the programme gives; what was claimed above it is a deficit', () => {
    const network = sold()
    const claimed = {
      lines: [{ id: '1', earn: '12.50' }],
      postings: [{ purse: 'points', kind: 'earn', points: '12.50' }],
    }
    expect(push(network, claimed)).toEqual({ kind: 'deficit', points: '2.50' })
    expect(network.balance('anna').posted).toBe('10.00')
    expect(network.sales.get('A\nr1')!.body.lines).toMatchObject([{ earn: '10.00' }])
  })

  test('takes nothing for a line that cost nothing and had come back', () => {
    const network = sold([{ amount: '0.00' }, { amount: '100.00' }])
    network.refund('r1', [{ id: '1', qty: 1000n }])
    expect(push(network, {})).toEqual({ kind: 'applied' })
    expect(network.sales.get('A\nr1')!.returned['1']).toMatchObject({ pointsTaken: 0n })
    expect(network.balance('anna').posted).toBe('10.00')
  })

  test('takes the share of what had come back, rounded down, and remembers it at the line', () => {
    const network = sold([{ amount: '100.00', qty: '3' }])
    network.refund('r1', [{ id: '1', qty: 1000n }])
    push(network, {})
    expect(network.sales.get('A\nr1')!.returned['1']).toMatchObject({ pointsTaken: 333n })
    expect(network.balance('anna').posted).toBe('6.67')
  })

  test('is its member’s purchase of that day', () => {
    const network = sold()
    network.now = '2026-11-25T12:00:00+03:00'
    push(network, {})
    const { purchases, lastPurchaseAt } = network.members.get('anna')!
    expect([purchases, Date.parse(lastPurchaseAt!)]).toEqual([1, Date.parse('2026-11-18T12:00:00+03:00')])
  })

  test('[L13] speaks of stamps at no line that brings none', () => {
    const network = sold()
    const body = planned(network)
    expect(body.lines).toEqual([{ id: '1', earn: '10.00' }])
    expect(attachedSale(network.sales.get('A\nr1')!.body, body).lines[0]).not.toHaveProperty('stamps')
  })

  test('leaves a line that it does not name without points', () => {
    const network = sold([{ amount: '100.00' }, { amount: '50.00' }])
    const body = planned(network)
    const { lines } = attachedSale(network.sales.get('A\nr1')!.body, { ...body, lines: body.lines.slice(0, 1) })
    expect(lines.map((line) => line.earn)).toEqual(['10.00', '0.00'])
  })
})
