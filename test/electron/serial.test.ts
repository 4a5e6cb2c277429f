import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { silentLog } from '../../electron/log.ts'
import { type Devices, openDevices } from '../../electron/scanners/devices.ts'
import { fakeScanner } from '../../electron/scanners/fake.ts'
import { explained } from '../../electron/scanners/serial.ts'
import type { DeviceStatus } from '../../shared/desktop-api.ts'

/** A cable with two ends, made by socat: the till opens one, the test writes into the other as a scanner would. */
interface Cable {
  readonly till: string
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

function listen(paths: () => readonly string[]) {
  const frames: string[] = []
  const seen: (readonly DeviceStatus[])[] = []
  const devices = openDevices({
    hid: () => false,
    serial: () => paths().map((path) => ({ path, baudRate: 9600, enabled: true })),
    onFrame: (frame) => frames.push(frame),
    onChange: (statuses) => seen.push(statuses),
    log: silentLog,
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
