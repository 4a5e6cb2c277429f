import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createFramer, FRAME_BYTES_MAX } from '../../../electron/scanners/framing.ts'
import { CODE_BYTES_MAX, createHidDecoder } from '../../../electron/scanners/hid-report.ts'
import { textOf } from '../../../electron/scanners/text.ts'
import { IDLE, press, releaseAlt, silence, type WedgeState } from '../../../renderer/wedge/wedge.ts'
import { looksLikeGoods, readCode, tellable } from '../../../shared/identification/code.ts'
import { unframed } from '../../../shared/identification/framing.ts'
import { readDigitalLink } from '../../../shared/identification/gs1/digital-link.ts'
import { readElementString, writeElementString } from '../../../shared/identification/gs1/element-string.ts'
import { learnFrom } from '../../../shared/identification/learn.ts'
import { payloadOf } from '../../../shared/identification/payload.ts'
import { holdsPaymentNumber } from '../../../shared/identification/payment-card.ts'
import { parsePhone } from '../../../shared/identification/phone.ts'
import { readScanData } from '../../../shared/identification/scan-data.ts'
import { readStripe } from '../../../shared/identification/stripe.ts'
import { runs } from '../runs.ts'

/**
 * Whatever comes down a wire: nothing throws, nothing hangs, nothing grows. A hundred thousand inputs in all, each given
 * to every parser that reads such a thing.
 */

const SEED = 20_261_126
const masks = [
  { prefix: '77', lengths: [10, 13], check: 'luhn' as const },
  { lengths: [6], check: 'none' as const },
]

/** Bytes at random, and bytes that look nearly like something. */
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 80 }),
  fc
    .array(
      fc.constantFrom(
        ...[']', 'E0', 'C1', 'Q3', 'd2', '%B', ';', '=', '?', '^', '\u001d', '\u0002', '\u0003', '\r', '\n', '\t'],
        ...[
          '4111111111111111',
          '2900000000018',
          '8018',
          '0104600000000015',
          'https://id.gs1.org/',
          '/8018/',
          '{"card":',
        ],
        ...['"', '}', '+7916', 'tel:', '%zz', '\\^', '|]e0', 'E', 'Карта', '\ufffd', '9'.repeat(40)],
      ),
      { maxLength: 10 },
    )
    .map((parts) => new TextEncoder().encode(parts.join(''))),
)

test('every parser of text takes whatever bytes make', { timeout: 60_000 }, () => {
  let paid = 0
  fc.assert(
    fc.property(bytes, (input) => {
      const text = textOf(input)
      const read = readCode(text, masks)
      tellable(text)
      looksLikeGoods(text, masks)
      payloadOf(unframed(text).text, unframed(text).aim)
      readScanData(text)
      readDigitalLink(text)
      parsePhone(text)
      readStripe(text)
      learnFrom([text, `${text}1`, `${text}2`])
      const elements = readElementString(text)
      if (elements.ok) expect(readElementString(writeElementString(elements.value))).toEqual(elements)
      if (!holdsPaymentNumber(unframed(text).text)) return
      paid += 1
      expect(read.kind).toBe('refused')
    }),
    { ...runs(60_000), seed: SEED },
  )
  if (process.env.PROPERTY_RUNS === undefined) expect(paid).toBeGreaterThan(1_000)
})

test('the framer of a serial line takes whatever comes, in whatever pieces', { timeout: 60_000 }, () => {
  const ends = ['auto', 'cr', 'lf', 'crlf', 'tab', 'stx-etx', 'silence'] as const
  const framers = ends.map((end) =>
    createFramer((frame) => expect(frame.length).toBeLessThanOrEqual(FRAME_BYTES_MAX), {
      end,
      prefix: '~',
      suffix: '#',
    }),
  )
  fc.assert(
    fc.property(bytes, fc.boolean(), (input, quiet) => {
      for (const framer of framers) {
        framer.push(input)
        if (quiet) framer.silence()
      }
    }),
    { ...runs(15_000), seed: SEED },
  )
})

test('the decoder of HID reports takes reports of any length and content', { timeout: 60_000 }, () => {
  const decoder = createHidDecoder((code) => expect(code.length).toBeLessThanOrEqual(CODE_BYTES_MAX + 3))
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }), fc.boolean(), fc.nat(2_000), (report, isData, later) => {
      if (isData && report.length > 0) report[0] = 2
      decoder.report(report, later)
    }),
    { ...runs(10_000), seed: SEED },
  )
})

test('the reader of keys takes any keys in any order at any time', { timeout: 60_000 }, () => {
  const codes = [
    'Digit1',
    'KeyA',
    'Enter',
    'Tab',
    'ShiftLeft',
    'AltLeft',
    'Numpad0',
    'F8',
    'Backspace',
    '',
    'KeyZ',
    'Unidentified',
  ]
  const key = fc.record({
    code: fc.constantFrom(...codes),
    key: fc.constantFrom('1', 'a', 'Process', 'Dead', '', 'é', 'Enter'),
    shift: fc.boolean(),
    ctrl: fc.boolean(),
    alt: fc.boolean(),
    meta: fc.boolean(),
    gap: fc.integer({ min: -20, max: 200 }),
  })
  const settings = { gapMs: 50, minLength: 6, prefix: '~', suffix: '#', layout: 'us' } as const
  let state: WedgeState = IDLE
  let at = 0
  fc.assert(
    fc.property(key, fc.nat(3), ({ gap, ...rest }, what) => {
      at += gap
      const step =
        what === 0
          ? releaseAlt(state, at, settings)
          : what === 1 && gap > 150
            ? silence(state, at, settings)
            : press(state, { ...rest, at }, settings)
      state = step.state
      expect(state.text.length + state.early.length).toBeLessThan(10_000)
    }),
    { ...runs(15_000), seed: SEED },
  )
})

test('a line that never ends is not kept', () => {
  const framer = createFramer(() => {}, { end: 'cr' })
  const megabyte = new Uint8Array(1024 * 1024).fill(0x41)
  const before = process.memoryUsage().heapUsed
  for (let sent = 0; sent < 32; sent += 1) framer.push(megabyte)
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(64 * 1024 * 1024)
})
