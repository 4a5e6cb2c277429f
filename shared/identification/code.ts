import { type CardNumber, cardNumber } from '../ids.ts'
import { isEan13, passesLuhn } from './check-digit.ts'
import { hasRubbish, unframed } from './framing.ts'
import { holdsPaymentNumber } from './payment-card.ts'
import { type Phone, parsePhone } from './phone.ts'

/** What numbers of a programme look like, as its document writes it. */
export interface CardMask {
  readonly prefix?: string | undefined
  readonly lengths: readonly number[]
  readonly check: 'none' | 'ean13' | 'luhn'
  readonly cardType?: string | undefined
}

/** What a raw code turned out to be. `maybePhone`: digits that people also write a phone number with. */
export type ReadCode =
  | { readonly kind: 'card'; readonly number: CardNumber; readonly maybePhone: Phone | null }
  | { readonly kind: 'phone'; readonly phone: Phone }
  | { readonly kind: 'refused'; readonly reason: 'payment_card' | 'bad_check_digit' | 'unknown_code' }

/**
 * Decides what came from a scanner, a register or the keyboard. A number of the programme's own masks is its card even
 * where it looks like something else, except a payment card's, which nobody may keep.
 */
export function readCode(raw: string, masks: readonly CardMask[] = []): ReadCode {
  const { text } = unframed(raw)
  if (text === '' || hasRubbish(text)) return { kind: 'refused', reason: 'unknown_code' }
  if (holdsPaymentNumber(text)) return { kind: 'refused', reason: 'payment_card' }
  if (text.startsWith('+')) {
    const phone = parsePhone(text)
    return phone === undefined ? { kind: 'refused', reason: 'unknown_code' } : { kind: 'phone', phone }
  }
  const digits = text.replaceAll(/[\s-]/g, '')
  const number = /^\d+$/.test(digits) ? digits : text
  const mask = masks.find((each) => fits(each, number))
  if (mask !== undefined) {
    return checkHolds(mask, number) ? card(number, null) : { kind: 'refused', reason: 'bad_check_digit' }
  }
  if (/^\d{13}$/.test(number) && !isEan13(number)) return { kind: 'refused', reason: 'bad_check_digit' }
  return card(number, parsePhone(text) ?? null)
}

function card(number: string, maybePhone: Phone | null): ReadCode {
  const parsed = cardNumber.safeParse(number)
  if (parsed.success) return { kind: 'card', number: parsed.data, maybePhone }
  return maybePhone === null ? { kind: 'refused', reason: 'unknown_code' } : { kind: 'phone', phone: maybePhone }
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
