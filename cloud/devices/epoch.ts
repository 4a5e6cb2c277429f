import type { z } from 'zod'
import type { Speaker } from '../../shared/intake/page.ts'
import type { epochReply, epochRequest } from '../../shared/sync/protocol.ts'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import { transaction } from '../database/transaction.ts'
import { Refusal } from '../http/refusal.ts'
import { readStream } from './streams.ts'

/**
 * A new stream for a till whose own has forked. Two machines with one key ask for the same number: one of them gets it,
 * the other is told which was taken. A till that asks for the epoch it is in already speaks to a cloud that was restored
 * from an older time, and gets it too.
 */
export async function raiseEpoch(
  cloud: Cloud,
  speaker: Speaker,
  { epoch }: z.infer<typeof epochRequest>,
): Promise<z.infer<typeof epochReply>> {
  const { tenant, db } = cloud
  return await transaction(db, async (tx) => {
    const raised = await tx
      .updateTable('device')
      .set({ epoch, epoch_since: instant(cloud.clock) })
      .where('tenant', '=', tenant)
      .where('device', '=', speaker.device)
      .where('epoch', '<', epoch)
      .returning('epoch')
      .executeTakeFirst()
    if (raised === undefined) {
      const { epoch: taken } = await tx
        .selectFrom('device')
        .select('epoch')
        .where('tenant', '=', tenant)
        .where('device', '=', speaker.device)
        .executeTakeFirstOrThrow()
      throw new Refusal(409, 'epoch_taken', `This till is in epoch ${taken}.`, { epoch: taken })
    }
    const { high, head } = await readStream(tx, tenant, speaker.device, epoch)
    return { epoch, high, head, now: instant(cloud.clock) }
  })
}
