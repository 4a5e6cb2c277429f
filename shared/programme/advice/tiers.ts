import { parseScaled } from '../../rational.ts'
import { pathText } from '../problems.ts'
import type { ProgrammeDocument } from '../schema.ts'
import type { Threshold } from '../tiers.ts'
import { type Warning, warning } from './warning.ts'

/** Tiers that nobody can reach before a higher one, a missing lowest one, and tiers that bring nothing. */
export function tierGaps(document: ProgrammeDocument): Warning[] {
  const tiers = document.tiers ?? []
  const warnings: Warning[] = []
  const highest = new Map<string, { from: bigint; name: string }>()
  for (const [i, tier] of tiers.entries()) {
    if (tier.entry.kind !== 'earned') continue
    if (i === 0) {
      const message = `nobody is in a tier before "${tier.id}" is earned; the lowest tier is usually automatic`
      warnings.push(warning('tier-gap', pathText(['tiers', i, 'entry']), message))
    }
    for (const [t, threshold] of tier.entry.thresholds.entries()) {
      const key = comparableBy(threshold)
      const from = sizeOf(threshold)
      const below = highest.get(key)
      if (below !== undefined && from <= below.from) {
        const path = pathText(['tiers', i, 'entry', 'thresholds', t])
        warnings.push(warning('tier-gap', path, `"${tier.id}" is reached no later than "${below.name}" below it`))
      }
      highest.set(key, { from, name: tier.id })
    }
  }
  const named = new Set(document.rules.client.flatMap((rule) => rule.when?.tiers ?? []))
  for (const [i, tier] of tiers.entries()) {
    if (named.size === 0 || named.has(tier.id) || tier.entry.kind === 'automatic') continue
    const message = `no client rule names the tier "${tier.id}": it brings nothing of its own`
    warnings.push(warning('tier-gap', pathText(['tiers', i]), message))
  }
  return warnings
}

/** Two thresholds are larger and smaller of one another only where they count the same things over the same time. */
function comparableBy(threshold: Threshold): string {
  switch (threshold.kind) {
    case 'membership':
      return threshold.kind
    case 'goods':
      return JSON.stringify([threshold.kind, threshold.skus, threshold.categories, threshold.window])
    default:
      return JSON.stringify([threshold.kind, threshold.window])
  }
}

function sizeOf(threshold: Threshold): bigint {
  switch (threshold.kind) {
    case 'membership':
      return BigInt(threshold.days)
    case 'purchases':
      return BigInt(threshold.from)
    case 'goods':
      return parseScaled(threshold.quantity, 3)!
    default:
      return parseScaled(threshold.from, 2)!
  }
}
