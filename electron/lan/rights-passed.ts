import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { z } from 'zod'
import type { CoreReply } from '../../shared/core-api.ts'
import type { RightsWish, TillIdentity } from '../../shared/desktop-api.ts'
import type { LanParams } from '../../shared/lan/protocol.ts'
import { formatHundredths, parseHundredths } from '../../shared/money.ts'
import {
  type Given,
  type GiveRequest,
  giveRequest,
  type HandOver,
  handOverText,
  REQUEST_LIVES_MS,
  type SignedHandOver,
} from '../../shared/rights/hand-over.ts'
import { holderAmong } from '../../shared/rights/holder.ts'
import { writeAtomically } from '../atomic-file.ts'
import { isSignedBy } from '../device-key.ts'
import type { Log } from '../log.ts'
import type { LanAnswered } from './connection.ts'
import type { Neighbours } from './neighbours.ts'
import type { Roster } from './roster.ts'

/**
 * Rights on their way from till to till. The taker's request is kept before it is sent and sent again until it is
 * answered and the core has the answer, for a week at most; the giver's core knows a request for ever, so the same one
 * moves nothing twice.
 */
export interface RightsPassed {
  /** What came in time. The rest comes to the core as `rights.take`. */
  readonly ask: (wish: RightsWish, limitMs: number) => Promise<readonly SignedHandOver[]>
  readonly give: (request: LanParams<'rights'>, from: string) => Promise<LanAnswered<'rights'>>
  /** A neighbour is there (again), or the core is: what is unanswered goes out. */
  readonly again: () => void
  readonly close: () => void
}

export interface RightsPassedOptions {
  readonly file: string
  readonly identity: () => Pick<TillIdentity, 'device' | 'epoch'> | null
  readonly sign: (text: string) => string
  readonly roster: Roster
  readonly neighbours: Pick<Neighbours, 'present' | 'ask'>
  readonly core: (method: 'rights.give' | 'rights.take', params: unknown) => Promise<CoreReply<unknown>>
  readonly log: Log
  readonly againEveryMs?: number
  /** Milliseconds since 1970 by this machine's clock. */
  readonly now?: () => number
}

const AGAIN_EVERY_MS = 5_000
const ANSWER_WITHIN_MS = 10_000
/** Unanswered requests to tills that never came back; the oldest go first. */
const UNANSWERED_MAX = 1_000

const askedSchema = z.object({
  giver: z.string(),
  request: giveRequest,
  /** When it was first asked, by this machine's clock; where an earlier release has not written it down, from this start. */
  at: z.number().optional(),
})
type Asked = z.infer<typeof askedSchema> & { readonly at: number }

export function openRightsPassed(options: RightsPassedOptions): RightsPassed {
  const { file, identity, roster, neighbours, log } = options
  const now = options.now ?? Date.now
  let asked: readonly Asked[] = load()
  const under = new Set<string>()

  function load(): readonly Asked[] {
    if (!existsSync(file)) return []
    try {
      const kept = z.array(askedSchema).parse(JSON.parse(readFileSync(file, 'utf8')))
      return kept.map((one) => ({ ...one, at: one.at ?? now() }))
    } catch (error) {
      log('error', 'requests for rights could not be read; what was given meanwhile comes back by the cloud', {
        error: String(error),
      })
      return []
    }
  }

  /** False where the disk does not take it: then nothing has changed. */
  function keep(next: readonly Asked[]): boolean {
    const kept = next.slice(-UNANSWERED_MAX)
    try {
      writeAtomically(file, `${JSON.stringify(kept)}\n`)
    } catch (error) {
      log('warn', 'requests for rights could not be written down', { error: String(error) })
      return false
    }
    asked = kept
    return true
  }

  /** One that stays in the file is asked again and gets the same answer. */
  const forget = (request: string) => keep(asked.filter((one) => one.request.request !== request))

  async function ask(wish: RightsWish, limitMs: number): Promise<readonly SignedHandOver[]> {
    const until = performance.now() + limitMs
    const own = identity()
    if (own === null) return []
    let wanted = hundredthsOf(wish.points)
    const came: SignedHandOver[] = []
    for (const giver of inOrder(wish)) {
      const left = until - performance.now()
      if (wanted <= 0n || left <= 0) break
      const request = giveRequest.parse({
        ...wish,
        request: randomUUID(),
        points: formatHundredths(wanted),
        taker: { device: own.device, epoch: own.epoch },
      })
      const one = { giver, request, at: now() }
      if (!keep([...asked, one])) break
      // The likeliest one first; a till that hangs must leave time for another.
      const given = await within(answerOf(one), Math.max(left / 2, Math.min(left, 100)))
      for (const handOver of given ?? []) {
        came.push(handOver)
        wanted -= hundredthsOf(handOver.points)
      }
    }
    return came
  }

  /** Whoever is likeliest to hold the right is asked first. */
  function inOrder({ member, purse }: RightsWish): readonly string[] {
    const present = [...neighbours.present()].sort()
    const order: string[] = []
    while (present.length > 0) {
      const next = holderAmong(present, `${member}\n${purse}`)
      order.push(next)
      present.splice(present.indexOf(next), 1)
    }
    return order
  }

  /** Asks once; whatever comes, early or late, is brought to the core, and only then is the request forgotten. */
  async function answerOf({ giver, request }: Asked): Promise<readonly SignedHandOver[]> {
    const { request: id } = request
    if (under.has(id)) return []
    under.add(id)
    try {
      const reply = await neighbours.ask(giver, 'rights', request, ANSWER_WITHIN_MS)
      if (!reply.ok) {
        if (reply.reason === 'bad_request' || reply.reason === 'unknown_ask') forget(id)
        return []
      }
      const handOvers = reply.value.handOvers.filter((one) => isGenuine(one, giver, request))
      if (handOvers.length < reply.value.handOvers.length) {
        log('error', 'a neighbour passed on a right that it has not signed; it is not taken', { giver })
      }
      if (handOvers.length === 0) forget(id)
      else void brought(id, handOvers)
      return handOvers
    } finally {
      under.delete(id)
    }
  }

  async function brought(id: string, handOvers: readonly SignedHandOver[]): Promise<void> {
    const taken = await options.core('rights.take', { handOvers })
    if (taken.ok) forget(id)
    else log('warn', 'rights that were passed on are not taken yet', { reason: taken.reason })
  }

  function isGenuine({ signature, ...handOver }: SignedHandOver, giver: string, request: GiveRequest): boolean {
    const row = roster.find(giver)
    const { taker } = handOver
    return (
      row !== undefined &&
      handOver.giver.device === giver &&
      taker.device === request.taker.device &&
      taker.epoch === request.taker.epoch &&
      handOver.member === request.member &&
      handOver.purse === request.purse &&
      isSignedBy(row.publicKey, handOverText(handOver), signature)
    )
  }

  async function give(request: LanParams<'rights'>, from: string): Promise<LanAnswered<'rights'>> {
    if (request.taker.device !== from) return { ok: false, reason: 'bad_request' }
    const reply = await options.core('rights.give', request)
    if (!reply.ok) return { ok: false, reason: 'failed' } // not now; the same request comes again
    const { handOvers } = reply.value as Given
    return { ok: true, value: { handOvers: handOvers.map(signed) } }
  }

  const signed = (handOver: HandOver): SignedHandOver => ({
    ...handOver,
    signature: options.sign(handOverText(handOver)),
  })

  /**
   * Whoever asked that long ago must not get it any more: the cloud takes home what has been on its way for longer. A
   * clock that was set back as far says nothing of how long it has been. Nor what an epoch has asked for that this till has
   * left: nobody could take it, and it would be on its way until the cloud takes it home.
   */
  function forgetOld(): void {
    const epoch = identity()?.epoch
    const isOver = ({ at, request }: Asked) =>
      Math.abs(now() - at) > REQUEST_LIVES_MS || (epoch !== undefined && request.taker.epoch < epoch)
    if (!asked.some(isOver)) return
    asked = asked.filter((one) => !isOver(one)) // whether or not the disk takes it
    keep(asked)
  }

  function again(): void {
    forgetOld()
    const present = new Set(neighbours.present())
    for (const one of asked) if (present.has(one.giver)) void answerOf(one)
  }

  const timer = setInterval(again, options.againEveryMs ?? AGAIN_EVERY_MS)
  return { ask, give, again, close: () => clearInterval(timer) }
}

function hundredthsOf(points: string): bigint {
  return parseHundredths(points) ?? 0n
}

/** Undefined where the time is up first; the work goes on. */
function within<T>(work: Promise<T>, ms: number): Promise<T | undefined> {
  return Promise.race([work, new Promise<undefined>((resolve) => setTimeout(resolve, ms, undefined))])
}
