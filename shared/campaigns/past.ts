import { plusDays } from '../ledger/rules.ts'
import { afterTouch, type Chain, isGone, isMeant, type Occasion, type Standing } from './chain.ts'
import type { CampaignDocument } from './document.ts'
import { hangsOnPurchase } from './start.ts'

/** What a chain would have done with one member between two days, as far as purchases tell. Rule K80. */
export interface PastMember extends Standing {
  /** The day of each purchase, the earliest first. */
  readonly days: readonly string[]
  readonly occasions: readonly Occasion[]
}

export interface PastTouch {
  readonly touch: string
  readonly day: string
}

/** The days on which touches would have been made; consent, card and segments are taken as they are today. */
export function touchesInPast(document: CampaignDocument, member: PastMember, from: string, to: string): PastTouch[] {
  const made: PastTouch[] = []
  for (const occasion of member.occasions) {
    const due = occasion.due < from && hangsOnPurchase(document.start) ? from : occasion.due
    if (due < from || due > to) continue
    const before = boughtBefore(member.days, due)
    const since = before.at(-1) ?? plusDays(due, -1)
    const standing = { ...member, purchases: before.length, lastDay: before.at(-1) ?? null }
    // bought since: the occasion was over before it came
    if (hangsOnPurchase(document.start) && since > occasion.anchor) continue
    if (!isMeant(document, standing)) continue
    let chain: Chain | null = { anchor: occasion.anchor, since, next: 0, due }
    while (chain !== null && chain.due <= to) {
      const { due: day, next } = chain
      if (boughtBefore(member.days, day).length > before.length || isGone(document.audience, standing.lastDay, day))
        break
      made.push({ touch: document.touches[next]!.id, day })
      chain = afterTouch(document, chain)
    }
  }
  return made
}

/** Touches are made in the morning: what is bought on the day itself comes after. */
const boughtBefore = (days: readonly string[], day: string) => days.filter((each) => each < day)
