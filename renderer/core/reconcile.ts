import type { JournalRecord, JournalReply } from '../../shared/desktop-api.ts'
import { saleKey } from '../../shared/ledger/booking-port.ts'
import { entryHash } from '../../shared/ledger/chain.ts'
import type { SaleBody } from '../../shared/ledger/entry.ts'
import { afterAttach, afterRefundEntry, receiptRow, shiftAfter } from './books.ts'
import { factOf, type JournalItem, parsed } from './journal-item.ts'
import type { Adopted, Closed, CommandRow, EntryRow, Head, Journal, MoneyStore, ReceiptRow, Seen } from './ports.ts'
import { entryRow, journalRecord } from './stream.ts'

/**
 * Two copies of each stream, compared at every start: what is missing on one side is copied from the other. The entries
 * are a chain, so where both agree at one place they agree on everything before it.
 */

export interface Reconciled {
  /** The last entry that the journal holds. */
  readonly journalled: number
  /** Entries brought back into the database. */
  readonly restored: number
}

const PAGE = 500

/** All epochs that this till has been in; the answer is about the last of them. */
export async function reconcile(money: MoneyStore, journal: Journal, epoch: number): Promise<Reconciled> {
  let restored = 0
  const carried = carriedFacts(money, epoch)
  for (let earlier = 1; earlier < epoch; earlier++) {
    const [row] = await money.entries(earlier, 1, 1)
    const [record] = await journal.read(earlier, 1, 1)
    if (row === undefined && record === undefined) continue
    restored += (await reconcileOne(money, journal, earlier, carried)).restored
  }
  const last = await reconcileOne(money, journal, epoch)
  return { ...last, restored: restored + last.restored }
}

async function reconcileOne(
  money: MoneyStore,
  journal: Journal,
  epoch: number,
  carried?: CarriedFacts,
): Promise<Reconciled> {
  const head = await money.head(epoch)
  if (head.seq === 0) return await restore(money, journal, epoch, carried)
  const [atHead] = await journal.read(epoch, head.seq, 1)
  if (atHead === undefined) return await extendJournal(money, journal, epoch)
  if (atHead.seq === head.seq && itemOf(atHead)?.hash !== head.hash) return await keepBothStories(money, journal, epoch)
  await copyBeginning(money, journal, epoch)
  return await restore(money, journal, epoch, carried)
}

/** Where a fact stands that needs no sending from an earlier epoch; undefined: nowhere. */
type CarriedFacts = (fact: string) => Promise<Seen | undefined>

/**
 * What the cloud has answered for here, or what stands in a later epoch. Two machines of one name get each other's epochs
 * by their neighbours, and each of these holds what the other one has written again: without this, both would write all of
 * it again with every new epoch, for ever. Looked up only where something comes back.
 */
function carriedFacts(money: MoneyStore, epoch: number): CarriedFacts {
  let known: Map<string, Seen> | undefined

  async function read(): Promise<Map<string, Seen>> {
    const facts = new Map<string, Seen>()
    for (let each = 1; each <= epoch; each++) {
      const { first } = await money.unsent(each)
      const end = first ?? Number.POSITIVE_INFINITY
      for (let from = 1; from < end; ) {
        const rows = (await money.entries(each, from, PAGE)).filter(({ seq }) => seq < end)
        for (const { text, seq } of rows) facts.set(factOf(parsed(text)), { epoch: each, seq })
        from = (rows.at(-1)?.seq ?? end) + 1
      }
    }
    return facts
  }

  return async (fact) => {
    known ??= await read()
    return known.get(fact)
  }
}

/** The journal lacks the end: power failed between the two copies. */
async function extendJournal(money: MoneyStore, journal: Journal, epoch: number): Promise<Reconciled> {
  const head = await money.head(epoch)
  let [has, hasNot] = [0, head.seq]
  while (hasNot - has > 1) {
    const middle = Math.floor((has + hasNot) / 2)
    const [found] = await journal.read(epoch, middle, 1)
    if (found === undefined) hasNot = middle
    else has = Math.max(middle, Math.min(found.seq, hasNot - 1))
  }
  if (has > 0 && !(await agree(money, journal, epoch, has))) return await keepBothStories(money, journal, epoch)
  const journalled = await copyDown(money, journal, epoch, has)
  await copyBeginning(money, journal, epoch)
  return { journalled, restored: 0 }
}

async function copyDown(money: MoneyStore, journal: Journal, epoch: number, from: number): Promise<number> {
  let copied = from
  for (;;) {
    const rows = await money.entries(epoch, copied + 1, PAGE)
    if (rows.length === 0) return copied
    const reply = await journal.append(rows.map(journalRecord))
    if (!reply.ok) return copied // each later commit tries again
    copied = rows.at(-1)!.seq
  }
}

/**
 * The journal may have the end and not the beginning: it was lost, and neighbours gave back what they still kept. Its
 * refusal, where it does not take all of it.
 */
export async function copyBeginning(money: MoneyStore, journal: Journal, epoch: number): Promise<JournalReply> {
  const [row] = await money.entries(epoch, 1, 1)
  if (row === undefined) return COPIED
  const [record] = await journal.read(epoch, row.seq, 1)
  const end = record?.seq ?? row.seq
  for (let from = row.seq; from < end; ) {
    const rows = (await money.entries(epoch, from, PAGE)).filter(({ seq }) => seq < end)
    if (rows.length === 0) break
    const reply = await journal.append(rows.map(journalRecord))
    if (!reply.ok) return reply
    from = rows.at(-1)!.seq + 1
  }
  return COPIED
}

const COPIED: JournalReply = { ok: true }

/** True where one side has nothing to say. */
async function agree(money: MoneyStore, journal: Journal, epoch: number, seq: number): Promise<boolean> {
  const [mine] = await money.entries(epoch, seq, 1)
  const [theirs] = await journal.read(epoch, seq, 1)
  if (mine?.seq !== seq || theirs?.seq !== seq) return true
  return itemOf(theirs)?.hash === mine.hash
}

/**
 * The two tell different stories, and either may have happened: the database goes on as it is, what only the journal
 * tells is kept beside it, and both are written again in a new epoch.
 */
async function keepBothStories(money: MoneyStore, journal: Journal, epoch: number): Promise<Reconciled> {
  const head = await money.head(epoch)
  let [same, differs] = [0, head.seq]
  while (differs - same > 1) {
    const middle = Math.floor((same + differs) / 2)
    if (await agree(money, journal, epoch, middle)) same = middle
    else differs = middle
  }
  const known = new Set((await money.kept('strays')) ?? [])
  for (let from = same + 1; ; ) {
    const records = await journal.read(epoch, from, PAGE)
    if (records.length === 0) break
    const rows = new Map((await money.entries(epoch, from, PAGE)).map((row) => [row.seq, row.hash]))
    for (const record of records) {
      const item = itemOf(record)
      if (item !== undefined && rows.get(record.seq) !== item.hash) known.add(record.text)
    }
    from = records.at(-1)!.seq + 1
  }
  await money.keep('strays', [...known])
  await money.keep('torn', { epoch })
  return { journalled: await copyDown(money, journal, epoch, same), restored: 0 }
}

/**
 * What only the neighbours have kept, beside other entries under the same numbers: it is written again under new ones,
 * once. Nothing where this till has them, or has adopted them already; an adopted one is known by what it was first.
 */
export async function keepStrays(money: MoneyStore, texts: readonly string[], epoch: number): Promise<void> {
  const unknown = new Map(texts.map((text) => [factOf(parsed(text)), text]))
  for (let each = 1; each <= epoch && unknown.size > 0; each++) {
    for (let from = 1; ; ) {
      const rows = await money.entries(each, from, PAGE)
      if (rows.length === 0) break
      for (const row of rows) {
        unknown.delete(row.hash)
        unknown.delete(factOf(parsed(row.text)))
      }
      from = rows.at(-1)!.seq + 1
    }
  }
  if (unknown.size === 0) return
  await money.keep('strays', [...new Set([...((await money.kept('strays')) ?? []), ...unknown.values()])])
}

/** The database lacks the end, or everything: read it back, receipts and answers included. */
async function restore(
  money: MoneyStore,
  journal: Journal,
  epoch: number,
  carried?: CarriedFacts,
): Promise<Reconciled> {
  let head = await money.head(epoch)
  let shift = await money.kept('shift')
  let restored = 0
  if (head.seq === 0) await restoreBeginning(money, journal, epoch)
  for (let from = head.seq + 1; ; ) {
    const records = await journal.read(epoch, from, PAGE)
    if (records.length === 0) return { journalled: head.seq, restored }
    from = records.at(-1)!.seq + 1
    for (const items of await unbroken(records, head, money)) {
      const first = items[0]!.item.entry
      if (first.seq !== head.seq + 1 || first.prev !== head.hash) {
        head = { epoch, seq: first.seq - 1, hash: first.prev }
        await money.begin(head)
      }
      const entries: EntryRow[] = []
      const commands: CommandRow[] = []
      const adopts: Adopted[] = []
      const again: Adopted[] = []
      const receipts: RestoredReceipts = { rows: new Map(), sales: new Map() }
      for (const { item, text } of items) {
        const { entry } = item
        const row = entryRow(item, text, Date.parse(entry.at.wall))
        entries.push(row)
        const at = await carried?.(factOf(item))
        if (at !== undefined) {
          again.push({ from: { epoch, seq: entry.seq }, to: at })
          continue
        }
        if (await isKept(money, entry)) {
          adopts.push({ from: entry.adopted!, to: { epoch, seq: entry.seq } })
          continue // what it does to receipts and shift was done when the first of the two was read
        }
        if (item.command !== undefined) commands.push({ ...item.command, epoch, seq: entry.seq })
        await restoreReceipt(item, receipts, money)
        shift = shiftAfter(shift, entry) ?? shift
      }
      const kept = shift === undefined ? {} : { shift }
      const step = { entries, commands, receipts: [...receipts.rows.values()], adopts, outbox: true, ...kept }
      await money.append({ expect: head, ...step })
      const last = entries.at(-1)!
      head = { epoch, seq: last.seq, hash: last.hash }
      const nothing = { entries: [], commands: [], receipts: [], outbox: false }
      if (again.length > 0) await money.append({ expect: head, ...nothing, adopts: again })
      restored += entries.length
    }
  }
}

/** What the journal says of how the epoch began, and of records that were dropped once the cloud had them. */
async function restoreBeginning(money: MoneyStore, journal: Journal, epoch: number): Promise<void> {
  const [opening] = await journal.read(epoch, 0, 1)
  if (opening?.seq === 0) {
    const known = (await money.kept('closed')) ?? []
    const told: Closed[] = []
    for (const until of closedIn(opening.text)) {
      if (known.some(({ epoch: each }) => each === until.epoch)) continue
      const from = await toldFrom(money, until)
      if (from === undefined) continue
      told.push(until)
      await money.knowAnswered(until, from)
    }
    await money.keep('closed', [...known, ...told])
  }
  const [first] = await journal.read(epoch, 1, 1)
  if (first !== undefined && first.seq > 1)
    await money.acknowledge({ epoch, seq: first.seq - 1, incarnation: '' }, [], [])
}

/** Nobody has signed it, and a neighbour may have given it back: what makes no sense is passed over. */
function closedIn(text: string): readonly Closed[] {
  try {
    const { closed } = JSON.parse(text) as { readonly closed: readonly Closed[] }
    return closed.filter(({ epoch, seq }) => Number.isSafeInteger(epoch) && Number.isSafeInteger(seq) && seq >= 0)
  } catch {
    return []
  }
}

/**
 * From which entry on what is here is the story that ended there. Another machine of this name, or this one before it was
 * put back to an old image, ended its epochs elsewhere, and behind a gap the journal may go on with theirs: what does not
 * lead to the same hash is written again, and the cloud knows it again.
 */
async function toldFrom(money: MoneyStore, { epoch, seq, hash }: Closed): Promise<number | undefined> {
  let from: number | undefined
  let before: EntryRow | undefined
  for (let at = 1; at <= seq; ) {
    const rows = (await money.entries(epoch, at, PAGE)).filter((row) => row.seq <= seq)
    if (rows.length === 0) break
    for (const row of rows) {
      const follows = before?.seq === row.seq - 1 && parsed(row.text).entry.prev === before.hash
      if (!follows) from = row.seq
      before = row
    }
    at = rows.at(-1)!.seq + 1
  }
  return before?.seq === seq && before.hash === hash ? from : undefined
}

interface Kept {
  readonly item: JournalItem
  readonly text: string
}

/**
 * Records as stretches that follow one another without a gap. A damaged record is as good as missing. Where part of the
 * only copy is gone the stream goes on behind it; whether the cloud has what is missing shows when the till speaks to it.
 */
async function unbroken(records: readonly JournalRecord[], head: Head, money: MoneyStore): Promise<readonly Kept[][]> {
  const stretches: Kept[][] = []
  let to: { readonly seq: number; readonly hash: string } = head
  for (const record of records) {
    const item = itemOf(record)
    if (item === undefined) continue
    const { entry, hash } = item
    const follows = entry.seq === to.seq + 1 && (entry.prev === to.hash || to.seq === 0)
    if (follows && stretches.length > 0) stretches.at(-1)!.push({ item, text: record.text })
    else stretches.push([{ item, text: record.text }])
    if (entry.seq === to.seq + 1 && !follows) await money.keep('torn', { epoch: entry.epoch })
    to = { seq: entry.seq, hash }
  }
  return stretches
}

/** Undefined for what is no entry of its place: its bytes changed, in a way that the frame around them did not show. */
function itemOf({ epoch, seq, text }: JournalRecord): JournalItem | undefined {
  try {
    const item = parsed(text)
    const { entry, hash } = item
    return entry.epoch === epoch && entry.seq === seq && entryHash(entry) === hash ? item : undefined
  } catch {
    return undefined
  }
}

/** Whether the entry that this one stands for is in the database too. */
async function isKept(money: MoneyStore, { adopted }: JournalItem['entry']): Promise<boolean> {
  if (adopted === undefined) return false
  const [row] = await money.entries(adopted.epoch, adopted.seq, 1)
  return row?.seq === adopted.seq && row.hash === adopted.hash
}

/** Receipts as they come back from the journal, and the sales that they were. */
export interface RestoredReceipts {
  readonly rows: Map<string, ReceiptRow>
  readonly sales: Map<string, SaleBody>
}

export async function restoreReceipt(
  { entry, command }: JournalItem,
  { rows: receipts, sales }: RestoredReceipts,
  money: MoneyStore,
) {
  const { body } = entry
  if (body.kind === 'sale') {
    const key = saleKey(entry.outlet, body.receipt)
    receipts.set(key, receiptRow(entry, body, command?.answer, null))
    sales.set(key, body)
  } else if (body.kind === 'refund') {
    const sold = body.soldAt ?? entry.outlet
    const key = saleKey(sold, body.receipt)
    const row = receipts.get(key) ?? (await money.receipt(sold, body.receipt))
    const sale = row === undefined ? undefined : (sales.get(key) ?? (await saleOf(money, row)))
    if (row !== undefined && sale !== undefined) receipts.set(key, afterRefundEntry(row, sale, body))
  } else if (body.kind === 'attach') {
    const key = saleKey(body.soldAt ?? entry.outlet, body.receipt)
    const row = receipts.get(key) ?? (await money.receipt(body.soldAt ?? entry.outlet, body.receipt))
    if (row !== undefined) receipts.set(key, afterAttach(row, body, null))
  }
}

/** The sale behind a receipt of this till; undefined where it is no longer kept. */
export async function saleOf(money: MoneyStore, { epoch, seq }: ReceiptRow): Promise<SaleBody | undefined> {
  const [row] = await money.entries(epoch, seq, 1)
  if (row?.seq !== seq) return undefined
  const { body } = parsed(row.text).entry
  return body.kind === 'sale' ? body : undefined
}
