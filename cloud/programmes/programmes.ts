import type { TenantId } from '../../shared/ids.ts'
import { canonical, sha256Hex } from '../../shared/ledger/chain.ts'
import { type CompiledProgramme, compileProgramme } from '../../shared/programme/compile.ts'
import { parseProgramme } from '../../shared/programme/schema.ts'
import { type Clock, instant } from '../clock.ts'
import type { Db, Tx } from '../database/connect.ts'
import { transaction } from '../database/transaction.ts'
import { noteForFeed } from '../feed/note.ts'
import { Refusal } from '../http/refusal.ts'

/** A published version, ready to compute with. It never changes, so it is read and compiled once. */
export interface Version {
  readonly id: string
  readonly version: number
  readonly hash: string
  readonly compiled: CompiledProgramme
}

export interface Programmes {
  /**
   * Reads what a batch names; afterwards `known` answers at once. Reads by the caller's transaction, so that nobody who
   * holds a connection waits for a second one.
   */
  need(db: Db | Tx, versions: Iterable<{ readonly id: string; readonly version: number }>): Promise<void>
  known(id: string, version: number): Version | undefined
  /** The newest version in force; undefined before the first is published. */
  current(db: Db | Tx): Promise<Version | undefined>
  publish(document: unknown): Promise<{ id: string; version: number; hash: string; isNew: boolean }>
}

export function openProgrammes(db: Db, tenant: TenantId, clock: Clock): Programmes {
  const versions = new Map<string, Version>()
  const keyOf = (id: string, version: number) => `${version}\n${id}`

  async function read(reader: Db | Tx, id: string, version: number): Promise<void> {
    const row = await versionRow(reader, tenant, id, version)
    if (row === undefined) return
    const parsed = parseProgramme(JSON.parse(row.document))
    // published by a newer service that knows more; sales under it are set aside until this one is updated
    if (!parsed.ok) return
    versions.set(keyOf(id, version), { id, version, hash: row.hash, compiled: compileProgramme(parsed.value) })
  }

  async function need(reader: Db | Tx, named: Iterable<{ id: string; version: number }>): Promise<void> {
    for (const { id, version } of named) if (!versions.has(keyOf(id, version))) await read(reader, id, version)
  }

  return {
    need,
    known: (id, version) => versions.get(keyOf(id, version)),
    async current(reader) {
      const newest = await newestVersion(reader, tenant)
      if (newest === undefined) return undefined
      await need(reader, [{ id: newest.programme, version: newest.version }])
      return versions.get(keyOf(newest.programme, newest.version))
    },
    async publish(document) {
      const parsed = parseProgramme(document)
      if (!parsed.ok) {
        throw new Refusal(422, 'bad_programme', 'The programme document has mistakes.', { errors: parsed.detail })
      }
      const { id, version } = parsed.value
      const text = canonical(document)
      const hash = sha256Hex(text)
      const isNew = await transaction(db, async (tx) => {
        const newest = await newestVersion(tx, tenant)
        const there = await versionRow(tx, tenant, id, version)
        if (there?.hash === hash) return false
        checkVersion(newest, id, version)
        await tx
          .insertInto('programme_version')
          .values({ tenant, programme: id, version, hash, document: text, published_at: instant(clock) })
          .execute()
        await noteForFeed(tx, tenant, [{ scope: 'programme', keys: [id] }])
        return true
      })
      return { id, version, hash, isNew }
    },
  }
}

function checkVersion(newest: { programme: string; version: number } | undefined, id: string, version: number): void {
  if (newest === undefined) return
  if (newest.programme !== id) {
    throw new Refusal(409, 'another_programme', `Programme "${newest.programme}" is in force here, not "${id}".`)
  }
  if (version <= newest.version) {
    const next = newest.version + 1
    throw new Refusal(
      409,
      'version_taken',
      `Version ${version} was published before and never changes; ${next} is next.`,
    )
  }
}

export function newestVersion(db: Db | Tx, tenant: TenantId) {
  return db
    .selectFrom('programme_version')
    .select(['programme', 'version'])
    .where('tenant', '=', tenant)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst()
}

export function versionRow(db: Db | Tx, tenant: TenantId, id: string, version: number) {
  return db
    .selectFrom('programme_version')
    .select(['hash', 'document'])
    .where('tenant', '=', tenant)
    .where('programme', '=', id)
    .where('version', '=', version)
    .executeTakeFirst()
}
