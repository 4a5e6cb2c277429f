import type { CardNumber, MemberId, OutletId, ReceiptId } from '../ids.ts'
import type { Money, Points } from '../money.ts'
import type { Terms } from '../programme/schema.ts'
import type { Why } from './why.ts'

/** The member as a quote sees them: facts, not a profile. Source: DESIGN 5. */
export interface QuoteMember {
  readonly id?: MemberId
  /** The presented card; found by phone: the primary card. */
  readonly card: CardNumber
  readonly cardType: string
  readonly tier: string | null
  readonly segments: readonly string[]
  /** YYYY-MM-DD. */
  readonly birthDate?: string
  /** posted − pending: what the member has and could spend if nothing were leased. */
  readonly balance: Points
  readonly terms: readonly Terms[]
  /** How many purchases the member has made before this one. */
  readonly purchasesBefore?: number
}

export interface ReceiptLine {
  readonly id: string
  readonly sku?: string
  /** A path: "drinks/coffee". */
  readonly category?: string
  /** Thousandths of a unit: 1.5 kg is 1500n. */
  readonly qty: bigint
  /** The line's price with tax after the register's own discounts. */
  readonly amount: Money
  /** What the whole line cost the shop. */
  readonly cost?: Money
}

export interface Receipt {
  readonly id: ReceiptId
  readonly outlet: OutletId
  readonly lines: readonly ReceiptLine[]
}

export interface Reward {
  readonly id: string
  readonly kind: 'freeItem' | 'percentOff' | 'amountOff'
  readonly lines: readonly string[]
  readonly money: Money
}

export interface QuoteRequest {
  readonly member: QuoteMember | null
  readonly receipt: Receipt
  /** Points asked to be redeemed. */
  readonly redeem: Points
  /** What the till may redeem offline of this purse; null when the cloud answers for it. */
  readonly right: Points | null
  /** The instant of the receipt, ISO 8601 with offset. */
  readonly at: string
  /** Coupons, free goods, a campaign's discount: taken off before points, in this order. */
  readonly rewards?: readonly Reward[]
}

export interface QuotedLine {
  readonly id: string
  readonly earn: Points
  /** The most of this line that points may pay. */
  readonly limit: Money
  readonly discount: Money
  /** What rewards took off the line before points. */
  readonly reward: Money
}

export interface Quote {
  readonly earn: Points
  readonly redeemable: Points
  readonly redeem: Points
  readonly discount: Money
  readonly rewards: readonly Reward[]
  readonly lines: readonly QuotedLine[]
  /** The rules that won and the steps taken, as data; `sentences.ts` turns it into words. */
  readonly why: Why
}

export type QuoteRefusal = 'redeem_not_a_step' | 'redeem_exceeds_limit'
