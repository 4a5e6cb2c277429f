import { describe, expect, test } from 'vitest'
import type { ExpireBody } from '../../../shared/ledger/entry.ts'
import { applyExpire, expireDue, wakeFor } from '../../../shared/ledger/expiry.ts'
import { emptyAccount, putIn } from '../../../shared/ledger/lots.ts'
import { points } from '../../../shared/money.ts'

const key = { device: 'till-a', epoch: 1, seq: 9 } as never
const account = (...lots: [string, bigint, string | null][]) =>
  lots.reduce(
    (sum, [id, amount, lastDay]) => putIn(sum, { id, points: points(amount), activeFrom: '2026-01-01', lastDay }),
    emptyAccount('anna' as never, 'points'),
  )
const burn = (lot: string, amount: string, day = '2026-01-17') =>
  ({
    kind: 'expire',
    member: 'anna',
    purse: 'points',
    day,
    reason: 'life',
    lots: [{ lot, points: amount }],
    points: amount,
  }) as ExpireBody

describe('the entry that burns', () => {
  test('[L7] names each lot past its day, the sum and the day before', () => {
    const due = expireDue(
      account(['a', 100n, '2026-01-15'], ['b', 50n, '2026-01-17'], ['c', 7n, '2026-01-18']),
      '2026-01-18',
    )
    expect(due).toEqual({
      kind: 'expire',
      member: 'anna',
      purse: 'points',
      day: '2026-01-17',
      reason: 'life',
      lots: [
        { lot: 'a', points: '1.00' },
        { lot: 'b', points: '0.50' },
      ],
      points: '1.50',
    })
    expect(expireDue(account(['c', 7n, '2026-01-18'], ['d', 7n, null]), '2026-01-18')).toBeUndefined()
  })

  test('[L8] spreads what is leased over the lots that expire first', () => {
    const leased = { ...account(['a', 100n, '2026-01-15'], ['b', 50n, '2026-01-17']), leased: points(120n) }
    expect(expireDue(leased, '2026-01-18')).toMatchObject({ lots: [{ lot: 'b', points: '0.30' }], points: '0.30' })
  })

  test('[L7] never takes more than there is, never wakes more than was burned, and leaves other lots alone', () => {
    const start = account(['a', 100n, '2026-01-15'], ['b', 50n, '2026-09-01'])
    const burned = applyExpire(start, burn('a', '5.00'))
    expect(burned).toMatchObject({
      posted: 50n,
      lots: [
        { id: 'a', remaining: 0n, expired: 100n },
        { id: 'b', remaining: 50n },
      ],
    })
    const part = applyExpire(burned, burn('a', '-0.40'))
    expect(part).toMatchObject({ posted: 90n, lots: [{ id: 'a', remaining: 40n, expired: 60n }, { id: 'b' }] })
    expect(applyExpire(part, burn('a', '-5.00'))).toEqual(start)
    expect(applyExpire(start, burn('x', '1.00'))).toEqual(start)
  })

  test('[L35] is remembered for four hundred days, and then forgotten', () => {
    const burned = applyExpire(account(['a', 100n, '2026-01-15']), burn('a', '1.00'))
    expect(applyExpire(burned, burn('x', '1.00', '2027-02-19')).lots).toHaveLength(1)
    expect(applyExpire(burned, burn('x', '1.00', '2027-02-20')).lots).toEqual([])
  })

  test('[L35] is woken for a redemption of its own day only, as far as it needs', () => {
    const start = account(['a', 100n, '2026-01-15'], ['b', 50n, '2026-09-01'])
    const burned = applyExpire(start, burn('a', '1.00'))
    expect(wakeFor(burned, 30n, '2026-01-16', key).compensation).toBeUndefined()
    expect(wakeFor(burned, 30n, '2026-01-15', key)).toMatchObject({
      account: { posted: 80n, lots: [{ remaining: 30n, expired: 70n }, { remaining: 50n }] },
      compensation: { points: '-0.30', because: key, withFact: true, lots: [{ lot: 'a', points: '-0.30' }] },
    })
    expect(wakeFor(burned, 0n, '2026-01-15', key).compensation).toBeUndefined()
    expect(wakeFor(start, 30n, '2026-01-15', key).compensation).toBeUndefined()
  })
})
