import { addDays, dayOf, formatDay } from '../calendar.ts'
import type { OutletId } from '../ids.ts'
import { formatPoints, NO_POINTS, type Points, points } from '../money.ts'
import type { CompiledProgramme } from '../programme/compile.ts'
import { type Terms, terms as termsSchema } from '../programme/schema.ts'
import { type Quote, type QuoteMember, type QuoteRequest, quote, type Reward } from '../quote/quote.ts'
import { assert } from '../result.ts'
import { moneyOf, pointsOf } from '../wire.ts'
import { maxOf, minOf, notBelowNothing, qtyOf } from './amounts.ts'
import { canonical } from './chain.ts'
import type { SaleBody } from './entry.ts'
import { POINTS } from './needs.ts'
import { boundedStamps } from './recompute-stamps.ts'
import { postedOf } from './refund.ts'
import { documentOf } from './rules.ts'

/** What the cloud has really told tills about a member, as far back as a till may still have known it. */
export interface IssuedInputs {
  readonly tiers: readonly (string | null)[]
  readonly cardTypes: readonly string[]
  readonly segments: readonly string[]
  readonly terms: readonly Terms[]
}

/** A sale as the cloud applies it, and by how much the till had claimed more. */
export interface Recomputed {
  readonly body: SaleBody
  /** Hundredths of a point: earned or discounted above the cloud's own calculation. */
  readonly excess: bigint
}

/**
 * The cloud's own calculation of a sale, from the inputs that the entry holds and by the code that the till runs. What
 * the till claimed above it is not earned; a discount that was given stays given, and is counted as excess. A till that
 * claimed less is taken at its word: that is what the customer was told. Rules L17, L18.
 */
export function recompute(
  outlet: OutletId,
  body: SaleBody,
  programme: CompiledProgramme,
  issued?: IssuedInputs,
): Recomputed {
  const request = requestOf(outlet, body, issued)
  const asked = request.redeem
  const own = quoted(programme, request)
  const overRedeemed = isIdentified(body, programme) ? notBelowNothing(asked - own.redeem) : asked
  const overDiscounted = notBelowNothing(moneyOf(body.discount) - own.discount)
  const inPoints = (overDiscounted * programme.step + programme.kopecksPerStep - 1n) / programme.kopecksPerStep
  const claimed = postedOf(body, POINTS, 'earn')
  const overEarned = notBelowNothing(claimed - own.earn)
  const stamps = boundedStamps(programme, request, body)
  const excess = overEarned + maxOf(overRedeemed, inPoints) + stamps.excess
  return { body: overEarned === 0n ? stamps.body : earningOnly(stamps.body, own), excess }
}

/** What identified the member is enough to redeem; a stronger way of the same kind counts as well. Rule L12. */
function isIdentified({ member }: SaleBody, programme: CompiledProgramme): boolean {
  const { requires } = documentOf(programme).redemption
  if (member === null || requires === undefined) return true
  const by = member.identifiedBy
  return requires.some((way) => way === by || (way === 'phone' && by.startsWith('phone+')))
}

/** Asks for what was redeemed, or for as much of it as could be. */
function quoted(programme: CompiledProgramme, request: QuoteRequest): Quote {
  const asked = quote(programme, request)
  if (asked.ok) return asked.value
  const none = quote(programme, { ...request, redeem: NO_POINTS })
  assert(none.ok, 'nothing asked is never refused')
  const most = minOf(request.redeem, none.value.redeemable)
  const less = quote(programme, { ...request, redeem: points(most - (most % programme.step)) })
  assert(less.ok, 'what is redeemable is never refused')
  return less.value
}

/** The question that the till's quote answered. */
export function requestOf(outlet: OutletId, body: SaleBody, issued?: IssuedInputs): QuoteRequest {
  return {
    at: body.receiptAt,
    redeem: points(postedOf(body, POINTS, 'redeem')),
    right: body.right === null ? null : pointsOf(body.right),
    rewards: body.rewards.map((reward): Reward => ({ ...reward, money: moneyOf(reward.money) })),
    member: body.member === null ? null : memberOf(body.member, body.day, issued),
    receipt: {
      id: body.receipt,
      outlet,
      lines: body.lines.map((line) => ({
        id: line.id,
        ...(line.sku === undefined ? {} : { sku: line.sku }),
        ...(line.category === undefined ? {} : { category: line.category }),
        qty: qtyOf(line.qty),
        amount: moneyOf(line.amount),
        ...(line.cost === undefined ? {} : { cost: moneyOf(line.cost) }),
      })),
    },
  }
}

function memberOf(member: NonNullable<SaleBody['member']>, day: string, issued?: IssuedInputs): QuoteMember {
  const balance = pointsOf(member.balance)
  const terms = member.terms.flatMap((term): Terms[] => {
    const parsed = termsSchema.safeParse(term)
    return parsed.success ? [parsed.data] : []
  })
  const facts = {
    id: member.id,
    card: member.card,
    balance,
    ...(member.purchasesBefore === null ? {} : { purchasesBefore: member.purchasesBefore }),
    // the entry keeps the distance to the birthday, not the date: any birth date as far away gives the same answer
    ...(member.birthdayDistance === null ? {} : { birthDate: formatDay(addDays(dayOf(day), member.birthdayDistance)) }),
  }
  if (issued === undefined) {
    return { ...facts, cardType: member.cardType, tier: member.tier, segments: member.segments, terms }
  }
  const known = new Set(issued.terms.map(canonical))
  return {
    ...facts,
    cardType: issued.cardTypes.includes(member.cardType) ? member.cardType : (issued.cardTypes[0] ?? member.cardType),
    tier: issued.tiers.includes(member.tier) ? member.tier : (issued.tiers[0] ?? null),
    segments: member.segments.filter((segment) => issued.segments.includes(segment)),
    terms: terms.filter((term) => known.has(canonical(term))),
  }
}

/** The sale with the cloud's figures for what is earned. */
function earningOnly(body: SaleBody, own: Quote): SaleBody {
  const earned = new Map<string, Points>(own.lines.map((line) => [line.id, line.earn]))
  return {
    ...body,
    lines: body.lines.map((line) => ({ ...line, earn: formatPoints(earned.get(line.id) ?? NO_POINTS) })),
    postings: body.postings.map((posting) =>
      posting.purse === POINTS && posting.kind === 'earn' ? { ...posting, points: formatPoints(own.earn) } : posting,
    ),
  }
}
