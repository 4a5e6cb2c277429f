import { type CardNumber, cardNumber } from '../ids.ts'
import { isEan13, isGtin, passesLuhn, upcA } from './check-digit.ts'
import { hasRubbish, unframed } from './framing.ts'
import { payloadOf } from './payload.ts'
import { holdsPaymentNumber } from './payment-card.ts'
import { type Phone, parsePhone } from './phone.ts'
import { readStripe } from './stripe.ts'

/** What numbers of a programme look like, as its document writes it. */
export interface CardMask {
  readonly prefix?: string | undefined
  readonly lengths: readonly number[]
  readonly check: 'none' | 'ean13' | 'luhn'
  readonly cardType?: string | undefined
}

/** `goods_code`: something that is sold, by GS1 data or a price label. */
/** A symbol of the largest kind holds more; a card never does. */
export const CODE_LENGTH_MAX = 4096

export type CodeProblem = 'payment_card' | 'bad_check_digit' | 'unknown_code' | 'goods_code'

/**
 * What a raw code turned out to be. `maybePhone`: digits that people also write a phone number with. `twin`: the same
 * number as other scanners send it, a UPC-A with or without the zero that makes it an EAN-13.
 */
export type ReadCode =
  | {
      readonly kind: 'card'
      readonly number: CardNumber
      readonly maybePhone: Phone | null
      readonly twin: CardNumber | null
    }
  | { readonly kind: 'phone'; readonly phone: Phone }
  | { readonly kind: 'refused'; readonly reason: CodeProblem }

/** Numbers for use inside a shop: 20 to 28 and 02 are price labels of scales; with 29 begin the cards that a till gives out. */
const PRICE_LABEL = /^(2[0-8]|02)\d{11}$/
const OWN_NUMBER = /^29\d{11}$/
/** Books, sheet music and press; the add-on behind their number is two or five digits. */
const PRESS = /^97[789]\d{10}(\d{2}|\d{5})?$/
/** So many digits of a prefix name a range; fewer are half of all payment cards. */
const RANGE_PREFIX_MIN = 4

/**
 * Decides what came from a scanner, a register or the keyboard: the bare number in a symbol's payload or a stripe, then
 * the programme's own masks, then the shape. A payment card's number is read by nobody, unless the programme has named
 * its range with four digits or more.
 */
export function readCode(raw: string, masks: readonly CardMask[] = []): ReadCode {
  const { text: framed, aim } = unframed(raw)
  const stripe = readStripe(framed)
  const payload = stripe === undefined ? payloadOf(framed, aim) : { kind: 'text' as const, text: stripe.number ?? '' }
  if (payload.kind === 'goods') return refused('goods_code')
  if (payload.kind === 'misread') return refused('bad_check_digit')
  const { text } = payload
  const isPayment = holdsPaymentNumber(text) || holdsPaymentNumber(framed)
  if (text === '' || hasRubbish(text)) {
    if (isPayment) return refused('payment_card')
    return refused(stripe?.isMisread ? 'bad_check_digit' : 'unknown_code')
  }
  const number = numberIn(text, aim)
  const mask = masks.find((each) => fits(each, number))
  if (!isNamed(mask) && isPayment) return refused('payment_card')
  if (text.startsWith('+')) {
    const phone = parsePhone(text)
    return phone === undefined ? refused('unknown_code') : { kind: 'phone', phone }
  }
  if (mask !== undefined) return checkHolds(mask, number) ? card(number, '') : refused('bad_check_digit')
  if (/^\d{13}$/.test(number) && !isEan13(number)) return refused('bad_check_digit')
  if (PRICE_LABEL.test(number) || (PRESS.test(number) && isEan13(number.slice(0, 13)))) return refused('goods_code')
  if (aim !== null && /^E[123]$/.test(aim)) return refused('goods_code') // an add-on makes it a magazine
  if (aim?.startsWith('I')) {
    if (/^\d{14}$/.test(number) && isGtin(number)) return refused('goods_code') // a carton
    if (masks.length > 0) return refused('unknown_code') // a part of a longer one reads as well
  }
  return card(number, text)
}

/** The number as it is kept: no blanks, no letters around a Codabar, a short UPC-E in full. */
function numberIn(text: string, aim: string | null): string {
  const digits = text.replaceAll(/[\s-]/g, '')
  if (aim?.startsWith('F')) return digits.replace(/^[A-D](.+)[A-D]$/i, '$1')
  if ((aim === 'E0' || aim === 'Xk') && /^[01]\d{7}$/.test(digits)) return `0${upcA(digits)}`
  return /^\d+$/.test(digits) ? digits : text
}

/** A payment card's number that the programme has not named as its own. */
export function isForeignPayment(number: string, masks: readonly CardMask[]): boolean {
  return holdsPaymentNumber(number) && !isNamed(masks.find((each) => fits(each, number)))
}

const isNamed = (mask: CardMask | undefined) => mask?.prefix !== undefined && mask.prefix.length >= RANGE_PREFIX_MIN

/**
 * A code that is the register's where one scanner serves register and till: a trade number that no mask of the programme
 * claims, any bare number where there are masks, and what cannot be a card at all. A payment card is nobody's.
 */
export function looksLikeGoods(raw: string, masks: readonly CardMask[]): boolean {
  const { text, aim } = unframed(raw)
  if (readStripe(text) !== undefined) return false
  const isClaimed = masks.some((mask) => fits(mask, numberIn(text, aim)))
  const read = readCode(raw, masks)
  switch (read.kind) {
    case 'phone':
      return false
    case 'refused':
      return read.reason !== 'payment_card' && !isClaimed // a card that was misread is scanned again
    case 'card': {
      const isOwn = isClaimed || OWN_NUMBER.test(read.number) || masks.some((mask) => fits(mask, read.number))
      return !isOwn && (isGtin(read.number) || (read.number === text && masks.length > 0))
    }
  }
}

/** What may be told to registers and shown: of a stripe the number alone, and never a name. */
export function tellable(raw: string): string {
  const { text } = unframed(raw)
  const stripe = readStripe(text)
  return stripe === undefined ? text : (stripe.number ?? '')
}

const refused = (reason: CodeProblem) => ({ kind: 'refused', reason }) as const

/** `dialled`: what may be a phone number as well. Most cards are known, so it is looked into once somebody asks. */
function card(number: string, dialled: string): ReadCode {
  const phone = () => (dialled === '' ? null : (parsePhone(dialled) ?? null))
  const parsed = cardNumber.safeParse(number)
  if (!parsed.success) {
    const only = phone()
    return only === null ? refused('unknown_code') : { kind: 'phone', phone: only }
  }
  let maybe: Phone | null | undefined
  return {
    kind: 'card',
    number: parsed.data,
    get maybePhone() {
      if (maybe === undefined) maybe = phone()
      return maybe
    },
    twin: twinOf(number),
  }
}

function twinOf(number: string): CardNumber | null {
  if (/^\d{12}$/.test(number) && isEan13(`0${number}`)) return cardNumber.parse(`0${number}`)
  return /^0\d{12}$/.test(number) ? cardNumber.parse(number.slice(1)) : null
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
