import { z } from 'zod'

/** A range of grades, both ends included. */
const range = z
  .tuple([z.int().min(1).max(5), z.int().min(1).max(5)])
  .refine(([from, to]) => from <= to, { error: 'a range from the lower grade to the higher' })

/** A name for cells: those whose grades lie in all the ranges that it gives. */
export const rfmGroup = z.strictObject({
  name: z.string().trim().min(1).max(64),
  r: range.optional(),
  f: range.optional(),
  m: range.optional(),
})
export type RfmGroup = z.infer<typeof rfmGroup>

/** The names of the usual groups; screens have words for them. */
export const USUAL_GROUPS = [
  'champions',
  'loyal',
  'bigSpenders',
  'newcomers',
  'promising',
  'needAttention',
  'mustNotLose',
  'atRisk',
  'hibernating',
  'lost',
] as const

/** The usual map for 3, 4 or 5 grades; every cell belongs to a group. */
export function defaultGroups(grades: number): RfmGroup[] {
  const low: [number, number] = grades === 3 ? [1, 1] : [1, 2]
  const high: [number, number] = [grades === 5 ? 4 : grades, grades]
  const middle: [number, number] = [low[1] + 1, Math.max(low[1] + 1, high[0] - 1)]
  const best: [number, number] = [grades, grades]
  return [
    { name: 'champions', r: high, f: high, m: high },
    { name: 'mustNotLose', r: low, f: high, m: high },
    { name: 'loyal', r: [middle[0], grades], f: high },
    { name: 'bigSpenders', r: [middle[0], grades], m: best },
    { name: 'newcomers', r: high, f: [1, 1] },
    { name: 'promising', r: high },
    { name: 'needAttention', r: [middle[0], grades] },
    { name: 'atRisk', r: low, f: [middle[0], grades] },
    { name: 'lost', r: [1, 1] },
    { name: 'hibernating' },
  ]
}
