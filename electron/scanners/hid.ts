import type { DeviceStatus } from '../../shared/desktop-api.ts'
import { createHidDecoder, type HidDecoder, type HidLayout } from './hid-report.ts'

/** As much of `node-hid` as is used; a fake stands in for it in tests. */
export interface HidModule {
  readonly devicesAsync: () => Promise<readonly HidInfo[]>
  readonly open: (path: string) => Promise<HidHandle>
}
export interface HidInfo {
  readonly path?: string | undefined
  readonly vendorId: number
  readonly productId: number
  readonly product?: string | undefined
  readonly manufacturer?: string | undefined
  readonly serialNumber?: string | undefined
  readonly usagePage?: number | undefined
  readonly usage?: number | undefined
}
export interface HidHandle {
  readonly on: (name: 'data' | 'error', listener: (bytes: Uint8Array) => void) => unknown
  readonly close: () => Promise<void>
}

export interface HidEvents {
  readonly onFrame: (frame: string, name: string, layout: HidLayout | null) => void
  readonly onStatus: (status: DeviceStatus) => void
  /** Reports as they come, for whoever tries a scanner. */
  readonly onBytes?: (bytes: Uint8Array, name: string) => void
}

export interface HidScanners {
  readonly statuses: () => readonly DeviceStatus[]
  /** Something was plugged in: look now. */
  readonly look: () => void
  readonly close: () => Promise<void>
}

export interface HidOptions {
  readonly hid: HidModule
  readonly now: () => Date
  /** Grows steadily: for the time between two reports of one code. */
  readonly monotonicMs: () => number
  readonly onError: (error: unknown) => void
}

/** A bar code scanner in HID POS mode. Keyboards and everything else are left alone. */
const POS_PAGE = 0x8c
const BAR_CODE_SCANNER = 0x02
/** There is no news of plugging; asking more often slows the devices themselves down on some systems. */
const LOOK_MS = 2_000
const RETRY_MS_MAX = 30_000

interface Known {
  status: DeviceStatus
  path: string | null
  handle: HidHandle | null
  decoder: HidDecoder
  retryMs: number
  retryAt: number
}

/**
 * All HID POS scanners, opened when they come and again when they come back, under whatever path. One listener a device;
 * a device is known by maker, model and serial number, so that a replug is no new device.
 */
export function openHidScanners(events: HidEvents, options: HidOptions): HidScanners {
  const { hid, now, monotonicMs } = options
  const known = new Map<string, Known>()
  let others: readonly DeviceStatus[] = []
  let looking = false
  let closed = false

  async function look(): Promise<void> {
    if (looking || closed) return
    looking = true
    try {
      const devices = await hid.devicesAsync()
      const found = scannersIn(devices, held())
      tellOthers(devices)
      for (const [key, device] of known) {
        if (!found.has(key) && device.handle === null) missing(device)
      }
      for (const key of found.keys()) if (!known.has(key)) replugged(key, found)
      for (const [key, info] of found) await connect(key, info)
    } catch (error) {
      options.onError(error)
    } finally {
      looking = false
    }
  }

  /** One of two that only their places tell apart has come back in another place: it goes on under its new name. */
  function replugged(key: string, found: ReadonlyMap<string, unknown>): void {
    const [model] = key.split('@')
    const same = [...known].find(
      ([each, { handle }]) => each.includes('@') && each.split('@')[0] === model && handle === null && !found.has(each),
    )
    if (same === undefined || !key.includes('@')) return
    known.delete(same[0])
    known.set(key, same[1])
  }

  /** Known makers' scanners in another mode: told, so that somebody may change it, and left alone. */
  function tellOthers(devices: readonly HidInfo[]): void {
    const found = inOtherModes(devices)
    for (const status of found) if (!others.some(({ name }) => name === status.name)) events.onStatus(status)
    others = found
  }

  /** Which device holds which path: a path that is open is nobody else's. */
  function held(): ReadonlyMap<string, string> {
    return new Map(
      [...known].flatMap(([key, { handle, path }]) => (handle === null || path === null ? [] : [[path, key]])),
    )
  }

  async function connect(key: string, info: HidInfo & { readonly path: string }): Promise<void> {
    const device = known.get(key) ?? remember(key, info)
    if (device.handle !== null || (device.path === info.path && monotonicMs() < device.retryAt)) return
    device.path = info.path
    try {
      const handle = await hid.open(info.path)
      if (closed) return await handle.close()
      device.handle = handle
      handle.on('data', (bytes) => {
        if (device.handle !== handle) return
        try {
          events.onBytes?.(bytes, device.status.name)
          device.decoder.report(bytes, monotonicMs())
        } catch (error) {
          options.onError(error) // a fault of ours must not look like an unplug
        }
      })
      handle.on('error', () => void lost(device, handle))
      device.retryMs = LOOK_MS
      set(device, { state: 'open', message: null })
    } catch (error) {
      refused(device, error)
    }
  }

  function remember(key: string, info: HidInfo): Known {
    const name = [info.manufacturer, info.product].filter((part) => (part ?? '') !== '').join(' ')
    const ids = `${hex(info.vendorId)}:${hex(info.productId)}`
    const device: Known = {
      status: {
        kind: 'hid',
        name: name === '' ? `HID ${ids}` : `${name} (${ids})`,
        state: 'missing',
        message: null,
        lastScanAt: null,
      },
      path: null,
      handle: null,
      decoder: createHidDecoder((code) => {
        set(device, { lastScanAt: now().toISOString() })
        events.onFrame(code, device.status.name, device.decoder.layout())
      }),
      retryMs: LOOK_MS,
      retryAt: 0,
    }
    known.set(key, device)
    return device
  }

  /** An unplug comes as an error, and without a listener it would end the process. */
  async function lost(device: Known, handle: HidHandle): Promise<void> {
    if (device.handle !== handle) return
    device.handle = null
    device.decoder.reset()
    missing(device)
    await handle.close().catch(() => {}) // it may be closed already
    void look()
  }

  function missing(device: Known): void {
    device.retryAt = 0
    set(device, { state: 'missing', message: messages.missing })
  }

  function refused(device: Known, error: unknown): void {
    device.retryAt = monotonicMs() + device.retryMs
    device.retryMs = Math.min(device.retryMs * 2, RETRY_MS_MAX)
    const refusal = hidRefusal(error)
    set(device, { ...refusal, ...(refusal.state === 'denied' ? { rule: UDEV_RULE } : {}) })
  }

  function set(device: Known, change: Partial<DeviceStatus>): void {
    const next = { ...device.status, ...change }
    const isNews = JSON.stringify(next) !== JSON.stringify(device.status)
    device.status = next
    if (isNews) events.onStatus(next)
  }

  const timer = setInterval(() => void look(), LOOK_MS)
  void look()
  return {
    statuses: () => [...[...known.values()].map(({ status }) => status), ...others],
    look: () => void look(),
    close: async () => {
      closed = true
      clearInterval(timer)
      await Promise.all([...known.values()].map(async ({ handle }) => await handle?.close().catch(() => {})))
    },
  }
}

/** Scanners by what they are, an open one under the name that it was opened with. */
function scannersIn(
  devices: readonly HidInfo[],
  held: ReadonlyMap<string, string>,
): Map<string, HidInfo & { readonly path: string }> {
  const found = new Map<string, HidInfo & { readonly path: string }>()
  const scanners = devices.flatMap((info) => {
    const isScanner = info.usagePage === POS_PAGE && info.usage === BAR_CODE_SCANNER && info.path !== undefined
    return isScanner ? [{ ...info, path: info.path! }] : []
  })
  const free = new Map(scanners.map((info) => [info.path, info])) // one path may be listed for each of its collections
  for (const [path, key] of held) {
    const info = free.get(path)
    if (info !== undefined) found.set(key, info)
    free.delete(path)
  }
  for (const info of free.values()) {
    const name = `${info.vendorId}:${info.productId}:${info.serialNumber ?? ''}`
    // Two of one model without serial numbers are told apart by where they are plugged in.
    found.set(found.has(name) ? `${name}@${info.path}` : name, info)
  }
  return found
}

/** Makers of scanners by their USB numbers. */
const MAKERS: Readonly<Record<number, string>> = {
  1504: 'Zebra',
  1529: 'Datalogic',
  1626: 'Opticon',
  3118: 'Honeywell',
  7851: 'Newland',
}

function inOtherModes(devices: readonly HidInfo[]): readonly DeviceStatus[] {
  const nameOf = (info: HidInfo) =>
    `${info.product || MAKERS[info.vendorId]} (${hex(info.vendorId)}:${hex(info.productId)})`
  const pos = new Set(devices.filter(({ usagePage }) => usagePage === POS_PAGE).map(nameOf))
  const names = devices.filter(({ vendorId }) => MAKERS[vendorId] !== undefined).map(nameOf)
  return [...new Set(names)]
    .filter((name) => !pos.has(name))
    .map((name) => ({ kind: 'hid', name, state: 'other-mode', message: null, lastScanAt: null }))
}

const hex = (id: number): string => id.toString(16).padStart(4, '0')

/** What lets the person at the till read scanners on Linux; the installer brings the same file. */
export const UDEV_RULE = 'KERNEL=="hidraw*", SUBSYSTEM=="hidraw", ATTRS{bInterfaceClass}=="03", TAG+="uaccess"'

const messages = {
  missing: 'The scanner is not connected. Plug it in; it is opened by itself.',
  busy: 'Another program holds this scanner. Close it, or let it pass the codes on.',
  denied: `This user may not read the scanner. On Linux: put ${UDEV_RULE} into /etc/udev/rules.d/70-bonusbook-scanners.rules and plug the scanner in again.`,
}

/** What node-hid says, on each of the three systems; its errors may be bare strings. */
export function hidRefusal(error: unknown): { state: DeviceStatus['state']; message: string } {
  const text = error instanceof Error ? error.message : String(error)
  if (/permission|access is denied|EACCES|EPERM|not permitted|0xE00002E2/i.test(text)) {
    return { state: 'denied', message: messages.denied }
  }
  if (/busy|exclusive|in use|0xE00002C5/i.test(text)) return { state: 'busy', message: messages.busy }
  if (/no such (file|device)|not found|ENOENT|ENODEV/i.test(text))
    return { state: 'missing', message: messages.missing }
  return { state: 'error', message: text }
}
