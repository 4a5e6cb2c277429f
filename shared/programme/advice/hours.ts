import { DAY_MINUTES, minutesOf, WEEKDAYS } from '../../calendar.ts'
import type { ProgrammeDocument } from '../schema.ts'
import type { When } from '../when.ts'
import { at, COMPARED_MAX, canonical, type Warning, warning } from './warning.ts'

/** Hours that meet in rules of equal rank: whoever reads them may expect both to count, yet one wins. */
export function overlappingHours(document: ProgrammeDocument): Warning[] {
  const timed = document.rules.behaviour.flatMap((rule, index) =>
    rule.when?.from === undefined || rule.accrual === undefined ? [] : [{ rule, index, when: rule.when }],
  )
  const warnings: Warning[] = []
  for (const [i, one] of timed.entries()) {
    for (const other of timed.slice(i + 1, i + 1 + COMPARED_MAX)) {
      if (!meets(one.when, other.when)) continue
      const hours = `${other.when.from}–${other.when.to}`
      const message = `hours ${hours} of "${other.rule.id}" overlap those of "${one.rule.id}" (${one.when.from}–${one.when.to}); only one of them counts at a time`
      warnings.push(warning('hours-overlap', at('behaviour', other.index), message))
    }
  }
  return warnings
}

function meets(a: When, b: When): boolean {
  if ((a.weekdays === undefined) !== (b.weekdays === undefined)) return false // of different rank
  const { weekdays: _a, from: _af, to: _at, ...restA } = a
  const { weekdays: _b, from: _bf, to: _bt, ...restB } = b
  if (canonical(restA) !== canonical(restB)) return false
  return stretches(a).some(([from, to]) => stretches(b).some(([start, end]) => from < end && start < to))
}

const WEEK_MINUTES = 7 * DAY_MINUTES

/** Its hours in the minutes of a week; a window across midnight runs into the next day, from Sunday into Monday. */
function stretches(when: When): [number, number][] {
  const [from, to] = [minutesOf(when.from!), minutesOf(when.to!)]
  const length = from < to ? to - from : to + DAY_MINUTES - from
  return (when.weekdays ?? WEEKDAYS).flatMap((weekday): [number, number][] => {
    const start = WEEKDAYS.indexOf(weekday) * DAY_MINUTES + from
    const end = start + length
    if (end <= WEEK_MINUTES) return [[start, end]]
    return [
      [start, WEEK_MINUTES],
      [0, end - WEEK_MINUTES],
    ]
  })
}
