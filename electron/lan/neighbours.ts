import { constants, type KeyObject } from 'node:crypto'
import type { AddressInfo, Socket } from 'node:net'
import { connect, createServer, type Server, type TLSSocket } from 'node:tls'
import { LAN_OLDEST, LAN_VERSION, type LanAsk, type LanHello, type LanParams } from '../../shared/lan/protocol.ts'
import type { DeviceRow } from '../../shared/sync/protocol.ts'
import type { Log } from '../log.ts'
import { provenKey, selfSignedCertificate } from './certificate.ts'
import { type Connection, type LanAnswerers, type LanReply, openConnection, PACE, type Pace } from './connection.ts'
import type { Discover, Discovery } from './discovery.ts'
import type { Place } from './place.ts'
import type { Roster } from './roster.ts'

/**
 * The other tills of this shop, as far as they can be reached right now. Every till listens and calls; whom it finds at
 * the other end is decided by the key alone, and with a stranger not a byte is exchanged.
 */
export interface Neighbours {
  /** Those that have said hello and are there. */
  readonly present: () => readonly string[]
  readonly ask: <A extends LanAsk>(
    device: string,
    what: A,
    params: LanParams<A>,
    withinMs: number,
  ) => Promise<LanReply<A>>
  readonly lastSeenAt: (device: string) => Date | null
  /** The port it listens on; null: it does not. */
  readonly port: () => number | null
  /** What keeps it from listening or from being found; null: nothing. */
  readonly trouble: () => LanTrouble | null
  /** The roster or the settings have changed: strangers are cut off at once, new places are called. */
  readonly refresh: () => Promise<void>
  readonly close: () => Promise<void>
}

export interface LanTrouble {
  readonly what: 'listen' | 'multicast'
  readonly message: string
}

export interface NeighboursOptions {
  readonly identity: { readonly device: string }
  readonly key: KeyObject
  readonly app: string
  readonly roster: Roster
  /** Read anew at every `refresh`. */
  readonly settings: () => { readonly enabled: boolean; readonly port: number; readonly places: readonly Place[] }
  readonly answerers: LanAnswerers
  readonly mirrorsOf: (device: string) => LanHello['mirrors']
  readonly discover: Discover | null
  readonly onHello: (device: string, hello: LanHello) => void
  readonly onChange: () => void
  readonly now: () => Date
  readonly chance: () => number
  readonly log: Log
  readonly pace?: Partial<Pace & { readonly callAgainMs: number; readonly callAgainMsMax: number }>
}

const CALL_AGAIN_MS = 500
const CALL_AGAIN_MS_MAX = 30_000
const CALL_WITHIN_MS = 5_000
const CONNECTIONS_MAX = 64
const PLACES_MAX = 500
/** Anybody on the network may say of a till that it is somewhere: so many places of one are called, the latest told. */
const CALLED_OF_TILL_MAX = 8

export function openNeighbours(options: NeighboursOptions): Neighbours {
  const { key, roster, log, now } = options
  const pace = { ...PACE, callAgainMs: CALL_AGAIN_MS, callAgainMsMax: CALL_AGAIN_MS_MAX, ...options.pace }
  const tls = {
    key: key.export({ type: 'pkcs8', format: 'pem' }),
    cert: selfSignedCertificate(key),
    minVersion: 'TLSv1.3',
    // Said, because not every TLS library offers Ed25519 unasked: BoringSSL, which Electron brings, does not.
    sigalgs: 'ed25519',
    // Each connection proves the keys anew; a remembered session would outlive a revocation.
    secureOptions: constants.SSL_OP_NO_TICKET,
    // No authority signs these certificates: the key itself is looked up in the roster.
    rejectUnauthorized: false,
  } as const
  const open = new Map<string, Set<Connection>>()
  /** All that there are, also those that have not said hello yet. */
  const met = new Set<Connection>()
  /** Whoever is at the door, proved or not. */
  const knocking = new Set<Socket>()
  const seen = new Map<string, Date>()
  const callers = new Map<string, Caller>()
  const places = new Map<string, Place>()
  let server: Server | null = null
  let listening: number | null = null
  let discovery: Discovery | null = null
  let listenTrouble: string | null = null
  let multicastTrouble: string | null = null
  let closed = false

  function accepted(socket: TLSSocket) {
    const row = roster.byKey(provenKey(socket.getPeerX509Certificate()))
    if (row === undefined) return refused(socket, 'knocked')
    meet(socket, row, () => {})
  }

  function refused(socket: TLSSocket, how: string): void {
    log('warn', `a stranger on the local network ${how}`, { from: socket.remoteAddress })
    socket.destroy()
  }

  function meet(socket: TLSSocket, { device }: DeviceRow, onEnd: (greeted: boolean) => void): void {
    let greeted = false
    const connection = openConnection({
      socket,
      device,
      pace,
      answerers: options.answerers,
      hello: () => ({
        kind: 'hello',
        version: { oldest: LAN_OLDEST, newest: LAN_VERSION },
        device: options.identity.device as LanHello['device'],
        app: options.app,
        mirrors: options.mirrorsOf(device),
      }),
      onHello: (hello) => {
        greeted = true
        const known = open.get(device)
        if (known === undefined) open.set(device, new Set([connection]))
        else known.add(connection)
        if (known === undefined) log('info', 'a neighbour is there', { device })
        options.onHello(device, hello)
        options.onChange()
      },
      onClose: (why) => {
        met.delete(connection)
        const known = open.get(device)
        if (!greeted) log('warn', 'a connection with a neighbour came to nothing', { device, why })
        if (known?.delete(connection) === true) seen.set(device, now())
        if (known?.size === 0) {
          open.delete(device)
          log('info', 'a neighbour is gone', { device, why })
          options.onChange()
        }
        onEnd(greeted)
      },
      onFault: (error) => log('error', 'a neighbour could not be answered', { device, error: String(error) }),
    })
    met.add(connection)
  }

  /** Calls one place again and again, unless whoever is there is connected already. */
  interface Caller {
    readonly place: Place
    /** Whether a till of this shop has ever answered here. */
    readonly isProven: () => boolean
    readonly hurry: () => void
    readonly stop: () => void
  }

  function callerOf(place: Place): Caller {
    let failures = 0
    let timer: NodeJS.Timeout | undefined
    let socket: TLSSocket | null = null
    let device = place.device
    let proven = false
    let stopped = false

    function rest(): void {
      if (stopped) return
      const bound = Math.min(pace.callAgainMsMax, pace.callAgainMs * 2 ** failures)
      failures += 1
      timer = setTimeout(call, Math.max(20, bound * options.chance()))
    }

    function call(): void {
      if (stopped || socket !== null) return
      if (device !== null && open.has(device)) {
        failures = 0
        timer = setTimeout(call, pace.callAgainMsMax)
        return
      }
      const called = connect({ ...tls, host: place.host, port: place.port })
      socket = called
      called.setTimeout(CALL_WITHIN_MS, () => called.destroy(new Error('no answer in time')))
      called.on('error', () => {})
      called.once('close', () => {
        if (socket === called) socket = null
        if (!isMet) rest()
      })
      let isMet = false
      called.once('secureConnect', () => {
        called.setTimeout(0)
        const row = roster.byKey(provenKey(called.getPeerX509Certificate()))
        if (row === undefined) return refused(called, 'answered a call')
        device = row.device
        proven = true
        if (open.has(device)) return called.destroy() // it called in the meantime
        isMet = true
        meet(called, row, (greeted) => {
          if (greeted) failures = 0
          socket = null
          rest()
        })
      })
    }

    call()
    return {
      place,
      isProven: () => proven,
      hurry: () => {
        failures = 0
        clearTimeout(timer)
        call()
      },
      stop: () => {
        stopped = true
        clearTimeout(timer)
        socket?.destroy()
      },
    }
  }

  /** Places that multicast has told, also of tills that the cloud has not told yet. */
  function heardOf(place: Place): void {
    const name = `${place.device} ${place.host}`
    places.delete(name)
    const [oldest] = places.keys()
    if (places.size >= PLACES_MAX && oldest !== undefined) places.delete(oldest)
    places.set(name, place)
    visit(place)
  }

  /** Makes room for one more place of a till: what was told first goes first, and where it has answered goes last. */
  function leaveOne(device: string): void {
    const its = [...callers].filter(([, { place }]) => place.device === device)
    if (its.length < CALLED_OF_TILL_MAX) return
    const [name, caller] = its.find(([, each]) => !each.isProven()) ?? its[0]!
    caller.stop()
    callers.delete(name)
  }

  function visit(place: Place) {
    const { device, host, port } = place
    if (closed || (device !== null && !roster.neighbours().some((row) => row.device === device))) return
    const name = device === null ? `${host} ${port}` : `${device} ${host}`
    const known = callers.get(name)
    if (known?.place.port === port) return known.hurry()
    known?.stop()
    callers.delete(name)
    if (device !== null) leaveOne(device)
    callers.set(name, callerOf(place))
  }

  async function listen(port: number): Promise<void> {
    const opened = createServer({ ...tls, requestCert: true, handshakeTimeout: CALL_WITHIN_MS }, accepted)
    opened.maxConnections = CONNECTIONS_MAX
    opened.on('connection', (socket) => knocking.add(socket.once('close', () => knocking.delete(socket))))
    opened.on('tlsClientError', () => {}) // not one of ours, or cut off in the middle
    try {
      await bound(opened, port)
    } catch (error) {
      // Another program has the port: neighbours still find this till by multicast, and it calls them.
      listenTrouble = (error as Error).message
      log('warn', 'the port for neighbours is taken; another one is used', { port, error: listenTrouble })
      await bound(opened, 0).catch((again: Error) => {
        listenTrouble = again.message
      })
    }
    if (!opened.listening) return
    opened.on('error', (error) => log('error', 'listening for neighbours failed', { error: error.message }))
    server = opened
    listening = (opened.address() as AddressInfo).port
  }

  async function silence(): Promise<void> {
    discovery?.stop()
    discovery = null
    const old = server
    server = null
    listening = null
    listenTrouble = multicastTrouble = null
    for (const caller of callers.values()) caller.stop()
    callers.clear()
    for (const one of [...met]) one.close('closed here')
    for (const socket of knocking) socket.destroy()
    if (old !== null) await new Promise<void>((resolve) => old.close(() => resolve()))
  }

  let asked: string | null = null
  async function refresh(): Promise<void> {
    const { enabled, port, places: fixed } = options.settings()
    const wanted = enabled && !closed && roster.neighbours().length > 0
    for (const one of [...met]) {
      if (!roster.neighbours().some(({ device }) => device === one.device)) one.close('is no neighbour any more')
    }
    for (const [name, { place, stop }] of [...callers]) {
      if (place.device === null || roster.neighbours().some((row) => row.device === place.device)) continue
      stop()
      callers.delete(name)
    }
    const asks = wanted ? JSON.stringify([port, fixed]) : null
    if (asks !== asked) {
      await silence()
      asked = asks
      if (wanted) {
        await listen(port)
        startDiscovery()
      }
    }
    if (wanted) for (const place of [...fixed, ...places.values()]) visit(place)
    options.onChange()
  }

  function startDiscovery(): void {
    if (options.discover === null || listening === null) return
    try {
      discovery = options.discover({
        device: options.identity.device,
        port: listening,
        onPlace: heardOf,
        onTrouble: (message) => {
          if (message === multicastTrouble) return
          multicastTrouble = message
          if (message !== null) log('warn', 'neighbours cannot be found by multicast', { error: message })
          options.onChange()
        },
      })
    } catch (error) {
      multicastTrouble = String(error)
      log('warn', 'neighbours cannot be found by multicast', { error: multicastTrouble })
    }
  }

  /** One after the other: a second change waits until the first has been obeyed. */
  let tail: Promise<void> = Promise.resolve()
  function inTurn(job: () => Promise<void>): Promise<void> {
    tail = tail.then(job, job)
    return tail
  }

  return {
    present: () => [...open.keys()],
    ask: async (device, what, params, withinMs) => {
      const connection = [...(open.get(device) ?? [])].at(-1)
      return connection === undefined ? { ok: false, reason: 'gone' } : await connection.ask(what, params, withinMs)
    },
    lastSeenAt: (device) => (open.has(device) ? now() : (seen.get(device) ?? null)),
    port: () => listening,
    trouble: () => {
      if (listenTrouble !== null) return { what: 'listen', message: listenTrouble }
      return multicastTrouble === null ? null : { what: 'multicast', message: multicastTrouble }
    },
    refresh: () => inTurn(refresh),
    close: () => {
      closed = true
      return inTurn(refresh)
    },
  }
}

function bound(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}
