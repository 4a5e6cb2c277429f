import { afterEach, describe, expect, test } from 'vitest'
import type { CloudReply } from '../../../electron/cloud-http.ts'
import { signText } from '../../../electron/device-key.ts'
import { openRelay, type Relay } from '../../../electron/lan/relay.ts'
import { silentLog } from '../../../electron/log.ts'
import { NO_HASH } from '../../../shared/ledger/chain.ts'
import { relayRequest, standingsRequest } from '../../../shared/sync/relay.ts'
import { batchSigningText } from '../../../shared/sync/signature.ts'
import { type ToldRecord, written } from '../../fixtures/streams-of-a-till.ts'
import { newKey, rowOf, until } from './lan-rig.ts'
import { closeAll, type MirrorTill, mirrorTill } from './mirror-rig.ts'

/** What the cloud lacks of a till that is gone comes to it from its neighbours. Rule S187. */

const relays: Relay[] = []
afterEach(async () => {
  for (const relay of relays.splice(0)) relay.close()
  await closeAll()
})

const key = newKey()
const gone = { device: 'till-a', publicKey: rowOf('till-a', key).publicKey }

/** A till that holds what `till-a` had written, in batches that end at these places. */
async function keeper(records: readonly ToldRecord[], ends: readonly number[]): Promise<MirrorTill> {
  const till = await mirrorTill('till-b')
  let from = 0
  for (const end of ends) {
    const batch = records.slice(from, end)
    const last = batch.at(-1)!
    const proof = signText(key, batchSigningText('till-a', last.epoch, last.seq, last.hash))
    expect(await till.mirrors.take({ epoch: last.epoch, records: batch, proof }, gone)).toMatchObject({ ok: true })
    from = end
  }
  return till
}

/** A cloud that stands somewhere in the stream, and takes what follows. */
function cloud(high: number) {
  const asked: { what: string; from?: number; seqs?: number[] }[] = []
  const state = { high, up: true, incarnation: 'one', conflict: null as 'gap' | 'fork' | null }
  const facts = () => ({ incarnation: state.incarnation, high: state.high, head: NO_HASH, now: '2026-11-29T10:00:00Z' })
  const reply = (status: number, body: unknown): CloudReply => ({
    status,
    body: JSON.stringify(body),
    retryAfter: null,
  })
  async function post(what: string, text: string): Promise<CloudReply> {
    if (!state.up) return reply(503, { code: 'unreachable' })
    if (what === 'standings') {
      const { streams } = standingsRequest.parse(JSON.parse(text))
      asked.push({ what })
      const { incarnation, now, ...standing } = facts()
      return reply(200, { incarnation, now, streams: streams.map((stream) => ({ ...stream, ...standing })) })
    }
    const { from, items } = relayRequest.parse(JSON.parse(text))
    const seqs = items.map((item) => (item as { entry: { seq: number } }).entry.seq)
    asked.push({ what, from, seqs })
    if (state.conflict !== null) return reply(409, { code: state.conflict, ...facts() })
    state.high = Math.max(state.high, seqs.at(-1)!)
    return reply(200, facts())
  }
  return { asked, state, post }
}

function relayed(
  till: MirrorTill,
  heard: ReturnType<typeof cloud>,
  options: { present?: string[]; askAgainMs?: number } = {},
) {
  const relay = openRelay({
    mirrors: till.mirrors,
    neighbours: { present: () => options.present ?? [] },
    link: () => ({ post: heard.post }),
    ...{ onChange: () => {}, log: silentLog, chance: () => 0.5, lookEveryMs: 5, absentMs: 40 },
    askAgainMs: options.askAgainMs ?? 3_600_000,
  })
  relays.push(relay)
  return relay
}

const stream = { device: 'till-a', epoch: 1, first: 1, high: 6 }

describe('[S187] a till that does not come back', () => {
  test('is handed in from where the cloud stands, in pages that its own signature ends, and nothing twice', async () => {
    const till = await keeper(written('till-a', 6), [2, 4, 6])
    const heard = cloud(3)
    const relay = relayed(till, heard)
    await until('all to be handed in', () => relay.unsent(stream) === 0)
    expect(heard.asked.filter(({ what }) => what === 'relay')).toEqual([{ what: 'relay', from: 4, seqs: [4, 5, 6] }])
  })

  test('while it is there nothing is handed in for it: it speaks for itself', async () => {
    const till = await keeper(written('till-a', 2), [2])
    const heard = cloud(0)
    const present = ['till-a']
    const relay = relayed(till, heard, { present })
    await until('the cloud to be asked once', () => heard.asked.length === 1)
    expect(relay.unsent({ ...stream, high: 2 })).toBe(2)
    present.pop()
    await until('it to be handed in', () => heard.state.high === 2)
  })

  test('a cloud out of reach is tried again; one that was restored is asked anew where it stands', async () => {
    const till = await keeper(written('till-a', 4), [4])
    const heard = cloud(4)
    heard.state.up = false
    const relay = relayed(till, heard, { askAgainMs: 20 })
    await new Promise((done) => setTimeout(done, 60))
    expect(relay.unsent({ ...stream, high: 4 })).toBeNull()
    heard.state.up = true
    await until('it to be heard', () => relay.unsent({ ...stream, high: 4 }) === 0)
    heard.state.incarnation = 'two'
    heard.state.high = 1
    await until('what it lost to be handed in', () => heard.state.high === 4)
    expect(heard.asked.filter(({ what }) => what === 'relay')).toEqual([{ what: 'relay', from: 2, seqs: [2, 3, 4] }])
  })

  test('a gap is answered from where the cloud really stands; another history is not forced on it', async () => {
    const till = await keeper(written('till-a', 6), [6])
    const heard = cloud(4)
    const relay = relayed(till, heard)
    heard.state.conflict = 'fork'
    await until('the fork', () => heard.asked.some(({ what }) => what === 'relay'))
    const before = heard.asked.length
    await new Promise((done) => setTimeout(done, 60))
    expect([heard.asked.length, relay.unsent(stream)]).toEqual([before, 2])
  })
})
