import { addDays, type Day, dayOf, formatInstant, monthDay, startOfDay } from '../calendar.ts'
import { plusDays } from '../ledger/rules.ts'
import type { CompiledProgramme } from '../programme/compile.ts'
import type { DayQuestion } from './port.ts'

/** One question for each kind of thing that a day may bring to members. */
export function dayQuestions({ document }: CompiledProgramme, day: string): readonly DayQuestion[] {
  const { tiers = [], burn = [], gifts = [], timeZone } = document
  const within = (date: string) => {
    const start = (each: Day) => formatInstant('UTC', startOfDay(timeZone, each))
    return { from: start(dayOf(date)), to: start(addDays(dayOf(date), 1) as Day) }
  }
  const memberships = tiers.flatMap(({ entry }) =>
    entry.kind !== 'earned' ? [] : entry.thresholds.flatMap((each) => (each.kind === 'membership' ? [each.days] : [])),
  )
  const birthdays = gifts.flatMap((gift) => (gift.kind === 'birthday' ? [gift] : []))
  return [
    { ask: 'lots over', day },
    ...(tiers.length > 0 ? [{ ask: 'tier over' as const, day }] : []),
    ...[...new Set(memberships)].map((days) => ({ ask: 'enrolled' as const, ...within(plusDays(day, -days)) })),
    ...burn.flatMap(({ afterDays }) => {
      const silent = within(plusDays(day, -1 - afterDays))
      return [
        { ask: 'last bought' as const, ...silent },
        { ask: 'enrolled, never bought' as const, ...silent },
      ]
    }),
    ...birthdays.map(({ id, daysBefore = 0 }) => ({
      ask: 'birthday' as const,
      rule: id,
      dates: birthdaysWithin(day, daysBefore),
    })),
  ]
}

/** Days of birth that are kept from a day to n days after it, with the name of the occasion. */
function birthdaysWithin(day: string, daysBefore: number): { date: string; occasion: string }[] {
  return Array.from({ length: daysBefore + 1 }, (_, index) => plusDays(day, index)).flatMap((kept) => {
    const occasion = `member ${kept.slice(0, 4)}`
    const isLastOfFebruary = kept.endsWith('-02-28') && monthDay(addDays(dayOf(kept), 1) as Day) === 301
    const dates = isLastOfFebruary ? ['02-28', '02-29'] : [kept.slice(5)]
    return dates.map((date) => ({ date, occasion }))
  })
}
