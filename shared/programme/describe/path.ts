import type { Voice } from './voice.ts'

/** What awaits a newcomer at the first purchases: the rules and gifts that name their number. */
export function describePath(voice: Voice): string[] {
  const words = WORDS[voice.language]
  const { rules, gifts = [] } = voice.document
  const steps = new Map<number, string[]>()
  const add = (number: number, what: string) => steps.set(number, [...(steps.get(number) ?? []), what])
  for (const rule of [...rules.client, ...rules.goods, ...rules.behaviour, ...rules.receipt]) {
    const { purchaseNumber } = rule.when ?? {}
    if (purchaseNumber !== undefined) for (const number of [purchaseNumber].flat()) add(number, words.rule(rule.id))
  }
  for (const gift of gifts) if (gift.kind === 'purchase') add(gift.number, words.gift(voice.points(gift.gift.points)))
  if (steps.size === 0) return []
  const told = [...steps].sort(([a], [b]) => a - b).map(([number, what]) => words.step(number, what.join(', ')))
  return [words.path(told.join('; '))]
}

const WORDS = {
  ru: {
    path: (steps: string) => `Путь новичка по покупкам: ${steps}.`,
    step: (number: number, what: string) => `№ ${number} — ${what}`,
    rule: (id: string) => `правило ${id}`,
    gift: (points: string) => `подарок ${points}`,
  },
  en: {
    path: (steps: string) => `A newcomer's path by purchases: ${steps}.`,
    step: (number: number, what: string) => `no. ${number} — ${what}`,
    rule: (id: string) => `rule ${id}`,
    gift: (points: string) => `a gift of ${points}`,
  },
}
