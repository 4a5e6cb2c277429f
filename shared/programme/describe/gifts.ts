import { counted } from '../../quote/spoken.ts'
import { unreachable } from '../../result.ts'
import type { OccasionGift } from '../gifts.ts'
import { audienceText, giftText } from './benefits.ts'
import { joined, type Voice } from './voice.ts'

/** Points for an occasion, and for bringing a friend. */
export function describeGifts(voice: Voice): string[] {
  const words = WORDS[voice.language]
  return (voice.document.gifts ?? []).map((gift) => {
    const title = gift.name === undefined ? words.gift(gift.id) : words.gift(gift.name)
    return `${title}: ${joined([occasionText(gift, voice), audienceText(gift.for, voice)])} — ${giftText(gift.gift, voice)}.`
  })
}

function occasionText(gift: OccasionGift, voice: Voice): string {
  const words = WORDS[voice.language]
  switch (gift.kind) {
    case 'welcome':
      return words[gift.at ?? 'enrolment']
    case 'birthday': {
      const people = voice.either((gift.of ?? ['member']).map((person) => words.people[person]))
      const before = gift.daysBefore ? words.before(voice.days(gift.daysBefore)) : ''
      const notBefore = gift.notBeforeMemberDays ? words.notBefore(voice.days(gift.notBeforeMemberDays)) : ''
      return joined([words.birthday(people, before), notBefore])
    }
    case 'task':
      return joined([
        words.task(gift.task),
        gift.times && gift.times > 1 ? counted(gift.times, words.times, voice.language) : words.once,
      ])
    case 'purchase':
      return words.purchase(gift.number)
    default:
      return unreachable(gift)
  }
}

export function describeReferral(voice: Voice): string[] {
  const words = WORDS[voice.language]
  const { referral } = voice.document
  if (referral === undefined || referral === null) return []
  const ways = voice.either([...new Set(referral.share)].map((way) => words.share[way]))
  const buys = joined([
    referral.purchaseFrom === undefined ? words.buys : words.buysFrom(voice.money(referral.purchaseFrom)),
    referral.withinDays && words.within(voice.days(referral.withinDays)),
  ])
  const most =
    referral.friendsPerMonthMax === undefined
      ? ''
      : ` ${words.perMonth(counted(referral.friendsPerMonthMax, words.friends, voice.language))}`
  return [
    `${words.referral(ways, buys)} ${words.both(giftText(referral.friend, voice), giftText(referral.referrer, voice))}${most}`,
  ]
}

const WORDS = {
  ru: {
    gift: (name: string) => `Подарок «${name}»`,
    enrolment: 'при вступлении',
    'first-purchase': 'после первой покупки',
    people: { member: 'покупателя', child: 'ребёнка', spouse: 'супруга' },
    birthday: (people: string, before: string) => (before === '' ? `в день рождения ${people}` : `${before} ${people}`),
    before: (days: string) => `за ${days} до дня рождения`,
    notBefore: (days: string) => `если в программе уже ${days}`,
    task: (task: string) => `за задание ${task}`,
    times: ['раз', 'раза', 'раз'],
    once: 'один раз',
    purchase: (number: number) => `после покупки № ${number}`,
    share: { link: 'по ссылке', code: 'по коду' },
    buys: 'покупает что угодно',
    buysFrom: (money: string) => `покупает на ${money} или больше`,
    within: (days: string) => `не позже чем через ${days}`,
    referral: (ways: string, buys: string) => `Приведи друга: друг вступает ${ways} и ${buys}.`,
    both: (friend: string, referrer: string) => `Другу — ${friend}; тому, кто привёл, — ${referrer}.`,
    friends: ['друг', 'друга', 'друзей'],
    perMonth: (friends: string) => `Не больше: ${friends} в месяц.`,
  },
  en: {
    gift: (name: string) => `Gift "${name}"`,
    enrolment: 'on enrolment',
    'first-purchase': 'after the first purchase',
    people: { member: 'the member', child: 'a child', spouse: 'the spouse' },
    birthday: (people: string, before: string) => `${before || 'on the birthday'} of ${people}`,
    before: (days: string) => `${days} before the birthday`,
    notBefore: (days: string) => `after at least ${days} of membership`,
    task: (task: string) => `for the task ${task}`,
    times: ['time', 'times'],
    once: 'once',
    purchase: (number: number) => `after purchase no. ${number}`,
    share: { link: 'by a link', code: 'by a code' },
    buys: 'buys anything',
    buysFrom: (money: string) => `spends ${money} or more`,
    within: (days: string) => `within ${days}`,
    referral: (ways: string, buys: string) => `Bring a friend: the friend joins ${ways} and ${buys}.`,
    both: (friend: string, referrer: string) => `The friend gets ${friend}; whoever brought them gets ${referrer}.`,
    friends: ['friend', 'friends'],
    perMonth: (friends: string) => `At most ${friends} a month.`,
  },
}
