import { statSync } from 'node:fs'
import type { FoundPort, FoundPorts, SerialSetting } from '../../shared/desktop-api.ts'

/** Which serial ports there are, and where the scanner of a setting is plugged in now. */
export interface Ports {
  /** Never throws: what keeps the system from telling stands in `trouble`. */
  readonly list: () => Promise<FoundPorts>
  /** Undefined: not there. */
  readonly placeOf: (setting: SerialSetting) => Promise<string | undefined>
}

/** As `serialport` tells a port. */
export interface ListedPort {
  readonly path: string
  readonly manufacturer?: string | undefined
  readonly vendorId?: string | undefined
  readonly productId?: string | undefined
  readonly serialNumber?: string | undefined
}

export interface PortsOptions {
  readonly list: () => Promise<readonly ListedPort[]>
  readonly monotonicMs: () => number
  readonly presence?: (path: string) => string | undefined
}

/** Several scanners look at once; asking the system starts a program on Linux. */
const FRESH_MS = 800

export function openPorts({ list: ask, monotonicMs, presence = portPresence }: PortsOptions): Ports {
  let asked: { readonly at: number; readonly answer: Promise<FoundPorts> } | null = null

  function list(): Promise<FoundPorts> {
    const at = monotonicMs()
    if (asked === null || at - asked.at > FRESH_MS) {
      const answer = Promise.resolve()
        .then(ask)
        .then(
          (ports): FoundPorts => ({ ports: ports.filter(({ path }) => path !== '').map(found), trouble: null }),
          (error: unknown): FoundPorts => ({
            ports: [],
            trouble: error instanceof Error ? error.message : String(error),
          }),
        )
      asked = { at, answer }
    }
    return asked.answer
  }

  return {
    list,
    placeOf: async ({ path, usb }) => {
      if (usb == null) return presence(path) === undefined ? undefined : path
      const { ports, trouble } = await list()
      if (trouble !== null) return presence(path) === undefined ? undefined : path
      const same = ports.filter((port) => isSame(port, usb)).map((port) => port.path)
      // Two of one model without serial numbers: only the name tells them apart.
      if (same.length > 1 && usb.serialNumber === null) return same.find((each) => each === path)
      return same.find((each) => each === path) ?? same[0]
    },
  }
}

function found({ path, manufacturer, vendorId, productId, serialNumber }: ListedPort): FoundPort {
  const isUsb = vendorId !== undefined && productId !== undefined
  return {
    path,
    maker: manufacturer ?? null,
    usb: isUsb
      ? {
          vendorId: vendorId.toLowerCase(),
          productId: productId.toLowerCase(),
          serialNumber: serialNumber ?? null,
        }
      : null,
  }
}

function isSame({ usb: one }: FoundPort, other: NonNullable<SerialSetting['usb']>): boolean {
  return (
    one !== null &&
    one.vendorId === other.vendorId &&
    one.productId === other.productId &&
    (other.serialNumber === null || one.serialNumber === other.serialNumber)
  )
}

/** What the system knows a port as: another text after a replug. Ports of Windows have no file: they are always tried. */
export function portPresence(path: string): string | undefined {
  if (!path.startsWith('/')) return path
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat === undefined ? undefined : `${stat.dev}:${stat.ino}:${stat.rdev}`
}
