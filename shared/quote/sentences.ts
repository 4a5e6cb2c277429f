import type { ProgrammeDocument } from '../programme/schema.ts'
import { unreachable } from '../result.ts'
import { type Language, money, name, number, percent, pointsText } from './spoken.ts'
import type { Why, WhyAccrual, WhyBound, WhyFactor, WhyLine, WhyRedemption } from './why.ts'

/**
 * A quote's `why` in words, for the cashier and the customer: one sentence for each line that has something to tell,
 * then what the receipt earns and what bounds redeeming. Points are named as the programme names them.
 */
export function explainQuote(why: Why, programme: ProgrammeDocument, language: Language): string[] {
  const words = WORDS[language]
  const several = why.lines.length > 1
  return [
    ...why.lines.map((line, i) => {
      const sentence = lineSentence(line, programme, language)
      return several ? `${words.line(i + 1)}: ${sentence}` : capital(sentence)
    }),
    earnSentence(why, programme, language),
    redemptionSentence(why.redemption, programme, language),
  ]
}

/** "card 5 % instead of base 1 % → ×2 cappuccino → ×3 happy-hours": the steps of one line. */
export function accrualSteps(accrual: WhyAccrual, programme: ProgrammeDocument, language: Language): string {
  const words = WORDS[language]
  if (accrual.outcome === 'none') return words.nothing(ruleOf(noneOf(accrual), language))
  const goods = accrual.goods
  if (accrual.outcome === 'fixedPercent' && goods !== null) {
    return steps(
      [words.fixedPercent(ruleOf(goods, language), percent(goods.accrual.fixedPercent!, language))],
      accrual,
      programme,
      language,
    )
  }
  if (accrual.outcome === 'fixedPoints' && goods !== null) {
    const each = pointsText(goods.accrual.fixedPoints!, programme, language)
    return steps([words.fixedPoints(ruleOf(goods, language), each)], accrual, programme, language)
  }
  const base = percent(programme.accrual.basePercent, language)
  const from = accrual.percentFrom === 'base' ? null : accrual[accrual.percentFrom]
  const first =
    from === null ? words.base(base) : words.instead(ruleOf(from, language), percent(accrual.percent, language), base)
  const factors = [accrual.client, accrual.goods, accrual.behaviour].flatMap((factor) =>
    factor?.accrual.multiply === undefined
      ? []
      : [`×${number(factor.accrual.multiply, language)} ${ruleOf(factor, language)}`],
  )
  return steps([first, ...factors], accrual, programme, language)
}

function lineSentence(line: WhyLine, programme: ProgrammeDocument, language: Language): string {
  const words = WORDS[language]
  const earned = line.accrual === null ? words.noMember : accrualSteps(line.accrual, programme, language)
  const { limit } = line
  const share = limit.rule === null ? '' : words.limit(percent(limit.percent, language), name(limit.rule))
  const least = limit.minPayable
    ? words.minPayable(money(programme.redemption.minPayablePerLine, programme, language))
    : ''
  return [earned, share, least].filter((part) => part !== '').join('; ')
}

function steps(made: readonly string[], accrual: WhyAccrual, programme: ProgrammeDocument, language: Language): string {
  const bounds = accrual.bounds.map((bound) => boundText(bound, accrual, programme, language))
  return [...made, ...bounds].join(' → ')
}

function boundText(bound: WhyBound, accrual: WhyAccrual, programme: ProgrammeDocument, language: Language): string {
  const words = WORDS[language]
  switch (bound) {
    case 'maxPercent':
      return words.maxPercent(percent(accrual.goods?.accrual.maxPercent ?? '', language))
    case 'maxPoints':
      return words.maxPoints(pointsText(accrual.goods?.accrual.maxPoints ?? '', programme, language))
    case 'capPercent':
      return words.cap
    default:
      return unreachable(bound)
  }
}

function earnSentence(why: Why, programme: ProgrammeDocument, language: Language): string {
  const words = WORDS[language]
  if (!why.earn.member) return words.nobody
  const earned = words.earns(pointsText(why.earn.earn, programme, language))
  if (why.earn.margin === null) return `${earned}.`
  return `${earned}; ${words.margin(percent(why.earn.margin.percent, language), money(why.earn.margin.money, programme, language))}.`
}

function redemptionSentence(why: WhyRedemption, programme: ProgrammeDocument, language: Language): string {
  const words = WORDS[language]
  const limit = money(why.limit, programme, language)
  switch (why.boundBy) {
    case 'lines':
      return words.byLines(limit)
    case 'receipt':
      return words.byReceipt(limit, percent(why.percent ?? '', language), name(why.rule ?? ''))
    case 'balance':
      return words.byBalance(limit)
    case 'right':
      return words.byRight(limit)
    case 'no-member':
      return words.nobodyPays
    default:
      return unreachable(why.boundBy)
  }
}

function noneOf(accrual: WhyAccrual): WhyFactor | null {
  return [accrual.client, accrual.goods, accrual.behaviour].find((factor) => factor?.accrual.none) ?? null
}

function ruleOf(factor: WhyFactor | null, language: Language): string {
  if (factor === null) return ''
  return factor.terms ? `${WORDS[language].personal} ${name(factor.rule)}` : name(factor.rule)
}

function capital(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1)
}

const WORDS = {
  ru: {
    line: (n: number) => `Позиция ${n}`,
    personal: 'личное условие',
    base: (base: string) => `базовые ${base}`,
    instead: (rule: string, percent: string, base: string) => `${rule}: ${percent} вместо базовых ${base}`,
    nothing: (rule: string) => `баллы не начисляются (${rule})`,
    fixedPercent: (rule: string, percent: string) => `${rule}: всегда ${percent}`,
    fixedPoints: (rule: string, points: string) => `${rule}: ${points} за единицу`,
    maxPercent: (percent: string) => `не больше ${percent}`,
    maxPoints: (points: string) => `не больше ${points} за единицу`,
    cap: 'не больше предела программы',
    noMember: 'без карты баллы не начисляются',
    limit: (percent: string, rule: string) => `баллами можно оплатить до ${percent} (${rule})`,
    minPayable: (least: string) => `деньгами остаётся не меньше ${least}`,
    earns: (points: string) => `За чек начислим ${points}`,
    margin: (percent: string, margin: string) => `не больше ${percent} от наценки ${margin}`,
    nobody: 'Покупатель не указан: баллы не начисляются.',
    nobodyPays: 'Покупатель не указан: оплатить баллами нельзя.',
    byLines: (limit: string) => `Баллами можно оплатить до ${limit} этого чека по правилам для товаров и карты.`,
    byReceipt: (limit: string, percent: string, rule: string) =>
      `Баллами можно оплатить до ${limit} этого чека: до ${percent} чека (${rule}).`,
    byBalance: (limit: string) => `Правила разрешают оплатить баллами ${limit}, но на счёте меньше.`,
    byRight: (limit: string) => `Правила разрешают оплатить баллами ${limit}, но без связи касса может списать меньше.`,
  },
  en: {
    line: (n: number) => `Line ${n}`,
    personal: 'personal terms',
    base: (base: string) => `base ${base}`,
    instead: (rule: string, percent: string, base: string) => `${rule} ${percent} instead of base ${base}`,
    nothing: (rule: string) => `earns nothing (${rule})`,
    fixedPercent: (rule: string, percent: string) => `${rule}: always ${percent}`,
    fixedPoints: (rule: string, points: string) => `${rule}: ${points} per unit`,
    maxPercent: (percent: string) => `at most ${percent}`,
    maxPoints: (points: string) => `at most ${points} per unit`,
    cap: "at most the programme's cap",
    noMember: 'earns nothing without a card',
    limit: (percent: string, rule: string) => `up to ${percent} may be paid with points (${rule})`,
    minPayable: (least: string) => `at least ${least} must be paid with money`,
    earns: (points: string) => `This receipt earns ${points}`,
    margin: (percent: string, margin: string) => `at most ${percent} of the margin of ${margin}`,
    nobody: 'No customer: nothing is earned.',
    nobodyPays: 'No customer: nothing can be paid with points.',
    byLines: (limit: string) =>
      `Up to ${limit} of this receipt may be paid with points by the rules for goods and card.`,
    byReceipt: (limit: string, percent: string, rule: string) =>
      `Up to ${limit} of this receipt may be paid with points: ${percent} of the receipt (${rule}).`,
    byBalance: (limit: string) => `The rules allow ${limit} to be paid with points, but the balance is smaller.`,
    byRight: (limit: string) =>
      `The rules allow ${limit} to be paid with points, but offline this till may redeem less.`,
  },
}
