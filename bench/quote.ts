import { formatHundredths, parseHundredths } from '../shared/money.ts'
import { compileProgramme } from '../shared/programme/compile.ts'
import { parseProgramme } from '../shared/programme/schema.ts'
import type { WhyAccrual } from '../shared/quote/why.ts'
import { jsonRulesPeer } from './peers/json-rules.ts'
import { ask, compiled, programmeJson, requestFor } from './peers/ours.ts'
import { type BenchAnswer, benchLines, benchRules } from './peers/rules.ts'
import { zenPeer } from './peers/zen.ts'
import { type Figure, figure, type Report, ratio } from './report.ts'

/**
 * A quote of ten lines under a hundred rules against two rule engines with the same rules on the same receipt, and the
 * curve of ours from ten to ten thousand rules.
 *
 * What is compared: ours is the whole quote, `why` included: local time, winners, limits, the receipt's cap, the one
 * rounding and its shares. The peers find the same winners and work out what each line is worth and how much of it
 * points may pay; they are spared the rounding, the shares, the receipt's cap, the why, the local time and ties. Their
 * decision or engine is built once and kept, in the fastest form that was found. Before anything is timed, all three
 * must say the same of every line. A quote that also redeems is timed apart, because the peers do nothing like it.
 *
 * Times are of the processor, not of the clock on the wall: the same on an idle machine, but for what the peers spend
 * waiting, which they are spared; on a busy machine the only ones that mean anything.
 */
const RUNS = 41
const SLICE_MS = 40
const WARM_UP_MS = 600
const CURVE = [10, 100, 1_000, 10_000]

export default async function quoteBench(): Promise<Report> {
  const rules = benchRules(100)
  const lines = benchLines()
  const programme = compiled(rules)
  const zen = zenPeer(rules, lines)
  const jsonRules = jsonRulesPeer(rules, lines)

  const expected = ourAnswers(programme)
  assertEqual('zen-engine', await zen.quote(), expected)
  assertEqual('json-rules-engine', await jsonRules.quote(), expected)

  const request = requestFor(lines, '0.00')
  const redeeming = requestFor(lines, '100.00')
  const contestants = {
    bonusbook: () => repeat(() => void ask(programme, request)),
    'bonusbook, with a redemption': () => repeat(() => void ask(programme, redeeming)),
    'zen-engine': () => repeatAsync(zen.quote),
    'json-rules-engine': () => repeatAsync(jsonRules.quote),
  }
  const samples = await interleaved(contestants)
  const figures: Record<string, Figure> = {}
  for (const [name, microseconds] of Object.entries(samples)) {
    figures[`quote of 10 lines, 100 rules, ${name}`] = figure(microseconds, 'µs')
  }
  const ofOurs = figures['quote of 10 lines, 100 rules, bonusbook']!
  const ratios: Record<string, number> = {
    'zen-engine': ratio(figures['quote of 10 lines, 100 rules, zen-engine']!, ofOurs),
    'json-rules-engine': ratio(figures['quote of 10 lines, 100 rules, json-rules-engine']!, ofOurs),
  }
  const curve = await interleaved(
    Object.fromEntries(
      CURVE.map((count) => {
        const many = compiled(benchRules(count))
        return [`quote of 10 lines, ${count} rules`, () => repeat(() => void ask(many, request))]
      }),
    ),
  )
  for (const [name, microseconds] of Object.entries(curve)) figures[name] = figure(microseconds, 'µs')
  ratios['10 000 rules against 10'] = ratio(
    figures[`quote of 10 lines, ${CURVE[0]} rules`]!,
    figures[`quote of 10 lines, ${CURVE.at(-1)} rules`]!,
  )
  figures['10 000 rules validated and compiled'] = figure(validatedAndCompiled(10_000), 'ms')
  return { name: 'quote', runs: RUNS, figures, ratios }
}

/** What our quote says of each line, from its `why`: worth before rounding, and the limit. */
function ourAnswers(programme: ReturnType<typeof compiled>): BenchAnswer[] {
  const lines = benchLines()
  const quoted = ask(programme, requestFor(lines, '0.00'))
  return quoted.lines.map((line, i) => ({
    id: line.id,
    earn: worthText(lines[i]!.amount, quoted.why.lines[i]!.accrual!),
    limit: formatHundredths(line.limit),
  }))
}

/** Amount × percent × coefficients in ten-thousandths of a rouble: all the decimals that these rules can make. */
function worthText(amount: string, accrual: WhyAccrual): string {
  const scaled = (text: string) => parseHundredths(text)!
  let worth = scaled(amount) * scaled(accrual.percent)
  let den = 100n * 100n * 100n
  for (const factor of [accrual.client, accrual.goods, accrual.behaviour]) {
    if (factor?.accrual.multiply === undefined) continue
    worth *= scaled(factor.accrual.multiply)
    den *= 100n
  }
  return String((worth * 1_000_000n) / den)
}

function assertEqual(peer: string, answers: readonly BenchAnswer[], expected: readonly BenchAnswer[]): void {
  const millionths = (text: string) => String(Math.round(Number(text) * 1_000_000))
  for (const [i, { id, earn, limit }] of expected.entries()) {
    const answer = answers[i]
    const same = answer?.id === id && millionths(answer.earn) === earn && Number(answer.limit) === Number(limit)
    if (!same) throw new Error(`${peer} says ${JSON.stringify(answer)} where we say ${JSON.stringify(expected[i])}`)
  }
}

/** Runs in turns, so that a slow moment of the machine meets everybody; microseconds a call. */
async function interleaved(
  contestants: Record<string, () => number | Promise<number>>,
): Promise<Record<string, number[]>> {
  const samples: Record<string, number[]> = Object.fromEntries(Object.keys(contestants).map((name) => [name, []]))
  for (const run of Object.values(contestants)) {
    const until = performance.now() + WARM_UP_MS
    while (performance.now() < until) await run()
  }
  for (let i = 0; i < RUNS; i++) {
    for (const [name, run] of Object.entries(contestants)) samples[name]!.push(await run())
  }
  return samples
}

function repeat(call: () => void): number {
  const [start, before] = [performance.now(), processorTime()]
  let calls = 0
  while (performance.now() - start < SLICE_MS) {
    for (let i = 0; i < 50; i++) call()
    calls += 50
  }
  return (processorTime() - before) / calls
}

async function repeatAsync(call: () => Promise<unknown>): Promise<number> {
  const [start, before] = [performance.now(), processorTime()]
  let calls = 0
  while (performance.now() - start < SLICE_MS) {
    for (let i = 0; i < 4; i++) await call()
    calls += 4
  }
  return (processorTime() - before) / calls
}

/** Microseconds that this process, with all its threads, has had of the processors. */
function processorTime(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

function validatedAndCompiled(count: number): number[] {
  const json = programmeJson(benchRules(count))
  return Array.from({ length: 5 }, () => {
    const start = performance.now()
    const parsed = parseProgramme(json)
    if (!parsed.ok) throw new Error('a programme')
    compileProgramme(parsed.value)
    return performance.now() - start
  })
}
