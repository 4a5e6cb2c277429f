import { z } from 'zod'
import { type CampaignsReply, campaignsRequest } from './campaigns/ask.ts'
import type {
  AttachView,
  BookingView,
  CardView,
  CoreRefusal,
  LinkView,
  MemberView,
  QuarantineItem,
  QuoteView,
  ReceiptSummary,
  RefundView,
  ShiftReport,
  ShiftView,
  TillState,
} from './core-views.ts'
import { cardNumber, memberId, outletId, quoteId, receiptId } from './ids.ts'
import type { Problem } from './problem.ts'
import { redeemCode } from './redeem-code.ts'
import { type Given, giveRequest, type Taken, takeRequest } from './rights/hand-over.ts'
import { reportRequest } from './segments/analysis/ask.ts'
import type { ReportOf } from './segments/analysis/reports.ts'
import type { ReportName } from './segments/analysis/settings.ts'
import { type SegmentsReply, segmentsRequest } from './segments/ask.ts'
import { type SurveysReply, surveysRequest } from './surveys/ask.ts'
import { dayText, instantText, moneyText, pointsText, qtyText } from './wire.ts'

export type * from './core-views.ts'

/**
 * What the till core (the Worker) does for the screens and for the POS API: plain JSON in, plain JSON out, amounts as
 * decimal strings. Main only passes these calls on; it knows no loyalty rule. Everybody who shows something shows the
 * core's `TillState`, so the screen and the register never disagree.
 */

export const receiptLineInput = z.strictObject({
  id: z.string().min(1).max(64),
  sku: z.string().min(1).max(64).optional(),
  name: z.string().max(200).optional(),
  category: z.string().min(1).max(200).optional(),
  qty: qtyText.default('1'),
  amount: moneyText,
  cost: moneyText.optional(),
})
export type ReceiptLineInput = z.input<typeof receiptLineInput>

/** Beyond it a register's clock is wrong, and days cannot be counted from it. */
const receiptInstant = instantText.regex(/^(?:19[7-9]|2[01]\d)\d-/, {
  error: 'an instant of the years 1970 to 2199 is allowed',
})

export const receiptInput = z.strictObject({
  id: receiptId,
  at: receiptInstant.optional(),
  outlet: outletId.optional(),
  lines: z.array(receiptLineInput).min(1).max(1000),
})

/** One of them names the member; `code` is raw, as a scanner sent it. */
export const identification = z.strictObject({
  card: cardNumber.optional(),
  phone: z.string().max(40).optional(),
  member: memberId.optional(),
  code: z.string().max(4096).optional(),
})

export const enrolment = z.strictObject({
  /** Left out: the till takes the next number of its own electronic cards. */
  card: cardNumber.optional(),
  phone: z.string().max(40).optional(),
  name: z.string().trim().min(1).max(200).optional(),
  birthDate: dayText.optional(),
  language: z.enum(['ru', 'en']).optional(),
  consent: z.strictObject({ personalData: z.literal(true), messages: z.boolean() }),
})

const idempotencyKey = z.string().min(1).max(200)

/** As typed or scanned, or the id of a coupon that the member holds. */
const couponCodes = z.array(z.string().min(1).max(400)).max(20)
/** Ids of rewards that a quote says are available. */
const rewardIds = z.array(z.string().min(1).max(100)).max(100)

const quoteWish = z.strictObject({
  ...identification.shape,
  receipt: receiptInput,
  redeem: pointsText.optional(),
  coupons: couponCodes.optional(),
  rewards: rewardIds.optional(),
  cashier: z.string().max(100).optional(),
  /** A card or phone that nobody knows: no refusal, the receipt keeps it and is credited once somebody has it. */
  whenUnknown: z.enum(['refuse', 'keep']).optional(),
})

/** Every call of the core, by name, with the schema of what it takes. */
export const coreMethods = {
  /** The state as it is now; later ones come as `state` events. */
  state: z.strictObject({}),
  /** A scan from any source: attaches the member to the receipt on the screen, or says what the code is. */
  'scans.take': z.strictObject({
    // Far more than any code: so that one that is too long is told to the cashier, not lost at the door.
    code: z
      .string()
      .min(1)
      .max(64 * 1024),
    source: z.enum(['wedge', 'serial', 'hid', 'register', 'typed']),
    /** One scanner serves register and till: codes of goods are refused at once and in silence, for they go on. */
    shared: z.boolean().optional(),
  }),
  /** What the till's own scanners are held over on the screen that is up: there a code may be a receipt's number. */
  'scans.expect': z.strictObject({ codes: z.enum(['cards', 'receipts']) }),
  'members.find': identification,
  'members.enrol': z.strictObject({ ...enrolment.shape, idempotencyKey: idempotencyKey.optional() }),

  /** The receipt on the screen, typed by the cashier. Each change quotes again. */
  'desk.lines': z.strictObject({ lines: z.array(receiptLineInput).max(1000) }),
  'desk.member': identification,
  'desk.release': z.strictObject({}),
  'desk.redeem': z.strictObject({ points: pointsText }),
  /** Coupons on the receipt and full stamp cards to use for it, all of each. */
  'desk.rewards': z.strictObject({ coupons: couponCodes.optional(), rewards: rewardIds.optional() }),
  /** What the cashier did with the member's hint. */
  'desk.hint': z.strictObject({ hint: z.string().min(1).max(100), action: z.enum(['told', 'not_now']) }),
  /** What the member answered to the survey's question on the screen; nothing: does not want to say. */
  'desk.answer': z.strictObject({
    hint: z.string().min(1).max(100),
    question: z.string().min(1).max(100),
    answer: z.string().max(300),
  }),
  'desk.commit': z.strictObject({ idempotencyKey }),
  'desk.clear': z.strictObject({}),

  /** Quotes of the register. One that carries a receipt takes the screen unless a typed receipt is under way. */
  'quotes.create': quoteWish,
  'quotes.get': z.strictObject({ id: quoteId }),
  'quotes.redeem': z.strictObject({
    id: quoteId,
    redeem: pointsText,
    coupons: couponCodes.optional(),
    rewards: rewardIds.optional(),
  }),
  /** Sends a code to the phone of whoever told only that, and takes it. */
  'quotes.code': z.strictObject({ id: quoteId }),
  'quotes.confirm': z.strictObject({ id: quoteId, code: redeemCode }),
  /** A manager vouches for who told a phone number: as good as a code sent to it. */
  'quotes.vouch': z.strictObject({ id: quoteId, pin: z.string().min(1).max(20) }),
  'quotes.cancel': z.strictObject({ id: quoteId }),
  'quotes.commit': z.strictObject({
    id: quoteId,
    idempotencyKey,
    fiscal: z.string().max(500).optional(),
    /** Where the register sends the receipt again: a change since the quote is refused. */
    receipt: receiptInput.optional(),
  }),

  /** Quotes and books in one step. */
  'receipts.book': z.strictObject({
    ...quoteWish.shape,
    fiscal: z.string().max(500).optional(),
    idempotencyKey,
  }),
  'receipts.recent': z.strictObject({
    limit: z.int().min(1).max(200).default(50),
    search: z.string().max(100).optional(),
  }),
  /** A receipt of any till, by its number: the cloud is asked where this till has not sold it. */
  'receipts.find': z.strictObject({ receipt: receiptId, outlet: outletId.optional() }),
  /** What this till did with a receipt, for another till of the shop. */
  'receipts.told': z.strictObject({ outlet: outletId, receipt: receiptId }),
  'receipts.refund': z.strictObject({
    receipt: receiptId,
    outlet: outletId.optional(),
    lines: z
      .array(
        z
          .strictObject({ id: z.string(), qty: qtyText.optional(), amount: moneyText.optional() })
          .refine(({ qty, amount }) => qty === undefined || amount === undefined, {
            error: 'qty or amount, not both, is allowed; neither for all that is left of the line',
          }),
      )
      .min(1)
      .optional(),
    cashier: z.string().max(100).optional(),
    idempotencyKey,
  }),

  /** A receipt of this till that was booked without a member finds one, with the manager's PIN. */
  'receipts.attach': z.strictObject({
    ...identification.shape,
    receipt: receiptId,
    outlet: outletId.optional(),
    pin: z.string().min(1).max(20),
    cashier: z.string().max(100).optional(),
    idempotencyKey,
  }),

  'cards.block': z.strictObject({
    card: cardNumber,
    reason: z.string().max(200).optional(),
    cashier: z.string().max(100).optional(),
  }),
  'cards.replace': z.strictObject({
    card: cardNumber,
    /** Left out: the till gives the next number of its own electronic cards. */
    with: cardNumber.optional(),
    reason: z.string().max(200).optional(),
    cashier: z.string().max(100).optional(),
  }),

  /** A right for another till of this shop, and one from it; the transport signs and checks. */
  'rights.give': giveRequest,
  'rights.take': takeRequest,

  'shift.open': z.strictObject({ pin: z.string().min(1).max(20) }),
  /** Syncs, then closes; what could not be sent yet is named in the report and sent later. */
  'shift.close': z.strictObject({ pin: z.string().min(1).max(20) }),
  'shift.report': z.strictObject({}),
  /** Push and pull now; resolves when both are done or the network says no. */
  'sync.now': z.strictObject({}),
  /** A report of the cloud, for whoever has a manager's PIN. */
  'reports.ask': z.strictObject({ ...reportRequest.shape, pin: z.string().min(1).max(20) }),
  /** Own segments of the cloud: list, count, make, drop; for whoever has a manager's PIN. */
  'segments.ask': z.strictObject({ request: segmentsRequest, pin: z.string().min(1).max(20) }),
  /** Campaigns of the cloud: look, make, start, stop; for whoever has a manager's PIN. */
  'campaigns.ask': z.strictObject({ request: campaignsRequest, pin: z.string().min(1).max(20) }),
  /** Surveys and tasks of the cloud: look, make, open, close; for whoever has a manager's PIN. */
  'surveys.ask': z.strictObject({ request: surveysRequest, pin: z.string().min(1).max(20) }),
  /** What the cloud set aside from this till's entries. */
  'quarantine.list': z.strictObject({}),
} as const

export type CoreMethod = keyof typeof coreMethods
export type CoreParams<M extends CoreMethod> = z.input<(typeof coreMethods)[M]>

export type CoreReply<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: CoreRefusal; readonly detail?: unknown }

export interface CoreResults {
  state: TillState
  /** `coupon`: the code was one, and it is on the receipt now. `receipt`: it is, or may be, a receipt's number. */
  'scans.take': {
    readonly member: MemberView | null
    readonly code: string
    readonly coupon?: true
    readonly receipt?: true
  }
  'scans.expect': null
  'members.find': MemberView
  'members.enrol': MemberView
  'desk.lines': TillState
  'desk.member': TillState
  'desk.release': TillState
  'desk.redeem': TillState
  'desk.rewards': TillState
  'desk.hint': TillState
  'desk.answer': TillState
  'desk.commit': BookingView
  'desk.clear': TillState
  'quotes.create': QuoteView
  'quotes.get': QuoteView
  'quotes.redeem': QuoteView
  'quotes.code': { readonly sentTo: string; readonly expiresAt: string }
  'quotes.confirm': QuoteView
  'quotes.vouch': QuoteView
  'quotes.cancel': null
  'quotes.commit': BookingView
  'receipts.book': BookingView
  'receipts.recent': readonly ReceiptSummary[]
  'receipts.find': readonly ReceiptSummary[]
  'receipts.told': { readonly entries: readonly string[] }
  'receipts.refund': RefundView
  'receipts.attach': AttachView
  'cards.block': CardView
  'cards.replace': CardView
  'rights.give': Given
  'rights.take': Taken
  'shift.open': ShiftView
  'shift.close': ShiftReport
  'shift.report': ShiftReport
  'sync.now': LinkView
  'reports.ask': ReportAnswer
  'segments.ask': SegmentsAnswer
  'campaigns.ask': CampaignsAnswer
  'surveys.ask': SurveysAnswer
  'quarantine.list': readonly QuarantineItem[]
}

/** `refused` with the cloud's code; a cloud that has no reports yet says `not_found`. */
export type ReportAnswer =
  /** Coming: a later one is being computed; ask again for it. */
  | { readonly kind: 'report'; readonly report: ReportOf<ReportName>; readonly isComing: boolean }
  /** None is kept, the first is being computed; ask again for it. */
  | { readonly kind: 'coming' }
  | { readonly kind: 'unreachable' }
  | { readonly kind: 'refused'; readonly code: string }

/** `refused` with the cloud's code; a cloud that gives screens no segments yet says `not_found`. */
export type SegmentsAnswer = SegmentsReply | NoAnswer
/** Likewise of campaigns. */
export type CampaignsAnswer = CampaignsReply | NoAnswer
export type SurveysAnswer = SurveysReply | NoAnswer
export type NoAnswer =
  | { readonly kind: 'unreachable' }
  | {
      readonly kind: 'refused'
      readonly code: string
      /** What the cloud has found to be wrong, by place; missing: it says the code alone. */
      readonly errors?: Problem['errors']
    }

/** What the core tells without being asked. The POS API passes all but `state` on to registers. */
export type CoreEvent =
  | { readonly type: 'state'; readonly state: TillState }
  /** `receipt`: of one of this till's own, or of any where a return is begun. */
  | { readonly type: 'scan'; readonly code: string; readonly source: string; readonly receipt?: true }
  | { readonly type: 'member.attached'; readonly member: MemberView; readonly quote: string | null }
  | { readonly type: 'member.left'; readonly quote: string | null }
  | { readonly type: 'quote.ready'; readonly quote: QuoteView }
  | { readonly type: 'booked'; readonly booking: BookingView }
