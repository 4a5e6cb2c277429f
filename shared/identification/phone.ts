import { type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js/min'
import type { Branded } from '../result.ts'

/** "+79161234567". */
export type Phone = Branded<string, 'Phone'>

/** What a person types, as E.164; undefined where it is no phone number that could exist. */
export function parsePhone(typed: string, country: CountryCode = 'RU'): Phone | undefined {
  if (!/^[\d\s()+.-]{5,40}$/.test(typed)) return undefined
  const parsed = parsePhoneNumberFromString(typed, country)
  return parsed?.isValid() ? (parsed.number as string as Phone) : undefined
}

/** Only the end is shown: "+7 ••• •••-45-67". */
export function maskPhone(phone: string): string {
  const parsed = parsePhoneNumberFromString(phone)
  const code = parsed === undefined ? '' : `+${parsed.countryCallingCode} `
  return `${code}••• •••-${phone.slice(-4, -2)}-${phone.slice(-2)}`
}
