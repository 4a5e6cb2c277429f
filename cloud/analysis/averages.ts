import { formatHundredths } from '../../shared/money.ts'

/** In whole kopecks, towards nothing; null where there is nothing to divide by. */
export function averageCheck(spend: bigint, purchases: number | bigint): string | null {
  return Number(purchases) === 0 ? null : formatHundredths(spend / BigInt(purchases))
}
