import { counted } from '../../quote/spoken.ts'
import type { Coupon } from '../coupons.ts'
import { benefitText } from './benefits.ts'
import { joined, type Voice } from './voice.ts'
import { whenText } from './when.ts'

/** Coupons: by which code, what they bring, how often, when and beside what. */
export function describeCoupons(voice: Voice): string[] {
  return (voice.document.coupons ?? []).map((coupon) => couponText(coupon, voice))
}

function couponText(coupon: Coupon, voice: Voice): string {
  const words = WORDS[voice.language]
  const times = (count: number) => counted(count, words.times, voice.language)
  const uses = joined([
    coupon.usesPerMember === null ? words.anyTimes : words.perMember(times(coupon.usesPerMember)),
    coupon.usesInTotal && words.inTotal(times(coupon.usesInTotal)),
  ])
  const days = joined([
    coupon.validFrom && words.validFrom(voice.date(coupon.validFrom)),
    coupon.validTo && words.validTo(voice.date(coupon.validTo)),
    coupon.lifeDays && words.life(voice.days(coupon.lifeDays)),
  ])
  const code = coupon.code.kind === 'shared' ? words.shared(coupon.code.code) : words.personal
  const sentences = [
    `${words.title(coupon.name)}, ${code}: ${benefitText(coupon.reward, voice)}`,
    coupon.when && words.when(whenText(coupon.when, voice)),
    uses,
    days,
    coupon.holder === 'anyone' ? words.anyone : '',
    coupon.combines === true ? words.combines : words.alone,
  ]
  return `${joined(sentences, '; ')}.`
}

const WORDS = {
  ru: {
    title: (name: string) => `Купон «${name}»`,
    shared: (code: string) => `код ${code}`,
    personal: 'личный код',
    when: (when: string) => `при условии: ${when}`,
    times: ['раз', 'раза', 'раз'],
    perMember: (times: string) => `${times} на покупателя`,
    anyTimes: 'сколько угодно раз',
    inTotal: (times: string) => `${times} на всю сеть`,
    validFrom: (day: string) => `с ${day}`,
    validTo: (day: string) => `по ${day} включительно`,
    life: (days: string) => `действует ${days} с выдачи`,
    anyone: 'действует и без карты',
    combines: 'складывается с другими купонами',
    alone: 'только один купон в чеке',
  },
  en: {
    title: (name: string) => `Coupon "${name}"`,
    shared: (code: string) => `code ${code}`,
    personal: 'a personal code',
    when: (when: string) => `on condition: ${when}`,
    times: ['time', 'times'],
    perMember: (times: string) => `${times} per member`,
    anyTimes: 'any number of times',
    inTotal: (times: string) => `${times} in the whole network`,
    validFrom: (day: string) => `from ${day}`,
    validTo: (day: string) => `to ${day} inclusive`,
    life: (days: string) => `valid for ${days} from issue`,
    anyone: 'valid without a card too',
    combines: 'can be combined with other coupons',
    alone: 'no other coupon on the same receipt',
  },
}
