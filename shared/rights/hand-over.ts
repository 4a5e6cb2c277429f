import { z } from 'zod'
import { memberId } from '../ids.ts'
import { purseId } from '../ledger/entry-parts.ts'
import { type Holder, holder } from '../ledger/entry-purses.ts'
import { pointsText } from '../wire.ts'

/**
 * A right that goes from one till of a shop to another. The giver writes `out` into its stream, strictly and before it
 * answers; what travels carries the giver's signature; the taker writes `in` with it. On its way it is nobody's and stays
 * leased, and the cloud may hear of either side first. Sent again as often as needed, it arrives once: the giver knows
 * the request, the taker the transfer. Rules S100 to S105 of shared/sync/SPEC.md.
 */
export const handOver = z.strictObject({
  /** Names this hand-over for ever: the request's id and a running number. */
  transfer: z.string().min(1).max(100),
  lease: z.string().min(1).max(100),
  member: memberId,
  purse: purseId,
  points: pointsText,
  giver: holder,
  taker: holder,
})
export type HandOver = z.infer<typeof handOver>

/** As it travels. The giver's main process signs `handOverText` with the device's key. */
export const signedHandOver = handOver.extend({
  /** Ed25519, base64. */
  signature: z.string().regex(/^[A-Za-z0-9+/]+={0,2}$/),
})
export type SignedHandOver = z.infer<typeof signedHandOver>

/** What the giver signs: a till that lies cannot make rights out of nothing. */
export function handOverText({ transfer, lease, member, purse, points, giver, taker }: HandOver): string {
  const till = ({ device, epoch }: Holder) => `${device}/${epoch}`
  return ['bonusbook/hand-over/1', transfer, lease, member, purse, points, till(giver), till(taker)].join('\n')
}

/** Asks a till to give. The same request again gets the same answer, also after a restart. */
export const giveRequest = z.strictObject({
  request: z.string().min(1).max(80),
  member: memberId,
  purse: purseId,
  /** The most that is wanted; less, or nothing, is given where no more is free. */
  points: pointsText,
  taker: holder,
})
export type GiveRequest = z.infer<typeof giveRequest>

/**
 * So long a taker asks again for what was not answered, by its own clock. The customer has gone home long before; what
 * counts is that an end comes before the cloud takes home what never came (rule S91).
 */
export const REQUEST_LIVES_MS = 7 * 86_400_000

/** `rights.give` of the core: to be signed and sent. Empty: nothing could be given, and that answer stays too. */
export interface Given {
  readonly handOvers: readonly HandOver[]
}

/** `rights.take` of the core. `points`: what this till holds of the purse now. */
export const takeRequest = z.strictObject({ handOvers: z.array(signedHandOver).min(1).max(20) })
export interface Taken {
  readonly points: string
}

/**
 * The tills of this shop, as the core sees them: asked when a customer stands here and the rights are short. The
 * transport (electron/lan) makes the request's id, sends it until it is answered, and checks the signatures; what comes
 * back in time is written down by the core, what comes later goes to `rights.take`.
 */
export interface Neighbours {
  readonly ask: (
    wish: { readonly member: string; readonly purse: string; readonly points: string },
    limitMs: number,
  ) => Promise<readonly SignedHandOver[]>
}

/** A till alone. */
export const NO_NEIGHBOURS: Neighbours = { ask: async () => [] }
