import { Engine } from 'json-rules-engine'
import {
  BENCH_CARD_TYPE,
  BENCH_TIME,
  BENCH_WEEKDAY,
  type BenchAnswer,
  type BenchLine,
  type BenchRules,
} from './rules.ts'
import type { Peer } from './zen.ts'

/**
 * The same rules for json-rules-engine: one engine for card and hours, run once a receipt, and one for goods, run once
 * a line. Its events say what held; winners and arithmetic are worked out from them here, in plain numbers.
 */
export function jsonRulesPeer(rules: BenchRules, lines: readonly BenchLine[]): Peer {
  const receipt = new Engine([], { allowUndefinedFacts: true })
  const goods = new Engine([], { allowUndefinedFacts: true })
  goods.addOperator('within', (path: string, category: string) => path === category || path.startsWith(`${category}/`))
  const equal = (fact: string, value: string) => ({ fact, operator: 'equal', value })
  for (const rule of rules.client) {
    receipt.addRule({
      conditions: { all: [equal('cardType', rule.cardType)] },
      event: { type: 'client', params: { percent: Number(rule.percent), limit: Number(rule.maxPercent) } },
    })
  }
  for (const rule of rules.behaviour) {
    receipt.addRule({
      conditions: {
        all: [
          equal('weekday', rule.weekday),
          { fact: 'minute', operator: 'greaterThanInclusive', value: minute(rule.from) },
          { fact: 'minute', operator: 'lessThan', value: minute(rule.to) },
        ],
      },
      event: { type: 'behaviour', params: { multiply: Number(rule.multiply) } },
    })
  }
  for (const rule of rules.skus) {
    goods.addRule({
      conditions: { all: [equal('sku', rule.sku)] },
      event: { type: 'goods', params: { rank: 1000, multiply: Number(rule.multiply), limit: 100 } },
    })
  }
  for (const rule of rules.categories) {
    goods.addRule({
      conditions: { all: [{ fact: 'category', operator: 'within', value: rule.category }] },
      event: {
        type: 'goods',
        params: {
          rank: rule.category.split('/').length,
          multiply: Number(rule.multiply),
          limit: Number(rule.maxPercent),
        },
      },
    })
  }
  const facts = { cardType: BENCH_CARD_TYPE, weekday: BENCH_WEEKDAY, minute: minute(BENCH_TIME) }
  const answerOf = async (line: BenchLine, percent: number, multiply: number, limit: number): Promise<BenchAnswer> => {
    const { events } = await goods.run({ sku: line.sku, category: line.category })
    let [rank, factor, lowest] = [-1, 1, limit]
    for (const { params } of events) {
      if (params!.rank > rank) [rank, factor] = [params!.rank, params!.multiply]
      lowest = Math.min(lowest, params!.limit)
    }
    const kopecks = Math.round(Number(line.amount) * 100)
    return {
      id: line.id,
      earn: String((kopecks * percent * factor * multiply) / 10_000),
      limit: String(Math.floor((kopecks * lowest) / 100) / 100),
    }
  }
  return {
    quote: async () => {
      const { events } = await receipt.run(facts)
      const client = events.find((event) => event.type === 'client')?.params ?? { percent: 1, limit: 100 }
      const behaviour = events.find((event) => event.type === 'behaviour')?.params ?? { multiply: 1 }
      const answers: BenchAnswer[] = []
      for (const line of lines) answers.push(await answerOf(line, client.percent, behaviour.multiply, client.limit))
      return answers
    },
  }
}

function minute(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3))
}
