import { z } from 'zod'
import { gradeOf, quantileCuts } from './quantile.ts'
import { defaultGroups, type RfmGroup, rfmGroup } from './rfm-groups.ts'

/**
 * Recency, frequency and monetary value of members, each in 3 to 5 grades; 1 is the worst. Grades come from quantiles or
 * from thresholds that somebody set; cells of equal grades are joined into named groups. Source: DESIGN 13.
 */
const cuts = <T extends z.ZodType>(of: T) => z.array(of).min(2).max(4)

export const rfmSettings = z
  .strictObject({
    method: z.enum(['quantile', 'thresholds']).default('quantile'),
    grades: z.int().min(3).max(5).default(5),
    /** For the method "thresholds": ascending, one fewer than grades; a value above a threshold is a grade further. */
    thresholds: z
      .strictObject({ r: cuts(z.int().min(0)), f: cuts(z.int().min(1)), m: cuts(z.number().min(0).multipleOf(0.01)) })
      .optional(),
    /** First match wins; missing: the usual groups. */
    groups: z.array(rfmGroup).max(125).optional(),
  })
  .superRefine((settings, context) => {
    const names = settings.groups?.map(({ name }) => name) ?? []
    for (const [place, name] of names.entries()) {
      if (names.indexOf(name) === place) continue
      context.addIssue({ code: 'custom', path: ['groups', place, 'name'], message: 'each name once' })
    }
    if (settings.method === 'quantile') return
    if (settings.thresholds === undefined) {
      context.addIssue({ code: 'custom', path: ['thresholds'], message: 'the method "thresholds" needs them' })
      return
    }
    for (const [name, given] of Object.entries(settings.thresholds)) {
      const path = ['thresholds', name]
      if (given.length !== settings.grades - 1) {
        context.addIssue({
          code: 'custom',
          path,
          message: `${settings.grades - 1} thresholds make ${settings.grades} grades`,
        })
      }
      if (given.some((value, place) => place > 0 && value <= given[place - 1]!)) {
        context.addIssue({ code: 'custom', path, message: 'thresholds ascend' })
      }
    }
  })
export type RfmSettings = z.infer<typeof rfmSettings>

/** Members as columns, so that a million of them stay small: the n-th of each is one member. */
export interface RfmColumns {
  /** Whole local days since the last purchase. */
  readonly recency: Int32Array
  /** Receipts. */
  readonly frequency: Int32Array
  /** Kopecks, less returns. */
  readonly monetary: BigInt64Array
}

export interface RfmCuts {
  readonly r: readonly number[]
  readonly f: readonly number[]
  /** In kopecks. */
  readonly m: readonly number[]
}

export interface RfmGrades {
  readonly r: Uint8Array
  readonly f: Uint8Array
  readonly m: Uint8Array
}

export interface Rfm {
  readonly cuts: RfmCuts
  readonly grades: RfmGrades
  /** "555" → how many; only cells that hold somebody. */
  readonly cells: ReadonlyMap<string, RfmCell>
  readonly groups: readonly RfmGroupSize[]
  /** Of a cell, the group that it belongs to; undefined: none. */
  groupOf(cell: string): string | undefined
}

export interface RfmCell {
  members: number
  /** Kopecks. */
  revenue: bigint
}

export interface RfmGroupSize extends RfmCell {
  readonly name: string
}

export function rfm(columns: RfmColumns, settings: RfmSettings): Rfm {
  const cuts = cutsFor(columns, settings)
  const members = columns.recency.length
  const grades: RfmGrades = {
    r: new Uint8Array(members),
    f: new Uint8Array(members),
    m: new Uint8Array(members),
  }
  const cells = new Map<string, RfmCell>()
  for (let member = 0; member < members; member++) {
    const r = settings.grades + 1 - gradeOf(columns.recency[member]!, cuts.r)
    const f = gradeOf(columns.frequency[member]!, cuts.f)
    const m = gradeOf(Number(columns.monetary[member]!), cuts.m)
    grades.r[member] = r
    grades.f[member] = f
    grades.m[member] = m
    add(cells, `${r}${f}${m}`, 1, columns.monetary[member]!)
  }
  const groups = settings.groups ?? defaultGroups(settings.grades)
  const groupOf = (cell: string) => groupOfCell(groups, cell)
  const sizes = new Map<string, RfmCell>(groups.map(({ name }) => [name, { members: 0, revenue: 0n }]))
  for (const [cell, { members, revenue }] of cells) {
    const name = groupOf(cell)
    if (name !== undefined) add(sizes, name, members, revenue)
  }
  return { cuts, grades, cells, groups: [...sizes].map(([name, size]) => ({ name, ...size })), groupOf }
}

function cutsFor(columns: RfmColumns, settings: RfmSettings): RfmCuts {
  if (settings.method === 'thresholds') {
    const { r, f, m } = settings.thresholds!
    return { r, f, m: m.map((amount) => Math.round(amount * 100)) }
  }
  if (columns.recency.length === 0) return { r: [], f: [], m: [] }
  return {
    r: quantileCuts(columns.recency.toSorted(), settings.grades),
    f: quantileCuts(columns.frequency.toSorted(), settings.grades),
    m: quantileCuts(columns.monetary.toSorted(), settings.grades),
  }
}

function add(cells: Map<string, RfmCell>, name: string, members: number, revenue: bigint): void {
  const cell = cells.get(name)
  if (cell === undefined) {
    cells.set(name, { members, revenue })
    return
  }
  cell.members += members
  cell.revenue += revenue
}

/** The first group whose ranges hold a cell such as "543"; undefined: none. */
export function groupOfCell(groups: readonly RfmGroup[], cell: string): string | undefined {
  return groups.find((group) => matches(group, cell))?.name
}

function matches(group: RfmGroup, cell: string): boolean {
  const within = ([from, to]: readonly [number, number] | undefined = [1, 9], grade: string) =>
    Number(grade) >= from && Number(grade) <= to
  return within(group.r, cell[0]!) && within(group.f, cell[1]!) && within(group.m, cell[2]!)
}
