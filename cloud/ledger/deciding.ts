import { sql } from 'kysely'
import { type Command, decide } from '../../shared/ledger/decide.ts'
import type { EntryBody } from '../../shared/ledger/entry.ts'
import { progressOf } from '../../shared/ledger/tiers.ts'
import type { CompiledProgramme } from '../../shared/programme/compile.ts'
import type { TierProgress } from '../../shared/sync/protocol.ts'
import type { Cloud } from '../cloud.ts'
import type { Tx } from '../database/connect.ts'
import { noteForFeed } from '../feed/note.ts'
import type { GatheredState } from './member-state.ts'

/** One question after another about one member, each seeing what the ones before have decided. */
export function decideAll(
  commands: readonly Command[],
  state: GatheredState,
  programme: CompiledProgramme,
  today: string,
): { readonly bodies: readonly EntryBody[]; readonly state: GatheredState } {
  const bodies: EntryBody[] = []
  let member = state
  for (const command of commands) {
    const decided = decide(command, { programme, member, today })
    if (!decided.ok) break // merged into another: nothing is decided about this one any more
    bodies.push(...decided.value)
    member = decided.value.reduce((before, body) => after(before, body, today), member)
  }
  return { bodies, state: member }
}

/** Tier and gifts as they will be. Purses stay as they were: what has burned is past its day and counts nowhere. */
export function after(state: GatheredState, body: EntryBody, today: string): GatheredState {
  if (body.kind === 'tier') {
    const standing = { ...state.standing, tier: body.to }
    const record = { ...state.record, tier: body.to, tierUntil: body.until }
    return { ...state, record, tier: body.to, until: body.until, standing, gifts: { ...state.gifts, standing } }
  }
  if (body.kind !== 'gift' || body.rule === undefined || body.occasion === undefined) return state
  const givenOn = [...state.givenOn, { rule: body.rule, occasion: body.occasion, day: today }]
  return { ...state, givenOn, gifts: { ...state.gifts, given: givenOn } }
}

/** Writes beside the members how far the next tier is, for tills to show. */
export async function saveProgress(
  cloud: Cloud,
  tx: Tx,
  programme: CompiledProgramme,
  today: string,
  states: readonly GatheredState[],
): Promise<void> {
  const tiers = programme.document.tiers ?? []
  if (tiers.length === 0 || states.length === 0) return
  const found = states.map((state) => {
    const { next, match, measures } = progressOf(tiers, state, today)
    const progress: TierProgress = {
      day: today,
      next: next?.id ?? null,
      match,
      measures: measures.map(({ kind, have, need }) => ({ kind, have: have.toString(), need: need.toString() })),
    }
    return { member: state.record.id, progress }
  })
  const changed = await sql<{ member: string }>`
    update member m set progress = u.progress
    from unnest(${found.map(({ member }) => member)}::text[],
      ${found.map(({ progress }) => JSON.stringify(progress))}::json[]) as u (member, progress)
    where m.tenant = ${cloud.tenant} and m.member = u.member and m.progress::text is distinct from u.progress::text
    returning m.member`.execute(tx)
  await noteForFeed(tx, cloud.tenant, [{ scope: 'member', keys: changed.rows.map((row) => row.member) }])
}
