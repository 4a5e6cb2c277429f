import { addDays, type Day, dayFrom, formatDay, monthDay } from '../../shared/calendar.ts'
import type { CardNumber, MemberId } from '../../shared/ids.ts'
import type { Profile } from '../../shared/ledger/entry.ts'
import type { Chance } from './chance.ts'

export interface Person {
  readonly member: MemberId
  readonly card: CardNumber
  readonly cardType: 'standard' | 'silver' | 'gold'
  readonly profile: Profile
  readonly outlet: 'A' | 'B'
  readonly enrolledOn: Day
  /** Days between visits on average; null: never came back after enrolling. */
  readonly everyDays: number | null
  /** Stopped coming on this day. */
  readonly until: Day
}

export const HISTORY_DAYS = 150
const PEOPLE = 200

const womenRu =
  'Анна Мария Екатерина Ольга Татьяна Наталья Елена Ирина Светлана Юлия Дарья Полина Алиса Вера Ксения Нина'.split(' ')
const menRu =
  'Александр Дмитрий Сергей Андрей Алексей Иван Михаил Никита Павел Максим Егор Артём Константин Олег Роман Тимур'.split(
    ' ',
  )
const familiesRu =
  'Иванов Смирнов Кузнецов Попов Соколов Лебедев Новиков Морозов Волков Зайцев Павлов Семёнов Голубев Виноградов Богданов Воробьёв Фёдоров Беляев Тарасов Белов Комаров Орлов Киселёв Макаров'.split(
    ' ',
  )
const womenEn = ['Emily', 'Grace', 'Olivia', 'Hannah', 'Chloe', 'Sophie']
const menEn = ['James', 'Oliver', 'Thomas', 'Daniel', 'Harry', 'Samuel']
const familiesEn = ['Smith', 'Taylor', 'Walker', 'Hughes', 'Bennett', 'Clarke', 'Foster', 'Hayes']

/** The café's members: who they are, where they live, how often they come. One has a birthday today. */
export function makePeople(chance: Chance, today: Day): Person[] {
  const types = { standard: 0, silver: 0, gold: 0 }
  return Array.from({ length: PEOPLE }, (_, index) => {
    const cardType = index < 14 ? 'gold' : index < 60 ? 'silver' : 'standard'
    types[cardType] += 1
    const enrolledOn = addDays(today, -chance.between(index === 60 ? 30 : 2, HISTORY_DAYS))
    const everyDays = rhythm(chance, cardType, index)
    const stays = index < 3 || index === 60 || chance.chance(0.75)
    const until = stays ? today : addDays(enrolledOn, chance.between(0, today - enrolledOn))
    return {
      member: `m-${String(index + 1).padStart(4, '0')}-${chance.between(0x10000, 0xfffff).toString(16)}` as MemberId,
      card: cardNumberOf(cardType, types[cardType]),
      cardType,
      profile: profileOf(chance, index, today),
      outlet: chance.chance(0.6) ? 'A' : 'B',
      enrolledOn,
      everyDays,
      until,
    }
  })
}

function rhythm(chance: Chance, cardType: Person['cardType'], index: number): number | null {
  if (index === 0 || index === 60) return 3
  if (cardType === 'gold') return chance.between(2, 5)
  if (cardType === 'silver') return chance.between(4, 12)
  const kind = chance.next()
  if (kind < 0.08) return null
  return kind < 0.35 ? chance.between(7, 15) : chance.between(16, 60)
}

const TYPE_DIGIT = { standard: '0', silver: '1', gold: '2' } as const

/** EAN-13 in the range that shops use among themselves: 2000000, the type, a running number, the check digit. */
export function cardNumberOf(type: Person['cardType'], running: number): CardNumber {
  const digits = `2000000${TYPE_DIGIT[type]}${String(running).padStart(4, '0')}`
  const sum = [...digits].reduce((total, digit, index) => total + Number(digit) * (index % 2 === 0 ? 1 : 3), 0)
  return `${digits}${(10 - (sum % 10)) % 10}` as CardNumber
}

function profileOf(chance: Chance, index: number, today: Day): Profile {
  const woman = chance.chance(0.55)
  const english = chance.chance(0.12)
  const name = english
    ? `${chance.pick(woman ? womenEn : menEn)} ${chance.pick(familiesEn)}`
    : `${chance.pick(woman ? womenRu : menRu)} ${familyName(chance.pick(familiesRu), woman)}`
  // the first two digits are chance, the last three the running number: no phone comes twice
  const phone = `+7999${String(chance.between(1000, 9999))}${String(index).padStart(3, '0')}`
  return {
    name,
    phone,
    ...(index === 1 || chance.chance(0.8) ? { birthDate: birthDate(chance, index, today) } : {}),
    gender: woman ? 'female' : 'male',
    city: 'Москва',
    language: english ? 'en' : 'ru',
  }
}

function birthDate(chance: Chance, index: number, today: Day): string {
  const year = chance.between(1955, 2006)
  if (index !== 1) return formatDay(dayFrom(year, chance.between(1, 12), chance.between(1, 28)))
  const date = monthDay(today)
  return formatDay(dayFrom(1988, Math.floor(date / 100), date % 100)) // 1988 has a 29 February
}

function familyName(man: string, woman: boolean): string {
  return woman ? `${man}а` : man
}
