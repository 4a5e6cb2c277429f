import { sql } from 'kysely'
import { aliveOf, type BgNbd, expectedIfAlive, fitBgNbd, type History } from '../../shared/segments/analysis/bg-nbd.ts'
import { periodsOf } from '../../shared/segments/analysis/discounted.ts'
import { expectedCheck, fitGammaGamma, type GammaGamma } from '../../shared/segments/analysis/gamma-gamma.ts'
import type { SettingsOf } from '../../shared/segments/analysis/settings.ts'
import { inHandfuls } from '../database/cursor.ts'
import { type Asked, ageOf, bought, type Report, seen } from './asked.ts'

interface Row {
  readonly member: string
  /** Repeat purchase days. */
  readonly x: number
  readonly last: number
  readonly observed: number
  /** What the repeat purchases brought, in kopecks. */
  readonly repeat_spend: bigint
}

const UNIT_DAYS = { day: 1, week: 7 } as const
const TENTHS = 10

/**
 * What members are expected to buy and bring. Members of the same history are one observation with a weight, and what is
 * expected of a history is computed once; the list is read twice rather than held.
 */
export const ltv: Report<'ltv'> = async (asked, settings) => {
  const unitDays = UNIT_DAYS[settings.unit]
  const { histories, spendings, members } = await gathered(asked, unitDays)
  const model = fitBgNbd(histories)
  const spend = fitGammaGamma(spendings)
  const outlook = model === null ? undefined : await lookAhead(asked, settings, model.parameters, spend?.parameters)
  return {
    at: asked.moment.shown,
    unit: settings.unit,
    members,
    model:
      model === null
        ? null
        : { ...model.parameters, logLikelihood: model.logLikelihood, unidentified: [...model.unidentified] },
    spend:
      spend === null
        ? null
        : {
            ...spend.parameters,
            logLikelihood: spend.logLikelihood,
            members: spendings.reduce((sum, one) => sum + one.members, 0),
            unidentified: [...spend.unidentified],
          },
    horizonDays: settings.horizonDays,
    discountPercent: settings.discountPercent,
    expected: outlook?.expected ?? null,
    alive: outlook?.alive ?? [],
    bands: outlook?.bands ?? [],
  }
}

/** Sums need no order, rows of a file do. */
const rowsOf = (asked: Asked) => sql<Row>`
  select * from (${asked.facts === null ? fromReceipts(asked) : fromFacts(asked)}) l
  ${asked.members === undefined ? sql`` : sql`order by l.member collate "C"`}`

const fromFacts = (asked: Asked) => sql`
  select f.member, f.purchase_days - 1 as x, f.last_day - f.first_day as last,
    ${ageOf(asked, sql`f.first_day`)} as observed, f.spend - f.first_spend as repeat_spend
  from member_fact f where f.tenant = ${asked.tenant} and f.purchases > 0`

const fromReceipts = (asked: Asked) => sql`
  select d.member, (count(*) filter (where d.is_bought) - 1)::integer as x,
    max(d.day) filter (where d.is_bought) - min(d.day) filter (where d.is_bought) as last,
    ${ageOf(asked, sql`min(d.day) filter (where d.is_bought)`)} as observed,
    (sum(d.amount) - (array_agg(d.amount order by d.day) filter (where d.is_bought))[1])::bigint as repeat_spend
  from (
    select r.member, r.day, sum(r.amount) as amount, bool_or(${bought(asked)}) as is_bought
    from receipt r where ${seen(asked)} group by r.member, r.day
  ) d group by d.member having bool_or(d.is_bought)`

async function gathered(asked: Asked, unitDays: number) {
  const [byHistory, bySpending] = [new Map<string, number>(), new Map<string, number>()]
  let members = 0
  for await (const rows of inHandfuls(asked.tx, rowsOf(asked))) {
    for (const { x, last, observed, repeat_spend } of rows) {
      members++
      count(byHistory, `${x},${last},${observed}`)
      if (x > 0 && repeat_spend > 0n) count(bySpending, `${x},${repeat_spend}`)
    }
  }
  const histories: History[] = [...byHistory].map(([key, many]) => {
    const [x, last, observed] = key.split(',').map(Number) as [number, number, number]
    return { x, tx: last / unitDays, T: observed / unitDays, members: many }
  })
  const spendings = [...bySpending].map(([key, many]) => {
    const [x, kopecks] = key.split(',').map(Number) as [number, number]
    return { x, mean: kopecks / 100 / x, members: many }
  })
  return { histories, spendings, members }
}

const count = (counts: Map<string, number>, key: string) => counts.set(key, (counts.get(key) ?? 0) + 1)

async function lookAhead(asked: Asked, settings: SettingsOf<'ltv'>, model: BgNbd, spend: GammaGamma | undefined) {
  const unitDays = UNIT_DAYS[settings.unit]
  const ahead = expectations(model, settings, unitDays)
  const alive = new Array<number>(TENTHS).fill(0)
  const values: number[] = []
  const sums = { purchases: 0, alive: 0 }
  asked.members?.columns([
    'member_id',
    'repeat_purchases',
    'days_to_last',
    'days_observed',
    'alive',
    'expected_purchases',
    'expected_check',
    'value',
  ])
  for await (const rows of inHandfuls(asked.tx, rowsOf(asked))) {
    for (const { member, x, last, observed, repeat_spend } of rows) {
      const isAlive = aliveOf(model, { x, tx: last / unitDays, T: observed / unitDays })
      const { purchases, discounted } = ahead(x, observed)
      const mean = x > 0 && repeat_spend > 0n ? Number(repeat_spend) / 100 / x : null
      const check = spend === undefined ? null : expectedCheck(spend, mean === null ? 0 : x, mean ?? 0)
      const value = check === null ? null : isAlive * discounted * check
      alive[Math.min(TENTHS - 1, Math.floor(isAlive * TENTHS))]! += 1
      sums.alive += isAlive
      sums.purchases += isAlive * purchases
      if (value !== null) values.push(value)
      asked.members?.row([
        member,
        x,
        last,
        observed,
        shown(isAlive),
        shown(isAlive * purchases),
        cents(check),
        cents(value),
      ])
    }
    await asked.members?.drained()
  }
  const value = values.length === 0 ? null : values.reduce((sum, one) => sum + one, 0)
  return { expected: { ...sums, value }, alive, bands: bandsOf(values) }
}

const shown = (value: number): string => value.toFixed(4)
const cents = (value: number | null): string | null => value?.toFixed(2) ?? null

/** Purchases of one who is alive, plain and with money of later months worth less; remembered for each history. */
function expectations(model: BgNbd, settings: SettingsOf<'ltv'>, unitDays: number) {
  const periods = periodsOf(settings)
  const known = new Map<number, { purchases: number; discounted: number }>()
  return (x: number, observedDays: number) => {
    const key = x * KEY_STEP + observedDays
    const there = known.get(key)
    if (there !== undefined) return there
    let [before, discounted] = [0, 0]
    for (const { endDays, worth } of periods) {
      const upTo = expectedIfAlive(model, x, observedDays / unitDays, endDays / unitDays)
      discounted += (upTo - before) * worth
      before = upTo
    }
    const found = { purchases: before, discounted }
    known.set(key, found)
    return found
  }
}

const KEY_STEP = 1_000_000

function bandsOf(values: readonly number[]): { from: number; to: number; value: number }[] {
  if (values.length < TENTHS) return []
  const sorted = Float64Array.from(values).sort()
  return Array.from({ length: TENTHS }, (_, tenth) => {
    const band = sorted.subarray(
      Math.floor((tenth * sorted.length) / TENTHS),
      Math.floor(((tenth + 1) * sorted.length) / TENTHS),
    )
    return { from: band[0]!, to: band.at(-1)!, value: band.reduce((sum, one) => sum + one, 0) }
  })
}
