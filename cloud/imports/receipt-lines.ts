import { ok, type Result, refuse } from '../../shared/result.ts'
import type { Receipt, ReceiptLine } from '../facts/receipts.ts'
import type { PurchaseRow } from './purchase-row.ts'

/**
 * Puts a row into its receipt. A line is known again by its place in the same file; in another file by what it says, each
 * as often as the file has it. So a file may be imported again, a longer one after it, or only the rows that were mended:
 * nothing counts twice and nothing is lost.
 */
export class GrowingReceipt {
  changed = false
  private member: string | null
  private at: string
  private day: string
  private redeemed: bigint
  private earned: bigint
  private lines: ReceiptLine[]
  private readonly first: PurchaseRow
  private readonly file: string

  constructor(first: PurchaseRow, known: Receipt | undefined, file: string) {
    this.first = first
    this.file = file
    this.member = known?.member ?? null
    this.at = known?.at ?? first.at
    this.day = known?.day ?? first.day
    this.redeemed = known?.redeemed ?? 0n
    this.earned = known?.earned ?? 0n
    const lines = known?.lines ?? []
    this.lines = known?.file === file ? [...lines] : lines.map((line) => ({ ...line, fileLine: 0 }))
  }

  /** Whether it is a line that was not there; a refusal where the row contradicts the receipt. */
  add(row: PurchaseRow, fileLine: number): Result<boolean, string> {
    if (row.member !== null && this.member !== null && row.member !== this.member) {
      return refuse(`receipt_id ${JSON.stringify(row.receipt)} has another member in a row before it`)
    }
    if (this.lines.some((line) => line.fileLine === fileLine)) return ok(false)
    this.changed = true
    this.member ??= row.member
    if (row.at < this.at) [this.at, this.day] = [row.at, row.day]
    const unclaimed = this.lines.findIndex((line) => line.fileLine === 0 && isSame(line, row))
    if (unclaimed >= 0) {
      this.lines[unclaimed] = { ...this.lines[unclaimed]!, fileLine }
      return ok(false)
    }
    this.redeemed += row.redeemed
    this.earned += row.earned
    const { sku, name, category, qty, amount, cost } = row
    this.lines.push({ sku, name, category, qty, amount, cost, fileLine })
    return ok(true)
  }

  /** `worth`: kopecks of a hundredth of a point, as a fraction. */
  receipt(worth: { readonly num: bigint; readonly den: bigint }): Receipt {
    const { outlet, receipt } = this.first
    const { member, at, day, redeemed, earned, lines, file } = this
    const discount = (redeemed * worth.num) / worth.den
    return { outlet, receipt, member, at, day, discount, redeemed, earned, undoneAt: null, file, lines }
  }
}

function isSame(line: ReceiptLine, row: PurchaseRow): boolean {
  return (
    line.sku === row.sku &&
    line.category === row.category &&
    line.qty === row.qty &&
    line.amount === row.amount &&
    line.cost === row.cost
  )
}
