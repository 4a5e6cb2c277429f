import type { CampaignDocument } from '../../shared/campaigns/document.ts'
import { fillText, type Said } from '../../shared/campaigns/text.ts'
import { triedAs } from '../../shared/campaigns/variants.ts'
import type { Profile } from '../../shared/ledger/entry.ts'
import { formatPoints, points } from '../../shared/money.ts'

/** What a message is about, as its row tells. */
export interface ToSay {
  readonly touch: string
  readonly variant: string | null
  readonly points: bigint | null
  readonly giftUntil: string | null
  readonly said: Said | null
}

/** Addresses of the member's own that a text may hold. */
export interface Links {
  readonly walletLink?: string | undefined
  /** By the survey that a touch asks. */
  readonly surveyLink?: (survey: string) => string | undefined
}

/** The words of a message in the member's language; undefined: its campaign has none for it. */
export function textOf(
  document: CampaignDocument | undefined,
  message: ToSay,
  profile: Profile = {},
  { walletLink, surveyLink }: Links = {},
): string | undefined {
  if (document === undefined) return undefined
  const touch = triedAs(document, message.variant).touches.find(({ id }) => id === message.touch)
  if (touch === undefined || touch.do === 'call') return undefined
  const { points: given, giftUntil, said } = message
  const language = profile.language ?? 'ru'
  const toSurvey = touch.do === 'survey' ? surveyLink?.(touch.survey) : undefined
  const facts = {
    ...said,
    ...(given === null ? {} : { points: formatPoints(points(given)) }),
    ...(giftUntil === null ? {} : { lastDay: giftUntil }),
    ...(profile.name === undefined ? {} : { name: profile.name }),
    ...(walletLink === undefined ? {} : { walletLink }),
    ...(toSurvey === undefined ? {} : { surveyLink: toSurvey }),
  }
  return fillText(touch.text[language], facts, language)
}
