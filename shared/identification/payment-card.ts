import { passesLuhn } from './check-digit.ts'

/**
 * Numbers of payment cards are never shown, logged or stored. 14 to 19 digits in the range of a payment system that
 * pass Luhn are taken for one; 13 digits only from a magnetic stripe, where nothing else looks like that. DESIGN 9.
 */

/** First digits and lengths, by the systems' published ranges. */
const RANGES: readonly { readonly first: RegExp; readonly lengths: readonly number[] }[] = [
  { first: /^4/, lengths: [16, 18, 19] }, // Visa
  { first: /^(5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, lengths: [16] }, // Mastercard
  { first: /^220[0-4]/, lengths: [16, 17, 18, 19] }, // Mir
  { first: /^3[47]/, lengths: [15] }, // American Express
  { first: /^(30[0-5]|309|36|38|39)/, lengths: [14, 15, 16, 17, 18, 19] }, // Diners Club
  { first: /^(352[89]|35[3-8])/, lengths: [16, 17, 18, 19] }, // JCB
  { first: /^(6011|64[4-9]|65|60[0-9]{2}|81|82)/, lengths: [16, 17, 18, 19] }, // Discover, RuPay
  { first: /^62/, lengths: [16, 17, 18, 19] }, // UnionPay
  { first: /^(50|5[6-9]|6[37])/, lengths: [14, 15, 16, 17, 18, 19] }, // Maestro
  { first: /^9792/, lengths: [16] }, // Troy
]

/** Digits only. */
export function isPaymentNumber(digits: string): boolean {
  if (digits.length < 14 || digits.length > 19) return false
  return RANGES.some((range) => range.first.test(digits) && range.lengths.includes(digits.length)) && passesLuhn(digits)
}

/** A number in a track, and whether expiry and service code follow it, as banks write them. */
const TRACK = /(?:%?[A-Za-z]|[;+])(\d{13,19})(?:\^[^^]{0,40}\^(\d{7})|=(\d{7})|[\^=?]|$)/g
/** A symbol's identifier at the head ends with a digit that is none of the number's. */
const IDENTIFIER = /^[^0-9A-Za-z]{0,4}\][A-Za-z][0-9A-Za-z]/
const OLD_13_DIGITS = /^(4|5[06-9]|6)/

/** Whatever the code holds besides: a stripe's tracks, groups of four, words around it. */
export function holdsPaymentNumber(code: string): boolean {
  const text = code.replace(IDENTIFIER, ' ')
  for (const [, number = '', ofTrack1, ofTrack2] of text.matchAll(TRACK)) {
    const isBanks = (ofTrack1 ?? ofTrack2) !== undefined
    if ((isBanks || (number.length === 13 && OLD_13_DIGITS.test(number))) && passesLuhn(number)) return true
  }
  for (const run of text.match(/\d(?:[\s.-]?\d){13,}/g) ?? []) {
    if (isPaymentNumber(run.replaceAll(/\D/g, ''))) return true
  }
  return false
}
