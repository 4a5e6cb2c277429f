import { type CompiledProgramme, compileProgramme } from '../programme/compile.ts'
import { parseProgramme } from '../programme/schema.ts'
import type { LedgerReads } from './port.ts'

/** A published version, ready to compute with. It never changes, so it is read and compiled once. */
export interface Version {
  readonly id: string
  readonly version: number
  readonly hash: string
  readonly compiled: CompiledProgramme
}

export type ProgrammeReads = Pick<LedgerReads, 'newestProgramme' | 'programmeText'>

export interface ProgrammeShelf {
  /**
   * Reads what a batch names; afterwards `known` answers at once. Reads by the caller's transaction, so that nobody who
   * holds a connection waits for a second one.
   */
  need(reads: ProgrammeReads, versions: Iterable<{ readonly id: string; readonly version: number }>): Promise<void>
  known(id: string, version: number): Version | undefined
  /** The newest version in force; undefined before the first is published. */
  current(reads: ProgrammeReads): Promise<Version | undefined>
}

export function programmeShelf(): ProgrammeShelf {
  const versions = new Map<string, Version>()
  const keyOf = (id: string, version: number) => `${version}\n${id}`

  async function read(reads: ProgrammeReads, id: string, version: number): Promise<void> {
    const text = await reads.programmeText(id, version)
    if (text === undefined) return
    const parsed = parseProgramme(JSON.parse(text.document))
    // published by a newer service that knows more; sales under it are set aside until this one is updated
    if (!parsed.ok) return
    versions.set(keyOf(id, version), { id, version, hash: text.hash, compiled: compileProgramme(parsed.value) })
  }

  async function need(reads: ProgrammeReads, named: Iterable<{ id: string; version: number }>): Promise<void> {
    for (const { id, version } of named) if (!versions.has(keyOf(id, version))) await read(reads, id, version)
  }

  return {
    need,
    known: (id, version) => versions.get(keyOf(id, version)),
    async current(reads) {
      const newest = await reads.newestProgramme()
      if (newest === undefined) return undefined
      await need(reads, [newest])
      return versions.get(keyOf(newest.id, newest.version))
    },
  }
}
