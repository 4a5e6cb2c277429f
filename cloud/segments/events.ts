import type { z } from 'zod'
import type { CardNumber, MemberId } from '../../shared/ids.ts'
import type { Cloud } from '../cloud.ts'
import { transaction } from '../database/transaction.ts'
import { type MemberEvent, saveEvents } from '../facts/events.ts'
import { lockState, noteDue } from '../facts/state.ts'
import { findMembers, type MemberName } from '../members/find.ts'
import type { eventsRequest } from './schemas.ts'

type Told = z.infer<typeof eventsRequest>['events'][number]

/** Keeps what was told; who is meant by nobody's name is told back. The same event again counts once. */
export async function takeEvents(cloud: Cloud, told: readonly Told[]): Promise<{ taken: number; unknown: string[] }> {
  const events: MemberEvent[] = []
  const unknown: string[] = []
  for (const event of told) {
    const found = await findMembers(cloud, nameOf(event))
    const member = 'phone' in nameOf(event) && found.length > 1 ? undefined : found.at(-1)
    if (member === undefined) unknown.push(event.id)
    else
      events.push({ event: `told:${event.id}`, member, kind: event.kind, at: event.at, properties: event.properties })
  }
  const taken = await transaction(cloud.db, async (tx) => {
    const { zone } = await lockState(tx, cloud.tenant)
    const members = await saveEvents(tx, cloud.tenant, zone, events)
    await noteDue(tx, cloud.tenant, members)
    return members.length
  })
  return { taken, unknown }
}

function nameOf({ member, card, phone }: Told): MemberName {
  if (member !== undefined) return { member: member as MemberId }
  return card !== undefined ? { card: card as CardNumber } : { phone: phone! }
}
