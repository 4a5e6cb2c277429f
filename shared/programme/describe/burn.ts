import { unreachable } from '../../result.ts'
import type { BurnRule, Checkpoint } from '../burn.ts'
import { audienceText } from './benefits.ts'
import { joined, type Voice } from './voice.ts'

/** What happens to those who do not come. */
export function describeBurn(voice: Voice): string[] {
  const { burn = [], checkpoints = [] } = voice.document
  return [...burn.map((rule) => burnText(rule, voice)), ...checkpoints.map((each) => checkpointText(each, voice))]
}

function burnText(rule: BurnRule, voice: Voice): string {
  const words = WORDS[voice.language]
  return `${joined([
    words.burn(rule.id, voice.days(rule.afterDays)),
    audienceText(rule.for, voice),
    rule.keep && !/^[0.]+$/.test(rule.keep) && words.keep(voice.points(rule.keep)),
    warnText(rule.warnDays, voice),
  ])}.`
}

function checkpointText(checkpoint: Checkpoint, voice: Voice): string {
  const words = WORDS[voice.language]
  const { need } = checkpoint
  const must =
    need.kind === 'purchases' ? words.purchases(voice.purchases(need.from)) : words.sum(voice.money(need.from))
  return `${joined([
    words.checkpoint(checkpoint.id, words.every[checkpoint.every], must),
    audienceText(checkpoint.for, voice),
    elseText(checkpoint.else, voice),
    warnText(checkpoint.warnDays, voice),
  ])}.`
}

function elseText(otherwise: Checkpoint['else'], voice: Voice): string {
  const words = WORDS[voice.language]
  switch (otherwise.kind) {
    case 'burn':
      return words.elseBurn(voice.percent(otherwise.percent ?? '100'))
    case 'demote':
      return words.elseDemote
    case 'trigger':
      return words.elseTrigger(otherwise.event)
    default:
      return unreachable(otherwise)
  }
}

function warnText(days: readonly number[] | undefined, voice: Voice): string {
  return days === undefined ? '' : WORDS[voice.language].warn(days.map(voice.days).join(', '))
}

const WORDS = {
  ru: {
    burn: (id: string, days: string) => `Сгорание ${id}: если ${days} нет покупок, баллы сгорают`,
    keep: (points: string) => `остаётся ${points}`,
    warn: (days: string) => `предупреждаем за ${days}`,
    checkpoint: (id: string, every: string, must: string) => `Контрольная точка ${id}: ${every} нужно ${must}`,
    every: { month: 'каждый календарный месяц', quarter: 'каждый квартал', year: 'каждый год' },
    purchases: (purchases: string) => `сделать ${purchases}`,
    sum: (money: string) => `купить на ${money}`,
    elseBurn: (percent: string) => `иначе сгорает ${percent} баллов`,
    elseDemote: 'иначе уровень понижается',
    elseTrigger: (event: string) => `иначе начинается кампания по событию ${event}`,
  },
  en: {
    burn: (id: string, days: string) => `Burn ${id}: after ${days} without a purchase the points burn`,
    keep: (points: string) => `except ${points}`,
    warn: (days: string) => `with a warning ${days} before`,
    checkpoint: (id: string, every: string, must: string) => `Checkpoint ${id}: ${every} ${must}`,
    every: { month: 'every calendar month', quarter: 'every quarter', year: 'every year' },
    purchases: (purchases: string) => `make ${purchases}`,
    sum: (money: string) => `spend ${money}`,
    elseBurn: (percent: string) => `else ${percent} of the points burn`,
    elseDemote: 'else the tier is lowered',
    elseTrigger: (event: string) => `else the event ${event} starts a campaign`,
  },
}
