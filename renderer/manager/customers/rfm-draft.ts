import type { z } from 'zod'
import { groupOfCell, type RfmSettings, rfmSettings } from '../../../shared/segments/analysis/rfm.ts'
import { defaultGroups, type RfmGroup } from '../../../shared/segments/analysis/rfm-groups.ts'
import { type Problem, typed } from './preset-draft.ts'

/** How members are graded and what groups of grades are called, as somebody is changing it. */
export const FACTORS = ['r', 'f', 'm'] as const
export type Factor = (typeof FACTORS)[number]
export const GRADES = [3, 4, 5] as const

/** Both ends; null: any grade. */
export type Range = [number, number] | null

export interface GroupDraft {
  /** Tells rows apart while names change. */
  readonly key: number
  readonly name: string
  readonly ranges: Readonly<Record<Factor, Range>>
}

export interface RfmDraft {
  readonly method: RfmSettings['method']
  readonly grades: number
  readonly thresholds: Readonly<Record<Factor, readonly string[]>>
  /** Null: the usual ones for so many grades. */
  readonly groups: readonly GroupDraft[] | null
}

/** Where grades change on the map that is shown; amounts in units of money. */
export type Cuts = Readonly<Record<Factor, readonly number[]>>

export type RfmRead =
  | { readonly ok: true; readonly settings: RfmSettings }
  /** By "r.0" for a threshold, "r" for three that do not ascend, "group.2" for a name. */
  | { readonly ok: false; readonly problems: ReadonlyMap<string, Problem> }

export const kindOfFactor = (factor: Factor): 'whole' | 'money' => (factor === 'm' ? 'money' : 'whole')

/** Settings as texts; where no thresholds are set, those of today's cuts, so that nobody begins with nothing. */
export function rfmDraftOf(settings: RfmSettings, cuts: Cuts): RfmDraft {
  const written = (factor: Factor) =>
    (settings.thresholds?.[factor] ?? whole(factor, cuts[factor])).map((value) =>
      factor === 'm' ? value.toFixed(2) : String(value),
    )
  return {
    method: settings.method,
    grades: settings.grades,
    thresholds: { r: written('r'), f: written('f'), m: written('m') },
    groups: settings.groups === undefined ? null : settings.groups.map(groupDraft),
  }
}

/** A cut that lies between two days or receipts divides them as the lower one does; equal ones are moved apart. */
function whole(factor: Factor, cuts: readonly number[]): number[] {
  const made: number[] = []
  for (const cut of cuts) {
    const least = factor === 'f' ? 1 : 0
    const value = factor === 'm' ? Math.floor(cut) : Math.max(least, Math.floor(cut))
    const before = made.at(-1)
    made.push(before !== undefined && value <= before ? before + 1 : value)
  }
  return made
}

const groupDraft = ({ name, r, f, m }: RfmGroup, key: number): GroupDraft => ({
  key,
  name,
  ranges: { r: r ?? null, f: f ?? null, m: m ?? null },
})

/** The usual map, to be changed. */
export const usualGroups = (grades: number): readonly GroupDraft[] => defaultGroups(grades).map(groupDraft)

/** Another number of grades: thresholds are cut off or filled up, ranges end at the highest grade. */
export function withGrades(draft: RfmDraft, grades: number): RfmDraft {
  const fitted = (texts: readonly string[]) => Array.from({ length: grades - 1 }, (_, place) => texts[place] ?? '')
  const within = (range: Range): Range =>
    range === null ? null : [Math.min(range[0], grades), Math.min(range[1], grades)]
  const { r, f, m } = draft.thresholds
  return {
    ...draft,
    grades,
    thresholds: { r: fitted(r), f: fitted(f), m: fitted(m) },
    groups:
      draft.groups?.map((group) => ({
        ...group,
        ranges: { r: within(group.ranges.r), f: within(group.ranges.f), m: within(group.ranges.m) },
      })) ?? null,
  }
}

/** What was typed as settings; what is no number, out of order, or a name that is missing or there twice, is refused. */
export function rfmSettingsFrom(draft: RfmDraft): RfmRead {
  const given = {
    method: draft.method,
    grades: draft.grades,
    ...(draft.method === 'quantile' ? {} : { thresholds: thresholdsFrom(draft) }),
    ...(draft.groups === null ? {} : { groups: draft.groups.map(groupFrom) }),
  }
  const read = rfmSettings.safeParse(given)
  if (read.success) return { ok: true, settings: read.data }
  const problems = new Map<string, Problem>()
  for (const issue of read.error.issues) {
    const [place, problem] = problemOf(issue, draft)
    if (!problems.has(place)) problems.set(place, problem)
  }
  return { ok: false, problems }
}

function thresholdsFrom({ thresholds }: RfmDraft) {
  const numbers = (factor: Factor) =>
    thresholds[factor].map((text) => {
      const read = typed(kindOfFactor(factor), text.trim())
      return factor === 'm' && typeof read === 'string' && /^\d{1,12}(\.\d{1,2})?$/.test(read) ? Number(read) : read
    })
  return { r: numbers('r'), f: numbers('f'), m: numbers('m') }
}

function groupFrom({ name, ranges: { r, f, m } }: GroupDraft) {
  return { name, ...(r && { r }), ...(f && { f }), ...(m && { m }) }
}

function problemOf(issue: z.core.$ZodIssue, draft: RfmDraft): readonly [string, Problem] {
  const [first, second, third] = issue.path
  if (first === 'groups') {
    const found = draft.groups?.[Number(second)]?.name ?? ''
    const kind = issue.code === 'custom' ? 'twice' : 'name'
    return [`group.${String(second)}`, { kind, found }]
  }
  const factor = second as Factor
  if (third === undefined) return [factor, { kind: 'order', found: draft.thresholds[factor].join(', ') }]
  const found = draft.thresholds[factor][Number(third)] ?? ''
  const place = `${factor}.${String(third)}`
  if (issue.code === 'too_small') return [place, { kind: 'least', found, limit: Number(issue.minimum) }]
  if (issue.code === 'too_big') return [place, { kind: 'most', found, limit: Number(issue.maximum) }]
  return [place, { kind: kindOfFactor(factor), found }]
}

/** Of each group by its place, how many cells of the map it gets; and how many belong to none. */
export function cellsOf(groups: readonly GroupDraft[], grades: number) {
  const each = Array.from({ length: grades }, (_, grade) => grade + 1)
  const named = groups.map((group, place) => ({ ...groupFrom(group), name: String(place) }))
  const counts = groups.map(() => 0)
  let none = 0
  for (const r of each)
    for (const f of each)
      for (const m of each) {
        const place = groupOfCell(named, `${r}${f}${m}`)
        if (place === undefined) none++
        else counts[Number(place)]!++
      }
  return { counts, none }
}

/** All ranges of so many grades: any, each one, and from one to another. */
export function rangesOf(grades: number): readonly Range[] {
  const each = Array.from({ length: grades }, (_, grade) => grade + 1)
  return [null, ...each.flatMap((from) => each.filter((to) => to >= from).map((to): Range => [from, to]))]
}
