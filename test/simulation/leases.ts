import type { LedgerEntry, RightBody, SaleBody } from '../../shared/ledger/entry.ts'
import { CLOUD_DEVICE } from '../../shared/ledger/keys.ts'
import { pointsOf } from '../../shared/wire.ts'

/**
 * Every lease as an onlooker counts it, from the entries alone: what was granted, and what its holder has spent and given
 * back. Nobody uses more than was granted; a lease that a person or 30 days of silence have closed is no longer counted.
 */
export class LeaseBook {
  private readonly leases = new Map<string, { granted: bigint; used: bigint; isClosed: boolean }>()

  private readonly closed = new Set<string>()
  /** Who sent what, by the name of the hand-over. */
  private readonly givers = new Map<string, string>()
  /** What lease each hand-over is of. */
  private readonly ways = new Map<string, string>()
  /** Leases of which something was closed on its way: what its taker hands on came to it all the same. */
  private readonly closedInPart = new Set<string>()
  /** What a till took over after it had been closed on its way, by till and lease: it may be spent all the same. L32, L34. */
  private readonly late = new Map<string, bigint>()

  /** Everybody through whose hands a lease went. */
  private readonly hands = new Map<string, Set<string>>()

  /** Whether an entry moves or spends what a machine has had of which there are two: they may have handed on the same twice. */
  isDoubtful({ body }: Pick<LedgerEntry, 'body'>, doubtful: ReadonlySet<string>): boolean {
    if (doubtful.size === 0) return false
    const leases = body.kind === 'right' ? [body.lease] : body.kind === 'sale' ? (body.rights ?? []).map(leaseOf) : []
    return leases.some((lease) => [...(this.hands.get(lease) ?? [])].some((device) => doubtful.has(device)))
  }

  private touched(lease: string, device: string): void {
    const known = this.hands.get(lease) ?? new Set()
    this.hands.set(lease, known.add(device))
  }

  giverOf(transfer: string): string | undefined {
    return this.givers.get(transfer)
  }

  /** The cloud no longer had what is handed over here; whether that is because a person or 30 days of silence closed it. */
  movedLate(device: string, body: RightBody, lacking: bigint): boolean {
    const key = `${device}\n${body.lease}`
    const before = this.late.get(key) ?? 0n
    const isClosed =
      this.isClosed(body.transfer ?? body.lease) || this.isClosed(body.lease) || this.closedInPart.has(body.lease)
    if (body.action === 'in') {
      if (isClosed) this.late.set(key, before + lacking)
      return isClosed
    }
    // it hands on what had come to it like that
    const part = lacking < before ? lacking : before
    this.late.set(key, before - part)
    return isClosed || part === lacking
  }

  /** What of a sale is paid with that. */
  paidLate(device: string, { rights = [] }: SaleBody): bigint {
    let sum = 0n
    for (const { lease, points } of rights) {
      const key = `${device}\n${lease}`
      const left = this.late.get(key) ?? 0n
      const part = pointsOf(points) < left ? pointsOf(points) : left
      if (part > 0n) this.late.set(key, left - part)
      sum += part
    }
    return sum
  }

  /** What is wrong with this entry, if anything is. */
  booked({ device, body }: Pick<LedgerEntry, 'device' | 'body'>): string | undefined {
    if (body.kind === 'right') {
      for (const hand of [device, body.other?.device, body.holder?.device]) {
        if (hand !== undefined) this.touched(body.lease, hand)
      }
      return this.moved(device, body)
    }
    if (body.kind !== 'sale') return undefined
    for (const { lease, points } of body.rights ?? []) {
      const wrong = this.use(lease, pointsOf(points))
      if (wrong !== undefined) return wrong
    }
    return undefined
  }

  private moved(device: string, { action, lease, points, transfer, holder }: RightBody): string | undefined {
    const amount = pointsOf(points)
    if (action === 'out' && transfer !== undefined) {
      this.givers.set(transfer, device)
      this.ways.set(transfer, lease)
    }
    if (action === 'return') return this.use(lease, amount)
    if (device !== CLOUD_DEVICE) return undefined
    const known = this.leases.get(lease) ?? { granted: 0n, used: 0n, isClosed: false }
    if (action === 'grant') {
      if (this.closed.has(`${lease}\n${holder?.device}`)) return `lease ${lease} was closed and grows again`
      this.leases.set(lease, { ...known, granted: known.granted + amount })
    }
    if (action === 'close') {
      // others may hold a part of it that was handed on to them
      if (holder !== undefined) this.closed.add(`${lease}\n${holder.device}`)
      const of = this.ways.get(lease)
      if (of !== undefined) this.closedInPart.add(of)
      this.leases.set(lease, { ...known, isClosed: true })
    }
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
    for (const [key, points] of this.late) copy.late.set(key, points)
    for (const [transfer, giver] of this.givers) copy.givers.set(transfer, giver)
    for (const key of this.closed) copy.closed.add(key)
    for (const [transfer, lease] of this.ways) copy.ways.set(transfer, lease)
    for (const lease of this.closedInPart) copy.closedInPart.add(lease)
    for (const [lease, hands] of this.hands) copy.hands.set(lease, new Set(hands))
    return copy
  }
}

const leaseOf = ({ lease }: { readonly lease: string }) => lease

/** Whether a sale was paid under a lease that had been closed. */
export const isPaidByClosed = ({ rights = [] }: SaleBody, leases: LeaseBook): boolean =>
  rights.some(({ lease }) => leases.isClosed(lease))
