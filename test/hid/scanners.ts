import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { openDevices } from '../../electron/scanners/devices.ts'
import { aimScanner, bareScanner, keyboard, type Profile, plugIn, wideScanner } from './uhid.ts'

/** Runs in the guest: the app's own scanner port with the real `node-hid`, on devices of a real kernel. */

const CARD = '2000000200019'
const LONG = `${'0123456789'.repeat(14)}end`
const frames: string[] = []
const devices = openDevices({
  serial: () => [],
  hid: () => true,
  onFrame: (frame, source) => {
    assert.equal(source, 'hid')
    frames.push(frame)
  },
  onChange: () => {},
  log: (_level, message, facts) => process.stdout.write(`${message} ${JSON.stringify(facts ?? {})}\n`),
})

const stateOf = ({ name }: Profile) => devices.statuses().find((status) => status.name.includes(name))?.state

/** The guest runs at a tenth of the machine's speed or less. */
async function until(what: string, holds: () => boolean): Promise<void> {
  for (let waited = 0; !holds(); waited += 50) {
    if (waited > 30_000)
      throw new Error(`${what}; heard ${JSON.stringify(frames)}, ${JSON.stringify(devices.statuses())}`)
    await sleep(50)
  }
}

async function hears(what: string, expected: readonly string[]): Promise<void> {
  await until(what, () => frames.length >= expected.length)
  await sleep(200) // nothing more may come
  assert.deepEqual(frames.splice(0), expected, what)
}

const typing = await plugIn(keyboard)
for (const profile of [aimScanner, wideScanner, bareScanner]) {
  const prefix = (aim: string) => (profile === bareScanner ? '' : `]${aim}`)
  let scanner = await plugIn(profile)
  await until(`${profile.name} is opened`, () => stateOf(profile) === 'open')
  scanner.scan(CARD)
  await hears('a card', [`${prefix('E0')}${CARD}`])
  scanner.scan(LONG, 'Q1')
  scanner.scan(CARD)
  await hears('a code of several reports and one right behind it', [`${prefix('Q1')}${LONG}`, `${prefix('E0')}${CARD}`])
  scanner.input(profile.reports(LONG, 'Q1')[0]!)
  scanner.unplug()
  await until(`${profile.name} is missing`, () => stateOf(profile) === 'missing')
  scanner = await plugIn(profile)
  await until(`${profile.name} is opened again`, () => stateOf(profile) === 'open')
  scanner.scan(CARD)
  await hears('a card after the replug, and nothing of the half code', [`${prefix('E0')}${CARD}`])
  for (let i = 0; i < 40; i++)
    scanner.input(Uint8Array.from({ length: 64 }, (_, at) => (at === 0 ? 2 : (i * 37 + at * 11) % 256)))
  await sleep(800) // whatever the rubbish began is over
  frames.splice(0)
  scanner.scan(CARD)
  await hears('a card after rubbish', [`${prefix('E0')}${CARD}`])
  process.stdout.write(`${profile.name}: ok\n`)
}
// Two alike, without serial numbers: one goes, and the other is read on, once, also beside somebody else who reads it.
const alike = { ...aimScanner, name: 'Virtual HID POS twin', serial: '' }
const first = await plugIn(alike)
const second = await plugIn(alike)
const twins = () => devices.statuses().filter((status) => status.name.includes(alike.name))
await until('both are opened', () => twins().filter(({ state }) => state === 'open').length === 2)
first.unplug()
await until('one is missing', () => twins().some(({ state }) => state === 'missing'))
await sleep(5_000) // looked for twice
const { default: HID } = await import('node-hid')
const [shown] = (await HID.devicesAsync()).filter(({ product }) => product?.includes(alike.name))
const other = await HID.HIDAsync.open(shown!.path!)
other.on('error', () => {})
second.scan(CARD)
await hears('one card of the twin that is left, though another program has it open', [`]E0${CARD}`])
await other.close()
second.unplug()
process.stdout.write('twins: ok\n')
const names = devices
  .statuses()
  .filter((status) => !status.name.includes(alike.name))
  .map(({ name }) => name)
assert.equal(names.length, 3, `three scanners and no keyboard: ${names}`)
assert.equal(new Set(names).size, 3)
typing.unplug()
await devices.close()
process.stdout.write('4 passed, 0 failed\n')
process.exit(0)
