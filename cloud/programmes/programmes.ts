import type { TenantId } from '../../shared/ids.ts'
import { type ProgrammeShelf, programmeShelf, type Version } from '../../shared/intake/programmes.ts'
import { canonical, sha256Hex } from '../../shared/ledger/chain.ts'
import { saidTwice } from '../../shared/programme/said-twice.ts'
import { parseProgramme } from '../../shared/programme/schema.ts'
import { type Clock, instant } from '../clock.ts'
import type { Db, Tx } from '../database/connect.ts'
import { transaction } from '../database/transaction.ts'
import { noteForFeed } from '../feed/note.ts'
import { Refusal } from '../http/refusal.ts'
import { lockTenant } from '../tenant.ts'
import { newestVersion, programmeReads, versionRow } from './versions.ts'

export type { Version } from '../../shared/intake/programmes.ts'

export interface Programmes {
  /** Every version read so far. */
  readonly shelf: ProgrammeShelf
  /** As on the shelf, read by a connection or in a transaction. */
  need(db: Db | Tx, versions: Iterable<{ readonly id: string; readonly version: number }>): Promise<void>
  known(id: string, version: number): Version | undefined
  current(db: Db | Tx): Promise<Version | undefined>
  /** `text`: as it came, where a name said twice is still to be seen. */
  publish(document: unknown, text?: string): Promise<{ id: string; version: number; hash: string; isNew: boolean }>
}

export function openProgrammes(db: Db, tenant: TenantId, clock: Clock): Programmes {
  const shelf = programmeShelf()
  return {
    shelf,
    need: (reader, versions) => shelf.need(programmeReads(reader, tenant), versions),
    known: shelf.known,
    current: (reader) => shelf.current(programmeReads(reader, tenant)),
    async publish(document, text = '') {
      const parsed = parseProgramme(document)
      const errors = [...saidTwice(text), ...(parsed.ok ? [] : parsed.detail)]
      if (!parsed.ok || errors.length > 0) {
        throw new Refusal(422, 'bad_programme', 'The programme document has mistakes.', { errors })
      }
      const { id, version } = parsed.value
      const kept = canonical(document)
      const hash = sha256Hex(kept)
      const isNew = await transaction(db, async (tx) => {
        await lockTenant(tx, tenant) // one after the other, each sees what the one before has published
        const newest = await newestVersion(tx, tenant)
        const there = await versionRow(tx, tenant, id, version)
        if (there?.hash === hash) return false
        checkVersion(newest, id, version)
        await tx
          .insertInto('programme_version')
          .values({ tenant, programme: id, version, hash, document: kept, published_at: instant(clock) })
          .execute()
        await noteForFeed(tx, tenant, [{ scope: 'programme', keys: [id] }])
        return true
      })
      return { id, version, hash, isNew }
    },
  }
}

function checkVersion(newest: { id: string; version: number } | undefined, id: string, version: number): void {
  if (newest === undefined) return
  if (newest.id !== id) {
    throw new Refusal(409, 'another_programme', `Programme "${newest.id}" is in force here, not "${id}".`)
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
