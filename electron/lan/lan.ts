import { join } from 'node:path'
import type { DiskRoom, JournalRecord, NeighbourHost, NeighboursView, Settings } from '../../shared/desktop-api.ts'
import { LAN_PORT } from '../../shared/lan/protocol.ts'
import { rawPublicKey, signText } from '../device-key.ts'
import type { Environment } from '../environment.ts'
import type { Journal } from '../journal.ts'
import type { Log } from '../log.ts'
import type { Membership } from '../membership.ts'
import type { Switchboard } from '../switchboard.ts'
import type { LanAnswerers } from './connection.ts'
import { type Discover, discoverByMdns } from './discovery.ts'
import { openMirroring } from './mirroring.ts'
import { openMirrors } from './mirrors.ts'
import { openNeighbours } from './neighbours.ts'
import { openOwnStream } from './own-stream.ts'
import { type Place, placeOf } from './place.ts'
import { openReceiptsTold } from './receipts-told.ts'
import { openRecovery } from './recovery.ts'
import { openRelay } from './relay.ts'
import { openRightsPassed } from './rights-passed.ts'
import { openRoster } from './roster.ts'
import { sealing } from './seal.ts'
import { viewOf } from './view.ts'

/** The tills of this shop on its local network: everything of it that the rest of main has to know. */
export interface Lan extends NeighbourHost {
  readonly view: () => NeighboursView
  /** The till has joined, or the settings have changed. */
  readonly refresh: () => Promise<void>
  /** These are in the journal now. */
  readonly journalled: (records: readonly JournalRecord[]) => void
  /** Before the core opens its books: what the journal had lost is back in it; the rest is told. */
  readonly recovered: () => Promise<readonly string[]>
  readonly close: () => Promise<void>
}

export interface LanOptions {
  readonly profile: string
  readonly environment: Pick<Environment, 'lan' | 'lanPort'>
  readonly settings: () => Settings
  readonly membership: Pick<Membership, 'identity' | 'key' | 'link'>
  readonly switchboard: Pick<Switchboard, 'callAny' | 'onCore'>
  readonly journal: Pick<Journal, 'append' | 'read' | 'extent'>
  readonly room: () => Promise<DiskRoom>
  /** The journal has got something back that the running core does not know. */
  readonly restartCore: () => void
  readonly app: string
  readonly onChange: () => void
  readonly log: Log
  readonly discover?: Discover
}

/** Mirrors stop at a multiple of what stops this till's own redeeming: its books come first. */
const ROOM_FACTOR = 2
/** Mirrors move with every sale; the screen need not. */
const TELL_EVERY_MS = 1_000

export function openLan(options: LanOptions): Lan {
  const { profile, membership, switchboard, journal, log } = options
  const roster = openRoster({ file: join(profile, 'neighbours.json'), identity: membership.identity, log })
  type Parts = NonNullable<Awaited<ReturnType<typeof opened>>>
  let parts: Parts | null = null
  let opening: Promise<Parts | null> | null = null
  let coreHasBegun = false
  let telling: NodeJS.Timeout | null = null

  function settings(): { enabled: boolean; port: number; places: readonly Place[] } {
    const { enabled, port, addresses } = options.settings().lan
    const { lan, lanPort } = options.environment
    const places = (Array.isArray(lan) ? lan : addresses).flatMap((address) => placeOf(address, LAN_PORT) ?? [])
    return { enabled: enabled && lan !== 'off', port: lanPort ?? port, places }
  }

  function tellSoon(): void {
    telling ??= setTimeout(() => {
      telling = null
      options.onChange()
    }, TELL_EVERY_MS)
  }

  async function opened() {
    const identity = membership.identity()
    const key = membership.key()
    if (identity === null || key === null) return null
    const { device } = identity
    const epoch = () => membership.identity()?.epoch ?? identity.epoch
    const sign = (text: string) => signText(key, text)
    const { seal, isSealed } = sealing(device, key)
    const core = (method: 'rights.give' | 'rights.take' | 'receipts.told', params: unknown) =>
      switchboard.callAny(method, params)

    const own = openOwnStream({ device, journal })
    for (let each = 1; each <= epoch(); each++) await own.survey(each)
    const mirrors = await openMirrors({
      folder: join(profile, 'mirrors'),
      hasRoom: async () => {
        const { freeBytes, lowBytes } = await options.room()
        return freeBytes >= ROOM_FACTOR * lowBytes
      },
      log,
    })
    const answerers: LanAnswerers = {
      rights: (request, from) => rights.give(request, from),
      receipt: (request) => receipts.tell(request),
      mirror: async (batch, from) => {
        tellSoon()
        const { publicKey } = roster.find(from) ?? { publicKey: '' }
        return await mirrors.take(batch, { device: from, publicKey })
      },
      recover: (request, from) => mirrors.give(request, from),
    }
    const neighbours = openNeighbours({
      identity,
      key,
      app: options.app,
      roster,
      settings,
      answerers,
      mirrorsOf: (of) => [...mirrors.headsOf(of)],
      discover: options.discover ?? discoverByMdns,
      onHello: (from, hello) => {
        rights.again()
        mirroring.heard(from, hello.mirrors)
        void recovery.heard(from, hello.mirrors).then((wanted) => {
          if (!wanted || !coreHasBegun) return
          log('warn', 'a neighbour has more of this till than its journal: the core begins anew', { from })
          coreHasBegun = false
          options.restartCore()
        })
      },
      onChange: options.onChange,
      now: () => new Date(),
      chance: Math.random,
      log,
    })
    const file = join(profile, 'rights-asked.json')
    const rights = openRightsPassed({ file, identity: membership.identity, sign, roster, neighbours, core, log })
    const receipts = openReceiptsTold({ roster, neighbours, core })
    const mirroring = openMirroring({ device, epoch, own, neighbours, sign, seal, onChange: tellSoon, log })
    const publicKey = rawPublicKey(key)
    const recovery = openRecovery({
      device,
      publicKey,
      isSealed,
      epoch,
      journal,
      own,
      roster: roster.neighbours,
      neighbours,
      log,
    })
    const link = membership.link
    const relay = openRelay({ mirrors, neighbours, link, onChange: tellSoon, log, chance: Math.random })
    return { epoch, own, mirrors, neighbours, rights, receipts, mirroring, recovery, relay }
  }

  /** Null as well where its files are beyond use: a till sells without its neighbours. */
  async function open(): Promise<Parts | null> {
    opening ??= opened().catch((error) => {
      log('error', 'the tills of this shop cannot be spoken with', { error: String(error) })
      return null
    })
    parts = await opening
    if (parts === null) opening = null
    return parts
  }

  async function strays(): Promise<readonly string[]> {
    try {
      return (await (await open())?.recovery.run()) ?? []
    } catch (error) {
      log('error', 'what neighbours hold of this till could not be looked at', { error: String(error) })
      return []
    }
  }

  async function refresh(): Promise<void> {
    await (await open())?.neighbours.refresh()
  }

  switchboard.onCore((state) => {
    if (state === 'up') parts?.rights.again()
  })

  return {
    view: () => viewOf({ enabled: settings().enabled, roster, parts }),
    refresh,
    journalled: (records) => {
      parts?.own.grew(records)
      parts?.mirroring.hurry()
    },
    recovered: async () => {
      const found = await strays()
      coreHasBegun = true
      return found
    },
    shopTills: async (told) => {
      if (!roster.told(told)) return
      log('info', 'the cloud told of the tills of this shop', { tills: roster.neighbours().map(({ till }) => till) })
      await refresh()
    },
    rightsFromNeighbours: async (wish, limitMs) => (await parts?.rights.ask(wish, limitMs)) ?? [],
    receiptAtNeighbours: async (outlet, receipt, limitMs) =>
      (await parts?.receipts.ask(outlet, receipt, limitMs)) ?? { entries: [] },
    close: async () => {
      if (telling !== null) clearTimeout(telling)
      parts?.rights.close()
      parts?.relay.close()
      parts?.mirroring.close()
      await parts?.neighbours.close()
      await parts?.mirrors.close()
    },
  }
}
