import { setTimeout as sleep } from 'node:timers/promises'
import type { MemberId } from '../../shared/ids.ts'
import type { Speaker } from '../../shared/intake/page.ts'
import { holdFor } from '../../shared/intake/rights.ts'
import { rightKey } from '../../shared/intake/rows.ts'
import type { HoldRequest, PullChange } from '../../shared/sync/protocol.ts'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import { transaction } from '../database/transaction.ts'
import { readStream } from '../devices/streams.ts'
import { holdings } from '../feed/reads.ts'
import { currentRows } from '../feed/rows.ts'
import { Refusal } from '../http/refusal.ts'
import { intakeOf, ledgerTx } from '../ledger/postgres-store.ts'
import { noteHolder } from '../ledger/tills.ts'

const LOOK_EVERY_MS = 40

/** Rights for the member who stands at this till: from the pool at once, from tills that hear within a moment. */
export async function hold(
  cloud: Cloud,
  speaker: Speaker,
  request: HoldRequest,
): Promise<{ changes: PullChange[]; now: string }> {
  if (speaker.protocol < 2) throw new Refusal(400, 'bad_request', 'Rights came with protocol 2.')
  await noteHolder(cloud.db, cloud.tenant, speaker.device, cloud.clock())
  if ('all' in request) return { changes: await rows(cloud, speaker, null), now: instant(cloud.clock) }
  const intake = intakeOf(cloud)
  const { device, epoch, outlet } = speaker
  const asked = { device, epoch, outlet, ...request }
  const until = performance.now() + cloud.recallMs
  let isAwaited = await holdFor(intake, { ...asked, recalls: true })
  while (isAwaited && performance.now() < until) {
    await sleep(LOOK_EVERY_MS)
    isAwaited = await holdFor(intake, { ...asked, recalls: false })
  }
  return { changes: await rows(cloud, speaker, request.member), now: instant(cloud.clock) }
}

/** What this till holds, of one member with their balances, or of all. */
function rows(cloud: Cloud, speaker: Speaker, member: MemberId | null): Promise<PullChange[]> {
  return transaction(
    cloud.db,
    async (tx) => {
      const stream = await readStream(tx, cloud.tenant, speaker.device, speaker.epoch)
      const asker = { ...speaker, seen: { epoch: stream.epoch, seq: stream.high } }
      if (member === null) {
        const held = await ledgerTx(cloud, tx).accountsHeldBy(speaker.device)
        const keys = held.map((account) => rightKey(speaker.device, account))
        return currentRows(cloud, tx, 'right', keys, asker)
      }
      const { balances } = await holdings(tx, cloud.tenant, [member])
      const keys = balances.map((key) => `${speaker.device}\n${key}`)
      return [
        ...(await currentRows(cloud, tx, 'balance', balances, asker)),
        ...(await currentRows(cloud, tx, 'right', keys, asker)),
      ]
    },
    'repeatable read',
  )
}
