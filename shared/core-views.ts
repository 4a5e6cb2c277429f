import type { z } from 'zod'
import type { identifiedBy } from './ledger/entry.ts'
import type { Why } from './quote/why.ts'
import type { Question, SurveyWords } from './surveys/document.ts'

/** What the till core shows, to screens and registers alike, and the reasons for which it refuses. Amounts are decimal strings. */

/** Every reason for which the core refuses, stable: screens have words for each, the POS API a status. */
export type CoreRefusal =
  | 'bad_request'
  | 'starting'
  | 'not_enrolled'
  | 'newer_database'
  | 'no_programme'
  | 'unknown_card'
  | 'unknown_member'
  | 'unknown_code'
  | 'bad_check_digit'
  | 'goods_code'
  | 'code_too_long'
  | 'payment_card'
  | 'card_blocked'
  | 'bad_phone'
  | 'card_taken'
  | 'phone_taken'
  | 'nothing_on_desk'
  | 'desk_busy'
  | 'unknown_quote'
  | 'quote_closed'
  | 'receipt_changed'
  | 'receipt_already_booked'
  | 'idempotency_key_reused'
  | 'redeem_not_a_step'
  | 'redeem_exceeds_limit'
  | 'redeem_offline'
  | 'till_forked'
  | 'disk_low'
  | 'second_factor_needed'
  | 'wrong_code'
  | 'code_over'
  | 'code_unavailable'
  | 'too_many_codes'
  | 'coupon_unknown'
  | 'coupon_of_another_member'
  | 'coupon_needs_a_member'
  | 'coupon_not_yet'
  | 'coupon_over'
  | 'coupon_used_up'
  | 'coupon_does_not_fit'
  | 'coupon_stands_alone'
  | 'coupon_offline'
  | 'coupon_forged'
  | 'reward_unavailable'
  | 'reward_offline'
  | 'coupon_elsewhere'
  | 'reward_gone'
  | 'durability_pending'
  | 'disk_full'
  | 'unknown_receipt'
  | 'receipt_elsewhere'
  | 'unknown_line'
  | 'receipt_has_member'
  | 'too_long_ago'
  | 'programme_changed'
  | 'card_of_another_member'
  | 'card_replaced'
  | 'card_not_blocked'
  | 'card_is_primary'
  | 'nothing_left_to_return'
  | 'returns_more_than_sold'
  | 'wrong_pin'
  | 'pin_locked'
  | 'no_open_shift'
  | 'shift_already_open'

export interface MemberView {
  readonly id: string
  readonly name: string | null
  /** Masked: "+7 ••• •••-45-67". */
  readonly phone: string | null
  readonly card: string
  readonly cardType: string
  readonly tier: string | null
  readonly segments: readonly string[]
  /** What their owner calls them, by id; of a preset's, and from an older cloud, none. */
  readonly segmentNames?: Readonly<Record<string, string>>
  readonly balance: string
  /** What could be redeemed were the receipt large enough. */
  readonly spendable: string
  readonly pending: string
  readonly debt: string
  /** Points that this till holds as rights, and what other tills hold. Missing: nothing is handed out here. */
  readonly held?: { readonly here: string; readonly elsewhere: string }
  readonly expiring: readonly { readonly lastDay: string; readonly points: string }[]
  readonly terms: readonly { readonly id: string }[]
  readonly birthdayInDays: number | null
  readonly language: 'ru' | 'en' | null
  readonly identifiedBy: z.infer<typeof identifiedBy>
  /** The cloud's clock when these figures were true. */
  readonly asOf: string | null
  /** The one thing to say now for a campaign. Missing or null: nothing. */
  readonly hint?: HintView | null
  /** As people say it: "Gold". Missing: not told. */
  readonly tierName?: string | null
  /** The way to the next tier; null: there is none, or the cloud has not told it. */
  readonly progress?: ProgressView | null
  readonly stamps?: readonly StampView[]
  /** Coupons in the member's own purse. */
  readonly coupons?: readonly CouponView[]
}

/** What a campaign wants said to the member, ready to say. */
export interface HintView {
  readonly id: string
  readonly kind: 'gift' | 'remind'
  /** In the campaign's words, filled in. */
  readonly text: { readonly ru: string; readonly en: string }
  /** Of a gift. */
  readonly points: string | null
  readonly lastDay: string | null
  /** Days since the member's last purchase. */
  readonly days: number
  /** A question to ask instead of words to say. */
  readonly survey?: SurveyView
}

/** One question of a survey at a time. */
export interface SurveyView {
  readonly title: SurveyWords
  readonly question: Question
  /** From 1, of those that are left. */
  readonly place: number
  readonly total: number
}

/** "640 ₽ to Gold". Sums are decimal text of money or points, the rest decimal numbers. */
export interface ProgressView {
  readonly next: { readonly id: string; readonly name: string }
  readonly match: 'any' | 'all'
  readonly measures: readonly ProgressMeasure[]
  /** The one to tell: the nearest where any is enough, else the farthest. */
  readonly nearest: ProgressMeasure
}

export interface ProgressMeasure {
  readonly kind: 'sum' | 'points' | 'purchases' | 'membership' | 'goods'
  readonly have: string
  readonly need: string
  readonly left: string
}

/** "4 of 6 coffees". */
export interface StampView {
  readonly id: string
  readonly name: string
  readonly stamps: number
  readonly need: number
  /** Full cards: rewards to be taken. */
  readonly full: number
  /** Stamps to the next full card. */
  readonly short: number
  /** Worth saying now. */
  readonly tell: boolean
}

export interface CouponView {
  readonly id: string
  readonly name: string
  readonly uses: number
  readonly lastDay: string | null
}

/** Why not more points may be redeemed here and now; the screen has a sentence for each. */
export type RedeemBound =
  | 'none'
  | 'balance'
  | 'rules'
  | 'day_limit'
  | 'offline'
  /** Other tills hold the rest. */
  | 'elsewhere'
  /** Nothing was heard of the cloud for 72 hours. */
  | 'rights_ended'
  /** The till's clock stands before what it has shown: nobody can tell how long the cloud has been silent. */
  | 'clock_back'
  /** The programme allows no redeeming without a network. */
  | 'policy'
  | 'forked'
  | 'disk_low'
  | 'no_member'
  | 'second_factor_needed'

/** A card or phone that nobody had when the receipt came. */
export interface Unresolved {
  readonly card?: string
  readonly phone?: string
}

export interface QuoteView {
  readonly id: string
  readonly from: 'register' | 'screen'
  readonly state: 'open' | 'held' | 'booked' | 'cancelled'
  readonly receipt: { readonly id: string; readonly at: string; readonly outlet: string }
  readonly member: MemberView | null
  /** Kept on the receipt until somebody has it. */
  readonly unresolved?: Unresolved
  readonly total: string
  readonly earn: string
  readonly redeemable: string
  readonly redeemBound: RedeemBound
  /** What of the redeemed points no right covers: the programme's risk. Missing: nothing. */
  readonly risk?: string
  /** In points; `discount` is its money. */
  readonly redeem: string
  readonly discount: string
  readonly toPay: string
  readonly rewards: readonly {
    readonly id: string
    readonly kind: string
    readonly lines: readonly string[]
    readonly money: string
    /** As people call it: the coupon's or the stamp card's name. */
    readonly name?: string | null
    /** Of a coupon: the code that brought it, to take it off again. */
    readonly code?: string | null
  }[]
  /** Coupons on the receipt, as they were typed or scanned. */
  readonly coupons?: readonly string[]
  /** What could be used as well: full stamp cards and coupons in the member's purse, with what they would take off. */
  readonly available?: readonly {
    /** The purse that pays: "stamp:coffee", "coupon:spring". */
    readonly id: string
    readonly kind: string
    readonly lines: readonly string[]
    readonly money: string
    readonly name: string
    /** Of a reward that is points. */
    readonly points?: string
  }[]
  /** Full stamp cards that somebody asked to use, by the purses that pay. */
  readonly asked?: readonly string[]
  /** Rewards that are points, which come with the receipt. */
  readonly gifts?: readonly {
    readonly id: string
    readonly name: string | null
    readonly points: string
    readonly code: string | null
  }[]
  /** Stamps that the receipt brings. */
  readonly stamps?: readonly { readonly id: string; readonly name: string; readonly stamps: number }[]
  /** What the member does too often, for the cashier to look at. */
  readonly warnings?: readonly ('too_many_receipts_today' | 'too_many_receipts_this_hour' | 'too_many_returns')[]
  readonly lines: readonly {
    readonly id: string
    readonly name: string | null
    readonly sku: string | null
    readonly category: string | null
    readonly qty: string
    readonly amount: string
    readonly earn: string
    readonly limit: string
    readonly discount: string
    /** Money off by rewards. */
    readonly reward?: string
  }[]
  readonly why: Why
  /** `why` in words, per language, ready to show. */
  readonly sentences: { readonly ru: readonly string[]; readonly en: readonly string[] }
}

export interface BookingView {
  readonly receipt: string
  readonly outlet: string
  readonly key: { readonly device: string; readonly epoch: number; readonly seq: number }
  readonly at: string
  readonly member: MemberView | null
  readonly unresolved?: Unresolved
  readonly total: string
  readonly earn: string
  readonly redeem: string
  readonly discount: string
  readonly toPay: string
  readonly rewards?: QuoteView['rewards']
  /** Lines to print under the receipt, in the member's language. */
  readonly slip: readonly string[]
}

export interface RefundView {
  readonly receipt: string
  readonly key: { readonly device: string; readonly epoch: number; readonly seq: number }
  readonly money: string
  readonly pointsBack: string
  readonly pointsTaken: string
  /** What the member owes after it; repaid from later earnings. */
  readonly debt: string
  readonly slip: readonly string[]
}

export interface AttachView {
  readonly receipt: string
  readonly outlet: string
  readonly key: { readonly device: string; readonly epoch: number; readonly seq: number }
  readonly member: MemberView
  readonly earn: string
  readonly slip: readonly string[]
}

export interface CardView {
  /** After a replacement the new one. */
  readonly card: string
  readonly state: 'active' | 'blocked' | 'replaced'
  readonly member: MemberView
}

export interface ReceiptSummary {
  readonly receipt: string
  readonly outlet: string
  readonly at: string
  readonly total: string
  readonly earn: string
  readonly redeem: string
  readonly member: { readonly id: string; readonly name: string | null; readonly card: string } | null
  readonly lines: readonly {
    readonly id: string
    readonly name: string | null
    readonly qty: string
    readonly amount: string
    readonly returned: string
  }[]
  readonly returned: 'no' | 'part' | 'whole'
  readonly sync: 'waiting' | 'applied' | 'deficit' | 'quarantined'
}

export interface ShiftView {
  readonly id: string
  readonly openedAt: string
  readonly openedBy: string
  readonly receipts: number
  readonly refunds: number
  readonly turnover: string
  readonly earned: string
  readonly redeemed: string
  readonly pointsBack: string
  readonly pointsTaken: string
}

export interface ShiftReport extends ShiftView {
  readonly closedAt: string | null
  /** Entries that the cloud has not answered yet, and why. */
  readonly unsent: number
  readonly unsentReason: string | null
  readonly quarantined: readonly QuarantineItem[]
  /** After a sync: every balance the till shows equals the cloud's. null: could not be asked. */
  readonly agrees: boolean | null
  readonly differences: readonly { readonly member: string; readonly till: string; readonly cloud: string }[]
}

export interface QuarantineItem {
  readonly seq: number
  readonly code: string
  readonly message: string
  readonly receipt: string | null
}

export interface LinkView {
  readonly online: boolean
  readonly syncing: boolean
  readonly lastContactAt: string | null
  readonly unsent: number
  readonly oldestUnsentAt: string | null
  readonly quarantined: number
  /** Entries or rows done and to do, while a long one runs. */
  readonly progress: {
    readonly what: 'push' | 'pull' | 'fill'
    readonly done: number
    readonly total: number | null
  } | null
  readonly problem: string | null
}

/** A word for the cashier that the core wants to say once: a scan that is no card, a copy that failed, … */
export interface Notice {
  readonly id: number
  readonly reason: CoreRefusal
  readonly detail?: unknown
}

export interface TillState {
  readonly phase: 'starting' | 'needs-enrolment' | 'filling' | 'ready' | 'refused'
  /** With `refused`: a database from a newer app, and so on. */
  readonly refusal: CoreRefusal | null
  readonly till: {
    readonly tenant: string
    readonly outlet: string
    readonly till: string
    readonly device: string
  } | null
  readonly programme: {
    readonly id: string
    readonly version: number
    readonly name: string
    readonly currency: string
    readonly timeZone: string
    readonly step: string
    readonly value: string
    readonly names: { readonly ru: readonly string[]; readonly en: readonly string[] }
    /** Categories that rules speak of: offered where a line is typed by hand. */
    readonly categories: readonly string[]
    /** There are coupons to be shown at the counter. */
    readonly takesCoupons?: boolean
    /** What makes a told phone number enough to redeem: a code sent to it, a manager's word. */
    readonly surerBy?: readonly ('code' | 'pin')[]
  } | null
  readonly link: LinkView
  readonly shift: ShiftView | null
  /** The member at the counter, with or without a receipt yet. */
  readonly member: MemberView | null
  /** An unknown card waiting to be enrolled. */
  readonly unknownCard: string | null
  /** A card or phone that this till does not keep while the network cannot be asked: the receipt keeps it. */
  readonly stranger: Unresolved | null
  readonly quote: QuoteView | null
  /** The last thing booked: stays on screen until the next customer. */
  readonly booked: BookingView | null
  readonly notice: Notice | null
}
