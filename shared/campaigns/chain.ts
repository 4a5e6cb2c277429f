import { plusDays } from '../ledger/rules.ts'
import { assert } from '../result.ts'
import type { Audience, CampaignDocument, Touch } from './document.ts'
import { hangsOnPurchase, LATE_DAYS } from './start.ts'

/** What a campaign needs to know of a member, as the facts have it. */
export interface Standing {
  readonly purchases: number
  /** The day of the last purchase; null: none yet. */
  readonly lastDay: string | null
  readonly cardType: string | null
  /** Of the segments that the campaign names, those the member is in. */
  readonly segments: readonly string[]
  readonly takesMessages: boolean
}

/** A chain that has opened for a member. */
export interface Chain {
  /** What the chain hangs on: the day of the last purchase, a birthday, the day a lot ends. */
  readonly anchor: string
  /** A purchase after this day closes it. */
  readonly since: string
  /** Which touch is next, from 0. */
  readonly next: number
  /** The day on which it is due. */
  readonly due: string
}

/** A reason to open a chain, as the start condition finds it. */
export interface Occasion {
  readonly anchor: string
  /** The day on which it comes. */
  readonly due: string
}

export type Step =
  | { readonly step: 'bought' | 'left' | 'gone' | 'wait' }
  /** The touch is due; whoever takes no messages is passed over. */
  | { readonly step: 'touch' | 'pass'; readonly touch: Touch; readonly following: Chain | null }

/** Whether a member belongs to an audience on a day, whatever the chain. Rule K4. */
export function belongs(audience: Audience, standing: Standing): boolean {
  const { purchases, cardTypes, exceptCardTypes, segments, exceptSegments } = audience
  const type = standing.cardType ?? ''
  const isIn = (segment: string) => standing.segments.includes(segment)
  return (
    standing.purchases >= purchases.from &&
    (purchases.to === undefined || standing.purchases <= purchases.to) &&
    (cardTypes === undefined || cardTypes.includes(type)) &&
    !(exceptCardTypes ?? []).includes(type) &&
    (segments === undefined || segments.some(isIn)) &&
    !(exceptSegments ?? []).some(isIn)
  )
}

/** Whether the campaign means a member: the audience, and the segment by which the chain opened. Rules K4, K42. */
export function isMeant({ audience, start }: CampaignDocument, standing: Standing): boolean {
  if (start.kind === 'segmentEntered' && !standing.segments.includes(start.segment)) return false
  if (start.kind === 'segmentLeft' && standing.segments.includes(start.segment)) return false
  return belongs(audience, standing)
}

/** The segments that a campaign asks about. */
export function segmentsAsked({ audience, start }: CampaignDocument): readonly string[] {
  const own = 'segment' in start ? [start.segment] : []
  return [...new Set([...own, ...(audience.segments ?? []), ...(audience.exceptSegments ?? [])])]
}

/** Who has never bought cannot be gone. */
export const isGone = (audience: Audience, lastDay: string | null, today: string): boolean =>
  lastDay !== null && today >= plusDays(lastDay, audience.goneAfterDays)

/** The occasion that a last purchase is. Rule K1. */
export const awayOccasion = (lastDay: string, days: number): Occasion => ({
  anchor: lastDay,
  due: plusDays(lastDay, days),
})

/**
 * The chain that opens for a member, if one does today. `began`: the day the campaign was started on. An occasion of before
 * that day opens none, but for days without a purchase, which go on. Rules K1, K2, K41.
 */
export function opens(
  document: CampaignDocument,
  standing: Standing,
  occasion: Occasion,
  began: string,
  today: string,
): Chain | undefined {
  const goesOn = hangsOnPurchase(document.start)
  if (!goesOn && (occasion.due < began || occasion.due <= plusDays(today, -LATE_DAYS))) return undefined
  const due = occasion.due < began ? began : occasion.due
  if (today < due || !isMeant(document, standing) || isGone(document.audience, standing.lastDay, today))
    return undefined
  return { anchor: occasion.anchor, since: standing.lastDay ?? plusDays(today, -1), next: 0, due }
}

/** What a chain does on a day. Rules K2 to K4. */
export function stepOf(document: CampaignDocument, chain: Chain, standing: Standing, today: string): Step {
  if (standing.lastDay !== null && standing.lastDay > chain.since) return { step: 'bought' }
  if (today < chain.due) return { step: 'wait' }
  if (!isMeant(document, standing)) return { step: 'left' }
  if (isGone(document.audience, standing.lastDay, today)) return { step: 'gone' }
  const touch = document.touches[chain.next]
  assert(touch !== undefined, 'a chain that has made its last touch is closed')
  const following = afterTouch(document, chain)
  return { step: standing.takesMessages ? 'touch' : 'pass', touch, following }
}

/** The chain after its next touch; null: that was the last. */
export function afterTouch(document: CampaignDocument, chain: Chain): Chain | null {
  const touch = document.touches[chain.next + 1]
  if (touch === undefined) return null
  return { ...chain, next: chain.next + 1, due: plusDays(chain.due, touch.afterDays) }
}
