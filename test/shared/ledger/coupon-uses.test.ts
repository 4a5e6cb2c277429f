import { describe, expect, test } from 'vitest'
import type { Account } from '../../../shared/ledger/booking-port.ts'
import {
  countUses,
  couponsUsed,
  isUsedUp,
  NETWORK,
  uncountUses,
  usesPurse,
} from '../../../shared/ledger/coupon-uses.ts'
import type { SaleBody } from '../../../shared/ledger/entry.ts'
import { emptyAccount } from '../../../shared/ledger/lots.ts'
import type { Workspace } from '../../../shared/ledger/workspace.ts'
import type { Coupon } from '../../../shared/programme/coupons.ts'

const DAY = '2026-11-18'
const LIMITED = { id: 'first', usesInTotal: 2 } as Coupon
const OTHER = { id: 'other', usesInTotal: 2 } as Coupon
const UNLIMITED = { id: 'free', usesInTotal: null } as unknown as Coupon

/** Accounts alone: counting touches nothing else of the workspace. */
function counters() {
  const accounts = new Map<string, Account>()
  const work = {
    account: (member: typeof NETWORK, purse: string) => accounts.get(purse) ?? emptyAccount(member, purse),
    saveAccount: (account: Account) => void accounts.set(account.purse, account),
  } as unknown as Workspace
  return { work, of: (coupon: string) => accounts.get(usesPurse(coupon)) }
}

const sale = (body: Partial<Pick<SaleBody, 'rewards' | 'gifts' | 'postings'>>) =>
  couponsUsed({ rewards: [], postings: [], ...body } as Pick<SaleBody, 'rewards' | 'gifts' | 'postings'>)

describe('[L78] the coupons that a receipt used', () => {
  test('are those whose reward it took, those that gave points and those that cost a use, each once', () => {
    expect(
      sale({
        rewards: [{ id: 'coupon:a', off: [] }],
        gifts: [{ purse: 'coupon:b' }, { purse: 'coupon:a' }],
        postings: [{ purse: 'coupon:c', kind: 'redeem', points: '1.00' }],
      } as unknown as SaleBody),
    ).toEqual(['a', 'b', 'c'])
  })

  test('are none where points and stamps were given or spent, and none that it brought the member', () => {
    expect(
      sale({
        rewards: [{ id: 'stamp:coffee', off: [] }],
        postings: [
          { purse: 'points', kind: 'redeem', points: '5.00' },
          { purse: 'coupon:gift', kind: 'earn', points: '1.00' },
        ],
      } as unknown as SaleBody),
    ).toEqual([])
  })
})

describe('[L78] the count of a coupon in the network', () => {
  test('is used up at its limit and not before; without a limit never', () => {
    expect([0n, 199n, 200n, 300n].map((posted) => isUsedUp(LIMITED, { posted }))).toEqual([false, false, true, true])
    expect(isUsedUp(UNLIMITED, { posted: 900n })).toBe(false)
    expect(isUsedUp({}, { posted: 900n })).toBe(false)
  })

  test('goes up only for limited coupons that were used, and says by how much it was too many', () => {
    const { work, of } = counters()
    const coupons = [LIMITED, OTHER, UNLIMITED]
    expect(countUses(work, coupons, ['first', 'free'], DAY)).toBe(0n)
    expect(countUses(work, coupons, ['first'], DAY)).toBe(0n)
    expect(countUses(work, coupons, ['first'], DAY)).toBe(100n)
    expect(of('first')).toMatchObject({ member: NETWORK, posted: 300n })
    expect(of('other')).toBeUndefined()
    expect(of('free')).toBeUndefined()
  })

  test('goes down when a reward is wholly back, and never below nothing', () => {
    const { work, of } = counters()
    countUses(work, [LIMITED], ['first'], DAY)
    uncountUses(work, [LIMITED, OTHER], ['first', 'other'], DAY)
    expect(of('first')?.posted).toBe(0n)
    uncountUses(work, [LIMITED], ['first'], DAY)
    expect(of('first')?.posted).toBe(0n)
    expect(of('other')).toBeUndefined()
  })

  test('of two coupons are two counts', () => {
    const { work, of } = counters()
    countUses(work, [LIMITED, OTHER], ['first', 'other'], DAY)
    countUses(work, [LIMITED, OTHER], ['other'], DAY)
    expect([of('first')?.posted, of('other')?.posted]).toEqual([100n, 200n])
  })
})
