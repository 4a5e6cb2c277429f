import type { MemberId } from '../ids.ts'
import { accountKey } from '../ledger/booking-port.ts'
import type { EntryBody } from '../ledger/entry.ts'
import { stretchStart } from '../ledger/history.ts'
import { daysOfMembership } from '../ledger/membership.ts'
import { plusDays } from '../ledger/rules.ts'
import type { CompiledProgramme } from '../programme/compile.ts'
import { dayQuestions } from './day-questions.ts'
import { decideAll, saveProgress } from './deciding.ts'
import { bringsSomething } from './follow.ts'
import { type Intake, programmeDay } from './intake.ts'
import { issuedSince } from './issued.ts'
import { gatherStates } from './member-state.ts'
import { bookDecided } from './own-stream.ts'
import type { DayTurn, LedgerTx } from './port.ts'

/**
 * What a new day brings to members: lots at the end of their life, tiers whose time is over, burning, checkpoints,
 * birthdays. The walk looks at those to whom the day may bring something, page by page; each page is one transaction that
 * holds the day's turn, so that a killed service goes on where it was and two do not walk at once. After
 * a time without service it walks each missed day, as of that day.
 */

export const PAGE_MEMBERS = 200
/** Days that are walked one by one; after a longer silence only the last of them are. */
export const CATCH_UP_DAYS = 62

/** Walks until today is done; true: this service did something. Another one that walks now is left to it. */
export async function walkDays(intake: Intake, pageMembers = PAGE_MEMBERS): Promise<boolean> {
  let hasWalked = false
  while (await walkPage(intake, pageMembers)) hasWalked = true
  if (hasWalked) intake.committed()
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
export function walkPage(intake: Intake, pageMembers = PAGE_MEMBERS): Promise<boolean> {
  return intake.store.transaction(async (tx) => {
    const version = await intake.programmes.current(tx)
    if (version === undefined) return false
    const turn = await tx.lockDayTurn()
    if (turn === undefined) return false
    const today = await programmeDay(intake, tx)
    const walk = nextWalk(turn, version.version, version.compiled, today)
    if (walk === undefined) return false
    const questions = walk.everybody ? null : dayQuestions(version.compiled, walk.day)
    const members = await tx.membersAsked(questions, walk.after, pageMembers)
    if (members.length > 0) await review(intake, tx, version.compiled, walk, today, members)
    const isDone = members.length < pageMembers
    // what member rows said so long ago that no claim stands on it any more
    if (isDone) await tx.forgetIssued(issuedSince(intake))
    await tx.saveDayTurn({ ...walk, after: isDone ? null : members.at(-1)! })
    return true
  })
}

function nextWalk(turn: DayTurn, version: number, programme: CompiledProgramme, today: string): Walk | undefined {
  const { day, after, everybody } = turn
  if (day !== null && after !== null && turn.version === version) return { day, after, version, everybody }
  // another programme may mean something to anybody: everybody is looked at once, with the day that is being walked
  const isNew = turn.version !== version && bringsSomething(programme)
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

async function review(
  intake: Intake,
  tx: LedgerTx,
  programme: CompiledProgramme,
  { day, everybody }: Walk,
  today: string,
  members: readonly MemberId[],
): Promise<void> {
  const gathered = await gatherStates(tx, programme, members, { birthDates: true })
  if (everybody) await markBirthdays(tx, programme, members)
  const bodies: EntryBody[] = []
  const states = [...gathered.values()].map((state) => {
    const decided = decideAll([{ do: 'expire' }, { do: 'review', occasion: { kind: 'day' } }], state, programme, day)
    bodies.push(...decided.bodies.map((body) => livingFrom(today, day, body)))
    return decided.state
  })
  await bookDecided(intake, tx, bodies)
  await saveProgress(tx, programme, day, states)
}

/** A gift that our own silence has kept back lives its whole life all the same. */
function livingFrom(today: string, day: string, body: EntryBody): EntryBody {
  const late = daysOfMembership(day, today)
  if (body.kind !== 'gift' || body.lastDay === null || late <= 0) return body
  return { ...body, activeFrom: plusDays(body.activeFrom, late), lastDay: plusDays(body.lastDay, late) }
}

/** Profiles from before birthdays were asked for have no mark yet. Their members are locked, so no profile changes meanwhile. */
async function markBirthdays(tx: LedgerTx, programme: CompiledProgramme, members: readonly MemberId[]): Promise<void> {
  if (!(programme.document.gifts ?? []).some((gift) => gift.kind === 'birthday')) return
  const profiles = await tx.profilesOf(members)
  await tx.saveBirthdays([...profiles].map(([member, profile]) => ({ member: member as MemberId, profile })))
}

const KEYS_A_NOTE = 1000

/**
 * When a new day begins where the programme lives, some balances change without any entry: lots become active, others
 * have seen their last day. Tills hear of those, and only of those. The feed's own row makes it happen once.
 */
export async function turnDay(intake: Intake): Promise<number> {
  const turned = await intake.store.transaction(async (tx) => {
    const day = await tx.lockFeedDay()
    const today = await programmeDay(intake, tx)
    if (day !== null && day >= today) return 0
    await tx.saveFeedDay(today)
    if (day === null) return 0
    const keys = (await tx.pursesTurning(day, today)).map(({ member, purse }) => accountKey(member, purse))
    const notes = Array.from({ length: Math.ceil(keys.length / KEYS_A_NOTE) }, (_, page) => ({
      scope: 'balance' as const,
      keys: keys.slice(page * KEYS_A_NOTE, (page + 1) * KEYS_A_NOTE),
    }))
    await tx.noteForFeed(notes)
    return keys.length
  })
  if (turned > 0) intake.committed()
  return turned
}
