import { z } from 'zod'
import type { TillState } from '../../shared/core-api.ts'
import type { CoreBoot, CoreRequest } from '../../shared/desktop-api.ts'
import { openCache } from './cache-dexie.ts'
import { cloudFetch } from './cloud-fetch.ts'
import type { Phase } from './context.ts'
import { timedCopies } from './copy-times.ts'
import { bareState, type Core, openCore } from './core.ts'
import { NewerDatabase } from './dexie-open.ts'
import { watchStores } from './hung-store.ts'
import { journalThroughPage } from './journal-page.ts'
import type { ToPage, ToWorker } from './messages.ts'
import { openMoney } from './money-dexie.ts'
import { neighboursThroughPage } from './neighbours-page.ts'
import type { Clock } from './ports.ts'
import { besideShopTills } from './shop-tills.ts'
import { statesAtEase } from './states-at-ease.ts'

/** The Worker: plugs Dexie, fetch, the page's journal and the real clock into the core. */

z.config({ jitless: true }) // the content security policy allows no code from text

const OPEN_AGAIN_MS = 2_000

const say = (message: ToPage) => postMessage(message)
const emit = statesAtEase((event) => say({ type: 'emit', event }))
const journal = journalThroughPage(say)
const neighbours = neighboursThroughPage(say)
const alone = onlyCore()
const clock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}
const stores = watchStores(clock, (call) => {
  console.error('the database answers no more; the core falls silent, so that it is started anew', call)
  hung = true
})
/** Every call that ends of itself within seconds, however much there is; others go on step by step. */
const ONE_STEP = ['find', 'mark', 'programmes', 'staff', 'apply', 'introduce'] as const
let hung = false
let core: Core | null = null
let phase: Phase = { phase: 'starting', refusal: null }

addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  switch (data.type) {
    case 'boot':
      void open(data.boot)
      return
    case 'request':
      void answer(data.request)
      return
    case 'hurry':
      core?.hurry()
      return
    case 'neighbour':
    case 'neighbour-lost':
      neighbours.heard(data)
      return
    default:
      journal.heard(data)
  }
})

async function answer({ id, method, params }: CoreRequest): Promise<void> {
  if (hung) return // whoever answers nobody is brought back by main; an answer would only hide it
  try {
    say({ type: 'reply', id, reply: await ask(method, params) })
  } catch (error) {
    console.error(`${method} failed`, error)
    // Whether it was booked is not known here; the same key asks again and is answered once.
    say({ type: 'reply', id, reply: { ok: false, reason: 'starting', detail: { failed: String(error) } } })
  }
}

async function ask(method: string, params: unknown) {
  if (core !== null) return await core.callAny(method, params)
  if (method === 'state') return { ok: true as const, value: bareState(phase) }
  const reason =
    phase.phase === 'needs-enrolment' ? ('not_enrolled' as const) : (phase.refusal ?? ('starting' as const))
  return { ok: false as const, reason }
}

function enter(next: Phase): void {
  phase = next
  const state: TillState = bareState(phase)
  emit({ type: 'state', state })
}

async function open(boot: CoreBoot): Promise<void> {
  const { identity } = boot
  if (identity === null) return enter({ phase: 'needs-enrolment', refusal: null })
  enter(phase)
  await alone
  try {
    // One pair of databases for each identity: a till that joins anew never writes into another stream's books.
    const name = `${identity.tenant}.${identity.device}`
    const cloud = cloudFetch()
    const copies = timedCopies(
      stores.over(await stores.opening('money', openMoney(`money.${name}`))),
      journal.journal,
      (ms) => say({ type: 'copied', ms }),
    )
    core = await openCore({
      boot,
      ...copies,
      cache: besideShopTills(
        stores.over(await stores.opening('cache', openCache(`cache.${name}`)), ONE_STEP),
        neighbours.keepShopTills,
      ),
      neighbours: neighbours.port,
      cloud,
      rights: cloud,
      reports: cloud,
      emit,
      ids: { next: () => crypto.randomUUID(), chance: () => crypto.getRandomValues(new Uint32Array(1))[0]! / 2 ** 32 },
      clock,
    })
  } catch (error) {
    if (error instanceof NewerDatabase) {
      console.error('the database was written by a newer app', error.message)
      return enter({ phase: 'refused', refusal: 'newer_database' })
    }
    // Browsers fail to open a store now and then and succeed a moment later; nothing is given up meanwhile.
    console.error('the core could not be opened and is tried again', error)
    setTimeout(() => void open(boot), OPEN_AGAIN_MS)
  }
}

/** Holds the lock as long as this Worker lives: two cores on one database would both write the stream. */
function onlyCore(): Promise<void> {
  return new Promise((resolve, reject) => {
    navigator.locks
      .request('bonusbook-core', async () => {
        resolve()
        await new Promise(() => {})
      })
      .catch(reject)
  })
}

addEventListener('online', () => core?.hurry())
say({ type: 'loaded' })
