import { plusDays } from '../ledger/rules.ts'
import { assert } from '../result.ts'
import type { Audience, CampaignDocument, Touch } from './document.ts'

/** What a campaign needs to know of a member, as the facts have it. */
export interface Standing {
  readonly purchases: number
  /** The day of the last purchase. */
  readonly lastDay: string
  readonly cardType: string | null
  readonly takesMessages: boolean
}

/** A chain that has opened for a member. */
export interface Chain {
  /** The day of the purchase after which nothing came. */
  readonly anchor: string
  /** Which touch is next, from 0. */
  readonly next: number
  /** The day on which it is due. */
  readonly due: string
}

export type Step =
  | { readonly step: 'bought' | 'left' | 'gone' | 'wait' }
  /** The touch is due; whoever takes no messages is passed over. */
  | { readonly step: 'touch' | 'pass'; readonly touch: Touch; readonly following: Chain | null }

/** Whether a member belongs to an audience on a day, whatever the chain. Rule K4. */
export function belongs(audience: Audience, standing: Standing): boolean {
  const { purchases, cardTypes, exceptCardTypes } = audience
  const type = standing.cardType ?? ''
  return (
    standing.purchases >= purchases.from &&
    (purchases.to === undefined || standing.purchases <= purchases.to) &&
    (cardTypes === undefined || cardTypes.includes(type)) &&
    !(exceptCardTypes ?? []).includes(type)
  )
}

export const isGone = (audience: Audience, lastDay: string, today: string): boolean =>
  today >= plusDays(lastDay, audience.goneAfterDays)

/** The chain that opens for a member, if one does today. `began`: the day the campaign was started on. Rules K1, K2. */
export function opens(document: CampaignDocument, standing: Standing, began: string, today: string): Chain | undefined {
  const start = plusDays(standing.lastDay, document.start.days)
  const due = start < began ? began : start
  if (today < due || !belongs(document.audience, standing) || isGone(document.audience, standing.lastDay, today)) {
    return undefined
  }
  return { anchor: standing.lastDay, next: 0, due }
}

/** What a chain does on a day. Rules K2 to K4. */
export function stepOf(document: CampaignDocument, chain: Chain, standing: Standing, today: string): Step {
  if (standing.lastDay > chain.anchor) return { step: 'bought' }
  if (today < chain.due) return { step: 'wait' }
  if (!belongs(document.audience, standing)) return { step: 'left' }
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
