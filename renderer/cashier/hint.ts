import type { HintView, MemberView, ProgressView, QuoteView, StampView, TillState } from '../../shared/core-api.ts'
import { amountText, hundredths } from '../components/amounts.ts'
import { daysBetween } from '../components/format.ts'

/** The one helpful thing to say now. Data; the screen has the sentence. */
export type Hint =
  | { readonly kind: 'campaign'; readonly hint: HintView }
  | { readonly kind: 'birthday'; readonly days: number }
  | { readonly kind: 'burns'; readonly points: string; readonly lastDay: string }
  | { readonly kind: 'payAll' }
  | { readonly kind: 'tooOften' }
  | { readonly kind: 'stampFull'; readonly name: string }
  | { readonly kind: 'stampNear'; readonly name: string; readonly short: number }
  | { readonly kind: 'tierNear'; readonly progress: ProgressView }
  | { readonly kind: 'debt'; readonly points: string }
  | { readonly kind: 'firstEarn' }
  | { readonly kind: 'noCard' }
  | { readonly kind: 'ready' }

const BURNS_SOON_DAYS = 10
const BIRTHDAY_NEAR_DAYS = 7

/** One hint at a time: what the customer would be sorriest to miss comes first. `today` is the programme's day. */
export function hintFor(state: Pick<TillState, 'member' | 'quote'>, today: string): Hint | null {
  const { quote } = state
  const member = state.member ?? quote?.member ?? null
  if (member === null) return { kind: quote === null ? 'ready' : 'noCard' }
  if ((quote?.warnings ?? []).length > 0) return { kind: 'tooOften' }
  if (member.hint != null) return { kind: 'campaign', hint: member.hint }
  if (member.birthdayInDays === 0) return { kind: 'birthday', days: 0 }
  if (hundredths(member.debt) > 0n) return { kind: 'debt', points: member.debt }
  const burning = burningSoon(member, today)
  if (burning !== null) return burning
  const stamps = stampHint(member.stamps ?? [], quote)
  if (stamps !== null) return stamps
  if (quote !== null && paysAll(quote)) return { kind: 'payAll' }
  if (member.progress != null && isNear(member.progress)) return { kind: 'tierNear', progress: member.progress }
  if (member.birthdayInDays !== null && Math.abs(member.birthdayInDays) <= BIRTHDAY_NEAR_DAYS)
    return { kind: 'birthday', days: member.birthdayInDays }
  if (quote !== null && hundredths(member.balance) === 0n && hundredths(quote.earn) > 0n) return { kind: 'firstEarn' }
  return null
}

/** Everything that burns by the first day on which something does. */
function burningSoon(member: MemberView, today: string): Hint | null {
  const soon = member.expiring
    .filter(({ lastDay }) => daysBetween(today, lastDay) >= 0 && daysBetween(today, lastDay) <= BURNS_SOON_DAYS)
    .toSorted((a, b) => a.lastDay.localeCompare(b.lastDay))
  const first = soon[0]?.lastDay
  if (first === undefined) return null
  const points = soon.filter(({ lastDay }) => lastDay === first).reduce((sum, lot) => sum + hundredths(lot.points), 0n)
  return points > 0n ? { kind: 'burns', points: amountText(points), lastDay: first } : null
}

const SHUT: readonly QuoteView['redeemBound'][] = [
  'offline',
  'policy',
  'rights_ended',
  'clock_back',
  'forked',
  'disk_low',
  'second_factor_needed',
]

/** A reward that waits, unless the receipt has it; else a card that is nearly full. */
function stampHint(cards: readonly StampView[], quote: QuoteView | null): Hint | null {
  const isTaken = ({ id }: StampView) => (quote?.asked ?? []).includes(`stamp:${id}`)
  // Nothing is taken from a purse then: the note beside the points says why.
  const isShut = SHUT.includes(quote?.redeemBound ?? 'none')
  const full = isShut ? undefined : cards.find((card) => card.full > 0 && !isTaken(card))
  if (full !== undefined) return { kind: 'stampFull', name: full.name }
  for (const card of cards.filter(({ tell }) => tell)) {
    const short = card.short - (quote?.stamps?.find(({ id }) => id === card.id)?.stamps ?? 0)
    if (short > 0) return { kind: 'stampNear', name: card.name, short }
  }
  return null
}

/** A fifth of the way or less. */
function isNear({ nearest }: ProgressView): boolean {
  if (nearest.kind === 'membership' || nearest.kind === 'goods') return false // nothing that this receipt could still do
  const [left, need] = [hundredths(nearest.left), hundredths(nearest.need)]
  return left > 0n && left * 5n <= need
}

/** The lines' limits already are money: no need to know what a point is worth. */
function paysAll(quote: QuoteView): boolean {
  if (quote.redeemBound !== 'none' || hundredths(quote.total) === 0n || hundredths(quote.redeemable) === 0n)
    return false
  const limits = quote.lines.reduce((sum, line) => sum + hundredths(line.limit), 0n)
  return limits >= hundredths(quote.total) && hundredths(quote.toPay) > 0n
}
