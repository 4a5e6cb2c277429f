import type { CardRow } from '../../shared/sync/protocol.ts'
import type { PullMark } from './ports.ts'

/** What every cache agrees on, wherever it keeps its rows. */

/** Before the first pull. */
export const FIRST_MARK: PullMark = { cursor: null, incarnation: null, generation: 1, filling: true, asOf: null }

/** The card that speaks for a member found without one. */
export function primaryOf(cards: readonly CardRow[]): CardRow | null {
  const active = cards.filter((card) => card.state === 'active')
  return active.find((card) => card.primary) ?? active[0] ?? cards[0] ?? null
}
