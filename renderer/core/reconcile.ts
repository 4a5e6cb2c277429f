import { saleKey } from '../../shared/ledger/booking-port.ts'
import { entryHash } from '../../shared/ledger/chain.ts'
import { afterAttach, afterRefund, receiptRow, shiftAfter } from './books.ts'
import type { CommandRow, EntryRow, Journal, MoneyStore, ReceiptRow } from './ports.ts'
import { entryRow, type JournalItem, journalRecord } from './stream.ts'

/**
 * Two copies of one stream, compared at every start: what is missing on one side is copied from the other. The entries
 * are a chain, so where both agree at one place they agree on everything before it.
 */

export interface Reconciled {
  /** The last entry that the journal holds. */
  readonly journalled: number
  /** The two copies tell different stories: nobody may sell until a person has looked. */
  readonly fork: boolean
  /** Entries brought back into the database. */
  readonly restored: number
}

const PAGE = 500

export async function reconcile(money: MoneyStore, journal: Journal, epoch: number): Promise<Reconciled> {
  const head = await money.head(epoch)
  const [atHead] = await journal.read(epoch, Math.max(1, head.seq), 1)
  if (head.seq > 0 && (atHead === undefined || atHead.seq < head.seq)) return await extendJournal(money, journal, epoch)
  if (head.seq > 0 && atHead!.seq === head.seq && parsed(atHead!.text).hash !== head.hash) {
    return { journalled: head.seq, fork: true, restored: 0 }
  }
  return await restore(money, journal, epoch)
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
  if (has > 0) {
    const [mine] = await money.entries(epoch, has, 1)
    const [theirs] = await journal.read(epoch, has, 1)
    const same = mine === undefined || theirs === undefined || parsed(theirs.text).hash === mine.hash
    if (!same) return { journalled: has, fork: true, restored: 0 }
  }
  let copied = has
  while (copied < head.seq) {
    const rows = await money.entries(epoch, copied + 1, PAGE)
    if (rows.length === 0) break
    const reply = await journal.append(rows.map(journalRecord))
    if (!reply.ok) break // each later commit tries again
    copied = rows.at(-1)!.seq
  }
  return { journalled: copied, fork: false, restored: 0 }
}

/** The database lacks the end, or everything: read it back, receipts and answers included. */
async function restore(money: MoneyStore, journal: Journal, epoch: number): Promise<Reconciled> {
  let head = await money.head(epoch)
  let shift = await money.kept('shift')
  let restored = 0
  for (;;) {
    const records = await journal.read(epoch, head.seq + 1, PAGE)
    if (records.length === 0) return { journalled: head.seq, fork: false, restored }
    const first = parsed(records[0]!.text)
    if (head.seq === 0 && first.entry.seq > 1) {
      // Older records were pruned once the cloud had them.
      await money.acknowledge(epoch, first.entry.seq - 1, '', [], [])
      head = { epoch, seq: first.entry.seq - 1, hash: first.entry.prev }
      await money.begin(head)
    }
    const page: { entries: EntryRow[]; commands: CommandRow[] } = { entries: [], commands: [] }
    const receipts = new Map<string, ReceiptRow>()
    let to = head
    for (const { text } of records) {
      const item = parsed(text)
      const { entry, hash } = item
      if (entry.seq !== to.seq + 1 || entry.prev !== to.hash || entryHash(entry) !== hash) {
        return { journalled: head.seq, fork: true, restored }
      }
      page.entries.push(entryRow(item, text, Date.parse(entry.at.wall)))
      if (item.command !== undefined) page.commands.push({ ...item.command, epoch, seq: entry.seq })
      await restoreReceipt(item, receipts, money)
      shift = shiftAfter(shift, entry) ?? shift
      to = { epoch, seq: entry.seq, hash }
    }
    const kept = shift === undefined ? {} : { shift }
    await money.append({ expect: head, ...page, receipts: [...receipts.values()], outbox: true, ...kept })
    head = to
    restored += records.length
  }
}

async function restoreReceipt({ entry, command }: JournalItem, receipts: Map<string, ReceiptRow>, money: MoneyStore) {
  const { body } = entry
  if (body.kind === 'sale') {
    receipts.set(saleKey(entry.outlet, body.receipt), receiptRow(entry, body, command?.answer, null))
  } else if (body.kind === 'refund') {
    const key = saleKey(entry.outlet, body.receipt)
    const row = receipts.get(key) ?? (await money.receipt(entry.outlet, body.receipt))
    if (row !== undefined) receipts.set(key, afterRefund(row, body))
  } else if (body.kind === 'attach') {
    const key = saleKey(body.soldAt ?? entry.outlet, body.receipt)
    const row = receipts.get(key) ?? (await money.receipt(body.soldAt ?? entry.outlet, body.receipt))
    if (row !== undefined) receipts.set(key, afterAttach(row, body, null))
  }
}

/** Our own writing, its frame checked by the journal: no schema, so that an older app's records are read too. */
export function parsed(text: string): JournalItem {
  return JSON.parse(text) as JournalItem
}

/** What is pushed of a row: the entry, its hash and the profile, without the command. */
export function pushItemOf(row: EntryRow): { entry: unknown; hash: string; profile?: unknown } {
  const { entry, hash, profile } = parsed(row.text)
  return profile === undefined ? { entry, hash } : { entry, hash, profile }
}
