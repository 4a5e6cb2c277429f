import { instantOf } from '../calendar.ts'
import type { CardNumber, MemberId } from '../ids.ts'
import { formatHundredths, NO_POINTS, type Points, points } from '../money.ts'
import { quote } from '../quote/quote.ts'
import type { Receipt } from '../quote/types.ts'
import { assert } from '../result.ts'
import { compileProgramme } from './compile.ts'
import type { ProgrammeDocument } from './schema.ts'

/** A past receipt; `redeemed` and `earned` are what was booked then, in hundredths of a point. */
export interface PastReceipt {
  readonly receipt: Receipt
  readonly member: string | null
  readonly at: string
  readonly redeemed: bigint
  readonly earned: bigint | null
}

export interface Simulated {
  readonly receipts: number
  readonly withMember: number
  /** Money, kopecks. */
  readonly revenue: bigint
  /** Hundredths of a point. */
  readonly earned: bigint
  readonly redeemed: bigint
  /** What may have been redeemed with the balance at hand, on top of what was. */
  readonly redeemable: bigint
  /** What the history says was earned, where it says so. */
  readonly earnedThen: bigint | null
  readonly outstanding: bigint
  /** In the order of time, by outlet and receipt. */
  readonly earnedByReceipt: ReadonlyMap<string, bigint>
}

/**
 * What a programme would have done to past receipts, in their order in time. Members begin with nothing, hold an
 * ordinary card without tier or segments, and redeem what they redeemed then, as far as this programme lets them.
 */
export function simulate(
  document: ProgrammeDocument,
  history: readonly PastReceipt[],
  cardType = 'standard',
): Simulated {
  const programme = compileProgramme(document)
  const members = new Map<string, { balance: bigint; purchases: number }>()
  const total = { withMember: 0, revenue: 0n, earned: 0n, redeemed: 0n, redeemable: 0n }
  let earnedThen: bigint | null = null
  const earnedByReceipt = new Map<string, bigint>()
  for (const past of [...history].sort((a, b) => instantOf(a.at) - instantOf(b.at))) {
    const state = past.member === null ? null : (members.get(past.member) ?? { balance: 0n, purchases: 0 })
    const ask = (redeem: Points) =>
      quote(programme, {
        member:
          state === null || past.member === null
            ? null
            : {
                id: past.member as MemberId,
                card: past.member as CardNumber,
                cardType,
                tier: null,
                segments: [],
                balance: points(state.balance),
                terms: [],
                purchasesBefore: state.purchases,
              },
        receipt: past.receipt,
        redeem,
        right: null,
        at: past.at,
      })
    const first = ask(NO_POINTS)
    assert(first.ok, 'nothing redeemed is never refused')
    const wished = past.redeemed < first.value.redeemable ? past.redeemed : first.value.redeemable
    const second = wished === 0n ? first : ask(points(wished - (wished % programme.step)))
    assert(second.ok, 'what is redeemable is never refused')
    const { value } = second
    total.revenue += past.receipt.lines.reduce((sum, line) => sum + line.amount, 0n) - value.discount
    total.earned += value.earn
    total.redeemed += value.redeem
    total.redeemable += value.redeemable
    if (past.earned !== null) earnedThen = (earnedThen ?? 0n) + past.earned
    earnedByReceipt.set(`${past.receipt.outlet}\n${past.receipt.id}`, value.earn)
    if (state === null || past.member === null) continue
    total.withMember++
    members.set(past.member, { balance: state.balance + value.earn - value.redeem, purchases: state.purchases + 1 })
  }
  const outstanding = [...members.values()].reduce((sum, member) => sum + member.balance, 0n)
  return { receipts: history.length, ...total, earnedThen, outstanding, earnedByReceipt }
}

/** Two programmes on the same history: how many receipts earn more, less or the same under the second. */
export interface Compared {
  readonly more: number
  readonly less: number
  readonly same: number
  readonly difference: bigint
}

export function compared(one: Simulated, other: Simulated): Compared {
  let [more, less] = [0, 0]
  for (const [id, earned] of one.earnedByReceipt) {
    const now = other.earnedByReceipt.get(id) ?? 0n
    if (now > earned) more++
    else if (now < earned) less++
  }
  return { more, less, same: one.receipts - more - less, difference: other.earned - one.earned }
}

/** A part of a whole in percent with two decimals, floored: "1.25". */
export function percentOf(part: bigint, whole: bigint): string {
  return whole === 0n ? '0.00' : formatHundredths((part * 10_000n) / whole)
}
