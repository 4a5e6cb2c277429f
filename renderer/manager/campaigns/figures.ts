import { type Share, TELLING_MEMBERS, type Uplift } from '../../../shared/campaigns/uplift.ts'
import type { CampaignWords } from '../../words/campaigns.ts'

/** Figures of a campaign as text. */
export function figuresOf(words: CampaignWords, language: string) {
  const locale = language === 'en' ? 'en-GB' : 'ru-RU'
  const signed = new Intl.NumberFormat(locale, { maximumFractionDigits: 1, signDisplay: 'exceptZero' })
  const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 })
  const inHundredths = (share: number) => signed.format(share * 100)
  return {
    /** "12 %"; "–" of nobody. */
    conversion: ({ of, bought }: Share) => (of === 0 ? '–' : percent.format(bought / of)),
    uplift: (uplift: Uplift | 'too early to tell') =>
      uplift === 'too early to tell'
        ? words.tooEarly(TELLING_MEMBERS)
        : words.upliftShown(inHundredths(uplift.estimate), inHundredths(uplift.low), inHundredths(uplift.high)),
  }
}
