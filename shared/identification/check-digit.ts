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

/** Of a number that goods carry: EAN-8, UPC-A, EAN-13, ITF-14. */
export function isGtin(digits: string): boolean {
  return (
    /^(\d{8}|\d{12,14})$/.test(digits) && gtinCheckDigit(digits.slice(0, -1)) === digitAt(digits, digits.length - 1)
  )
}

/** The twelve digits that an UPC-E of eight stands for. Source: GS1 General Specifications 5.2. */
export function upcA(upcE: string): string {
  const [system, a, b, c, d, e, last, check] = upcE
  switch (last) {
    case '0':
    case '1':
    case '2':
      return `${system}${a}${b}${last}0000${c}${d}${e}${check}`
    case '3':
      return `${system}${a}${b}${c}00000${d}${e}${check}`
    case '4':
      return `${system}${a}${b}${c}${d}00000${e}${check}`
    default:
      return `${system}${a}${b}${c}${d}${e}0000${last}${check}`
  }
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
