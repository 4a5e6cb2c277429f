import { z } from 'zod'
import { parseDay } from '../calendar.ts'
import type { CardNumber, MemberId, OutletId, ReceiptId } from '../ids.ts'
import { cardNumber, memberId, outletId, receiptId } from '../ids.ts'
import { formatMoney, formatPoints } from '../money.ts'
import {
  amount,
  day,
  id,
  list,
  oneOf,
  pointsAmount,
  quantity,
  signedPointsAmount,
  some,
  strict,
  text,
  wholeNumber,
} from '../programme/parts.ts'
import { type Problem, problemsFrom } from '../programme/problems.ts'
import { terms } from '../programme/rules.ts'
import { type ProgrammeDocument, parseProgramme } from '../programme/schema.ts'
import { parseScaled } from '../rational.ts'
import { ok, type Result, refuse } from '../result.ts'
import { moneyOf, pointsOf } from '../wire.ts'
import type { Quote, QuoteMember, QuoteRequest, Receipt, ReceiptLine, Reward } from './types.ts'
import type { Why } from './why.ts'

/** Members, receipts and quotes as they travel: amounts and quantities as decimal text. Parse once, here. */

/** An id of ours, saying what is allowed in the words of a problem. */
const external = <T extends string>(schema: z.ZodType<T, string>, what: string, max: number) => {
  const allowed = `${what} of 1 to ${max} printable characters`
  return z.string({ error: allowed }).refine((value) => schema.safeParse(value).success, { error: allowed })
}

export const wireMember = strict({
  id: external(memberId, 'a member id', 64).optional(),
  card: external(cardNumber, 'a card number', 64),
  cardType: id,
  tier: id.nullable().default(null),
  segments: list(id, 'segments').default([]),
  birthDate: day.optional(),
  /** posted − pending; below 0 where the member owes points. */
  balance: signedPointsAmount,
  terms: list(terms, 'terms').optional(),
  purchasesBefore: wholeNumber(0, 1_000_000).optional(),
})

export const wireLine = strict({
  id: text(64, 'a line id'),
  sku: text(80, 'a sku').optional(),
  name: z.string({ error: 'a name' }).max(200, { error: 'a name of at most 200 characters' }).optional(),
  category: text(200, 'a category path').optional(),
  qty: quantity.default('1'),
  amount,
  cost: amount.optional(),
})

export const wireReceipt = strict({
  id: external(receiptId, 'a receipt id', 100),
  /** An outlet that the programme does not list is fine: it keeps the programme's time. */
  outlet: external(outletId, 'an outlet id', 40),
  lines: list(wireLine, 'lines').max(1000, { error: 'a list of at most 1000 lines' }),
}).superRefine((receipt, ctx) => {
  const seen = new Set<string>()
  for (const [i, line] of receipt.lines.entries()) {
    if (seen.has(line.id))
      ctx.addIssue({ code: 'custom', path: ['lines', i, 'id'], message: 'an id of its own for each line' })
    seen.add(line.id)
  }
  const total = receipt.lines.reduce((sum, line) => sum + (parseScaled(line.amount, 2) ?? 0n), 0n)
  if (total >= RECEIPT_KOPECKS_MAX)
    ctx.addIssue({ code: 'custom', path: ['lines'], message: 'a total of at most 12 digits' })
})

const RECEIPT_KOPECKS_MAX = 10n ** 14n

export const wireReward = strict({
  id,
  kind: oneOf(['freeItem', 'percentOff', 'amountOff']),
  lines: some(text(64, 'a line id'), 'line id'),
  money: amount,
})

const INSTANT_ALLOWED = 'an instant with its offset such as "2026-11-18T12:00:00+03:00"'
const INSTANT = /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/
export const wireInstant = z.string({ error: INSTANT_ALLOWED }).refine(
  (value) => {
    const match = INSTANT.exec(value)
    return match !== null && parseDay(match[1]!) !== undefined
  },
  { error: INSTANT_ALLOWED },
)

export const wireRequest = strict({
  at: wireInstant,
  member: wireMember.nullable(),
  receipt: wireReceipt,
  redeem: pointsAmount.default('0.00'),
  right: pointsAmount.nullable().default(null),
  rewards: list(wireReward, 'rewards').optional(),
})

export type WireMember = z.input<typeof wireMember>
export type WireReceipt = z.input<typeof wireReceipt>
export type WireReward = z.input<typeof wireReward>
export type WireRequest = z.input<typeof wireRequest>

/** What an id of a receipt's line, member or outlet is once its schema has let it through. */
export function memberFrom(wire: z.output<typeof wireMember>): QuoteMember {
  return {
    ...optional('id', wire.id as MemberId | undefined),
    card: wire.card as CardNumber,
    cardType: wire.cardType,
    tier: wire.tier,
    segments: wire.segments,
    ...optional('birthDate', wire.birthDate),
    balance: pointsOf(wire.balance),
    terms: wire.terms ?? [],
    ...optional('purchasesBefore', wire.purchasesBefore),
  }
}

export function receiptFrom(wire: z.output<typeof wireReceipt>): Receipt {
  return { id: wire.id as ReceiptId, outlet: wire.outlet as OutletId, lines: wire.lines.map(lineFrom) }
}

function lineFrom(wire: z.output<typeof wireLine>): ReceiptLine {
  return {
    id: wire.id,
    ...optional('sku', wire.sku),
    ...optional('category', wire.category),
    qty: parseScaled(wire.qty, 3)!,
    amount: moneyOf(wire.amount),
    ...optional('cost', wire.cost === undefined ? undefined : moneyOf(wire.cost)),
  }
}

export function rewardFrom(wire: z.output<typeof wireReward>): Reward {
  return { ...wire, money: moneyOf(wire.money) }
}

export function requestFrom(wire: z.output<typeof wireRequest>): QuoteRequest {
  return {
    member: wire.member === null ? null : memberFrom(wire.member),
    receipt: receiptFrom(wire.receipt),
    redeem: pointsOf(wire.redeem),
    right: wire.right === null ? null : pointsOf(wire.right),
    at: wire.at,
    ...optional('rewards', wire.rewards?.map(rewardFrom)),
  }
}

/** Reads a request for a quote from JSON. */
export function parseQuoteRequest(json: unknown): Result<QuoteRequest, 'bad_request', Problem[]> {
  const parsed = wireRequest.safeParse(json)
  return parsed.success ? ok(requestFrom(parsed.data)) : refuse('bad_request', problemsFrom(parsed.error, json))
}

export interface QuoteCase {
  readonly programme: ProgrammeDocument
  readonly request: QuoteRequest
}

/** Keys of a case that describe it and take no part in the quote. */
const REMARKS = ['name', 'expect', 'note']

/** Reads a worked case: a programme and a request in one object. */
export function parseQuoteCase(json: unknown): Result<QuoteCase, 'bad_case', Problem[]> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    return refuse('bad_case', problemsFrom(wireRequest.safeParse(json).error!, json))
  }
  const rest = Object.fromEntries(Object.entries(json).filter(([key]) => key !== 'programme' && !REMARKS.includes(key)))
  const programme = parseProgramme((json as { programme?: unknown }).programme)
  const request = parseQuoteRequest(rest)
  if (programme.ok && request.ok) return ok({ programme: programme.value, request: request.value })
  return refuse('bad_case', [
    ...(programme.ok ? [] : programme.detail.map((found) => within('programme', found))),
    ...(request.ok ? [] : request.detail),
  ])
}

/** A problem seen from the document around it. */
export function within(path: string, found: Problem): Problem {
  const inner = found.path === '' ? path : found.path.startsWith('[') ? `${path}${found.path}` : `${path}.${found.path}`
  return { ...found, path: inner, message: `${inner}: found ${found.found}; ${found.allowed} is allowed` }
}

export interface QuoteJson {
  readonly earn: string
  readonly redeemable: string
  readonly redeem: string
  readonly discount: string
  readonly rewards: readonly { id: string; kind: Reward['kind']; lines: readonly string[]; money: string }[]
  readonly lines: readonly { id: string; earn: string; limit: string; discount: string; reward?: string }[]
  readonly why: Why
}

/** A quote as it travels; a line names its `reward` only where one took something off it. */
export function quoteToJson(quote: Quote): QuoteJson {
  return {
    earn: formatPoints(quote.earn),
    redeemable: formatPoints(quote.redeemable),
    redeem: formatPoints(quote.redeem),
    discount: formatMoney(quote.discount),
    rewards: quote.rewards.map((reward) => ({ ...reward, money: formatMoney(reward.money) })),
    lines: quote.lines.map((line) => ({
      id: line.id,
      earn: formatPoints(line.earn),
      limit: formatMoney(line.limit),
      discount: formatMoney(line.discount),
      ...optional('reward', line.reward === 0n ? undefined : formatMoney(line.reward)),
    })),
    why: quote.why,
  }
}

/** A member as it travels. */
export function memberToJson(member: QuoteMember): WireMember {
  return { ...member, segments: [...member.segments], terms: [...member.terms], balance: formatPoints(member.balance) }
}

function optional<K extends string, V>(key: K, value: V | undefined): { [key in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [key in K]?: V })
}
