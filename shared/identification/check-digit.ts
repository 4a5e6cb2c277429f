/** Check digits of the numbers that cards carry. All take digits only. */

const digitAt = (digits: string, index: number): number => digits.charCodeAt(index) - 48

/** The digit that makes an EAN/UPC number of the ones before it: weights 3 and 1 from the right. */
export function gtinCheckDigit(body: string): number {
  let sum = 0
  for (let i = 0; i < body.length; i++) sum += digitAt(body, body.length - 1 - i) * (i % 2 === 0 ? 3 : 1)
  return (10 - (sum % 10)) % 10
}

/** Of a 13 digit number. */
export function isEan13(digits: string): boolean {
  return /^\d{13}$/.test(digits) && gtinCheckDigit(digits.slice(0, 12)) === digitAt(digits, 12)
}

/** Of any number of digits: every second from the right doubled. */
export function passesLuhn(digits: string): boolean {
  let sum = 0
  for (let i = 0; i < digits.length; i++) {
    const digit = digitAt(digits, digits.length - 1 - i)
    const doubled = i % 2 === 0 ? digit : digit * 2
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}
