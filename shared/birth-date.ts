/** Nobody who shops was born before; such dates are what forms are filled with, and typing errors. */
const FIRST = '1900-01-01'

/** Whether a person of today may have been born on this day: both are YYYY-MM-DD. */
export const isBirthDate = (day: string, today: string): boolean => day >= FIRST && day <= today

export const birthDatesAllowed = (today: string): string => `a day from ${FIRST} to ${today}`

/** What a refusal of a birth date says beside its code. */
export const badBirthDate = (found: string, today: string, path = 'birthDate') => ({
  errors: [{ path, found: JSON.stringify(found), allowed: birthDatesAllowed(today) }],
})
