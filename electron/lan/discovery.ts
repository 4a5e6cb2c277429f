import type { EventEmitter } from 'node:events'
import { networkInterfaces } from 'node:os'
import Bonjour, { type Browser, type Service } from 'bonjour-service'
import { LAN_SERVICE } from '../../shared/lan/protocol.ts'
import type { Place } from './place.ts'

export interface Discovery {
  readonly stop: () => void
}

/** Tells where this till listens and finds the others. */
export type Discover = (options: {
  readonly device: string
  readonly port: number
  readonly onPlace: (place: Place) => void
  /** Multicast does not work here; `null`: it works (again). Nothing else is harmed by it. */
  readonly onTrouble: (message: string | null) => void
}) => Discovery

const LOOK_EVERY_MS = 5_000
/** A shop has no more tills; whatever is announced beyond that is made up. */
const REMEMBERED_MAX = 200
const QUESTION = [{ name: `_${LAN_SERVICE}._tcp.local`, type: 'PTR' }]

/**
 * Multicast DNS, on every network that this machine is on: a socket for each, since the system's own choice follows the
 * default route, and a shop whose router is dead has none. Networks come and go; they are looked at again and again.
 */
export const discoverByMdns: Discover = ({ device, port, onPlace, onTrouble }) => {
  const voices = new Map<string, Voice>()
  /** What keeps a network silent, by its address; null: nothing. */
  const state = new Map<string, string | null>()

  function told(address: string, trouble: string | null): void {
    if (!voices.has(address)) return
    state.set(address, trouble)
    say()
  }

  function say(): void {
    const messages = [...state.values()]
    if (messages.includes(null)) onTrouble(null)
    else onTrouble(messages.at(-1) ?? 'this machine is on no network')
  }

  function look(): void {
    const addresses = ownAddresses()
    for (const address of [...voices.keys()]) {
      if (addresses.includes(address)) continue
      voices.get(address)?.stop()
      voices.delete(address)
      state.delete(address)
    }
    for (const address of addresses) {
      if (!voices.has(address)) {
        voices.set(address, speakOn(address, { device, port, onPlace, told: (trouble) => told(address, trouble) }))
      }
      voices.get(address)?.look()
    }
    if (addresses.length === 0) say()
  }

  look()
  const looking = setInterval(look, LOOK_EVERY_MS)
  return {
    stop: () => {
      clearInterval(looking)
      for (const voice of voices.values()) voice.stop()
      voices.clear()
    },
  }
}

interface Voice {
  readonly look: () => void
  readonly stop: () => void
}

interface MulticastSocket extends EventEmitter {
  readonly query: (questions: typeof QUESTION, sent: (error?: Error | null) => void) => void
}

function speakOn(
  address: string,
  options: { device: string; port: number; onPlace: (place: Place) => void; told: (trouble: string | null) => void },
): Voice {
  const { device, port, onPlace, told } = options
  const failed = (error: unknown) => told(error instanceof Error ? error.message : String(error))
  // Bound to all addresses, or the kernel would pass no multicast on; sending and joining are the network's own.
  const bonjour = new Bonjour({ interface: address, bind: '0.0.0.0' } as object, failed)
  // The socket's own faults come only here; without a listener they would end the process.
  const { mdns } = (bonjour as unknown as { readonly server: { readonly mdns: MulticastSocket } }).server
  mdns.on('error', failed)
  mdns.on('warning', failed)

  const browsing = browseForgetting(() => bonjour.find({ type: LAN_SERVICE }), found)

  function found(service: Service): void {
    const said = service.txt as { device?: unknown } | undefined
    if (typeof said?.device !== 'string' || said.device === device) return
    const host = service.referer?.address ?? service.addresses?.[0]
    if (host !== undefined) onPlace({ host, port: service.port, device: said.device })
  }
  // A name of its own on every start: a till that crashed must not be taken for its own double.
  const name = `${device.slice(0, 40)}-${port}`
  bonjour.publish({ name, type: LAN_SERVICE, port, txt: { device }, probe: false })

  return {
    look: () => mdns.query(QUESTION, (error) => (error ? failed(error) : told(null))),
    stop: () => {
      browsing.stop()
      bonjour.unpublishAll(() => bonjour.destroy())
    },
  }
}

type Browsed = Pick<Browser, 'stop'> & EventEmitter

/** A browser keeps every name that anybody ever announced: one that has heard too many is left for a new one. */
export function browseForgetting(
  find: () => Browsed,
  found: (service: Service) => void,
): { readonly stop: () => void } {
  let browser = browse()

  function browse(): Browsed {
    const fresh = find()
    let heard = 0
    fresh.on('srv-update', found)
    fresh.on('up', (service: Service) => {
      found(service)
      heard += 1
      if (heard !== REMEMBERED_MAX) return
      fresh.stop()
      browser = browse()
    })
    return fresh
  }

  return { stop: () => browser.stop() }
}

/** One IPv4 address of each network; the machine's own loopback only where there is no other. */
function ownAddresses(): readonly string[] {
  const all = Object.values(networkInterfaces()).map((at) => at?.find(({ family }) => family === 'IPv4'))
  const found = all.filter((at) => at !== undefined)
  const outside = found.filter((at) => !at.internal)
  return (outside.length > 0 ? outside : found).map((at) => at.address)
}
