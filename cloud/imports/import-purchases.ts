import { basename } from 'node:path'
import { sql } from 'kysely'
import { isTimeZone } from '../../shared/calendar.ts'
import type { MemberId, OutletId, TenantId } from '../../shared/ids.ts'
import type { Visit } from '../../shared/intake/port.ts'
import { visitKey } from '../../shared/intake/rows.ts'
import { saveVisits } from '../../shared/intake/visits.ts'
import { plusDays } from '../../shared/ledger/rules.ts'
import { parseHundredths } from '../../shared/money.ts'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import { Complaint } from '../complaint.ts'
import { textArray } from '../database/arrays.ts'
import type { Tx } from '../database/connect.ts'
import { transaction } from '../database/transaction.ts'
import { bringFactsUp } from '../facts/keep.ts'
import { movedTo, type Receipt, receiptKey, saveReceipts } from '../facts/receipts.ts'
import { lockState, noteDue, saveState } from '../facts/state.ts'
import { programmeDay } from '../feed/rows.ts'
import { ledgerTx } from '../ledger/postgres-store.ts'
import { columnsOf, type Mapping } from './columns.ts'
import { type CsvRow, csvRows, fingerprint, RejectFile, separatorOf } from './csv-file.ts'
import { type Encoding, encodingOf, UTF_8 } from './encoding.ts'
import { PURCHASE_COLUMNS, PURCHASE_NEEDED, type PurchaseRow, purchaseRow } from './purchase-row.ts'
import { GrowingReceipt } from './receipt-lines.ts'

/** Brings the purchase history of a former system in: in batches, each of which is in wholly or not at all. */
const BATCH_ROWS = 10_000

export interface ImportOptions {
  readonly file: string
  readonly mapping: Mapping
  /** Where instants without an offset are read; missing: the programme's, or UTC before one is published. */
  readonly zone?: string | undefined
  readonly rejects?: string | undefined
  /** How its letters are written; missing: as the file says, or looks. */
  readonly encoding?: string | undefined
  /** Called now and then with the rows that are in. */
  readonly onProgress?: (rows: number) => void
  readonly batchRows?: number
}

export interface Imported {
  /** Rows read by this run; those of an earlier run that was cut off are not among them. */
  readonly rows: number
  readonly linesAdded: number
  readonly linesKnown: number
  readonly rejected: number
  readonly rejects: string | null
  /** How its letters were read. */
  readonly encoding: string
  /** All of it was in before. */
  readonly wasDone: boolean
}

export async function importPurchases(cloud: Cloud, options: ImportOptions): Promise<Imported> {
  const { db } = cloud
  const programme = (await cloud.programmes.current(db))?.compiled.document
  const zone = options.zone ?? programme?.timeZone ?? 'UTC'
  if (!isTimeZone(zone)) throw new Complaint(`--zone ${zone}: a time zone such as Europe/Moscow is expected.`)
  const days = await settleZone(cloud, programme?.timeZone, zone)
  const encoding = await encodingOf(options.file, options.encoding)
  const separator = await separatorOf(options.file, encoding)
  const file = await fingerprint(options.file, { mapping: options.mapping, zone, separator, ...readAs(encoding) })
  const rows = csvRows(options.file, separator, encoding)
  const header = (await rows.next()).value as CsvRow | undefined
  if (header === undefined) throw new Complaint(`${options.file} is empty.`)
  const columns = columnsOf(header.fields, PURCHASE_COLUMNS, PURCHASE_NEEDED, options.mapping)
  const begun = await beginning(cloud, file, options.file)
  const rejectPath = options.rejects ?? `${options.file.replace(/(\.csv)?(\.gz)?$/i, '')}.rejected.csv`
  const rejects = new RejectFile(rejectPath, header.fields, separator, encoding)
  const worth = worthOf(programme?.points.value ?? '1.00')
  const sum = { rows: 0, linesAdded: 0, linesKnown: 0, rejected: 0 }
  const result = (wasDone: boolean): Imported => ({
    ...sum,
    rejects: sum.rejected > 0 ? rejectPath : null,
    encoding: encoding.name,
    wasDone,
  })
  if (begun.isDone) {
    await rows.return(undefined)
    await bringFactsUp(cloud)
    return result(true)
  }

  let batch: { row: CsvRow; read: PurchaseRow }[] = []
  let upTo = begun.lines
  let size = 0
  const close = async (isLast: boolean) => {
    const done = await transaction(db, async (tx) => {
      const added = await addBatch(tx, cloud, { file, worth, batch, upTo, isLast })
      for (const { row, reason } of added.refused) rejects.add(row, reason)
      await rejects.flush(begun.lines === 0) // before the commit: rather told twice than never
      return added
    })
    sum.rejected = rejects.count
    sum.linesAdded += done.added
    sum.linesKnown += done.known
    ;[batch, size] = [[], 0]
    options.onProgress?.(sum.rows)
  }
  for await (const row of rows) {
    if (row.line <= begun.lines) continue
    sum.rows += 1
    size += 1
    upTo = row.line
    if (row.broken !== undefined) rejects.add(row, `no CSV: ${row.broken}`)
    else if (row.fields.length > header.fields.length) rejects.add(row, 'more columns than the first line has')
    else {
      const read = purchaseRow(columns(row.fields), { read: zone, days })
      if (read.ok) batch.push({ row, read: read.value })
      else rejects.add(row, read.reason)
    }
    if (size >= (options.batchRows ?? BATCH_ROWS)) await close(false)
  }
  await close(true)
  await rejects.close()
  await bringFactsUp(cloud)
  return result(false)
}

/** UTF-8 goes without saying, as it did when nothing else was read: files of then are known again. */
const readAs = ({ name }: Encoding) => (name === UTF_8 ? {} : { encoding: name })

/** Before a programme says where the shop is, the import does; days are counted there. */
async function settleZone({ db, tenant }: Cloud, ofProgramme: string | undefined, zone: string): Promise<string> {
  if (ofProgramme !== undefined) return ofProgramme
  return transaction(db, async (tx) => {
    const state = await lockState(tx, tenant)
    const { rows } = await sql`select from receipt where tenant = ${tenant} limit 1`.execute(tx)
    if (rows.length > 0) return state.zone
    await saveState(tx, tenant, { ...state, zone, day: null })
    return zone
  })
}

async function beginning({ db, tenant, clock }: Cloud, file: string, path: string) {
  await db
    .insertInto('import_file')
    .values({ tenant, file, name: basename(path), lines: 0n, rejected: 0n, begun_at: instant(clock), done_at: null })
    .onConflict((conflict) => conflict.columns(['tenant', 'file']).doNothing())
    .execute()
  const row = await db
    .selectFrom('import_file')
    .select(['lines', 'done_at'])
    .where('tenant', '=', tenant)
    .where('file', '=', file)
    .executeTakeFirstOrThrow()
  return { lines: Number(row.lines), isDone: row.done_at !== null }
}

/** Kopecks of a hundredth of a point. */
function worthOf(value: string): { num: bigint; den: bigint } {
  const hundredths = parseHundredths(value)
  return hundredths === undefined ? { num: 1n, den: 1n } : { num: hundredths, den: 100n }
}

interface Batch {
  readonly file: string
  readonly worth: { readonly num: bigint; readonly den: bigint }
  readonly batch: readonly { readonly row: CsvRow; readonly read: PurchaseRow }[]
  readonly upTo: number
  readonly isLast: boolean
}

interface Added {
  added: number
  known: number
  readonly refused: { readonly row: CsvRow; readonly reason: string }[]
}

async function addBatch(tx: Tx, cloud: Cloud, { file, worth, batch, upTo, isLast }: Batch): Promise<Added> {
  const { tenant, clock } = cloud
  // merges and erasures change receipts under this lock: they have done so by now, or find these ones
  await lockState(tx, tenant)
  const keys = new Map(batch.map(({ read }) => [receiptKey(read), read]))
  const there = await loadReceipts(tx, tenant, [...keys.values()])
  const growing = new Map<string, GrowingReceipt>()
  const done: Added = { added: 0, known: 0, refused: [] }
  for (const { row, read } of batch) {
    const key = receiptKey(read)
    const known = there.get(key)
    if (known !== undefined && known.file === undefined) {
      done.known += 1 // a till booked it, and knows better
      continue
    }
    let receipt = growing.get(key)
    if (receipt === undefined) {
      receipt = new GrowingReceipt(read, known, file)
      growing.set(key, receipt)
    }
    const added = receipt.add(read, row.line)
    if (!added.ok) done.refused.push({ row, reason: added.reason })
    else if (added.value) done.added += 1
    else done.known += 1
  }
  const changed = [...growing.values()].filter((receipt) => receipt.changed).map((receipt) => receipt.receipt(worth))
  const into = await movedTo(
    tx,
    tenant,
    changed.flatMap(({ member }) => (member === null ? [] : [member])),
  )
  const receipts = changed.map((receipt) =>
    receipt.member === null ? receipt : { ...receipt, member: into(receipt.member) },
  )
  const days = await saveReceipts(tx, tenant, receipts, new Set(there.keys()))
  await noteDue(tx, tenant, membersOf(receipts), days)
  await rememberVisits(tx, cloud, receipts)
  await tx
    .updateTable('import_file')
    .set((of) => ({
      lines: BigInt(upTo),
      rejected: of('rejected', '+', BigInt(done.refused.length)),
      ...(isLast ? { done_at: instant(clock) } : {}),
    }))
    .where('tenant', '=', tenant)
    .where('file', '=', file)
    .execute()
  return done
}

/** Whoever was at an outlet lately is kept by its tills. */
async function rememberVisits(tx: Tx, cloud: Cloud, receipts: readonly Receipt[]): Promise<void> {
  const ledger = ledgerTx(cloud, tx)
  const since = plusDays(await programmeDay(cloud, tx), -(await ledger.keeping()).days)
  const enrolled = new Set((await ledger.membersNamed(membersOf(receipts))).map(({ id }) => id as string))
  const last = new Map<string, Visit>()
  for (const { outlet, member, day } of receipts) {
    if (member === null || day < since || !enrolled.has(member)) continue
    const visit = { outlet: outlet as OutletId, member: member as MemberId, day }
    const known = last.get(visitKey(visit))
    if (known === undefined || known.day < day) last.set(visitKey(visit), visit)
  }
  await saveVisits(ledger, [...last.values()])
}

const membersOf = (receipts: readonly Receipt[]) => receipts.flatMap(({ member }) => (member === null ? [] : [member]))

interface StoredReceipt {
  readonly outlet: string
  readonly receipt: string
  readonly member: string | null
  readonly at: string
  readonly day: string
  readonly discount: bigint
  readonly redeemed: bigint
  readonly earned: bigint
  readonly skus: (string | null)[]
  readonly names: (string | null)[]
  readonly categories: (string | null)[]
  readonly qtys: string[]
  readonly amounts: string[]
  readonly costs: (string | null)[]
  readonly file: string | null
  readonly file_lines: number[] | null
}

async function loadReceipts(
  tx: Tx,
  tenant: TenantId,
  keys: readonly { readonly outlet: string; readonly receipt: string }[],
): Promise<Map<string, Receipt>> {
  const { rows } = await sql<StoredReceipt>`
    select r.outlet, r.receipt, r.member, r.at, r.day, r.discount, r.redeemed, r.earned, g.skus, g.categories, g.qtys,
      g.amounts, g.costs, g.file, g.file_lines
    from receipt r join receipt_goods g on g.tenant = ${tenant} and g.outlet = r.outlet and g.receipt = r.receipt
    where r.tenant = ${tenant} and (r.outlet, r.receipt) in (select * from unnest(
      ${textArray(keys.map((key) => key.outlet))}::text[], ${textArray(keys.map((key) => key.receipt))}::text[]))
    order by r.outlet, r.receipt for update of r`.execute(tx)
  return new Map(rows.map((row) => [receiptKey(row), receiptFrom(row)]))
}

function receiptFrom(row: StoredReceipt): Receipt {
  const { outlet, receipt, member, at, day, discount, redeemed, earned } = row
  return {
    outlet,
    receipt,
    member,
    at,
    day,
    discount,
    redeemed,
    earned,
    undoneAt: null,
    ...(row.file === null ? {} : { file: row.file }),
    lines: row.qtys.map((qty, index) => ({
      sku: row.skus[index]!,
      name: null,
      category: row.categories[index]!,
      qty: BigInt(qty),
      amount: BigInt(row.amounts[index]!),
      cost: row.costs[index] === null ? null : BigInt(row.costs[index]!),
      fileLine: row.file_lines?.[index] ?? 0,
    })),
  }
}
