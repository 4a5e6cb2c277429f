import { groupOf } from '../../../shared/campaigns/control.ts'
import type { CampaignDocument } from '../../../shared/campaigns/document.ts'
import { assert } from '../../../shared/result.ts'
import type { Customer } from './model.ts'

/** A touch that should be made, worked out from the visits alone, without the code that makes touches. */
export interface ExpectedTouch {
  readonly campaign: string
  readonly member: string
  /** The day of the visit after which nothing came, from 0. */
  readonly anchor: number
  readonly touch: string
  readonly due: number
}

/**
 * The touches that are due by the campaigns' words, control group and whoever takes no messages left out. Mornings come
 * before visits: a touch is due on a day if nothing was bought from the anchor to the day before.
 */
export function expectedTouches(
  campaigns: readonly CampaignDocument[],
  customer: Customer,
  visits: readonly number[],
  lastDay: number,
): ExpectedTouch[] {
  if (!customer.takesMessages) return []
  const { member, cardType } = customer
  return campaigns.flatMap(({ id, audience, start, touches, controlPercent }) => {
    assert(start.kind === 'daysWithoutPurchase', 'the rehearsal plays the reanimation')
    if (groupOf(id, member, controlPercent) === 'control') return []
    if (audience.cardTypes?.includes(cardType) === false || audience.exceptCardTypes?.includes(cardType)) return []
    return visits.flatMap((anchor, index) => {
      const purchases = index + 1
      if (purchases < audience.purchases.from || purchases > (audience.purchases.to ?? purchases)) return []
      const next = visits[index + 1] ?? Number.POSITIVE_INFINITY
      let due = anchor + start.days
      return touches.flatMap((touch, at) => {
        if (at > 0) due += touch.afterDays
        const isDue = due <= next && due <= lastDay && due < anchor + audience.goneAfterDays
        return isDue ? [{ campaign: id, member, anchor, touch: touch.id, due }] : []
      })
    })
  })
}
