import { parseHundredths } from '../money.ts'
import type { ProgrammeDocument } from '../programme/schema.ts'

/** Numbers, money and points as a person says them, in the right form of the word; for quotes and programmes alike. */
export type Language = 'ru' | 'en'

/** A rule's id as a person reads it: "happy-hours" is "happy hours". */
export function name(rule: string): string {
  return rule.replace(/[-_]+(?=\p{L})/gu, ' ').trim()
}

/** "25.00" with the right form of the programme's own word: "25 баллов", "1.5 points". */
export function pointsText(points: string, programme: ProgrammeDocument, language: Language): string {
  const forms = programme.points.names[language] ?? DEFAULT_FORMS[language]
  return `${number(points, language)} ${formFor(points, forms, language)}`
}

const DEFAULT_FORMS: Record<Language, readonly string[]> = {
  ru: ['балл', 'балла', 'баллов'],
  en: ['point', 'points'],
}
/** Which form of a word each plural category takes; a fraction is "other": "1,5 балла". */
const FORM_PLACES: Record<Language, Partial<Record<Intl.LDMLPluralRule, number>>> = {
  ru: { one: 0, few: 1, many: 2, other: 1 },
  en: { one: 0, other: 1 },
}
const PLURALS: Record<Language, Intl.PluralRules> = { ru: new Intl.PluralRules('ru'), en: new Intl.PluralRules('en') }

function formFor(amount: string, forms: readonly string[], language: Language): string {
  const hundredths = parseHundredths(amount) ?? 0n
  // At most thirteen digits: exact as a number too.
  const category = hundredths % 100n === 0n ? pluralOf(Number(hundredths / 100n), language) : 'other'
  return forms[FORM_PLACES[language][category] ?? 0] ?? forms.at(-1) ?? ''
}

const NUMBERS_REMEMBERED_MAX = 4096
const plurals: Record<Language, Map<number, Intl.LDMLPluralRule>> = { ru: new Map(), en: new Map() }

/** What the engine says of a whole number, remembered: it is slow to ask. */
function pluralOf(whole: number, language: Language): Intl.LDMLPluralRule {
  const known = plurals[language].get(whole)
  if (known !== undefined) return known
  const category = PLURALS[language].select(whole)
  if (plurals[language].size >= NUMBERS_REMEMBERED_MAX) plurals[language].clear()
  plurals[language].set(whole, category)
  return category
}

const NO_BREAK = '\u00a0'
const CURRENCY_SIGNS: Record<string, string> = { RUB: '₽', USD: '$', EUR: '€', KZT: '₸', BYN: 'Br' }

export function money(amount: string, programme: ProgrammeDocument, language: Language): string {
  const sign = CURRENCY_SIGNS[programme.currency] ?? programme.currency
  return `${grouped(language === 'ru' ? amount.replace('.', ',') : amount)}${NO_BREAK}${sign}`
}

/** "1.50" is "1.5"; in Russian with a comma. */
export function number(text: string, language: Language): string {
  const short = text.includes('.') ? text.replace(/\.?0+$/, '') : text
  return grouped(language === 'ru' ? short.replace('.', ',') : short)
}

const HAS_THOUSANDS = /^-?\d{4}/

function grouped(text: string): string {
  if (!HAS_THOUSANDS.test(text)) return text
  return text.replace(/^-?\d+/, (digits) => digits.replace(/\B(?=(\d{3})+$)/g, NO_BREAK))
}

export function percent(text: string, language: Language): string {
  return `${number(text, language)}${NO_BREAK}%`
}

/** "5 дней", "1 day": a whole number with its word, given in the forms of the language. */
export function counted(count: number | string, forms: readonly string[], language: Language): string {
  const text = String(count)
  return `${number(text, language)}${NO_BREAK}${formFor(text, forms, language)}`
}
