import type { Language } from '../quote/spoken.ts'
import { describeBurn } from './describe/burn.ts'
import { describeCoupons } from './describe/coupons.ts'
import { describeGifts, describeReferral } from './describe/gifts.ts'
import { describeOrder } from './describe/order.ts'
import { describePath } from './describe/path.ts'
import { describeOutlets, describePoints } from './describe/points.ts'
import { describeRedemption } from './describe/redemption.ts'
import { describeRules } from './describe/rules.ts'
import { describeStamps } from './describe/stamps.ts'
import { describeTiers } from './describe/tiers.ts'
import { voiceOf } from './describe/voice.ts'
import type { ProgrammeDocument } from './schema.ts'

/** A programme in sentences that its owner would say, all of it; where it is silent, what holds then. */
export function describeProgramme(document: ProgrammeDocument, language: Language): string[] {
  const voice = voiceOf(document, language)
  return [
    ...describePoints(voice),
    ...describeOutlets(voice),
    ...describeRedemption(voice),
    ...describeRules(voice),
    ...describeTiers(voice),
    ...describePath(voice),
    ...describeStamps(voice),
    ...describeCoupons(voice),
    ...describeGifts(voice),
    ...describeReferral(voice),
    ...describeBurn(voice),
    ...describeOrder(voice),
  ]
}
