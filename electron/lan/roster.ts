import { existsSync, readFileSync } from 'node:fs'
import { z } from 'zod'
import type { TillIdentity } from '../../shared/desktop-api.ts'
import { type DeviceRow, deviceRow } from '../../shared/sync/protocol.ts'
import { writeAtomically } from '../atomic-file.ts'
import type { Log } from '../log.ts'

/** The other tills of this shop as the cloud last told them, kept so that they know each other without it. */
export interface Roster {
  /** The neighbours that may speak to this till: active, of the same outlet, not itself. */
  readonly neighbours: () => readonly DeviceRow[]
  /** By the raw key that somebody has proved to hold. */
  readonly byKey: (publicKey: string | undefined) => DeviceRow | undefined
  /** All devices that were ever told, revoked ones too: whose mirrors are worth keeping. */
  readonly find: (device: string) => DeviceRow | undefined
  /** The whole list anew. True where it has changed. */
  readonly replace: (rows: readonly DeviceRow[]) => boolean
}

const rosterFile = z.array(deviceRow)

export function openRoster(options: {
  readonly file: string
  readonly identity: () => Pick<TillIdentity, 'device' | 'outlet'> | null
  readonly log: Log
}): Roster {
  const { file, identity, log } = options
  let rows = load()

  function load(): readonly DeviceRow[] {
    if (!existsSync(file)) return []
    try {
      return rosterFile.parse(JSON.parse(readFileSync(file, 'utf8')))
    } catch (error) {
      log('error', 'the list of neighbours could not be read; the cloud tells it again', { error: String(error) })
      return []
    }
  }

  function neighbours(): readonly DeviceRow[] {
    const own = identity()
    if (own === null) return []
    return rows.filter((row) => row.state === 'active' && row.outlet === own.outlet && row.device !== own.device)
  }

  return {
    neighbours,
    byKey: (publicKey) => neighbours().find((row) => row.publicKey === publicKey),
    find: (device) => rows.find((row) => row.device === device),
    replace: (told) => {
      const next = [...told].sort((one, other) => (one.device < other.device ? -1 : 1))
      if (JSON.stringify(next) === JSON.stringify(rows)) return false
      writeAtomically(file, `${JSON.stringify(next, null, 2)}\n`)
      rows = next
      return true
    },
  }
}
