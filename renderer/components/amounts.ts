import { formatHundredths, parseHundredths } from '../../shared/money.ts'

/** What a person typed as an amount → hundredths; undefined where it is none. Comma or point, spaces ignored. */
export function typedAmount(text: string): bigint | undefined {
  const plain = text.replace(/[\s\u00a0\u202f]/g, '').replace(',', '.')
  if (!/^\d{1,12}(\.\d{0,2})?$/.test(plain)) return undefined
  return parseHundredths(plain.replace(/\.$/, ''))
}

/** Wire text → hundredths; what the core sends is always well formed. */
export function hundredths(text: string): bigint {
  return parseHundredths(text) ?? 0n
}

/** Hundredths → wire text. */
export const amountText: (amount: bigint) => string = formatHundredths

/** As a person would type it: no trailing zeros, the language's own comma. */
export function asTyped(text: string, language: 'ru' | 'en'): string {
  const plain = text.replace(/\.00$/, '')
  return language === 'ru' ? plain.replace('.', ',') : plain
}

/** The largest multiple of `step` that is not more than `amount`. */
export function flooredTo(amount: bigint, step: bigint): bigint {
  return step <= 0n ? amount : amount - (amount % step)
}
