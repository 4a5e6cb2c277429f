import { sql } from 'kysely'
import type { Booking, BookingItem } from '../../shared/ledger/booking-port.ts'
import { canonical } from '../../shared/ledger/chain.ts'
import type { EntryBody, LedgerEntry } from '../../shared/ledger/entry.ts'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import type { Tx } from '../database/connect.ts'
import { programmeDay } from '../feed/rows.ts'
import type { Loaded } from './load.ts'

/**
 * What later decisions ask for and no account tells: which decisions were made and gifts given, and what tills were told
 * that is no longer so. In the transaction of the entries, so that each exists exactly when its entry does.
 */
export async function remember(
  cloud: Cloud,
  tx: Tx,
  loaded: Loaded,
  booking: Booking,
  items: readonly BookingItem[],
): Promise<void> {
  const applied = items.filter((_, index) => booking.dispositions[index]!.kind !== 'quarantined')
  const entries = applied.map((item) => item.entry)
  await rememberDecisions(cloud, tx, entries.filter(isDecision))
  await rememberGifts(cloud, tx, entries)
  await rememberIssued(cloud, tx, loaded, booking)
}

type Of<Kind extends EntryBody['kind']> = LedgerEntry & { readonly body: Extract<EntryBody, { kind: Kind }> }

/** Lots at the end of their life are burned for good; everything else that the clock decides may be decided again. */
function isDecision(entry: LedgerEntry): entry is Of<'expire' | 'tier'> {
  const { body } = entry
  return body.kind === 'tier' || (body.kind === 'expire' && (body.rule !== undefined || body.undoes !== undefined))
}

async function rememberDecisions(cloud: Cloud, tx: Tx, entries: readonly Of<'expire' | 'tier'>[]): Promise<void> {
  if (entries.length === 0) return
  await sql`
    insert into decision (tenant, member, device, epoch, seq, body)
    select ${cloud.tenant}, u.* from unnest(
      ${entries.map((entry) => entry.body.member)}::text[], ${entries.map((entry) => entry.device)}::text[],
      ${entries.map((entry) => entry.epoch)}::integer[], ${entries.map((entry) => entry.seq)}::bigint[],
      ${entries.map((entry) => JSON.stringify(entry.body))}::json[]
    ) as u (member, device, epoch, seq, body)`.execute(tx)
}

async function rememberGifts(cloud: Cloud, tx: Tx, entries: readonly LedgerEntry[]): Promise<void> {
  const gifts = entries.flatMap(({ body }) =>
    body.kind === 'gift' && body.rule !== undefined && body.occasion !== undefined
      ? [{ member: body.member, rule: body.rule, occasion: body.occasion }]
      : [],
  )
  if (gifts.length === 0) return
  const day = await programmeDay(cloud, tx)
  await sql`
    insert into given (tenant, member, rule, occasion, day)
    select ${cloud.tenant}, u.*, ${day}::date from unnest(
      ${gifts.map((gift) => gift.member)}::text[], ${gifts.map((gift) => gift.rule)}::text[],
      ${gifts.map((gift) => gift.occasion)}::text[]
    ) as u (member, rule, occasion)
    on conflict do nothing`.execute(tx)
}

/** Values that member rows said until now. What was one member's counts for the one into whom they were merged. */
async function rememberIssued(cloud: Cloud, tx: Tx, loaded: Loaded, booking: Booking): Promise<void> {
  const past = new Map<string, { member: string; kind: 'tier' | 'terms' | 'card_type'; value: string }>()
  const add = (member: string, kind: 'tier' | 'terms' | 'card_type', value: unknown) => {
    const text = canonical(value)
    past.set(`${member}\n${kind}\n${text}`, { member, kind, value: text })
  }
  for (const after of booking.members) {
    const before = loaded.members.get(after.id)
    if (before === undefined) continue
    const isMerged = before.mergedInto !== after.mergedInto
    const heir = after.mergedInto ?? after.id
    if (isMerged || before.tier !== after.tier) add(heir, 'tier', before.tier)
    const kept = new Set(isMerged ? [] : (after.terms ?? []).map(canonical))
    for (const terms of before.terms ?? []) if (!kept.has(canonical(terms))) add(heir, 'terms', terms)
  }
  for (const after of booking.cards) {
    const before = loaded.cards.get(after.number)
    if (before !== undefined && (before.member !== after.member || before.type !== after.type)) {
      add(before.member, 'card_type', before.type)
    }
  }
  if (past.size === 0) return
  const rows = [...past.values()]
  await sql`
    insert into once_issued (tenant, member, kind, value, until)
    select ${cloud.tenant}, u.*, ${instant(cloud.clock)}::timestamptz from unnest(
      ${rows.map((row) => row.member)}::text[], ${rows.map((row) => row.kind)}::text[],
      ${rows.map((row) => row.value)}::text[]
    ) as u (member, kind, value)
    on conflict (tenant, member, kind, value) do update set until = excluded.until`.execute(tx)
}
