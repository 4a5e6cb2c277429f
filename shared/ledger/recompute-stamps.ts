import { formatPoints, points } from '../money.ts'
import type { CompiledProgramme } from '../programme/compile.ts'
import { occasionOf } from '../quote/occasion.ts'
import type { QuoteRequest } from '../quote/types.ts'
import { pointsOf } from '../wire.ts'
import { minOf, notBelowNothing, sumOf } from './amounts.ts'
import type { Posting, SaleBody } from './entry.ts'
import { documentOf } from './rules.ts'
import { type StampsOfReceipt, stampPurse, stampsOf } from './stamps.ts'

/** What a receipt brings on every stamp card of a programme; `visitsToday` by card id. The same on till and cloud. */
export function stampsOfRequest(
  programme: CompiledProgramme,
  request: QuoteRequest,
  visitsToday: ReadonlyMap<string, number> = new Map(),
): readonly StampsOfReceipt[] {
  const cards = documentOf(programme).stamps ?? []
  if (cards.length === 0 || request.member === null) return []
  const { lines } = request.receipt
  const rewards = request.rewards ?? []
  const total = sumOf(lines.map((line) => line.amount)) - sumOf(rewards.map((reward) => reward.money))
  const occasion = occasionOf(programme, request, notBelowNothing(total))
  return cards
    .map((card) => stampsOf(card, occasion, lines, rewards, visitsToday.get(card.id) ?? 0))
    .filter((stamps) => stamps.total > 0n)
}

/** The postings of stamps, for the sale's entry. */
export function stampPostings(stamps: readonly StampsOfReceipt[]): readonly Posting[] {
  return stamps.map(({ purse, total }) => ({ purse, kind: 'earn', points: formatPoints(points(total)) }))
}

/** The stamps of one line, for the entry. */
export function stampsOfLine(
  stamps: readonly StampsOfReceipt[],
  line: string,
): readonly { readonly purse: string; readonly points: string }[] {
  return stamps.flatMap(({ purse, byLine }) => {
    const earned = byLine.get(line)
    return earned === undefined ? [] : [{ purse, points: formatPoints(points(earned)) }]
  })
}

/** What a sale claims of stamps, bounded by what the programme gives for it. Other purses are earned by no sale. */
export function boundedStamps(
  programme: CompiledProgramme,
  request: QuoteRequest,
  body: SaleBody,
): { readonly body: SaleBody; readonly excess: bigint } {
  const claims = body.postings.filter((posting) => posting.purse !== 'points' && posting.kind === 'earn')
  if (claims.every((posting) => pointsOf(posting.points) === 0n)) return { body, excess: 0n }
  const own = new Map(stampsOfRequest(programme, request).map((stamps) => [stamps.purse, stamps]))
  let excess = 0n
  const postings = body.postings.map((posting) => {
    if (posting.purse === 'points' || posting.kind !== 'earn') return posting
    const claimed = pointsOf(posting.points)
    const given = minOf(claimed, own.get(posting.purse)?.total ?? 0n)
    excess += claimed - given
    return { ...posting, points: formatPoints(points(given)) }
  })
  if (excess === 0n) return { body, excess }
  const lines = body.lines.map(({ stamps: _, ...line }) => {
    const given = stampsOfLine([...own.values()], line.id)
    return given.length === 0 ? line : { ...line, stamps: [...given] }
  })
  return { body: { ...body, postings, lines }, excess }
}

/** The purses of a programme's stamp cards. */
export function stampPurses(programme: CompiledProgramme): readonly string[] {
  return (documentOf(programme).stamps ?? []).map(stampPurse)
}
