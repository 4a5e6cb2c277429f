import { type CompiledProgramme, compileProgramme } from '../../shared/programme/compile.ts'
import { parseProgramme } from '../../shared/programme/schema.ts'
import { parseQuoteRequest } from '../../shared/quote/json.ts'
import { quote } from '../../shared/quote/quote.ts'
import type { Quote, QuoteRequest } from '../../shared/quote/types.ts'
import { BENCH_AT, BENCH_CARD_TYPE, BENCH_OUTLET, type BenchLine, type BenchRules } from './rules.ts'

/** The rules as a programme of ours; `value` and `step` are those at which a line's share can be compared exactly. */
export function programmeJson(rules: BenchRules, step = '0.01') {
  return {
    schema: 'programme/1',
    id: 'bench',
    version: 1,
    name: 'Bench',
    timeZone: 'Europe/Moscow',
    currency: 'RUB',
    points: { names: { ru: ['балл', 'балла', 'баллов'] }, value: '1.00', step, rounding: 'floor' },
    accrual: { basePercent: '1', capPercent: '100', activationDays: 0, lifeDays: 365 },
    redemption: { basePercent: '100', minPayablePerLine: '0.00' },
    rules: {
      client: rules.client.map(({ id, cardType, percent, maxPercent }) => ({
        id,
        when: { cardTypes: [cardType] },
        accrual: { percent },
        redemption: { maxPercent },
      })),
      goods: [
        ...rules.skus.map(({ id, sku, multiply }) => ({ id, when: { skus: [sku] }, accrual: { multiply } })),
        ...rules.categories.map(({ id, category, multiply, maxPercent }) => ({
          id,
          when: { categories: [category] },
          accrual: { multiply },
          redemption: { maxPercent },
        })),
      ],
      behaviour: rules.behaviour.map(({ id, weekday, from, to, multiply }) => ({
        id,
        when: { weekdays: [weekday], from, to },
        accrual: { multiply },
      })),
      receipt: rules.receipt.map(({ id, outlet, maxPercent }) => ({
        id,
        when: { outlets: [outlet] },
        redemption: { maxPercent },
      })),
    },
  }
}

export function compiled(rules: BenchRules): CompiledProgramme {
  const parsed = parseProgramme(programmeJson(rules))
  if (!parsed.ok) throw new Error(parsed.detail.map((problem) => problem.message).join('\n'))
  return compileProgramme(parsed.value)
}

export function requestFor(lines: readonly BenchLine[], redeem: string): QuoteRequest {
  const parsed = parseQuoteRequest({
    at: BENCH_AT,
    member: { card: '2000000000015', cardType: BENCH_CARD_TYPE, tier: null, segments: ['regular'], balance: '500.00' },
    receipt: { id: 'r-1', outlet: BENCH_OUTLET, lines },
    redeem,
  })
  if (!parsed.ok) throw new Error(parsed.detail.map((problem) => problem.message).join('\n'))
  return parsed.value
}

export function ask(programme: CompiledProgramme, request: QuoteRequest): Quote {
  const answer = quote(programme, request)
  if (!answer.ok) throw new Error(answer.reason)
  return answer.value
}
