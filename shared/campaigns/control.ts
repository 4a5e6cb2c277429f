import { sha256Hex } from '../ledger/chain.ts'
import { hundredthsOfPercent } from './percent.ts'

export type Group = 'treated' | 'control'

const PARTS = 10_000n

/** The group of a member: by campaign and member alone, so that it is the same for good and everywhere. Rule K5. */
export function groupOf(campaign: string, member: string, controlPercent: string): Group {
  const drawn = BigInt(`0x${sha256Hex(`control\n${campaign}\n${member}`).slice(0, 15)}`) % PARTS
  return drawn < hundredthsOfPercent(controlPercent) ? 'control' : 'treated'
}
