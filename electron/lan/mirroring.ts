import { batchOf, readBatch } from '../../shared/lan/mirror.ts'
import { type LanHead, type LanRefusal, MIRROR_RECORDS_MAX } from '../../shared/lan/protocol.ts'
import { batchSigningText } from '../../shared/sync/signature.ts'
import type { Log } from '../log.ts'
import type { LanReply } from './connection.ts'
import type { Neighbours } from './neighbours.ts'
import type { OwnStream } from './own-stream.ts'
import type { Sealing } from './seal.ts'

/**
 * Brings what this till's journal holds to its neighbours: in order, in batches, one ask at a time to each, some moments
 * after it was written. Nobody at the counter waits for it. Rules S180 and S181.
 */
export interface Mirroring {
  /** A neighbour is there, and says what it holds of this till's streams. */
  readonly heard: (device: string, heads: readonly LanHead[]) => void
  /** The journal has grown. */
  readonly hurry: () => void
  readonly standing: (device: string) => MirrorStanding
  readonly close: () => void
}

export interface MirrorStanding {
  /** Up to where it holds the epoch that this till writes in; null: it has not been heard since the start. */
  readonly high: number | null
  /** Why it takes nothing more; null: it does. */
  readonly refusal: LanRefusal | 'late' | 'gone' | null
}

export interface MirroringOptions {
  readonly device: string
  readonly epoch: () => number
  readonly own: Pick<OwnStream, 'end' | 'from'>
  readonly neighbours: Pick<Neighbours, 'present' | 'ask'>
  readonly sign: (text: string) => string
  readonly seal: Sealing['seal']
  readonly onChange: () => void
  readonly log: Log
  readonly soonMs?: number
  readonly againEveryMs?: number
}

/** What is written within this goes together: an fsync at the neighbour's for each batch. */
const SOON_MS = 250
const AGAIN_EVERY_MS = 15_000
const ANSWER_WITHIN_MS = 20_000

interface Neighbour {
  readonly highs: Map<number, number>
  /** By epoch: what it said no to. */
  readonly refusals: Map<number, Exclude<MirrorStanding['refusal'], null>>
  isBusy: boolean
}

/** What stays so until it is heard anew. */
const FOR_GOOD: readonly string[] = ['fork', 'unknown_ask', 'bad_request', 'bad_proof']

export function openMirroring(options: MirroringOptions): Mirroring {
  const { device: self, epoch: epochNow, own, neighbours, log } = options
  const known = new Map<string, Neighbour>()
  let soon: NodeJS.Timeout | null = null
  let closed = false

  async function serve(device: string): Promise<void> {
    const neighbour = known.get(device)
    if (neighbour === undefined || neighbour.isBusy) return
    neighbour.isBusy = true
    try {
      while (!closed && known.get(device) === neighbour && (await sendNext(device, neighbour)));
    } catch (error) {
      log('error', 'a neighbour could not be sent what this till has written', { device, error: String(error) })
    } finally {
      neighbour.isBusy = false
    }
  }

  /** One batch of the first epoch that it lacks something of; false where there is nothing to do now. */
  async function sendNext(device: string, neighbour: Neighbour): Promise<boolean> {
    for (let epoch = 1; epoch <= epochNow(); epoch++) {
      if (FOR_GOOD.includes(neighbour.refusals.get(epoch) ?? '')) continue
      const high = neighbour.highs.get(epoch) ?? 0
      if (own.end(epoch).high <= high) continue
      const records = batchOf(await own.from(epoch, high === 0 ? 0 : high + 1, MIRROR_RECORDS_MAX))
      const batch = readBatch(self, epoch, records)
      const [first, last] = [batch?.entries[0], batch?.entries.at(-1)]
      if (first === undefined || last === undefined) {
        if (records.length > 0) unreadable(device, neighbour, epoch)
        continue
      }
      const proof = options.sign(batchSigningText(self, epoch, last.seq, last.hash))
      const begins = first.seq > high + 1 ? { begins: true as const } : {}
      const sealed = records.map(({ seq, text }) => ({
        seq,
        text,
        seal: options.seal(epoch, { seq, text }),
      }))
      const ask = { epoch, records: sealed, proof, ...begins }
      const reply = await neighbours.ask(device, 'mirror', ask, ANSWER_WITHIN_MS)
      return answered(device, neighbour, epoch, reply)
    }
    return false
  }

  function unreadable(device: string, neighbour: Neighbour, epoch: number): void {
    neighbour.refusals.set(epoch, 'bad_request')
    log('error', 'the journal holds what cannot be mirrored', { device, epoch })
  }

  function answered(device: string, neighbour: Neighbour, epoch: number, reply: LanReply<'mirror'>): boolean {
    const before = neighbour.refusals.get(epoch)
    if (reply.ok) {
      neighbour.refusals.delete(epoch)
      neighbour.highs.set(epoch, reply.value.high)
    } else if (reply.reason === 'gap') {
      neighbour.highs.delete(epoch) // it has lost what it had: from the beginning
    } else {
      neighbour.refusals.set(epoch, reply.reason)
      if (before !== reply.reason) log('warn', 'a neighbour mirrors no more', { device, epoch, reason: reply.reason })
    }
    options.onChange()
    return reply.ok || reply.reason === 'gap' || FOR_GOOD.includes(reply.reason)
  }

  function serveAll(): void {
    for (const device of neighbours.present()) void serve(device)
  }

  const again = setInterval(serveAll, options.againEveryMs ?? AGAIN_EVERY_MS)
  return {
    heard: (device, heads) => {
      const highs = new Map(heads.map(({ epoch, high }) => [epoch, high]))
      // A head of another history is no head of ours: whatever is sent will be told so.
      known.set(device, { highs, refusals: new Map(), isBusy: false })
      void serve(device)
    },
    hurry: () => {
      if (soon !== null || closed) return
      soon = setTimeout(() => {
        soon = null
        serveAll()
      }, options.soonMs ?? SOON_MS)
    },
    standing: (device) => {
      const neighbour = known.get(device)
      if (neighbour === undefined) return { high: null, refusal: null }
      return { high: neighbour.highs.get(epochNow()) ?? 0, refusal: neighbour.refusals.get(epochNow()) ?? null }
    },
    close: () => {
      closed = true
      clearInterval(again)
      if (soon !== null) clearTimeout(soon)
    },
  }
}
