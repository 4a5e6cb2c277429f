import { plusDays } from '../ledger/rules.ts'
import { groupedBy } from './grouped-by.ts'
import { type Intake, programmeDay } from './intake.ts'
import { nothingLoaded } from './load.ts'
import { pageByPage } from './night.ts'
import type { Keeping, KeepingTurn, LedgerTx, VisitPlace } from './port.ts'
import { visitKey } from './rows.ts'

/** Whose rows tills keep: everybody's in a small network, else those of who was at the till's own outlet lately. */

/** So long after their last visit members are kept where nothing else is set. */
export const KEPT_DAYS = 180
/** Larger networks are kept in parts; one that has become as small as half of that is kept whole again. */
export const EVERYBODY_MAX = 100_000
export const LEAVING_PAGE = 500

/**
 * Once in every night: whoever was not at an outlet for so long leaves its scope, and its tills are told. Nobody leaves
 * of whom a till there may still spend something. Page by page, each one transaction that holds the night's turn. Returns
 * how many left. Rules S203, S204.
 */
export function keepNight(intake: Intake, pageVisits = LEAVING_PAGE): Promise<number> {
  return pageByPage(intake, (tx) => leavingPage(intake, tx, pageVisits))
}

/** Undefined: nothing is left to do here tonight. */
async function leavingPage(intake: Intake, tx: LedgerTx, pageVisits: number): Promise<number | undefined> {
  const turn = await tx.lockKeepingTurn()
  if (turn === undefined) return undefined
  const today = await programmeDay(intake, tx)
  if (turn.day !== null && turn.day >= today && turn.after === null) return undefined
  const isPartial = turn.after === null ? partialNow(turn, await tx.memberCount()) : turn.isPartial
  const before = plusDays(today, -turn.days)
  const old = await tx.visitsBefore(before, turn.after, pageVisits)
  const left = await tx.dropVisits(await free(tx, old), before)
  if (isPartial) await tx.noteForFeed([{ scope: 'left', keys: left.map(visitKey) }])
  await tx.saveKeepingTurn({ ...turn, isPartial, day: today, after: old.length < pageVisits ? null : old.at(-1)! })
  return left.length
}

/** Those of whom no till of that outlet holds anything, under the locks of whoever books. */
async function free(tx: LedgerTx, places: readonly VisitPlace[]): Promise<VisitPlace[]> {
  if (places.length === 0) return []
  const members = [...new Set(places.map(({ member }) => member))].sort()
  await tx.load({ accounts: [], sales: [], members, cards: [] }, nothingLoaded())
  const outletOf = new Map((await tx.rightsTills(true)).map(({ device, outlet }) => [device as string, outlet]))
  const accounts = groupedBy(await tx.accountsOf(members), ({ member }) => member as string)
  return places.filter(({ outlet, member }) =>
    (accounts.get(member) ?? []).every((account) =>
      (account.leases ?? []).every(
        ({ holder, to, remaining }) => remaining <= 0n || outletOf.get((holder ?? to)?.device ?? '') !== outlet,
      ),
    ),
  )
}

/** A network that has grown or shrunk past the border changes at night, and not to and fro. */
export function partialNow({ keep, isPartial }: Keeping, members: number): boolean {
  if (keep !== 'auto') return keep === 'visitors'
  return isPartial ? members > EVERYBODY_MAX / 2 : members > EVERYBODY_MAX
}

/** What the owner wishes holds at once; tills whose scope it changes begin again beside what they have. Rule S205. */
export function setKeeping(intake: Intake, wish: Pick<Keeping, 'keep' | 'days'>): Promise<Keeping | undefined> {
  return intake.store.transaction(async (tx) => {
    const turn = await tx.lockKeepingTurn()
    if (turn === undefined) return undefined
    const next: KeepingTurn = { ...turn, ...wish }
    const isPartial = partialNow(next, await tx.memberCount())
    await tx.saveKeepingTurn({ ...next, isPartial })
    return { ...wish, isPartial }
  })
}
