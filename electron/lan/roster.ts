import { existsSync, readFileSync } from 'node:fs'
import { z } from 'zod'
import type { ShopTills, TillIdentity } from '../../shared/desktop-api.ts'
import { type DeviceRow, deviceRow } from '../../shared/sync/protocol.ts'
import { writeAtomically } from '../atomic-file.ts'
import type { Log } from '../log.ts'

/** The tills of this shop as the cloud last told them, kept so that they know each other without it. */
export interface Roster {
  /** Those that may speak to this till: active, of the same outlet, not itself. */
  readonly neighbours: () => readonly DeviceRow[]
  /** By the raw key that somebody has proved to hold. */
  readonly byKey: (publicKey: string | undefined) => DeviceRow | undefined
  /** Revoked ones too. */
  readonly find: (device: string) => DeviceRow | undefined
  /** True where it has changed who may speak. */
  readonly told: (told: ShopTills) => boolean
}

const rosterFile = z.array(z.object({ generation: z.int(), row: deviceRow }))
type Kept = z.infer<typeof rosterFile>[number]

export function openRoster(options: {
  readonly file: string
  readonly identity: () => Pick<TillIdentity, 'device' | 'outlet'> | null
  readonly log: Log
}): Roster {
  const { file, identity, log } = options
  let rows = new Map(load().map((one) => [one.row.device as string, one]))

  function load(): readonly Kept[] {
    if (!existsSync(file)) return []
    try {
      return rosterFile.parse(JSON.parse(readFileSync(file, 'utf8')))
    } catch (error) {
      log('error', 'the list of neighbours could not be read; they are told again with the next fill', {
        error: String(error),
      })
      return []
    }
  }

  function neighbours(): readonly DeviceRow[] {
    const own = identity()
    if (own === null) return []
    const all = [...rows.values()].map(({ row }) => row)
    return all.filter((row) => row.state === 'active' && row.outlet === own.outlet && row.device !== own.device)
  }

  return {
    neighbours,
    byKey: (publicKey) => neighbours().find((row) => row.publicKey === publicKey),
    find: (device) => rows.get(device)?.row,
    told: ({ generation, rows: told, gone, whole }) => {
      const before = JSON.stringify(neighbours())
      const next = new Map(rows)
      for (const row of told) next.set(row.device, { generation, row })
      for (const device of gone) next.delete(device)
      if (whole) for (const [device, one] of next) if (one.generation < generation) next.delete(device)
      if (JSON.stringify([...next]) === JSON.stringify([...rows])) return false
      writeAtomically(file, `${JSON.stringify([...next.values()], null, 2)}\n`)
      rows = next
      return JSON.stringify(neighbours()) !== before
    },
  }
}
