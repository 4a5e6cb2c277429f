import { unreachable } from '../../result.ts'
import type { Benefit, GiftOfPoints } from '../benefits.ts'
import type { Audience } from '../gifts.ts'
import { joined, type Voice } from './voice.ts'

/** What a full stamp card or a coupon brings: "1 бесплатно из lunch". */
export function benefitText(benefit: Benefit, voice: Voice): string {
  const words = WORDS[voice.language]
  if (benefit.kind === 'points') return giftText(benefit.gift, voice)
  const named = [...(benefit.skus ?? []), ...(benefit.categories ?? [])]
  const goods = named.length === 0 ? '' : voice.either(named)
  switch (benefit.kind) {
    case 'freeItem':
      return joined([
        words.free(voice.number(benefit.quantity ?? '1'), goods),
        benefit.upTo && words.unitUpTo(voice.money(benefit.upTo)),
      ])
    case 'percentOff':
      return joined([
        words.off(voice.percent(benefit.percent), goods),
        benefit.upTo && words.upTo(voice.money(benefit.upTo)),
      ])
    case 'amountOff':
      return words.off(voice.money(benefit.amount), goods)
    default:
      return unreachable(benefit)
  }
}

/** "100 баллов на 7 дней". */
export function giftText(gift: GiftOfPoints, voice: Voice): string {
  const words = WORDS[voice.language]
  return joined([
    words.life(voice.points(gift.points), voice.days(gift.lifeDays)),
    gift.activationDays ? words.activeAfter(voice.days(gift.activationDays)) : '',
  ])
}

/** For whom something is; "" for everybody. */
export function audienceText(audience: Audience | undefined, voice: Voice): string {
  const words = WORDS[voice.language]
  const says = joined([
    audience?.cardTypes && `${words.cardTypes} ${voice.either(audience.cardTypes)}`,
    audience?.tiers && `${words.tiers} ${voice.either(audience.tiers.map(voice.tier))}`,
    audience?.segments && `${words.segments} ${voice.either(audience.segments)}`,
  ])
  return says === '' ? '' : `${words.only} ${says}`
}

const WORDS = {
  ru: {
    free: (quantity: string, goods: string) =>
      goods === '' ? `${quantity} бесплатно` : `${quantity} бесплатно: ${goods}`,
    unitUpTo: (money: string) => `ценой за единицу до ${money}`,
    off: (what: string, goods: string) => `скидка ${what} на ${goods === '' ? 'чек' : goods}`,
    upTo: (money: string) => `не больше ${money}`,
    activeAfter: (days: string) => `потратить можно через ${days}`,
    life: (points: string, days: string) => `${points} на ${days}`,
    only: 'только',
    cardTypes: 'тип карты',
    tiers: 'уровень',
    segments: 'сегмент',
  },
  en: {
    free: (quantity: string, goods: string) => (goods === '' ? `${quantity} free` : `${quantity} free: ${goods}`),
    unitUpTo: (money: string) => `up to ${money} a unit`,
    off: (what: string, goods: string) => `${what} off ${goods === '' ? 'the receipt' : goods}`,
    upTo: (money: string) => `at most ${money}`,
    activeAfter: (days: string) => `active after ${days}`,
    life: (points: string, days: string) => `${points} for ${days}`,
    only: 'only',
    cardTypes: 'card type',
    tiers: 'tier',
    segments: 'segment',
  },
}
