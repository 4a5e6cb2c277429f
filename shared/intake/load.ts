import { bookingNeeds } from '../ledger/booking.ts'
import { accountKey, type BookingItem, type BookingNeeds, saleKey } from '../ledger/booking-port.ts'
import { assert } from '../result.ts'
import type { LedgerTx, Loaded } from './port.ts'

/** A chain of merges leads one member further each round. */
const ROUNDS_MAX = 110

export const nothingLoaded = (): Loaded => ({
  accounts: new Map(),
  sales: new Map(),
  members: new Map(),
  cards: new Map(),
})

/** Locks and reads everything that these items need, and what that leads to. */
export async function loadForBooking(tx: LedgerTx, items: readonly BookingItem[]): Promise<Loaded> {
  const loaded = nothingLoaded()
  const asked = {
    accounts: new Set<string>(),
    sales: new Set<string>(),
    members: new Set<string>(),
    cards: new Set<string>(),
  }
  for (let round = 1; ; round++) {
    assert(round <= ROUNDS_MAX, 'what a batch needs is known after a few rounds')
    const needs = bookingNeeds(items, loaded)
    const fresh: BookingNeeds = {
      sales: needs.sales.filter((sale) => isNew(asked.sales, saleKey(sale.outlet, sale.receipt))),
      members: needs.members.filter((member) => isNew(asked.members, member)),
      cards: needs.cards.filter((card) => isNew(asked.cards, card)),
      accounts: needs.accounts.filter(({ member, purse }) => isNew(asked.accounts, accountKey(member, purse))),
    }
    if (Object.values(fresh).every((list) => list.length === 0)) return loaded
    await tx.load(fresh, loaded)
  }
}

function isNew(asked: Set<string>, key: string): boolean {
  if (asked.has(key)) return false
  asked.add(key)
  return true
}
