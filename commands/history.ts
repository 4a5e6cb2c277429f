import { parseHundredths } from '../shared/money.ts'
import { amount, pointsAmount, quantity } from '../shared/programme/parts.ts'
import type { PastReceipt } from '../shared/programme/simulate.ts'
import { receiptFrom, wireInstant, wireReceipt } from '../shared/quote/json.ts'
import { found, type CsvRow as Row, recordsOf } from './csv.ts'

/** Purchase history as CSV (gzipped or not), a line of a receipt each: the columns of the cloud's import. */
const COLUMNS = ['receipt_id', 'member_id', 'outlet', 'at', 'sku', 'name', 'category', 'qty', 'amount']

export interface History {
  readonly receipts: readonly PastReceipt[]
  readonly rows: number
  /** In words, each with its line; a receipt with a bad row is left out whole. */
  readonly problems: readonly string[]
}

/** A receipt while its rows come in. */
interface Draft {
  readonly line: number
  readonly rows: Row[]
  bad: boolean
}

/** Reads a history to its end. Rejects where the file cannot be read or unpacked. */
export async function readHistory(file: string, onRows: (rows: number) => void): Promise<History> {
  const drafts = new Map<string, Draft>()
  const problems: string[] = []
  let rows = 0
  for await (const { record: row, info } of recordsOf(file, problems)) {
    if (rows++ === 0) {
      const missing = COLUMNS.filter((column) => !(column in row))
      if (missing.length > 0) {
        return { receipts: [], rows: 0, problems: [`line 1: the columns ${missing.join(', ')} are missing`] }
      }
    }
    const key = `${row.outlet}\n${row.receipt_id}`
    const draft = drafts.get(key) ?? { line: info.lines, rows: [], bad: false }
    drafts.set(key, draft)
    const wrong = wrongWith(row, draft.rows[0])
    if (wrong !== null) {
      problems.push(`line ${info.lines}: ${wrong}`)
      draft.bad = true
    }
    draft.rows.push(row)
    onRows(rows)
  }
  const receipts: PastReceipt[] = []
  for (const draft of drafts.values()) {
    if (draft.bad) continue
    const read = receiptOf(draft.rows)
    if (typeof read === 'string') problems.push(`line ${draft.line}: ${read}`)
    else receipts.push(read)
  }
  return { receipts, rows, problems }
}

/** The optional columns may be left out or empty. */
const CHECKS = [
  ['at', wireInstant, false],
  ['qty', quantity, true],
  ['amount', amount, false],
  ['cost', amount, true],
  ['redeemed', pointsAmount, true],
  ['earned', pointsAmount, true],
] as const

function wrongWith(row: Row, first: Row | undefined): string | null {
  for (const [column, schema, optional] of CHECKS) {
    const value = row[column]
    if (optional && (value === undefined || value === '')) continue
    const parsed = schema.safeParse(value)
    if (!parsed.success) return `${column}: found ${found(value)}; ${parsed.error.issues[0]?.message} is allowed`
  }
  if (first !== undefined) {
    for (const column of ['member_id', 'at'] as const) {
      if (row[column] !== first[column]) {
        return `${column}: found ${found(row[column])}; ${found(first[column])}, as in the first row of this receipt, is allowed`
      }
    }
  }
  return null
}

/** A receipt, or what is wrong with it. */
function receiptOf(rows: readonly Row[]): PastReceipt | string {
  const [first] = rows as [Row]
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
    at: first.at!,
    redeemed: sum(amounts('redeemed')),
    earned: earned.length === 0 ? null : sum(earned),
  }
}

function filled(key: string, value: string | undefined): Record<string, string> {
  return value === undefined || value === '' ? {} : { [key]: value }
}
