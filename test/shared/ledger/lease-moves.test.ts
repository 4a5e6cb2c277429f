import { describe, expect, test } from 'vitest'
import type { Account, Lease } from '../../../shared/ledger/booking-port.ts'
import type { Holder } from '../../../shared/ledger/entry.ts'
import {
  closeRight,
  forgetClosed,
  heldByOthers,
  joinRights,
  moveRight,
  recallRight,
  remainingOfRight,
  rightOf,
  sendRight,
  settleTaken,
  spendNamed,
  spendRight,
  takeEarly,
  takenBefore,
} from '../../../shared/ledger/leases.ts'
import { emptyAccount } from '../../../shared/ledger/lots.ts'
import { points } from '../../../shared/money.ts'

/** Each move of rights by itself, on accounts where leases of others lie beside the one that moves. */

const holder = (device: string, epoch: number): Holder => ({ device: device as Holder['device'], epoch })
const A = holder('till-a', 1)
const A2 = holder('till-a', 2)
const A3 = holder('till-a', 3)
const B = holder('till-b', 1)
const C = holder('till-c', 1)

const lease = (id: string, holder: Lease['holder'], remaining: bigint, more: Partial<Lease> = {}): Lease => ({
  id,
  holder,
  remaining: points(remaining),
  until: null,
  ...more,
})

function accountWith(...leases: Lease[]): Account {
  const leased = points(leases.reduce((sum, { remaining }) => sum + remaining, 0n))
  return { ...emptyAccount('anna' as Account['member'], 'points'), posted: points(10_000n), leased, leases }
}

/** "l1 till-a/1: 300" for each lease that is left, with whatever else is written on it. */
function told(account: Account): string[] {
  const sum = (account.leases ?? []).reduce((total, { remaining }) => total + remaining, 0n)
  expect(account.leased).toBe(sum)
  const named = (holder: Lease['holder']) => (holder === null ? 'nobody' : `${holder.device}/${holder.epoch}`)
  return (account.leases ?? []).map(({ id, holder, remaining, until, of, to, takenFrom, isClosed, recalled }) => {
    const more = [
      until === null ? '' : ` until ${until}`,
      of === undefined ? '' : ` of ${of}`,
      to === undefined ? '' : ` to ${named(to)}`,
      takenFrom === undefined ? '' : ` taken from ${named(takenFrom)}`,
      isClosed === undefined ? '' : ' closed',
      recalled === undefined ? '' : ` recalled ${recalled}`,
    ]
    return `${id} ${named(holder)}: ${remaining}${more.join('')}`
  })
}

describe('[L33] a redemption', () => {
  test('uses the right that ends soonest first, whatever order they stand in, and one without an end before them', () => {
    const account = accountWith(
      lease('l1', A, 300n, { until: '2027-03-01T00:00:00Z' }),
      lease('l2', A, 300n, { until: '2027-01-01T00:00:00Z' }),
      lease('l3', A, 300n, { until: '2027-02-01T00:00:00Z' }),
    )
    expect(told(spendRight(account, A, 400n))).toEqual([
      'l1 till-a/1: 300 until 2027-03-01T00:00:00Z',
      'l3 till-a/1: 200 until 2027-02-01T00:00:00Z',
    ])
    const endless = accountWith(
      lease('l1', A, 300n, { until: '2027-03-01T00:00:00Z' }),
      lease('l2', A, 300n),
      lease('l3', A, 300n, { until: '2027-02-01T00:00:00Z' }),
    )
    expect(told(spendRight(endless, A, 100n))).toContain('l2 till-a/1: 200')
  })

  test('uses of two that end together the one that is named first', () => {
    const until = '2027-01-01T00:00:00Z'
    const account = accountWith(lease('l2', A, 300n, { until }), lease('l1', A, 300n, { until }))
    expect(told(spendRight(account, A, 100n))).toEqual([
      `l1 till-a/1: 200 until ${until}`,
      `l2 till-a/1: 300 until ${until}`,
    ])
  })

  test('leaves the rights of others and of other epochs alone, and goes no further than its own', () => {
    const account = accountWith(
      lease('l1', A, 300n),
      lease('l2', B, 300n),
      lease('l3', A2, 300n),
      lease('t1', null, 50n),
    )
    expect(told(spendRight(account, A, 900n))).toEqual(['l2 till-b/1: 300', 'l3 till-a/2: 300', 't1 nobody: 50'])
    expect(rightOf(account, A)).toBe(300n)
    expect(rightOf(account, A2)).toBe(300n)
    expect(rightOf(account, C)).toBe(0n)
    expect(rightOf(emptyAccount('anna' as Account['member'], 'points'), A)).toBe(0n)
  })
})

describe('[L30] a sale that names its leases', () => {
  test('is paid from the lease that it names, and covered as far as that reaches', () => {
    const account = accountWith(lease('l1', A, 300n), lease('l2', A, 300n), lease('l3', B, 300n))
    const paid = spendNamed(account, A, [
      { purse: 'points', lease: 'l2', points: '2.00' },
      { purse: 'points', lease: 'l3', points: '1.00' },
    ])
    expect(paid.covered).toBe(200n)
    expect(told(paid.account)).toEqual(['l1 till-a/1: 300', 'l2 till-a/1: 100', 'l3 till-b/1: 300'])
    const beyond = spendNamed(account, A, [{ purse: 'points', lease: 'l1', points: '5.00' }])
    expect(beyond.covered).toBe(300n)
    expect(told(beyond.account)).toEqual(['l2 till-a/1: 300', 'l3 till-b/1: 300'])
  })

  test('takes from the lease of its own epoch, then of the one before, and never from a later one', () => {
    const account = accountWith(lease('l1', A, 100n), lease('l1', A3, 100n), lease('l1', A2, 100n))
    const paid = spendNamed(account, A2, [{ purse: 'points', lease: 'l1', points: '1.50' }])
    expect(paid.covered).toBe(150n)
    expect(told(paid.account)).toEqual(['l1 till-a/1: 50', 'l1 till-a/3: 100'])
    expect(spendNamed(account, A2, [{ purse: 'points', lease: 'l1', points: '5.00' }]).covered).toBe(200n)
  })

  test('takes nothing of what is on its way, and nothing where there are no leases', () => {
    const account = accountWith(lease('l1', null, 100n))
    expect(spendNamed(account, A, [{ purse: 'points', lease: 'l1', points: '1.00' }])).toEqual({ account, covered: 0n })
    const none = emptyAccount('anna' as Account['member'], 'points')
    expect(spendNamed(none, A, [{ purse: 'points', lease: 'l1', points: '1.00' }]).covered).toBe(0n)
  })
})

describe('a lease of one holder', () => {
  test('keeps the day on which it ends until another is said', () => {
    const begun = moveRight(emptyAccount('anna' as Account['member'], 'points'), 'l1', A, 100n, '2027-01-01')
    expect(told(begun)).toEqual(['l1 till-a/1: 100 until 2027-01-01'])
    expect(told(moveRight(begun, 'l1', A, 50n, null))).toEqual(['l1 till-a/1: 150 until 2027-01-01'])
    expect(told(moveRight(begun, 'l1', A, 50n, '2027-02-01'))).toEqual(['l1 till-a/1: 150 until 2027-02-01'])
    expect(moveRight(begun, 'l1', A, -100n, null).leases).toBeUndefined()
  })

  test('is told apart by name, till and epoch', () => {
    const account = accountWith(lease('l1', A, 1n), lease('l1', A2, 2n), lease('l1', B, 4n), lease('l2', A, 8n))
    expect(remainingOfRight(account, 'l1', A)).toBe(1n)
    expect(remainingOfRight(account, 'l1', A2)).toBe(2n)
    expect(remainingOfRight(account, 'l1', B)).toBe(4n)
    expect(remainingOfRight(account, 'l1', C)).toBe(0n)
    expect(remainingOfRight(account, 'l1', null)).toBe(0n)
    expect(remainingOfRight(emptyAccount('anna' as Account['member'], 'points'), 'l1', A)).toBe(0n)
  })

  test('is asked back alone', () => {
    const account = accountWith(lease('l1', A, 1n), lease('l1', B, 2n), lease('l2', A, 3n))
    expect(told(recallRight(account, 'l1', A, 'asked'))).toEqual([
      'l1 till-a/1: 1 recalled asked',
      'l1 till-b/1: 2',
      'l2 till-a/1: 3',
    ])
    expect(told(recallRight(emptyAccount('anna' as Account['member'], 'points'), 'l1', A, 'asked'))).toEqual([])
  })

  test('stands in the order of names, then of tills; what is on its way stands first', () => {
    const joined = joinRights(
      accountWith(lease('l2', A, 1n), lease('l1', B, 2n)),
      accountWith(lease('l1', A, 3n), lease('l1', null, 4n)),
    )
    expect(told(joined)).toEqual(['l1 nobody: 4', 'l1 till-a/1: 3', 'l1 till-b/1: 2', 'l2 till-a/1: 1'])
    const empty = emptyAccount('anna' as Account['member'], 'points')
    expect(told(joinRights(empty, accountWith(lease('l1', A, 3n))))).toEqual(['l1 till-a/1: 3'])
    expect(told(joinRights(accountWith(lease('l1', A, 3n)), empty))).toEqual(['l1 till-a/1: 3'])
  })
})

describe('[L32] what is handed on', () => {
  const names = { lease: 'l1', transfer: 't1' }
  const hands = { giver: A, taker: B }

  test('is on its way to its taker, and what else is on its way stays as it was', () => {
    const account = accountWith(lease('l1', A, 300n), lease('t0', null, 20n, { of: 'l9', to: C }), lease('t1', C, 7n))
    expect(told(sendRight(account, names, hands, 200n, '2026-11-18T09:00:00.000Z'))).toEqual([
      'l1 till-a/1: 100',
      't0 nobody: 20 of l9 to till-c/1',
      't1 nobody: 200 of l1 to till-b/1',
      't1 till-c/1: 7',
    ])
  })

  test('and taken before its giver is heard stands below nothing, named by both', () => {
    const account = accountWith(lease('l1', A, 300n))
    const taken = takeEarly(account, names, hands, 200n, '2027-01-01')
    expect(told(taken)).toEqual([
      'l1 till-a/1: 300',
      'l1 till-b/1: 200 until 2027-01-01',
      't1 nobody: -200 of l1 to till-b/1 taken from till-a/1',
    ])
    expect(takenBefore(taken, 't1', A)?.remaining).toBe(-200n)
    expect(takenBefore(taken, 't2', A)).toBeUndefined()
    expect(takenBefore(taken, 't1', B)).toBeUndefined()
    expect(takenBefore(emptyAccount('anna' as Account['member'], 'points'), 't1', A)).toBeUndefined()
    const settled = settleTaken(taken, takenBefore(taken, 't1', A)!, 'l1', A)
    expect(settled.lacking).toBe(0n)
    expect(told(settled.account)).toEqual(['l1 till-a/1: 100', 'l1 till-b/1: 200 until 2027-01-01'])
  })

  test('of which the giver has less by then, leaves the rest to the pool', () => {
    const taken = takeEarly(accountWith(lease('l1', A, 50n)), names, hands, 200n, null)
    const settled = settleTaken(taken, takenBefore(taken, 't1', A)!, 'l1', A)
    expect(settled.lacking).toBe(150n)
    expect(told(settled.account)).toEqual(['l1 till-b/1: 200'])
  })

  test('and taken from two of a merged member is looked for at each by itself', () => {
    const once = takeEarly(accountWith(lease('l1', A, 300n), lease('l1', C, 300n)), names, hands, 200n, null)
    const twice = takeEarly(once, { lease: 'l1', transfer: 't2' }, { giver: C, taker: B }, 100n, null)
    expect(takenBefore(twice, 't2', C)?.remaining).toBe(-100n)
    expect(takenBefore(twice, 't1', C)).toBeUndefined()
    expect(takenBefore(twice, 't2', A)).toBeUndefined()
  })

  test('is counted by what others than its taker hold or have on its way', () => {
    const account = accountWith(
      lease('l1', A, 100n),
      lease('l1', B, 200n),
      lease('l2', A, 1000n),
      lease('t1', null, 30n, { of: 'l1', to: B }),
      lease('t2', null, 5n, { of: 'l2', to: B }),
      lease('t3', null, -7n, { of: 'l1', to: A, takenFrom: B }),
      lease('t4', null, -9n, { of: 'l1', to: B, takenFrom: A }),
      lease('t5', null, 2n),
    )
    // Of l1: A's 100, 30 on its way, 9 that B took of A already; and 2 that was written before names were kept.
    expect(heldByOthers(account, 'l1', B)).toBe(100n + 30n - 9n + 2n)
    expect(heldByOthers(account, 'l1', A)).toBe(200n + 30n - 7n + 2n)
    expect(heldByOthers(emptyAccount('anna' as Account['member'], 'points'), 'l1', A)).toBe(0n)
  })
})

describe('[L34] closing', () => {
  test('frees one lease of one holder, and no other', () => {
    const account = accountWith(lease('l1', A, 100n), lease('l1', B, 200n), lease('l2', A, 300n))
    expect(told(closeRight(account, 'l1', A))).toEqual(['l1 nobody: 0 closed', 'l1 till-b/1: 200', 'l2 till-a/1: 300'])
    expect(told(closeRight(account, 'l3', A))).toEqual(told(account))
    expect(told(closeRight(emptyAccount('anna' as Account['member'], 'points'), 'l1', A))).toEqual([])
  })

  test('what is on its way leaves a mark by which its late word is known, and forgets it once that has come', () => {
    const on = lease('t1', null, 30n, { of: 'l1', to: B })
    const closed = closeRight(
      accountWith(lease('l1', A, 100n), on, lease('t2', null, 5n, { of: 'l1', to: B })),
      't1',
      null,
    )
    expect(told(closed)).toEqual([
      'l1 nobody: 0 closed',
      'l1 till-a/1: 100',
      't1 nobody: 0 of l1 to till-b/1 closed',
      't2 nobody: 5 of l1 to till-b/1',
    ])
    expect(forgetClosed(closed, 't2')).toBeUndefined()
    expect(told(forgetClosed(closed, 't1')!)).toEqual([
      'l1 nobody: 0 closed',
      'l1 till-a/1: 100',
      't2 nobody: 5 of l1 to till-b/1',
    ])
    expect(forgetClosed(emptyAccount('anna' as Account['member'], 'points'), 't1')).toBeUndefined()
  })

  test('a lease of which others have taken already keeps their word awaited, of that lease and that giver alone', () => {
    const account = accountWith(
      lease('l1', A, 100n),
      lease('t1', null, -30n, { of: 'l1', to: B, takenFrom: A }),
      lease('t2', null, -20n, { of: 'l2', to: B, takenFrom: A }),
      lease('t3', null, -10n, { of: 'l1', to: B, takenFrom: C }),
    )
    expect(told(closeRight(account, 'l1', A))).toEqual([
      'l1 nobody: 0 closed',
      't1 nobody: 0 of l1 to till-b/1 taken from till-a/1',
      't2 nobody: -20 of l2 to till-b/1 taken from till-a/1',
      't3 nobody: -10 of l1 to till-b/1 taken from till-c/1',
    ])
  })
})
