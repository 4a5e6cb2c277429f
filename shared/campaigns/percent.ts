import { parseHundredths } from '../money.ts'
import { assert } from '../result.ts'

/** "12.5" → 1250n, for text that a schema has let through. */
export function hundredthsOfPercent(text: string): bigint {
  const hundredths = parseHundredths(text)
  assert(hundredths !== undefined && hundredths >= 0n, 'a percent is a decimal')
  return hundredths
}
