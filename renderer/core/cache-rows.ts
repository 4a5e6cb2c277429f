import { type CardRow, type PullChange, pullChange } from '../../shared/sync/protocol.ts'
import type { CachedChange, FillMark, PullMark, Seen } from './ports.ts'

/** What every cache agrees on, wherever it keeps its rows. */

/** Before the first pull. */
export const FIRST_MARK: PullMark = {
  cursor: null,
  incarnation: null,
  generation: 1,
  live: 0,
  fill: null,
  asOf: null,
}

export const isFilling = (mark: PullMark): boolean => mark.live < mark.generation

/** Nothing was pulled between the two, and no fill has begun. */
export const isSameMark = (one: PullMark, other: PullMark): boolean =>
  one.cursor === other.cursor &&
  one.incarnation === other.incarnation &&
  one.generation === other.generation &&
  !isFilling(one) &&
  one.fill === null

/** The card that speaks for a member found without one. */
export function primaryOf(cards: readonly CardRow[]): CardRow | null {
  const active = cards.filter((card) => card.state === 'active')
  return active.find((card) => card.primary) ?? active[0] ?? cards[0] ?? null
}

/**
 * Up to which of this till's entries the members of a page are told. Balances say so themselves, and a page is one
 * moment; where there is none among them, it is at least what the cloud had answered for before.
 */
export function seenIn(changes: readonly CachedChange[], acked: Seen | undefined): { readonly seen?: Seen } {
  for (const change of changes) if (change.scope === 'balance' && change.row !== null) return told(change.row.seen)
  return told(acked)
}

function told(seen: Seen | undefined): { readonly seen?: Seen } {
  return seen === undefined || seen.seq === 0 ? {} : { seen: { epoch: seen.epoch, seq: seen.seq } }
}

/** Of two rows of one key: whether the one from the page is the newer. Rows without a number came by another way, later. */
export const isNewer = (page: { readonly seq?: number | undefined }, row: { readonly seq?: number | undefined }) =>
  page.seq !== undefined && row.seq !== undefined && page.seq > row.seq

/** A person of a page as a pull to this till would have brought them; undefined for what this release cannot read. */
export function toldHere(
  person: readonly PullChange[],
  { seen, factsSeen }: Pick<FillMark, 'seen' | 'factsSeen'>,
): PullChange[] | undefined {
  const read = pullChange.array().safeParse(person)
  if (!read.success) return undefined
  return read.data.map((change) => {
    if (change.scope === 'balance' && change.row !== null)
      return { ...change, row: { ...change.row, seen: { ...seen } } }
    if (change.scope !== 'member' || change.row?.facts === undefined || factsSeen === undefined) return change
    return { ...change, row: { ...change.row, factsSeen: { ...factsSeen } } }
  })
}
