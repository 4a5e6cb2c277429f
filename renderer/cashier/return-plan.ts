import type { ReceiptSummary } from '../../shared/core-api.ts'

type Line = ReceiptSummary['lines'][number]

/** How many of a line's thousandths may still come back. */
export function leftOf(line: Line): bigint {
  return thousandths(line.qty) - thousandths(line.returned)
}

/** "1.5" → 1500n; quantities have at most three decimals. */
export function thousandths(qty: string): bigint {
  const [whole = '0', part = ''] = qty.split('.')
  return BigInt(whole) * 1000n + BigInt(part.padEnd(3, '0').slice(0, 3) || '0')
}

/** 1500n → "1.5". */
export function qtyText(amount: bigint): string {
  const part = (amount % 1000n).toString().padStart(3, '0').replace(/0+$/, '')
  return part === '' ? `${amount / 1000n}` : `${amount / 1000n}.${part}`
}

/** Everything that is still there to come back, line by line. */
export function wholeOf(receipt: ReceiptSummary): ReadonlyMap<string, bigint> {
  return new Map(receipt.lines.flatMap((line) => (leftOf(line) > 0n ? [[line.id, leftOf(line)] as const] : [])))
}

/** The chosen parts take back everything that is left. */
export function isWhole(receipt: ReceiptSummary, chosen: ReadonlyMap<string, bigint>): boolean {
  return receipt.lines.every((line) => leftOf(line) <= 0n || chosen.get(line.id) === leftOf(line))
}
