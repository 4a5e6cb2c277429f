import type { Day } from '../../shared/calendar.ts'
import type { Member } from './member.ts'
import type { Visit } from './visits.ts'

/** A sale that the cloud has not heard of yet. */
export interface UnheardSale {
  readonly visit: Visit
  readonly member: Member
  readonly limit: bigint
  readonly earned: bigint
  readonly byRight: bigint
  readonly atRisk: bigint
}

export class Shop {
  readonly outlet: string
  readonly tills: readonly string[]
  backlog: UnheardSale[] = []
  /** Who is known to have been here. */
  readonly visitors = new Set<Member>()
  /** Of them, whose rights were looked at while the shop was silent: again when it is back. */
  readonly missed = new Set<Member>()
  /** What members have redeemed here since the network went. */
  readonly spent = new Map<Member, bigint>()
  /** The first day without a network, null while there is one. */
  silentSince: Day | null = null

  constructor(outlet: string, tills: number) {
    this.outlet = outlet
    this.tills = Array.from({ length: tills }, (_, i) => `${outlet}#${i + 1}`)
  }

  get isSilent(): boolean {
    return this.silentSince !== null
  }
}
