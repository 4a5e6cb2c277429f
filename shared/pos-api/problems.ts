import { z } from 'zod'
import type { CoreRefusal } from '../core-api.ts'
import { problem } from '../problem.ts'

/**
 * What the POS API answers when the core refuses: one table, read by the server, the documentation and the tests. Also
 * the problems that the API itself finds. Source: DESIGN 10.
 */
export interface PosProblem {
  readonly status: number
  /** For the integrator who reads the answer. Stable wording is not promised; the code is. */
  readonly title: string
  /** Seconds after which the same request makes sense again. */
  readonly retryAfterS?: number
}

export const coreProblems: Readonly<Record<CoreRefusal, PosProblem>> = {
  bad_request: { status: 400, title: 'The request does not have the right shape' },
  starting: { status: 503, title: 'The till core is starting; send the same request again', retryAfterS: 1 },
  not_enrolled: { status: 503, title: 'This till has not joined a programme yet', retryAfterS: 30 },
  newer_database: { status: 503, title: 'The data on this till is from a newer version of the app' },
  no_programme: { status: 503, title: 'This till has not received the programme yet', retryAfterS: 5 },
  unknown_card: { status: 404, title: 'No member has this card' },
  unknown_member: { status: 404, title: 'No such member' },
  unknown_code: { status: 404, title: 'This code is no card of the programme' },
  // Whatever else it may be, it is the card of no member.
  bad_check_digit: { status: 404, title: 'The check digit of this card number is wrong' },
  goods_code: { status: 404, title: 'This is a code of goods, not of a card' },
  code_too_long: { status: 400, title: 'No card has a code as long as this' },
  payment_card: { status: 400, title: 'This is a payment card; it is not read' },
  card_blocked: { status: 409, title: 'This card is blocked' },
  bad_phone: { status: 400, title: 'This is not a phone number' },
  card_taken: { status: 409, title: 'This card belongs to a member already' },
  phone_taken: { status: 409, title: 'This phone belongs to a member already' },
  nothing_on_desk: { status: 409, title: 'There is no receipt on the screen' },
  desk_busy: { status: 409, title: 'The cashier is typing a receipt' },
  unknown_quote: { status: 404, title: 'No such quote' },
  quote_closed: { status: 409, title: 'This quote is booked or cancelled' },
  receipt_changed: { status: 409, title: 'The receipt has changed since the quote; quote it again' },
  receipt_already_booked: { status: 409, title: 'This receipt is booked already' },
  idempotency_key_reused: { status: 422, title: 'This Idempotency-Key came with another request before' },
  redeem_not_a_step: { status: 409, title: 'Points are redeemed in whole steps' },
  redeem_exceeds_limit: { status: 409, title: 'More points than may be redeemed on this receipt' },
  till_forked: {
    status: 409,
    title: 'The cloud knows another history of this till; nothing is redeemed until that is settled',
  },
  disk_low: {
    status: 409,
    title: 'The disk of this till is nearly full; nothing is redeemed, receipts are still booked',
  },
  redeem_offline: { status: 409, title: 'Points cannot be redeemed without a connection' },
  second_factor_needed: { status: 409, title: 'What identified the member is not enough to redeem points' },
  wrong_code: { status: 403, title: 'The code is wrong' },
  code_over: { status: 409, title: 'No code is waiting for this member; have another one sent' },
  code_unavailable: { status: 409, title: "No code can be sent now; the card or the manager's PIN helps" },
  too_many_codes: { status: 429, title: 'A code was sent just now, or too many within the hour', retryAfterS: 30 },
  coupon_unknown: { status: 404, title: 'The programme has no such coupon' },
  coupon_of_another_member: { status: 409, title: 'This coupon was given to another member' },
  coupon_needs_a_member: { status: 409, title: 'This coupon needs a member' },
  coupon_not_yet: { status: 409, title: 'This coupon is not valid yet' },
  coupon_over: { status: 409, title: 'This coupon is no longer valid' },
  coupon_used_up: { status: 409, title: 'This member has used this coupon up' },
  coupon_does_not_fit: { status: 409, title: 'This coupon does not fit this receipt' },
  coupon_forged: { status: 409, title: 'This code was not made by the network: it is forged or damaged' },
  reward_unavailable: { status: 409, title: 'This reward cannot be used on this receipt now' },
  reward_offline: { status: 409, title: 'Full cards cannot be used while the cloud is out of reach' },
  coupon_stands_alone: { status: 409, title: 'These coupons may not stand beside one another' },
  coupon_elsewhere: { status: 409, title: 'This coupon is reserved for another till' },
  coupon_offline: { status: 409, title: 'This coupon cannot be used without a connection' },
  reward_gone: { status: 409, title: 'A reward of this quote has changed since; quote it again' },
  durability_pending: {
    status: 503,
    title: 'Booked once, but not yet safe twice; the same Idempotency-Key gives the booking later',
    retryAfterS: 1,
  },
  disk_full: { status: 503, title: 'The disk of this till is full; nothing more can be booked', retryAfterS: 30 },
  unknown_receipt: { status: 404, title: 'No such receipt' },
  receipt_elsewhere: {
    status: 409,
    title: 'Not sold at this till, and the cloud is out of reach: return it where it was sold, or with a network',
  },
  unknown_line: { status: 400, title: 'The receipt has no such line' },
  receipt_has_member: { status: 409, title: 'This receipt has a member already' },
  too_long_ago: { status: 409, title: 'This receipt is too old to find its member' },
  programme_changed: {
    status: 409,
    title: 'The programme has changed since; this till no longer knows what the receipt would have earned',
  },
  card_of_another_member: { status: 409, title: 'This card belongs to another member' },
  card_replaced: { status: 409, title: 'This card was replaced by another' },
  card_not_blocked: { status: 409, title: 'This card is not blocked' },
  card_is_primary: { status: 409, title: "This is the member's primary card" },
  nothing_left_to_return: { status: 409, title: 'Everything on this receipt was returned already' },
  returns_more_than_sold: { status: 409, title: 'More than was sold' },
  wrong_pin: { status: 403, title: 'Wrong PIN' },
  pin_locked: { status: 403, title: 'Too many wrong PINs; wait' },
  no_open_shift: { status: 409, title: 'No shift is open' },
  shift_already_open: { status: 409, title: 'A shift is open already' },
}

/** Of an unknown card or member, where the network could not be asked: it is no proof that nobody has it. */
const NOT_KEPT_HERE =
  'Not kept at this till, and the cloud cannot be asked now: the network may know it. Book the receipt with "whenUnknown": "keep", and it is credited once the till knows.'

/** A refusal's own words about this case; the title is the same in all of them. */
export const detailOf = (detail: unknown): { readonly detail?: string } =>
  (detail as { readonly askedCloud?: unknown } | null | undefined)?.askedCloud === false
    ? { detail: NOT_KEPT_HERE }
    : {}

/** Found before the core is asked. */
export const edgeProblems = {
  unauthorized: { status: 401, title: 'A valid token is needed: Authorization: Bearer …' },
  foreign_origin: { status: 403, title: 'This origin may not call; add it to the allowed origins in the settings' },
  foreign_host: { status: 403, title: 'Only requests to 127.0.0.1 or localhost are answered' },
  not_found: { status: 404, title: 'No such address' },
  method_not_allowed: { status: 405, title: 'This address does not take this method; Allow says which it takes' },
  too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'Bodies are JSON: Content-Type: application/json' },
  set_aside: { status: 422, title: 'The till went down each time it was asked this; the file was set aside' },
  too_many_listeners: { status: 429, title: 'Too many open event streams', retryAfterS: 10 },
  internal: { status: 500, title: 'The till has a fault; its log tells more' },
} as const satisfies Readonly<Record<string, PosProblem>>

export type EdgeProblemCode = keyof typeof edgeProblems

export const posProblems: Readonly<Record<string, PosProblem>> = { ...coreProblems, ...edgeProblems }

/** What registers get instead of an answer. */
export const posProblem = z
  .looseObject({
    ...problem.shape,
    code: z.enum(Object.keys(posProblems) as [string, ...string[]]).describe('Stable: decide by it'),
    requestId: z.string().describe("The request's X-Request-Id: name it when you ask for help"),
  })
  .meta({ id: 'Problem', description: 'What went wrong (RFC 9457); facts of it are members of their own' })
