import { qtyOf } from '../../shared/ledger/amounts.ts'
import type { SaleBody } from '../../shared/ledger/entry.ts'
import { dayIn } from '../../shared/ledger/rules.ts'
import { amountOf, type BoughtReceipt, isRedeemed } from '../../shared/segments/bought.ts'
import { decided, knowledgeOf } from '../../shared/segments/decide.ts'
import {
  askedBy,
  type LiveSegment,
  readSegments,
  type ToldFacts,
  type ToldSegment,
} from '../../shared/segments/told.ts'
import { parsed } from './journal-item.ts'
import type { Known } from './members.ts'
import { unseen } from './own.ts'
import type { EntryRow } from './ports.ts'
import type { InForce } from './programme-book.ts'

/** In which segments a member is at this till: live ones are decided here, of today and with what was just bought. */

/** The live segments that the cloud has told, read once. */
export interface LiveSegments {
  readonly segments: readonly LiveSegment[]
  readonly gaps: readonly number[]
}

export function liveSegments(told: readonly ToldSegment[]): LiveSegments {
  const segments = readSegments(told)
  return { segments, gaps: askedBy(segments).gaps }
}

/** At an instant, in milliseconds: of a quote that of its receipt. What cannot be decided stays as the cloud said. */
export function segmentsOf(
  { found: { member }, rows }: Pick<Known, 'found' | 'rows'>,
  programme: Pick<InForce, 'live' | 'compiled'> | null,
  at: number,
): readonly string[] {
  if (programme === null || programme.live.segments.length === 0) return member.segments
  const { live, compiled } = programme
  const dayAt = (instant: number) => dayIn(compiled.zone.timeZone, new Date(instant).toISOString())
  const since = unseen(rows, member.factsSeen)
  const row = { ...member, enrolledDay: dayAt(Date.parse(member.enrolledAt)) }
  const receipts = receiptsIn(since, dayAt)
  const knowledge = knowledgeOf(dayAt(at), row, withoutCard(member.facts, since), receipts, live.gaps)
  let segments = member.segments
  for (const { id, when } of live.segments) {
    const isIn = decided(when, knowledge)
    if (isIn === undefined || isIn === segments.includes(id)) continue
    segments = isIn ? [...segments, id] : segments.filter((segment) => segment !== id)
  }
  return segments
}

/** A card that was changed here may be of another type. */
function withoutCard(facts: ToldFacts | undefined, since: readonly EntryRow[]): ToldFacts | undefined {
  if (facts?.cardType === undefined || !since.some(({ kind }) => kind === 'member')) return facts
  const { cardType: _, ...others } = facts
  return others
}

interface OwnSale {
  readonly body: SaleBody
  readonly back: Map<string, bigint>
}

/**
 * The till's own receipts as facts count them; null where something came back, or found its member, of a receipt that is
 * not among them: what that makes of the facts only the cloud knows.
 */
function receiptsIn(since: readonly EntryRow[], dayAt: (instant: number) => string): readonly BoughtReceipt[] | null {
  const sales = new Map<string, OwnSale>()
  const returns: BoughtReceipt[] = []
  for (const { kind, text, at } of since) {
    if (kind !== 'sale' && kind !== 'refund' && kind !== 'attach') continue
    const { entry } = parsed(text)
    const { body } = entry
    if (body.kind === 'sale') sales.set(`${entry.outlet}\n${body.receipt}`, { body, back: new Map() })
    else if (body.kind === 'refund') {
      const sale = sales.get(`${body.soldAt ?? entry.outlet}\n${body.receipt}`)
      if (sale === undefined) return null
      for (const { id, qty } of body.lines) sale.back.set(id, (sale.back.get(id) ?? 0n) + qtyOf(qty))
      returns.push({
        day: dayAt(at),
        amount: -amountOf(body),
        redeemed: false,
        isPurchase: false,
      })
    } else return null
  }
  const sold = [...sales.values()].map(({ body, back }): BoughtReceipt => {
    const isGone = body.lines.every(({ id, qty }) => qtyOf(qty) <= (back.get(id) ?? 0n))
    return {
      day: dayAt(Date.parse(body.receiptAt)),
      amount: amountOf(body),
      redeemed: isRedeemed(body),
      isPurchase: !isGone,
    }
  })
  return [...sold, ...returns]
}
