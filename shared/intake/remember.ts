import type { Booking, BookingItem } from '../ledger/booking-port.ts'
import { canonical } from '../ledger/chain.ts'
import type { EntryBody, LedgerEntry } from '../ledger/entry.ts'
import { type Intake, programmeDay } from './intake.ts'
import type { LedgerTx, Loaded, OnceIssued } from './port.ts'

/**
 * What later decisions ask for and no account tells: which decisions were made and gifts given, and what tills were told
 * that is no longer so. In the transaction of the entries, so that each exists exactly when its entry does.
 */
export async function remember(
  intake: Intake,
  tx: LedgerTx,
  loaded: Loaded,
  booking: Booking,
  items: readonly BookingItem[],
): Promise<void> {
  const applied = items.filter((_, index) => booking.dispositions[index]!.kind !== 'quarantined')
  const entries = applied.map((item) => item.entry)
  const decisions = entries.filter(isDecision)
  if (decisions.length > 0) await tx.saveDecisions(decisions)
  await rememberGifts(intake, tx, entries)
  await rememberIssued(intake, tx, loaded, booking)
}

type Of<Kind extends EntryBody['kind']> = LedgerEntry & { readonly body: Extract<EntryBody, { kind: Kind }> }

/** Lots at the end of their life are burned for good; everything else that the clock decides may be decided again. */
function isDecision(entry: LedgerEntry): entry is Of<'expire' | 'tier'> {
  const { body } = entry
  return body.kind === 'tier' || (body.kind === 'expire' && (body.rule !== undefined || body.undoes !== undefined))
}

async function rememberGifts(intake: Intake, tx: LedgerTx, entries: readonly LedgerEntry[]): Promise<void> {
  const gifts = entries.flatMap(({ body }) =>
    body.kind === 'gift' && body.rule !== undefined && body.occasion !== undefined
      ? [{ member: body.member, rule: body.rule, occasion: body.occasion }]
      : [],
  )
  if (gifts.length === 0) return
  await tx.saveGiven(gifts, await programmeDay(intake, tx))
}

/**
 * Values that member rows said until now. What was one member's counts for the one into whom they were merged, and for
 * their own name: a till that has not heard of it goes on under that, however often the other is merged on.
 */
async function rememberIssued(intake: Intake, tx: LedgerTx, loaded: Loaded, booking: Booking): Promise<void> {
  const past = new Map<string, OnceIssued>()
  const add = (member: string, kind: OnceIssued['kind'], value: unknown) => {
    const text = canonical(value)
    past.set(`${member}\n${kind}\n${text}`, { member, kind, value: text })
  }
  for (const after of booking.members) {
    const before = loaded.members.get(after.id)
    if (before === undefined) continue
    const isMerged = before.mergedInto !== after.mergedInto
    const kept = new Set(isMerged ? [] : (after.terms ?? []).map(canonical))
    for (const name of new Set([after.id, after.mergedInto ?? after.id])) {
      if (isMerged || before.tier !== after.tier) add(name, 'tier', before.tier)
      for (const terms of before.terms ?? []) if (!kept.has(canonical(terms))) add(name, 'terms', terms)
    }
  }
  for (const after of booking.cards) {
    const before = loaded.cards.get(after.number)
    if (before !== undefined && (before.member !== after.member || before.type !== after.type)) {
      add(before.member, 'card_type', before.type)
    }
  }
  if (past.size > 0) await tx.saveIssued([...past.values()], intake.now())
}
