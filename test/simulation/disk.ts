import { type CacheInMemory, cacheInMemory } from '../../renderer/core/cache-memory.ts'
import { parsed } from '../../renderer/core/journal-item.ts'
import { type MoneyInMemory, moneyInMemory } from '../../renderer/core/money-memory.ts'
import type { CacheStore, Journal, MoneyStore } from '../../renderer/core/ports.ts'
import type { JournalRecord } from '../../shared/desktop-api.ts'

/** What a till's machine keeps when its programs die: two copies of its stream, and a cache that may be a little old. */
export class Disk {
  money: MoneyInMemory = moneyInMemory()
  cache: CacheInMemory = cacheInMemory()
  private records = new Map<number, Map<number, JournalRecord>>()
  /** Places whose record in the journal was lost to the disk. */
  readonly unreadable = new Set<string>()
  /** The last record that was being written. */
  private last: JournalRecord | undefined
  private written: CacheInMemory | undefined
  private applied = 0

  readonly journal: Journal = {
    append: async (fresh) => {
      for (const record of fresh) {
        const epoch = this.records.get(record.epoch) ?? new Map<number, JournalRecord>()
        this.records.set(record.epoch, epoch.set(record.seq, record))
        this.last = record
      }
      return { ok: true }
    },
    read: async (epoch, fromSeq, limit) => {
      const records = this.records.get(epoch)
      if (records === undefined) return []
      const found: JournalRecord[] = []
      if (records.has(fromSeq)) {
        for (let seq = fromSeq; found.length < limit && records.has(seq); seq++) found.push(records.get(seq)!)
        if (found.length === limit) return found
      }
      const behind = [...records.keys()].filter((seq) => seq >= fromSeq + found.length).sort((a, b) => a - b)
      return [...found, ...behind.slice(0, limit - found.length).map((seq) => records.get(seq)!)]
    },
    prune: async () => undefined,
    room: async () => ({ freeBytes: this.isLow ? 1 : 1_000_000_000, lowBytes: 1_000_000 }),
  }
  /** Little room is left: the till looks now and then. */
  isLow = false

  epochs(): readonly number[] {
    return [...this.records.keys()]
  }

  record(epoch: number, seq: number): JournalRecord | undefined {
    return this.records.get(epoch)?.get(seq)
  }

  /** Without a gap from a number on, or from the first behind it. */
  recordsFrom(epoch: number, from: number): readonly JournalRecord[] {
    const records = this.records.get(epoch) ?? new Map<number, JournalRecord>()
    const first = records.has(from) ? from : Math.min(...[...records.keys()].filter((seq) => seq > from))
    const found: JournalRecord[] = []
    for (let seq = first; records.has(seq); seq++) found.push(records.get(seq)!)
    return found
  }

  /** A record that the journal had lost is there again. */
  keep(record: JournalRecord): void {
    const records = this.records.get(record.epoch) ?? new Map<number, JournalRecord>()
    this.records.set(record.epoch, records.set(record.seq, record))
    this.unreadable.delete(`${record.epoch}/${record.seq}`)
  }

  /** Everything on it, to go back to. */
  image(): Disk {
    const copy = new Disk()
    copy.become(this)
    return copy
  }

  /** Both copies are put back from an older time. */
  become({ money, cache, records, unreadable }: Disk): void {
    this.money = moneyInMemory(money.image())
    this.cache = cache.image()
    this.records = new Map([...records].map(([epoch, kept]) => [epoch, new Map(kept)]))
    for (const place of unreadable) this.unreadable.add(place)
    this.last = undefined
    this.written = undefined
  }

  /** Whether the journal could bring everything back that the database holds. */
  get isJournalWhole(): boolean {
    const streams = [...this.money.image().streams]
    return streams.every(([epoch, { rows }]) => [...rows.keys()].every((seq) => this.records.get(epoch)?.has(seq)))
  }

  /** Whether the database has what the journal holds; what it has pruned was acknowledged long ago. */
  get isMoneyWhole(): boolean {
    const { streams } = this.money.image()
    return [...this.records].every(([epoch, records]) => {
      const head = streams.get(epoch)?.head.seq ?? 0
      return [...records.keys()].every((seq) => seq <= head)
    })
  }

  razeMoney(): void {
    this.money = moneyInMemory()
    this.cache = cacheInMemory()
    this.written = undefined
  }

  loseJournal(): void {
    this.records = new Map()
    this.last = undefined
  }

  /** The end of the last write did not reach the disk; what was answered for did. */
  tearJournal(): boolean {
    if (this.last === undefined) return false
    this.records.get(this.last.epoch)?.delete(this.last.seq)
    this.last = undefined
    return true
  }

  /** One record in the middle can no longer be read. */
  flipBit(pick: (count: number) => number): boolean {
    const all = [...this.records.values()].flatMap((records) => [...records.values()])
    if (all.length === 0) return false
    const { epoch, seq } = all[pick(all.length)]!
    this.records.get(epoch)!.delete(seq)
    this.unreadable.add(`${epoch}/${seq}`)
    return true
  }

  /** Whether the journal holds an entry, or would if the disk had let it. */
  isInJournal(epoch: number, seq: number): boolean {
    return this.records.get(epoch)?.has(seq) === true || this.unreadable.has(`${epoch}/${seq}`)
  }

  /** Every so many pages the cache is on the disk for sure. */
  cacheApplied(every: number): void {
    this.applied += 1
    if (this.applied % every === 0) this.written = this.cache.image()
  }

  /** Whether the journal has an entry that was written again in a later epoch there, by the hash of what it was first. */
  holdsAdopted(hash: string): boolean {
    const isIt = ({ text }: JournalRecord) => text.includes(hash) && parsed(text).entry.adopted?.hash === hash
    return [...this.records.values()].some((records) => [...records.values()].some(isIt))
  }

  /** The machine lost power: the cache is what was on the disk for sure. */
  cacheFromDisk(): boolean {
    if (this.written === undefined) return false
    this.cache = this.written.image()
    return true
  }
}

/** A store whose every call goes through `io`: there the disk is slow, full, or the program dies. */
export function through<T extends MoneyStore | CacheStore | Journal>(
  port: T,
  io: <R>(call: string, job: () => Promise<R>) => Promise<R>,
): T {
  const wrapped = Object.entries(port).map(([name, method]) => [
    name,
    (...given: unknown[]) =>
      io(name, () => (method as unknown as (...args: unknown[]) => Promise<unknown>).apply(port, given)),
  ])
  return Object.fromEntries(wrapped) as T
}
