import { accountKey } from '../../shared/ledger/booking-port.ts'
import type { EntryRow, MoneyStore, Seen, StoredRights } from './ports.ts'

/**
 * A lease goes with its purse where a member is merged into another, and for a moment a till knows it under both names:
 * what it did under the old one stands among other entries than those of the new one, and the old row may still say what
 * the new one says. Here each lease lies under one name, with everything that this till has done with it. Rule S95.
 */
export interface LeaseNames {
  /** The rows as the cloud told them, with what own entries after its word did with their leases under another name. */
  readonly counted: (rows: readonly StoredRights[], head: Seen) => Promise<readonly StoredRights[]>
  /** What else is kept under other names of these leases, without them. */
  readonly elsewhere: (rows: readonly StoredRights[]) => Promise<readonly StoredRights[]>
  /** Everything that was kept is replaced. */
  readonly forget: () => void
}

const PAGE = 500
const REMEMBERED_MAX = 50_000

export function leaseNames(money: MoneyStore): LeaseNames {
  let names: Map<string, string> | null = null

  async function known(): Promise<Map<string, string>> {
    if (names !== null && names.size <= REMEMBERED_MAX) return names
    const fresh = new Map<string, string>()
    for (const { member, leases } of await money.allRights()) for (const { lease } of leases) fresh.set(lease, member)
    names = fresh
    return fresh
  }

  return {
    counted: async (rows, head) => {
      const behind = (row: StoredRights) => row.seen.epoch === head.epoch && row.seen.seq < head.seq
      const told = rows.filter((row) => row.leases.length > 0 && behind(row)).map(({ seen }) => seen.seq)
      if (told.length === 0) return rows
      const own = await movesAfter(money, head.epoch, Math.min(...told))
      return own.length === 0 ? rows : rows.map((row) => (behind(row) ? withMoves(row, own) : row))
    },
    elsewhere: async (rows) => {
      const nameOf = await known()
      const moved = new Map<string, Set<string>>()
      for (const { member, leases } of rows) {
        for (const { lease } of leases) {
          const before = nameOf.get(lease)
          nameOf.set(lease, member)
          if (before !== undefined && before !== member)
            moved.set(before, (moved.get(before) ?? new Set<string>()).add(lease))
        }
      }
      const told = new Set(rows.map(({ member, purse }) => accountKey(member, purse)))
      const others: StoredRights[] = []
      for (const [member, gone] of moved) {
        for (const row of await money.rights(member)) {
          if (told.has(accountKey(row.member, row.purse))) continue
          const leases = row.leases.filter(({ lease }) => !gone.has(lease))
          if (leases.length < row.leases.length) others.push({ ...row, leases })
        }
      }
      return others
    },
    forget: () => {
      names = null
    },
  }
}

async function movesAfter(money: MoneyStore, epoch: number, seq: number): Promise<readonly EntryRow[]> {
  const moves: EntryRow[] = []
  for (let from = seq + 1; ; ) {
    const rows = await money.entries(epoch, from, PAGE)
    moves.push(...rows.filter((row) => row.rights !== undefined && row.setAside !== true))
    if (rows.length < PAGE) return moves
    from = rows.at(-1)!.seq + 1
  }
}

function withMoves(row: StoredRights, own: readonly EntryRow[]): StoredRights {
  const moved: Record<string, bigint> = {}
  for (const entry of own) {
    if (entry.seq <= row.seen.seq || entry.member === row.member) continue
    for (const { lease } of row.leases) {
      const change = entry.rights?.[`${row.purse}\n${lease}`]
      if (change !== undefined) moved[lease] = (moved[lease] ?? 0n) + change
    }
  }
  return Object.keys(moved).length === 0 ? row : { ...row, moved }
}
