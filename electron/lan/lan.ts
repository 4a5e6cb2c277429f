import { join } from 'node:path'
import type { NeighbourHost, NeighboursView, Settings } from '../../shared/desktop-api.ts'
import { LAN_PORT } from '../../shared/lan/protocol.ts'
import { signText } from '../device-key.ts'
import type { Environment } from '../environment.ts'
import type { Log } from '../log.ts'
import type { Membership } from '../membership.ts'
import type { Switchboard } from '../switchboard.ts'
import type { LanAnswerers } from './connection.ts'
import { type Discover, discoverByMdns } from './discovery.ts'
import { type Neighbours, openNeighbours } from './neighbours.ts'
import { type Place, placeOf } from './place.ts'
import { openReceiptsTold, type ReceiptsTold } from './receipts-told.ts'
import { openRightsPassed, type RightsPassed } from './rights-passed.ts'
import { openRoster } from './roster.ts'

/** The tills of this shop on its local network: everything of it that the rest of main has to know. */
export interface Lan extends NeighbourHost {
  readonly view: () => NeighboursView
  /** The till has joined, or the settings have changed. */
  readonly refresh: () => Promise<void>
  readonly close: () => Promise<void>
}

export interface LanOptions {
  readonly profile: string
  readonly environment: Pick<Environment, 'lan' | 'lanPort'>
  readonly settings: () => Settings
  readonly membership: Pick<Membership, 'identity' | 'key'>
  readonly switchboard: Pick<Switchboard, 'callAny' | 'onCore'>
  readonly app: string
  readonly onChange: () => void
  readonly log: Log
  readonly discover?: Discover
}

export function openLan(options: LanOptions): Lan {
  const { profile, membership, switchboard, log } = options
  const roster = openRoster({ file: join(profile, 'neighbours.json'), identity: membership.identity, log })
  let parts: {
    readonly neighbours: Neighbours
    readonly rights: RightsPassed
    readonly receipts: ReceiptsTold
  } | null = null

  function settings(): { enabled: boolean; port: number; places: readonly Place[] } {
    const { enabled, port, addresses } = options.settings().lan
    const { lan, lanPort } = options.environment
    const places = (Array.isArray(lan) ? lan : addresses).flatMap((address) => placeOf(address, LAN_PORT) ?? [])
    return { enabled: enabled && lan !== 'off', port: lanPort ?? port, places }
  }

  function opened() {
    const identity = membership.identity()
    const key = membership.key()
    if (identity === null || key === null) return null
    const answerers: LanAnswerers = {
      rights: (request, device) => rights.give(request, device),
      receipt: (request) => receipts.tell(request),
      mirror: async () => ({ ok: false, reason: 'unknown_ask' }),
      recover: async () => ({ ok: false, reason: 'unknown_ask' }),
    }
    const neighbours = openNeighbours({
      identity,
      key,
      app: options.app,
      roster,
      settings,
      answerers,
      mirrorsOf: () => [],
      discover: options.discover ?? discoverByMdns,
      onHello: () => rights.again(),
      onChange: options.onChange,
      now: () => new Date(),
      chance: Math.random,
      log,
    })
    const rights = openRightsPassed({
      file: join(profile, 'rights-asked.json'),
      identity: membership.identity,
      sign: (text) => signText(key, text),
      roster,
      neighbours,
      core: (method, params) => switchboard.callAny(method, params),
      log,
    })
    const receipts = openReceiptsTold({
      roster,
      neighbours,
      core: (method, params) => switchboard.callAny(method, params),
    })
    return { neighbours, rights, receipts }
  }

  async function refresh(): Promise<void> {
    parts ??= opened()
    await parts?.neighbours.refresh()
  }

  switchboard.onCore((state) => {
    if (state === 'up') parts?.rights.again()
  })

  return {
    view: () => ({
      enabled: settings().enabled,
      port: parts?.neighbours.port() ?? null,
      trouble: parts?.neighbours.trouble() ?? null,
      tills: roster.neighbours().map(({ device, till }) => ({
        device,
        till,
        present: parts?.neighbours.present().includes(device) ?? false,
        lastSeenAt: parts?.neighbours.lastSeenAt(device)?.toISOString() ?? null,
      })),
    }),
    refresh,
    shopTills: async (told) => {
      if (!roster.told(told)) return
      log('info', 'the cloud told of the tills of this shop', { tills: roster.neighbours().map(({ till }) => till) })
      await refresh()
    },
    rightsFromNeighbours: async (wish, limitMs) => (await parts?.rights.ask(wish, limitMs)) ?? [],
    receiptAtNeighbours: async (outlet, receipt, limitMs) =>
      (await parts?.receipts.ask(outlet, receipt, limitMs)) ?? { entries: [] },
    close: async () => {
      parts?.rights.close()
      await parts?.neighbours.close()
    },
  }
}
