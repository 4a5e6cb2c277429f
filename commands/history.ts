import { parse } from 'csv-parse/sync'
import { parseHundredths } from '../shared/money.ts'
import type { PastReceipt } from '../shared/programme/simulate.ts'
import { receiptFrom, wireInstant, wireReceipt } from '../shared/quote/json.ts'

/** Purchase history as CSV, a line of a receipt each: the columns of the cloud's import. */
const COLUMNS = ['receipt_id', 'member_id', 'outlet', 'at', 'sku', 'name', 'category', 'qty', 'amount']
const COMPLAINTS_MAX = 10

type Row = Readonly<Record<string, string | undefined>>

export interface History {
  readonly receipts: readonly PastReceipt[]
  /** In words, with the row; receipts with a bad row are left out. */
  readonly problems: readonly string[]
}

export function readHistory(text: string): History {
  const rows = parse(text, {
    columns: true,
    bom: true,
    skip_empty_lines: true,
    trim: true,
    relax_column_count: true,
  }) as Row[]
  const missing = COLUMNS.filter((column) => rows[0] !== undefined && !(column in rows[0]))
  if (missing.length > 0) return { receipts: [], problems: [`the columns ${missing.join(', ')} are missing`] }
  const byReceipt = new Map<string, { rows: Row[]; row: number }>()
  for (const [i, row] of rows.entries()) {
    const key = `${row.outlet}\n${row.receipt_id}`
    const known = byReceipt.get(key)
    if (known === undefined) byReceipt.set(key, { rows: [row], row: i + 2 })
    else known.rows.push(row)
  }
  const receipts: PastReceipt[] = []
  const problems: string[] = []
  for (const { rows: lines, row } of byReceipt.values()) {
    const read = receiptOf(lines)
    if (typeof read === 'string') problems.push(`row ${row}: ${read}`)
    else receipts.push(read)
  }
  const more = problems.length - COMPLAINTS_MAX
  return {
    receipts,
    problems: more > 0 ? [...problems.slice(0, COMPLAINTS_MAX), `and ${more} more receipts`] : problems,
  }
}

/** A receipt, or what is wrong with it. */
function receiptOf(rows: readonly Row[]): PastReceipt | string {
  const [first] = rows as [Row]
  const at = wireInstant.safeParse(first.at)
  if (!at.success) return `at: found ${JSON.stringify(first.at)}; ${at.error.issues[0]?.message} is allowed`
  const parsed = wireReceipt.safeParse({
    id: first.receipt_id,
    outlet: first.outlet,
    lines: rows.map((row, i) => ({
      id: String(i + 1),
      ...filled('sku', row.sku),
      ...filled('category', row.category),
      ...filled('qty', row.qty),
      amount: row.amount,
      ...filled('cost', row.cost),
    })),
  })
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    return `${issue?.path.join('.')}: ${issue?.message} is allowed`
  }
  const amounts = (column: string) =>
    rows.map((row) => parseHundredths(row[column] ?? '')).filter((each) => each !== undefined)
  const sum = (values: readonly bigint[]) => values.reduce((total, value) => total + value, 0n)
  const earned = amounts('earned')
  return {
    receipt: receiptFrom(parsed.data),
    member: first.member_id === undefined || first.member_id === '' ? null : first.member_id,
    at: at.data,
    redeemed: sum(amounts('redeemed')),
    earned: earned.length === 0 ? null : sum(earned),
  }
}

function filled(key: string, value: string | undefined): Record<string, string> {
  return value === undefined || value === '' ? {} : { [key]: value }
}
