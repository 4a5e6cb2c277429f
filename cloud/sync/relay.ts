import type { DeviceId, OutletId } from '../../shared/ids.ts'
import type { Speaker } from '../../shared/intake/page.ts'
import { readBatch, withoutForeign } from '../../shared/lan/mirror.ts'
import type { RelayReply, RelayRequest, StandingsReply, StandingsRequest } from '../../shared/sync/relay.ts'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import type { ProvenSpeaker } from '../devices/authenticate.ts'
import { unknownDevice } from '../devices/session.ts'
import { readStream } from '../devices/streams.ts'
import { Refusal } from '../http/refusal.ts'
import { push } from './push.ts'

/**
 * A till hands in what its neighbour wrote and could not send. The neighbour's own signature over the last entry proves
 * it as far as the chain before that is whole, so it is taken in as if the neighbour had sent it, and once, whoever
 * brings it. Rules S187 and S188.
 */
export async function relay(cloud: Cloud, speaker: Speaker, request: RelayRequest): Promise<RelayReply> {
  const { device, epoch, from, items, proof } = request
  const writer = await neighbourOf(cloud, speaker, device)
  // its own session would answer for a break in the chain; here one would let anything stand before the signed end
  const batch = readBatch(device, epoch, recordsOf(from, items))
  if (batch === undefined) {
    throw new Refusal(401, 'bad_signature', 'These entries are not one chain, so the signature proves only the last.')
  }
  const own = batch.entries.map(({ text }): unknown => JSON.parse(withoutForeign(text)))
  const { high, head, ...reply } = await push(cloud, writer, { incarnation: null, epoch, from, items: own }, proof)
  return { incarnation: reply.incarnation, high, head, now: reply.now }
}

const recordsOf = (from: number, items: readonly unknown[]) =>
  items.map((item, index) => ({ seq: from + index, text: JSON.stringify(item) }))

/** Where the cloud stands in the streams of tills of the asker's outlet. */
export async function standings(cloud: Cloud, speaker: Speaker, request: StandingsRequest): Promise<StandingsReply> {
  const tills = new Set((await tillsOf(cloud, speaker.outlet)).map(({ device }) => device))
  const streams: StandingsReply['streams'] = []
  for (const { device, epoch } of request.streams) {
    if (!tills.has(device)) continue
    const { high, head } = await readStream(cloud.db, cloud.tenant, device, epoch)
    streams.push({ device, epoch, high, head })
  }
  return { incarnation: cloud.incarnation, streams, now: instant(cloud.clock) }
}

/** @throws Refusal where there is no such till in the speaker's outlet. */
async function neighbourOf(cloud: Cloud, { outlet, protocol }: Speaker, device: DeviceId): Promise<ProvenSpeaker> {
  const row = await devices(cloud, outlet).where('device', '=', device).executeTakeFirst()
  if (row === undefined) throw unknownDevice()
  const { epoch, public_key: publicKey, state } = row
  return { device, outlet, epoch, protocol, publicKey, isRevoked: state === 'revoked' }
}

const tillsOf = (cloud: Cloud, outlet: OutletId) => devices(cloud, outlet).execute()

function devices({ db, tenant }: Cloud, outlet: OutletId) {
  return db
    .selectFrom('device')
    .select(['device', 'epoch', 'public_key', 'state'])
    .where('tenant', '=', tenant)
    .where('outlet', '=', outlet)
}
