import { type Command, decide } from '../ledger/decide.ts'
import type { EntryBody } from '../ledger/entry.ts'
import { progressOf } from '../ledger/tiers.ts'
import type { CompiledProgramme } from '../programme/compile.ts'
import type { TierProgress } from '../sync/protocol.ts'
import type { GatheredState } from './member-state.ts'
import type { LedgerTx } from './port.ts'

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
  tx: LedgerTx,
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
  await tx.noteForFeed([{ scope: 'member', keys: await tx.saveProgress(found) }])
}
