import { sql } from 'kysely'
import { addDays, type Day, dayOf, formatInstant, monthDay, startOfDay } from '../../shared/calendar.ts'
import type { MemberId } from '../../shared/ids.ts'
import type { EntryBody } from '../../shared/ledger/entry.ts'
import { stretchStart } from '../../shared/ledger/history.ts'
import { daysOfMembership } from '../../shared/ledger/membership.ts'
import { plusDays } from '../../shared/ledger/rules.ts'
import type { CompiledProgramme } from '../../shared/programme/compile.ts'
import type { Cloud } from '../cloud.ts'
import type { Tx } from '../database/connect.ts'
import { transaction } from '../database/transaction.ts'
import { programmeDay } from '../feed/rows.ts'
import { readProfiles, saveBirthdays } from '../members/profiles.ts'
import { decideAll, saveProgress } from './deciding.ts'
import { bringsSomething } from './follow.ts'
import { issuedSince } from './issued.ts'
import { gatherStates } from './member-state.ts'
import { bookDecided } from './own-stream.ts'

/**
 * What a new day brings to members: lots at the end of their life, tiers whose time is over, burning, checkpoints,
 * birthdays. The walk looks at those to whom the day may bring something, page by page; each page is one transaction that
 * holds the tenant's row of `day_turn`, so that a killed service goes on where it was and two do not walk at once. After
 * a time without service it walks each missed day, as of that day.
 */

export const PAGE_MEMBERS = 200
/** Days that are walked one by one; after a longer silence only the last of them are. */
export const CATCH_UP_DAYS = 62

/** Walks until today is done; true: this service did something. Another one that walks now is left to it. */
export async function walkDays(cloud: Cloud, pageMembers = PAGE_MEMBERS): Promise<boolean> {
  let hasWalked = false
  while (await walkPage(cloud, pageMembers)) hasWalked = true
  if (hasWalked) cloud.feed.wake()
  return hasWalked
}

interface Walk {
  readonly day: string
  /** Members up to this one are done. */
  readonly after: string
  readonly version: number
  readonly everybody: boolean
}

/** One page in one transaction; false: nothing is left to do here. */
export function walkPage(cloud: Cloud, pageMembers = PAGE_MEMBERS): Promise<boolean> {
  return transaction(cloud.db, async (tx) => {
    const version = await cloud.programmes.current(tx)
    if (version === undefined) return false
    const row = await tx
      .selectFrom('day_turn')
      .selectAll()
      .where('tenant', '=', cloud.tenant)
      .forUpdate()
      .skipLocked()
      .executeTakeFirst()
    if (row === undefined) return false
    const today = await programmeDay(cloud, tx)
    const walk = nextWalk(row, version.version, version.compiled, today)
    if (walk === undefined) return false
    const members = await membersOfPage(cloud, tx, version.compiled, walk, pageMembers)
    if (members.length > 0) await review(cloud, tx, version.compiled, walk, today, members)
    const isDone = members.length < pageMembers
    if (isDone) await forget(cloud, tx)
    await tx
      .updateTable('day_turn')
      .set({ ...walk, after: isDone ? null : members.at(-1)! })
      .where('tenant', '=', cloud.tenant)
      .execute()
    return true
  })
}

function nextWalk(
  row: { day: string | null; after: string | null; version: number | null; everybody: boolean },
  version: number,
  programme: CompiledProgramme,
  today: string,
): Walk | undefined {
  const { day, after, everybody } = row
  if (day !== null && after !== null && row.version === version) return { day, after, version, everybody }
  // another programme may mean something to anybody: everybody is looked at once, with the day that is being walked
  const isNew = row.version !== version && bringsSomething(programme)
  if (day === null) return { day: today, after: '', version, everybody: isNew }
  if (isNew || after !== null) return { day, after: '', version, everybody: isNew || everybody }
  if (day >= today) return undefined
  const next = plusDays(day, 1)
  const earliest = plusDays(today, -CATCH_UP_DAYS)
  // what the days that are left out would have brought is asked of everybody
  if (next < earliest) return { day: earliest, after: '', version, everybody: true }
  return { day: next, after: '', version, everybody: isEverybodysDay(programme, next) }
}

/** The morning after a checkpoint: whoever missed it is known only by looking at all. */
function isEverybodysDay(programme: CompiledProgramme, day: string): boolean {
  return (programme.document.checkpoints ?? []).some((checkpoint) => stretchStart(checkpoint.every, day) === day)
}

async function membersOfPage(
  cloud: Cloud,
  tx: Tx,
  programme: CompiledProgramme,
  { day, after, everybody }: Walk,
  limit: number,
): Promise<MemberId[]> {
  const { tenant } = cloud
  const candidates = everybody
    ? [sql`select member from member where tenant = ${tenant} and member > ${after} order by member limit ${limit}`]
    : affected(cloud, programme, day, after)
  const { rows } = await sql<{ member: MemberId }>`
    select c.member from (${sql.join(
      candidates.map((each) => sql`(${each})`),
      sql` union `,
    )}) c
    join member m on m.tenant = ${tenant} and m.member = c.member and m.merged_into is null
    order by c.member limit ${limit}`.execute(tx)
  return rows.map((row) => row.member)
}

/** One question for each kind of thing that a day may bring; each is answered by an index. */
function affected(cloud: Cloud, { document }: CompiledProgramme, day: string, after: string) {
  const { tenant } = cloud
  const { tiers = [], burn = [], gifts = [], timeZone } = document
  const within = (date: string) => {
    const start = (each: Day) => formatInstant('UTC', startOfDay(timeZone, each))
    return { from: start(dayOf(date)), to: start(addDays(dayOf(date), 1) as Day) }
  }
  const questions = [
    sql`select member from lot where tenant = ${tenant} and remaining <> 0 and last_day < ${day}::date and member > ${after}`,
  ]
  if (tiers.length > 0) {
    questions.push(
      sql`select member from member where tenant = ${tenant} and tier_until < ${day}::date and member > ${after}`,
    )
  }
  const memberships = tiers.flatMap(({ entry }) =>
    entry.kind !== 'earned' ? [] : entry.thresholds.flatMap((each) => (each.kind === 'membership' ? [each.days] : [])),
  )
  for (const days of new Set(memberships)) {
    const { from, to } = within(plusDays(day, -days))
    questions.push(sql`
      select member from member
      where tenant = ${tenant} and enrolled_at >= ${from}::timestamptz and enrolled_at < ${to}::timestamptz
        and member > ${after}`)
  }
  for (const { afterDays } of burn) {
    const { from, to } = within(plusDays(day, -1 - afterDays))
    questions.push(sql`
      select member from member
      where tenant = ${tenant} and last_purchase_at >= ${from}::timestamptz and last_purchase_at < ${to}::timestamptz
        and member > ${after}`)
    questions.push(sql`
      select member from member
      where tenant = ${tenant} and enrolled_at >= ${from}::timestamptz and enrolled_at < ${to}::timestamptz
        and last_purchase_at is null and member > ${after}`)
  }
  const birthdays = gifts.flatMap((gift) => (gift.kind === 'birthday' ? [gift] : []))
  for (const { id, daysBefore = 0 } of birthdays) {
    const soon = birthdaysWithin(cloud, day, daysBefore)
    questions.push(sql`
      select b.member from birthday b
      join unnest(${soon.map(({ mark }) => mark)}::text[], ${soon.map(({ occasion }) => occasion)}::text[])
        as soon (mark, occasion) on soon.mark = b.mark
      where b.tenant = ${tenant} and b.member > ${after} and not exists (
        select from given g
        where g.tenant = ${tenant} and g.member = b.member and g.rule = ${id} and g.occasion = soon.occasion)`)
  }
  return questions
}

/** Marks of the days of birth that are kept from a day to n days after it, with the name of the occasion. */
function birthdaysWithin(cloud: Cloud, day: string, daysBefore: number): { mark: string; occasion: string }[] {
  return Array.from({ length: daysBefore + 1 }, (_, index) => plusDays(day, index)).flatMap((kept) => {
    const occasion = `member ${kept.slice(0, 4)}`
    const isLastOfFebruary = kept.endsWith('-02-28') && monthDay(addDays(dayOf(kept), 1) as Day) === 301
    const dates = isLastOfFebruary ? ['02-28', '02-29'] : [kept.slice(5)]
    return dates.map((date) => ({ mark: cloud.keys.birthdayMark(date), occasion }))
  })
}

async function review(
  cloud: Cloud,
  tx: Tx,
  programme: CompiledProgramme,
  { day, everybody }: Walk,
  today: string,
  members: readonly MemberId[],
): Promise<void> {
  if (everybody) await markBirthdays(cloud, tx, programme, members)
  const gathered = await gatherStates(cloud, tx, programme, members, { birthDates: true })
  const bodies: EntryBody[] = []
  const states = [...gathered.values()].map((state) => {
    const decided = decideAll([{ do: 'expire' }, { do: 'review', occasion: { kind: 'day' } }], state, programme, day)
    bodies.push(...decided.bodies.map((body) => livingFrom(today, day, body)))
    return decided.state
  })
  await bookDecided(cloud, tx, bodies)
  await saveProgress(cloud, tx, programme, day, states)
}

/** A gift that our own silence has kept back lives its whole life all the same. */
function livingFrom(today: string, day: string, body: EntryBody): EntryBody {
  const late = daysOfMembership(day, today)
  if (body.kind !== 'gift' || body.lastDay === null || late <= 0) return body
  return { ...body, activeFrom: plusDays(body.activeFrom, late), lastDay: plusDays(body.lastDay, late) }
}

/** Profiles from before birthdays were asked for have no mark yet. */
async function markBirthdays(
  cloud: Cloud,
  tx: Tx,
  programme: CompiledProgramme,
  members: readonly MemberId[],
): Promise<void> {
  if (!(programme.document.gifts ?? []).some((gift) => gift.kind === 'birthday')) return
  const profiles = await readProfiles(tx, cloud.tenant, cloud.keys, members)
  const named = [...profiles].map(([member, profile]) => ({ member: member as MemberId, profile }))
  await saveBirthdays(tx, cloud.tenant, cloud.keys, named)
}

/** What member rows said so long ago that no claim stands on it any more. */
async function forget(cloud: Cloud, tx: Tx): Promise<void> {
  await tx
    .deleteFrom('once_issued')
    .where('tenant', '=', cloud.tenant)
    .where('until', '<', issuedSince(cloud))
    .execute()
}
