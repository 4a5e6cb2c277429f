import { expect, test } from 'vitest'
import type { EntryBody } from '../../../shared/ledger/entry.ts'
import { closeRights } from '../../../shared/rights/granting.ts'
import type { SignedHandOver } from '../../../shared/rights/hand-over.ts'
import { Network, programmeWith } from './network.ts'

const A = { device: 'till-a', epoch: 1 }
const B = { device: 'till-b', epoch: 1 }
const C = { device: 'till-c', epoch: 1 }

function shop(policy: 'rights' | 'rights+risk' = 'rights'): Network {
  const bounds = { perReceipt: '20.00', perMember: '20.00', perTill: '100.00', perDay: '100.00' }
  const offline = policy === 'rights' ? { policy } : { policy, risk: bounds }
  const network = new Network(
    programmeWith({ redemption: { basePercent: '100', minPayablePerLine: '0.00', offline } as never }),
  )
  network.enrol('anna')
  network.gift('anna', '50.00')
  return network
}

const close = (lease: string, holder: object) =>
  ({ kind: 'right', member: 'anna', purse: 'points', lease, action: 'close', points: '0.00', holder }) as EntryBody

function spend(network: Network, receipt: string, redeem: string, lease: string, till: string, risk?: string) {
  const rights = [{ purse: 'points', lease, points: redeem }]
  const backing = risk === undefined ? { rights } : { risk, right: redeem }
  return network.sale({ receipt, lines: [{ amount: '100.00', earn: '0.00' }], redeem, ...backing }, { till })
}

test('[L30] names the lease that pays, and only that one gets smaller', () => {
  const network = shop()
  network.grant('anna', 'one', '20.00', 'till-a')
  network.grant('anna', 'two', '20.00', 'till-a')
  expect(spend(network, 'r1', '15.00', 'two', 'till-a')).toEqual({ kind: 'applied' })
  expect(network.account('anna').leases?.map((lease) => [lease.id, lease.remaining])).toEqual([
    ['one', 2000n],
    ['two', 500n],
  ])
  expect(network.balance('anna')).toMatchObject({ posted: '35.00', leased: '25.00', spendable: '10.00' })
})

test('[L30] what was spent under a lease that is gone is paid from the pool', () => {
  const network = shop()
  network.grant('anna', 'one', '50.00', 'till-a')
  network.push(close('one', A), { till: 'cloud' })
  expect(spend(network, 'r1', '50.00', 'one', 'till-a')).toEqual({ kind: 'applied' })
  expect(network.balance('anna')).toMatchObject({ posted: '0.00', debt: '0.00' })
})

test('[L30] what the pool lacks is a loss that is written down, nobody’s debt, and no other till’s right', () => {
  const network = shop()
  network.grant('anna', 'one', '50.00', 'till-a')
  network.push(close('one', A), { till: 'cloud' })
  network.grant('anna', 'two', '30.00', 'till-b')
  expect(spend(network, 'late', '40.00', 'one', 'till-a')).toEqual({ kind: 'deficit', points: '20.00' })
  expect(network.compensations).toEqual([expect.objectContaining({ kind: 'adjust', points: '20.00', withFact: true })])
  expect(network.balance('anna')).toMatchObject({ posted: '30.00', leased: '30.00', spendable: '0.00', debt: '0.00' })
  expect(spend(network, 'r2', '30.00', 'two', 'till-b')).toEqual({ kind: 'applied' })
  expect(network.balance('anna')).toMatchObject({ posted: '0.00', debt: '0.00' })
})

test('[L30] a risk is the programme’s within its bound, and a debt above it', () => {
  const network = shop('rights+risk')
  network.grant('anna', 'one', '50.00', 'till-b')
  expect(spend(network, 'r1', '20.00', '', 'till-a', '20.00')).toEqual({ kind: 'deficit', points: '20.00' })
  expect(network.balance('anna')).toMatchObject({ posted: '50.00', leased: '50.00', debt: '0.00' })
  const bold = shop('rights+risk')
  bold.grant('anna', 'one', '50.00', 'till-b')
  spend(bold, 'r1', '60.00', '', 'till-a', '60.00')
  expect(bold.balance('anna')).toMatchObject({ posted: '10.00', leased: '50.00', spendable: '0.00' })
})

test('[L32] the giver’s word after the taker’s moves nothing more, and closing the giver’s lease frees only the rest', () => {
  const network = shop()
  network.grant('anna', 'one', '50.00', 'till-a')
  const move = (action: 'in' | 'out', other: object) =>
    ({
      kind: 'right',
      member: 'anna',
      purse: 'points',
      lease: 'one',
      action,
      points: '20.00',
      transfer: 't',
      other,
    }) as EntryBody
  network.push(move('in', A), { till: 'till-b' })
  network.push(close('one', A), { till: 'cloud' })
  expect(network.balance('anna')).toMatchObject({ leased: '20.00', spendable: '30.00' })
  expect(network.push(move('out', B), { till: 'till-a' })).toEqual({ kind: 'applied' })
  expect(network.balance('anna')).toMatchObject({ leased: '20.00', spendable: '30.00' })
  expect(network.push(move('out', B), { till: 'till-a' })).toMatchObject({ code: 'unknown_right' })
})

test('[L32] where the giver’s lease was closed first, the pool gives the taker what it has', () => {
  const network = shop()
  network.grant('anna', 'one', '50.00', 'till-a')
  network.push(close('one', A), { till: 'cloud' })
  network.grant('anna', 'two', '40.00', 'till-c')
  const taken = { kind: 'right', member: 'anna', purse: 'points', lease: 'one', action: 'in', points: '20.00' }
  const other = { transfer: 't', other: A }
  expect(network.push({ ...taken, ...other } as EntryBody, { till: 'till-b' })).toEqual({
    kind: 'deficit',
    points: '10.00',
  })
  expect(network.balance('anna')).toMatchObject({ posted: '50.00', leased: '50.00', spendable: '0.00' })
})

test('[L32] a right that goes from till to till arrives whole, in whatever order they are heard', () => {
  const steps = [
    { till: 'till-a', action: 'out', transfer: 't1', other: B },
    { till: 'till-b', action: 'in', transfer: 't1', other: A },
    { till: 'till-b', action: 'out', transfer: 't2', other: C },
    { till: 'till-c', action: 'in', transfer: 't2', other: B },
  ]
  const orders = [
    [0, 3, 1, 2], // the third before the second
    [3, 0, 1, 2], // the third before everybody
    [3, 1, 2, 0],
    [1, 3, 2, 0],
    [1, 2, 3, 0],
  ]
  for (const order of orders) {
    const network = shop()
    network.grant('anna', 'one', '50.00', 'till-a')
    for (const step of order.map((at) => steps[at]!)) {
      const { till, ...move } = step
      const body = { kind: 'right', member: 'anna', purse: 'points', lease: 'one', points: '20.00', ...move }
      expect(network.push(body as EntryBody, { till }), order.join()).toEqual({ kind: 'applied' })
      expect(network.balance('anna'), order.join()).toMatchObject({ leased: '50.00', spendable: '0.00' })
    }
    expect(network.account('anna').leases?.map(({ holder, remaining }) => [holder?.device, remaining])).toEqual([
      ['till-a', 3000n],
      ['till-c', 2000n],
    ])
    expect(spend(network, 'r1', '20.00', 'one', 'till-c')).toEqual({ kind: 'applied' })
  }
})

const hand = (action: 'in' | 'out', transfer: string, points: string, other: object) =>
  ({ kind: 'right', member: 'anna', purse: 'points', lease: 'one', action, points, transfer, other }) as EntryBody

test('[L32] a giver that got its right from two tills and passed all of it on is believed before it is heard', () => {
  const network = shop()
  network.grant('anna', 'one', '50.00', 'till-a')
  network.push(hand('out', 't1', '20.00', B), { till: 'till-a' })
  network.push(hand('in', 't2', '30.00', A), { till: 'till-b' }) // till-a has not told of these yet
  expect(network.push(hand('in', 't3', '50.00', B), { till: 'till-c' })).toEqual({ kind: 'applied' })
  expect(spend(network, 'r1', '50.00', 'one', 'till-c')).toEqual({ kind: 'applied' })
  expect(network.balance('anna')).toMatchObject({ posted: '0.00', leased: '0.00', debt: '0.00' })
  network.push(hand('in', 't1', '20.00', A), { till: 'till-b' })
  network.push(hand('out', 't3', '50.00', C), { till: 'till-b' })
  network.push(hand('out', 't2', '30.00', B), { till: 'till-a' })
  expect(network.account('anna').leases).toBeUndefined()
})

test('[L32] who passed on what it got is believed about that too, though its taker has spent all of it already', () => {
  const network = shop()
  network.grant('anna', 'one', '50.00', 'till-a')
  // a gives 20.00 to b, who gives them to c; a gives the other 30.00 to c: c is heard first, and has spent
  network.push(hand('in', 't2', '30.00', A), { till: 'till-c' })
  network.push(hand('in', 't3', '20.00', B), { till: 'till-c' })
  expect(spend(network, 'r1', '50.00', 'one', 'till-c')).toEqual({ kind: 'applied' })
  expect(network.push(hand('in', 't1', '20.00', A), { till: 'till-b' })).toEqual({ kind: 'applied' })
  expect(network.push(hand('out', 't3', '20.00', C), { till: 'till-b' })).toEqual({ kind: 'applied' })
  network.push(hand('out', 't1', '20.00', B), { till: 'till-a' })
  network.push(hand('out', 't2', '30.00', C), { till: 'till-a' })
  expect(network.account('anna').leases).toBeUndefined()
  expect(network.balance('anna')).toMatchObject({ posted: '0.00', leased: '0.00', debt: '0.00' })
})

test('[L32] what a giver sold under its lease before it passed a later right on is paid from that lease', () => {
  const network = shop()
  network.grant('anna', 'one', '25.00', 'till-b')
  network.grant('anna', 'one', '25.00', 'till-a')
  // till-b sells for 25.00, gets 25.00 from till-a and passes them on; the last of these is heard first
  network.push(hand('in', 't2', '25.00', B), { till: 'till-c' })
  expect(network.balance('anna')).toMatchObject({ leased: '50.00', spendable: '0.00' })
  expect(spend(network, 'r1', '25.00', 'one', 'till-b')).toEqual({ kind: 'applied' })
  network.push(hand('in', 't1', '25.00', A), { till: 'till-b' })
  network.push(hand('out', 't2', '25.00', C), { till: 'till-b' })
  network.push(hand('out', 't1', '25.00', B), { till: 'till-a' })
  expect(network.compensations).toEqual([])
  expect(network.account('anna').leases).toMatchObject([{ id: 'one', holder: C, remaining: 2500n }])
  expect(network.balance('anna')).toMatchObject({ posted: '25.00', leased: '25.00' })
})

test('[L32] a giver whose lease was closed after its taker was heard moves nothing more, and never pays twice', () => {
  const network = shop()
  network.grant('anna', 'one', '50.00', 'till-a')
  network.push(hand('in', 't1', '20.00', A), { till: 'till-b' })
  network.push(close('one', A), { till: 'cloud' })
  expect(network.balance('anna')).toMatchObject({ leased: '20.00', spendable: '30.00' })
  expect(network.push(hand('out', 't1', '20.00', B), { till: 'till-a' })).toEqual({ kind: 'applied' })
  expect(network.account('anna').leases).toMatchObject([
    { id: 'one', holder: null, remaining: 0n, isClosed: true },
    { id: 'one', holder: B, remaining: 2000n },
  ])
})

test('[L32] what came back to its giver and went on before anybody told of it is taken from nobody’s pool', () => {
  const network = shop()
  network.grant('anna', 'one', '20.00', 'till-a')
  // a gives to b, b back to a, a to b once more, b to c, who spends it; told by b only so far as the first, and by c
  network.push(hand('in', 't1', '20.00', A), { till: 'till-b' })
  network.push(hand('in', 't4', '20.00', B), { till: 'till-c' })
  expect(spend(network, 'r1', '20.00', 'one', 'till-c')).toEqual({ kind: 'applied' })
  const told = [
    [hand('out', 't1', '20.00', B), 'till-a'],
    [hand('in', 't2', '20.00', B), 'till-a'],
    [hand('out', 't3', '20.00', B), 'till-a'],
    [hand('out', 't2', '20.00', A), 'till-b'],
    [hand('in', 't3', '20.00', A), 'till-b'],
    [hand('out', 't4', '20.00', C), 'till-b'],
  ] as const
  for (const [body, till] of told) {
    expect(network.push(body, { till })).toEqual({ kind: 'applied' })
    expect(network.balance('anna')).toMatchObject({ posted: '30.00', leased: '0.00', spendable: '30.00' })
  }
  expect(network.account('anna').leases).toBeUndefined()
})

test('[L30] [L32] what two machines of one till handed on twice is paid once; other leases of the purse are not touched', () => {
  const network = shop()
  network.grant('anna', 'one', '20.00', 'till-a')
  network.grant('anna', 'two', '30.00', 'till-d')
  network.push(hand('in', 't1', '20.00', A), { till: 'till-b' })
  network.push(hand('in', 't2', '20.00', A), { till: 'till-c' })
  expect(network.balance('anna')).toMatchObject({ posted: '50.00', leased: '50.00' })
  expect(spend(network, 'r1', '20.00', 'one', 'till-b')).toEqual({ kind: 'applied' })
  expect(spend(network, 'r2', '20.00', 'one', 'till-c')).toEqual({ kind: 'deficit', points: '20.00' })
  expect(spend(network, 'r3', '30.00', 'two', 'till-d')).toEqual({ kind: 'applied' })
  expect(network.balance('anna')).toMatchObject({ posted: '0.00', debt: '0.00' })
})

test('[L34] a till that is given up before it told of what it got and passed on: what others took of that is not free', () => {
  const network = shop()
  network.grant('anna', 'one', '50.00', 'till-a')
  network.push(hand('out', 't1', '50.00', B), { till: 'till-a' })
  network.push(hand('in', 't2', '30.00', B), { till: 'till-c' })
  expect(network.balance('anna')).toMatchObject({ leased: '50.00', spendable: '0.00' })
  for (const body of closeRights(network.account('anna'), 'till-b', 'lost')) network.push(body, { till: 'cloud' })
  expect(network.balance('anna')).toMatchObject({ leased: '30.00', spendable: '20.00' })
  expect(network.push(hand('out', 't3', '30.00', A), { till: 'till-c' })).toEqual({ kind: 'applied' })
  expect(network.push(hand('in', 't3', '30.00', C), { till: 'till-a' })).toEqual({ kind: 'applied' })
  expect(spend(network, 'r1', '30.00', 'one', 'till-a')).toEqual({ kind: 'applied' })
  expect(network.balance('anna')).toMatchObject({ posted: '20.00', leased: '0.00', spendable: '20.00' })
})

test('[L32] [L34] where a giver’s lease does not reach for what its taker has, the pool pays, and says what it lacks', () => {
  const network = shop()
  network.grant('anna', 'one', '20.00', 'till-a')
  network.grant('anna', 'one', '20.00', 'till-c')
  network.push(close('one', A), { till: 'cloud' })
  // the lease is still at till-c, so that till-b is believed; in truth it was till-a's that is closed
  expect(network.push(hand('in', 't1', '20.00', A), { till: 'till-b' })).toEqual({ kind: 'applied' })
  expect(network.push(hand('out', 't1', '20.00', B), { till: 'till-a' })).toEqual({ kind: 'applied' })
  expect(network.balance('anna')).toMatchObject({ posted: '50.00', leased: '40.00', spendable: '10.00' })
  const poor = shop()
  poor.grant('anna', 'one', '20.00', 'till-a')
  poor.grant('anna', 'one', '20.00', 'till-c')
  poor.push(close('one', A), { till: 'cloud' })
  poor.push(hand('in', 't1', '20.00', A), { till: 'till-b' })
  poor.grant('anna', 'two', '30.00', 'till-d')
  expect(poor.push(hand('out', 't1', '20.00', B), { till: 'till-a' })).toEqual({ kind: 'deficit', points: '20.00' })
})

test('[L32] what the pool has paid a taker comes home when its giver speaks, and nothing stays on its way', () => {
  const network = shop()
  network.grant('anna', 'one', '20.00', 'till-a')
  network.grant('anna', 'one', '10.00', 'till-c')
  network.push(close('one', A), { till: 'cloud' })
  // till-c got 10.00 more from till-a before, which nobody has heard of, and hands on all of it
  expect(network.push(hand('in', 't1', '20.00', C), { till: 'till-b' })).toEqual({ kind: 'applied' })
  expect(network.balance('anna')).toMatchObject({ leased: '30.00', spendable: '20.00' })
  expect(network.push(hand('out', 't1', '20.00', B), { till: 'till-c' })).toEqual({ kind: 'applied' })
  expect(network.account('anna').leases).toMatchObject([
    { id: 'one', holder: null, isClosed: true },
    { id: 'one', holder: B, remaining: 2000n },
  ])
  expect(network.balance('anna')).toMatchObject({ leased: '20.00', spendable: '30.00' })
})

test('[L34] what is on its way to a till that is given up comes home, and what that till tells later is paid from the pool', () => {
  const network = shop()
  network.grant('anna', 'one', '50.00', 'till-a')
  network.push(hand('out', 't1', '20.00', B), { till: 'till-a' })
  const closing = closeRights(network.account('anna'), 'till-b', 'lost')
  expect(closing).toMatchObject([{ lease: 't1', points: '20.00', reason: 'lost' }])
  for (const body of closing) network.push(body, { till: 'cloud' })
  expect(network.balance('anna')).toMatchObject({ leased: '30.00', spendable: '20.00' })
  expect(closeRights(network.account('anna'), 'till-b', 'lost')).toEqual([])
  // it had the right all the same, and speaks at last
  expect(network.push(hand('in', 't1', '20.00', A), { till: 'till-b' })).toEqual({ kind: 'applied' })
  expect(network.account('anna').leases).toMatchObject([
    { id: 'one', holder: null, remaining: 0n, isClosed: true },
    { id: 'one', holder: A, remaining: 3000n },
    { id: 'one', holder: B, remaining: 2000n },
  ])
  expect(network.balance('anna')).toMatchObject({ leased: '50.00', spendable: '0.00' })
})

/** What is left of the lease at each till, in kopecks of points. */
const heldOf = (network: Network, ...tills: readonly { readonly device: string }[]) =>
  tills.map(({ device }) => {
    const held = network.account('anna').leases?.find(({ holder }) => holder?.device === device)
    return held?.remaining ?? 0n
  })

test('[L32] [L34] what was closed on its way is paid to its taker without what others have had of it all the time', () => {
  const network = shop()
  network.grant('anna', 'one', '50.00', 'till-a')
  network.push(hand('out', 't1', '33.00', B), { till: 'till-a' })
  network.push(hand('in', 't2', '17.00', B), { till: 'till-c' }) // till-b has passed it on; it was not heard
  for (const body of closeRights(network.account('anna'), 'till-b', 'silent')) network.push(body, { till: 'cloud' })
  expect(network.balance('anna')).toMatchObject({ leased: '34.00', spendable: '16.00' })
  network.gift('anna', '20.00')
  expect(network.push(hand('in', 't1', '33.00', A), { till: 'till-b' })).toEqual({ kind: 'applied' })
  expect(network.push(hand('out', 't2', '17.00', C), { till: 'till-b' })).toEqual({ kind: 'applied' })
  expect(heldOf(network, A, B, C)).toEqual([1700n, 1600n, 1700n])
  expect(network.balance('anna')).toMatchObject({ posted: '70.00', leased: '50.00', spendable: '20.00' })
})

test('[L32] [L34] nor is more paid where its taker has told of having passed on before it tells of what it got', () => {
  const network = shop()
  network.grant('anna', 'one', '50.00', 'till-a')
  network.push(hand('out', 't1', '23.00', B), { till: 'till-a' })
  network.push(hand('out', 't3', '20.00', B), { till: 'till-a' })
  network.push(hand('in', 't2', '17.00', B), { till: 'till-c' })
  network.push({ ...close('t1', B), holder: undefined } as EntryBody, { till: 'cloud' })
  network.push(hand('in', 't3', '20.00', A), { till: 'till-b' })
  network.push(hand('out', 't2', '17.00', C), { till: 'till-b' })
  expect(heldOf(network, A, B, C)).toEqual([700n, 300n, 1700n])
  expect(network.balance('anna')).toMatchObject({ leased: '27.00', spendable: '23.00' })
  network.push(hand('in', 't1', '23.00', A), { till: 'till-b' })
  expect(heldOf(network, A, B, C)).toEqual([700n, 2600n, 1700n])
  expect(network.balance('anna')).toMatchObject({ posted: '50.00', leased: '50.00', spendable: '0.00' })
})

test('[L32] [L34] a till that held a part, was given up, and had passed on more than that part is paid the rest of what came', () => {
  const network = shop()
  network.grant('anna', 'one', '50.00', 'till-a')
  network.push(hand('out', 't0', '10.00', B), { till: 'till-a' })
  network.push(hand('in', 't0', '10.00', A), { till: 'till-b' })
  network.push(hand('out', 't1', '33.00', B), { till: 'till-a' })
  network.push(hand('in', 't2', '17.00', B), { till: 'till-c' })
  for (const body of closeRights(network.account('anna'), 'till-b', 'silent')) network.push(body, { till: 'cloud' })
  expect(network.balance('anna')).toMatchObject({ leased: '24.00', spendable: '26.00' })
  network.gift('anna', '20.00')
  expect(network.push(hand('in', 't1', '33.00', A), { till: 'till-b' })).toEqual({ kind: 'applied' })
  expect(network.push(hand('out', 't2', '17.00', C), { till: 'till-b' })).toEqual({ kind: 'applied' })
  expect(heldOf(network, A, B, C)).toEqual([700n, 2600n, 1700n])
  expect(network.balance('anna')).toMatchObject({ posted: '70.00', leased: '50.00', spendable: '20.00' })
})

test('[L32] [L34] what the pool lacked for a taker does not come home from it besides', () => {
  const network = shop()
  network.grant('anna', 'one', '50.00', 'till-a')
  network.push(hand('out', 't1', '33.00', B), { till: 'till-a' })
  network.push(hand('in', 't2', '17.00', B), { till: 'till-c' })
  for (const body of closeRights(network.account('anna'), 'till-b', 'silent')) network.push(body, { till: 'cloud' })
  expect(network.push(hand('in', 't1', '33.00', A), { till: 'till-b' })).toEqual({ kind: 'deficit', points: '17.00' })
  expect(network.push(hand('out', 't2', '17.00', C), { till: 'till-b' })).toEqual({ kind: 'applied' })
  expect(heldOf(network, A, B, C)).toEqual([1700n, 1600n, 1700n])
  expect(network.balance('anna')).toMatchObject({ posted: '50.00', leased: '50.00', spendable: '0.00' })
})

test('[L30] a sale that only risks leaves the leases of its till alone', () => {
  const network = shop('rights+risk')
  network.grant('anna', 'one', '30.00', 'till-a')
  expect(spend(network, 'r1', '10.00', '', 'till-a', '10.00')).toEqual({ kind: 'applied' })
  expect(network.account('anna').leases).toMatchObject([{ id: 'one', remaining: 3000n }])
})

test('[L31] [S101] a taker without the giver’s signature gets nothing', () => {
  const network = shop()
  network.grant('anna', 'one', '50.00', 'till-a')
  const asked: SignedHandOver[] = []
  Object.defineProperty(network, 'context', {
    get: () => ({
      ...Object.getOwnPropertyDescriptor(Network.prototype, 'context')!.get!.call(network),
      isSigned: (handOver: SignedHandOver) => asked.push(handOver) > 0 && handOver.signature === 'good',
    }),
  })
  const body = {
    kind: 'right',
    member: 'anna',
    purse: 'points',
    lease: 'one',
    action: 'in',
    points: '20.00',
    transfer: 't',
  }
  const take = (more: object) => network.push({ ...body, ...more } as EntryBody, { till: 'till-b' })
  expect(take({ signature: 'good' })).toMatchObject({ code: 'unknown_right' })
  expect(take({ other: A, signature: 'bad' })).toMatchObject({ code: 'unknown_right' })
  expect(take({ other: A, signature: 'good' })).toEqual({ kind: 'applied' })
  expect(asked.at(-1)).toMatchObject({ transfer: 't', giver: A, taker: B, points: '20.00' })
})
