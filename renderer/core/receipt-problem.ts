import type { CoreReply } from '../../shared/core-api.ts'
import { sumOf } from '../../shared/ledger/amounts.ts'
import { formatHundredths } from '../../shared/money.ts'
import { moneyOf } from '../../shared/wire.ts'
import { no } from './context.ts'
import type { InForce } from './programme-book.ts'

/** What no schema sees in a receipt: two lines under one id, a total that no register means, a shop that there is not. */

const TOTAL_MAX = 10n ** 14n // kopecks: far above any receipt, far below where points lose digits
const OUTLETS_TOLD_MAX = 20

export function linesProblem(
  lines: readonly { readonly id: string; readonly amount: string }[],
  path: string,
): CoreReply<never> | undefined {
  const ids = new Set<string>()
  for (const [i, { id }] of lines.entries()) {
    if (ids.has(id)) return wrong(`${path}.${i}.id`, id, 'an id of its own for each line')
    ids.add(id)
  }
  const total = sumOf(lines.map((line) => moneyOf(line.amount)))
  return total < TOTAL_MAX ? undefined : wrong(path, formatHundredths(total), 'a total of at most 12 digits')
}

/**
 * An outlet that the programme does not have is a misspelt one: its rules, its hours and its reports would be nobody's.
 * The till's own is always right: the programme that names it may be on its way, or the one that no longer does.
 */
export function outletProblem(
  outlet: string | undefined,
  own: string,
  inForce: InForce | null,
): CoreReply<never> | undefined {
  const known = [...(inForce?.compiled.outlets.keys() ?? [])]
  if (outlet === undefined || outlet === own || known.length === 0 || known.includes(outlet)) return undefined
  const more = known.length > OUTLETS_TOLD_MAX ? ', …' : ''
  const outlets = known.slice(0, OUTLETS_TOLD_MAX).map((id) => JSON.stringify(id))
  return wrong('receipt.outlet', outlet, `an outlet of the programme: ${outlets.join(', ')}${more}`)
}

const wrong = (path: string, found: string, allowed: string) =>
  no('bad_request', { errors: [{ path, found: JSON.stringify(found), allowed }] })
