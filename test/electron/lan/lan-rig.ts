import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { type AddressInfo, connect as connectTcp, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rawPublicKey } from '../../../electron/device-key.ts'
import type { LanAnswerers } from '../../../electron/lan/connection.ts'
import type { Discover } from '../../../electron/lan/discovery.ts'
import { type Neighbours, openNeighbours } from '../../../electron/lan/neighbours.ts'
import type { Place } from '../../../electron/lan/place.ts'
import { openRoster, type Roster } from '../../../electron/lan/roster.ts'
import { silentLog } from '../../../electron/log.ts'
import type { LanHello } from '../../../shared/lan/protocol.ts'
import { type DeviceRow, deviceRow } from '../../../shared/sync/protocol.ts'

/** Tills on loopback with real TLS, each with a key, a roster and a port of its own; no main process around them. */

export interface LanTill {
  readonly device: string
  readonly key: KeyObject
  readonly row: DeviceRow
  readonly roster: Roster & { readonly replace: (rows: readonly DeviceRow[]) => void }
  readonly lan: Neighbours
  readonly hellos: { readonly device: string; readonly hello: LanHello }[]
  readonly log: string[]
  readonly port: () => number
  readonly place: () => Place
}

export const QUICK = { pingEveryMs: 40, silentMs: 200, helloWithinMs: 200, callAgainMs: 20, callAgainMsMax: 100 }

export const deaf: LanAnswerers = {
  mirror: async () => ({ ok: false, reason: 'failed' }),
  recover: async () => ({ ok: false, reason: 'failed' }),
  rights: async () => ({ ok: true, value: { handOvers: [] } }),
  receipt: async () => ({ ok: true, value: { entries: [] } }),
}

export function newKey(): KeyObject {
  const { privateKey } = generateKeyPairSync('ed25519')
  return createPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' }))
}

export function rowOf(device: string, key: KeyObject, outlet = 'A', state: DeviceRow['state'] = 'active'): DeviceRow {
  return deviceRow.parse({ device, outlet, till: device, publicKey: rawPublicKey(key), state })
}

export interface TillOptions {
  readonly outlet?: string
  readonly key?: KeyObject
  readonly places?: () => readonly Place[]
  readonly answerers?: Partial<LanAnswerers>
  readonly discover?: Discover | null
  readonly mirrorsOf?: (device: string) => LanHello['mirrors']
  readonly onHello?: (device: string, hello: LanHello) => void
  readonly port?: number
  readonly pace?: Partial<typeof QUICK>
}

/** Not on the network until its roster names somebody and `lan.refresh` is called. */
export function newTill(device: string, options: TillOptions = {}): LanTill {
  const key = options.key ?? newKey()
  const outlet = options.outlet ?? 'A'
  const row = rowOf(device, key, outlet)
  const log: string[] = []
  const kept = openRoster({
    file: join(mkdtempSync(join(tmpdir(), 'bonusbook-lan-')), 'neighbours.json'),
    identity: () => ({ device, outlet }),
    log: silentLog,
  })
  let generation = 0
  const roster = {
    ...kept,
    replace: (rows: readonly DeviceRow[]) => {
      generation += 1
      kept.told({ generation, rows, gone: [], whole: true })
    },
  }
  const hellos: { device: string; hello: LanHello }[] = []
  const lan = openNeighbours({
    identity: { device },
    key,
    app: 'test',
    roster,
    settings: () => ({ enabled: true, port: options.port ?? 0, places: options.places?.() ?? [] }),
    answerers: { ...deaf, ...options.answerers },
    mirrorsOf: options.mirrorsOf ?? (() => []),
    discover: options.discover ?? null,
    onHello: (from, hello) => {
      hellos.push({ device: from, hello })
      options.onHello?.(from, hello)
    },
    onChange: () => {},
    now: () => new Date(0),
    chance: () => 0.5,
    log: (_level, message, facts) => log.push(`${message} ${JSON.stringify(facts ?? {})}`),
    pace: { ...QUICK, ...options.pace },
  })
  const port = () => lan.port()!
  return {
    device,
    key,
    row,
    roster,
    lan,
    hellos,
    log,
    port,
    place: () => ({ host: '127.0.0.1', port: port(), device: null }),
  }
}

/** Waits for something that comes by itself; the patience only bounds a hang. */
export async function until(what: string, holds: () => boolean, patienceMs = 5_000): Promise<void> {
  for (let waited = 0; !holds(); waited += 5) {
    if (waited > patienceMs) throw new Error(`waited in vain: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** A wire between two tills that can stop passing bytes on without closing: what a pulled cable looks like. */
export async function wire(toPort: () => number) {
  const sockets = new Set<Socket>()
  let cut = false
  let bytes = 0
  const server = createServer((near) => {
    const far = connectTcp(toPort(), '127.0.0.1')
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.on('data', (piece) => {
        bytes += piece.length
        if (!cut) to.write(piece)
      })
      from.on('error', () => {})
      from.on('close', () => {
        if (!cut) to.destroy()
      })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    place: (): Place => ({ host: '127.0.0.1', port, device: null }),
    cut: () => {
      cut = true
    },
    mend: () => {
      cut = false
      for (const socket of sockets) socket.destroy()
    },
    bytes: () => bytes,
    close: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}
