import type { When } from '../when.ts'
import type { Voice } from './voice.ts'

/** When a rule applies, as a list of what must hold; "" where it always does. */
export function whenText(when: When, voice: Voice): string {
  const words = WORDS[voice.language]
  const parts: string[] = []
  const list = (says: string, values: readonly (string | number)[] | undefined) => {
    if (values !== undefined) parts.push(`${says} ${voice.either(values.map(String))}`)
  }
  list(words.cards, when.cards)
  list(words.cardTypes, when.cardTypes)
  list(words.tiers, when.tiers?.map(voice.tier))
  list(words.segments, when.segments)
  list(words.outlets, when.outlets)
  list(words.skus, when.skus)
  list(words.categories, when.categories)
  if (when.weekdays !== undefined) parts.push(when.weekdays.map((day) => words.weekdays[day]).join(', '))
  if (when.from !== undefined) parts.push(words.hours(when.from, when.to!))
  if (when.dates !== undefined) parts.push(when.dates.map(voice.date).join(', '))
  if (when.receiptTotalFrom !== undefined) parts.push(words.totalFrom(voice.money(when.receiptTotalFrom)))
  if (when.receiptTotalTo !== undefined) parts.push(words.totalTo(voice.money(when.receiptTotalTo)))
  const { birthdayWithinDays } = when
  if (birthdayWithinDays === 0) parts.push(words.onBirthday)
  else if (birthdayWithinDays !== undefined) parts.push(words.aroundBirthday(voice.days(birthdayWithinDays)))
  if (when.purchaseNumber !== undefined) list(words.purchase, [when.purchaseNumber].flat())
  if (when.validFrom !== undefined) parts.push(words.validFrom(voice.date(when.validFrom)))
  if (when.validTo !== undefined) parts.push(words.validTo(voice.date(when.validTo)))
  return parts.join(', ')
}

const WORDS = {
  ru: {
    cards: 'карта',
    cardTypes: 'тип карты',
    tiers: 'уровень',
    segments: 'сегмент',
    outlets: 'точка',
    skus: 'товар',
    categories: 'категория',
    purchase: 'покупка №',
    weekdays: { mon: 'пн', tue: 'вт', wed: 'ср', thu: 'чт', fri: 'пт', sat: 'сб', sun: 'вс' },
    hours: (from: string, to: string) => `с ${from} до ${to}`,
    totalFrom: (amount: string) => `чек от ${amount}`,
    totalTo: (amount: string) => `чек меньше ${amount}`,
    onBirthday: 'в день рождения',
    aroundBirthday: (days: string) => `день рождения ± ${days}`,
    validFrom: (day: string) => `с ${day}`,
    validTo: (day: string) => `по ${day} включительно`,
  },
  en: {
    cards: 'card',
    cardTypes: 'card type',
    tiers: 'tier',
    segments: 'segment',
    outlets: 'outlet',
    skus: 'sku',
    categories: 'category',
    purchase: 'purchase no.',
    weekdays: { mon: 'Mon', tue: 'Tue', wed: 'Wed', thu: 'Thu', fri: 'Fri', sat: 'Sat', sun: 'Sun' },
    hours: (from: string, to: string) => `${from} to ${to}`,
    totalFrom: (amount: string) => `receipt of ${amount} or more`,
    totalTo: (amount: string) => `receipt below ${amount}`,
    onBirthday: 'on the birthday',
    aroundBirthday: (days: string) => `birthday ± ${days}`,
    validFrom: (day: string) => `from ${day}`,
    validTo: (day: string) => `to ${day} inclusive`,
  },
}
