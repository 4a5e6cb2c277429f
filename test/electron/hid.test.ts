import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { openDevices } from '../../electron/scanners/devices.ts'
import { type HidHandle, type HidInfo, hidRefusal, openHidScanners } from '../../electron/scanners/hid.ts'
import { CODE_BYTES_MAX, createHidDecoder, PART_WAIT_MS } from '../../electron/scanners/hid-report.ts'
import type { DeviceStatus } from '../../shared/desktop-api.ts'

/** Reports as devices sent them, captured and published by others: Honeywell 0c2e:1007 and Symbol 05e0:2100. */
const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex.padEnd(128, '0'), 'hex'))
const HONEYWELL_UPC = bytes(`020c5d4530333036303330323039323233${'00'.repeat(44)}634100`)
const SYMBOL_UPC = bytes(`020c005d5867333036303330323039323233${'00'.repeat(44)}6300`)
const LOREM =
  '4c6f72656d20697073756d20646f6c6f722073697420616d65742c20636f6e73656374657475722061646970697363696e6720656c69742c'
const HONEYWELL_FIRST = bytes(`02385d5131${LOREM}733101`)
const SYMBOL_FIRST = bytes(`0238005d5131${LOREM}7301`)
const ANSWER_TEXT =
  '50726f64756374204e616d653a20566f79616765722031363032670d0a426f6f74205265766973696f6e3a203a20383939320d0a536f66743f'
const HONEYWELL_ANSWER = [
  bytes(`02385d5830${ANSWER_TEXT}0001`),
  bytes(`02095d5830756d3a204e2f410d0a${'00'.repeat(47)}3f0000`),
  bytes(`02085d5a36524556494e46062e${'00'.repeat(48)}360000`),
]
const NEWLAND_ANSWER = bytes('020e02000008454c303330303935255100')

function decoder() {
  const codes: string[] = []
  const made = createHidDecoder((code) => codes.push(code))
  return { codes, ...made }
}

/** A report of the layout without AIM identifier. */
function bare(text: string, goesOn = false): Uint8Array {
  const report = new Uint8Array(64)
  report.set([2, text.length, ...Buffer.from(text, 'latin1')])
  report[63] = goesOn ? 1 : 0
  return report
}

/** The layout with the identifier before the data. */
function withAim(text: string, aim = 'E0', goesOn = false): Uint8Array {
  const report = new Uint8Array(64)
  report.set([2, text.length, ...Buffer.from(`]${aim}${text}`, 'latin1')])
  report[63] = goesOn ? 1 : 0
  return report
}

describe('a report of a HID POS scanner', () => {
  test('is read in each of the three layouts, told apart by the reports themselves', () => {
    const honeywell = decoder()
    honeywell.report(HONEYWELL_UPC, 0)
    expect([honeywell.layout(), honeywell.codes]).toEqual(['aim', [']E0306030209223']])
    const symbol = decoder()
    symbol.report(SYMBOL_UPC, 0)
    expect([symbol.layout(), symbol.codes]).toEqual(['wide-aim', [']Xg306030209223']])
    const newland = decoder()
    newland.report(bare('2012345678903'), 0)
    expect([newland.layout(), newland.codes]).toEqual(['bare', ['2012345678903']])
  })

  test('of the bare layout may hold a code that begins like an identifier', () => {
    const newland = decoder()
    newland.report(bare(']E0ABC'), 0)
    newland.report(bare('4006381333931'), 10)
    expect(newland.codes).toEqual([']E0ABC', '4006381333931'])
  })

  test("with more behind it is joined; the scanner's own suffix goes", () => {
    for (const [first, rest] of [
      [HONEYWELL_FIRST, withAim('the end\r', 'Q1')],
      [bare('x'.repeat(56), true), bare('y\r\n')],
    ] as const) {
      const scanner = decoder()
      scanner.report(first, 0)
      expect(scanner.codes).toEqual([])
      scanner.report(rest, 30)
      expect(scanner.codes).toHaveLength(1)
      expect(scanner.codes[0]).toMatch(/(elit,the end|xy)$/)
    }
    const symbol = decoder()
    symbol.report(SYMBOL_FIRST, 0)
    expect(symbol.codes).toEqual([])
  })

  test('whose rest does not come, or comes of another code, is forgotten', () => {
    const scanner = decoder()
    scanner.report(HONEYWELL_FIRST, 0)
    scanner.report(HONEYWELL_UPC, PART_WAIT_MS + 1)
    scanner.report(HONEYWELL_FIRST, 2_000)
    scanner.report(HONEYWELL_UPC, 2_010) // another identifier
    scanner.report(HONEYWELL_FIRST, 3_000)
    scanner.reset() // unplugged
    scanner.report(HONEYWELL_UPC, 3_010)
    expect(scanner.codes).toEqual(Array(3).fill(']E0306030209223'))
  })

  test('that answers a command is no code', () => {
    const honeywell = decoder()
    for (const part of HONEYWELL_ANSWER) honeywell.report(part, 0)
    const newland = decoder()
    newland.report(NEWLAND_ANSWER, 0)
    expect([...honeywell.codes, ...newland.codes]).toEqual([])
  })

  test('of a code longer than any symbol goes on as far as shows that it is too long, the next one is read', () => {
    const scanner = decoder()
    for (let sent = 0; sent <= CODE_BYTES_MAX; sent += 56)
      scanner.report(withAim('z'.repeat(56), 'Q1', true), sent / 56)
    scanner.report(withAim('z', 'Q1'), 200)
    scanner.report(HONEYWELL_UPC, 210)
    expect(scanner.codes).toEqual([`]Q1${'z'.repeat(CODE_BYTES_MAX)}`, ']E0306030209223'])
  })

  test('that is rubbish makes nothing throw and nothing grow', () => {
    const scanner = decoder()
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), fc.boolean(), fc.nat(1_000), (report, isData, later) => {
        if (isData && report.length > 0) report[0] = 2
        scanner.report(report, later)
      }),
      { numRuns: 20_000, seed: 3 },
    )
    for (const code of scanner.codes) expect(code.length).toBeLessThanOrEqual(CODE_BYTES_MAX + 3)
  })
})

/** A bus with devices to plug and unplug, as `node-hid` shows one. */
function bus() {
  const plugged = new Map<string, HidInfo>()
  const handles = new Map<
    string,
    { data: ((b: Uint8Array) => void)[]; error: ((b: never) => void)[]; closed: number }
  >()
  let refusal: unknown = null
  return {
    plug: (path: string, info: Partial<HidInfo> = {}) =>
      plugged.set(path, {
        path,
        vendorId: 0x0c2e,
        productId: 0x1007,
        product: 'Scanner',
        usagePage: 0x8c,
        usage: 2,
        ...info,
      }),
    unplug: (path: string) => {
      plugged.delete(path)
      for (const listener of handles.get(path)?.error ?? []) listener('could not read from HID device' as never)
    },
    send: (path: string, report: Uint8Array) => {
      for (const listener of handles.get(path)?.data ?? []) listener(report)
    },
    refuse: (error: unknown) => {
      refusal = error
    },
    handles,
    module: {
      devicesAsync: async () => [...plugged.values()],
      open: async (path: string): Promise<HidHandle> => {
        if (refusal !== null) throw refusal
        const handle = { data: [] as ((b: Uint8Array) => void)[], error: [] as ((b: never) => void)[], closed: 0 }
        handles.set(path, handle)
        return {
          on: (name, listener) => handle[name].push(listener as never),
          close: async () => {
            handle.closed++
            if (handle.closed > 1) throw new Error('device is already closed')
          },
        }
      },
    },
  }
}

describe('HID scanners on a till', () => {
  afterEach(() => void vi.useRealTimers())

  test('gives codes without what the shop set around them, by the scanner that it set it on', async () => {
    const usb = bus()
    usb.plug('1', { serialNumber: 'A' })
    usb.plug('2', { serialNumber: 'B', product: 'Other' })
    const frames: string[] = []
    const devices = openDevices({
      serial: () => [],
      hid: () => true,
      hidAffixes: () => [{ device: 'Scanner (0c2e:1007)', prefix: '~', suffix: '#' }],
      onFrame: (frame) => frames.push(frame),
      onChange: () => {},
      log: () => {},
      listPorts: async () => [],
      loadHid: async () => usb.module,
    })
    await expect.poll(() => devices.statuses().filter(({ state }) => state === 'open').length).toBe(2)
    usb.send('1', withAim('~7700123#', 'C0'))
    usb.send('2', withAim('~7700123#', 'C0'))
    await devices.close()
    expect(frames).toEqual([']C07700123', ']C0~7700123#'])
  })

  async function till(hid: ReturnType<typeof bus>) {
    vi.useFakeTimers()
    const frames: string[] = []
    const seen: DeviceStatus[] = []
    const errors: unknown[] = []
    const scanners = openHidScanners(
      { onFrame: (frame) => frames.push(frame), onStatus: (status) => seen.push(status) },
      {
        hid: hid.module,
        now: () => new Date(0),
        monotonicMs: () => Date.now(),
        onError: (error) => errors.push(error),
      },
    )
    await vi.advanceTimersByTimeAsync(1)
    return { frames, seen, errors, scanners, states: () => scanners.statuses().map(({ state }) => state) }
  }

  test('are opened when they come, and only scanners are', async () => {
    const hid = bus()
    hid.plug('/dev/hidraw0', { vendorId: 0x046d, usagePage: 1, usage: 6, product: 'Keyboard' })
    const { scanners, frames } = await till(hid)
    expect(scanners.statuses()).toEqual([])
    hid.plug('/dev/hidraw1')
    await vi.advanceTimersByTimeAsync(2_000)
    expect(scanners.statuses()).toMatchObject([{ kind: 'hid', name: 'Scanner (0c2e:1007)', state: 'open' }])
    hid.send('/dev/hidraw1', HONEYWELL_UPC)
    expect(frames).toEqual([']E0306030209223'])
    expect(hid.handles.has('/dev/hidraw0')).toBe(false)
    await scanners.close()
  })

  test('come back under another path as the same device, with one listener each', async () => {
    const hid = bus()
    hid.plug('/dev/hidraw1', { serialNumber: 'S1' })
    const { scanners, frames, states } = await till(hid)
    hid.send('/dev/hidraw1', HONEYWELL_FIRST)
    hid.unplug('/dev/hidraw1')
    await vi.advanceTimersByTimeAsync(1)
    expect(states()).toEqual(['missing'])
    hid.plug('/dev/hidraw4', { serialNumber: 'S1' })
    await vi.advanceTimersByTimeAsync(10_000)
    expect(states()).toEqual(['open'])
    expect(hid.handles.get('/dev/hidraw4')!.data).toHaveLength(1)
    hid.send('/dev/hidraw4', HONEYWELL_UPC)
    expect(frames).toEqual([']E0306030209223']) // nothing of the code that was cut short
    await scanners.close()
  })

  test('of one model without serial numbers are told apart', async () => {
    const hid = bus()
    hid.plug('/dev/hidraw1')
    hid.plug('/dev/hidraw2')
    const { scanners, frames, states } = await till(hid)
    expect(states()).toEqual(['open', 'open'])
    hid.send('/dev/hidraw2', HONEYWELL_UPC)
    expect(frames).toHaveLength(1)
    await scanners.close()
  })

  test('of known makers in another mode are told and left alone', async () => {
    const hid = bus()
    hid.plug('/dev/hidraw0', { vendorId: 0x05e0, productId: 0x1900, usagePage: 0xff45, usage: 0x4b, product: '' })
    hid.plug('/dev/hidraw1', { usagePage: 0xff8c }) // a second collection of the scanner below
    hid.plug('/dev/hidraw2')
    const opened = vi.spyOn(hid.module, 'open')
    const { scanners } = await till(hid)
    expect(scanners.statuses().map(({ name, state }) => [name, state])).toEqual([
      ['Scanner (0c2e:1007)', 'open'],
      ['Zebra (05e0:1900)', 'other-mode'],
    ])
    expect(opened).toHaveBeenCalledTimes(1)
    await scanners.close()
  })

  test('of one model without serial numbers: one goes, and the other is not opened a second time', async () => {
    const hid = bus()
    hid.plug('/dev/hidraw1')
    hid.plug('/dev/hidraw2')
    const opened = vi.spyOn(hid.module, 'open')
    const { scanners, frames, states } = await till(hid)
    hid.unplug('/dev/hidraw1')
    await vi.advanceTimersByTimeAsync(10_000)
    expect(opened).toHaveBeenCalledTimes(2)
    expect(states().sort()).toEqual(['missing', 'open'])
    hid.send('/dev/hidraw2', HONEYWELL_UPC)
    expect(frames).toHaveLength(1)
    hid.plug('/dev/hidraw1')
    await vi.advanceTimersByTimeAsync(10_000)
    expect(states()).toEqual(['open', 'open'])
    await scanners.close()
  })

  test('of one model without serial numbers: one that is plugged in elsewhere again and again is the same one', async () => {
    const hid = bus()
    hid.plug('/dev/hidraw1')
    hid.plug('/dev/hidraw2')
    const { scanners, frames, states } = await till(hid)
    for (const number of [2, 3, 4, 5]) {
      hid.unplug(`/dev/hidraw${number}`)
      await vi.advanceTimersByTimeAsync(3_000)
      expect(states()).toEqual(['open', 'missing'])
      hid.plug(`/dev/hidraw${number + 1}`)
      await vi.advanceTimersByTimeAsync(3_000)
      expect(states()).toEqual(['open', 'open'])
    }
    hid.send('/dev/hidraw6', HONEYWELL_UPC)
    expect(frames).toHaveLength(1)
    await scanners.close()
  })

  test('that may not be opened are told with what to do, and tried again ever more slowly', async () => {
    const hid = bus()
    hid.plug('/dev/hidraw1')
    hid.refuse(new Error("Failed to open a device with path '/dev/hidraw1': Permission denied"))
    const opened = vi.spyOn(hid.module, 'open')
    const { scanners, states } = await till(hid)
    expect(scanners.statuses()[0]).toMatchObject({
      state: 'denied',
      message: expect.stringContaining('KERNEL=="hidraw*"'),
      rule: expect.stringContaining('TAG+="uaccess"'),
    })
    await vi.advanceTimersByTimeAsync(60_000)
    expect(opened.mock.calls.length).toBeLessThan(8)
    hid.refuse(null)
    await vi.advanceTimersByTimeAsync(32_000)
    expect(states()).toEqual(['open'])
    await scanners.close()
  })

  test('outlive a bus that answers nothing, and a fault of ours is no unplug', async () => {
    const hid = bus()
    hid.plug('/dev/hidraw1')
    const { scanners, errors, states } = await till(hid)
    vi.spyOn(hid.module, 'devicesAsync').mockRejectedValueOnce('hid_enumerate failed')
    await vi.advanceTimersByTimeAsync(2_000)
    hid.send('/dev/hidraw1', null as never)
    expect(errors).toHaveLength(2)
    expect(states()).toEqual(['open'])
    await scanners.close()
  })
})

test('what systems say of a device that cannot be opened', () => {
  expect(hidRefusal('cannot open device: Access is denied.').state).toBe('denied')
  expect(hidRefusal(new Error('exclusive access and device already open (0xE00002C5)')).state).toBe('busy')
  expect(hidRefusal(new Error('No such file or directory')).state).toBe('missing')
  expect(hidRefusal('something else')).toEqual({ state: 'error', message: 'something else' })
})
