import type { ProgrammeDocument } from '../../../shared/programme/schema.ts'
import type { When } from '../../../shared/programme/when.ts'

/**
 * The calculation a second time, slow and plain: it walks every rule of the document as it was written, works with
 * reduced fractions, asks Intl for the clock, and shares no code with the product. Input and output are wire JSON.
 */
interface Fraction {
  readonly n: bigint
  readonly d: bigint
}

const divisor = (a: bigint, b: bigint): bigint => (b === 0n ? a : divisor(b, a % b))
function fraction(n: bigint, d = 1n): Fraction {
  const g = divisor(n < 0n ? -n : n, d) || 1n
  return { n: n / g, d: d / g }
}
function decimal(text: string): Fraction {
  const [whole, part = ''] = text.split('.')
  return fraction(BigInt(`${whole}${part}`), 10n ** BigInt(part.length))
}
const plus = (a: Fraction, b: Fraction) => fraction(a.n * b.d + b.n * a.d, a.d * b.d)
const minus = (a: Fraction, b: Fraction) => fraction(a.n * b.d - b.n * a.d, a.d * b.d)
const times = (a: Fraction, b: Fraction) => fraction(a.n * b.n, a.d * b.d)
const over = (a: Fraction, b: Fraction) => fraction(a.n * b.d, a.d * b.n)
const less = (a: Fraction, b: Fraction) => a.n * b.d < b.n * a.d
const least = (...all: Fraction[]) => all.reduce((low, next) => (less(next, low) ? next : low))
const floor = (a: Fraction) => fraction(a.n < 0n ? -((-a.n + a.d - 1n) / a.d) : a.n / a.d)
const floorTo = (a: Fraction, unit: Fraction) => times(floor(over(a, unit)), unit)
const ZERO = fraction(0n)
const ONE = fraction(1n)
const HUNDRED = fraction(100n)
const KOPECK = fraction(1n, 100n)
const text = (a: Fraction): string => {
  const hundredths = over(a, KOPECK)
  if (hundredths.d !== 1n) throw new Error(`no whole hundredths: ${a.n}/${a.d}`)
  const digits = String(hundredths.n).padStart(3, '0')
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`
}

// biome-ignore lint/suspicious/noExplicitAny: the oracle reads JSON as it is
type Json = any

interface Moment {
  readonly calendarDay: string
  readonly time: string
  readonly dayStartsAt: string
}

function momentIn(zone: string, at: string, dayStartsAt: string): Moment {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    calendar: 'gregory',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(new Date(at))
  const part = (type: string) => parts.find((each) => each.type === type)!.value
  return {
    calendarDay: `${part('year')}-${part('month')}-${part('day')}`,
    time: `${part('hour')}:${part('minute')}`,
    dayStartsAt,
  }
}

function shiftDay(day: string, days: number): string {
  const date = new Date(`${day}T12:00:00Z`)
  date.setUTCDate(date.getUTCDate() + days)
  return date.toISOString().slice(0, 10)
}

function tradingDayOf(moment: Moment): string {
  return moment.time < moment.dayStartsAt ? shiftDay(moment.calendarDay, -1) : moment.calendarDay
}

function dayFor(when: When, moment: Moment): string {
  const { from, to } = when
  if (from === undefined || to === undefined || from < to || moment.time >= to) return tradingDayOf(moment)
  return tradingDayOf({ ...moment, calendarDay: shiftDay(moment.calendarDay, -1), time: from })
}

function birthdayNear(birth: string, day: string, within: number): boolean {
  for (let shift = -within; shift <= within; shift++) {
    const candidate = shiftDay(day, shift)
    const leap = new Date(`${candidate.slice(0, 4)}-02-29T12:00:00Z`).getUTCDate() === 29
    const kept = birth.slice(5) === '02-29' && !leap ? '02-28' : birth.slice(5)
    if (candidate.slice(5) === kept) return true
  }
  return false
}

const WEEKDAY_NAMES = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

function matches(when: When, request: Json, total: Fraction, moment: Moment, line: Json | null): boolean {
  const { member, receipt } = request
  const among = (list: readonly string[] | undefined, value: string | null | undefined) =>
    list === undefined || (value != null && list.includes(value))
  const covers = (path: string) => line.category === path || line.category?.startsWith(`${path}/`)
  const day = dayFor(when, moment)
  const inHours = () => {
    const { from, to } = when as { from: string; to: string }
    return from < to ? moment.time >= from && moment.time < to : moment.time >= from || moment.time < to
  }
  return (
    among(when.cards, member?.card) &&
    among(when.cardTypes, member?.cardType) &&
    among(when.tiers, member?.tier) &&
    (when.segments === undefined || (member?.segments ?? []).some((s: string) => when.segments!.includes(s))) &&
    among(when.outlets, receipt.outlet) &&
    (when.skus === undefined || (line !== null && among(when.skus, line.sku))) &&
    (when.categories === undefined || (line !== null && when.categories.some(covers))) &&
    (when.from === undefined || inHours()) &&
    (when.weekdays === undefined ||
      when.weekdays.includes(WEEKDAY_NAMES[new Date(`${day}T12:00:00Z`).getUTCDay()] as never)) &&
    (when.dates === undefined || when.dates.some((date) => date === day || date === day.slice(5))) &&
    (when.receiptTotalFrom === undefined || !less(total, decimal(when.receiptTotalFrom))) &&
    (when.receiptTotalTo === undefined || less(total, decimal(when.receiptTotalTo))) &&
    (when.birthdayWithinDays === undefined ||
      (member?.birthDate !== undefined && birthdayNear(member.birthDate, day, when.birthdayWithinDays))) &&
    (when.purchaseNumber === undefined ||
      (member?.purchasesBefore !== undefined && [when.purchaseNumber].flat().includes(member.purchasesBefore + 1))) &&
    (when.validFrom === undefined || day >= when.validFrom) &&
    (when.validTo === undefined || day <= when.validTo)
  )
}

function specificity(group: string, when: When, line: Json): number {
  if (group === 'client') {
    const who = when.cards ? 4 : when.tiers ? 3 : when.cardTypes ? 2 : when.segments ? 1 : 0
    return who * 2 + (when.outlets ? 1 : 0)
  }
  if (group === 'goods') {
    if (when.skus) return 1000
    const depths = (when.categories ?? [])
      .filter((path) => line.category === path || line.category?.startsWith(`${path}/`))
      .map((path) => path.split('/').length)
    return Math.max(0, ...depths)
  }
  if (when.dates || when.birthdayWithinDays !== undefined) return 5
  if (when.from) return when.weekdays ? 4 : 3
  if (when.weekdays) return 2
  return when.receiptTotalFrom !== undefined || when.receiptTotalTo !== undefined ? 1 : 0
}

/** Points of one line for one choice of winners, exactly. */
function lineWorth(document: ProgrammeDocument, choice: Json, line: Json, amount: Fraction, paid: Fraction): Fraction {
  const { client, goods, behaviour } = choice
  const value = decimal(document.points.value)
  const ofPaid = (percent: string) => over(over(times(paid, decimal(percent)), HUNDRED), value)
  if ([client, goods, behaviour].some((rule) => rule?.accrual.none)) return ZERO
  const cap = ofPaid(document.accrual.capPercent)
  if (goods?.accrual.fixedPercent) return least(ofPaid(goods.accrual.fixedPercent), cap)
  const qty = decimal(line.qty ?? '1')
  if (goods?.accrual.fixedPoints) {
    const share = amount.n === 0n ? ZERO : over(paid, amount)
    return least(times(times(decimal(goods.accrual.fixedPoints), qty), share), cap)
  }
  const percents = [client, behaviour].flatMap((rule) => (rule?.accrual.percent ? [rule.accrual.percent] : []))
  const percent = percents.reduce<string | null>(
    (high, next) => (high === null || less(decimal(high), decimal(next)) ? next : high),
    null,
  )
  let worth = ofPaid(percent ?? document.accrual.basePercent)
  for (const rule of [client, goods, behaviour]) {
    if (rule?.accrual.multiply) worth = times(worth, decimal(rule.accrual.multiply))
  }
  if (goods?.accrual.maxPercent) worth = least(worth, ofPaid(goods.accrual.maxPercent))
  if (goods?.accrual.maxPoints) worth = least(worth, times(decimal(goods.accrual.maxPoints), qty))
  return least(worth, cap)
}

function shares(total: Fraction, unit: Fraction, weights: Fraction[]): Fraction[] {
  const whole = weights.reduce(plus, ZERO)
  if (whole.n === 0n) return weights.map(() => ZERO)
  const exact = weights.map((weight) => over(times(total, weight), whole))
  const given = exact.map((value) => floorTo(value, unit))
  let left = over(minus(total, given.reduce(plus, ZERO)), unit).n
  const taken = new Set<number>()
  while (left > 0n) {
    let best = -1
    for (let i = 0; i < exact.length; i++) {
      if (taken.has(i)) continue
      if (best === -1 || less(minus(exact[best]!, given[best]!), minus(exact[i]!, given[i]!))) best = i
    }
    taken.add(best)
    left -= 1n
  }
  return given.map((value, i) => (taken.has(i) ? plus(value, unit) : value))
}

export function oracle(document: ProgrammeDocument, request: Json): Json {
  const { member, receipt } = request
  const outlet = document.outlets?.find((each) => each.id === receipt.outlet)
  const moment = momentIn(outlet?.timeZone ?? document.timeZone, request.at, outlet?.dayStartsAt ?? '00:00')
  const step = decimal(document.points.step)
  const value = decimal(document.points.value)
  const amounts: Fraction[] = receipt.lines.map((line: Json) => decimal(line.amount))
  const total = amounts.reduce(plus, ZERO)
  const termRules = (member?.terms ?? []).map(({ id, accrual, redemption, ...when }: Json) => ({
    id,
    accrual,
    redemption,
    when: { ...when, cards: [member.card] },
  }))
  const groups: Record<string, Json[]> = {
    client: [...document.rules.client, ...termRules],
    goods: document.rules.goods,
    behaviour: document.rules.behaviour,
  }
  const holding = (group: string, line: Json) =>
    groups[group]!.filter((rule) => matches(rule.when ?? {}, request, total, moment, line))

  const limits = receipt.lines.map((line: Json, i: number) => {
    const percents = ['client', 'goods', 'behaviour']
      .flatMap((group) => holding(group, line))
      .flatMap((rule) => (rule.redemption ? [decimal(rule.redemption.maxPercent)] : []))
    const percent = least(decimal(document.redemption.basePercent), ...percents)
    const byPercent = floorTo(over(times(amounts[i]!, percent), HUNDRED), KOPECK)
    const limit = least(byPercent, minus(amounts[i]!, decimal(document.redemption.minPayablePerLine)))
    return limit.n < 0n ? ZERO : limit
  })
  let limit: Fraction = limits.reduce(plus, ZERO)
  for (const rule of document.rules.receipt) {
    if (!matches(rule.when ?? {}, request, total, moment, null)) continue
    limit = least(limit, floorTo(over(times(total, decimal(rule.redemption.maxPercent)), HUNDRED), KOPECK))
  }
  let redeemable = ZERO
  if (member !== null) {
    redeemable = least(over(limit, value), decimal(member.balance))
    if (request.right !== null) redeemable = least(redeemable, decimal(request.right))
    redeemable = redeemable.n < 0n ? ZERO : floorTo(redeemable, step)
  }
  const redeem = decimal(request.redeem)
  if (over(redeem, step).d !== 1n) return { error: 'redeem_not_a_step' }
  if (less(redeemable, redeem)) return { error: 'redeem_exceeds_limit' }
  const discount = times(redeem, value)
  const discounts = shares(discount, KOPECK, limits)

  const winners: Json[] = []
  const worths: Fraction[] = receipt.lines.map((line: Json, i: number) => {
    if (member === null) return ZERO
    const tied = ['client', 'goods', 'behaviour'].map((group) => {
      const rules = holding(group, line).filter((rule) => rule.accrual !== undefined)
      const rank = Math.max(...rules.map((rule) => specificity(group, rule.when ?? {}, line)))
      const best = rules.filter((rule) => specificity(group, rule.when ?? {}, line) === rank)
      return best.length === 0 ? [null] : best.sort((a, b) => (a.id < b.id ? -1 : 1))
    })
    let most: Fraction | null = null
    for (const client of tied[0]!) {
      for (const goods of tied[1]!) {
        for (const behaviour of tied[2]!) {
          const choice = { client, goods, behaviour }
          const worth = lineWorth(document, choice, line, amounts[i]!, minus(amounts[i]!, discounts[i]!))
          if (most !== null && !less(most, worth)) continue
          most = worth
          winners[i] = [client, goods, behaviour].map((rule) => rule?.id ?? null)
        }
      }
    }
    return most!
  })
  const steps = over(worths.reduce(plus, ZERO), step)
  const rounded = {
    floor: floor(steps),
    'half-up': floor(plus(steps, fraction(1n, 2n))),
    ceil: steps.d === 1n ? steps : plus(floor(steps), ONE),
  }[document.points.rounding]
  const earn = times(rounded, step)
  const earned = shares(earn, step, worths)
  return {
    earn: text(earn),
    redeemable: text(redeemable),
    redeem: text(redeem),
    discount: text(discount),
    lines: receipt.lines.map((line: Json, i: number) => ({
      id: line.id,
      earn: text(earned[i]!),
      limit: text(limits[i]!),
      discount: text(discounts[i]!),
    })),
    winners,
  }
}
