import { ATTACH_DAYS_DEFAULT } from '../../ledger/attach.ts'
import { REFUNDS_DEFAULT } from '../../ledger/rules.ts'
import { counted } from '../../quote/spoken.ts'
import { joined, type Voice } from './voice.ts'

/** Returns, cards and bounds: what keeps a programme in order. */
export function describeOrder(voice: Voice): string[] {
  return [...describeRefunds(voice), ...describeCards(voice), ...describeLimits(voice)]
}

function describeRefunds(voice: Voice): string[] {
  const words = WORDS[voice.language]
  const { spent, graceDays } = voice.document.refunds ?? REFUNDS_DEFAULT
  return [`${words[spent]} ${graceDays === 0 ? words.noGrace : words.grace(voice.days(graceDays))}`]
}

function describeCards(voice: Voice): string[] {
  const words = WORDS[voice.language]
  const { cards } = voice.document
  const attachDays = cards?.attachDays ?? ATTACH_DAYS_DEFAULT
  return [
    ...(cards?.masks ?? []).map((mask) => {
      const lengths = voice.either(mask.lengths.map(String))
      const says = [mask.prefix && words.prefix(mask.prefix), words.lengths(lengths), words.check[mask.check]]
      return words.mask(joined(says), mask.cardType ?? cards?.defaultType ?? 'standard')
    }),
    ...(cards?.defaultType === undefined ? [] : [words.defaultType(cards.defaultType)]),
    attachDays === 0 ? words.attachSameDay : words.attach(voice.days(attachDays)),
  ]
}

function describeLimits(voice: Voice): string[] {
  const words = WORDS[voice.language]
  const { limits } = voice.document
  const day = limits?.perMemberDay
  const receipts = (count: number) => counted(count, words.receipts, voice.language)
  const daily = joined([
    day?.receipts && receipts(day.receipts),
    day?.earn && words.earn(voice.points(day.earn)),
    day?.redeem && words.redeem(voice.points(day.redeem)),
  ])
  const told = joined([
    limits?.receiptsPerHour && words.perHour(receipts(limits.receiptsPerHour)),
    limits?.returnsPerMonth && words.perMonth(counted(limits.returnsPerMonth, words.returns, voice.language)),
  ])
  return [...(daily === '' ? [] : [words.daily(daily)]), ...(told === '' ? [] : [words.told(told)])]
}

const WORDS = {
  ru: {
    debt: 'При возврате начисленное снимается; то, что уже потрачено, становится долгом и гасится следующими начислениями.',
    loss: 'При возврате начисленное снимается; то, что уже потрачено, записывается в потери магазина.',
    grace: (days: string) => `Возвращённые баллы, срок которых истёк, действуют ещё ${days}.`,
    noGrace: 'Возвращённые баллы, срок которых истёк, не восстанавливаются.',
    mask: (says: string, type: string) => `Карта типа ${type}: ${says}.`,
    prefix: (prefix: string) => `номер начинается на ${prefix}`,
    lengths: (lengths: string) => `длина номера ${lengths}`,
    check: { none: 'без контрольной цифры', ean13: 'контрольная цифра EAN-13', luhn: 'контрольная цифра Луна' },
    defaultType: (type: string) => `Карта, тип которой не указан, считается картой типа ${type}.`,
    attach: (days: string) => `Карту, забытую дома, можно добавить к чеку и позже, срок: ${days}.`,
    attachSameDay: 'Карту, забытую дома, можно добавить к чеку только в тот же день.',
    receipts: ['чек', 'чека', 'чеков'],
    returns: ['возврат', 'возврата', 'возвратов'],
    earn: (points: string) => `начислить ${points}`,
    redeem: (points: string) => `списать ${points}`,
    daily: (bounds: string) => `Пределы на покупателя в день: ${bounds}.`,
    perHour: (receipts: string) => `${receipts} за час`,
    perMonth: (returns: string) => `${returns} за 30 дней`,
    told: (bounds: string) => `Управляющий увидит покупателей, у которых больше: ${bounds}.`,
  },
  en: {
    debt: 'A return takes back what was earned; what has already been spent becomes a debt, repaid from later earnings.',
    loss: "A return takes back what was earned; what has already been spent is recorded as the shop's loss.",
    grace: (days: string) => `Points that come back after they expired are valid for another ${days}.`,
    noGrace: 'Points that come back after they expired stay expired.',
    mask: (says: string, type: string) => `Card of type ${type}: ${says}.`,
    prefix: (prefix: string) => `the number begins with ${prefix}`,
    lengths: (lengths: string) => `${lengths} characters long`,
    check: { none: 'without a check digit', ean13: 'with an EAN-13 check digit', luhn: 'with a Luhn check digit' },
    defaultType: (type: string) => `A card whose type is not named counts as ${type}.`,
    attach: (days: string) => `A card left at home may be attached to its receipt within ${days}.`,
    attachSameDay: 'A card left at home may be attached to its receipt on the same day only.',
    receipts: ['receipt', 'receipts'],
    returns: ['return', 'returns'],
    earn: (points: string) => `earn ${points}`,
    redeem: (points: string) => `redeem ${points}`,
    daily: (bounds: string) => `Limits per member and day: ${bounds}.`,
    perHour: (receipts: string) => `${receipts} within an hour`,
    perMonth: (returns: string) => `${returns} within 30 days`,
    told: (bounds: string) => `The manager is shown members with more than ${bounds}.`,
  },
}
