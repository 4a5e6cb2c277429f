import { unreachable } from '../../result.ts'
import type { Threshold, Tier, TierKeep } from '../tiers.ts'
import { joined, type Voice } from './voice.ts'
import { windowText } from './windows.ts'

/** Tiers, the lowest first: how each is reached, how long it is kept, where it is lost to. */
export function describeTiers(voice: Voice): string[] {
  const words = WORDS[voice.language]
  const { tiers = [], promotion } = voice.document
  if (tiers.length === 0) return []
  const reached = tiers.some((tier) => tier.entry.kind === 'earned')
  return [
    words.order(tiers.map((tier) => tier.name).join(' → ')),
    ...tiers.map((tier) => tierText(tier, voice)),
    ...(reached ? [words[promotion ?? 'next-receipt']] : []),
  ]
}

function tierText(tier: Tier, voice: Voice): string {
  const words = WORDS[voice.language]
  const title = tier.name === tier.id ? words.tier(tier.name) : words.tier(`${tier.name} (${tier.id})`)
  const { entry, keep, welcome } = tier
  const thresholds = entry.kind === 'earned' ? entry.thresholds.map((each) => thresholdText(each, voice)) : []
  const way =
    entry.kind !== 'earned'
      ? words[entry.kind]
      : thresholds.length === 1
        ? words.reached(thresholds[0]!)
        : words[entry.match](thresholds.join('; '))
  const kept = entry.kind === 'automatic' ? '' : `${keepText(keep, voice)}${lossText(tier, voice)}`
  const gift = welcome && words.welcome(voice.points(welcome.points), voice.days(welcome.lifeDays))
  return `${title}: ${joined([way, kept, gift], '. ')}.`
}

function thresholdText(threshold: Threshold, voice: Voice): string {
  const words = WORDS[voice.language].thresholds
  switch (threshold.kind) {
    case 'sum':
      return `${words.sum(voice.money(threshold.from))} ${windowText(threshold.window, voice)}`
    case 'points':
      return `${words.points(voice.points(threshold.from))} ${windowText(threshold.window, voice)}`
    case 'purchases':
      return `${words.purchases(voice.purchases(threshold.from))} ${windowText(threshold.window, voice)}`
    case 'membership':
      return words.membership(voice.days(threshold.days))
    case 'goods': {
      const goods = voice.either([...(threshold.skus ?? []), ...(threshold.categories ?? [])])
      return `${words.goods(voice.number(threshold.quantity), goods)} ${windowText(threshold.window, voice)}`
    }
    default:
      return unreachable(threshold)
  }
}

function keepText(keep: TierKeep | undefined, voice: Voice): string {
  const words = WORDS[voice.language]
  if (keep === undefined || keep.kind === 'forever') return words.forever
  const length = keep.kind === 'days' ? words.keptDays(voice.days(keep.days)) : words.keptCalendar[keep.unit]
  return keep.graceDays ? `${length}${words.grace(voice.days(keep.graceDays))}` : length
}

function lossText({ keep, demotion }: Tier, voice: Voice): string {
  if (keep === undefined || keep.kind === 'forever') return ''
  return `; ${WORDS[voice.language].demotion[demotion ?? 'highest-met']}`
}

const WORDS = {
  ru: {
    order: (names: string) => `Уровни по возрастанию: ${names}.`,
    tier: (name: string) => `Уровень ${name}`,
    automatic: 'здесь каждый с первого дня',
    appointed: 'даёт и снимает только управляющий',
    reached: (threshold: string) => `чтобы попасть сюда, нужно ${threshold}`,
    any: (thresholds: string) => `чтобы попасть сюда, нужно что-то одно: ${thresholds}`,
    all: (thresholds: string) => `чтобы попасть сюда, нужно всё сразу: ${thresholds}`,
    thresholds: {
      sum: (money: string) => `купить на ${money}`,
      points: (points: string) => `заработать ${points}`,
      purchases: (purchases: string) => `сделать ${purchases}`,
      membership: (days: string) => `состоять в программе ${days}`,
      goods: (quantity: string, goods: string) => `купить ${quantity} ед. товара ${goods}`,
    },
    forever: 'Остаётся навсегда',
    keptDays: (days: string) => `Держится ${days} с того дня, когда достигнут или подтверждён`,
    keptCalendar: {
      month: 'Держится до конца месяца, следующего за тем, в котором достигнут',
      quarter: 'Держится до конца квартала, следующего за тем, в котором достигнут',
      year: 'Держится до конца года, следующего за тем, в котором достигнут',
    },
    grace: (days: string) => `, и ещё ${days} отсрочки`,
    demotion: {
      'one-below': 'если не подтверждён, дальше — на уровень ниже',
      'highest-met': 'если не подтверждён, дальше — самый высокий уровень, условия которого выполнены',
    },
    welcome: (points: string, days: string) => `При переходе на уровень — подарок ${points} на ${days}`,
    'this-receipt': 'Чек, которым достигнут уровень, считается уже по новому уровню.',
    'next-receipt': 'Чек, которым достигнут уровень, считается ещё по прежнему; новый действует со следующего.',
  },
  en: {
    order: (names: string) => `Tiers from the lowest up: ${names}.`,
    tier: (name: string) => `Tier ${name}`,
    automatic: 'everybody is here from the first day',
    appointed: 'given and taken away only by a manager',
    reached: (threshold: string) => `to get here, ${threshold}`,
    any: (thresholds: string) => `to get here, any one of: ${thresholds}`,
    all: (thresholds: string) => `to get here, all of: ${thresholds}`,
    thresholds: {
      sum: (money: string) => `spend ${money}`,
      points: (points: string) => `earn ${points}`,
      purchases: (purchases: string) => `make ${purchases}`,
      membership: (days: string) => `be a member for ${days}`,
      goods: (quantity: string, goods: string) => `buy ${quantity} of ${goods}`,
    },
    forever: 'Kept for good',
    keptDays: (days: string) => `Kept for ${days} from the day it was reached or confirmed`,
    keptCalendar: {
      month: 'Kept to the end of the month after the one in which it was reached',
      quarter: 'Kept to the end of the quarter after the one in which it was reached',
      year: 'Kept to the end of the year after the one in which it was reached',
    },
    grace: (days: string) => `, and ${days} of grace`,
    demotion: {
      'one-below': 'if not confirmed, one tier down',
      'highest-met': 'if not confirmed, down to the highest tier whose conditions are met',
    },
    welcome: (points: string, days: string) => `On reaching it, a gift of ${points} for ${days}`,
    'this-receipt': 'The receipt that reaches a tier is already counted at the new one.',
    'next-receipt': 'The receipt that reaches a tier is counted at the old one; the new one holds from the next.',
  },
}
