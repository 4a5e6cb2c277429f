import { joined, type Voice } from './voice.ts'

/** What a point is, what a receipt earns without rules, how long it lives, and where and when things are counted. */
export function describePoints(voice: Voice): string[] {
  const words = WORDS[voice.language]
  const { document } = voice
  const { accrual, points } = document
  const { activationDays } = accrual
  return [
    words.title(document.name, document.version),
    words.base(voice.percent(accrual.basePercent), voice.percent(accrual.capPercent)),
    words.worth(voice.points('1.00'), voice.money(points.value), voice.number(points.step), words[points.rounding]),
    activationDays === 0
      ? words.lifeAtOnce(voice.days(accrual.lifeDays))
      : words.lifeAfter(voice.days(activationDays), voice.days(accrual.lifeDays)),
    ...(accrual.marginCapPercent === undefined ? [] : [words.margin(voice.percent(accrual.marginCapPercent))]),
  ]
}

/** The programme's clock, and the outlets that keep another. */
export function describeOutlets(voice: Voice): string[] {
  const words = WORDS[voice.language]
  const { outlets = [], timeZone } = voice.document
  return [
    words.zone(timeZone),
    ...outlets.map((outlet) => {
      const says = joined([
        outlet.timeZone && words.ownZone(outlet.timeZone),
        outlet.dayStartsAt && outlet.dayStartsAt !== '00:00' && words.dayStarts(outlet.dayStartsAt),
      ])
      return words.outlet(outlet.name === undefined ? outlet.id : `${outlet.id} (${outlet.name})`, says)
    }),
  ]
}

const WORDS = {
  ru: {
    title: (name: string, version: number) => `Программа «${name}», версия ${version}.`,
    base: (percent: string, cap: string) =>
      `Начисляется ${percent} от оплаченного деньгами, но не больше ${cap} по каждой позиции.`,
    worth: (point: string, value: string, step: string, rounding: string) =>
      `${point} — это ${value}; шаг ${step}, сумма по чеку округляется ${rounding}.`,
    floor: 'вниз',
    'half-up': 'к ближайшему шагу',
    ceil: 'вверх',
    lifeAtOnce: (life: string) => `Начисленные баллы можно тратить сразу, срок действия: ${life}.`,
    lifeAfter: (activation: string, life: string) =>
      `Начисленные баллы можно тратить через ${activation}, срок действия: ${life}.`,
    margin: (percent: string) => `За чек начисляется не больше ${percent} его наценки.`,
    zone: (zone: string) => `Дни и часы — по времени ${zone}.`,
    ownZone: (zone: string) => `время ${zone}`,
    dayStarts: (time: string) => `торговый день начинается в ${time}, ночь до этого часа — ещё вчерашний день`,
    outlet: (outlet: string, says: string) => `Точка ${outlet}: ${says || 'как у программы'}.`,
  },
  en: {
    title: (name: string, version: number) => `Programme "${name}", version ${version}.`,
    base: (percent: string, cap: string) => `Earns ${percent} of what is paid with money, at most ${cap} on each line.`,
    worth: (point: string, value: string, step: string, rounding: string) =>
      `${point} is worth ${value}; steps of ${step}, a receipt's sum is rounded ${rounding}.`,
    floor: 'down',
    'half-up': 'to the nearest step',
    ceil: 'up',
    lifeAtOnce: (life: string) => `What is earned is active at once, for ${life}.`,
    lifeAfter: (activation: string, life: string) => `What is earned is active after ${activation}, for ${life}.`,
    margin: (percent: string) => `A receipt earns at most ${percent} of its gross margin.`,
    zone: (zone: string) => `Days and hours are those of ${zone}.`,
    ownZone: (zone: string) => `time of ${zone}`,
    dayStarts: (time: string) => `the trading day begins at ${time}, the night before it is still yesterday`,
    outlet: (outlet: string, says: string) => `Outlet ${outlet}: ${says || "the programme's own"}.`,
  },
}
