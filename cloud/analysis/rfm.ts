import { sql } from 'kysely'
import { formatHundredths } from '../../shared/money.ts'
import { rfm as gradeMembers } from '../../shared/segments/analysis/rfm.ts'
import { inHandfuls } from '../database/cursor.ts'
import { type Asked, ageOf, bought, type Report, seen } from './asked.ts'
import { BigColumn, IntColumn } from './columns.ts'

/** Recency in whole local days, frequency in receipts, monetary value less returns, of everybody who bought. */
export const rfm: Report<'rfm'> = async (asked, settings) => {
  const ids: string[] = []
  const [recency, frequency, monetary] = [new IntColumn(), new IntColumn(), new BigColumn()]
  for await (const rows of inHandfuls(asked.tx, spendingOf(asked))) {
    for (const { member, recency: age, frequency: receipts, monetary: amount } of rows) {
      if (asked.members !== undefined) ids.push(member)
      recency.push(age)
      frequency.push(receipts)
      monetary.push(amount)
    }
  }
  const columns = { recency: recency.values(), frequency: frequency.values(), monetary: monetary.values() }
  const found = gradeMembers(columns, settings)
  asked.members?.columns(['member_id', 'recency_days', 'frequency', 'monetary', 'r', 'f', 'm', 'cell', 'group'])
  for (const [place, member] of ids.entries()) {
    const [r, f, m] = [found.grades.r[place]!, found.grades.f[place]!, found.grades.m[place]!]
    const cell = `${r}${f}${m}`
    const amounts = [columns.recency[place]!, columns.frequency[place]!, formatHundredths(columns.monetary[place]!)]
    asked.members!.row([member, ...amounts, r, f, m, cell, found.groupOf(cell) ?? null])
    if (place % DRAIN_EVERY === 0) await asked.members!.drained()
  }
  const cells = [...found.cells].sort(([one], [other]) => (one < other ? -1 : 1))
  return {
    at: asked.moment.shown,
    method: settings.method,
    grades: settings.grades,
    members: columns.recency.length,
    cuts: { r: [...found.cuts.r], f: [...found.cuts.f], m: found.cuts.m.map(inUnits) },
    cells: Object.fromEntries(cells.map(([cell, { members }]) => [cell, members])),
    cellRevenue: Object.fromEntries(cells.map(([cell, { revenue }]) => [cell, formatHundredths(revenue)])),
    cellGroup: Object.fromEntries(
      cells.flatMap(([cell]) => {
        const group = found.groupOf(cell)
        return group === undefined ? [] : [[cell, group]]
      }),
    ),
    groups: found.groups.map(({ name, members, revenue }) => ({ name, members, revenue: formatHundredths(revenue) })),
  }
}

/** A cut lies between two amounts: a fraction of a kopeck may be left, the noise of dividing may not. */
const inUnits = (kopecks: number): number => Number((kopecks / 100).toFixed(6))
const DRAIN_EVERY = 20_000

interface Spending {
  readonly member: string
  readonly recency: number
  readonly frequency: number
  readonly monetary: bigint
}

/** Grades need no order, rows of a file do. */
const spendingOf = (asked: Asked) => sql<Spending>`
  select * from (${asked.facts === null ? fromReceipts(asked) : fromFacts(asked)}) s
  ${asked.members === undefined ? sql`` : sql`order by s.member collate "C"`}`

const fromFacts = (asked: Asked) => sql`
  select f.member, ${ageOf(asked, sql`f.last_day`)} as recency, f.purchases as frequency, f.spend as monetary
  from member_fact f where f.tenant = ${asked.tenant} and f.purchases > 0`

const fromReceipts = (asked: Asked) => sql`
  select r.member, ${ageOf(asked, sql`max(r.day) filter (where ${bought(asked)})`)} as recency,
    (count(*) filter (where ${bought(asked)}))::integer as frequency, sum(r.amount)::bigint as monetary
  from receipt r where ${seen(asked)} group by r.member
  having count(*) filter (where ${bought(asked)}) > 0`
