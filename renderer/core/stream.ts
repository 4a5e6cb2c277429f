import type { JournalRecord, JournalReply, TillIdentity } from '../../shared/desktop-api.ts'
import type { EntryBody, LedgerEntry, Profile, SaleBody } from '../../shared/ledger/entry.ts'
import { writtenEntry } from '../../shared/ledger/written-entry.ts'
import { assert } from '../../shared/result.ts'
import type { Said } from '../../shared/surveys/answer.ts'
import { changeOf, receiptRow, shiftAfter } from './books.ts'
import { impersonal } from './impersonal.ts'
import { type JournalItem, remember } from './journal-item.ts'
import type { Append, EntryRow, Head, Journal, KeptShift, MoneyStore, ReceiptRow, Seen } from './ports.ts'
import type { Timekeeper } from './timekeeper.ts'

/**
 * This till's one stream of entries. Decide, hash and chain first; then one strict transaction; then the journal; only
 * then an answer. Everything that writes goes through one queue, so that the head never moves under a decision. Whoever
 * only waits for the journal may leave it: what was written meanwhile then goes there together, with one fsync.
 */

export interface Draft {
  readonly body: EntryBody
  readonly outlet: string
  readonly shift: string | null
  readonly cashier: string | null
  readonly profile?: Profile
  /** Own words beside an answer. */
  readonly said?: Said
}

export interface Step {
  readonly drafts: readonly Draft[]
  /** The command that caused it; its answer is kept for the same key, and may name the entries' keys. */
  readonly command?: {
    readonly key: string
    readonly body: string
    readonly answer: (entries: readonly LedgerEntry[]) => unknown
  }
  /** The member's name beside a sale, for the list of receipts. */
  readonly name?: string | null
  /** Receipts changed by a refund. */
  readonly receipts?: readonly ReceiptRow[]
}

interface Entered<Copied> {
  readonly ok: true
  readonly entries: readonly LedgerEntry[]
  readonly answer: unknown
  readonly copied: Copied
}

/** Nothing was booked. */
interface NotWritten {
  readonly ok: false
  readonly reason: 'disk_full'
}

export type Written = Entered<boolean> | NotWritten
/** In the strict transaction's copy; `copied` tells once the journal has it too, and never throws. */
export type Appended = Entered<Promise<boolean>> | NotWritten

export interface Stream {
  /** One after the other: what runs inside sees the head stand still. */
  readonly exclusive: <T>(run: () => Promise<T>) => Promise<T>
  /** Only inside `exclusive`. */
  readonly write: (step: Step) => Promise<Written>
  /** The same without waiting for the second copy: for whoever leaves the queue before they do. */
  readonly append: (step: Step) => Promise<Appended>
  /** True once the journal holds everything up to this entry; tries again where it does not. */
  readonly copied: (place: Seen) => Promise<boolean>
  readonly head: () => Head
  readonly shift: () => KeptShift | undefined
  /** Another epoch begins: what is under way ends, and nothing is written any more. */
  readonly seal: () => Promise<void>
}

/** The stream has come to its end: the same call goes to the next one. */
export class SealedStream extends Error {
  override readonly name = 'SealedStream'
}

/** The database is not as this core left it: the browser engine began with an empty one. Nothing was booked. */
export class LostBooks extends Error {
  override readonly name = 'LostBooks'
}

export interface StreamParts {
  readonly money: MoneyStore
  readonly journal: Journal
  readonly time: Timekeeper
  readonly identity: TillIdentity
  /** Told after a commit, never before. */
  readonly appended: (head: Head, count: number) => void
  readonly journalFailed: (reply: JournalReply) => void
}

const JOURNAL_PAGE = 200

/** `journalled`: the last entry that the second copy holds, from `reconcile`. */
export async function openStream(parts: StreamParts, journalled: number): Promise<Stream> {
  const { money, journal, time, identity } = parts
  let head = await money.head(identity.epoch)
  let shift = await money.kept('shift')
  let copiedTo = journalled
  let fresh: EntryRow[] = []
  let round: CopyRound | null = null
  let tail: Promise<unknown> = Promise.resolve()
  let sealed = false

  function exclusive<T>(run: () => Promise<T>): Promise<T> {
    if (sealed) return Promise.reject(new SealedStream())
    const mine = tail.then(run, run)
    tail = mine.catch(() => undefined)
    return mine
  }

  async function write(step: Step): Promise<Written> {
    const appended = await append(step)
    return appended.ok ? { ...appended, copied: await appended.copied } : appended
  }

  async function append(step: Step): Promise<Appended> {
    assert(step.drafts.length > 0, 'a step writes something')
    const at = time.stamp()
    const entries: LedgerEntry[] = []
    const hashes: string[] = []
    let prev = head
    for (const { body, outlet, shift: inShift, cashier } of step.drafts) {
      const { device, epoch } = identity
      const raw = { v: 1, device, epoch, seq: prev.seq + 1, prev: prev.hash, at, outlet, shift: inShift, cashier, body }
      const { entry, hash } = writtenEntry(raw)
      entries.push(entry)
      hashes.push(hash)
      prev = { epoch, seq: entry.seq, hash }
    }
    const answer = step.command?.answer(entries)
    const items = entries.map((entry, i): JournalItem => {
      const item: JournalItem = { entry, hash: hashes[i]!, ...beside(step.drafts[i]!) }
      const last = i === entries.length - 1
      if (!last || step.command === undefined) return item
      return { ...item, command: { key: step.command.key, body: step.command.body, answer: impersonal(answer) } }
    })
    const rows = items.map((item) => {
      const text = JSON.stringify(item)
      remember(text, item)
      return entryRow(item, text, time.now())
    })
    const nextShift = entries.reduce<KeptShift | undefined>((now, entry) => shiftAfter(now, entry) ?? now, shift)
    const command = step.command
    const append: Append = {
      expect: head,
      entries: rows,
      receipts: [...(step.receipts ?? []), ...salesOf(entries, answer, step.name ?? null)],
      outbox: true,
      commands:
        command === undefined
          ? []
          : [{ key: command.key, body: command.body, answer, epoch: prev.epoch, seq: prev.seq }],
      ...(nextShift === undefined || nextShift === shift ? {} : { shift: nextShift }),
    }
    try {
      if ((await money.append(append)) === 'head_moved') throw new LostBooks('the stream does not end where it did')
    } catch (error) {
      if (isFull(error)) return { ok: false, reason: 'disk_full' }
      throw error
    }
    head = prev
    shift = nextShift
    fresh.push(...rows)
    return { ok: true, entries, answer, copied: copiedUpTo(prev.seq) }
  }

  /** One append is under way at a time; what is written meanwhile goes with the next. */
  async function copiedUpTo(seq: number): Promise<boolean> {
    while (copiedTo < seq) {
      round ??= copyRound()
      const { to, done } = round
      const isCopied = await done
      if (to >= seq) return isCopied
    }
    return true
  }

  function copyRound(): CopyRound {
    const [rows, now] = [fresh, head]
    fresh = []
    async function run(): Promise<boolean> {
      const isCopied = await copyUp(rows, now.seq).catch((error): boolean => {
        parts.journalFailed({ ok: false, reason: 'journal_failed', message: String(error) })
        return false
      })
      round = null
      if (rows.length > 0) parts.appended(now, rows.length) // sending it must not compete with the second copy that somebody waits for
      return isCopied
    }
    return { to: now.seq, done: run() }
  }

  /** The new rows and whatever an earlier failure has left behind, in order. */
  async function copyUp(rows: readonly EntryRow[], to: number): Promise<boolean> {
    const first = rows[0]?.seq ?? to + 1
    while (copiedTo < first - 1) {
      const missing = await money.entries(identity.epoch, copiedTo + 1, JOURNAL_PAGE)
      const older = missing.filter((row) => row.seq < first)
      if (older.length === 0) break
      if (!(await copy(older))) return false
    }
    return rows.length === 0 || (await copy(rows))
  }

  async function copy(rows: readonly EntryRow[]): Promise<boolean> {
    const reply = await journal
      .append(rows.map(journalRecord))
      .catch((error): JournalReply => ({ ok: false, reason: 'journal_failed', message: String(error) }))
    if (reply.ok) copiedTo = rows.at(-1)!.seq
    else parts.journalFailed(reply)
    return reply.ok
  }

  return {
    exclusive,
    write,
    append,
    copied: async ({ epoch, seq }) => epoch !== identity.epoch || (await copiedUpTo(seq)),
    head: () => head,
    shift: () => shift,
    seal: async () => {
      sealed = true
      await tail
      await copiedUpTo(head.seq) // also what came while a round was under way: the next epoch's core reads the journal
    },
  }
}

interface CopyRound {
  /** The last entry that it is to bring over. */
  readonly to: number
  readonly done: Promise<boolean>
}

export const journalRecord = ({ epoch, seq, text }: EntryRow): JournalRecord => ({ epoch, seq, text })

/** A journal item as the store keeps it. */
export function entryRow(item: JournalItem, text: string, at: number): EntryRow {
  const { entry, hash } = item
  return { epoch: entry.epoch, seq: entry.seq, hash, text, kind: entry.body.kind, at, ...changeOf(entry.body) }
}

function salesOf(entries: readonly LedgerEntry[], answer: unknown, name: string | null): ReceiptRow[] {
  return entries.flatMap((entry) =>
    entry.body.kind === 'sale' ? [receiptRow(entry, entry.body as SaleBody, answer, name)] : [],
  )
}

/** Personal data goes beside an entry, never into it. */
const beside = ({ profile, said }: Draft) => ({
  ...(profile === undefined ? {} : { profile }),
  ...(said === undefined ? {} : { said }),
})

/** A full disk shows as a quota error or, with some stores, as a bare abort: nothing was written either way. */
function isFull(error: unknown): boolean {
  const names = [error, (error as { inner?: unknown } | null)?.inner].map((each) => (each as Error | undefined)?.name)
  return names.some((name) => name === 'QuotaExceededError' || name === 'AbortError')
}
