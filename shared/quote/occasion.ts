import {
  dayOf,
  formatDay,
  formatMinutes,
  instantOf,
  localTime,
  monthDay,
  tradingDay,
  WEEKDAYS,
  weekdayIndex,
} from '../calendar.ts'
import type { CompiledProgramme } from '../programme/compile.ts'
import type { Occasion } from '../programme/tests.ts'
import type { QuoteRequest } from './types.ts'
import type { WhyMoment } from './why.ts'

/** What the rules may ask of this receipt: its member, its outlet's clock, its total before points (kopecks). */
export function occasionOf(programme: CompiledProgramme, request: QuoteRequest, total: bigint): Occasion {
  const { member, receipt } = request
  const zone = programme.outlets.get(receipt.outlet) ?? programme.zone
  const local = localTime(zone.timeZone, instantOf(request.at))
  const day = tradingDay(local, zone.dayStartsAtMinute)
  return {
    card: member?.card ?? null,
    cardType: member?.cardType ?? null,
    tier: member?.tier ?? null,
    segments: member?.segments ?? [],
    birth: member?.birthDate === undefined ? null : dayOf(member.birthDate),
    purchase: member?.purchasesBefore === undefined ? null : member.purchasesBefore + 1,
    outlet: receipt.outlet,
    tradingDay: day,
    tradingMonthDay: monthDay(day),
    calendarDay: local.day,
    minute: local.minute,
    dayStartsAtMinute: zone.dayStartsAtMinute,
    total,
  }
}

export function momentOf(occasion: Occasion): WhyMoment {
  return {
    outlet: occasion.outlet,
    day: formatDay(occasion.tradingDay),
    weekday: WEEKDAYS[weekdayIndex(occasion.tradingDay)]!,
    time: formatMinutes(occasion.minute),
  }
}
