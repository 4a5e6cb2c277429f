import type { CoefficientAccrual, GoodsAccrual } from '../programme/rules.ts'
import type { Rounding } from '../rational.ts'

/**
 * Why a quote is what it is, as plain JSON: the rules that won, the percent and the coefficients they made, and the
 * bounds that bit. `sentences.ts` turns it into words.
 */
export interface Why {
  readonly programme: string
  readonly version: number
  readonly moment: WhyMoment
  readonly lines: readonly WhyLine[]
  readonly earn: WhyEarn
  readonly redemption: WhyRedemption
}

/** The outlet's own clock. */
export interface WhyMoment {
  readonly outlet: string
  /** The trading day. */
  readonly day: string
  readonly weekday: string
  readonly time: string
}

export interface WhyLine {
  readonly id: string
  /** Null where nobody earns: no member. */
  readonly accrual: WhyAccrual | null
  readonly limit: WhyLimit
}

/** The winners of the three groups and what came of them. */
export interface WhyAccrual {
  readonly client: WhyFactor | null
  readonly goods: WhyFactor | null
  readonly behaviour: WhyFactor | null
  /** The percent that counts before coefficients, and the group it came from. */
  readonly percent: string
  readonly percentFrom: 'base' | 'client' | 'behaviour'
  /** What decided the line: percent and coefficients, a fixed outcome, or nothing earned. */
  readonly outcome: 'rate' | 'fixedPercent' | 'fixedPoints' | 'none'
  /** The bounds that lowered the line, in the order in which they did. */
  readonly bounds: readonly WhyBound[]
}

export interface WhyFactor {
  readonly rule: string
  /** A personal condition of the member, not a rule of the programme. */
  readonly terms?: true
  readonly accrual: CoefficientAccrual & GoodsAccrual
}

export type WhyBound = 'maxPercent' | 'maxPoints' | 'capPercent'

/** The lowest percent among those that hold. */
export interface WhyLimit {
  readonly percent: string
  /** Null: the programme's base percent. */
  readonly rule: string | null
  /** The least that stays to be paid with money was lower still. */
  readonly minPayable: boolean
}

export interface WhyEarn {
  readonly member: boolean
  /** Points, after the one rounding. */
  readonly earn: string
  readonly rounding: Rounding
  readonly step: string
  /** The margin lowered what the lines may earn together. */
  readonly margin: { readonly percent: string; readonly money: string } | null
}

export interface WhyRedemption {
  /** What bounds `redeemable`. */
  readonly boundBy: 'lines' | 'receipt' | 'balance' | 'right' | 'no-member'
  /** The most that points may pay of this receipt, in money. */
  readonly limit: string
  /** The receipt rule that set that limit. */
  readonly rule: string | null
  readonly percent: string | null
}
