import { instantOf } from '../calendar.ts'
import { unreachable } from '../result.ts'
import type { Tables } from './memory-tables.ts'
import type { DayQuestion } from './port.ts'

/** Whom a question of the day's turn is about, from the tables of the memory store. */
export function affected(tables: Tables, question: DayQuestion): string[] {
  const members = (holds: (member: NonNullable<ReturnType<Tables['members']['get']>>) => boolean) =>
    [...tables.members.values()].filter(holds).map((member) => member.id)
  const within = (at: string | null | undefined, { from, to }: { from: string; to: string }) =>
    at !== null && at !== undefined && instantOf(at) >= instantOf(from) && instantOf(at) < instantOf(to)
  switch (question.ask) {
    case 'lots over':
      return [...tables.accounts.values()]
        .filter(({ lots }) =>
          lots.some((lot) => lot.remaining !== 0n && lot.lastDay !== null && lot.lastDay < question.day),
        )
        .map((account) => account.member)
    case 'tier over':
      return members(({ tierUntil }) => typeof tierUntil === 'string' && tierUntil < question.day)
    case 'enrolled':
      return members(({ enrolledAt }) => within(enrolledAt, question))
    case 'last bought':
      return members(({ lastPurchaseAt }) => within(lastPurchaseAt, question))
    case 'enrolled, never bought':
      return members((member) => member.lastPurchaseAt === null && within(member.enrolledAt, question))
    case 'birthday':
      return [...tables.birthdays].flatMap(([member, date]) => {
        const due = question.dates.filter((each) => each.date === date)
        const given = tables.given.get(member) ?? []
        const isGiven = (occasion: string) =>
          given.some((gift) => gift.rule === question.rule && gift.occasion === occasion)
        return due.some(({ occasion }) => !isGiven(occasion)) ? [member] : []
      })
    default:
      return unreachable(question)
  }
}
