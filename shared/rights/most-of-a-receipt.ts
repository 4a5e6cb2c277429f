/**
 * The most that one receipt of a member is likely to burn: nine in ten of the receipts known so far would have allowed
 * no more. `limits` is what each of them allowed to redeem (DESIGN 6), in hundredths of a point, in any order. A few
 * receipts say little: below five of them the programme's own figure counts, unless one of them already went beyond it.
 * Rule R8 of SPEC.md.
 */
export const RECEIPTS_THAT_TELL = 5
/** The last ones: who has bought for ten years is not read whole for every receipt. */
export const RECEIPTS_LOOKED_AT = 100

export function mostOfAReceipt(limits: readonly bigint[], programmeWide: bigint): bigint {
  if (limits.length >= RECEIPTS_THAT_TELL) return ninetiethPercentile(limits)
  return limits.reduce((most, limit) => (limit > most ? limit : most), programmeWide)
}

/** By nearest rank: a value that was there, never one in between. 0 of nothing. */
export function ninetiethPercentile(values: readonly bigint[]): bigint {
  const sorted = [...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  const rank = Number((BigInt(sorted.length) * 9n + 9n) / 10n)
  return sorted[rank - 1] ?? 0n
}
