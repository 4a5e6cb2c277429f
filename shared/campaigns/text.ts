import { counted, number } from '../quote/spoken.ts'

/** What a touch says beside points, day and name. */
export interface Said {
  /** "10" */
  readonly percent?: string
  /** The coupon's name. */
  readonly coupon?: string
  /** The code that everybody may use. */
  readonly code?: string
}

export interface TextFacts extends Said {
  /** "100.00" */
  readonly points?: string
  /** The last day of a gift: "2026-12-12" is "12.12". */
  readonly lastDay?: string
  readonly name?: string
  /** Where the member's card for a phone's wallet is. */
  readonly walletLink?: string
  /** Of a survey: where it can be answered. */
  readonly surveyLink?: string
}

/**
 * A text with what it says about this member: `{name}`, `{date}`, `{points}`, and `{points рубль|рубля|рублей}` with the
 * right form of the word. A word that nothing is known for is left out with the blank before it.
 */
export function fillText(text: string, facts: TextFacts, language: 'ru' | 'en'): string {
  return text.replace(
    /( ?)\{(points|date|name|percent|coupon|code|walletLink|surveyLink)(?: ([^{}|]+(?:\|[^{}|]+)*))?\}/g,
    (_, blank: string, word: string, forms?: string) => {
      const said = wordOf(word, forms?.split('|'), facts, language)
      return said === undefined ? '' : `${blank}${said}`
    },
  )
}

/** A text with what its touch says; points, day and name are for whoever tells it. */
export function fillSaid(text: string, said: Said): string {
  return text.replace(/( ?)\{(percent|coupon|code)\}/g, (_, blank: string, word: keyof Said) => {
    const filled = saidOf(word, said)
    return filled === undefined ? '' : `${blank}${filled}`
  })
}

const saidOf = (word: keyof Said, said: Said): string | undefined =>
  word === 'percent' && said.percent !== undefined ? `${said.percent} %` : said[word]

function wordOf(word: string, forms: readonly string[] | undefined, facts: TextFacts, language: 'ru' | 'en') {
  const { name, points, lastDay } = facts
  if (word === 'name') return name
  if (word === 'walletLink') return facts.walletLink
  if (word === 'surveyLink') return facts.surveyLink
  if (word === 'percent' || word === 'coupon' || word === 'code') return saidOf(word, facts)
  if (word === 'date') return lastDay === undefined ? undefined : dayAndMonth(lastDay)
  if (points === undefined) return undefined
  const said = forms === undefined ? number(points, language) : counted(points, forms, language)
  return said.replaceAll('\u00a0', ' ') // a message is plain text
}

const dayAndMonth = (day: string) => `${day.slice(8, 10)}.${day.slice(5, 7)}`
