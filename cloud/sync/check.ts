import { checkPart, type Difference } from '../../shared/intake/check.ts'
import type { Speaker } from '../../shared/intake/page.ts'
import type { CheckReply, CheckRequest } from '../../shared/sync/protocol.ts'
import { CHECK_SINCE } from '../../shared/sync/spoken.ts'
import type { Cloud } from '../cloud.ts'
import { sequenceAll } from '../feed/sequencer.ts'
import { Refusal } from '../http/refusal.ts'
import { intakeOf } from '../ledger/postgres-store.ts'

/**
 * Whether a till holds what it should. Whatever was committed has a number before it is looked at, so that what is on
 * its way to the till is known; a difference is a fault of ours or of the till's disk, so it is counted and told.
 */
export async function check(
  cloud: Cloud,
  speaker: Speaker,
  request: CheckRequest,
  onDifference: (what: Difference & { readonly device: string; readonly part: CheckRequest['part'] }) => void,
): Promise<CheckReply> {
  if (speaker.protocol < CHECK_SINCE) {
    throw new Refusal(400, 'bad_request', 'There are no checks in the protocol that this session agreed on.')
  }
  await sequenceAll(cloud.db, cloud.tenant)
  const intake = intakeOf(cloud)
  const { reply, differences } = await intake.store.snapshot((reads) =>
    checkPart(intake, reads, cloud.incarnation, speaker, request),
  )
  for (const scope of reply.compared) cloud.metrics.checked.inc({ scope })
  for (const difference of differences) {
    cloud.metrics.differences.inc({ scope: difference.scope })
    onDifference({ ...difference, device: speaker.device, part: request.part })
  }
  return reply
}
