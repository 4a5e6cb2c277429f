import type { TillIdentity } from '../../shared/desktop-api.ts'
import { writtenEntry } from '../../shared/ledger/written-entry.ts'
import { assert } from '../../shared/result.ts'
import { type JournalItem, parsed } from './journal-item.ts'
import type { Adopted, CommandRow, EntryRow, Head, Journal, MoneyStore, Seen } from './ports.ts'
import { type RestoredReceipts, restoreReceipt } from './reconcile.ts'
import { entryRow, journalRecord } from './stream.ts'

/**
 * What an earlier epoch could not send is written again at the beginning of this one: the same fact, under a new number,
 * naming the entry that it stands for. Old entry and new change places in one transaction, so a crash adopts nothing
 * twice; and the cloud, which may have had the old one all the same, counts the two as one.
 */

const PAGE = 200

/** The last entry of this epoch that the second copy holds afterwards. */
export async function adoptEarlier(
  money: MoneyStore,
  journal: Journal,
  identity: TillIdentity,
  journalled: number,
): Promise<number> {
  const { epoch } = identity
  let copied = journalled
  const copy = async (rows: readonly EntryRow[]) => {
    if (rows[0]?.seq !== copied + 1) return // each later commit tries again
    const reply = await journal.append(rows.map(journalRecord))
    if (reply.ok) copied = rows.at(-1)!.seq
  }
  let placed: Placed | undefined
  const take = async (rows: readonly EntryRow[], strays?: readonly string[]) => {
    placed ??= await placedIn(money, epoch)
    await copy(await adopt(money, identity, rows, placed, strays))
  }
  await closeEarlier(money, journal, epoch)
  for (const { epoch: earlier } of (await money.kept('closed')) ?? []) {
    const { first } = await money.unsent(earlier)
    if (first === null) continue
    for (let from = first; ; ) {
      const rows = await money.entries(earlier, from, PAGE)
      if (rows.length === 0) break
      const unsent = rows.filter((row) => row.setAside !== true)
      if (unsent.length > 0) await take(unsent)
      from = rows.at(-1)!.seq + 1
    }
    await money.closeEpoch({ epoch: earlier, seq: Number.MAX_SAFE_INTEGER })
  }
  for (let strays = await straysOf(money); strays.length > 0; strays = await straysOf(money)) {
    const taken = strays.slice(0, PAGE)
    const rows = taken.map((text) => entryRow(parsed(text), text, Date.parse(parsed(text).entry.at.wall)))
    await take(rows, strays.slice(PAGE))
  }
  return copied
}

/** Where this epoch has what it has adopted, by the hash of what that was first. */
type Placed = Map<string, Seen>

async function placedIn(money: MoneyStore, epoch: number): Promise<Placed> {
  const placed: Placed = new Map()
  for (let from = 1; ; ) {
    const rows = await money.entries(epoch, from, PAGE)
    if (rows.length === 0) return placed
    for (const row of rows) {
      const { adopted } = parsed(row.text).entry
      if (adopted !== undefined) placed.set(adopted.hash, placeOf(row))
    }
    from = rows.at(-1)!.seq + 1
  }
}

const straysOf = async (money: MoneyStore) => (await money.kept('strays')) ?? []

/** Where each earlier epoch stood when this one began; the journal is told too, for the day that it is the only copy. */
async function closeEarlier(money: MoneyStore, journal: Journal, epoch: number): Promise<void> {
  const closed = [...((await money.kept('closed')) ?? [])]
  const before = closed.length
  for (let earlier = 1; earlier < epoch; earlier++) {
    const head = await money.head(earlier)
    if (head.seq === 0 || closed.some((each) => each.epoch === earlier)) continue
    const { first } = await money.unsent(earlier)
    const seq = first === null ? head.seq : first - 1
    const [row] = await money.entries(earlier, seq, 1)
    closed.push({ epoch: earlier, seq, ...(row?.seq === seq ? { hash: row.hash } : {}) })
  }
  if (closed.length === before) return
  await money.keep('closed', closed)
  await journal.append([{ epoch, seq: 0, text: JSON.stringify({ closed }) }])
}

async function adopt(
  money: MoneyStore,
  identity: TillIdentity,
  old: readonly EntryRow[],
  placed: Placed,
  strays?: readonly string[],
): Promise<readonly EntryRow[]> {
  const { device, epoch } = identity
  const head = await money.head(epoch)
  const adopts: Adopted[] = []
  const rows: EntryRow[] = []
  let prev: Head = head
  for (const row of old) {
    const { entry: before, hash: _, ...beside } = parsed(row.text)
    const adopted = before.adopted ?? { epoch: before.epoch, seq: before.seq, hash: row.hash }
    const already = placed.get(adopted.hash)
    if (already !== undefined) {
      // books that were torn may bring the same fact from two epochs, or from one of them and a neighbour
      adopts.push({ from: placeOf(row), to: already })
      continue
    }
    const again = { ...before, device, epoch, seq: prev.seq + 1, prev: prev.hash, adopted }
    const item: JournalItem = { ...writtenEntry(again), ...beside }
    const { entry } = item
    rows.push(entryRow(item, JSON.stringify(item), row.at))
    adopts.push({ from: placeOf(row), to: placeOf(entry) })
    placed.set(adopted.hash, placeOf(entry))
    prev = { epoch, seq: entry.seq, hash: item.hash }
  }
  const step = { expect: head, entries: rows, commands: [], receipts: [], outbox: true }
  const told = strays === undefined ? { adopts } : { ...(await toldOf(rows, money)), strays }
  const done = await money.append({ ...step, ...told })
  assert(done === 'done', 'nobody else writes while a core opens')
  return rows
}

/** Strays have never been in the database: their receipts and answers come with them. */
async function toldOf(rows: readonly EntryRow[], money: MoneyStore) {
  const receipts: RestoredReceipts = { rows: new Map(), sales: new Map() }
  const commands: CommandRow[] = []
  for (const { text, epoch, seq } of rows) {
    const item = parsed(text)
    if (item.command !== undefined) commands.push({ ...item.command, epoch, seq })
    await restoreReceipt(item, receipts, money)
  }
  return { receipts: [...receipts.rows.values()], commands }
}

const placeOf = ({ epoch, seq }: Seen): Seen => ({ epoch, seq })
