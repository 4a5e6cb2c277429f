import { Movement, NEWCOMER } from '../../shared/segments/analysis/movement.ts'
import type { Asked, Report } from './asked.ts'
import { daysBefore } from './moment.ts'
import { type Placed, type PresetParts, presetParts } from './presets.ts'

/** Who went from where to where between two moments. */
export const movement: Report<'movement'> = async (asked, { preset, days }) => {
  const parts = presetParts(preset, asked.settingsOf(preset))
  const before: Asked = { ...asked, facts: null, moment: daysBefore(asked.moment, days) }
  const found = asked.members === undefined ? await tallied(parts, asked, before) : await told(parts, asked, before)
  const segments = [NEWCOMER, ...parts.segments]
  const flows = found.inOrder(segments)
  const total = flows.reduce((sum, { members }) => sum + members, 0)
  return { at: asked.moment.shown, from: before.moment.shown, preset, total, segments, flows: [...flows] }
}

async function tallied(parts: PresetParts, asked: Asked, before: Asked): Promise<Movement> {
  const found = new Movement()
  for await (const handful of parts.tally(asked, before)) {
    for (const { segment, before: from, members } of handful) found.add(from ?? NEWCOMER, segment, members)
  }
  return found
}

/** Both lists come in the order of members' ids and are walked side by side, so that nobody has to be remembered. */
async function told(parts: PresetParts, asked: Asked, before: Asked): Promise<Movement> {
  const found = new Movement()
  asked.members?.columns(['member_id', 'from', 'to'])
  const earlier = one(parts.place(before))
  let was = (await earlier.next()).value
  for await (const handful of parts.place(asked)) {
    for (const { member, segment } of handful) {
      while (was !== undefined && was.member < member) was = (await earlier.next()).value
      const from = was?.member === member ? was.segment : NEWCOMER
      found.add(from, segment)
      if (from !== segment) asked.members?.row([member, from, segment])
    }
    await asked.members?.drained()
  }
  return found
}

async function* one(handfuls: AsyncGenerator<readonly Placed[]>): AsyncGenerator<Placed, undefined> {
  for await (const handful of handfuls) yield* handful
  return undefined
}
