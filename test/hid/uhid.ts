import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** A HID device made by the kernel for whoever writes to /dev/uhid. Source: linux/uhid.h. */

const EVENT_BYTES = 4380
const DESTROY = 1
const START = 2
const CREATE = 11
const INPUT = 12
const GET_REPORT = 9
const GET_REPORT_REPLY = 10
const SET_REPORT = 13
const SET_REPORT_REPLY = 14
const USB = 3
const IO_ERROR = 5

export interface Profile {
  readonly name: string
  readonly vendor: number
  readonly product: number
  readonly serial: string
  /** Report descriptor, hex. */
  readonly descriptor: string
  /** A code as this scanner would report it. */
  readonly reports: (code: string, aim: string) => readonly Uint8Array[]
}

export interface VirtualHid {
  readonly scan: (code: string, aim?: string) => void
  /** Any report: a broken one, the first part of a code. */
  readonly input: (report: Uint8Array) => void
  readonly unplug: () => void
}

export async function plugIn(profile: Profile): Promise<VirtualHid> {
  const file = openSync('/dev/uhid', constants.O_RDWR | constants.O_NONBLOCK)
  const descriptor = Buffer.from(profile.descriptor.replaceAll(/\s/g, ''), 'hex')
  const event = Buffer.alloc(EVENT_BYTES)
  event.writeUInt32LE(CREATE, 0)
  event.write(profile.name, 4, 127)
  event.write('usb-virtual-1/input0', 132, 63)
  event.write(profile.serial, 196, 63)
  event.writeUInt16LE(descriptor.length, 260)
  event.writeUInt16LE(USB, 262)
  event.writeUInt32LE(profile.vendor, 264)
  event.writeUInt32LE(profile.product, 268)
  descriptor.copy(event, 280)
  writeSync(file, event)
  let started = false
  const timer = setInterval(() => {
    for (const [kind, id] of events(file)) {
      if (kind === START) started = true
      if (kind === GET_REPORT || kind === SET_REPORT) refuse(file, kind, id)
    }
  }, 5)
  for (let waited = 0; !started; waited += 10) {
    if (waited > 20_000) throw new Error(`the kernel did not start ${profile.name}`)
    await sleep(10)
  }
  const input = (report: Uint8Array) => {
    const message = Buffer.alloc(6 + report.length)
    message.writeUInt32LE(INPUT, 0)
    message.writeUInt16LE(report.length, 4)
    message.set(report, 6)
    writeSync(file, message)
  }
  return {
    input,
    scan: (code, aim = 'E0') => {
      for (const report of profile.reports(code, aim)) input(report)
    },
    unplug: () => {
      clearInterval(timer)
      const message = Buffer.alloc(4)
      message.writeUInt32LE(DESTROY, 0)
      writeSync(file, message)
      closeSync(file)
    },
  }
}

function events(file: number): (readonly [kind: number, id: Buffer])[] {
  const found: (readonly [number, Buffer])[] = []
  const event = Buffer.alloc(EVENT_BYTES)
  for (;;) {
    try {
      readSync(file, event, 0, EVENT_BYTES, null)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return found
      throw error
    }
    found.push([event.readUInt32LE(0), Buffer.from(event.subarray(4, 8))])
  }
}

/** A scanner without feature reports. */
function refuse(file: number, kind: number, id: Buffer): void {
  const reply = Buffer.alloc(12)
  reply.writeUInt32LE(kind === GET_REPORT ? GET_REPORT_REPLY : SET_REPORT_REPLY, 0)
  id.copy(reply, 4)
  reply.writeUInt16LE(IO_ERROR, 8)
  writeSync(file, reply)
}

const PART = 56

/** 64 bytes: id, what stands before the data, data, what the maker adds, whether more follows. */
function cut(code: string, before: (count: number) => readonly number[], after: readonly number[]): Uint8Array[] {
  const data = Buffer.from(code, 'latin1')
  return Array.from({ length: Math.ceil(data.length / PART) }, (_, i) => {
    const part = data.subarray(i * PART, (i + 1) * PART)
    const report = new Uint8Array(64)
    const head = [2, ...before(part.length)]
    report.set([...head, ...part])
    report.set(after, 63 - after.length)
    report[63] = (i + 1) * PART < data.length ? 1 : 0
    return report
  })
}

const letters = (text: string) => [...Buffer.from(text, 'latin1')]

/** Identifier right behind the count. The descriptor is one that was published of such a device. */
export const aimScanner: Profile = {
  name: 'Virtual HID POS A',
  vendor: 0x0c2e,
  product: 0x1007,
  serial: 'A1',
  descriptor: `058C0902A1010912A1028502150026FF00750895010501093B81029503058C09FB09FC09FD8102
    953809FE8202020666FF9502090009008102058C25017501950809FF8102C00914A102850415002501750195
    08095F0960098509869186C006FFFF0901A10285F0150026FF007508953F0902820202953F0903920202C0C0`,
  reports: (code, aim) => cut(code, (count) => [count, ...letters(`]${aim}`)], [0x64, 0x41]),
}

/** A count of 16 bits before the identifier. */
export const wideScanner: Profile = {
  name: 'Virtual HID POS B',
  vendor: 0x05e0,
  product: 0x2100,
  serial: 'B1',
  descriptor: `058C 0902 A101 0912 A102 8502 1500 27FFFF0000 7510 9501 0501 093B 8102
    26FF00 7508 9503 058C 09FB 09FC 09FD 8102 9538 09FE 820201 9501 0666FF 0904 8102
    058C 2501 7501 9501 09FF 8102 7507 8103 C0 C0`,
  reports: (code, aim) => cut(code, (count) => [count, 0, ...letters(`]${aim}`)], [0x63]),
}

/** No identifier. */
export const bareScanner: Profile = {
  name: 'Virtual HID POS C',
  vendor: 0x1eab,
  product: 0x0d10,
  serial: 'C1',
  descriptor: `058C 0902 A101 0912 A102 8502 1500 26FF00 7508 9501 0501 093B 8102
    9538 058C 09FE 820201 9504 8103 9501 0666FF 0904 8102
    058C 2501 7501 9501 09FF 8102 7507 8103 C0 C0`,
  reports: (code) => cut(code, (count) => [count], []),
}

/** A keyboard-wedge scanner: none of our business here. */
export const keyboard: Profile = {
  name: 'Virtual Keyboard',
  vendor: 0x0581,
  product: 0x0115,
  serial: 'K1',
  descriptor: `05010906A101050719E029E71500250175019508810295017508810395067508150025650507
    190029658100C0`,
  reports: () => [],
}
