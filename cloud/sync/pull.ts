import type { z } from 'zod'
import type { Speaker } from '../../shared/intake/page.ts'
import { pullPage } from '../../shared/intake/page.ts'
import type { PullReply, pullRequest } from '../../shared/sync/protocol.ts'
import type { Cloud } from '../cloud.ts'
import { intakeOf } from '../ledger/postgres-store.ts'
import { noteContact } from '../ledger/tills.ts'

/** What changed since a cursor, from one snapshot of everything that was committed here before the call. */
export async function pull(cloud: Cloud, speaker: Speaker, request: z.infer<typeof pullRequest>): Promise<PullReply> {
  if (speaker.protocol >= 2) await noteContact(cloud.db, cloud.tenant, speaker.device, cloud.clock())
  await cloud.feed.settled()
  const intake = intakeOf(cloud)
  const reply = await intake.store.snapshot((reads) => pullPage(intake, reads, cloud.incarnation, speaker, request))
  for (const { scope } of reply.changes) cloud.metrics.pulled.inc({ scope })
  return reply
}
