import type { CompiledProgramme } from '../programme/compile.ts'
import type { StampCard } from '../programme/stamps.ts'
import type { QuoteRequest, Reward } from '../quote/types.ts'
import type { Account } from './booking-port.ts'
import { stampsOfRequest } from './recompute-stamps.ts'
import { type ClaimFacts, claimStamps, type StampClaim, type StampRefusal, stampPurse, standingOf } from './stamps.ts'

/**
 * What claiming a card on this receipt would take and give. A card that may be claimed with the receipt that fills it
 * counts its stamps, but not those of units that the reward gives away: what is free fills no card. Rule L75.
 */
export function claimOnReceipt(
  programme: CompiledProgramme,
  card: StampCard,
  account: Account,
  request: QuoteRequest,
  facts: ClaimFacts & { readonly visitsToday: ReadonlyMap<string, number> },
): StampClaim | StampRefusal {
  const taken = request.rewards ?? []
  const standing = (rewards: readonly Reward[]) => {
    const brought = stampsOfRequest(programme, { ...request, rewards }, facts.visitsToday)
    const own = brought.find(({ purse }) => purse === stampPurse(card))
    return standingOf(card, account, facts.today, own?.total ?? 0n)
  }
  const claim = claimStamps(card, standing(taken), request.receipt.lines, facts)
  if (typeof claim === 'string' || claim.reward === undefined) return claim
  return standing([...taken, claim.reward]).full > 0 ? claim : 'card_not_full'
}
