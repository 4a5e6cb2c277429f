import { type Instant, instantOf } from '../calendar.ts'
import type { CardNumber, MemberId } from '../ids.ts'
import { formatHundredths, NO_POINTS, points } from '../money.ts'
import { quote } from '../quote/quote.ts'
import type { Quote, QuoteMember, Receipt } from '../quote/types.ts'
import { assert } from '../result.ts'
import { type CompiledProgramme, compileProgramme } from './compile.ts'
import type { ProgrammeDocument } from './schema.ts'

/** A past receipt; `redeemed` and `earned` are what was booked then, in hundredths of a point. */
export interface PastReceipt {
  readonly receipt: Receipt
  readonly member: string | null
  readonly at: string
  readonly redeemed: bigint
  readonly earned: bigint | null
}

export interface Simulated {
  readonly receipts: number
  readonly withMember: number
  readonly members: number
  /** Receipts of members that earned nothing. */
  readonly earnedNothing: number
  /** Money, kopecks: what was paid with money, and by members. */
  readonly revenue: bigint
  readonly revenueOfMembers: bigint
  /** Hundredths of a point. */
  readonly earned: bigint
  readonly redeemed: bigint
  /** What may have been redeemed with the balance at hand, whether it was or not. */
  readonly redeemable: bigint
  /** What the history says was earned and redeemed, where it says so. */
  readonly earnedThen: bigint | null
  readonly redeemedThen: bigint
  readonly outstanding: bigint
  /** In the order of time, by outlet and receipt. */
  readonly earnedByReceipt: ReadonlyMap<string, bigint>
  /** On how many lines each rule won, the most frequent first. */
  readonly wins: readonly (readonly [rule: string, lines: number])[]
}

export interface SimulationSettings {
  /** The card that every member holds. */
  readonly cardType?: string | undefined
  readonly onReceipts?: (done: number) => void
}

/** What a card is called that a programme does not name. */
export function usualCardType(document: ProgrammeDocument): string {
  return document.cards?.defaultType ?? 'standard'
}

interface MemberState {
  balance: bigint
  purchases: number
}

/**
 * What a programme would have done to past receipts, in their order in time. Members begin with nothing, hold one and
 * the same type of card without tier, segments, birthday or terms, and redeem what they redeemed then, as far as this
 * programme lets them. Points may be spent at once and never expire.
 */
export function simulate(
  document: ProgrammeDocument,
  history: readonly PastReceipt[],
  { cardType = usualCardType(document), onReceipts }: SimulationSettings = {},
): Simulated {
  const programme = compileProgramme(document)
  const members = new Map<string, MemberState>()
  const wins = new Map<string, number>()
  const total = { withMember: 0, earnedNothing: 0, revenue: 0n, revenueOfMembers: 0n, earned: 0n, redeemed: 0n }
  const then = { earnedThen: null as bigint | null, redeemedThen: 0n, redeemable: 0n }
  const earnedByReceipt = new Map<string, bigint>()
  for (const [i, past] of inTime(history).entries()) {
    const state = past.member === null ? null : (members.get(past.member) ?? { balance: 0n, purchases: 0 })
    const member = state === null ? null : memberOf(past.member!, state, cardType)
    const value = quoted(programme, past, member)
    const paid = past.receipt.lines.reduce((sum, line) => sum + line.amount, 0n) - value.discount
    total.revenue += paid
    total.earned += value.earn
    total.redeemed += value.redeem
    then.redeemable += value.redeemable
    then.redeemedThen += past.redeemed
    if (past.earned !== null) then.earnedThen = (then.earnedThen ?? 0n) + past.earned
    earnedByReceipt.set(keyOf(past), value.earn)
    countWins(wins, value)
    if (state !== null) {
      total.withMember++
      total.revenueOfMembers += paid
      if (value.earn === 0n) total.earnedNothing++
      members.set(past.member!, { balance: state.balance + value.earn - value.redeem, purchases: state.purchases + 1 })
    }
    onReceipts?.(i + 1)
  }
  const outstanding = [...members.values()].reduce((sum, member) => sum + member.balance, 0n)
  return {
    receipts: history.length,
    members: members.size,
    ...total,
    ...then,
    outstanding,
    earnedByReceipt,
    wins: [...wins].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)),
  }
}

const keyOf = ({ receipt }: PastReceipt) => `${receipt.outlet}\n${receipt.id}`

function inTime(history: readonly PastReceipt[]): PastReceipt[] {
  const timed = history.map((past): [Instant, PastReceipt] => [instantOf(past.at), past])
  return timed.sort(([a], [b]) => a - b).map(([, past]) => past)
}

function memberOf(id: string, state: MemberState, cardType: string): QuoteMember {
  return {
    id: id as MemberId,
    card: id as CardNumber,
    cardType,
    tier: null,
    segments: [],
    balance: points(state.balance),
    terms: [],
    purchasesBefore: state.purchases,
  }
}

/** The receipt as this programme quotes it, redeeming what was redeemed then as far as it may be. */
function quoted(programme: CompiledProgramme, past: PastReceipt, member: QuoteMember | null): Quote {
  const { receipt, at } = past
  const request = { member, receipt, redeem: NO_POINTS, right: null, at }
  const first = quote(programme, request)
  assert(first.ok, 'nothing redeemed is never refused')
  const wished = past.redeemed < first.value.redeemable ? past.redeemed : first.value.redeemable
  const redeem = points(wished - (wished % programme.step))
  if (redeem === NO_POINTS) return first.value
  const second = quote(programme, { ...request, redeem })
  assert(second.ok, 'what is redeemable is never refused')
  return second.value
}

function countWins(wins: Map<string, number>, { why }: Quote): void {
  for (const { accrual } of why.lines) {
    if (accrual === null) continue
    for (const factor of [accrual.client, accrual.goods, accrual.behaviour]) {
      if (factor !== null) wins.set(factor.rule, (wins.get(factor.rule) ?? 0) + 1)
    }
  }
}

/** Two programmes on the same history: how many receipts earn more, less or the same under the second. */
export interface Compared {
  readonly more: number
  readonly less: number
  readonly same: number
  readonly difference: bigint
}

export function compared(one: Simulated, other: Simulated): Compared {
  let [more, less] = [0, 0]
  for (const [id, earned] of one.earnedByReceipt) {
    const now = other.earnedByReceipt.get(id) ?? 0n
    if (now > earned) more++
    else if (now < earned) less++
  }
  return { more, less, same: one.receipts - more - less, difference: other.earned - one.earned }
}

/** The rules that ask for what a past receipt does not tell of its member. */
export function rulesOutOfSight({ rules }: ProgrammeDocument, cardType: string): string[] {
  const all = [...rules.client, ...rules.goods, ...rules.behaviour, ...rules.receipt]
  return all.flatMap(({ id, when }) => {
    if (when === undefined) return []
    const unseen =
      when.tiers !== undefined ||
      when.segments !== undefined ||
      when.cards !== undefined ||
      when.birthdayWithinDays !== undefined ||
      (when.cardTypes !== undefined && !when.cardTypes.includes(cardType))
    return unseen ? [id] : []
  })
}

/** A part of a whole in percent with two decimals, floored: "1.25". */
export function percentOf(part: bigint, whole: bigint): string {
  return whole === 0n ? '0.00' : formatHundredths((part * 10_000n) / whole)
}
