import type { OutletId } from '../ids.ts'
import type { SaleBody } from '../ledger/entry.ts'
import { requestOf } from '../ledger/recompute.ts'
import { postedOf } from '../ledger/refund.ts'
import type { CompiledProgramme } from '../programme/compile.ts'
import { quote } from '../quote/quote.ts'

/** The terms that campaigns set begin with this. Rule K51. */
export const CAMPAIGN_TERM = 'campaign:'

export interface EarnedBeyond {
  readonly term: string
  /** Hundredths of a point that the sale would not have earned without it. */
  readonly points: bigint
}

/**
 * What raised percents of campaigns earned in a sale, by the calculation that the till made: the same receipt once more
 * without the term. Of several the one that was set first is taken away last. Rule K66.
 */
export function earnedBeyond(outlet: OutletId, body: SaleBody, programme: CompiledProgramme): EarnedBeyond[] {
  const request = requestOf(outlet, body)
  const { member } = request
  const terms = member?.terms ?? []
  if (member === null || !terms.some(({ id }) => id.startsWith(CAMPAIGN_TERM))) return []
  const beyond: EarnedBeyond[] = []
  let earned = postedOf(body, 'points', 'earn')
  let left = terms
  for (const { id: term } of terms.filter(({ id }) => id.startsWith(CAMPAIGN_TERM)).toReversed()) {
    left = left.filter(({ id }) => id !== term)
    const without = quote(programme, { ...request, member: { ...member, terms: left } })
    const earn = without.ok ? without.value.earn : earned
    if (earn < earned) {
      beyond.push({ term, points: earned - earn })
      earned = earn
    }
  }
  return beyond
}
