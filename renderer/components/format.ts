import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { TillState } from '../../shared/core-api.ts'
import { useTill } from './till-store.ts'

type Names = NonNullable<TillState['programme']>['names']

/** How this till writes numbers, money, points and dates in one language. Amounts are decimal strings, never floats. */
export interface Format {
  readonly money: (amount: string) => string
  readonly number: (amount: string) => string
  /** "1 234,50 балла". */
  readonly points: (amount: string) => string
  /** "балла": the programme's own word in the right form. */
  readonly pointsWord: (amount: string) => string
  /** "27 ноября". */
  readonly day: (day: string) => string
  /** "в пятницу", "сегодня": for days near `today`, else the date. */
  readonly nearDay: (day: string, today: string) => string
  readonly time: (instant: string) => string
  readonly dayTime: (instant: string) => string
}

const exact = (text: string) => text as `${number}`

/** Made once per language and programme; Intl's formatters are too dear for every keystroke. */
export function formatFor(language: 'ru' | 'en', currency: string, timeZone: string | undefined, names: Names): Format {
  const locale = language === 'ru' ? 'ru-RU' : 'en-GB'
  const money = new Intl.NumberFormat(locale, { style: 'currency', currency, currencyDisplay: 'narrowSymbol' })
  const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 })
  const broken = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 })
  const plural = new Intl.PluralRules(locale)
  const day = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'long', timeZone: 'UTC' })
  const weekday = new Intl.DateTimeFormat(locale, { weekday: 'long', timeZone: 'UTC' })
  const time = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', timeZone })
  const dayTime = new Intl.DateTimeFormat(locale, {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    timeZone,
  })
  const number = (amount: string) => (isWhole(amount) ? whole : broken).format(exact(amount))
  const pointsWord = (amount: string) => wordFor(amount, names[language], plural)
  return {
    money: (amount) => money.format(exact(amount)),
    number,
    points: (amount) => `${number(amount)}\u00a0${pointsWord(amount)}`,
    pointsWord,
    day: (text) => day.format(utc(text)),
    nearDay: (text, today) => {
      const days = daysBetween(today, text)
      if (days < 0 || days > 6) return language === 'ru' ? day.format(utc(text)) : `on ${day.format(utc(text))}`
      const near = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
      if (days < 2) return near.format(days, 'day')
      return language === 'ru' ? inRussian(utc(text)) : `on ${weekday.format(utc(text))}`
    },
    time: (instant) => time.format(new Date(instant)),
    dayTime: (instant) => dayTime.format(new Date(instant)),
  }
}

/** Whole days from one calendar day to another. */
export function daysBetween(from: string, to: string): number {
  return Math.round((utc(to).getTime() - utc(from).getTime()) / 86_400_000)
}

/** Today's calendar day in a time zone, as text. */
export function dayIn(timeZone: string | undefined, now: Date): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(now)
}

/** The language's formatters for the programme on this till. */
export function useFormat(): Format {
  const { i18n } = useTranslation()
  const programme = useTill((till) => till.state?.programme ?? null)
  const language = i18n.language === 'en' ? 'en' : 'ru'
  return useMemo(
    () => formatFor(language, programme?.currency ?? 'RUB', programme?.timeZone, programme?.names ?? PLAIN_NAMES),
    [language, programme?.currency, programme?.timeZone, programme?.names],
  )
}

const PLAIN_NAMES: Names = { ru: ['балл', 'балла', 'баллов'], en: ['point', 'points'] }

const isWhole = (amount: string) => !amount.includes('.') || /\.0*$/.test(amount)
const utc = (day: string) => new Date(`${day}T00:00:00Z`)

/** Accusative, as after "сгорят": Intl knows only the nominative. */
const inRussian = (day: Date) =>
  ['в воскресенье', 'в понедельник', 'во вторник', 'в среду', 'в четверг', 'в пятницу', 'в субботу'][day.getUTCDay()]!

/** Fractions take the "few" form in Russian ("17,5 балла") and the plural in English. */
function wordFor(amount: string, names: readonly string[], plural: Intl.PluralRules): string {
  const [one, few, many] = [names[0] ?? '', names[1] ?? names[0] ?? '', names[2] ?? names[1] ?? names[0] ?? '']
  if (!isWhole(amount)) return few
  const digits = amount.replace(/^-/, '').split('.')[0]!
  const lastDigits = Number(digits.length > 2 ? `1${digits.slice(-2)}` : digits) // the form depends on no more than these
  const form = plural.select(lastDigits)
  return form === 'one' ? one : form === 'few' ? few : names.length > 2 ? many : few
}
