import { dayOf } from '../calendar.ts'
import { formatHundredths, parseHundredths } from '../money.ts'
import { type Bought, type BoughtReceipt, withReceipts } from './bought.ts'
import { holds, type MemberFacts } from './evaluate.ts'
import { firstNameOf } from './folded.ts'
import type { FactPredicate, Predicate } from './predicate.ts'
import { type Asked, neededFor, type ToldFacts, type ToldField } from './told.ts'

/**
 * A predicate decided from what is told of a member: true, false, or undefined where the outcome hangs on what is not
 * known. What is decided is what `holds` says with all facts, whatever the missing ones are. Rules S210, S211.
 */
export function decided(predicate: Predicate, known: Knowledge): boolean | undefined {
  if ('all' in predicate) return first(predicate.all, false, known)
  if ('any' in predicate) return first(predicate.any, true, known)
  if ('not' in predicate) {
    const inner = decided(predicate.not, known)
    return inner === undefined ? undefined : !inner
  }
  if ('fact' in predicate) return factDecided(predicate, known)
  if ('segment' in predicate) return known.has('segments') ? holds(predicate, known.facts) : undefined
  return undefined
}

/** `outcome` where one of them comes out so, the opposite where none does, nothing where that is not known. */
function first(inner: readonly Predicate[], outcome: boolean, known: Knowledge): boolean | undefined {
  let isOpen = false
  for (const each of inner) {
    const one = decided(each, known)
    if (one === outcome) return outcome
    isOpen ||= one === undefined
  }
  return isOpen ? undefined : !outcome
}

function factDecided(leaf: FactPredicate, { facts, has }: Knowledge): boolean | undefined {
  const needed = neededFor(leaf)
  if (needed === null || !needed.every(has)) return undefined
  if (leaf.gap !== undefined && !facts.comebacks.has(leaf.gap)) return undefined
  if (leaf.within === undefined) return holds(leaf, facts)
  const isBefore = facts.lastDay === null || dayOf(facts.day) - dayOf(facts.lastDay) >= leaf.within
  return isBefore ? holds(leaf, { ...facts, windows: new Map([[leaf.within, EMPTY_WINDOW]]) }) : undefined
}

const EMPTY_WINDOW = { purchases: 0, spend: 0n }

/** What is known of one member on one day. */
export interface Knowledge {
  readonly facts: MemberFacts
  /** Whether a told fact is known; of the others `facts` says anything. */
  readonly has: (field: ToldField | 'segments') => boolean
}

/** What the member's row says beside the told facts. */
export interface RowFacts {
  readonly birthDate: string | null
  readonly name: string | null
  readonly tier: string | null
  readonly enrolledDay: string
}

/** `more`: receipts that the told facts do not hold; null: something has happened that cannot be added to them. */
export function knowledgeOf(
  day: string,
  row: RowFacts,
  told: ToldFacts | undefined,
  more: readonly BoughtReceipt[] | null,
  gaps: readonly number[],
): Knowledge {
  const bought = more === null ? NOTHING_KNOWN : withReceipts(boughtOf(told ?? {}), more, gaps)
  const { cardType, gender, city, children, childBirthdays, spouse, spouseBirthday, acceptsMessages, segments } =
    told ?? {}
  const others = {
    ...{ cardType, gender, city, children, childBirthdays, spouse, spouseBirthday, acceptsMessages, segments },
  }
  const all: Readonly<Record<ToldField | 'segments', unknown>> = { ...bought, ...others }
  const facts: MemberFacts = {
    day,
    purchases: bought.purchases ?? 0,
    purchaseDays: bought.purchaseDays ?? 0,
    returns: bought.returns ?? 0,
    redeemedPurchases: bought.redeemedPurchases ?? 0,
    spend: bought.spend ?? 0n,
    firstDay: bought.firstDay ?? null,
    lastDay: bought.lastDay ?? null,
    comebacks: bought.comebacks,
    enrolledDay: row.enrolledDay,
    tier: row.tier,
    cardType: cardType ?? null,
    birthDate: row.birthDate,
    firstName: row.name === null ? null : firstNameOf(row.name),
    gender: gender ?? null,
    city: city ?? null,
    children: children ?? null,
    childBirthDates: (childBirthdays ?? []).map(inLeapYear),
    spouse: spouse ?? null,
    spouseBirthDate: spouseBirthday == null ? null : inLeapYear(spouseBirthday),
    acceptsMessages: acceptsMessages ?? null,
    segments: new Set(segments),
    ...NEVER_TOLD,
  }
  return { facts, has: (field) => all[field] !== undefined }
}

const NEVER_TOLD = {
  costedSpend: 0n,
  cost: 0n,
  windows: new Map(),
  bought: [],
  events: [],
  purchasesAt: [],
  attributes: {},
} as const

const NOTHING_KNOWN: Bought = {
  ...{ purchases: undefined, purchaseDays: undefined, returns: undefined, redeemedPurchases: undefined },
  ...{ spend: undefined, firstDay: undefined, lastDay: undefined, comebacks: new Map() },
}

/** Any year that has all days. */
const inLeapYear = (monthDay: string): string => `2000-${monthDay}`

function boughtOf(told: ToldFacts): Bought {
  const { purchases, purchaseDays, returns, redeemedPurchases, spend, firstDay, lastDay, comebacks = {} } = told
  return {
    ...{ purchases, purchaseDays, returns, redeemedPurchases, firstDay, lastDay },
    spend: spend === undefined ? undefined : parseHundredths(spend),
    comebacks: new Map(Object.entries(comebacks).map(([gap, day]) => [Number(gap), day])),
  }
}

/** As facts are told: what is asked, and nothing else. */
export function toldBought({ fields, gaps }: Asked, bought: Bought): ToldFacts {
  const { spend, comebacks, ...rest } = bought
  const counts = { ...rest, spend: spend === undefined ? undefined : formatHundredths(spend) }
  const named = Object.entries(counts).filter(([field, value]) => value !== undefined && fields.has(field as ToldField))
  const ended = gaps.flatMap((gap) => (comebacks.has(gap) ? [[String(gap), comebacks.get(gap)]] : []))
  return { ...Object.fromEntries(named), ...(ended.length === 0 ? {} : { comebacks: Object.fromEntries(ended) }) }
}
