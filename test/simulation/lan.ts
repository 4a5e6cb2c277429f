import type { Chance } from '../../cloud/demo/chance.ts'
import type { CoreReply } from '../../shared/core-api.ts'
import { sha256Hex } from '../../shared/ledger/chain.ts'
import { formatHundredths } from '../../shared/money.ts'
import type { Given, GiveRequest, HandOver, Neighbours, SignedHandOver } from '../../shared/rights/hand-over.ts'
import { handOverText, REQUEST_LIVES_MS } from '../../shared/rights/hand-over.ts'
import { holderAmong } from '../../shared/rights/holder.ts'
import { pointsOf } from '../../shared/wire.ts'
import type { Faults } from './faults.ts'
import { NOTHING, type WorldTime } from './time.ts'

/** A till as others of its shop see it. */
export interface Neighbour {
  readonly device: string
  readonly outlet: string
  readonly epoch: number
  readonly isReachable: boolean
  /** Requests that nobody has answered: kept on its disk, as `electron/lan/rights-passed.ts` does. */
  readonly unanswered: Map<string, Asked>
  /** Milliseconds since 1970 by its own clock. */
  readonly clock: () => number
  readonly ask: (method: 'rights.give' | 'rights.take', params: unknown) => Promise<CoreReply<unknown>>
}

export interface Asked {
  readonly giver: string
  readonly request: GiveRequest
  readonly at: number
}

const AGAIN_EVERY_MS = 5_000
/** Where nothing is unanswered. */
const LOOK_AGAIN_MS = 60_000
const ANSWER_WITHIN_MS = 10_000

export interface LanParts {
  readonly time: WorldTime
  readonly faults: Faults
  readonly chance: Chance
  readonly nextName: () => string
  readonly tills: () => readonly Neighbour[]
  /** Nobody asks this again: a week has gone by on the taker's clock, or its clock has moved that far. */
  readonly ended: (request: string) => void
}

/** The local network of every shop: rights asked for, given, lost on their way, sent again, and taken late. */
export class Lan {
  private readonly parts: LanParts

  constructor(parts: LanParts) {
    this.parts = parts
  }

  /** What the core of a till has for its neighbours. */
  of(taker: Neighbour): Neighbours {
    return { ask: (wish, limitMs) => this.ask(taker, wish, limitMs) }
  }

  /** Everybody's unanswered requests go out again, as long as they live; at night nobody has any. */
  again(): typeof NOTHING | undefined {
    let isBusy = false
    for (const till of this.parts.tills()) {
      if (!till.isReachable) continue
      for (const asked of [...till.unanswered.values()]) {
        if (Math.abs(till.clock() - asked.at) > REQUEST_LIVES_MS) {
          till.unanswered.delete(asked.request.request)
          this.parts.ended(asked.request.request)
          continue
        }
        isBusy = true
        void this.answerOf(till, asked)
      }
    }
    this.parts.time.after(isBusy ? AGAIN_EVERY_MS : LOOK_AGAIN_MS, () => this.again())
    return isBusy ? undefined : NOTHING
  }

  private async ask(
    taker: Neighbour,
    wish: { readonly member: string; readonly purse: string; readonly points: string },
    limitMs: number,
  ): Promise<readonly SignedHandOver[]> {
    const { time, nextName } = this.parts
    const until = time.now() + limitMs
    let wanted = pointsOf(wish.points) as bigint
    const came: SignedHandOver[] = []
    for (const giver of this.inOrder(taker, wish)) {
      if (wanted <= 0n || time.now() >= until) break
      const own = { device: taker.device as never, epoch: taker.epoch }
      const request = { ...wish, member: wish.member as never, request: nextName(), taker: own }
      const asked = { giver, request: { ...request, points: formatHundredths(wanted) }, at: taker.clock() }
      taker.unanswered.set(request.request, asked)
      const given = await this.within(this.answerOf(taker, asked), (until - time.now()) / 2)
      for (const handOver of given) {
        came.push(handOver)
        wanted -= pointsOf(handOver.points)
      }
    }
    return came
  }

  private inOrder(taker: Neighbour, { member, purse }: { readonly member: string; readonly purse: string }): string[] {
    const others = this.parts.tills().filter((till) => till.outlet === taker.outlet && till.device !== taker.device)
    const present = others.filter((till) => till.isReachable).map((till) => till.device)
    const order: string[] = []
    while (present.length > 0) {
      const next = holderAmong(present, `${member}\n${purse}`)
      order.push(next)
      present.splice(present.indexOf(next), 1)
    }
    return order
  }

  /** Asks once. Whatever comes is brought to the core, and only then is the request forgotten. */
  private async answerOf(taker: Neighbour, { giver, request }: Asked): Promise<readonly SignedHandOver[]> {
    const asked = await this.arrives()
    const till = this.parts.tills().find((each) => each.device === giver && each.isReachable)
    if (!asked || till === undefined) return []
    const reply = await this.within(till.ask('rights.give', request), ANSWER_WITHIN_MS)
    if (!('ok' in reply) || !reply.ok || !(await this.arrives()) || !taker.isReachable) return []
    const handOvers = (reply.value as Given).handOvers.map(signed)
    if (handOvers.length === 0) taker.unanswered.delete(request.request)
    else void this.brought(taker, request.request, handOvers)
    return handOvers
  }

  private async brought(taker: Neighbour, request: string, handOvers: readonly SignedHandOver[]): Promise<void> {
    this.parts.faults.count('right passed on')
    const taken = await taker.ask('rights.take', { handOvers })
    if (taken.ok) taker.unanswered.delete(request)
  }

  /** A message between two tills of a shop; false where it is lost. */
  private async arrives(): Promise<boolean> {
    const { time, faults, chance } = this.parts
    if (faults.strikes('neighbour unheard', 0.3)) return false
    const ms = faults.strikes('neighbour late', 0.2) ? chance.between(200, 8_000) : chance.between(1, 15)
    await new Promise<void>((resolve) => void time.after(ms, resolve))
    return true
  }

  /** Nothing where the time is up first; the work goes on. */
  private within<T>(work: Promise<T>, ms: number): Promise<T | []> {
    return new Promise((resolve) => {
      const callOff = this.parts.time.after(ms, () => resolve([]))
      void work.then((value) => {
        callOff()
        resolve(value)
      })
    })
  }
}

/** Stands for Ed25519: a text that only the giver's machine could have made. */
export const signatureBy = (device: string, text: string): string => btoa(sha256Hex(`${device}\n${text}`))

const signed = (handOver: HandOver): SignedHandOver => ({
  ...handOver,
  signature: signatureBy(handOver.giver.device, handOverText(handOver)),
})
