import { sql } from 'kysely'
import { addDays, dayOf, formatDay } from '../../shared/calendar.ts'
import type { TenantId } from '../../shared/ids.ts'
import { closeCalls } from '../campaigns/calls.ts'
import { closeHints } from '../campaigns/hints.ts'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import type { Tx } from '../database/connect.ts'
import { transaction } from '../database/transaction.ts'
import { programmeDay } from '../feed/rows.ts'
import { fillTraits } from '../members/traits.ts'
import { refreshSegments } from '../segments/refresh.ts'
import { keptForSegments, segmentRows } from '../segments/rows.ts'
import { tellFacts } from '../segments/told-facts.ts'
import { computeFacts, type FactBasis, type Gone } from './compute.ts'
import { dropAllDays, dropDays } from './day-sums.ts'
import { takeEntries } from './from-entries.ts'
import { type FactState, lockState, noteLatest, saveState } from './state.ts'

/**
 * Keeps facts current. How far each stream has been read stands in the same transaction as what was made of it, so every
 * entry counts exactly once, however often this runs and wherever it is cut off; taking entries in waits for none of it.
 */
const DUE_NOTES_MAX = 500
/** From so many members on, everybody at once is less work. */
const EVERYBODY_FROM_SHARE = 0.25
/** So few that each statement finds them by the index: of more the planner reads all receipts, however large the base is. */
const MEMBERS_AT_ONCE = 1_000
const DAYS_AT_ONCE_MAX = 31

export interface Kept {
  readonly isMore: boolean
  readonly entries: number
  /** Whose facts were computed; null: everybody's. */
  readonly members: readonly string[] | null
}

/** One step. Call it until there is no more. */
export function keepFacts(cloud: Cloud): Promise<Kept> {
  const { tenant } = cloud
  return transaction(cloud.db, async (tx) => {
    const state = await lockState(tx, tenant)
    const zone = (await cloud.programmes.current(tx))?.compiled.document.timeZone ?? state.zone
    if (zone !== state.zone) await countDaysAnew(tx, tenant, zone)
    const day = await programmeDay(cloud, tx)
    const segments = await segmentRows(tx, tenant)
    const kept = withUsual(state, keptForSegments(segments))
    const basis: FactBasis = { ...kept, zone, day }
    const taken = await takeEntries(cloud, tx, zone, day)
    const due = await takeDue(tx, tenant)
    const everybody =
      state.day === null || zone !== state.zone || !isSoonAfter(state.day, day) || kept.windows !== state.windows
    if (state.day === null) await fillTraits(tx, tenant, cloud.keys)
    const members = new Set([...taken.members, ...due.members])
    if (!everybody && state.day !== day) for (const member of await turning(tx, tenant, state, day)) members.add(member)
    const all = everybody || (await isMost(tx, tenant, members.size))
    const gone = all
      ? await computeFacts(tx, tenant, basis, null)
      : await computeInParts(tx, tenant, basis, [...members])
    if (everybody || state.day !== day) await saveState(tx, tenant, { ...kept, zone, day })
    await tellFacts(tx, tenant, segments, everybody ? null : new Set([...taken.members, ...due.members]))
    const looksAtAll = all || state.day !== day
    await noteLatest(tx, tenant, day, looksAtAll ? null : [...members])
    await closeHints(tx, tenant, day, looksAtAll ? null : [...members])
    await closeCalls(tx, tenant, day, looksAtAll ? null : [...members])
    await refreshSegments(tx, cloud, basis, { members: all ? null : [...members], gone }, instant(cloud.clock))
    return {
      isMore: taken.isMore || due.isMore,
      entries: taken.entries,
      members: all ? null : [...members],
    }
  })
}

/** The windows and gaps that are kept, with those that segments have come to ask for; the same object where none is new. */
function withUsual(state: FactState, asked: { windows: number[]; gaps: number[] }): FactState {
  const [windows, gaps] = [new Set([...state.windows, ...asked.windows]), new Set([...state.gaps, ...asked.gaps])]
  if (windows.size === state.windows.length && gaps.size === state.gaps.length) return state
  return { ...state, windows: [...windows], gaps: [...gaps] }
}

/** Brings facts to where the ledger stands. */
export async function bringFactsUp(cloud: Cloud): Promise<void> {
  while ((await keepFacts(cloud)).isMore);
  cloud.feed.wake()
}

/** Everything from the ledger and the imported receipts anew; what comes out is what was there. */
export async function rebuildFacts(cloud: Cloud): Promise<void> {
  const { db, tenant } = cloud
  await transaction(db, async (tx) => {
    const state = await lockState(tx, tenant)
    await sql`
      delete from receipt r using receipt_goods g
      where r.tenant = ${tenant} and g.tenant = ${tenant} and g.outlet = r.outlet and g.receipt = r.receipt
        and g.file is null`.execute(tx)
    await sql`delete from receipt_goods where tenant = ${tenant} and file is null`.execute(tx)
    await dropAllDays(tx, tenant)
    await sql`delete from receipt_reward where tenant = ${tenant}`.execute(tx)
    await sql`delete from fact_stream where tenant = ${tenant}`.execute(tx)
    await sql`delete from member_event where tenant = ${tenant} and event like 'entry:%'`.execute(tx)
    await saveState(tx, tenant, { ...state, day: null })
  })
  await bringFactsUp(cloud)
}

async function computeInParts(tx: Tx, tenant: TenantId, basis: FactBasis, members: readonly string[]): Promise<Gone[]> {
  const gone: Gone[] = []
  for (let at = 0; at < members.length; at += MEMBERS_AT_ONCE) {
    gone.push(...(await computeFacts(tx, tenant, basis, members.slice(at, at + MEMBERS_AT_ONCE))))
  }
  return gone
}

async function takeDue(tx: Tx, tenant: TenantId): Promise<{ members: string[]; isMore: boolean }> {
  const { rows } = await sql<{ members: string[]; days: string[] }>`
    delete from fact_due where tenant = ${tenant} and id in (
      select id from fact_due where tenant = ${tenant} limit ${DUE_NOTES_MAX})
    returning members, days::text[] as days`.execute(tx)
  await dropDays(
    tx,
    tenant,
    rows.flatMap(({ days }) => days),
  )
  return { members: rows.flatMap((row) => row.members), isMore: rows.length === DUE_NOTES_MAX }
}

/** Whether a few of the base are meant; the count is the planner's guess, which is enough for choosing the way. */
async function isMost(tx: Tx, tenant: TenantId, members: number): Promise<boolean> {
  if (members < 1000) return false
  const { rows } = await sql<{ count: bigint }>`
    select count(*) from (select from member_fact where tenant = ${tenant} limit ${Math.ceil(members / EVERYBODY_FROM_SHARE) + 1}) f`.execute(
    tx,
  )
  return members >= Number(rows[0]!.count) * EVERYBODY_FROM_SHARE
}

function isSoonAfter(before: string, day: string): boolean {
  const days = dayOf(day) - dayOf(before)
  return days >= 0 && days <= DAYS_AT_ONCE_MAX
}

/** Those with receipts on days that enter or leave a window as the day turns. */
async function turning(tx: Tx, tenant: TenantId, state: FactState, day: string): Promise<string[]> {
  const [from, to] = [dayOf(state.day!), dayOf(day)]
  const days: string[] = []
  for (let turned = addDays(from, 1); turned <= to; turned = addDays(turned, 1)) {
    for (const window of [0, ...state.windows]) days.push(formatDay(addDays(turned, -window)))
  }
  const { rows } = await sql<{ member: string }>`
    select distinct member from receipt
    where tenant = ${tenant} and day = any(${days}::date[]) and member is not null`.execute(tx)
  return rows.map((row) => row.member)
}

/** The programme moved to another zone: every receipt may belong to another day. */
async function countDaysAnew(tx: Tx, tenant: TenantId, zone: string): Promise<void> {
  for (const table of ['receipt', 'member_event']) {
    await sql`
      update ${sql.table(table)} set day = (at at time zone ${zone})::date
      where tenant = ${tenant} and day <> (at at time zone ${zone})::date`.execute(tx)
  }
  await dropAllDays(tx, tenant)
}
