import type { CampaignDocument } from '../../shared/campaigns/document.ts'
import type { ProgrammeDocument } from '../../shared/programme/schema.ts'
import { Refusal } from '../http/refusal.ts'
import { couponFor } from './give.ts'

/** What a campaign names has to be in the programme in force when it is started. Rule K52. */
export function checkNeeds(document: CampaignDocument, programme: ProgrammeDocument | null, today: string): void {
  const missing = missingIn(document, programme, today)
  if (missing.length === 0) return
  throw new Refusal(
    409,
    'campaign_needs',
    `The programme in force has not what the campaign needs: ${missing[0]!.found}.`,
    {
      errors: missing,
    },
  )
}

function missingIn({ start, touches }: CampaignDocument, programme: ProgrammeDocument | null, today: string) {
  const missing: { path: string; found: string; allowed: string }[] = []
  const names = (all: readonly { readonly id: string }[] | undefined) => all?.map(({ id }) => id).join(', ') || 'none'
  if (start.kind === 'stampAlmostFull') {
    const card = programme?.stamps?.find(({ id }) => id === start.stamp)
    if (card === undefined) {
      missing.push({ path: 'start.stamp', found: start.stamp, allowed: `stamp cards: ${names(programme?.stamps)}` })
    } else if (start.short >= card.need) {
      missing.push({ path: 'start.short', found: String(start.short), allowed: `less than the card's ${card.need}` })
    }
  }
  if (start.kind === 'checkpointMissed' && !programme?.checkpoints?.some(({ id }) => id === start.checkpoint)) {
    const allowed = `checkpoints: ${names(programme?.checkpoints)}`
    missing.push({ path: 'start.checkpoint', found: start.checkpoint, allowed })
  }
  for (const [index, touch] of touches.entries()) {
    if (touch.do !== 'coupon' && touch.do !== 'product') continue
    if (couponFor(programme, touch, today) !== undefined) continue
    const fits = programme?.coupons?.filter(
      ({ id }) => couponFor(programme, { ...touch, coupon: id }, today) !== undefined,
    )
    const allowed = `${touch.do === 'product' ? 'coupons for a free item' : 'coupons'}: ${names(fits)}`
    missing.push({ path: `touches.${index}.coupon`, found: touch.coupon, allowed })
  }
  return missing
}
