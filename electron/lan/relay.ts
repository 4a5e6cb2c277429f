import { pushConflict } from '../../shared/sync/protocol.ts'
import { relayReply, STANDINGS_MAX, standingsReply } from '../../shared/sync/relay.ts'
import type { CloudLink } from '../cloud-link.ts'
import type { Log } from '../log.ts'
import type { HeldStream, Mirrors } from './mirrors.ts'
import type { Neighbours } from './neighbours.ts'

/**
 * Hands in to the cloud what it lacks of a neighbour that is not there: its disk may be gone, and then this is the only
 * way. Each page ends with the neighbour's own signature; the cloud takes each entry once, whoever brings it. What the
 * cloud has had for long is no longer kept. Rules S184 and S187.
 */
export interface Relay {
  /** How many entries of a stream the cloud lacked when it was last asked; null: not known. */
  readonly unsent: (stream: HeldStream) => number | null
  readonly close: () => void
}

export interface RelayOptions {
  readonly mirrors: Pick<Mirrors, 'held' | 'page' | 'drop'>
  readonly neighbours: Pick<Neighbours, 'present'>
  readonly link: () => Pick<CloudLink, 'post'> | null
  readonly onChange: () => void
  readonly log: Log
  /** At least 0, below 1. */
  readonly chance: () => number
  readonly lookEveryMs?: number
  readonly absentMs?: number
  readonly askAgainMs?: number
}

const LOOK_EVERY_MS = 10_000
/** A till that is only started anew is back before. */
const ABSENT_MS = 60_000
/** A cloud that was restored may lack what it once had. */
const ASK_AGAIN_MS = 3_600_000
const PAUSE_MS_MAX = 300_000

interface Standing {
  high: number
  /** The cloud holds another history, or a part is gone here too: nothing of this can be handed in. */
  isHopeless: boolean
}

export function openRelay(options: RelayOptions): Relay {
  const { mirrors, neighbours, log, absentMs = ABSENT_MS, lookEveryMs = LOOK_EVERY_MS } = options
  const standings = new Map<string, Standing>()
  const seenAt = new Map<string, number>()
  const openedAt = performance.now()
  let incarnation: string | null = null
  let askedAt = Number.NEGATIVE_INFINITY
  let failures = 0
  let timer: NodeJS.Timeout | undefined
  let closed = false

  const nameOf = ({ device, epoch }: Pick<HeldStream, 'device' | 'epoch'>) => `${device}/${epoch}`
  const isAbsent = ({ device }: HeldStream) => performance.now() - (seenAt.get(device) ?? openedAt) >= absentMs

  function isDue(stream: HeldStream): boolean {
    const known = standings.get(nameOf(stream))
    return isAbsent(stream) && (known === undefined || (!known.isHopeless && known.high < stream.high))
  }

  async function look(): Promise<void> {
    for (const device of neighbours.present()) seenAt.set(device, performance.now())
    const isTime = performance.now() - askedAt >= (options.askAgainMs ?? ASK_AGAIN_MS)
    const streams = mirrors.held()
    if (streams.length === 0 || !(isTime || streams.some(isDue))) return
    const now = await askedStandings(streams)
    if (now === null) return
    for (const stream of streams.filter(isDue)) await handIn(stream)
    if (isTime) for (const stream of streams) await forget(stream, now)
    options.onChange()
  }

  /** The cloud's clock, or null: nobody answered that can be understood. */
  async function askedStandings(streams: readonly HeldStream[]): Promise<string | null> {
    const some = streams.slice(0, STANDINGS_MAX).map(({ device, epoch }) => ({ device, epoch }))
    const reply = await posted('standings', { streams: some })
    const parsed = standingsReply.safeParse(reply?.body)
    if (reply?.status !== 200 || !parsed.success) return null
    const { data } = parsed
    if (data.incarnation !== incarnation) standings.clear()
    incarnation = data.incarnation
    askedAt = performance.now()
    for (const { high, device, epoch } of data.streams) {
      const name = nameOf({ device, epoch })
      standings.set(name, { high, isHopeless: standings.get(name)?.isHopeless ?? false })
    }
    return data.now
  }

  async function handIn(stream: HeldStream): Promise<void> {
    const { device, epoch } = stream
    const standing = standings.get(nameOf(stream))
    while (!closed && standing !== undefined && !standing.isHopeless && standing.high < stream.high) {
      const { records, proof } = await mirrors.page(device, epoch, standing.high + 1)
      if (proof === undefined || records[0]!.seq !== standing.high + 1) {
        log('error', 'what the cloud lacks of a neighbour is not kept here', { device, epoch, high: standing.high })
        standing.isHopeless = true
        return
      }
      const items = records.map(({ text }) => itemOf(text))
      const reply = await posted('relay', { device, epoch, from: standing.high + 1, items, proof })
      const taken = relayReply.safeParse(reply?.body)
      if (reply?.status === 200 && taken.success) {
        log('info', 'entries of a neighbour were handed in for it', { device, epoch, entries: records.length })
        standing.high = Math.max(standing.high + records.length, taken.data.high)
        continue
      }
      const conflict = pushConflict.safeParse(pick(reply?.body))
      if (!conflict.success || (conflict.data.code === 'gap' && conflict.data.high >= standing.high)) return
      if (conflict.data.code === 'gap') standing.high = conflict.data.high
      else standing.isHopeless = true
      log('warn', 'the cloud does not take entries of a neighbour', { device, epoch, code: conflict.data.code })
    }
  }

  /** What the cloud will never take counts as if it held it. */
  async function forget(stream: HeldStream, heard: string): Promise<void> {
    const standing = standings.get(nameOf(stream))
    if (standing === undefined || incarnation === null) return
    const seq = standing.isHopeless ? stream.high : standing.high
    await mirrors.drop(stream, { epoch: stream.epoch, seq, incarnation, at: heard })
  }

  async function posted(what: 'standings' | 'relay', body: unknown) {
    const link = options.link()
    if (link === null) return undefined
    const reply = await link.post(what, JSON.stringify(body))
    failures = reply.status === 200 ? 0 : failures + 1
    return { status: reply.status, body: JSON.parse(reply.body) as unknown }
  }

  function next(): void {
    if (closed) return
    const pause = Math.min(PAUSE_MS_MAX, lookEveryMs * 2 ** Math.min(failures, 10))
    timer = setTimeout(
      () => {
        look()
          .catch((error) => log('error', 'what neighbours wrote could not be handed in', { error: String(error) }))
          .finally(next)
      },
      pause * (0.5 + options.chance() / 2),
    )
  }

  next()
  return {
    unsent: (stream) => {
      const standing = standings.get(nameOf(stream))
      return standing === undefined ? null : Math.max(0, stream.high - standing.high)
    },
    close: () => {
      closed = true
      clearTimeout(timer)
    },
  }
}

/** What a push carries of a journal text: all but the command that caused it. */
function itemOf(text: string): unknown {
  const { command: _, ...item } = JSON.parse(text) as Record<string, unknown>
  return item
}

/** The conflict's own fields of a problem document. */
function pick(body: unknown): unknown {
  const { code, high, head, incarnation } = (body ?? {}) as Record<string, unknown>
  return { code, high, head, incarnation }
}
