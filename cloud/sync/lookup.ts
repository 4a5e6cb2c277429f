import type { z } from 'zod'
import type { MemberId } from '../../shared/ids.ts'
import type { Speaker } from '../../shared/intake/page.ts'
import { noteVisit } from '../../shared/intake/visits.ts'
import type { memberReply, memberRequest } from '../../shared/sync/protocol.ts'
import { spoken } from '../../shared/sync/spoken.ts'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import { transaction } from '../database/transaction.ts'
import { readStream } from '../devices/streams.ts'
import { holdings } from '../feed/reads.ts'
import { currentRows, numbered } from '../feed/rows.ts'
import { intakeOf } from '../ledger/postgres-store.ts'
import { findMembers } from '../members/find.ts'

/** Whoever holds a card or phone, with cards and balances, while the customer waits. */
export async function lookUp(
  cloud: Cloud,
  speaker: Speaker,
  request: z.infer<typeof memberRequest>,
): Promise<z.infer<typeof memberReply>> {
  const members = await findMembers(cloud, request)
  await welcome(cloud, speaker, members)
  const changes = await transaction(
    cloud.db,
    async (tx) => {
      const stream = await readStream(tx, cloud.tenant, speaker.device, speaker.epoch)
      const asker = { ...speaker, seen: { epoch: stream.epoch, seq: stream.high } }
      const held = await holdings(tx, cloud.tenant, members)
      return await numbered(tx, cloud.tenant, [
        ...(await currentRows(cloud, tx, 'member', members, asker)),
        ...(await currentRows(cloud, tx, 'card', held.cards, asker)),
        ...(await currentRows(cloud, tx, 'balance', held.balances, asker)),
        ...(await currentRows(cloud, tx, 'hint', members, asker)),
      ])
    },
    'repeatable read',
  )
  return { changes: spoken(speaker.protocol, changes), now: instant(cloud.clock) }
}

/** Whoever is asked for at an outlet stands there: its tills keep them from now on. Rule S201. */
async function welcome(cloud: Cloud, { outlet }: Speaker, members: readonly MemberId[]): Promise<void> {
  if (members.length === 0) return
  const intake = intakeOf(cloud)
  await intake.store.transaction((tx) => noteVisit(intake, tx, outlet, members))
  intake.committed()
}
