import type { CoefficientAccrual, GoodsAccrual } from '../rules.ts'
import type { When } from '../when.ts'
import { joined, type Voice } from './voice.ts'
import { whenText } from './when.ts'

interface Rule {
  readonly id: string
  readonly when?: When | undefined
  readonly accrual?: (CoefficientAccrual & GoodsAccrual) | undefined
  readonly redemption?: { readonly maxPercent: string } | undefined
}

/** The four groups of rules, a sentence each. */
export function describeRules(voice: Voice): string[] {
  const words = WORDS[voice.language]
  const { rules } = voice.document
  const sentence = (group: string) => (rule: Rule) => {
    const says = joined(
      [
        rule.accrual && accrualText(rule.accrual, voice),
        rule.redemption && words.limit(voice.percent(rule.redemption.maxPercent)),
      ],
      '; ',
    )
    return `${group} ${rule.id}: ${whenText(rule.when ?? {}, voice) || words.always} — ${says || words.silent}.`
  }
  return [
    ...rules.client.map(sentence(words.client)),
    ...rules.goods.map(sentence(words.goods)),
    ...rules.behaviour.map(sentence(words.behaviour)),
    ...rules.receipt.map(sentence(words.receipt)),
  ]
}

function accrualText(accrual: CoefficientAccrual & GoodsAccrual, voice: Voice): string {
  const words = WORDS[voice.language]
  if (accrual.none) return words.none
  return joined([
    accrual.percent && words.percent(voice.percent(accrual.percent)),
    accrual.multiply && words.multiply(voice.number(accrual.multiply)),
    accrual.fixedPercent && words.fixedPercent(voice.percent(accrual.fixedPercent)),
    accrual.fixedPoints && words.perUnit(voice.points(accrual.fixedPoints)),
    accrual.maxPercent && words.atMost(voice.percent(accrual.maxPercent)),
    accrual.maxPoints && words.atMost(words.perUnit(voice.points(accrual.maxPoints))),
  ])
}

const WORDS = {
  ru: {
    client: 'Клиент,',
    goods: 'Товар,',
    behaviour: 'Поведение,',
    receipt: 'Чек,',
    always: 'всегда',
    silent: 'ничего не меняет',
    limit: (percent: string) => `баллами можно оплатить до ${percent}`,
    none: 'ничего не начисляется',
    percent: (percent: string) => `${percent} вместо базового`,
    multiply: (factor: string) => `начисление ×${factor}`,
    fixedPercent: (percent: string) => `всегда ${percent}`,
    perUnit: (points: string) => `${points} за единицу`,
    atMost: (bound: string) => `не больше ${bound}`,
  },
  en: {
    client: 'Client',
    goods: 'Goods',
    behaviour: 'Behaviour',
    receipt: 'Receipt',
    always: 'always',
    silent: 'changes nothing',
    limit: (percent: string) => `up to ${percent} may be paid with points`,
    none: 'earns nothing',
    percent: (percent: string) => `${percent} instead of the base`,
    multiply: (factor: string) => `earns ×${factor}`,
    fixedPercent: (percent: string) => `always ${percent}`,
    perUnit: (points: string) => `${points} per unit`,
    atMost: (bound: string) => `at most ${bound}`,
  },
}
