import { digamma, lnGamma } from './gamma.ts'
import { hypergeometric } from './hypergeometric.ts'
import { type Fit, maximise, partOf } from './maximise.ts'

/**
 * How often members come while they are customers, and when they stop being it, without a word: BG/NBD (Fader, Hardie,
 * Lee 2005). While alive a member buys at a rate of their own (gamma over members: r, alpha); after each purchase they
 * leave with a probability of their own (beta over members: a, b).
 */
export type BgNbd = Readonly<Record<'r' | 'alpha' | 'a' | 'b', number>>

/** Members of the same history, in whatever unit of time: repeat purchases, when the last was, how long observed. */
export interface History {
  readonly x: number
  /** From the first purchase to the last; 0 where there is one. */
  readonly tx: number
  /** From the first purchase to the moment asked about. */
  readonly T: number
  readonly members: number
}

export function fitBgNbd(histories: readonly History[]): Fit<'r' | 'alpha' | 'a' | 'b'> | null {
  const repeats = histories.reduce((sum, history) => sum + history.x * history.members, 0)
  const observed = histories.reduce((sum, history) => sum + history.T * history.members, 0)
  if (repeats === 0 || observed === 0) return null
  const rate = repeats / observed
  const starts = [0.2, 1, 3].flatMap((r) => [
    [r, r / rate, 0.5, 2],
    [r, r / (2 * rate), 1, 2],
    [r, r / (3 * rate), 0.8, 5],
  ])
  const fitted = (of: readonly History[], from: readonly (readonly number[])[]) =>
    maximise(['r', 'alpha', 'a', 'b'], membersIn(of), logLikelihoodOf(of), from)
  const part = partOf(histories)
  if (part === histories) return fitted(histories, starts)
  const { r, alpha, a, b } = fitted(part, starts).parameters
  return fitted(histories, [[r, alpha, a, b]])
}

const membersIn = (histories: readonly History[]): number =>
  histories.reduce((sum, history) => sum + history.members, 0)

function logLikelihoodOf(histories: readonly History[]) {
  const xMax = histories.reduce((max, { x }) => Math.max(max, x), 0)
  const seen = new Uint8Array(xMax + 1)
  for (const { x } of histories) seen[x] = 1
  return ([r, alpha, a, b]: readonly number[], gradient: number[]): number => {
    const byCount = countTerms(seen, r!, a!, b!)
    const [lnAlpha, lnA] = [Math.log(alpha!), Math.log(a!)]
    let [sum, byR, byAlpha, byA, byB] = [0, 0, 0, 0, 0]
    for (const { x, tx, T, members } of histories) {
      const [lnObserved, rx] = [Math.log(alpha! + T), r! + x]
      const alive = -rx * lnObserved
      let [mixed, wAlive, wGone, lnLast] = [alive, 1, 0, 0]
      if (x > 0) {
        lnLast = Math.log(alpha! + tx)
        const gone = lnA - byCount.lnGone[x]! - rx * lnLast
        const larger = Math.max(alive, gone)
        mixed = larger + Math.log(Math.exp(alive - larger) + Math.exp(gone - larger)) // log-sum-exp
        wAlive = Math.exp(alive - mixed)
        wGone = Math.exp(gone - mixed)
      }
      sum += members * (byCount.ln[x]! + r! * lnAlpha + mixed)
      byR += members * (byCount.byR[x]! + lnAlpha - wAlive * lnObserved - wGone * lnLast)
      byAlpha += members * (r! / alpha! - (wAlive * rx) / (alpha! + T) - (wGone * rx) / (alpha! + tx))
      byA += members * (byCount.byA[x]! + wGone / a!)
      byB += members * (byCount.byB[x]! - (x > 0 ? wGone / (b! + x - 1) : 0))
    }
    gradient[0] = byR
    gradient[1] = byAlpha
    gradient[2] = byA
    gradient[3] = byB
    return sum
  }
}

/** What depends on the number of purchases only: a few hundred values instead of one for each member. */
function countTerms(seen: Uint8Array, r: number, a: number, b: number) {
  const empty = () => new Float64Array(seen.length)
  const terms = { ln: empty(), lnGone: empty(), byR: empty(), byA: empty(), byB: empty() }
  const ofNone = { r: lnGamma(r), ab: lnGamma(a + b), b: lnGamma(b) }
  const slope = { r: digamma(r), ab: digamma(a + b), b: digamma(b) }
  for (let x = 0; x < seen.length; x++) {
    if (seen[x] === 0) continue
    terms.ln[x] = lnGamma(r + x) - ofNone.r + ofNone.ab + lnGamma(b + x) - ofNone.b - lnGamma(a + b + x)
    terms.lnGone[x] = x > 0 ? Math.log(b + x - 1) : 0
    terms.byR[x] = digamma(r + x) - slope.r
    const all = digamma(a + b + x)
    terms.byA[x] = slope.ab - all
    terms.byB[x] = slope.ab + digamma(b + x) - slope.b - all
  }
  return terms
}

/** The probability that a member of this history is still a customer; certain as long as there was no repeat purchase. */
export function aliveOf(model: BgNbd, { x, tx, T }: Omit<History, 'members'>): number {
  return 1 / (1 + goneToAlive(model, x, tx, T))
}

function goneToAlive({ r, alpha, a, b }: BgNbd, x: number, tx: number, T: number): number {
  return x === 0 ? 0 : (a / (b + x - 1)) * ((alpha + T) / (alpha + tx)) ** (r + x)
}

/** How many purchases are expected within the time ahead. */
export function expectedPurchases(model: BgNbd, { x, tx, T }: Omit<History, 'members'>, ahead: number): number {
  return expectedIfAlive(model, x, T, ahead) / (1 + goneToAlive(model, x, tx, T))
}

/** The same of one who is surely alive: depends on fewer things, so that callers may remember it. */
export function expectedIfAlive(model: BgNbd, x: number, T: number, ahead: number): number {
  if (ahead === 0) return 0
  const nearPole = Math.abs(model.a - 1) < NUDGE || Math.abs(model.a + model.b + x - 1) < NUDGE
  if (!nearPole) return expectedAwayFromPoles(model, x, T, ahead)
  // the formula divides by nothing at a = 1, where its value does not jump: the mean of both sides
  const beside = (by: number) => expectedAwayFromPoles({ ...model, a: model.a + by }, x, T, ahead)
  return (beside(2 * NUDGE) + beside(-2 * NUDGE)) / 2
}

const NUDGE = 1e-5

/** Up to here the series falls faster after Euler's transformation of the hypergeometric function, beyond it before. */
const EULER_UP_TO = 2

function expectedAwayFromPoles({ r, alpha, a, b }: BgNbd, x: number, T: number, ahead: number): number {
  const passed = (alpha + T) / (alpha + T + ahead)
  const c = a + b + x - 1
  const share =
    a <= EULER_UP_TO
      ? passed ** (a - 1) * hypergeometric(a + b - 1 - r, a - 1, c, 1 - passed)
      : passed ** (r + x) * hypergeometric(r + x, b + x, c, 1 - passed)
  return (c / (a - 1)) * (1 - share)
}
