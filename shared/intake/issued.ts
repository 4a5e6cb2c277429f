import type { MemberId } from '../ids.ts'
import type { BookingContext, BookingItem, MemberRecord } from '../ledger/booking-port.ts'
import type { SaleBody } from '../ledger/entry.ts'
import { purchaseOf } from '../ledger/history.ts'
import { CLOUD_DEVICE, keyOf } from '../ledger/keys.ts'
import type { IssuedInputs } from '../ledger/recompute.ts'
import { tierOfReceipt } from '../ledger/tiers.ts'
import type { Terms } from '../programme/schema.ts'
import { decidedAtTills } from './claimed.ts'
import type { Intake } from './intake.ts'
import { gatherStates } from './member-state.ts'
import type { LedgerTx, Loaded } from './port.ts'

/** So long a till may still believe what a member's row no longer says. */
export const ISSUED_DAYS = 35
const DAY_MS = 86_400_000

/**
 * What tills were told about the members of these sales, now and within the last weeks: a sale that claims another tier,
 * card type or personal condition is computed without it. Somebody the cloud has not met is believed, and so is what it
 * has quoted itself: an order is booked as it was when it was held. Rules L19, S142.
 */
export async function issuedTo(
  intake: Intake,
  tx: LedgerTx,
  items: readonly BookingItem[],
  loaded: Loaded,
  context: BookingContext,
): Promise<NonNullable<BookingContext['issued']>> {
  const sales = items.flatMap(({ entry }) =>
    entry.body.kind === 'sale' && entry.body.member !== null && entry.device !== CLOUD_DEVICE
      ? [{ entry, body: entry.body }]
      : [],
  )
  const known = new Map<string, MutableIssued>()
  if (sales.length === 0) return () => undefined
  const rootOf = (member: string): MemberRecord | undefined => {
    let record = loaded.members.get(member)
    while (record !== undefined && record.mergedInto !== null) record = loaded.members.get(record.mergedInto)
    return record
  }
  for (const { body } of sales) {
    const record = rootOf(body.member!.id)
    if (record === undefined) continue
    known.set(record.id, { tiers: [record.tier], cardTypes: [], segments: [], terms: [...(record.terms ?? [])] })
  }
  const names = namesIn(sales, known, rootOf)
  await addCardTypes(tx, sales, loaded, known, rootOf)
  await addPast(intake, tx, names)
  await addSegments(intake, tx, names, sales)
  await addDecided(intake, tx, sales, known, (member) => rootOf(member), context)
  addFromBatch(items, known, (member) => rootOf(member)?.id ?? member, context)
  if (context.current?.document.promotion === 'this-receipt') await addReached(tx, sales, known, rootOf, context)
  return (member) => known.get(member)
}

interface MutableIssued extends IssuedInputs {
  readonly tiers: (string | null)[]
  readonly cardTypes: string[]
  readonly segments: string[]
  readonly terms: Terms[]
}

/**
 * Under which names tills were told something, and whose it is now: a till that has not heard of a merge believes what was
 * told of the member whom it names.
 */
function namesIn(
  sales: readonly { readonly body: SaleBody }[],
  known: ReadonlyMap<string, MutableIssued>,
  rootOf: (member: string) => MemberRecord | undefined,
): ReadonlyMap<string, MutableIssued> {
  const names = new Map(known)
  for (const { body } of sales) {
    const issued = known.get(rootOf(body.member!.id)?.id ?? '')
    if (issued !== undefined) names.set(body.member!.id, issued)
  }
  return names
}

/** All cards of a member are read only where a sale claims another type than that of the card it was made with. */
async function addCardTypes(
  tx: LedgerTx,
  sales: readonly { readonly body: SaleBody }[],
  loaded: Loaded,
  known: ReadonlyMap<string, MutableIssued>,
  rootOf: (member: string) => MemberRecord | undefined,
): Promise<void> {
  const doubtful = new Set<MemberId>()
  for (const { body } of sales) {
    const { id, card: number, cardType } = body.member!
    const root = rootOf(id)
    if (root === undefined) continue
    const card = loaded.cards.get(number)
    if (card?.member !== root.id || card.type !== cardType) doubtful.add(root.id)
    else known.get(root.id)!.cardTypes.push(cardType)
  }
  if (doubtful.size === 0) return
  for (const member of doubtful) known.get(member)!.cardTypes.length = 0
  const primaryFirst = (await tx.cardsOf([...doubtful])).toSorted((a, b) => Number(b.primary) - Number(a.primary))
  for (const { member, type } of primaryFirst) known.get(member)!.cardTypes.push(type)
}

async function addPast(intake: Intake, tx: LedgerTx, names: ReadonlyMap<string, MutableIssued>): Promise<void> {
  const rows = await tx.issuedTo([...names.keys()], issuedSince(intake))
  for (const { member, kind, value: text } of rows) {
    const issued = names.get(member)!
    const value: unknown = JSON.parse(text)
    if (kind === 'tier') issued.tiers.push(value as string | null)
    else if (kind === 'card_type') issued.cardTypes.push(value as string)
    else issued.terms.push(value as Terms)
  }
}

/** Asked only where a sale claims one. */
async function addSegments(
  intake: Intake,
  tx: LedgerTx,
  names: ReadonlyMap<string, MutableIssued>,
  sales: readonly { readonly body: SaleBody }[],
): Promise<void> {
  if (sales.every(({ body }) => body.member!.segments.length === 0)) return
  const told = await tx.segmentsToldSince([...names.keys()], issuedSince(intake))
  for (const [member, segments] of told) names.get(member)?.segments.push(...segments)
}

/** What tills may have decided themselves. */
async function addDecided(
  intake: Intake,
  tx: LedgerTx,
  sales: readonly { readonly entry: BookingItem['entry']; readonly body: SaleBody }[],
  known: ReadonlyMap<string, MutableIssued>,
  rootOf: (member: string) => MemberRecord | undefined,
  { current, now }: BookingContext,
): Promise<void> {
  if (current === undefined) return
  const claims = sales.flatMap(({ entry, body }) => {
    const record = rootOf(body.member!.id)
    return record === undefined ? [] : [{ entry, body, record }]
  })
  const isTold = (member: string, segment: string) => known.get(member)?.segments.includes(segment) === true
  const period = { programme: current, since: issuedSince(intake), until: plusAnHour(now) }
  for (const [member, segments] of await decidedAtTills(tx, claims, isTold, period)) {
    known.get(member)?.segments.push(...segments)
  }
}

/** A till's clock may go a little before the cloud's. */
const plusAnHour = (now: string): string => new Date(Date.parse(now) + 3_600_000).toISOString()

/** Before this instant it is forgotten what member rows said. */
export function issuedSince({ now }: Intake): string {
  return new Date(Date.parse(now()) - ISSUED_DAYS * DAY_MS).toISOString()
}

/** What the till itself made: an enrolment, a card. */
function addFromBatch(
  items: readonly BookingItem[],
  known: Map<string, MutableIssued>,
  rootOf: (member: string) => string,
  context: BookingContext,
): void {
  for (const { entry } of items) {
    const { body } = entry
    if (body.kind === 'enrol') {
      const automatic = (context.current?.document.tiers ?? []).filter((tier) => tier.entry.kind === 'automatic')
      const tiers = [null, ...automatic.map((tier) => tier.id)]
      if (!known.has(body.member)) {
        known.set(body.member, { tiers, cardTypes: [body.cardType], segments: [], terms: [] })
      }
    }
    if (body.kind !== 'member') continue
    const issued = known.get(rootOf(body.member))
    if (issued === undefined) continue
    if (body.card?.action === 'add' || body.card?.action === 'replace') issued.cardTypes.push(body.card.type)
  }
}

/** Where a receipt is quoted at the tier that it reaches itself, that tier was not told but may be claimed. */
async function addReached(
  tx: LedgerTx,
  sales: readonly { readonly entry: BookingItem['entry']; readonly body: SaleBody }[],
  known: ReadonlyMap<string, MutableIssued>,
  rootOf: (member: string) => MemberRecord | undefined,
  context: BookingContext,
): Promise<void> {
  const programme = context.current!
  const tiers = programme.document.tiers ?? []
  const states = await gatherStates(tx, programme, [...known.keys()] as MemberId[])
  const bought = new Map([...states].map(([id, state]) => [id as string, [...state.purchases]]))
  for (const { entry, body } of sales) {
    const root = rootOf(body.member!.id)
    const state = root === undefined ? undefined : states.get(root.id)
    if (state === undefined) continue
    const record = { outlet: entry.outlet, receipt: body.receipt, key: keyOf(entry), body, spent: [], returned: {} }
    const purchase = purchaseOf(record, programme)
    if (purchase === undefined) continue
    const before = bought.get(state.member)!
    const reached = tierOfReceipt(tiers, 'this-receipt', { ...state, purchases: before }, purchase)
    // a till knows the next tier alone, and claims that where the receipt leaps further
    const [from, to] = [state.tier, reached].map((id) => tiers.findIndex((tier) => tier.id === id))
    known.get(state.member)?.tiers.push(...tiers.slice(from! + 1, to! + 1).map((tier) => tier.id))
    before.push(purchase)
  }
}
