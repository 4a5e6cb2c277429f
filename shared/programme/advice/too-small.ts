import { parseScaled } from '../../rational.ts'
import { FACTOR_PLACES } from '../parts.ts'
import { pathText } from '../problems.ts'
import type { ProgrammeDocument } from '../schema.ts'
import { GROUPS, rulesOf, type Warning, warning } from './warning.ts'

/** Percents at which a usual receipt earns less than one step: they show the customer a zero. */
export function tooSmall(document: ProgrammeDocument, usualReceipt: string): Warning[] {
  const { points, accrual } = document
  const receipt = parseScaled(usualReceipt, 2)!
  const worthOfStep = parseScaled(points.step, 2)! * parseScaled(points.value, FACTOR_PLACES)!
  const small = (percent: string) => {
    const share = parseScaled(percent, FACTOR_PLACES)!
    // Kopecks × percent ÷ 100 ÷ value against a step: both sides in ten-thousandths of a kopeck.
    return share !== 0n && receipt * share < worthOfStep * 100n
  }
  const told = (path: string, percent: string, what: string) =>
    small(percent)
      ? [
          warning(
            'too-small',
            path,
            `a receipt of ${usualReceipt} earns less than one step of ${points.step} points at ${what} of ${percent}`,
          ),
        ]
      : []
  return [
    ...told('accrual.basePercent', accrual.basePercent, 'the base percent'),
    ...GROUPS.flatMap((group) =>
      rulesOf(document, group).flatMap(({ id, accrual: says }, i) => {
        if (says === undefined) return []
        return (['percent', 'fixedPercent'] as const).flatMap((key) => {
          const percent = (says as Record<string, unknown>)[key]
          const path = pathText(['rules', group, i, 'accrual', key])
          return typeof percent === 'string' ? told(path, percent, `the percent of "${id}"`) : []
        })
      }),
    ),
  ]
}
