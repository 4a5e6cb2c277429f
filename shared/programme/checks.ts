import { parseScaled } from '../rational.ts'
import { type Path, type Problem, problem, show } from './problems.ts'
import type { ProgrammeDocument } from './schema.ts'
import type { When } from './when.ts'

/** What no single part of a programme can see: ids used twice, names of nothing, a step that is no whole kopeck. */
export function crossCheck(document: ProgrammeDocument): Problem[] {
  return [...stepProblems(document), ...idProblems(document), ...whenProblems(document)]
}

const SCALE = 10_000n // value at 4 places; a step in hundredths times a value in hundredths of a kopeck

/** Kopecks in one step, or undefined where they are not whole or none. */
export function kopecksPerStep(value: string, step: string): bigint | undefined {
  const [valueScaled, stepHundredths] = [parseScaled(value, 4)!, parseScaled(step, 2)!]
  const scaled = valueScaled * stepHundredths
  return scaled > 0n && scaled % SCALE === 0n ? scaled / SCALE : undefined
}

function stepProblems({ points }: ProgrammeDocument): Problem[] {
  if (kopecksPerStep(points.value, points.step) !== undefined) return []
  const found = `step ${show(points.step)} with a value of ${show(points.value)}`
  return [problem(['points', 'step'], found, 'a step above 0 that is worth whole kopecks')]
}

function idProblems(document: ProgrammeDocument): Problem[] {
  const { rules } = document
  const groups = ['client', 'goods', 'behaviour', 'receipt'] as const
  return [
    ...twice(groups.flatMap((group) => rules[group].map((rule, i) => [rule.id, ['rules', group, i, 'id']] as const))),
    ...(['outlets', 'tiers', 'stamps', 'coupons', 'gifts', 'burn', 'checkpoints'] as const).flatMap((key) =>
      twice((document[key] ?? []).map((part, i) => [part.id, [key, i, 'id']] as const)),
    ),
    ...twice(
      (document.coupons ?? []).flatMap((coupon, i) =>
        coupon.code.kind === 'shared' ? [[coupon.code.code, ['coupons', i, 'code', 'code']] as const] : [],
      ),
    ),
  ]
}

function twice(ids: readonly (readonly [string, Path])[]): Problem[] {
  const seen = new Set<string>()
  return ids.flatMap(([id, path]) => {
    if (seen.has(id)) return [problem(path, `${show(id)} a second time`, 'an id of its own for each')]
    seen.add(id)
    return []
  })
}

/** Every `when` of the document with its path. */
function* whens(document: ProgrammeDocument): Generator<readonly [When, Path]> {
  for (const group of ['client', 'goods', 'behaviour', 'receipt'] as const) {
    for (const [i, rule] of document.rules[group].entries()) {
      if (rule.when !== undefined) yield [rule.when, ['rules', group, i, 'when']]
    }
  }
  for (const key of ['stamps', 'coupons'] as const) {
    for (const [i, part] of (document[key] ?? []).entries()) {
      if (part.when !== undefined) yield [part.when, [key, i, 'when']]
    }
  }
}

function whenProblems(document: ProgrammeDocument): Problem[] {
  const outlets = new Set(document.outlets?.map((outlet) => outlet.id))
  const tiers = new Set(document.tiers?.map((tier) => tier.id))
  const problems: Problem[] = []
  for (const [when, path] of whens(document)) {
    if (outlets.size > 0) problems.push(...unknown(when.outlets, outlets, [...path, 'outlets'], 'outlets'))
    if (tiers.size > 0) problems.push(...unknown(when.tiers, tiers, [...path, 'tiers'], 'tiers'))
    if (path[1] === 'receipt') {
      for (const key of ['skus', 'categories'] as const) {
        if (when[key] !== undefined) {
          problems.push(problem([...path, key], show(when[key]), 'a rule of the whole receipt, without goods'))
        }
      }
    }
  }
  for (const key of ['gifts', 'burn', 'checkpoints'] as const) {
    for (const [i, part] of (document[key] ?? []).entries()) {
      if (tiers.size > 0) problems.push(...unknown(part.for?.tiers, tiers, [key, i, 'for', 'tiers'], 'tiers'))
    }
  }
  return problems
}

const LISTED_MAX = 10

function unknown(
  named: readonly string[] | undefined,
  listed: ReadonlySet<string>,
  path: Path,
  what: string,
): Problem[] {
  const known = [...listed].slice(0, LISTED_MAX).map(show).join(', ')
  return (named ?? []).flatMap((id, i) =>
    listed.has(id) ? [] : [problem([...path, i], show(id), `one of the ${what} of this programme (${known})`)],
  )
}
