import { type Day, dayOf, type Instant, instantOf } from '../../shared/calendar.ts'
import { parseHundredths } from '../../shared/money.ts'
import { wireInstant } from '../../shared/quote/json.ts'
import { type CsvRow, found, recordsOf } from '../csv.ts'

/** A receipt of a member, as it is replayed; the amount in kopecks. */
export interface Visit {
  readonly receipt: string
  readonly member: string
  readonly outlet: string
  readonly at: Instant
  /** The date on the shop's wall, as the file tells it. */
  readonly day: Day
  readonly amount: bigint
}

export interface Visits {
  /** Day by day, in the order of time, whatever the order of the file. */
  readonly visits: readonly Visit[]
  readonly rows: number
  /** Receipts of nobody: they can redeem nothing and are left out. */
  readonly anonymous: number
  /** In words, each with its line; a receipt with a bad row is left out whole. */
  readonly problems: readonly string[]
}

/** Where the file calls things by other names than ours. */
interface Columns {
  readonly receipt: string
  readonly member: string
  readonly outlet: string
  readonly at: string
  readonly amount: string
  readonly amountOf: (text: string) => bigint | undefined
}

const KNOWN: readonly Columns[] = [
  { receipt: 'receipt_id', member: 'member_id', outlet: 'outlet', at: 'at', amount: 'amount', amountOf: exactAmount },
  {
    receipt: 'basket_id',
    member: 'household_id',
    outlet: 'store_id',
    at: 'transaction_timestamp',
    amount: 'sales_value',
    amountOf: anyAmount,
  },
]

/** Reads a file to its end. Rejects where it cannot be read or unpacked, and where its columns are not known. */
export async function readVisits(file: string, onRows: (rows: number) => void): Promise<Visits> {
  const drafts = new Map<string, Draft>()
  const problems: string[] = []
  let columns: Columns | undefined
  let rows = 0
  for await (const { record: row, info } of recordsOf(file, problems)) {
    rows++
    columns ??= columnsOf(row)
    take(row, columns, info.lines, drafts, problems)
    onRows(rows)
  }
  const good = [...drafts.values()].filter((draft) => !draft.bad)
  const visits = good.filter((draft) => draft.member !== '').map(visitOf)
  return { visits: visits.sort(inOrder), rows, anonymous: good.length - visits.length, problems }
}

export class UnknownColumns extends Error {}

function columnsOf(row: CsvRow): Columns {
  const known = KNOWN.find((columns) => namesOf(columns).every((name) => name in row))
  if (known !== undefined) return known
  const allowed = KNOWN.map((columns) => namesOf(columns).join(', ')).join(', or ')
  throw new UnknownColumns(`line 1: found the columns ${Object.keys(row).join(', ')}; ${allowed} are needed`)
}

function namesOf({ receipt, member, outlet, at, amount }: Columns): string[] {
  return [receipt, member, outlet, at, amount]
}

/** A receipt while its rows come in. */
interface Draft {
  readonly receipt: string
  readonly member: string
  readonly outlet: string
  readonly at: string
  amount: bigint
  bad: boolean
}

function take(row: CsvRow, columns: Columns, line: number, drafts: Map<string, Draft>, problems: string[]): void {
  const text = (name: string) => row[name] ?? ''
  const key = `${text(columns.outlet)}\n${text(columns.receipt)}`
  const known = drafts.get(key)
  const draft = known ?? {
    receipt: text(columns.receipt),
    member: text(columns.member),
    outlet: text(columns.outlet),
    at: text(columns.at),
    amount: 0n,
    bad: false,
  }
  if (known === undefined) drafts.set(key, draft)
  const amount = columns.amountOf(text(columns.amount))
  const wrong = wrongWith(row, columns, draft, known === undefined)
  if (wrong === null && amount !== undefined) {
    draft.amount += amount
    return
  }
  problems.push(
    `line ${line}: ${wrong ?? `${columns.amount}: found ${found(row[columns.amount])}; an amount of 0 or more such as "99.90" is allowed`}`,
  )
  draft.bad = true
}

function wrongWith(row: CsvRow, columns: Columns, first: Draft, isFirst: boolean): string | null {
  if (!isFirst) {
    for (const [column, said] of [
      [columns.member, first.member],
      [columns.at, first.at],
    ] as const) {
      if ((row[column] ?? '') === said) continue
      return `${column}: found ${found(row[column])}; ${found(said)}, as in the first row of this receipt, is allowed`
    }
    return null
  }
  for (const [column, value] of [
    [columns.receipt, first.receipt],
    [columns.outlet, first.outlet],
  ] as const) {
    if (value === '') return `${column}: found ${found(row[column])}; an id is allowed`
  }
  const instant = wireInstant.safeParse(row[columns.at])
  if (!instant.success) {
    return `${columns.at}: found ${found(row[columns.at])}; ${instant.error.issues[0]?.message} is allowed`
  }
  return null
}

function visitOf({ receipt, member, outlet, at, amount }: Draft): Visit {
  return { receipt, member, outlet, at: instantOf(at), day: dayOf(at.slice(0, 10)), amount }
}

function inOrder(a: Visit, b: Visit): number {
  return a.day - b.day || a.at - b.at || (a.receipt < b.receipt ? -1 : a.receipt > b.receipt ? 1 : 0)
}

function exactAmount(text: string): bigint | undefined {
  const amount = parseHundredths(text)
  return amount === undefined || amount < 0n ? undefined : amount
}

/** Other people's exports say "1.5", and "4.440892e-16" where they mean nothing: rounded to the kopeck. */
function anyAmount(text: string): bigint | undefined {
  const exact = parseHundredths(text)
  if (exact !== undefined) return exact < 0n ? undefined : exact
  if (!/^\d{1,12}(\.\d{1,20})?(e-\d{1,3})?$/i.test(text)) return undefined
  return BigInt(Math.round(Number(text) * 100))
}
