import type { CardNumber, MemberId } from '../ids.ts'
import { formatMoney, formatPoints, type Points } from '../money.ts'
import type { CompiledProgramme } from '../programme/compile.ts'
import type { Terms } from '../programme/schema.ts'
import { ok, type Result, refuse, unreachable } from '../result.ts'
import { formatQty } from './amounts.ts'
import { type AttachRefusal, planAttach } from './attach.ts'
import type { Account, CardRecord, MemberRecord, SaleRecord } from './booking-port.ts'
import { issueCoupon } from './coupons.ts'
import { type CardCommand, type CardRefusal, decideCard } from './decide-card.ts'
import { type ClockCommand, decideByClock } from './decide-clock.ts'
import type { EntryBody, EntryKey, RefundBody, SaleBody } from './entry.ts'
import type { GiftFacts } from './gifts.ts'
import type { Idle } from './inactivity.ts'
import { planRefund, type RefundPlan, type RefundRefusal, type RefundRequest } from './refund.ts'
import { documentOf, programmeDay } from './rules.ts'
import { stampPurse } from './stamps.ts'
import { appoint } from './tiers.ts'

/**
 * A wish in, the entries that carry it out or a reason why not. Nothing is written here: the caller puts the entries
 * into its stream and books them as any others. Source: DESIGN 7, SPEC.md beside this file.
 */
export interface MemberState extends Idle {
  readonly record: MemberRecord
  readonly accounts: readonly Account[]
  readonly cards: readonly CardRecord[]
  readonly gifts: GiftFacts
}

export interface State {
  /** The version in force. */
  readonly programme: CompiledProgramme
  readonly member: MemberState
  /** The programme's calendar day. */
  readonly today: string
}

export type Command =
  | ClockCommand
  | CardCommand
  | {
      readonly do: 'adjust'
      readonly purse: string
      readonly points: Points
      readonly by: string
      readonly reason: string
    }
  | {
      readonly do: 'give'
      readonly points: Points
      readonly lastDay: string
      readonly reason: string
      readonly rule?: string
      readonly occasion?: string
    }
  | { readonly do: 'appoint'; readonly tier: string | null; readonly by: string }
  | {
      readonly do: 'set_terms'
      readonly set: readonly Terms[]
      readonly remove: readonly string[]
      readonly by: string
    }
  | { readonly do: 'name_points'; readonly name: string | null }
  | { readonly do: 'refer'; readonly by: MemberId }
  | { readonly do: 'issue_coupon'; readonly coupon: string; readonly reason: string; readonly code?: string }
  | { readonly do: 'merge'; readonly into: MemberState; readonly by: string; readonly reason: string }
  | { readonly do: 'refund'; readonly sale: SaleRecord; readonly request: RefundRequest; readonly reason?: string }
  | {
      readonly do: 'attach'
      readonly sale: SaleRecord
      readonly member: NonNullable<SaleBody['member']>
      readonly programme: CompiledProgramme
      readonly by: string
    }

export type Refusal =
  | RefundRefusal
  | AttachRefusal
  | CardRefusal
  | 'member_merged'
  | 'same_member'
  | 'nothing_changes'
  | 'unknown_tier'
  | 'unknown_coupon'
  | 'coupon_not_personal'
  | 'gift_too_short'
  | 'gift_given_before'
  | 'referred_before'
  | 'bought_before'

export function decide(command: Command, state: State): Result<readonly EntryBody[], Refusal> {
  const { member, programme, today } = state
  if (member.record.mergedInto !== null) return refuse('member_merged')
  const id = member.record.id
  switch (command.do) {
    case 'expire':
    case 'review':
    case 'redecide':
    case 'reward_referral':
      return ok(decideByClock(command, state))
    case 'add_card':
    case 'block_card':
    case 'unblock_card':
    case 'replace_card':
    case 'transfer_card':
    case 'primary_card':
      return decideCard(command, member.record, member.cards)
    case 'adjust': {
      if (command.points === 0n) return refuse('nothing_changes')
      const { purse, by, reason } = command
      return ok([{ kind: 'adjust', member: id, purse, points: formatPoints(command.points), by, reason }])
    }
    case 'give':
      return give(command, member, today)
    case 'appoint': {
      const tiers = documentOf(programme).tiers ?? []
      if (command.tier !== null && !tiers.some((tier) => tier.id === command.tier)) return refuse('unknown_tier')
      if (command.tier === member.tier) return refuse('nothing_changes')
      return ok([appoint(tiers, member, command.tier, today, command.by)])
    }
    case 'set_terms': {
      if (command.set.length + command.remove.length === 0) return refuse('nothing_changes')
      const terms = { set: [...command.set], remove: [...command.remove] }
      return ok([{ kind: 'member', member: id, terms, by: command.by }])
    }
    case 'name_points':
      return ok([{ kind: 'member', member: id, pointsName: command.name, by: id }])
    case 'refer': {
      if (command.by === id) return refuse('same_member')
      if (member.record.referredBy !== undefined) return refuse('referred_before')
      if (member.purchases.length > 0) return refuse('bought_before')
      return ok([{ kind: 'member', member: id, referredBy: command.by, by: id }])
    }
    case 'issue_coupon': {
      const coupon = documentOf(programme).coupons?.find((each) => each.id === command.coupon)
      if (coupon === undefined) return refuse('unknown_coupon')
      if (coupon.code.kind !== 'personal') return refuse('coupon_not_personal')
      return ok([issueCoupon(coupon, id, today, command.reason, command.code)])
    }
    case 'merge':
      return merge(command, member)
    case 'refund': {
      const { sale, request } = command
      const plan = planRefund(sale.body, sale.returned, request)
      if (!plan.ok) return refuse(plan.reason)
      return ok([refundBodyOf(sale.key, sale.body, plan.value, sale.outlet, command.reason)])
    }
    case 'attach': {
      const visits = visitsOn(programmeDay(command.programme, command.sale.body.receiptAt), member, command.programme)
      const plan = planAttach(command.sale, command.member, command.programme, today, command.by, visits)
      return plan.ok ? ok([plan.value]) : refuse(plan.reason)
    }
    default:
      return unreachable(command)
  }
}

/** Stamps that came on a day, by card. */
function visitsOn(day: string, { accounts }: MemberState, programme: CompiledProgramme): ReadonlyMap<string, number> {
  return new Map(
    (documentOf(programme).stamps ?? []).map((card) => {
      const account = accounts.find((each) => each.purse === stampPurse(card))
      return [card.id, account?.lots.filter((lot) => lot.activeFrom === day).length ?? 0]
    }),
  )
}

function give(
  command: Extract<Command, { do: 'give' }>,
  member: MemberState,
  today: string,
): Result<readonly EntryBody[], Refusal> {
  const { lastDay, reason, rule, occasion } = command
  if (command.points <= 0n) return refuse('nothing_changes')
  if (lastDay < today) return refuse('gift_too_short')
  const isGiven = member.gifts.given.some((each) => each.rule === rule && each.occasion === occasion)
  if (rule !== undefined && occasion !== undefined && isGiven) return refuse('gift_given_before')
  const body = {
    kind: 'gift' as const,
    member: member.record.id,
    purse: 'points',
    points: formatPoints(command.points),
    activeFrom: today,
    lastDay,
    reason,
    ...(rule === undefined ? {} : { rule }),
    ...(occasion === undefined ? {} : { occasion }),
  }
  return ok([body])
}

function merge(
  { into, by, reason }: Extract<Command, { do: 'merge' }>,
  from: MemberState,
): Result<readonly EntryBody[], Refusal> {
  if (into.record.id === from.record.id) return refuse('same_member')
  if (into.record.mergedInto !== null) return refuse('member_merged')
  const purses = from.accounts.map((account) => account.purse)
  const cards: CardNumber[] = from.cards.map((card) => card.number)
  return ok([{ kind: 'merge', from: from.record.id, into: into.record.id, purses, cards, by, reason }])
}

/** A planned return as the entry that carries it out; the same on till and cloud. */
export function refundBodyOf(
  of: EntryKey | null,
  sale: SaleBody,
  plan: RefundPlan,
  soldAt: SaleRecord['outlet'],
  reason?: string,
): RefundBody {
  const purses = plan.purses.map(({ purse, back, taken }) => ({
    purse,
    back: formatPoints(back as Points),
    taken: formatPoints(taken as Points),
  }))
  return {
    kind: 'refund',
    of,
    soldAt,
    receipt: sale.receipt,
    member: sale.member?.id ?? null,
    lines: plan.lines.map((line) => ({
      id: line.id,
      qty: formatQty(line.qty),
      amount: formatMoney(line.amount),
      pointsBack: formatPoints(line.pointsBack),
      pointsTaken: formatPoints(line.pointsTaken),
    })),
    money: formatMoney(plan.money),
    pointsBack: formatPoints(plan.pointsBack),
    pointsTaken: formatPoints(plan.pointsTaken),
    ...(purses.length === 0 ? {} : { purses }),
    ...(reason === undefined ? {} : { reason }),
  }
}
