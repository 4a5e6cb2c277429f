/**
 * What is known of a member, as segments ask for it: one list for the compiler to SQL, for the evaluation on the till, for
 * the builder on the screen and for reports. Days are whole days of the programme's zone; a purchase is a receipt, whatever
 * came back of it, unless all of it came back; spend is the receipts' amounts before points, less returns. Source: DESIGN 13.
 */

/** What a fact's value is. Money is kopecks as bigint; a day is "2026-11-18"; names and cities are compared without regard to case. */
export type FactType = 'count' | 'money' | 'days' | 'day' | 'text' | 'flag'

export type FactUnit = 'purchases' | 'returns' | 'days' | 'money' | 'years' | 'people' | null

export interface FactKind {
  readonly type: FactType
  readonly unit: FactUnit
  /** May be asked of the last n days, today among them. */
  readonly windowed?: true
  /** Asked for a gap of at least so many days. */
  readonly gap?: true
  /** Part of the profile: in SQL under a keyed hash where it names a person. */
  readonly personal?: true
  /** The only values there are. */
  readonly values?: readonly string[]
}

export const FACTS = {
  purchases: { type: 'count', unit: 'purchases', windowed: true },
  purchaseDays: { type: 'count', unit: 'days' },
  returns: { type: 'count', unit: 'returns' },
  redeemedPurchases: { type: 'count', unit: 'purchases' },
  spend: { type: 'money', unit: 'money', windowed: true },
  /** Spend ÷ purchases, in whole kopecks towards nothing; missing without a purchase. */
  averageCheck: { type: 'money', unit: 'money', windowed: true },
  /** Revenue less cost of the receipts whose cost is known. */
  margin: { type: 'money', unit: 'money' },
  firstPurchase: { type: 'day', unit: null },
  lastPurchase: { type: 'day', unit: null },
  daysSinceFirstPurchase: { type: 'days', unit: 'days' },
  daysSincePurchase: { type: 'days', unit: 'days' },
  /** Days from the first purchase day to the last ÷ (purchase days − 1), whole days; missing below two. */
  averageInterval: { type: 'days', unit: 'days' },
  /** Days since the last purchase that ended a gap of at least so many days. */
  daysSinceComeback: { type: 'days', unit: 'days', gap: true },
  daysSinceEnrolment: { type: 'days', unit: 'days' },
  tier: { type: 'text', unit: null },
  cardType: { type: 'text', unit: null },
  age: { type: 'count', unit: 'years', personal: true },
  /** 0 on the day itself; 29 February is kept on the 28th where there is none. */
  daysToBirthday: { type: 'days', unit: 'days', personal: true },
  daysToChildBirthday: { type: 'days', unit: 'days', personal: true },
  daysToSpouseBirthday: { type: 'days', unit: 'days', personal: true },
  /** By the first name, its short forms too (shared/segments/name-days.ts); missing where the name has no day there. */
  daysToNameDay: { type: 'days', unit: 'days', personal: true },
  children: { type: 'count', unit: 'people', personal: true },
  hasSpouse: { type: 'flag', unit: null, personal: true },
  firstName: { type: 'text', unit: null, personal: true },
  gender: { type: 'text', unit: null, personal: true, values: ['female', 'male'] },
  city: { type: 'text', unit: null, personal: true },
  acceptsMessages: { type: 'flag', unit: null },
} as const satisfies Record<string, FactKind>

export type FactName = keyof typeof FACTS
export const FACT_NAMES = Object.keys(FACTS) as readonly FactName[]
export const factKind = (name: FactName): FactKind => FACTS[name]

/** Kept for every member whatever segments ask: the windows and gaps of the presets. */
export const USUAL_WINDOWS: readonly number[] = [7, 30, 60, 90, 180, 365]
export const USUAL_GAPS: readonly number[] = [121]
export const WINDOW_DAYS_MAX = 3660
