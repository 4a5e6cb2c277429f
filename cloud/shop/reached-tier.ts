import type { GatheredState } from '../../shared/intake/member-state.ts'
import { minOf, sumOf } from '../../shared/ledger/amounts.ts'
import type { Purchase } from '../../shared/ledger/history.ts'
import { CLOUD_DEVICE } from '../../shared/ledger/keys.ts'
import { type Allowed, bounded } from '../../shared/ledger/limits.ts'
import { documentOf, programmeDay } from '../../shared/ledger/rules.ts'
import { tierOfReceipt } from '../../shared/ledger/tiers.ts'
import { points } from '../../shared/money.ts'
import type { CompiledProgramme } from '../../shared/programme/compile.ts'
import { type Quote, type QuoteRefusal, type QuoteRequest, quote } from '../../shared/quote/quote.ts'
import { ok, type Result } from '../../shared/result.ts'

export interface AtTier {
  /** Within the bounds of the member's day. */
  readonly quoted: Quote
  /** At which it is quoted. */
  readonly tier: string | null
}

/**
 * A basket's quote at the member's tier or, where the programme promotes within the receipt, at the one that this very
 * basket reaches, as a till quotes it. What is offered is offered at both: points that are asked for are paid with
 * less money, and the tier may be out of reach again. Rule L55.
 */
export function atReachedTier(
  compiled: CompiledProgramme,
  state: GatheredState,
  allowed: Allowed,
  request: QuoteRequest,
): Result<AtTier, QuoteRefusal> {
  const { promotion, tiers = [] } = documentOf(compiled)
  const within = (quoted: Quote) => bounded(quoted, allowed, compiled.step).quote
  const first = quote(compiled, request)
  if (!first.ok) return first
  const atOld = within(first.value)
  const tier = tierOfReceipt(tiers, promotion, state, purchaseIn(compiled, request, atOld))
  if (tier === state.tier || request.member === null) return ok({ quoted: atOld, tier: state.tier })
  const second = quote(compiled, { ...request, member: { ...request.member, tier } })
  if (!second.ok) return second
  const atNew = within(second.value)
  return ok({ quoted: { ...atNew, redeemable: points(minOf(atOld.redeemable, atNew.redeemable)) }, tier })
}

/** The basket as it would be booked. */
function purchaseIn(compiled: CompiledProgramme, { receipt, at }: QuoteRequest, quoted: Quote): Purchase {
  return {
    key: { device: CLOUD_DEVICE, epoch: 1, seq: 1 },
    outlet: receipt.outlet,
    receipt: receipt.id,
    at,
    day: programmeDay(compiled, at),
    paid: sumOf(receipt.lines.map(({ amount }) => amount)) - quoted.discount,
    earned: quoted.earn,
    goods: receipt.lines.map(({ sku, category, qty }) => ({
      ...(sku === undefined ? {} : { sku }),
      ...(category === undefined ? {} : { category }),
      qty,
    })),
  }
}
