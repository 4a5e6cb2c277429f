import { type CardNumber, cardNumber } from '../ids.ts'
import { isEan13, passesLuhn } from './check-digit.ts'
import { hasRubbish, unframed } from './framing.ts'
import { payloadOf } from './payload.ts'
import { holdsPaymentNumber } from './payment-card.ts'
import { type Phone, parsePhone } from './phone.ts'

/** What numbers of a programme look like, as its document writes it. */
export interface CardMask {
  readonly prefix?: string | undefined
  readonly lengths: readonly number[]
  readonly check: 'none' | 'ean13' | 'luhn'
  readonly cardType?: string | undefined
}

/** `goods_code`: something that is sold, by GS1 data or a price label. */
export type CodeProblem = 'payment_card' | 'bad_check_digit' | 'unknown_code' | 'goods_code'

/** What a raw code turned out to be. `maybePhone`: digits that people also write a phone number with. */
export type ReadCode =
  | { readonly kind: 'card'; readonly number: CardNumber; readonly maybePhone: Phone | null }
  | { readonly kind: 'phone'; readonly phone: Phone }
  | { readonly kind: 'refused'; readonly reason: CodeProblem }

/** Numbers for use inside a shop: 20 to 28 are price labels of scales; with 29 begin the cards that a till gives out. */
const PRICE_LABEL = /^2[0-8]\d{11}$/
/** So many digits of a prefix name a range; fewer are half of all payment cards. */
const RANGE_PREFIX_MIN = 4

/**
 * Decides what came from a scanner, a register or the keyboard: the bare number in a symbol's payload, then the
 * programme's own masks, then the shape. A payment card's number is read by nobody, unless the programme has named its
 * range with four digits or more.
 */
export function readCode(raw: string, masks: readonly CardMask[] = []): ReadCode {
  const framed = unframed(raw)
  const payload = payloadOf(framed.text, framed.aim)
  if (payload.kind === 'goods') return refused('goods_code')
  const { text } = payload
  if (text === '' || hasRubbish(text)) return refused(holdsPaymentNumber(text) ? 'payment_card' : 'unknown_code')
  const digits = text.replaceAll(/[\s-]/g, '')
  const number = /^\d+$/.test(digits) ? digits : text
  const mask = masks.find((each) => fits(each, number))
  const isNamed = mask?.prefix !== undefined && mask.prefix.length >= RANGE_PREFIX_MIN
  if (!isNamed && holdsPaymentNumber(text)) return refused('payment_card')
  if (text.startsWith('+')) {
    const phone = parsePhone(text)
    return phone === undefined ? refused('unknown_code') : { kind: 'phone', phone }
  }
  if (mask !== undefined) return checkHolds(mask, number) ? card(number, null) : refused('bad_check_digit')
  if (/^\d{13}$/.test(number) && !isEan13(number)) return refused('bad_check_digit')
  if (PRICE_LABEL.test(number)) return refused('goods_code')
  return card(number, parsePhone(text) ?? null)
}

const refused = (reason: CodeProblem) => ({ kind: 'refused', reason }) as const

function card(number: string, maybePhone: Phone | null): ReadCode {
  const parsed = cardNumber.safeParse(number)
  if (parsed.success) return { kind: 'card', number: parsed.data, maybePhone }
  return maybePhone === null ? refused('unknown_code') : { kind: 'phone', phone: maybePhone }
}

/** The type that the programme gives a number. */
export function cardTypeOf(number: string, masks: readonly CardMask[], defaultType: string): string {
  return masks.find((mask) => fits(mask, number))?.cardType ?? defaultType
}

function fits(mask: CardMask, number: string): boolean {
  return mask.lengths.includes(number.length) && number.startsWith(mask.prefix ?? '')
}

function checkHolds(mask: CardMask, number: string): boolean {
  switch (mask.check) {
    case 'none':
      return true
    case 'ean13':
      return isEan13(number)
    case 'luhn':
      return /^\d+$/.test(number) && passesLuhn(number)
  }
}
