import { birthDatesAllowed, isBirthDate } from '../../shared/birth-date.ts'
import { parseDay } from '../../shared/calendar.ts'
import { type CardNumber, cardNumber, type MemberId, memberId } from '../../shared/ids.ts'
import { type Profile, profile as profileSchema } from '../../shared/ledger/entry.ts'
import { ok, type Result, refuse } from '../../shared/result.ts'
import { normalPhone } from '../members/phones.ts'
import { decimal } from './purchase-row.ts'

/** One row of a former system's members: a member with one card; a second row with another card adds that card. */
export const MEMBER_COLUMNS = [
  'member_id',
  'phone',
  'name',
  'birth_date',
  'gender',
  'city',
  'card',
  'card_type',
  'balance',
  'expires',
] as const
export type MemberColumn = (typeof MEMBER_COLUMNS)[number]
export const MEMBER_NEEDED: readonly MemberColumn[] = ['member_id']

export interface MemberToImport {
  readonly member: MemberId
  readonly profile: Profile
  readonly card: CardNumber
  readonly cardType: string
  /** Hundredths. */
  readonly balance: bigint
  /** The last day of the balance; null: as long as the programme says. */
  readonly expires: string | null
}

const GENDERS: Readonly<Record<string, 'female' | 'male'>> = {
  female: 'female',
  f: 'female',
  ж: 'female',
  жен: 'female',
  женский: 'female',
  male: 'male',
  m: 'male',
  м: 'male',
  муж: 'male',
  мужской: 'male',
}

export function memberRow(
  row: Readonly<Record<MemberColumn, string>>,
  { defaultCardType, today }: { readonly defaultCardType: string; readonly today: string },
): Result<MemberToImport, string> {
  const member = memberId.safeParse(row.member_id)
  if (!member.success) return refuse(`member_id ${found(row.member_id)}: 1 to 64 printable characters are expected`)
  // somebody known only by phone is shown by an electronic card with their own number
  const card = cardNumber.safeParse(row.card === '' ? row.member_id : row.card)
  if (!card.success) return refuse(`card ${found(row.card)}: 1 to 64 printable characters are expected`)
  const phone = row.phone === '' ? undefined : normalPhone(row.phone)
  if (row.phone !== '' && phone === undefined) return refuse(`phone ${found(row.phone)}: no phone number`)
  const born = row.birth_date === '' ? undefined : day(row.birth_date)
  if (born === null) return refuse(`birth_date ${found(row.birth_date)}: such as 1990-03-25 or 25.03.1990 is expected`)
  if (born !== undefined && !isBirthDate(born, today))
    return refuse(`birth_date ${found(row.birth_date)}: ${birthDatesAllowed(today)} is expected`)
  const gender = row.gender === '' ? undefined : GENDERS[row.gender.toLowerCase()]
  if (row.gender !== '' && gender === undefined)
    return refuse(`gender ${found(row.gender)}: female or male is expected`)
  const balance = row.balance === '' ? 0n : decimal(row.balance, 2)
  if (balance === undefined)
    return refuse(`balance ${found(row.balance)}: a number with at most two decimals is expected`)
  const expires = row.expires === '' ? undefined : day(row.expires)
  if (expires === null) return refuse(`expires ${found(row.expires)}: such as 2027-03-25 or 25.03.2027 is expected`)
  const profile = profileSchema.safeParse({
    ...(row.name === '' ? {} : { name: row.name }),
    ...(phone === undefined ? {} : { phone }),
    ...(born === undefined ? {} : { birthDate: born }),
    ...(gender === undefined ? {} : { gender }),
    ...(row.city === '' ? {} : { city: row.city }),
  })
  if (!profile.success) return refuse(`${profile.error.issues[0]!.path.join('.')}: ${profile.error.issues[0]!.message}`)
  return ok({
    member: member.data,
    profile: profile.data,
    card: card.data,
    cardType: row.card_type || defaultCardType,
    balance,
    expires: expires ?? null,
  })
}

const found = (text: string) => (text === '' ? 'is empty' : JSON.stringify(text.slice(0, 60)))

/** ISO, or as it is written here; null: no such day. */
function day(text: string): string | null {
  const dotted = /^(\d{2})\.(\d{2})\.(\d{4})$/.exec(text)
  const iso = dotted === null ? text.replace(/[T ]\d{2}:\d{2}.*$/, '') : `${dotted[3]}-${dotted[2]}-${dotted[1]}`
  return parseDay(iso) === undefined || iso < '0001' ? null : iso
}
