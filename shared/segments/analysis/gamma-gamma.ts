import { digamma, lnGamma } from './gamma.ts'
import { type Fit, maximise, partOf } from './maximise.ts'

/**
 * What a purchase of a member brings on average, learnt from all members where one has bought little: Gamma-Gamma
 * (Fader, Hardie 2013). A member's checks scatter around a mean of their own (p), the means over members (q, gamma).
 */
export type GammaGamma = Readonly<Record<'p' | 'q' | 'gamma', number>>

export interface Spending {
  /** Repeat purchases, at least one. */
  readonly x: number
  /** Their average, above 0, in units of money. */
  readonly mean: number
  readonly members: number
}

export function fitGammaGamma(spendings: readonly Spending[]): Fit<'p' | 'q' | 'gamma'> | null {
  const members = spendings.reduce((sum, { members }) => sum + members, 0)
  if (members === 0) return null
  const mean = spendings.reduce((sum, one) => sum + one.mean * one.members, 0) / members
  const starts = [
    [1, 2],
    [3, 4],
    [6, 4],
    [2, 15],
  ].map(([p, q]) => [p!, q!, (mean * (q! - 1)) / p!])
  const fitted = (of: readonly Spending[], from: readonly (readonly number[])[]) =>
    maximise(['p', 'q', 'gamma'], of.reduce((sum, one) => sum + one.members, 0), logLikelihoodOf(of), from) // biome-ignore format: one line
  const part = partOf(spendings)
  if (part === spendings) return fitted(spendings, starts)
  const { p, q, gamma } = fitted(part, starts).parameters
  return fitted(spendings, [[p, q, gamma]])
}

function logLikelihoodOf(spendings: readonly Spending[]) {
  const prepared = spendings.map(({ x, mean, members }) => ({
    x,
    mean,
    members,
    lnX: Math.log(x),
    lnMean: Math.log(mean),
  }))
  const xMax = spendings.reduce((max, { x }) => Math.max(max, x), 0)
  const seen = new Uint8Array(xMax + 1)
  for (const { x } of spendings) seen[x] = 1
  return ([p, q, gamma]: readonly number[], gradient: number[]): number => {
    const byCount = countTerms(seen, p!, q!)
    const [lnScale, lnGammaQ, slopeQ] = [Math.log(gamma!), lnGamma(q!), digamma(q!)]
    let [sum, byP, byQ, byGamma] = [0, 0, 0, 0]
    for (const { x, mean, members, lnX, lnMean } of prepared) {
      const [px, both] = [p! * x, gamma! + x * mean]
      const lnBoth = Math.log(both)
      const ln = byCount.ln[x]! - lnGammaQ + q! * lnScale + (px - 1) * lnMean + px * lnX - (px + q!) * lnBoth
      sum += members * ln
      byP += members * x * (byCount.both[x]! - byCount.px[x]! + lnMean + lnX - lnBoth)
      byQ += members * (byCount.both[x]! - slopeQ + lnScale - lnBoth)
      byGamma += members * (q! / gamma! - (px + q!) / both)
    }
    gradient[0] = byP
    gradient[1] = byQ
    gradient[2] = byGamma
    return sum
  }
}

function countTerms(seen: Uint8Array, p: number, q: number) {
  const empty = () => new Float64Array(seen.length)
  const terms = { ln: empty(), both: empty(), px: empty() }
  for (let x = 1; x < seen.length; x++) {
    if (seen[x] === 0) continue
    terms.ln[x] = lnGamma(p * x + q) - lnGamma(p * x)
    terms.both[x] = digamma(p * x + q)
    terms.px[x] = digamma(p * x)
  }
  return terms
}

/**
 * The expected average check of a member: between what they spent and what everybody spends, the nearer to their own the
 * more often they bought. Null where q is so small that the average of everybody does not exist.
 */
export function expectedCheck({ p, q, gamma }: GammaGamma, x: number, mean: number): number | null {
  const weight = p * x + q - 1
  return weight <= 0 ? null : (p * (gamma + x * mean)) / weight
}
