// Bonusbook POS API: made from its OpenAPI document by "npm run pos-client". Do not edit; copy it into your program.

/** What went wrong (RFC 9457); facts of it are members of their own */
export type Problem = {
  type: string
  title: string
  status: number
  /** Stable: decide by it */
  code: "bad_request" | "starting" | "not_enrolled" | "newer_database" | "no_programme" | "unknown_card" | "unknown_member" | "unknown_code" | "bad_check_digit" | "goods_code" | "code_too_long" | "payment_card" | "card_blocked" | "bad_phone" | "card_taken" | "phone_taken" | "nothing_on_desk" | "desk_busy" | "unknown_quote" | "quote_closed" | "receipt_changed" | "receipt_already_booked" | "idempotency_key_reused" | "redeem_not_a_step" | "redeem_exceeds_limit" | "till_forked" | "disk_low" | "redeem_offline" | "second_factor_needed" | "wrong_code" | "code_over" | "code_unavailable" | "too_many_codes" | "coupon_unknown" | "coupon_of_another_member" | "coupon_needs_a_member" | "coupon_not_yet" | "coupon_over" | "coupon_used_up" | "coupon_does_not_fit" | "coupon_forged" | "reward_unavailable" | "reward_offline" | "coupon_stands_alone" | "coupon_elsewhere" | "coupon_offline" | "reward_gone" | "durability_pending" | "disk_full" | "unknown_receipt" | "receipt_elsewhere" | "unknown_line" | "receipt_has_member" | "too_long_ago" | "programme_changed" | "card_of_another_member" | "card_replaced" | "card_not_blocked" | "card_is_primary" | "nothing_left_to_return" | "returns_more_than_sold" | "wrong_pin" | "pin_locked" | "no_open_shift" | "shift_already_open" | "unauthorized" | "foreign_origin" | "foreign_host" | "not_found" | "method_not_allowed" | "too_large" | "unsupported_media_type" | "set_aside" | "too_many_listeners" | "internal"
  detail?: string
  errors?: Array<{
    path: string
    found: string
    allowed: string
  }>
  /** The request's X-Request-Id: name it when you ask for help */
  requestId: string
}

/** A member as the cashier may see them */
export type Member = {
  id: string
  name: string | null
  /** Masked */
  phone: string | null
  card: string
  cardType: string
  tier: string | null
  segments: string[]
  /** What the owner calls the segments, by id; those of presets have no name */
  segmentNames?: Record<string, string>
  balance: string
  /** What could be redeemed were the receipt large enough */
  spendable: string
  pending: string
  debt: string
  /** Points that this till holds as rights and may spend without a network, and what other tills hold */
  held?: {
    here: string
    elsewhere: string
  }
  expiring: Array<{
    lastDay: string
    points: string
  }>
  terms: Array<{
    id: string
  }>
  identifiedBy: string
  /** What a campaign wants the cashier to say to the member */
  hint?: {
    id: string
    kind: string
    text: {
      ru: string
      en: string
    }
    points: string | null
    lastDay: string | null
    days: number
  } | null
  tierName?: string | null
  /** The way to the next tier */
  progress?: {
    next: {
      id: string
      name: string
    }
    match: string
    nearest: {
      kind: string
      have: string
      need: string
      left: string
    }
  } | null
  /** Stamp cards; `full`: rewards that may be taken */
  stamps?: Array<{
    id: string
    name: string
    stamps: number
    need: number
    full: number
  }>
  /** Coupons in the member's own purse */
  coupons?: Array<{
    id: string
    name: string
    uses: number
    lastDay: string | null
  }>
}

/** What a code was */
export type Scan = {
  code: string
  member: Member | null
  /** The code was a coupon, and it is on the receipt now */
  coupon?: boolean
}

/** What a receipt earns and may redeem */
export type Quote = {
  id: string
  state: "open" | "held" | "booked" | "cancelled"
  receipt: {
    id: string
    at: string
    outlet: string
  }
  member: Member | null
  /** A card or phone that nobody has: the receipt is credited once somebody has it */
  unresolved?: {
    card?: string
    phone?: string
  }
  total: string
  /** Points that this receipt earns */
  earn: string
  /** The most points that may be redeemed on it */
  redeemable: string
  /** Why not more: none, balance, rules, elsewhere (other tills hold the rest), offline (no network, and no right here), rights_ended (no contact for 72 hours), clock_back (the clock was set back since the last contact), policy (the programme allows none without a network), forked, disk_low, day_limit, no_member, second_factor_needed */
  redeemBound: string
  /** What of the redeemed points no right covers */
  risk?: string
  /** Points chosen, by the register or by the cashier */
  redeem: string
  /** Money that the redeemed points stand for */
  discount: string
  toPay: string
  rewards: Array<{
    /** The purse that pays for it: stamp:<card> or coupon:<coupon> */
    id: string
    kind: string
    lines: string[]
    /** Off the receipt, before points */
    money: string
    name?: string | null
  }>
  /** Full stamp cards and coupons of the member that may be asked for by `rewards`, and what they take off */
  available?: Array<{
    id: string
    kind: string
    money: string
    name: string
  }>
  /** Full stamp cards that are used on the receipt */
  asked?: string[]
  /** Rewards that are points */
  gifts?: Array<{
    id: string
    name: string | null
    points: string
    code: string | null
  }>
  /** Coupons on the receipt */
  coupons?: string[]
  /** Stamps that the receipt brings */
  stamps?: Array<{
    id: string
    name: string
    stamps: number
  }>
  /** What the member does too often */
  warnings?: string[]
  lines: Array<{
    id: string
    earn: string
    limit: string
    discount: string
    amount: string
  }>
  /** The rules that won and the steps, as data */
  why: unknown
  /** The same in words */
  sentences: {
    ru: string[]
    en: string[]
  }
}

/** A booked receipt */
export type Booking = {
  receipt: string
  outlet: string
  key: {
    device: string
    epoch: number
    seq: number
  }
  at: string
  member: Member | null
  /** A card or phone that nobody has: the receipt is credited once somebody has it */
  unresolved?: {
    card?: string
    phone?: string
  }
  total: string
  earn: string
  redeem: string
  discount: string
  toPay: string
  rewards?: Array<{
    /** The purse that pays for it: stamp:<card> or coupon:<coupon> */
    id: string
    kind: string
    lines: string[]
    /** Off the receipt, before points */
    money: string
    name?: string | null
  }>
  /** Lines to print under the receipt */
  slip: string[]
}

/** A receipt that has found its member */
export type Attachment = {
  receipt: string
  outlet: string
  key: {
    device: string
    epoch: number
    seq: number
  }
  member: Member
  /** What the receipt would have earned then */
  earn: string
  slip: string[]
}

/** A card and whose it is */
export type Card = {
  /** After a replacement the new one */
  card: string
  state: "active" | "blocked" | "replaced"
  member: Member
}

/** A booked return */
export type Refund = {
  receipt: string
  key: {
    device: string
    epoch: number
    seq: number
  }
  /** What the register pays out */
  money: string
  pointsBack: string
  pointsTaken: string
  debt: string
  slip: string[]
}

/** A code on its way */
export type CodeSent = {
  /** Masked */
  sentTo: string
  expiresAt: string
}

/** What the till shows right now */
export type State = {
  phase: "starting" | "needs-enrolment" | "filling" | "ready" | "refused"
  link: {
    online: boolean
    unsent: number
  }
  member: Member | null
  quote: Quote | null
}

export type ForwardScanInput = {
  body: {
    /** As the scanner sent it, with or without prefixes */
    code: string
  }
}

export type FindMemberInput = {
  card?: string
  phone?: string
  /** As a scanner sent it */
  code?: string
}

export type EnrolMemberInput = {
  /** Chosen by the register, one per receipt. The same key gives the same answer, however often it is sent */
  idempotencyKey?: string
  body: {
    card?: string
    phone?: string
    name?: string
    birthDate?: string
    language?: "ru" | "en"
    consent: {
      personalData: true
      messages: boolean
    }
  }
}

export type CreateQuoteInput = {
  body: {
    card?: string
    phone?: string
    member?: string
    code?: string
    receipt: {
      id: string
      at?: string
      outlet?: string
      lines: Array<{
        id: string
        sku?: string
        name?: string
        category?: string
        qty?: string
        amount: string
        cost?: string
      }>
    }
    redeem?: string
    coupons?: string[]
    rewards?: string[]
    cashier?: string
    whenUnknown?: "refuse" | "keep"
  }
}

export type GetQuoteInput = {
  id: string
}

export type ChooseRedemptionInput = {
  id: string
  body: {
    /** Points to redeem; "0" for none */
    redeem: string
    /** All coupons of the receipt; left out: as before */
    coupons?: string[]
    /** All rewards of `available` that are to be used; left out: as before */
    rewards?: string[]
  }
}

export type CancelQuoteInput = {
  id: string
}

export type SendCodeInput = {
  id: string
}

export type ConfirmMemberInput = {
  id: string
  body: {
    /** As the customer reads it out */
    code: string
  }
}

export type VouchForMemberInput = {
  id: string
  body: {
    /** The manager's */
    pin: string
  }
}

export type CommitQuoteInput = {
  id: string
  /** Chosen by the register, one per receipt. The same key gives the same answer, however often it is sent */
  idempotencyKey: string
  body?: {
    /** The fiscal sign of the printed receipt */
    fiscal?: string
    /** The receipt as it is now: a change since the quote is refused */
    receipt?: {
      id: string
      at?: string
      outlet?: string
      lines: Array<{
        id: string
        sku?: string
        name?: string
        category?: string
        qty?: string
        amount: string
        cost?: string
      }>
    }
  }
}

export type BookReceiptInput = {
  /** Chosen by the register, one per receipt. The same key gives the same answer, however often it is sent */
  idempotencyKey: string
  body: {
    card?: string
    phone?: string
    member?: string
    code?: string
    receipt: {
      id: string
      at?: string
      outlet?: string
      lines: Array<{
        id: string
        sku?: string
        name?: string
        category?: string
        qty?: string
        amount: string
        cost?: string
      }>
    }
    redeem?: string
    coupons?: string[]
    rewards?: string[]
    cashier?: string
    whenUnknown?: "refuse" | "keep"
    fiscal?: string
  }
}

export type RefundReceiptInput = {
  /** Chosen by the register, one per receipt. The same key gives the same answer, however often it is sent */
  idempotencyKey?: string
  body: {
    receipt: string
    outlet?: string
    /** Left out: all that is left of the receipt */
    lines?: Array<{
      id: string
      qty?: string
      amount?: string
    }>
    cashier?: string
  }
}

export type AttachMemberInput = {
  id: string
  /** Chosen by the register, one per receipt. The same key gives the same answer, however often it is sent */
  idempotencyKey?: string
  body: {
    card?: string
    phone?: string
    member?: string
    code?: string
    outlet?: string
    /** The manager's */
    pin: string
    cashier?: string
  }
}

export type BlockCardInput = {
  number: string
  body?: {
    reason?: string
    cashier?: string
  }
}

export type ReplaceCardInput = {
  number: string
  body?: {
    /** The new card; left out: the next number of the till’s own electronic cards */
    with?: string
    reason?: string
    cashier?: string
  }
}


/** Where the till is: `address` and the token that its settings have shown. */
export interface PosClientOptions {
  /** "http://127.0.0.1:47601/v1" */
  readonly address: string
  readonly token: string
  /** How often a request is sent again that the till could not answer yet; only such as may be repeated. */
  readonly tries?: number
}

/** The till refused: decide by `problem.code`. */
export class PosProblem extends Error {
  override readonly name = 'PosProblem'
  readonly problem: Problem
  constructor(problem: Problem) {
    super(`${problem.status} ${problem.code}: ${problem.title}`)
    this.problem = problem
  }
}

interface Call {
  readonly method: string
  readonly path: string
  readonly query?: Readonly<Record<string, string | undefined>>
  readonly headers?: Readonly<Record<string, string | undefined>>
  readonly body?: unknown
}

const REPEATED_AFTER_MS = 1_000
const REQUEST_MS_MAX = 40_000

function given(values: Readonly<Record<string, string | undefined>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined))
}

function caller({ address, token, tries = 5 }: PosClientOptions) {
  const origin = new URL(address).origin
  return async function call<T>({ method, path, query, headers, body }: Call): Promise<T> {
    const asked = new URLSearchParams(given(query)).toString()
    const mayRepeat = method === 'GET' || headers?.['idempotency-key'] !== undefined
    for (let left = mayRepeat ? tries : 1; ; left--) {
      try {
        const response = await fetch(`${origin}${path}${asked === '' ? '' : `?${asked}`}`, {
          method,
          headers: {
            authorization: `Bearer ${token}`,
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
            ...given(headers),
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          signal: AbortSignal.timeout(REQUEST_MS_MAX),
        })
        if (response.status === 204) return undefined as T
        const answer: unknown = await response.json()
        if (response.ok) return answer as T
        throw new PosProblem(answer as Problem)
      } catch (error) {
        const isForGood = error instanceof PosProblem && error.problem.status !== 503
        if (isForGood || left <= 1) throw error
        await new Promise((resolve) => setTimeout(resolve, REPEATED_AFTER_MS))
      }
    }
  }
}

/** One thing that happened at the till: `data.type` is its name. */
export interface PosEvent {
  readonly id: string
  readonly data: { readonly type: string; readonly [name: string]: unknown }
}

async function* listening(
  { address, token }: PosClientOptions,
  path: string,
  signal?: AbortSignal,
): AsyncGenerator<PosEvent> {
  let last: string | undefined
  const isOver = () => signal?.aborted === true
  while (!isOver()) {
    try {
      const headers = { authorization: `Bearer ${token}`, ...(last === undefined ? {} : { 'last-event-id': last }) }
      const response = await fetch(`${new URL(address).origin}${path}`, { headers, ...(signal && { signal }) })
      if (!response.ok) throw new PosProblem((await response.json()) as Problem)
      let rest = ''
      for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
        const blocks = `${rest}${text}`.split('\n\n')
        rest = blocks.pop()!
        for (const block of blocks) {
          const lines = block.split('\n')
          const id = lines.find((line) => line.startsWith('id: '))?.slice(4)
          const data = lines.find((line) => line.startsWith('data: '))?.slice(6)
          if (id === undefined || data === undefined) continue
          last = id
          yield { id, data: JSON.parse(data) as PosEvent['data'] }
        }
      }
    } catch (error) {
      if (isOver()) return
      if (error instanceof PosProblem && error.problem.status < 500) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, REPEATED_AFTER_MS))
  }
}

export function posClient(options: PosClientOptions) {
  const call = caller(options)
  return {
    /** Forward a scan. */
    forwardScan: (input: ForwardScanInput) => call<Scan>({ method: 'POST', path: `/v1/scans`, body: input.body }),
    /** Find a member. */
    findMember: (input: FindMemberInput) => call<Member>({ method: 'GET', path: `/v1/members`, query: { 'card': input.card, 'phone': input.phone, 'code': input.code } }),
    /** Enrol a member. */
    enrolMember: (input: EnrolMemberInput) => call<Member>({ method: 'POST', path: `/v1/members`, headers: { 'idempotency-key': input.idempotencyKey }, body: input.body }),
    /** Quote a receipt. */
    createQuote: (input: CreateQuoteInput) => call<Quote>({ method: 'POST', path: `/v1/quotes`, body: input.body }),
    /** Look at a quote. */
    getQuote: (input: GetQuoteInput) => call<Quote>({ method: 'GET', path: `/v1/quotes/${encodeURIComponent(input.id)}` }),
    /** Choose points to redeem. */
    chooseRedemption: (input: ChooseRedemptionInput) => call<Quote>({ method: 'PATCH', path: `/v1/quotes/${encodeURIComponent(input.id)}`, body: input.body }),
    /** Let a quote go. */
    cancelQuote: (input: CancelQuoteInput) => call<void>({ method: 'DELETE', path: `/v1/quotes/${encodeURIComponent(input.id)}` }),
    /** Send a code to the member’s phone. */
    sendCode: (input: SendCodeInput) => call<CodeSent>({ method: 'POST', path: `/v1/quotes/${encodeURIComponent(input.id)}/code` }),
    /** The code that the member was sent. */
    confirmMember: (input: ConfirmMemberInput) => call<Quote>({ method: 'POST', path: `/v1/quotes/${encodeURIComponent(input.id)}/confirm`, body: input.body }),
    /** Vouch for the member with the manager's PIN. */
    vouchForMember: (input: VouchForMemberInput) => call<Quote>({ method: 'POST', path: `/v1/quotes/${encodeURIComponent(input.id)}/vouch`, body: input.body }),
    /** Book a quote. */
    commitQuote: (input: CommitQuoteInput) => call<Booking>({ method: 'POST', path: `/v1/quotes/${encodeURIComponent(input.id)}/commit`, headers: { 'idempotency-key': input.idempotencyKey }, body: input.body }),
    /** Quote and book in one call. */
    bookReceipt: (input: BookReceiptInput) => call<Booking>({ method: 'POST', path: `/v1/receipts`, headers: { 'idempotency-key': input.idempotencyKey }, body: input.body }),
    /** Take a receipt back. */
    refundReceipt: (input: RefundReceiptInput) => call<Refund>({ method: 'POST', path: `/v1/refunds`, headers: { 'idempotency-key': input.idempotencyKey }, body: input.body }),
    /** Give a receipt its member afterwards. */
    attachMember: (input: AttachMemberInput) => call<Attachment>({ method: 'POST', path: `/v1/receipts/${encodeURIComponent(input.id)}/member`, headers: { 'idempotency-key': input.idempotencyKey }, body: input.body }),
    /** Block a card. */
    blockCard: (input: BlockCardInput) => call<Card>({ method: 'POST', path: `/v1/cards/${encodeURIComponent(input.number)}/block`, body: input.body }),
    /** Replace a card. */
    replaceCard: (input: ReplaceCardInput) => call<Card>({ method: 'POST', path: `/v1/cards/${encodeURIComponent(input.number)}/replace`, body: input.body }),
    /** What the till shows. */
    getState: () => call<State>({ method: 'GET', path: `/v1/state` }),
    /** Listen. Goes on by itself after a break; ends with the signal. */
    listen: (signal?: AbortSignal) => listening(options, '/v1/events', signal),
  }
}
