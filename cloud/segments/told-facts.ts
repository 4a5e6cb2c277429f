import { sql } from 'kysely'
import type { TenantId } from '../../shared/ids.ts'
import type { CountedFacts, StreamPlace } from '../../shared/intake/port.ts'
import { toldBought } from '../../shared/segments/decide.ts'
import {
  type Asked,
  askedBy,
  asksNothing,
  isForTills,
  type LiveSegment,
  type ToldFacts,
} from '../../shared/segments/told.ts'
import type { Db, Tx } from '../database/connect.ts'
import { noteForFeed } from '../feed/note.ts'
import { feedKeys } from '../feed/reads.ts'
import { type Extra, readExtras } from '../members/traits.ts'
import type { Keys } from '../secrets/keys.ts'
import { caseOf, meaningOf, type SegmentRow, segmentRows } from './rows.ts'

/** What tills are told so that they can decide who is in a live segment: definitions, and the facts that these ask for. */

/** Live segments that tills are told of, each by all that it means: of a family the first that holds counts. */
export function toldAmong(rows: readonly SegmentRow[]): LiveSegment[] {
  return rows.flatMap((row) => {
    if (!row.at_tills || row.kind !== 'live') return []
    const when = meaningOf({ segment: row.segment, predicate: caseOf(row, rows) }, rows)
    return isForTills(when) ? [{ id: row.segment, when }] : []
  })
}

export const toldSegments = async (db: Db | Tx, tenant: TenantId): Promise<LiveSegment[]> =>
  toldAmong(await segmentRows(db, tenant))

/** Those of presets have no name of their own: tills have words for them. */
function namesAmong(rows: readonly SegmentRow[]): [id: string, name: string][] {
  const named = rows.filter(({ at_tills, family }) => at_tills && family === null)
  return named.map(({ segment, name }): [string, string] => [segment, name]).sort(([a], [b]) => (a < b ? -1 : 1))
}

export const segmentNames = async (db: Db | Tx, tenant: TenantId): Promise<ReadonlyMap<string, string>> =>
  new Map(namesAmong(await segmentRows(db, tenant)))

interface CountedRow {
  readonly member: string
  readonly purchases: number
  readonly purchase_days: number
  readonly returns: number
  readonly redeemed_purchases: number
  readonly spend: bigint
  readonly first_day: string | null
  readonly last_day: string | null
  readonly comebacks: readonly (string | null)[]
  readonly card_type: string | null
  readonly messages: boolean | null
  readonly gaps: readonly number[]
}

export async function factsOf(
  db: Db | Tx,
  { tenant, keys }: { readonly tenant: TenantId; readonly keys: Keys },
  members: readonly string[],
  asked: Asked,
  stream: StreamPlace,
): Promise<CountedFacts> {
  const { rows } = await sql<CountedRow>`
    select f.member, f.purchases, f.purchase_days, f.returns, f.redeemed_purchases, f.spend, f.first_day, f.last_day,
      f.comebacks::text[] as comebacks, f.card_type, c.messages, s.gaps
    from member_fact f
    join fact_state s on s.tenant = ${tenant}
    left join consent c on c.tenant = ${tenant} and c.member = f.member
    where f.tenant = ${tenant} and f.member = any(${members}::text[])`.execute(db)
  const statics = await staticsOf(db, tenant, members, asked.segments)
  const asksFamily = FAMILY.some((field) => asked.fields.has(field))
  const families = asksFamily ? await readExtras(db, tenant, keys, members) : new Map<string, Extra>()
  const facts = rows.map((row): [string, ToldFacts] => {
    const { member, comebacks, gaps, messages } = row
    const bought = {
      purchases: row.purchases,
      purchaseDays: row.purchase_days,
      returns: row.returns,
      redeemedPurchases: row.redeemed_purchases,
      spend: row.spend,
      firstDay: row.first_day,
      lastDay: row.last_day,
      comebacks: new Map(gaps.map((gap, place) => [gap, comebacks[place] ?? null])),
    }
    return [
      member,
      {
        ...toldBought(asked, bought),
        ...(asked.fields.has('cardType') ? { cardType: row.card_type } : {}),
        ...(asked.fields.has('acceptsMessages') ? { acceptsMessages: messages } : {}),
        ...familyOf(asked, families.get(member)),
        ...(asked.segments.length === 0 ? {} : { segments: statics.get(member) ?? [] }),
      },
    ]
  })
  return { facts: new Map(facts), seen: await countedUpTo(db, tenant, stream) }
}

const FAMILY = ['children', 'childBirthdays', 'spouse', 'spouseBirthday'] as const

function familyOf({ fields }: Asked, said: Extra | undefined): ToldFacts {
  const { children, spouse } = said ?? {}
  const monthDay = (date: string) => date.slice(5)
  const whole = {
    children: children?.length ?? null,
    childBirthdays: (children ?? []).flatMap(({ birthDate }) => (birthDate === undefined ? [] : [monthDay(birthDate)])),
    spouse: spouse === undefined ? null : spouse !== null,
    spouseBirthday: spouse?.birthDate === undefined ? null : monthDay(spouse.birthDate),
  }
  return Object.fromEntries(FAMILY.flatMap((field) => (fields.has(field) ? [[field, whole[field]]] : [])))
}

async function staticsOf(db: Db | Tx, tenant: TenantId, members: readonly string[], segments: readonly string[]) {
  const found = new Map<string, string[]>()
  if (segments.length === 0) return found
  const { rows } = await sql<{ member: string; segment: string }>`
    select member, segment from segment_member
    where tenant = ${tenant} and segment = any(${segments}::text[]) and member = any(${members}::text[])
    order by member, segment`.execute(db)
  for (const { member, segment } of rows) found.set(member, [...(found.get(member) ?? []), segment])
  return found
}

/** The last entry of a device's stream that facts hold: entries are counted a moment after they were booked. */
export async function countedUpTo(
  db: Db | Tx,
  tenant: TenantId,
  { device, seen }: StreamPlace,
): Promise<StreamPlace['seen']> {
  const { rows } = await sql<{ epoch: number; high: bigint }>`
    select s.epoch, coalesce(f.high, 0)::bigint as high from device_stream s
    left join fact_stream f on f.tenant = ${tenant} and f.device = s.device and f.epoch = s.epoch
    where s.tenant = ${tenant} and s.device = ${device} and s.high > coalesce(f.high, 0)
    order by s.epoch limit 1`.execute(db)
  const [behind] = rows
  return behind === undefined ? seen : { epoch: behind.epoch, seq: Number(behind.high) }
}

/** Members whose facts were counted again are told anew where tills are told of facts; null: everybody. */
export async function tellFacts(
  tx: Tx,
  tenant: TenantId,
  rows: readonly SegmentRow[],
  members: Iterable<string> | null,
): Promise<void> {
  if (asksNothing(askedBy(toldAmong(rows)))) return
  if (members === null) await tellEverybody(tx, tenant)
  else await noteForFeed(tx, tenant, [{ scope: 'member', keys: [...members] }])
}

/** After a change of segments: tills hear of other definitions, and of everybody's facts where others are asked for. */
export async function tellDefinitions(tx: Tx, tenant: TenantId, before: readonly SegmentRow[]): Promise<void> {
  const now = await segmentRows(tx, tenant)
  const [was, is] = [toldAmong(before), toldAmong(now)]
  if (JSON.stringify([was, namesAmong(before)]) === JSON.stringify([is, namesAmong(now)])) return
  await noteForFeed(tx, tenant, [{ scope: 'programme', keys: await feedKeys(tx, tenant, 'programme') }])
  if (textOf(askedBy(was)) !== textOf(askedBy(is))) await tellEverybody(tx, tenant)
}

const textOf = ({ fields, gaps, segments }: Asked) => JSON.stringify([[...fields].sort(), gaps, segments])

/** Who comes into a static segment, or leaves it, is told where definitions ask for that. */
export const isAskedFor = (segment: string, rows: readonly SegmentRow[]): boolean =>
  askedBy(toldAmong(rows)).segments.includes(segment)

const NOTED_AT_ONCE = 50_000

async function tellEverybody(tx: Tx, tenant: TenantId): Promise<void> {
  for (let after = ''; ; ) {
    const { rows } = await sql<{ member: string }>`
      select member from member where tenant = ${tenant} and merged_into is null and member > ${after}
      order by member limit ${NOTED_AT_ONCE}`.execute(tx)
    await noteForFeed(tx, tenant, [{ scope: 'member', keys: rows.map((row) => row.member) }])
    if (rows.length < NOTED_AT_ONCE) return
    after = rows.at(-1)!.member
  }
}
