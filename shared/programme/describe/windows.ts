import type { Window } from '../windows.ts'
import type { Voice } from './voice.ts'

/** Over what something is counted: "за 90 дней", "in a calendar month". */
export function windowText(window: Window, voice: Voice): string {
  const words = WORDS[voice.language]
  if (window.kind === 'lifetime') return words.lifetime
  return window.kind === 'rolling' ? words.rolling(voice.days(window.days)) : words.calendar[window.unit]
}

const WORDS = {
  ru: {
    lifetime: 'за всё время',
    rolling: (days: string) => `за ${days}`,
    calendar: { month: 'за календарный месяц', quarter: 'за календарный квартал', year: 'за календарный год' },
  },
  en: {
    lifetime: 'ever',
    rolling: (days: string) => `within ${days}`,
    calendar: { month: 'in a calendar month', quarter: 'in a calendar quarter', year: 'in a calendar year' },
  },
}
