import { counted, type Language, money, number, percent, pointsText } from '../../quote/spoken.ts'
import type { ProgrammeDocument } from '../schema.ts'

/** How a programme's owner would say its numbers, in one language. */
export interface Voice {
  readonly language: Language
  readonly document: ProgrammeDocument
  /** "1 000 ₽", "0,50 ₽". */
  money(amount: string): string
  /** "25 баллов". */
  points(amount: string): string
  percent(text: string): string
  number(text: string): string
  /** "1 день", "365 дней". */
  days(count: number): string
  /** "3 покупки", as what is counted after "make": "1 покупку". */
  purchases(count: number): string
  /** "8 марта", "31 января 2026 г."; of "MM-DD" or "YYYY-MM-DD". */
  date(text: string): string
  /** "a, b или c". */
  either(parts: readonly string[]): string
  /** The tier's own name. */
  tier(id: string): string
}

const FORMS = {
  ru: { days: ['день', 'дня', 'дней'], purchases: ['покупку', 'покупки', 'покупок'], or: 'или', locale: 'ru' },
  en: { days: ['day', 'days'], purchases: ['purchase', 'purchases'], or: 'or', locale: 'en-GB' },
}

export function voiceOf(document: ProgrammeDocument, language: Language): Voice {
  const forms = FORMS[language]
  const dates = (year: 'numeric' | undefined) =>
    new Intl.DateTimeFormat(forms.locale, { day: 'numeric', month: 'long', year, timeZone: 'UTC' })
  const [yearly, once] = [dates(undefined), dates('numeric')]
  const names = new Map(document.tiers?.map((tier) => [tier.id, tier.name]))
  return {
    language,
    document,
    money: (amount) => money(amount.replace(/\.00$/, ''), document, language),
    points: (amount) => pointsText(amount, document, language),
    percent: (text) => percent(text, language),
    number: (text) => number(text, language),
    days: (count) => counted(count, forms.days, language),
    purchases: (count) => counted(count, forms.purchases, language),
    date: (text) =>
      text.length === 5 ? yearly.format(new Date(`2024-${text}`)) : once.format(new Date(text.slice(0, 10))),
    either: (parts) =>
      parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} ${forms.or} ${parts.at(-1)}`,
    tier: (id) => names.get(id) ?? id,
  }
}

/** Parts that are there, joined: what a document leaves out is not spoken of. */
export function joined(parts: readonly (string | false | 0 | null | undefined)[], by = ', '): string {
  return parts.filter((part) => typeof part === 'string' && part !== '').join(by)
}
