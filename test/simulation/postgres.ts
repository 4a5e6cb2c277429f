import { randomBytes } from 'node:crypto'
import { connect, type Db } from '../../cloud/database/connect.ts'
import { migrate } from '../../cloud/database/migrate.ts'
import { sequenceAll } from '../../cloud/feed/sequencer.ts'
import { postgresStore } from '../../cloud/ledger/postgres-store.ts'
import { openProgrammes } from '../../cloud/programmes/programmes.ts'
import { type Keys, keysFrom } from '../../cloud/secrets/keys.ts'
import { openTenant } from '../../cloud/tenant.ts'
import { type TenantId, tenantId } from '../../shared/ids.ts'
import { type MemoryStore, StoreUnwell } from '../../shared/intake/memory-store.ts'
import type { FeedScope, LedgerReads, LedgerStore, LedgerTx } from '../../shared/intake/port.ts'
import { canonical } from '../../shared/ledger/chain.ts'
import { databaseAt, onServer } from '../cloud/postgres.ts'
import type { FaultKind } from './faults.ts'

/**
 * A real PostgreSQL behind the simulated cloud. Everything is decided twice, on the memory store and there, and has to
 * come out the same; what tills hear is PostgreSQL's word. The memory store beside it is what the checks look at, says
 * what becomes of each transaction, and takes over the numbers that the real sequencer gives.
 */
export interface Postgres {
  /** Places for one run after the other, each a tenant of its own. */
  readonly beside: (memory: MemoryStore, parts: BesideParts) => StoreBeside
  readonly close: () => Promise<void>
}

export interface BesideParts {
  readonly now: () => string
  /** Simulated time stands still until this is done. */
  readonly outside: <T>(work: Promise<T>) => Promise<T>
  readonly differs: (what: string, where: string) => void
}

export interface StoreBeside extends MemoryStore {
  /** Compares every purse and every answer, at the end. */
  readonly compareAll: () => Promise<void>
}

/** What does not happen to a PostgreSQL beside: no backup of it is taken, and who is
 * forgotten there, and its web shops, are told of by its own tests.
 */
export const NOT_BESIDE: readonly FaultKind[] = ['cloud tail lost', 'member erased', 'basket held']

let runs = 0

export async function openPostgres(server: string): Promise<Postgres> {
  const name = `simulation_${randomBytes(8).toString('hex')}`
  await onServer(server, `create database ${name}`)
  const db = connect(databaseAt(server, name), { connections: 4 })
  await migrate(db)
  const keys = keysFrom(randomBytes(32))
  return {
    beside: (memory, parts) => storeBeside(memory, { db, keys, tenant: tenantId.parse(`run-${++runs}`) }, parts),
    close: async () => {
      await db.destroy()
      await onServer(server, `drop database ${name}`)
    },
  }
}

interface Place {
  readonly db: Db
  readonly keys: Keys
  readonly tenant: TenantId
}

/** It never happened: for what the memory store has taken back too. */
class TakenBack extends Error {}

function storeBeside(memory: MemoryStore, place: Place, { now, outside, differs }: BesideParts): StoreBeside {
  const { db, tenant } = place
  const clock = () => new Date(now())
  const real: LedgerStore = postgresStore(place)
  const programmes = openProgrammes(db, tenant, clock)
  let tail: Promise<unknown> = openTenant(db, tenant, place.keys, clock)

  /** The same order on both. */
  function inTurn<T>(job: () => Promise<T>): Promise<T> {
    const result = tail.then(job)
    tail = result.catch(() => undefined)
    return outside(result)
  }

  function same<T>(here: Outcome<T>, there: Outcome<T>, say: (outcome: Outcome<T>) => string = told): T {
    const [ours, theirs] = [say(here), say(there)]
    if (ours !== theirs) differs(difference(ours, theirs), now())
    if ('error' in there) throw there.error
    return there.value
  }

  async function decide<T>(run: (tx: LedgerTx) => Promise<T>): Promise<T> {
    const here = await outcomeOf(() => memory.transaction(run))
    const unwell = 'error' in here && here.error instanceof StoreUnwell ? here.error : undefined
    if (unwell === undefined) return same(here, await outcomeOf(() => real.transaction(run)))
    await real
      .transaction(async (tx) => {
        await run(tx)
        if (!unwell.isCommitted) throw new TakenBack()
      })
      .catch((error: unknown) => {
        if (!(error instanceof TakenBack)) throw error
      })
    throw unwell
  }

  async function sequence(): Promise<number> {
    const { high } = await db
      .selectFrom('feed_shard')
      .select('high')
      .where('tenant', '=', tenant)
      .executeTakeFirstOrThrow()
    await sequenceAll(db, tenant)
    const rows = await db
      .selectFrom('feed')
      .select(['scope', 'key', 'seq'])
      .where('tenant', '=', tenant)
      .where('seq', '>', high)
      .orderBy('seq')
      .execute()
    const given = rows.map((row) => ({ ...row, scope: row.scope as FeedScope }))
    if (!(await memory.takeNumbers(given))) differs('another set of rows got numbers', now())
    return rows.length
  }

  return {
    ...memory,
    blames: real.blames,
    transaction: (run) => inTurn(() => decide(run)),
    snapshot: (run: (reads: LedgerReads) => Promise<unknown>) =>
      inTurn(async () =>
        same(await outcomeOf(() => memory.snapshot(run)), await outcomeOf(() => real.snapshot(run)), toldInAnyOrder),
      ) as never,
    sequence: () => inTurn(sequence),
    publish: (document) =>
      inTurn(async () => {
        await memory.publish(document)
        await programmes.publish(document)
      }),
    heard: (till) =>
      inTurn(async () => {
        await memory.heard(till)
        const { epochSince = null } = memory.tables().tills.get(till.device)!
        const known = {
          outlet: till.outlet,
          epoch: till.epoch,
          epoch_since: epochSince,
          state: till.isActive ? ('active' as const) : ('lost' as const),
          rights_seen_at: till.lastContact,
        }
        const first = {
          tenant,
          device: till.device,
          till: till.device,
          name: till.device,
          public_key: Buffer.from(till.publicKey ?? '', 'base64'),
          enrolled_at: now(),
          seen_at: now(),
          app: null,
        }
        await db
          .insertInto('device')
          .values({ ...first, ...known })
          .onConflict((conflict) => conflict.columns(['tenant', 'device']).doUpdateSet(known))
          .execute()
      }),
    backup: () => Promise.reject(new Error('no backup is taken of a PostgreSQL beside')),
    restore: () => Promise.reject(new Error('no backup is put back on a PostgreSQL beside')),
    compareAll: () =>
      inTurn(async () => {
        const { accounts, streams } = memory.tables()
        const purses = (store: LedgerStore) => store.snapshot((reads) => reads.accountsNamed([...accounts.keys()]))
        same(await outcomeOf(() => purses(memory)), await outcomeOf(() => purses(real)), toldInAnyOrder)
        for (const stream of streams.values()) {
          const answers = async (store: LedgerStore) => {
            const found = await store.transaction((tx) => tx.answers(stream, 1, stream.high))
            return found.map(({ seq, hash, disposition }) => ({ seq, hash, disposition }))
          }
          same(await outcomeOf(() => answers(memory)), await outcomeOf(() => answers(real)))
        }
      }),
  }
}

type Outcome<T> = { readonly value: T } | { readonly error: unknown }

async function outcomeOf<T>(job: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await job() }
  } catch (error) {
    return { error }
  }
}

function told(outcome: Outcome<unknown>): string {
  if ('value' in outcome) return canonical(plain(outcome.value) ?? null)
  const { name, code, message } = outcome.error as Error & { readonly code?: string }
  return `${name} ${code ?? ''} ${message}`
}

/** A database gives what was named in no order of its own. */
const toldInAnyOrder = (outcome: Outcome<unknown>): string =>
  'value' in outcome ? canonical(inOrder(plain(outcome.value)) ?? null) : told(outcome)

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) {
    const texts = value.map((each) => canonical(inOrder(each) ?? null))
    return texts.sort()
  }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, inOrder(each)]))
}

const AROUND = 200

/** From a little before the first letter that is another. */
function difference(ours: string, theirs: string): string {
  let at = 0
  while (at < ours.length && ours[at] === theirs[at]) at += 1
  const part = (text: string) => text.slice(Math.max(0, at - AROUND), at + AROUND)
  return `memory says …${part(ours)}…, PostgreSQL …${part(theirs)}…`
}

/** As JSON has it: amounts as texts, maps as lists of pairs in the order of their keys. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Map) return plain([...value].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)))
  if (Array.isArray(value)) return value.map((each) => plain(each) ?? null)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, each]) => (each === undefined ? [] : [[key, plain(each)]])),
  )
}
