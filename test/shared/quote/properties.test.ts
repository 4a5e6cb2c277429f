import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatHundredths, parseHundredths } from '../../../shared/money.ts'
import { compileProgramme } from '../../../shared/programme/compile.ts'
import { type ProgrammeDocument, parseProgramme } from '../../../shared/programme/schema.ts'
import { parseQuoteRequest, quoteToJson } from '../../../shared/quote/json.ts'
import { quote } from '../../../shared/quote/quote.ts'
import type { Quote, QuoteRefusal } from '../../../shared/quote/types.ts'
import type { Result } from '../../../shared/result.ts'
import { runs } from '../runs.ts'
import { linesArbitrary, programmeArbitrary, requestArbitrary } from './arbitraries.ts'
import { oracle } from './oracle.ts'

// biome-ignore lint/suspicious/noExplicitAny: documents are JSON here
type Json = any

const RUNS = runs(1000)

function documentOf(json: Json): ProgrammeDocument {
  const parsed = parseProgramme(json)
  if (!parsed.ok) throw new Error(parsed.detail.map((problem) => problem.message).join('\n'))
  return parsed.value
}

function quoted(programme: Json, request: Json): Result<Quote, QuoteRefusal> {
  const parsed = parseQuoteRequest(request)
  if (!parsed.ok) throw new Error(parsed.detail.map((problem) => problem.message).join('\n'))
  return quote(compileProgramme(documentOf(programme)), parsed.value)
}

function answered(programme: Json, request: Json): Json {
  const result = quoted(programme, request)
  if (!result.ok) return { error: result.reason }
  const { why, rewards: _rewards, ...rest } = quoteToJson(result.value)
  const winners = why.lines.flatMap(({ accrual }) => {
    if (accrual === null) return []
    return [[accrual.client, accrual.goods, accrual.behaviour].map((factor) => factor?.rule ?? null)]
  })
  return { ...rest, winners }
}

/** The same request, now redeeming a share of what may be redeemed. */
function redeeming(programme: Json, request: Json, thousandths: number): Json {
  const first = quoted(programme, request)
  if (!first.ok) throw new Error('nothing redeemed cannot be refused')
  const step = parseHundredths(programme.points.step)!
  const steps = ((first.value.redeemable / step) * BigInt(thousandths)) / 1000n
  return { ...request, redeem: formatHundredths(steps * step) }
}

const share = fc.constantFrom(0, 0, 1, 333, 500, 999, 1000)

describe('for any programme and any receipt', () => {
  test('[Q1-Q23] the quote agrees with a slow reading of the rules that walks them all', () => {
    let [earned, discounted, lines] = [0, 0, 0]
    fc.assert(
      fc.property(programmeArbitrary, requestArbitrary, share, (programme, request, thousandths) => {
        const asked = redeeming(programme, request, thousandths)
        const answer = answered(programme, asked)
        expect(answer).toEqual(oracle(documentOf(programme), asked))
        if (answer.earn !== '0.00') earned++
        if (answer.discount !== '0.00') discounted++
        lines += answer.lines.length
      }),
      RUNS,
    )
    // A quiet run would prove nothing.
    expect(earned).toBeGreaterThan(RUNS.numRuns / 3)
    expect(discounted).toBeGreaterThan(RUNS.numRuns / 10)
    expect(lines).toBeGreaterThan(RUNS.numRuns)
  })

  test('[Q18] what is refused is refused alike by the slow reading', () => {
    fc.assert(
      fc.property(programmeArbitrary, requestArbitrary, fc.bigInt(0n, 600_000n), (programme, request, redeem) => {
        const asked = { ...request, redeem: formatHundredths(redeem) }
        expect(answered(programme, asked)).toEqual(oracle(documentOf(programme), asked))
      }),
      runs(500),
    )
  })

  test('[Q14][Q19] lines add up to the receipt', () => {
    fc.assert(
      fc.property(programmeArbitrary, requestArbitrary, share, (programme, request, thousandths) => {
        const result = quoted(programme, redeeming(programme, request, thousandths))
        if (!result.ok) throw new Error(result.reason)
        const sum = (pick: (line: Quote['lines'][number]) => bigint) =>
          result.value.lines.reduce((total, line) => total + pick(line), 0n)
        expect(sum((line) => line.earn)).toBe(result.value.earn)
        expect(sum((line) => line.discount)).toBe(result.value.discount)
      }),
      RUNS,
    )
  })

  test('[Q15][Q17] never more is redeemed than allowed: not on a line, not on the receipt, not beyond the balance', () => {
    fc.assert(
      fc.property(programmeArbitrary, requestArbitrary, share, (programme, request, thousandths) => {
        const asked = redeeming(programme, request, thousandths)
        const result = quoted(programme, asked)
        if (!result.ok) throw new Error(result.reason)
        const { value } = result
        for (const line of value.lines) expect(line.discount <= line.limit).toBe(true)
        expect(value.redeem <= value.redeemable).toBe(true)
        expect(value.redeemable <= parseHundredths(asked.member?.balance ?? '0.00')!).toBe(true)
        if (asked.right !== null) expect(value.redeemable <= parseHundredths(asked.right)!).toBe(true)
        const more = formatHundredths(value.redeemable + parseHundredths(programme.points.step)!)
        expect(quoted(programme, { ...asked, redeem: more })).toMatchObject({ reason: 'redeem_exceeds_limit' })
      }),
      runs(700),
    )
  })

  test('[Q2-Q5] the order of rules in the document does not matter', () => {
    fc.assert(
      fc.property(programmeArbitrary, requestArbitrary, fc.integer(), (programme, request, seed) => {
        const shuffled = (rules: Json[]) => [...rules].sort((a, b) => hash(a.id, seed) - hash(b.id, seed))
        const other = {
          ...programme,
          rules: Object.fromEntries(
            Object.entries(programme.rules).map(([group, rules]) => [group, shuffled(rules as Json[])]),
          ),
        }
        const [one, two] = [quoted(programme, request), quoted(other, request)]
        expect(two).toEqual(one)
      }),
      RUNS,
    )
  })

  test('[Q13] under floor, a receipt split in two never earns more than the whole', () => {
    fc.assert(
      fc.property(programmeArbitrary, requestArbitrary, linesArbitrary, (programme, request, more) => {
        const together = [...request.receipt.lines, ...more.map((line: Json) => ({ ...line, id: `m${line.id}` }))]
        const rules = Object.fromEntries(
          Object.entries(programme.rules).map(([group, list]) => [group, (list as Json[]).map(withoutTotal)]),
        )
        const floored = { ...programme, rules, points: { ...programme.points, rounding: 'floor' } }
        const earn = (lines: Json[]) => {
          const result = quoted(floored, { ...request, receipt: { ...request.receipt, lines } })
          if (!result.ok) throw new Error(result.reason)
          return result.value.earn
        }
        const half = Math.ceil(together.length / 2)
        expect(earn(together.slice(0, half)) + earn(together.slice(half)) <= earn(together)).toBe(true)
      }),
      runs(700),
    )
  })

  test('[Q11] paying more with points never earns more', () => {
    fc.assert(
      fc.property(programmeArbitrary, requestArbitrary, (programme, request) => {
        const exact = {
          ...programme,
          points: { value: '1.00', step: '0.01', rounding: 'floor', names: programme.points.names },
        }
        const earned = [0, 250, 500, 1000].map((thousandths) => {
          const result = quoted(exact, redeeming(exact, request, thousandths))
          if (!result.ok) throw new Error(result.reason)
          return result.value.earn
        })
        for (const [i, earn] of earned.entries()) if (i > 0) expect(earn <= earned[i - 1]!).toBe(true)
      }),
      runs(500),
    )
  })

  test('the same question always has the same answer, whatever was asked in between', () => {
    fc.assert(
      fc.property(
        programmeArbitrary,
        fc.array(requestArbitrary, { minLength: 2, maxLength: 5 }),
        (programme, requests) => {
          const compiled = compileProgramme(documentOf(programme))
          const ask = (request: Json) => {
            const parsed = parseQuoteRequest(request)
            if (!parsed.ok) throw new Error('a request')
            return quote(compiled, parsed.value)
          }
          const first = requests.map(ask)
          expect(requests.map(ask)).toEqual(first)
          expect(requests.map((request) => quoted(programme, request))).toEqual(first)
        },
      ),
      runs(300),
    )
  })
})

function withoutTotal(rule: Json): Json {
  const { receiptTotalFrom: _from, receiptTotalTo: _to, ...when } = rule.when
  return { ...rule, when }
}

function hash(id: string, seed: number): number {
  let value = seed | 0
  for (const character of id) value = Math.imul(value ^ character.charCodeAt(0), 16_777_619)
  return value
}
