import type { EntryBody, LedgerEntry, SaleBody } from '../../shared/ledger/entry.ts'
import { CLOUD_DEVICE } from '../../shared/ledger/keys.ts'
import { pointsOf } from '../../shared/wire.ts'

/**
 * Every lease as an onlooker counts it, from the entries alone: what was granted, and what its holder has spent and given
 * back. Nobody uses more than was granted; a lease that a person or 30 days of silence have closed is no longer counted.
 */
export class LeaseBook {
  private readonly leases = new Map<string, { granted: bigint; used: bigint; isClosed: boolean }>()

  /** What is wrong with this entry, if anything is. */
  booked({ device, body }: Pick<LedgerEntry, 'device' | 'body'>): string | undefined {
    if (body.kind === 'right') return this.moved(device, body)
    if (body.kind !== 'sale') return undefined
    for (const { lease, points } of body.rights ?? []) {
      const wrong = this.use(lease, pointsOf(points))
      if (wrong !== undefined) return wrong
    }
    return undefined
  }

  private moved(device: string, { action, lease, points }: Extract<EntryBody, { kind: 'right' }>): string | undefined {
    const amount = pointsOf(points)
    if (action === 'return') return this.use(lease, amount)
    if (device !== CLOUD_DEVICE) return undefined
    const known = this.leases.get(lease) ?? { granted: 0n, used: 0n, isClosed: false }
    if (action === 'grant') {
      if (known.isClosed) return `lease ${lease} was closed and grows again`
      this.leases.set(lease, { ...known, granted: known.granted + amount })
    }
    if (action === 'close') this.leases.set(lease, { ...known, isClosed: true })
    return undefined
  }

  private use(lease: string, amount: bigint): string | undefined {
    const known = this.leases.get(lease)
    if (known === undefined) return `lease ${lease} was never granted`
    known.used += amount
    if (known.isClosed || known.used <= known.granted) return undefined
    return `${known.used} were used of lease ${lease}, which is ${known.granted}`
  }

  isClosed(lease: string): boolean {
    return this.leases.get(lease)?.isClosed === true
  }

  copy(): LeaseBook {
    const copy = new LeaseBook()
    for (const [id, lease] of this.leases) copy.leases.set(id, { ...lease })
    return copy
  }
}

/** Whether a sale was paid under a lease that had been closed. */
export const isPaidByClosed = ({ rights = [] }: SaleBody, leases: LeaseBook): boolean =>
  rights.some(({ lease }) => leases.isClosed(lease))
