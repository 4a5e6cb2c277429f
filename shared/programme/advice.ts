import { tooGenerous } from './advice/generous.ts'
import { overlappingHours } from './advice/hours.ts'
import { neverWinning } from './advice/never-wins.ts'
import { tierGaps } from './advice/tiers.ts'
import { tooSmall } from './advice/too-small.ts'
import { at, GROUPS, rulesOf, type Warning, warning } from './advice/warning.ts'
import type { ProgrammeDocument } from './schema.ts'

export type { Warning } from './advice/warning.ts'

export interface AdviceSettings {
  /** Percent of the money above which a combination of rules is worth a word. */
  readonly generousPercent: string
  /** Money of a usual receipt; what earns less than one step on it matters to nobody. */
  readonly usualReceipt: string
}

export const ADVICE_DEFAULTS: AdviceSettings = { generousPercent: '30', usualReceipt: '500.00' }

/** What is allowed and yet likely not meant: for the person who writes a programme. */
export function adviseOn(document: ProgrammeDocument, settings: AdviceSettings = ADVICE_DEFAULTS): Warning[] {
  return [
    ...silentRules(document),
    ...neverWinning(document),
    ...tooGenerous(document, settings.generousPercent),
    ...tierGaps(document),
    ...overlappingHours(document),
    ...tooSmall(document, settings.usualReceipt),
  ]
}

function silentRules(document: ProgrammeDocument): Warning[] {
  return GROUPS.flatMap((group) =>
    rulesOf(document, group).flatMap((rule, i) => {
      if (rule.accrual !== undefined || rule.redemption !== undefined) return []
      return [warning('says-nothing', at(group, i), `rule "${rule.id}" neither earns nor limits anything`)]
    }),
  )
}
