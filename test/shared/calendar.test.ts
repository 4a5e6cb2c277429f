import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  addDays,
  birthdayIn,
  type Day,
  dayFrom,
  dayOf,
  daysBetween,
  daysToBirthday,
  endAfterDays,
  endOfDay,
  formatDay,
  formatInstant,
  formatMinutes,
  type Instant,
  instantOf,
  isTimeZone,
  localTime,
  minutesOf,
  monthDay,
  offsetMs,
  parseDay,
  startAfterDays,
  startOfDay,
  tradingDay,
  WEEKDAYS,
  weekdayIndex,
} from '../../shared/calendar.ts'
import { runs } from './runs.ts'

const ZONES = [
  'Europe/Moscow',
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Kolkata',
  'America/Sao_Paulo',
]
const instants = fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2040, 0, 1) }).map((ms) => ms as Instant)

test('the shop’s clock is what Intl says it is, in any zone, at any instant', () => {
  fc.assert(
    fc.property(fc.constantFrom(...ZONES), instants, (zone, instant) => {
      const { day, minute } = localTime(zone, instant)
      const parts = new Intl.DateTimeFormat('en-CA', {
        timeZone: zone,
        year: 'numeric',
        month: '2-digit',
        day: '2-digit',
        hour: '2-digit',
        minute: '2-digit',
        hourCycle: 'h23',
      }).formatToParts(instant)
      const part = (type: string) => parts.find((each) => each.type === type)!.value
      expect(formatDay(day)).toBe(`${part('year')}-${part('month')}-${part('day')}`)
      expect(minute).toBe(Number(part('hour')) * 60 + Number(part('minute')))
    }),
    runs(2000),
  )
})

test('the start of a day is the first instant that the clock shows that day', () => {
  fc.assert(
    fc.property(fc.constantFrom(...ZONES), instants, (zone, instant) => {
      const { day } = localTime(zone, instant)
      const start = startOfDay(zone, day)
      expect(localTime(zone, start).day).toBe(day)
      expect(localTime(zone, (start - 1) as Instant).day).toBeLessThan(day)
      expect(endOfDay(zone, day)).toBe(startOfDay(zone, addDays(day, 1)))
    }),
    runs(1000),
  )
})

describe('days', () => {
  test('days are read and written, and days that do not exist are not', () => {
    expect(formatDay(dayOf('2026-11-18'))).toBe('2026-11-18')
    expect(parseDay('2024-02-29')).toBeDefined()
    for (const text of ['2026-02-29', '2026-02-30', '2026-13-01', '2026-1-1', '18.11.2026', '']) {
      expect(parseDay(text)).toBeUndefined()
    }
  })

  test('weekdays, before 1970 too', () => {
    const weekday = (text: string) => WEEKDAYS[weekdayIndex(dayOf(text))]
    expect(weekday('2026-11-18')).toBe('wed')
    expect(weekday('1970-01-01')).toBe('thu')
    expect(weekday('1969-12-28')).toBe('sun')
  })

  test('before the day starts, the day before is still open', () => {
    const local = (minute: number) => ({ day: dayOf('2026-11-21'), minute })
    expect(formatDay(tradingDay(local(4 * 60 + 59), 300))).toBe('2026-11-20')
    expect(formatDay(tradingDay(local(300), 300))).toBe('2026-11-21')
  })
})

describe('the words of a calendar', () => {
  test('only days that exist have a number, and the sentence names what was found', () => {
    expect(() => dayOf('2026-02-30')).toThrow('a day that exists, not "2026-02-30"')
    for (const text of ['x2026-11-18', '2026-11-18x', '02026-11-18']) expect(parseDay(text)).toBeUndefined()
    expect(() => instantOf('yesterday')).toThrow('an instant in ISO 8601, not "yesterday"')
  })

  test('years below 100 are years of their own, not of the last century', () => {
    expect(formatDay(dayFrom(99, 12, 31))).toBe('0099-12-31')
  })

  test('a date that comes every year, as one number', () => {
    expect(monthDay(dayOf('2026-11-08'))).toBe(1108)
    expect(monthDay(dayOf('2026-01-31'))).toBe(131)
  })

  test('hours in minutes and back', () => {
    expect(['00:00', '09:05', '16:30', '24:00'].map(minutesOf)).toEqual([0, 545, 990, 1440])
    expect([0, 545, 990, 1439].map(formatMinutes)).toEqual(['00:00', '09:05', '16:30', '23:59'])
  })

  test('instants are written with their own offset, east, west and in between', () => {
    const noon = instantOf('2026-11-18T12:00:00Z')
    expect(formatInstant('Europe/Moscow', noon)).toBe('2026-11-18T15:00:00+03:00')
    expect(formatInstant('America/New_York', noon)).toBe('2026-11-18T07:00:00-05:00')
    expect(formatInstant('America/St_Johns', noon)).toBe('2026-11-18T08:30:00-03:30')
    expect(formatInstant('UTC', noon)).toBe('2026-11-18T12:00:00+00:00')
  })

  test('days between two instants are counted by the calendar of the zone', () => {
    const [late, early] = [instantOf('2026-11-18T23:59:00+03:00'), instantOf('2026-11-19T00:01:00+03:00')]
    expect(daysBetween('Europe/Moscow', late, early)).toBe(1)
    expect(daysBetween('UTC', late, early)).toBe(0)
    expect(daysBetween('Europe/Moscow', early, late)).toBe(-1)
  })

  test('a birthday keeps its day in every year but for 29 February', () => {
    const kept = (year: number, month: number, day: number) => formatDay(birthdayIn(year, month, day))
    expect(kept(2026, 2, 29)).toBe('2026-02-28')
    expect(kept(2028, 2, 29)).toBe('2028-02-29')
    expect(kept(1900, 2, 29)).toBe('1900-02-28')
    expect(kept(2000, 2, 29)).toBe('2000-02-29')
    expect(kept(2026, 1, 29)).toBe('2026-01-29')
    expect(kept(2026, 2, 27)).toBe('2026-02-27')
  })
})

test('offsets are right at the very change of the clocks, whatever was asked before', () => {
  const change = Date.UTC(2026, 9, 25, 1) // Berlin goes back an hour at 01:00 UTC
  const hours = (offset: number) => (change + offset) as Instant
  const offsetAt = (offset: number) => offsetMs('Europe/Berlin', hours(offset)) / 3_600_000
  for (const order of [
    [-1, 0, 1],
    [1, 0, -1],
    [0, -1, 1],
  ]) {
    expect(order.map(offsetAt)).toEqual(order.map((offset) => (offset < 0 ? 2 : 1)))
  }
})

test('more zones, days and changes of the clocks than are remembered are still answered right', () => {
  for (let year = 1930; year < 2035; year++) {
    expect(formatInstant('Europe/Berlin', instantOf(`${year}-01-15T12:00:00Z`))).toMatch(
      /^\d{4}-01-15T1[34]:00:00\+0[12]:00$/,
    )
  }
  const first = dayOf('2020-01-01')
  for (let n = 0; n < 4200; n++) {
    const day = addDays(first, n)
    expect(localTime('Europe/Moscow', startOfDay('Europe/Moscow', day)).day).toBe(day)
    expect(parseDay(formatDay(day))).toBe(day)
  }
})

describe('seven days given on day D', () => {
  const given = instantOf('2026-11-18T23:59:00+03:00')

  test('last to the end of day D + 7', () => {
    expect(formatInstant('Europe/Moscow', endAfterDays('Europe/Moscow', given, 7))).toBe('2026-11-26T00:00:00+03:00')
  })

  test('end on a local midnight across a change of the clocks, not after 168 hours', () => {
    const before = instantOf('2026-10-22T12:00:00+02:00')
    expect(formatInstant('Europe/Berlin', endAfterDays('Europe/Berlin', before, 7))).toBe('2026-10-30T00:00:00+01:00')
  })

  test('begin to count on the day of the zone asked about', () => {
    expect(formatInstant('Asia/Vladivostok', endAfterDays('Asia/Vladivostok', given, 0))).toBe(
      '2026-11-20T00:00:00+10:00',
    )
  })
})

test('activation: at once for no days, else from the start of day D + n', () => {
  const given = instantOf('2026-11-18T12:00:00+03:00')
  expect(startAfterDays('Europe/Moscow', given, 0)).toBe(given)
  expect(formatInstant('Europe/Moscow', startAfterDays('Europe/Moscow', given, 1))).toBe('2026-11-19T00:00:00+03:00')
})

test('a day without midnight begins when it begins', () => {
  // On 4 November 2018 São Paulo’s clocks went from 00:00 to 01:00.
  const start = startOfDay('America/Sao_Paulo', dayOf('2018-11-04'))
  expect(localTime('America/Sao_Paulo', start)).toEqual({ day: dayOf('2018-11-04'), minute: 60 })
})

test('birthdays: around the new year, and 29 February', () => {
  const days = (birth: string, day: string) => daysToBirthday(dayOf(birth), dayOf(day))
  expect(days('1990-01-02', '2026-12-30')).toBe(3)
  expect(days('1990-12-30', '2027-01-02')).toBe(3)
  expect(days('2000-02-29', '2026-02-28')).toBe(0)
  expect(days('2000-02-29', '2028-02-28')).toBe(1)
  expect(days('2000-02-29', '2026-03-01')).toBe(1)
})

test('time zones that exist and that do not', () => {
  expect(isTimeZone('Europe/Moscow')).toBe(true)
  expect(isTimeZone('Europe/Moskow')).toBe(false)
  expect(isTimeZone('')).toBe(false)
})

test('days count alike forwards and backwards', () => {
  fc.assert(
    fc.property(fc.integer({ min: -20_000, max: 40_000 }), fc.integer({ min: -5000, max: 5000 }), (day, n) => {
      const start = day as Day
      expect(addDays(addDays(start, n), -n)).toBe(start)
      expect(parseDay(formatDay(start))).toBe(start)
    }),
  )
})
