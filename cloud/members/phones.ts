import { parsePhoneNumberFromString } from 'libphonenumber-js'

/** As typed or as stored to E.164: "8 (999) 123-45-67" → "+79991234567"; undefined where it is no phone. */
export function normalPhone(typed: string): string | undefined {
  const found = parsePhoneNumberFromString(typed, 'RU')
  if (found?.isPossible()) return found.number
  return /^\+\d{7,15}$/.test(typed) ? typed : undefined
}
