import { addDays, birthdayIn, type Day, dayOf, formatDay, monthDay } from '../calendar.ts'
import { formatPoints } from '../money.ts'
import type { GiftOfPoints } from '../programme/benefits.ts'
import type { OccasionGift } from '../programme/gifts.ts'
import { pointsOf } from '../wire.ts'
import type { GiftBody } from './entry.ts'
import { belongs, daysOfMembership, type Standing } from './membership.ts'
import { plusDays } from './rules.ts'

/**
 * Points given for an occasion. Each occasion has a name ("2026", a receipt, the n-th time), and (rule, occasion) is given
 * once: however often the question is asked, the gift comes one time. Source: DESIGN 7, rules L80 to L84 of SPEC.md.
 */
export interface GiftFacts {
  readonly member: GiftBody['member']
  readonly standing: Standing
  /** Day of enrolment. */
  readonly since: string
  readonly purchases: number
  /** Birthdays kept in the profile; only month and day are looked at. */
  readonly birthDates: readonly { readonly of: 'member' | 'child' | 'spouse'; readonly birthDate: string }[]
  /** Gifts that the member has got, as (rule, occasion). */
  readonly given: readonly { readonly rule: string; readonly occasion: string }[]
}

/** What has just happened, or the morning of a day. */
export type Occasion =
  | { readonly kind: 'enrolled' }
  | { readonly kind: 'purchased' }
  | { readonly kind: 'task'; readonly task: string }
  | { readonly kind: 'day' }

/** "100 for 7 days" given on D lasts to the end of D + 7. Rule L80. */
export function giftOf(
  member: GiftBody['member'],
  gift: GiftOfPoints,
  today: string,
  why: { readonly rule: string; readonly occasion: string },
): GiftBody {
  return {
    kind: 'gift',
    member,
    purse: 'points',
    points: formatPoints(pointsOf(gift.points)),
    activeFrom: plusDays(today, gift.activationDays ?? 0),
    lastDay: plusDays(today, gift.lifeDays),
    reason: why.rule,
    ...why,
  }
}

/** The gifts that an occasion brings and that were not given for it before. */
export function giftsDue(
  gifts: readonly OccasionGift[],
  facts: GiftFacts,
  occasion: Occasion,
  today: string,
): readonly GiftBody[] {
  return gifts.flatMap((gift) => {
    if (!belongs(gift.for, facts.standing)) return []
    return occasionsOf(gift, facts, occasion, today)
      .filter((name) => !facts.given.some((each) => each.rule === gift.id && each.occasion === name))
      .map((name) => giftOf(facts.member, gift.gift, today, { rule: gift.id, occasion: name }))
  })
}

/** The names of the occasions that a gift is due for. */
function occasionsOf(gift: OccasionGift, facts: GiftFacts, occasion: Occasion, today: string): readonly string[] {
  switch (gift.kind) {
    case 'welcome': {
      const isNow =
        gift.at === 'first-purchase'
          ? occasion.kind === 'purchased' && facts.purchases >= 1
          : occasion.kind === 'enrolled'
      return isNow ? ['once'] : []
    }
    case 'purchase':
      return occasion.kind === 'purchased' && facts.purchases >= gift.number ? [`purchase ${gift.number}`] : []
    case 'task': {
      if (occasion.kind !== 'task' || occasion.task !== gift.task) return []
      const times = facts.given.filter((each) => each.rule === gift.id).length
      return times < (gift.times ?? 1) ? [`time ${times + 1}`] : []
    }
    case 'birthday': {
      if (occasion.kind !== 'day') return []
      if (daysOfMembership(facts.since, today) < (gift.notBeforeMemberDays ?? 0)) return []
      const people = gift.of ?? ['member']
      return facts.birthDates
        .filter(({ of }) => people.includes(of))
        .flatMap(({ of, birthDate }) => birthdayNear(birthDate, today, gift.daysBefore ?? 0, of))
    }
  }
}

/** The birthday that comes within so many days, as an occasion: "member 2027". */
function birthdayNear(birthDate: string, today: string, daysBefore: number, of: string): readonly string[] {
  const born = monthDay(dayOf(birthDate))
  const now = dayOf(today)
  const year = Number(today.slice(0, 4))
  return [year, year + 1].flatMap((each) => {
    const kept = birthdayIn(each, Math.floor(born / 100), born % 100)
    const from = addDays(kept, -daysBefore) as Day
    return from <= now && now <= kept
      ? [`${of} ${formatDay(kept).slice(0, 4)}${of === 'child' ? ` ${birthDate}` : ''}`]
      : []
  })
}
