import type { OutletId } from '../ids.ts'
import type { CheckReply, CheckRequest, PullChange, RowSum, SummedScope } from '../sync/protocol.ts'
import { spoken } from '../sync/spoken.ts'
import { isSameSum, MEMBER_SCOPES, SMALL_SCOPES, sumOfRows } from '../sync/sums.ts'
import { readCursor } from './cursor.ts'
import { type Intake, programmeDay } from './intake.ts'
import { LOOK_MAX, type Speaker, scopeOf } from './page.ts'
import type { FeedScope, LedgerReads } from './port.ts'
import { type Asker, currentRows, rightKey } from './rows.ts'

/** A till that lacks more members than this of one part has lost them all: it begins again. */
export const CHECK_MEMBERS_MAX = 3_000
/** A till that is further behind than this pulls first. */
const CHANGED_MAX = 1_000

/** What a till holds otherwise than it should. */
export interface Difference {
  readonly scope: SummedScope
  readonly till: RowSum
  readonly cloud: RowSum
}

interface Checked {
  readonly reply: CheckReply
  readonly differences: readonly Difference[]
}

/**
 * Whether a till holds what it should, by sums of rows. What the till holds is of its cursor, the cloud's rows are of
 * now: where nothing of a scope and part has a number after the cursor, or none yet, the two must be the same. Rules S160 to S163.
 */
export async function checkPart(
  intake: Pick<Intake, 'now' | 'programmes' | 'couponKeys'>,
  reads: LedgerReads,
  incarnation: string,
  speaker: Speaker,
  request: CheckRequest,
): Promise<Checked> {
  const stream = await reads.readStream(speaker.device, speaker.epoch)
  const asker: Asker = { ...speaker, seen: { epoch: stream.epoch, seq: stream.high } }
  const outlet = await scopeOf(reads, speaker)
  const changed = await changedSince(intake, reads, incarnation, { ...speaker, scope: outlet }, request)
  const sums = request.sums.filter(({ scope }) => isPartOf(request, scope) && changed?.has(scope) === false)
  const keys = await keysOf(reads, request, asker, outlet)
  const answer = { incarnation, now: intake.now(), reset: false }
  if (keys === 'too many') {
    const differences = sums.map((till) => ({ scope: till.scope, till, cloud: sumOfRows(till.scope, []) }))
    return { reply: { ...answer, reset: sums.length > 0, compared: [], differs: [] }, differences }
  }
  const differences: Difference[] = []
  const differs: { scope: SummedScope; changes: PullChange[] }[] = []
  for (const till of sums) {
    const { scope } = till
    const rows = await currentRows(intake, reads, scope, keys.get(scope) ?? [], asker)
    const changes = spoken(speaker.protocol, rows).filter(isThere)
    const cloud = sumOfRows(scope, changes)
    if (isSameSum(till, cloud)) continue
    differences.push({ scope, till, cloud })
    differs.push({ scope, changes })
  }
  return { reply: { ...answer, compared: sums.map(({ scope }) => scope), differs }, differences }
}

/** Rights that are used up are kept as an empty row, or not at all. */
const isThere = ({ scope, row }: PullChange): boolean =>
  row !== null && (scope !== 'right' || (row as { readonly leases: readonly unknown[] }).leases.length > 0)

const isPartOf = ({ part }: CheckRequest, scope: SummedScope): boolean =>
  (part === null ? SMALL_SCOPES : MEMBER_SCOPES).includes(scope as never)

/** The scopes of which something in the part is on its way to the till; undefined: nothing can be said. */
async function changedSince(
  intake: Pick<Intake, 'now' | 'programmes'>,
  reads: LedgerReads,
  incarnation: string,
  { device, protocol, scope: outlet }: Speaker & { readonly scope: OutletId | null },
  { cursor, part }: CheckRequest,
): Promise<ReadonlySet<SummedScope> | undefined> {
  const given = readCursor(cursor)
  if (given === undefined || given.incarnation !== incarnation || given.protocol !== protocol) return undefined
  const high = await reads.feedHigh()
  if (given.outlet !== outlet || given.seq > high || high - given.seq > LOOK_MAX) return undefined
  const found = await reads.feedBetween({ after: given.seq, upto: null }, CHANGED_MAX, device, outlet)
  // what was committed a moment ago has no number yet, and is in the rows that are compared
  const waiting = await reads.feedWaiting(CHANGED_MAX)
  if (found.length === CHANGED_MAX || waiting.length === CHANGED_MAX) return undefined
  const due = waiting.flatMap(({ scope, keys }) =>
    keys.flatMap((key) => (scope === 'right' && !key.startsWith(`${device}\n`) ? [] : [{ scope, key }])),
  )
  const changed = new Set<FeedScope>()
  for (const { scope, key } of [...found, ...due]) {
    if (scope === 'left') {
      // whoever goes takes everything along, and any card may have been theirs
      changed.add('card')
      if (part === null || isWithin(part, key.split('\n')[1]!)) for (const each of MEMBER_SCOPES) changed.add(each)
      continue
    }
    // whose card it was until now is not known any more, so any card may be one of this part
    if (part === null || scope === 'card' || isWithin(part, key.split('\n')[0]!)) changed.add(scope)
  }
  // a new day changes balances, and tells of them a moment later
  if ((await reads.feedDay()) !== (await programmeDay(intake, reads))) changed.add('balance')
  return changed as ReadonlySet<SummedScope>
}

const isWithin = ({ after, upto }: NonNullable<CheckRequest['part']>, id: string): boolean =>
  id > after && (upto === null || id <= upto)

async function keysOf(
  reads: LedgerReads,
  { part }: CheckRequest,
  { device }: Asker,
  outlet: OutletId | null,
): Promise<ReadonlyMap<SummedScope, readonly string[]> | 'too many'> {
  if (part === null) {
    const held = await reads.accountsHeldBy(device)
    return new Map<SummedScope, readonly string[]>([
      ['programme', await reads.feedKeys('programme')],
      ['staff', await reads.feedKeys('staff')],
      ['right', held.map((account) => rightKey(device, account))],
    ])
  }
  const { members, cards, balances } = await reads.keysBetween(part.after, part.upto, CHECK_MEMBERS_MAX + 1, outlet)
  if (members.length > CHECK_MEMBERS_MAX) return 'too many'
  return new Map<SummedScope, readonly string[]>([
    ['member', members],
    ['card', cards],
    ['balance', balances],
    ['hint', members],
  ])
}
