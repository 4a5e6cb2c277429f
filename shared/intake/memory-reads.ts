import type { MemberId } from '../ids.ts'
import { NO_HASH } from '../ledger/chain.ts'
import { isOnItsWaySince } from '../rights/granting.ts'
import { named, single, type Tables } from './memory-tables.ts'
import type { FeedScope, LedgerReads, Stream } from './port.ts'
import { visitKey } from './rows.ts'

/** What can be asked of the ledger's port in memory. */
export const streamKey = (device: string, epoch: number) => `${device}\n${epoch}`

export function streamIn(tables: Tables, device: Stream['device'], epoch: number): Stream {
  const empty = { device, epoch, high: 0, head: NO_HASH, headKnown: true }
  return tables.streams.get(streamKey(device, epoch)) ?? empty
}

export function readsOf(tables: Tables): LedgerReads {
  const keysOf = (members: readonly MemberId[]) => {
    const keys = (index: ReadonlyMap<string, readonly string[]>) => members.flatMap((id) => index.get(id) ?? []).sort()
    return { members, cards: keys(tables.cardsOf), balances: keys(tables.pursesOf) }
  }
  const rowsAfter = (seq: bigint) => {
    if (seq >= single(tables).feedHigh) return []
    // from the end: what is new is there
    const rows = [...tables.feed.values()]
    let first = rows.length
    while (first > 0 && rows[first - 1]!.seq > seq) first -= 1
    return rows.slice(first)
  }
  return {
    async readStream(device, epoch) {
      return streamIn(tables, device, epoch)
    },
    async newestProgramme() {
      const version = Math.max(...tables.programmes.keys())
      return version > 0 ? { id: tables.programmes.get(version)!.id, version } : undefined
    },
    async programmeText(id, version) {
      const found = tables.programmes.get(version)
      return found?.id === id ? found : undefined
    },
    async profilesOf(members) {
      return new Map(
        members.flatMap((member) => {
          const profile = tables.profiles.get(member)
          return profile === undefined ? [] : [[member, profile] as const]
        }),
      )
    },
    // segments are made of facts, and those only a database keeps
    async segmentsOf() {
      return new Map()
    },
    async toldSegments() {
      return []
    },
    async segmentNames() {
      return new Map()
    },
    async factsOf(_members, _asked, { seen }) {
      return { facts: new Map(), seen }
    },
    // nor does anybody run campaigns without one
    async hintsOf() {
      return new Map()
    },
    async keeping() {
      const { keep, days, isPartial } = single(tables).keeping
      return { keep, days, isPartial }
    },
    async memberCount() {
      return tables.members.size
    },
    async feedBetween({ after, upto }, limit, device, outlet) {
      const isVisitor = (member: string) =>
        outlet === null || tables.visits.has(visitKey({ outlet, member: member as MemberId }))
      const concerns = ({ scope, key }: { readonly scope: FeedScope; readonly key: string }) => {
        switch (scope) {
          case 'member':
          case 'hint':
            return isVisitor(key)
          case 'balance':
            return isVisitor(key.split('\n')[0]!)
          case 'card': {
            const holder = tables.cards.get(key)?.member
            return holder === undefined || isVisitor(holder)
          }
          case 'left':
            return outlet !== null && key.startsWith(`${outlet}\n`)
          case 'right':
            return key.startsWith(`${device}\n`)
          default:
            return true
        }
      }
      const found: { scope: FeedScope; key: string; seq: bigint }[] = []
      for (const row of rowsAfter(after)) {
        if (found.length === limit || (upto !== null && row.seq > upto)) break
        if (concerns(row)) found.push(row)
      }
      return found
    },
    async feedReach(after, rows) {
      return rowsAfter(after)[rows - 1]?.seq ?? null
    },
    async feedHigh() {
      return single(tables).feedHigh
    },
    async feedWaiting(limit) {
      return [...tables.pending.values()].slice(0, limit)
    },
    async feedKeys(scope) {
      return [...tables.feed.values()].filter((row) => row.scope === scope).map((row) => row.key)
    },
    async feedDay() {
      return single(tables).feedDay
    },
    async keysBetween(after, upto, limit, outlet) {
      const isVisitor = (id: string) =>
        outlet === null || tables.visits.has(visitKey({ outlet, member: id as MemberId }))
      const ids = [...tables.members.keys()].filter((id) => id > after && (upto === null || id <= upto))
      return keysOf(ids.filter(isVisitor).sort().slice(0, limit) as MemberId[])
    },
    async keysOf(members) {
      return keysOf(members)
    },
    async withoutVisit(places) {
      return places.filter((place) => !tables.visits.has(visitKey(place)))
    },
    async accountsHeldBy(device) {
      return [...tables.accounts.values()].filter((account) =>
        (account.leases ?? []).some(({ holder, to }) => (holder ?? to)?.device === device),
      )
    },
    async holders() {
      const leases = [...tables.accounts.values()].flatMap((account) => account.leases ?? [])
      return new Set(
        leases.flatMap(({ holder, to, remaining }) => (remaining > 0n ? ((holder ?? to)?.device ?? []) : [])),
      )
    },
    async accountsOnTheWay(before) {
      return [...tables.accounts.values()].filter(({ leases = [] }) =>
        leases.some((lease) => isOnItsWaySince(lease, before)),
      )
    },
    async membersNamed(ids) {
      return named(tables.members, ids).map((member) => ({
        ...member,
        progress: tables.progress.get(member.id) ?? null,
      }))
    },
    async cardsNamed(numbers) {
      return named(tables.cards, numbers)
    },
    async accountsNamed(keys) {
      return named(tables.accounts, keys)
    },
    async staff() {
      return [...tables.staff.values()]
    },
    /** Whoever plays the tills keeps their keys. */
    async devicesOf() {
      return []
    },
  }
}
