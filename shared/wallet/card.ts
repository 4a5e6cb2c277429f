import type { ProgrammeDocument } from '../programme/schema.ts'
import { type Language, pointsText } from '../quote/spoken.ts'

/** What a member's card in a phone's wallet says. Source: rules W1 to W5 of SPEC.md. */
export interface WalletCard {
  readonly language: Language
  readonly programme: string
  /** The card's number, as barcode and as text; null: there is none to show. */
  readonly number: string | null
  /** "125 баллов" */
  readonly points: string
  readonly tier: string | null
  /** "25 баллов до 12.12" */
  readonly burning: string | null
  /** What a campaign said last. */
  readonly message: string | null
  readonly isVoid: boolean
}

export interface CardFacts {
  readonly language: Language
  readonly number: string | null
  /** "125.00" */
  readonly spendable: string
  readonly tier: string | null
  /** The next days on which points burn, soonest first. */
  readonly expiring: readonly { readonly lastDay: string; readonly points: string }[]
  readonly message: string | null
}

const until: Record<Language, string> = { ru: 'до', en: 'until' }

/** The card of a member, in their language. `lastDay`: what burns later is not said yet. */
export function walletCard(facts: CardFacts, programme: ProgrammeDocument, lastDay: string): WalletCard {
  const { language, number, spendable, tier, expiring, message } = facts
  const said = (points: string) => plain(pointsText(points, programme, language))
  const [soonest] = expiring
  return {
    language,
    programme: programme.name,
    number,
    points: said(spendable),
    tier: programme.tiers?.find(({ id }) => id === tier)?.name ?? null,
    burning:
      soonest === undefined || soonest.lastDay > lastDay
        ? null
        : `${said(soonest.points)} ${until[language]} ${soonest.lastDay.slice(8, 10)}.${soonest.lastDay.slice(5, 7)}`,
    message,
    isVoid: false,
  }
}

/** Of somebody who was forgotten, or whose card went into another's: it says that it counts no more. Rule W12. */
export const voidCard = (programme: string, language: Language = 'ru'): WalletCard => ({
  language,
  programme,
  number: null,
  points: '—',
  tier: null,
  burning: null,
  message: null,
  isVoid: true,
})

const plain = (text: string): string => text.replaceAll('\u00a0', ' ')

/** What stands beside what. */
export const cardLabels = {
  ru: {
    points: 'Можно потратить',
    tier: 'Уровень',
    burning: 'Скоро сгорят',
    message: 'Сообщение',
    number: 'Номер карты',
  },
  en: { points: 'Available', tier: 'Tier', burning: 'Expiring soon', message: 'Message', number: 'Card number' },
} as const satisfies Record<Language, Record<string, string>>
