import { isBirthDate } from '../../shared/birth-date.ts'

export interface EnrolDraft {
  readonly phone: string
  readonly name: string
  readonly birthDate: string
  readonly personalData: boolean
  readonly messages: boolean
}

export type EnrolField = 'phone' | 'name' | 'birthDate' | 'consent'

/** The fields a cashier should look at again, first to last. Whether a phone really exists, the core decides. */
export function problemsOf(draft: EnrolDraft, today: string): readonly EnrolField[] {
  const digits = draft.phone.replace(/\D/g, '')
  const problems: EnrolField[] = []
  if (digits.length < 10 || digits.length > 15) problems.push('phone')
  if (draft.name.trim().length > 200 || /\d/.test(draft.name)) problems.push('name')
  if (draft.birthDate.trim() !== '' && birthDay(draft.birthDate, today) === undefined) problems.push('birthDate')
  if (!draft.personalData) problems.push('consent')
  return problems
}

/** "24.03.1990" or "24031990" → "1990-03-24"; undefined where there is no such day or it has not come yet. */
export function birthDay(text: string, today: string): string | undefined {
  const match = /^\s*(\d{1,2})[./ -]?(\d{1,2})[./ -]?(\d{4})\s*$/.exec(text)
  if (match === null) return undefined
  const day = `${match[3]}-${match[2]!.padStart(2, '0')}-${match[1]!.padStart(2, '0')}`
  const date = new Date(`${day}T00:00:00Z`)
  if (Number.isNaN(date.getTime()) || date.toISOString().slice(0, 10) !== day) return undefined
  return isBirthDate(day, today) ? day : undefined
}

/** Puts the dots while digits are typed: "2403" → "24.03". */
export function dotted(text: string): string {
  const digits = text.replace(/\D/g, '').slice(0, 8)
  if (/[^\d.]/.test(text)) return text.slice(0, 10)
  return [digits.slice(0, 2), digits.slice(2, 4), digits.slice(4)].filter((part) => part !== '').join('.')
}
