import { minOf, notBelowNothing, sumOf } from '../../shared/ledger/amounts.ts'
import type { SpentRight } from '../../shared/ledger/entry.ts'
import { formatPoints, points } from '../../shared/money.ts'
import { pointsOf } from '../../shared/wire.ts'
import type { Usable } from './contact.ts'
import { since } from './own.ts'
import type { EntryRow, Seen, StoredRights } from './ports.ts'

/**
 * What this till may spend: what the cloud last said of its leases, and its own entries after that. Nothing is counted
 * beside the stream, so whatever is left is what the stream says, after any crash. Rules S94, S95.
 */

export interface HeldLease {
  readonly lease: string
  readonly points: bigint
  readonly until: string | null
  readonly recalled: boolean
}

/** Everything that is known of a member's rights here and now. */
export interface Rights {
  readonly rows: readonly StoredRights[]
  readonly epoch: number
  /** Whether leases may be used. */
  readonly usable: Usable
  readonly online: boolean
}

const NOTHING_SEEN: Seen = { epoch: 0, seq: 0 }

/** The leases of one purse with what is left of each, what must be given back first before others. */
export function leasesOf(rights: Rights, entries: readonly EntryRow[], purse: string): readonly HeldLease[] {
  const row = rights.rows.find((each) => each.purse === purse && each.seen.epoch === rights.epoch)
  const seen = row?.seen ?? NOTHING_SEEN
  const told = (row?.leases ?? []).map(({ lease, points: has }): [string, bigint] => {
    return [lease, pointsOf(has) + (row?.moved?.[lease] ?? 0n)]
  })
  const left = new Map<string, bigint>(told)
  for (const entry of since(entries, seen)) {
    if (entry.setAside === true || entry.epoch !== rights.epoch || entry.rights === undefined) continue
    for (const [key, change] of Object.entries(entry.rights)) {
      const [its, lease] = key.split('\n') as [string, string]
      if (its === purse) left.set(lease, (left.get(lease) ?? 0n) + change)
    }
  }
  return [...left]
    .filter(([, remaining]) => remaining > 0n)
    .map(([lease, remaining]) => {
      const told = row?.leases.find((each) => each.lease === lease)
      return { lease, points: remaining, until: told?.until ?? null, recalled: told?.recalled === true }
    })
    .sort((a, b) => compareText(a.until ?? '~', b.until ?? '~') || compareText(a.lease, b.lease))
}

/** What may be spent of a purse here and now. */
export function heldOf(rights: Rights, entries: readonly EntryRow[], purse: string): bigint {
  return rights.usable === 'yes' ? sumOf(leasesOf(rights, entries, purse).map((each) => each.points)) : 0n
}

/** The leases that pay for so much; undefined where they do not reach. */
export function payWith(
  leases: readonly HeldLease[],
  purse: string,
  amount: bigint,
): readonly SpentRight[] | undefined {
  let left = amount
  const parts: SpentRight[] = []
  for (const { lease, points: held } of leases) {
    const part = minOf(left, held)
    if (part > 0n) parts.push({ purse, lease, points: formatPoints(points(part)) })
    left -= part
  }
  return left > 0n ? undefined : parts
}

/** What lies at other tills, as far as the cloud's last word goes. */
export function elsewhereOf(rights: Rights, leasedInAll: bigint, purse: string): bigint {
  const row = rights.rows.find((each) => each.purse === purse && each.seen.epoch === rights.epoch)
  return notBelowNothing(leasedInAll - sumOf((row?.leases ?? []).map((each) => pointsOf(each.points))))
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
