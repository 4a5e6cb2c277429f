import { ZenDecisionContent, ZenEngine } from '@gorules/zen-engine'
import {
  BENCH_CARD_TYPE,
  BENCH_TIME,
  BENCH_WEEKDAY,
  type BenchAnswer,
  type BenchLine,
  type BenchRules,
} from './rules.ts'

/**
 * The same rules as one cached decision of @gorules/zen-engine: a decision table for each group (rules of one card or
 * one moment are asked once a receipt, goods once a line), and one expression for the arithmetic. Rows stand in the
 * order of specificity, so that the first hit is the winner; limits are collected and the least taken.
 */
export interface Peer {
  readonly quote: () => Promise<BenchAnswer[]>
}

export function zenPeer(rules: BenchRules, lines: readonly BenchLine[]): Peer {
  const decision = new ZenEngine().createDecision(new ZenDecisionContent(graph(rules)))
  const context = {
    cardType: BENCH_CARD_TYPE,
    weekday: BENCH_WEEKDAY,
    minute: minute(BENCH_TIME),
    lines: lines.map((line) => ({ id: line.id, sku: line.sku, category: line.category, amount: Number(line.amount) })),
  }
  return {
    quote: async () => {
      const { result } = await decision.evaluate(context)
      return result.answers.map((answer: { id: string; earn: number; limit: number }) => ({
        id: answer.id,
        earn: String(answer.earn),
        limit: String(answer.limit),
      }))
    },
  }
}

interface Table {
  readonly id: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly rows: readonly (readonly string[])[]
  readonly collect?: boolean
  readonly perLine?: boolean
}

function graph(rules: BenchRules) {
  const tables: Table[] = [
    {
      id: 'client',
      inputs: ['cardType'],
      outputs: ['percent', 'limit'],
      rows: [...rules.client.map((rule) => [text(rule.cardType), rule.percent, rule.maxPercent]), ['', '1', '100']],
    },
    {
      id: 'behaviour',
      inputs: ['weekday', 'minute'],
      outputs: ['multiply'],
      rows: [
        ...rules.behaviour.map((rule) => [
          text(rule.weekday),
          `[${minute(rule.from)}..${minute(rule.to)})`,
          rule.multiply,
        ]),
        ['', '', '1'],
      ],
    },
    {
      id: 'goods',
      inputs: ['sku', 'category'],
      outputs: ['multiply'],
      rows: [
        ...rules.skus.map((rule) => [text(rule.sku), '', rule.multiply]),
        ...rules.categories.map((rule) => ['', covers(rule.category), rule.multiply]),
        ['', '', '1'],
      ],
      perLine: true,
    },
    {
      id: 'limits',
      inputs: ['category'],
      outputs: ['limit'],
      rows: [...rules.categories.map((rule) => [covers(rule.category), rule.maxPercent]), ['', '100']],
      collect: true,
      perLine: true,
    },
  ]
  const answer = {
    id: 'answer',
    type: 'expressionNode',
    name: 'answer',
    position: { x: 0, y: 0 },
    content: {
      passThrough: false,
      expressions: [
        {
          id: 'e1',
          key: 'answers',
          value:
            'map([0..len(lines)-1], {' +
            'id: lines[#].id, ' +
            'earn: lines[#].amount * client.percent * goods[#].multiply * behaviour.multiply / 100, ' +
            'limit: floor(lines[#].amount * min([client.limit, min(map(limits[#], #.limit))])) / 100})',
        },
      ],
    },
  }
  const nodes = [
    { id: 'in', type: 'inputNode', name: 'in', position: { x: 0, y: 0 } },
    ...tables.map(tableNode),
    answer,
    { id: 'out', type: 'outputNode', name: 'out', position: { x: 0, y: 0 } },
  ]
  const edges = nodes.slice(1).map((node, i) => ({
    id: `edge-${i}`,
    type: 'edge',
    sourceId: nodes[i]!.id,
    targetId: node.id,
  }))
  return { nodes, edges }
}

function tableNode({ id, inputs, outputs, rows, collect, perLine }: Table) {
  const columns = (prefix: string, names: readonly string[]) =>
    names.map((name, i) => ({ id: `${prefix}${i}`, name, field: name }))
  return {
    id,
    type: 'decisionTableNode',
    name: id,
    position: { x: 0, y: 0 },
    content: {
      hitPolicy: collect ? 'collect' : 'first',
      inputs: columns('i', inputs),
      outputs: columns('o', outputs),
      rules: rows.map((row, r) => ({
        _id: `${id}-${r}`,
        ...Object.fromEntries(row.map((cell, i) => [i < inputs.length ? `i${i}` : `o${i - inputs.length}`, cell])),
      })),
      passThrough: true,
      outputPath: id,
      ...(perLine ? { inputField: 'lines', executionMode: 'loop' } : { inputField: null, executionMode: 'single' }),
    },
  }
}

function covers(category: string): string {
  return `$ == ${text(category)} or startsWith($, ${text(`${category}/`)})`
}

function text(value: string): string {
  return JSON.stringify(value)
}

function minute(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3))
}
