import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { silentLog } from '../../electron/log.ts'
import { type Devices, type DevicesOptions, openDevices } from '../../electron/scanners/devices.ts'
import { fakeScanner } from '../../electron/scanners/fake.ts'
import { explained } from '../../electron/scanners/serial.ts'
import type { DeviceStatus, SerialSetting, TriedScan } from '../../shared/desktop-api.ts'

/** A cable with two ends, made by socat: the till opens one, the test writes into the other as a scanner would. */
interface Cable {
  readonly till: string
  readonly scanner: string
  readonly scan: (text: string | Uint8Array) => Promise<void>
  readonly unplug: () => Promise<void>
  readonly plug: () => Promise<void>
}

const running = new Set<ChildProcess>()
const opened = new Set<Devices>()

async function cable(): Promise<Cable> {
  const folder = mkdtempSync(join(tmpdir(), 'bonusbook-serial-'))
  const till = join(folder, 'till')
  const scanner = join(folder, 'scanner')
  let socat: ChildProcess | undefined
  const plug = async () => {
    const child = spawn('socat', [`pty,raw,echo=0,link=${till}`, `pty,raw,echo=0,link=${scanner}`], { stdio: 'ignore' })
    socat = child
    running.add(child)
    while (!existsSync(till) || !existsSync(scanner)) await new Promise((resolve) => setTimeout(resolve, 10))
  }
  await plug()
  return {
    till,
    scanner,
    plug,
    scan: async (text) => {
      const file = await open(scanner, 'r+')
      await file.write(typeof text === 'string' ? Buffer.from(text) : text)
      await file.close()
    },
    unplug: async () => {
      const child = socat!
      child.kill('SIGTERM')
      await once(child, 'exit')
      running.delete(child)
    },
  }
}

function listen(
  paths: () => readonly string[],
  more: Partial<SerialSetting> = {},
  options: Partial<DevicesOptions> = {},
) {
  const frames: string[] = []
  const seen: (readonly DeviceStatus[])[] = []
  const devices = openDevices({
    hid: () => false,
    serial: () => paths().map((path) => ({ path, baudRate: 9600, enabled: true, ...more })),
    onFrame: (frame) => frames.push(frame),
    onChange: (statuses) => seen.push(statuses),
    log: silentLog,
    ...options,
  })
  opened.add(devices)
  return { devices, frames, seen, state: () => devices.statuses()[0]?.state }
}

afterEach(async () => {
  for (const devices of opened) await devices.close()
  opened.clear()
  for (const child of running) child.kill('SIGTERM')
  running.clear()
})

describe('a scanner on a real serial line', () => {
  test('reads codes with and without a suffix, two quick ones apart, and rubbish between them', async () => {
    const line = await cable()
    const { frames, state } = listen(() => [line.till])
    await expect.poll(state).toBe('open')
    await line.scan('4600001\r\n4600002\r\n')
    await expect.poll(() => frames).toEqual(['4600001', '4600002'])
    await line.scan(Uint8Array.from([0, 1, 5, 0xff, 0xfe, 0x0d]))
    await line.scan('\x024600003\x03')
    await line.scan('4600004') // no suffix at all
    await expect.poll(() => frames.at(-1)).toBe('4600004')
    expect(frames).toContain('4600003')
  })

  test('unplugged it is missing, with a sentence; plugged in again it reads within two seconds', async () => {
    const line = await cable()
    const { devices, frames, state } = listen(() => [line.till])
    await expect.poll(state).toBe('open')
    await line.scan('46000') // half a code
    for (let round = 1; round <= 2; round += 1) {
      await line.unplug()
      await expect.poll(state, { timeout: 3000 }).toBe('missing')
      expect(devices.statuses()[0]?.message).toContain('not connected')
      await line.plug()
      const plugged = performance.now()
      await expect.poll(state, { timeout: 4000 }).toBe('open')
      expect(performance.now() - plugged).toBeLessThan(2000)
      await line.scan(`460000${round}\r`)
      await expect.poll(() => frames.at(-1)).toBe(`460000${round}`)
    }
    expect(frames).not.toContain('460004600001')
  })

  test('a port that is not there yet is missing, and opened when it comes', async () => {
    const line = await cable()
    await line.unplug()
    const { state } = listen(() => [line.till])
    expect(state()).toBe('missing')
    await line.plug()
    await expect.poll(state, { timeout: 4000 }).toBe('open')
  })

  test('a port that another program holds is busy, and opened when it is free', async () => {
    const line = await cable()
    const first = listen(() => [line.till])
    await expect.poll(first.state).toBe('open')
    const second = listen(() => [line.till])
    await expect.poll(second.state).toBe('busy')
    expect(second.devices.statuses()[0]?.message).toContain('Another program')
    await first.devices.close()
    await expect.poll(second.state, { timeout: 5000 }).toBe('open')
  })

  test('two scanners at once, one taken out of the settings: the other reads on', async () => {
    const [one, other] = [await cable(), await cable()]
    let paths = [one.till, other.till]
    const { devices, frames } = listen(() => paths)
    await expect.poll(() => devices.statuses().map((status) => status.state)).toEqual(['open', 'open'])
    await one.scan('11111\r')
    await other.scan('22222\r')
    await expect.poll(() => [...frames].sort()).toEqual(['11111', '22222'])
    paths = [other.till]
    devices.refresh()
    await expect.poll(() => devices.statuses().map((status) => status.name)).toEqual([other.till])
    await other.scan('33333\r')
    await expect.poll(() => frames.at(-1)).toBe('33333')
  })
})

describe('a scanner that is known by its maker, model and serial number', () => {
  const usb = { vendorId: '0c2e', productId: '0aaf', serialNumber: 'S1' }
  const listed = (path: string, serialNumber = 'S1') => ({ path, vendorId: '0C2E', productId: '0AAF', serialNumber })

  test('is found again under another name', async () => {
    const [first, second] = [await cable(), await cable()]
    let now = [listed(first.till), listed('/dev/none', 'S2')]
    const { devices, frames, state } = listen(() => [first.till], { usb }, { listPorts: async () => now })
    await expect.poll(state).toBe('open')
    await first.unplug()
    now = []
    await expect.poll(state, { timeout: 3000 }).toBe('missing')
    now = [listed(second.till)]
    await expect.poll(state, { timeout: 4000 }).toBe('open')
    expect(devices.statuses()[0]).toMatchObject({ name: first.till, at: second.till })
    await second.scan('4600001\r')
    await expect.poll(() => frames).toEqual(['4600001'])
  })

  test('is not taken for another device that has got its name', async () => {
    const line = await cable()
    const { state } = listen(() => [line.till], { usb }, { listPorts: async () => [listed(line.till, 'S2')] })
    await expect.poll(state).toBe('missing')
  })

  test('is opened by its name where the system does not tell which ports there are', async () => {
    const line = await cable()
    const listPorts = () => Promise.reject(new Error('spawn udevadm ENOENT'))
    const { devices, frames, state } = listen(() => [line.till], { usb }, { listPorts })
    await expect.poll(state).toBe('open')
    await line.scan('4600001\r')
    await expect.poll(() => frames).toEqual(['4600001'])
    expect(await devices.foundPorts()).toEqual({ ports: [], trouble: 'spawn udevadm ENOENT' })
  })
})

test('a code in pieces, two in one piece, and a prefix of the shop', async () => {
  const line = await cable()
  const { frames, state } = listen(() => [line.till], { end: 'crlf', prefix: '~', dataBits: 8, parity: 'none' })
  await expect.poll(state).toBe('open')
  for (const piece of ['~46', '000', '01\r']) {
    await line.scan(piece)
    await new Promise((resolve) => setTimeout(resolve, 120)) // longer than silence: with a named end it is none
  }
  await line.scan('\n~4600002\r\n~4600003\r\n')
  await expect.poll(() => frames).toEqual(['4600001', '4600002', '4600003'])
})

describe('while the settings try a scanner', () => {
  test('its bytes and codes are told and go nowhere else; a payment card is not told; after that it scans again', async () => {
    const line = await cable()
    const tried: TriedScan[] = []
    const { devices, frames, state } = listen(() => [line.till], {}, { onTried: (scan) => tried.push(scan) })
    await expect.poll(state).toBe('open')
    devices.tryScanners(true)
    await line.scan('\x02]E04600001\x03\r\n')
    const read = { raw: Buffer.from('\x02]E04600001\x03\r\n').toString('hex'), codes: [']E04600001'] }
    await expect
      .poll(() => tried)
      .toEqual([{ source: 'serial', device: line.till, read: { ...read, end: 'crlf', layout: null } }])
    await line.scan(';4111111111111111=2512101?\r')
    await expect.poll(() => tried[1]).toEqual({ source: 'serial', device: line.till, read: null })
    expect(frames).toEqual([])
    devices.tryScanners(false)
    await line.scan('4600002\r')
    await expect.poll(() => frames).toEqual(['4600002'])
    expect(tried).toHaveLength(2)
  })
})

describe('one scanner for register and till', () => {
  async function registerAt(path: string): Promise<() => string> {
    let heard = ''
    const file = await open(path, 'r')
    const stream = file.createReadStream({ encoding: 'utf8' })
    stream.on('data', (text) => {
      heard += text
    })
    stream.on('error', () => {}) // the line is cut at the end
    return () => heard
  }

  test('codes go on to the register as from its own scanner, and again after its port came back', async () => {
    const line = await cable()
    const setting = { path: line.till, baudRate: 9600, end: 'crlf' } as const
    const { devices } = listen(() => [], {}, { passOn: () => setting })
    await expect.poll(() => devices.statuses()).toMatchObject([{ kind: 'pass-on', state: 'open' }])
    const heard = await registerAt(line.scanner)
    devices.passOn('4006381333931')
    devices.passOn('010460\u001d21AB')
    await expect.poll(heard).toBe('4006381333931\r\n010460\u001d21AB\r\n')
    await line.unplug()
    await expect.poll(() => devices.statuses()[0]?.state, { timeout: 4000 }).toBe('missing')
    devices.passOn('4600001') // nowhere to go: dropped, never kept for later
    await line.plug()
    await expect.poll(() => devices.statuses()[0]?.state, { timeout: 5000 }).toBe('open')
    const again = await registerAt(line.scanner)
    devices.passOn('4600002')
    await expect.poll(again).toBe('4600002\r\n')
  })
})

describe('what goes wrong with a port, in words', () => {
  test.each([
    ['Error: No such file or directory, cannot open /dev/ttyUSB0', 'missing'],
    ['Opening COM7: File not found', 'missing'],
    ['Error Resource temporarily unavailable Cannot lock port', 'busy'],
    ['Opening COM3: Access denied', 'busy'],
    ['Error: Permission denied, cannot open /dev/ttyS0', 'denied'],
    ['Opening COM3: Unknown error code 31', 'error'],
  ])('%s', (text, state) => {
    const { state: found, message } = explained(new Error(text), true)
    expect(found).toBe(state)
    expect(message.length).toBeGreaterThan(20)
  })
})

test('the fake beside it scans, and is silent while unplugged', () => {
  const frames: string[] = []
  const scanner = fakeScanner({ onFrame: (frame) => frames.push(frame), onStatus: () => {} })
  scanner.scan('1')
  scanner.unplug()
  scanner.scan('2')
  scanner.plug()
  scanner.scan('3')
  expect(frames).toEqual(['1', '3'])
  expect(scanner.status().state).toBe('open')
})
