import type { CampaignDocument } from '../../shared/campaigns/document.ts'
import type { ProgrammeDocument } from '../../shared/programme/schema.ts'
import type { Cloud } from '../cloud.ts'
import type { Tx } from '../database/connect.ts'
import { programmeDay } from '../feed/rows.ts'
import { Refusal } from '../http/refusal.ts'
import { missingSegments } from '../segments/named.ts'
import { isAsked, surveys } from '../surveys/store.ts'
import { couponFor } from './give.ts'

/** What a campaign names has to be in the programme in force when it is started. Rule K52. */
export function checkNeeds(document: CampaignDocument, programme: ProgrammeDocument | null, today: string): void {
  const missing = missingIn(document, programme, today)
  if (missing.length === 0) return
  const said = `The programme in force has not what the campaign needs: ${missing[0]!.found}.`
  throw new Refusal(409, 'campaign_needs', said, { errors: missing })
}

/** Likewise the segments: who was to be left out by one that is not there would be touched. Rules K42, K52. */
export async function checkSegments(cloud: Cloud, tx: Tx, { audience, start }: CampaignDocument): Promise<void> {
  const named = [
    ...('segment' in start ? [['start.segment', start.segment] as const] : []),
    ...(['segments', 'exceptSegments'] as const).flatMap((key) =>
      (audience[key] ?? []).map((segment, index) => [`audience.${key}.${index}`, segment] as const),
    ),
  ]
  const missing = await missingSegments(tx, cloud, named)
  if (missing.length === 0) return
  const said = `The campaign names a segment that is not there: ${missing[0]!.found}.`
  throw new Refusal(409, 'campaign_needs', said, { errors: missing })
}

/** Likewise the surveys that it asks: each is open. Rule K110. */
export async function checkSurveys(cloud: Cloud, tx: Tx, { touches }: CampaignDocument): Promise<void> {
  if (!touches.some((touch) => touch.do === 'survey')) return
  const today = await programmeDay(cloud, tx)
  const open = (await surveys(cloud, tx)).filter((survey) => isAsked(survey, today)).map(({ document }) => document.id)
  const missing = touches.flatMap((touch, index) =>
    touch.do !== 'survey' || open.includes(touch.survey)
      ? []
      : [
          {
            path: `touches.${index}.survey`,
            found: touch.survey,
            allowed: `open surveys: ${open.join(', ') || 'none'}`,
          },
        ],
  )
  if (missing.length === 0) return
  const said = `The campaign asks a survey that is not open: ${missing[0]!.found}.`
  throw new Refusal(409, 'campaign_needs', said, { errors: missing })
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
