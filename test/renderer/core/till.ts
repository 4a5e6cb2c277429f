import 'fake-indexeddb/auto'
import { openCache } from '../../../renderer/core/cache-dexie.ts'
import { cacheInMemory } from '../../../renderer/core/cache-memory.ts'
import { type Core, openCore } from '../../../renderer/core/core.ts'
import { openMoney } from '../../../renderer/core/money-dexie.ts'
import { moneyInMemory } from '../../../renderer/core/money-memory.ts'
import type { CacheStore, IdSource, Journal, MoneyStore } from '../../../renderer/core/ports.ts'
import type { CoreEvent, CoreMethod, CoreParams, CoreResults } from '../../../shared/core-api.ts'
import type { JournalRecord } from '../../../shared/desktop-api.ts'
import type { ProgrammeDocument } from '../../../shared/programme/schema.ts'
import { quiet, type TestClock, testClock } from './clock.ts'
import { type TestCloud, testCloud } from './cloud.ts'
import { cafe } from './programme.ts'

/** One till with everything around it in memory: it can be crashed, emptied and started again. */

export function testJournal() {
  let records: JournalRecord[] = []
  const state = { fails: false, appends: 0 }
  const journal: Journal = {
    append: async (fresh) => {
      state.appends++
      if (state.fails) return { ok: false, reason: 'disk_full', message: 'no space left' }
      records.push(...fresh)
      return { ok: true }
    },
    read: async (epoch, fromSeq, limit) =>
      records.filter((record) => record.epoch === epoch && record.seq >= fromSeq).slice(0, limit),
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
  readonly money: () => MoneyStore
  readonly cache: () => CacheStore
}

let shops = 0

export const anna = { card: '2900000000018', phone: '+79161234567' } as const

export async function openTill(
  options: {
    programme?: ProgrammeDocument
    cloud?: TestCloud
    clock?: TestClock
    device?: string
    inMemory?: boolean
  } = {},
): Promise<TestTill> {
  const clock = options.clock ?? testClock()
  const cloud = options.cloud ?? testCloud(clock, options.programme ?? cafe())
  const device = options.device ?? `till-${++shops}`
  const journal = testJournal()
  const events: CoreEvent[] = []
  const names = [`money.${device}.${shops}`, `cache.${device}.${shops}`] as const
  let close = () => {}
  let [money, cache] = options.inMemory ? [moneyInMemory(), cacheInMemory()] : await openStores()
  let core: Core | undefined
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

  async function start(): Promise<void> {
    core = await openCore({
      boot: {
        identity: { tenant: 'cafe', device, epoch: 1, outlet: 'A', till: 'Till 1' },
        language: 'ru',
        app: 'test',
      },
      clock,
      money,
      cache,
      journal,
      cloud: cloud.link(device),
      ids: idSource,
      emit: (event) => events.push(event),
    })
    await settle()
  }

  async function settle(): Promise<void> {
    for (let turn = 0; turn < 4; turn++) await clock.pass(700)
    await quiet()
  }

  /** Time stands still while the core works; what waits for a limit is helped on by the caller. */
  async function call<M extends CoreMethod>(method: M, params: CoreParams<M>) {
    return await core!.call(method, params)
  }

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
    emptyDatabase: async () => {
      close()
      for (const name of names) {
        await new Promise((resolve, reject) => {
          const request = indexedDB.deleteDatabase(name)
          request.onsuccess = resolve
          request.onerror = reject
        })
      }
      ;[money, cache] = await openStores()
    },
    money: () => money,
    cache: () => cache,
  }
}

export const receipt = (id: string, amount = '1000.00') => ({ id, lines: [{ id: '1', name: 'Coffee', amount }] })
