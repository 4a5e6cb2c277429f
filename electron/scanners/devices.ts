import { SerialPort } from 'serialport'
import type {
  DeviceStatus,
  FoundPorts,
  HidAffix,
  PassOnSetting,
  SerialSetting,
  TriedScan,
} from '../../shared/desktop-api.ts'
import { withoutAffixes } from '../../shared/identification/framing.ts'
import type { Log } from '../log.ts'
import { type HidModule, type HidScanners, openHidScanners } from './hid.ts'
import { openPassOn, type PassOn, type WritingPort } from './pass-on.ts'
import { type ListedPort, openPorts } from './ports.ts'
import type { Scanner } from './scanner.ts'
import { openSerialScanner, type SerialPortLike } from './serial.ts'
import { openTrial } from './trial.ts'

/** All scanners that the settings name, and the port to the register, opened and closed as the settings change. */
export interface Devices {
  readonly statuses: () => readonly DeviceStatus[]
  readonly foundPorts: () => Promise<FoundPorts>
  /** From now on scans are only tried, for half a minute or until it is over. */
  readonly tryScanners: (on: boolean) => void
  /** Whether codes of goods have somewhere to go. */
  readonly passesOn: () => boolean
  /** A code for the register, as its own scanner would send it. */
  readonly passOn: (code: string) => void
  /** The settings changed. */
  readonly refresh: () => void
  readonly close: () => Promise<void>
}

export interface DevicesOptions {
  readonly serial: () => readonly SerialSetting[]
  /** Whether HID POS scanners are read. */
  readonly hid: () => boolean
  /** What stands around the codes of a HID scanner, by its name. */
  readonly hidAffixes?: () => readonly HidAffix[]
  readonly passOn?: () => PassOnSetting | null
  readonly onFrame: (frame: string, source: 'serial' | 'hid') => void
  readonly onChange: (statuses: readonly DeviceStatus[]) => void
  readonly onTried?: (scan: TriedScan) => void
  readonly log: Log
  /** Stands in for the `serialport` package in tests. */
  readonly createPort?: (setting: SerialSetting) => SerialPortLike
  readonly listPorts?: () => Promise<readonly ListedPort[]>
  /** Stands in for `node-hid` in tests. */
  readonly loadHid?: () => Promise<HidModule>
}

export function openDevices(options: DevicesOptions): Devices {
  const { log, createPort = systemPort, listPorts = () => SerialPort.list(), loadHid = systemHid } = options
  const open = new Map<string, Scanner>()
  const ports = openPorts({ list: listPorts, monotonicMs: () => performance.now() })
  const trial = openTrial((scan) => options.onTried?.(scan))
  let hid: Promise<HidScanners | null> | null = null
  let hidStatuses: () => readonly DeviceStatus[] = () => []
  let register: { readonly key: string; readonly port: PassOn } | null = null
  const statuses = () => [
    ...[...open.values()].map((scanner) => scanner.status()),
    ...hidStatuses(),
    ...(register === null ? [] : [register.port.status()]),
  ]
  // Also called while a scanner is being made, before it is in the list.
  const changed = () => queueMicrotask(() => options.onChange(statuses()))

  function start(setting: SerialSetting): Scanner {
    let lastState = ''
    return openSerialScanner(
      setting,
      {
        onBytes: (bytes) => trial.bytes('serial', setting.path, bytes),
        onFrame: (frame) => {
          if (trial.isOn()) trial.code('serial', setting.path, frame, null)
          else options.onFrame(frame, 'serial')
        },
        onStatus: (status) => {
          if (status.state !== lastState)
            log('info', 'a scanner', { name: status.name, state: status.state, why: status.message })
          lastState = status.state
          changed()
        },
      },
      { createPort, now: () => new Date(), ports },
    )
  }

  async function startHid(): Promise<HidScanners | null> {
    try {
      const module = await loadHid()
      const lastStates = new Map<string, string>()
      const scanners = openHidScanners(
        {
          onBytes: (bytes, name) => trial.bytes('hid', name, bytes),
          onFrame: (whole, name, layout) => {
            const affix = options.hidAffixes?.().find(({ device }) => device === name)
            const frame = affix === undefined ? whole : withoutAffixes(whole, affix.prefix, affix.suffix)
            if (trial.isOn()) trial.code('hid', name, frame, layout)
            else options.onFrame(frame, 'hid')
          },
          onStatus: ({ name, state, message }) => {
            if (lastStates.get(name) !== state) log('info', 'a scanner', { name, state, why: message })
            lastStates.set(name, state)
            options.onChange(statuses())
          },
        },
        {
          hid: module,
          now: () => new Date(),
          monotonicMs: () => performance.now(),
          onError: (error) => log('warn', 'HID scanners', { error: String(error) }),
        },
      )
      hidStatuses = scanners.statuses
      return scanners
    } catch (error) {
      log('error', 'HID scanners cannot be read on this machine', { error: String(error) })
      const message = `This machine cannot read HID scanners: ${error}`
      hidStatuses = () => [{ kind: 'hid', name: 'HID', state: 'error', message, lastScanAt: null }]
      options.onChange(statuses())
      return null
    }
  }

  async function stopHid(): Promise<void> {
    const scanners = await hid
    hid = null
    hidStatuses = () => []
    await scanners?.close()
  }

  function refreshRegister(): void {
    const setting = options.passOn?.() ?? null
    const key = JSON.stringify(setting)
    if (register?.key === key || (register === null && setting === null)) return
    void register?.port.close()
    register = setting === null ? null : { key, port: openPassOn(setting, registerPort, changed) }
  }

  function refresh(): void {
    if (options.hid()) hid ??= startHid()
    else if (hid !== null) void stopHid()
    const wanted = new Map(
      options
        .serial()
        .filter((setting) => setting.enabled)
        .map((setting) => [JSON.stringify(setting), setting]),
    )
    for (const [key, scanner] of open) {
      if (wanted.has(key)) continue
      open.delete(key)
      void scanner.close()
    }
    for (const [key, setting] of wanted) if (!open.has(key)) open.set(key, start(setting))
    refreshRegister()
    options.onChange(statuses())
  }

  refresh()
  return {
    statuses,
    foundPorts: ports.list,
    tryScanners: trial.turn,
    passesOn: () => register !== null,
    passOn: (code) => {
      if (register?.port.send(code) === false) log('warn', 'a code could not be passed on to the register')
    },
    refresh,
    close: async () => {
      trial.turn(false)
      await Promise.all([
        ...[...open.values()].map((scanner) => scanner.close()),
        stopHid(),
        register?.port.close() ?? Promise.resolve(),
      ])
      open.clear()
    },
  }
}

function systemPort(setting: SerialSetting): SerialPortLike {
  const { path, baudRate, dataBits = 8, parity = 'none', rtscts = false } = setting
  const line = { path, baudRate, dataBits, parity, rtscts }
  return new SerialPort({ ...line, autoOpen: false, lock: true }) as unknown as SerialPortLike
}

function registerPort({ path, baudRate }: PassOnSetting): WritingPort {
  return new SerialPort({ path, baudRate, autoOpen: false, lock: true }) as unknown as WritingPort
}

/** Loaded only when it is wanted: its native part needs libraries of the system that may be missing. */
async function systemHid(): Promise<HidModule> {
  const { default: HID } = await import('node-hid')
  return { devicesAsync: HID.devicesAsync, open: (path) => HID.HIDAsync.open(path) }
}
