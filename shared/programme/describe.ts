import { type Language, pointsText } from '../quote/sentences.ts'
import type { CoefficientAccrual, GoodsAccrual } from './rules.ts'
import type { ProgrammeDocument } from './schema.ts'
import type { When } from './when.ts'

/** A programme in sentences that its owner would say: what is earned, what may be paid, rule by rule. */
export function describeProgramme(document: ProgrammeDocument, language: Language): string[] {
  const words = WORDS[language]
  const { accrual, redemption, points, rules } = document
  const rule =
    (group: string) => (each: { id: string; when?: When | undefined; accrual?: Accrual; redemption?: Limit }) => {
      const says = [
        each.accrual && accrualText(each.accrual, document, language),
        each.redemption && words.limit(each.redemption.maxPercent),
      ]
      const effect = says.filter((part) => part !== undefined).join('; ')
      return `${group} ${each.id}: ${whenText(each.when ?? {}, language)} — ${effect === '' ? words.silent : effect}.`
    }
  return [
    words.title(document.name, document.version),
    words.base(accrual.basePercent, accrual.capPercent),
    words.worth(
      pointsText('1.00', document, language),
      points.value,
      document.currency,
      points.step,
      words[points.rounding],
    ),
    words.life(accrual.activationDays, accrual.lifeDays),
    words.redeem(redemption.basePercent, redemption.minPayablePerLine),
    ...(accrual.marginCapPercent === undefined ? [] : [words.margin(accrual.marginCapPercent)]),
    ...rules.client.map(rule(words.client)),
    ...rules.goods.map(rule(words.goods)),
    ...rules.behaviour.map(rule(words.behaviour)),
    ...rules.receipt.map(rule(words.receipt)),
  ]
}

type Accrual = (CoefficientAccrual & GoodsAccrual) | undefined
type Limit = { maxPercent: string } | undefined

function accrualText(accrual: NonNullable<Accrual>, document: ProgrammeDocument, language: Language): string {
  const words = WORDS[language]
  const each = (text: string) => pointsText(text, document, language)
  if (accrual.none) return words.none
  const parts = [
    accrual.percent && words.percent(accrual.percent),
    accrual.multiply && words.multiply(accrual.multiply),
    accrual.fixedPercent && words.fixedPercent(accrual.fixedPercent),
    accrual.fixedPoints && words.fixedPoints(each(accrual.fixedPoints)),
    accrual.maxPercent && words.maxPercent(accrual.maxPercent),
    accrual.maxPoints && words.maxPoints(each(accrual.maxPoints)),
  ]
  return parts.filter((part) => part !== undefined).join(', ')
}

function whenText(when: When, language: Language): string {
  const words = WORDS[language].when
  const parts: string[] = []
  const list = (says: string, values: readonly (string | number)[] | undefined) => {
    if (values !== undefined) parts.push(`${says} ${values.join(', ')}`)
  }
  list(words.cards, when.cards)
  list(words.cardTypes, when.cardTypes)
  list(words.tiers, when.tiers)
  list(words.segments, when.segments)
  list(words.outlets, when.outlets)
  list(words.skus, when.skus)
  list(words.categories, when.categories)
  list(
    '',
    when.weekdays?.map((day) => words.weekdays[day]),
  )
  if (when.from !== undefined) parts.push(words.hours(when.from, when.to!))
  list(words.dates, when.dates)
  if (when.receiptTotalFrom !== undefined) parts.push(words.totalFrom(when.receiptTotalFrom))
  if (when.receiptTotalTo !== undefined) parts.push(words.totalTo(when.receiptTotalTo))
  if (when.birthdayWithinDays !== undefined) parts.push(words.birthday(when.birthdayWithinDays))
  if (when.purchaseNumber !== undefined) list(words.purchase, [when.purchaseNumber].flat())
  if (when.validFrom !== undefined) parts.push(words.validFrom(when.validFrom))
  if (when.validTo !== undefined) parts.push(words.validTo(when.validTo))
  return parts.length === 0 ? words.always : parts.map((part) => part.trim()).join(', ')
}

const WORDS = {
  ru: {
    title: (name: string, version: number) => `Программа «${name}», версия ${version}.`,
    base: (percent: string, cap: string) =>
      `Начисляется ${percent} % от оплаченного деньгами, но не больше ${cap} % по каждой позиции.`,
    worth: (point: string, value: string, currency: string, step: string, rounding: string) =>
      `${point} — это ${value} ${currency}; шаг ${step}, округление чека ${rounding}.`,
    floor: 'вниз',
    'half-up': 'к ближайшему',
    ceil: 'вверх',
    life: (activation: number, life: number) =>
      activation === 0
        ? `Действует сразу и живёт дней: ${life}.`
        : `Действует через дней: ${activation}, живёт дней: ${life}.`,
    redeem: (percent: string, least: string) =>
      `Оплатить можно до ${percent} % чека; деньгами по позиции остаётся не меньше ${least}.`,
    margin: (percent: string) => `Чек начисляет не больше ${percent} % своей наценки.`,
    client: 'Клиент,',
    goods: 'Товар,',
    behaviour: 'Поведение,',
    receipt: 'Чек,',
    limit: (percent: string) => `оплатить можно до ${percent} %`,
    silent: 'ничего не меняет',
    none: 'ничего не начисляется',
    percent: (p: string) => `${p} % вместо базового`,
    multiply: (k: string) => `начисление ×${k}`,
    fixedPercent: (p: string) => `всегда ${p} %`,
    fixedPoints: (points: string) => `${points} за единицу`,
    maxPercent: (p: string) => `не больше ${p} %`,
    maxPoints: (points: string) => `не больше ${points} за единицу`,
    when: {
      always: 'всегда',
      cards: 'карта',
      cardTypes: 'тип карты',
      tiers: 'уровень',
      segments: 'сегмент',
      outlets: 'точка',
      skus: 'товар',
      categories: 'категория',
      dates: 'дата',
      purchase: 'покупка №',
      weekdays: { mon: 'пн', tue: 'вт', wed: 'ср', thu: 'чт', fri: 'пт', sat: 'сб', sun: 'вс' },
      hours: (from: string, to: string) => `с ${from} до ${to}`,
      totalFrom: (amount: string) => `чек от ${amount}`,
      totalTo: (amount: string) => `чек меньше ${amount}`,
      birthday: (days: number) => (days === 0 ? 'в день рождения' : `день рождения ± ${days} дн.`),
      validFrom: (day: string) => `с ${day}`,
      validTo: (day: string) => `по ${day} включительно`,
    },
  },
  en: {
    title: (name: string, version: number) => `Programme "${name}", version ${version}.`,
    base: (percent: string, cap: string) =>
      `Earns ${percent} % of what is paid with money, at most ${cap} % on each line.`,
    worth: (point: string, value: string, currency: string, step: string, rounding: string) =>
      `${point} is worth ${value} ${currency}; steps of ${step}, a receipt is rounded ${rounding}.`,
    floor: 'down',
    'half-up': 'to the nearest',
    ceil: 'up',
    life: (activation: number, life: number) =>
      activation === 0 ? `Active at once, for ${life} days.` : `Active after ${activation} days, for ${life} days.`,
    redeem: (percent: string, least: string) =>
      `Up to ${percent} % of a receipt may be paid with points; at least ${least} of each line stays to be paid with money.`,
    margin: (percent: string) => `A receipt earns at most ${percent} % of its gross margin.`,
    client: 'Client',
    goods: 'Goods',
    behaviour: 'Behaviour',
    receipt: 'Receipt',
    limit: (percent: string) => `up to ${percent} % may be paid with points`,
    silent: 'changes nothing',
    none: 'earns nothing',
    percent: (p: string) => `${p} % instead of the base`,
    multiply: (k: string) => `earns ×${k}`,
    fixedPercent: (p: string) => `always ${p} %`,
    fixedPoints: (points: string) => `${points} per unit`,
    maxPercent: (p: string) => `at most ${p} %`,
    maxPoints: (points: string) => `at most ${points} per unit`,
    when: {
      always: 'always',
      cards: 'card',
      cardTypes: 'card type',
      tiers: 'tier',
      segments: 'segment',
      outlets: 'outlet',
      skus: 'sku',
      categories: 'category',
      dates: 'date',
      purchase: 'purchase no.',
      weekdays: { mon: 'Mon', tue: 'Tue', wed: 'Wed', thu: 'Thu', fri: 'Fri', sat: 'Sat', sun: 'Sun' },
      hours: (from: string, to: string) => `${from} to ${to}`,
      totalFrom: (amount: string) => `receipt of ${amount} or more`,
      totalTo: (amount: string) => `receipt below ${amount}`,
      birthday: (days: number) => (days === 0 ? 'on the birthday' : `birthday ± ${days} days`),
      validFrom: (day: string) => `from ${day}`,
      validTo: (day: string) => `to ${day} inclusive`,
    },
  },
}
