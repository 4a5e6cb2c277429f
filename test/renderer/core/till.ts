import 'fake-indexeddb/auto'
import Dexie from 'dexie'
import { openCache } from '../../../renderer/core/cache-dexie.ts'
import { cacheInMemory } from '../../../renderer/core/cache-memory.ts'
import { type Core, openCore } from '../../../renderer/core/core.ts'
import { openMoney } from '../../../renderer/core/money-dexie.ts'
import { moneyInMemory } from '../../../renderer/core/money-memory.ts'
import type { CacheStore, CloudLink, IdSource, Journal, MoneyStore, RightsLink } from '../../../renderer/core/ports.ts'
import type { CoreEvent, CoreMethod, CoreParams, CoreResults } from '../../../shared/core-api.ts'
import type { JournalRecord } from '../../../shared/desktop-api.ts'
import type { ProgrammeDocument } from '../../../shared/programme/schema.ts'
import type { Neighbours } from '../../../shared/rights/hand-over.ts'
import { quiet, type TestClock, testClock } from './clock.ts'
import { type TestCloud, testCloud } from './cloud.ts'
import { cafe } from './programme.ts'

/** One till with everything around it in memory: it can be crashed, emptied and started again. */

export function testJournal() {
  let records: JournalRecord[] = []
  const state = { fails: false, appends: 0, freeBytes: 1_000_000, held: null as Promise<void> | null }
  const journal: Journal = {
    append: async (fresh) => {
      state.appends++
      await state.held
      if (state.fails) return { ok: false, reason: 'disk_full', message: 'no space left' }
      records.push(...fresh)
      return { ok: true }
    },
    read: async (epoch, fromSeq, limit) =>
      [...new Map(records.map((record) => [`${record.epoch}/${record.seq}`, record])).values()]
        .filter((record) => record.epoch === epoch && record.seq >= fromSeq)
        .sort((one, other) => one.seq - other.seq)
        .slice(0, limit),
    prune: async (acked) => {
      records = records.filter((record) => record.epoch === acked.epoch && record.seq > acked.seq)
    },
    room: async () => ({ freeBytes: state.freeBytes, lowBytes: 1000 }),
  }
  return {
    ...journal,
    state,
    records: () => records,
    replace: (next: JournalRecord[]) => {
      records = next
    },
  }
}

export interface TestTill {
  readonly core: () => Core
  readonly clock: TestClock
  readonly cloud: TestCloud
  readonly journal: ReturnType<typeof testJournal>
  readonly events: CoreEvent[]
  readonly device: string
  /** The value, or the refusal thrown as an error. */
  readonly ask: <M extends CoreMethod>(method: M, params: CoreParams<M>) => Promise<CoreResults[M]>
  /** The reason of the refusal, or "done". */
  readonly tried: <M extends CoreMethod>(method: M, params: CoreParams<M>) => Promise<string>
  /** Lets time pass until everything is pushed and pulled. */
  readonly settle: () => Promise<void>
  /** Lets time pass until something holds; gives up after ten minutes of it. */
  readonly until: (holds: () => boolean) => Promise<void>
  readonly crash: () => void
  readonly start: () => Promise<void>
  readonly emptyDatabase: () => Promise<void>
  /** The whole disk as it is now. */
  readonly image: () => Promise<DiskImage>
  /** The disk becomes what it was: crashes first, starts after. */
  readonly restore: (image: DiskImage) => Promise<void>
  readonly money: () => MoneyStore
  readonly cache: () => CacheStore
}

export interface DiskImage {
  readonly tables: readonly (readonly [database: number, table: string, rows: readonly unknown[]])[]
  readonly records: readonly JournalRecord[]
  readonly epoch: number
}

let shops = 0
let disks = 0

export const anna = { card: '2900000000018', phone: '+79161234567' } as const

export async function openTill(
  options: {
    programme?: ProgrammeDocument
    cloud?: TestCloud
    clock?: TestClock
    device?: string
    inMemory?: boolean
    /** A cloud that hands out rights, in place of the other. */
    town?: { readonly link: (device: string, outlet?: string) => CloudLink & RightsLink }
    outlet?: string
    neighbours?: Neighbours
    /** Another machine's disk to begin with. */
    image?: DiskImage
    /** What only the neighbours have kept of it, at each start. */
    strays?: () => readonly string[]
  } = {},
): Promise<TestTill> {
  const clock = options.clock ?? testClock()
  const cloud = options.cloud ?? testCloud(clock, options.programme ?? cafe())
  const device = options.device ?? `till-${++shops}`
  const journal = testJournal()
  const events: CoreEvent[] = []
  const disk = ++disks
  const names = [`money.${device}.${disk}`, `cache.${device}.${disk}`] as const
  let close = () => {}
  let [money, cache] = options.inMemory ? [moneyInMemory(), cacheInMemory()] : await openStores()
  let core: Core | undefined
  let epoch = 1
  let [ids, seed] = [0, 7]
  const idSource: IdSource = {
    next: () => `${device}-${++ids}`,
    chance: () => {
      seed = (seed * 48271) % 2147483647
      return seed / 2147483647
    },
  }
  if (options.cloud === undefined) {
    cloud.member('anna', anna.card, '100.00', { name: 'Анна', phone: anna.phone, language: 'ru' })
    cloud.member('boris', '2900000000025', '0.00', { name: 'Boris', language: 'en' })
    cloud.member('lost', '2900000000032', '10.00', {}, 'blocked')
  }

  async function openStores(): Promise<[MoneyStore, CacheStore]> {
    const [onDisk, pulled] = [await openMoney(names[0]), await openCache(names[1])]
    close = () => {
      onDisk.close()
      pulled.close()
    }
    return [onDisk, pulled]
  }

  const rights = options.town?.link(device, options.outlet)
  const open = rights ?? cloud.link(device)
  const link = {
    ...open,
    // Main writes the epoch down before the core hears of it.
    epoch: async (request: { readonly epoch: number }) => {
      const answer = await open.epoch(request)
      if (answer.kind === 'ok') epoch = answer.value.epoch
      return answer
    },
  }

  async function start(): Promise<void> {
    core = await openCore({
      boot: {
        identity: { tenant: 'cafe', device, epoch, outlet: options.outlet ?? 'A', till: 'Till 1' },
        language: 'ru',
        app: 'test',
        strays: options.strays?.() ?? [],
      },
      clock,
      money,
      cache,
      journal,
      cloud: link,
      ids: idSource,
      ...(rights === undefined ? {} : { rights }),
      ...(options.neighbours === undefined
        ? {}
        : { neighbours: { receipt: async () => ({ entries: [] }), ...options.neighbours } }),
      emit: (event) => events.push(event),
    })
    await settle()
  }

  async function settle(): Promise<void> {
    for (let turn = 0; turn < 4; turn++) await clock.pass(700)
    await quiet()
  }

  async function emptyDatabase(): Promise<void> {
    close()
    for (const name of names) {
      await new Promise((resolve, reject) => {
        const request = indexedDB.deleteDatabase(name)
        request.onsuccess = resolve
        request.onerror = reject
      })
    }
    ;[money, cache] = await openStores()
  }

  async function restore(image: DiskImage): Promise<void> {
    await emptyDatabase()
    for (const [database, table, rows] of image.tables) {
      const db = await new Dexie(names[database]!).open()
      await db.table(table).bulkPut(structuredClone(rows))
      db.close()
    }
    journal.replace([...image.records])
    epoch = image.epoch
  }

  /** Time stands still while the core works; what waits for a limit is helped on by the caller. */
  async function call<M extends CoreMethod>(method: M, params: CoreParams<M>) {
    return await core!.call(method, params)
  }

  if (options.image !== undefined) await restore(options.image)
  await start()
  return {
    core: () => core!,
    clock,
    cloud,
    journal,
    events,
    device,
    ask: async (method, params) => {
      const reply = await call(method, params)
      if (!reply.ok) throw new Error(`${method}: ${reply.reason} ${JSON.stringify(reply.detail ?? null)}`)
      return reply.value
    },
    tried: async (method, params) => {
      const reply = await call(method, params)
      return reply.ok ? 'done' : reply.reason
    },
    settle,
    until: async (holds) => {
      for (let turn = 0; turn < 1200 && !holds(); turn++) await clock.pass(500)
    },
    crash: () => core!.stop(),
    start,
    emptyDatabase,
    image: async () => ({ tables: await tablesOf(names), records: [...journal.records()], epoch }),
    restore: async (image) => {
      core!.stop()
      await restore(image)
      await start()
    },
    money: () => money,
    cache: () => cache,
  }
}

async function tablesOf(names: readonly string[]): Promise<DiskImage['tables']> {
  const tables: (readonly [number, string, readonly unknown[]])[] = []
  for (const [database, name] of names.entries()) {
    const db = await new Dexie(name).open()
    for (const table of db.tables) tables.push([database, table.name, await table.toArray()])
    db.close()
  }
  return tables
}

export const receipt = (id: string, amount = '1000.00') => ({ id, lines: [{ id: '1', name: 'Coffee', amount }] })
