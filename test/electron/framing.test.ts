import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  createFramer,
  FRAME_BYTES_MAX,
  type FrameSetting,
  HALF_CODE_MS,
  SILENCE_MS,
} from '../../electron/scanners/framing.ts'
import { CODE_LENGTH_MAX } from '../../shared/identification/code.ts'
import { withoutAffixes } from '../../shared/identification/framing.ts'

const bytesOf = (text: string) => new TextEncoder().encode(text)

function frames(chunks: readonly Uint8Array[], endWithSilence = true, setting?: FrameSetting): string[] {
  const found: string[] = []
  const framer = createFramer((frame) => found.push(frame), setting)
  for (const chunk of chunks) framer.push(chunk)
  if (endWithSilence) framer.silence()
  return found
}

const split = (bytes: Uint8Array, cuts: readonly number[]) => {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((one, other) => one - other)
  return [0, ...places].map((from, index) => bytes.subarray(from, places[index] ?? bytes.length))
}

describe('where a frame ends', () => {
  test.each([
    ['CR', '4600001\r4600002\r'],
    ['LF', '4600001\n4600002\n'],
    ['CR LF', '4600001\r\n4600002\r\n'],
    ['TAB', '4600001\t4600002\t'],
    ['STX and ETX', '\x024600001\x03\x024600002\x03'],
    ['STX, ETX and CR LF', '\x024600001\x03\r\n\x024600002\x03\r\n'],
    ['STX alone', '\x024600001\x024600002'],
    ['empty frames around', '\r\n\r\n4600001\r\r\r  \r4600002\r'],
  ])('%s', (_, text) => {
    expect(frames([bytesOf(text)])).toEqual(['4600001', '4600002'])
  })

  test('silence, where the scanner sends no suffix', () => {
    const found: string[] = []
    const framer = createFramer((frame) => found.push(frame))
    framer.push(bytesOf('46000'))
    framer.push(bytesOf('01'))
    expect(found).toEqual([])
    framer.silence()
    framer.push(bytesOf('4600002'))
    framer.silence()
    framer.silence()
    expect(found).toEqual(['4600001', '4600002'])
  })
})

describe('where the shop says how a code ends', () => {
  test.each([
    ['cr', 'a\tb\r4600002\r'],
    ['lf', 'a\tb\n4600002\n'],
    ['crlf', 'a\tb\r\n4600002\r\n'],
    ['stx-etx', '\x02a\tb\x03\r\n\x024600002\x03\r\n'],
  ] as const)('%s is the end, and a TAB a part of the code', (end, text) => {
    expect(frames([bytesOf(text)], false, { end })).toEqual(['a\tb', '4600002'])
  })

  test('TAB is the end, and lines may be in the code', () => {
    expect(frames([bytesOf('a\r\nb\t4600002\t')], false, { end: 'tab' })).toEqual(['a\r\nb', '4600002'])
  })

  test('silence alone is the end', () => {
    expect(frames([bytesOf('a\r\nb\r\n')], true, { end: 'silence', silenceMs: 200 })).toEqual(['a\r\nb'])
  })

  test('silence of a named length counts; where an end is named it only forgets half a code', () => {
    const found: string[] = []
    const framer = createFramer((frame) => found.push(frame), { end: 'cr' })
    framer.push(bytesOf('46000'))
    framer.silence()
    framer.push(bytesOf('4600002\r'))
    expect(found).toEqual(['4600002'])
    expect([framer.silenceMs, createFramer(() => {}).silenceMs]).toEqual([HALF_CODE_MS, SILENCE_MS])
    expect(createFramer(() => {}, { end: 'auto', silenceMs: 300 }).silenceMs).toBe(300)
  })

  test('what stands before and after each code is taken off, once', () => {
    const setting = { end: 'auto', prefix: '~', suffix: '#!' } as const
    expect(frames([bytesOf('~4600001#!\r4600002\r~~3#!#!\r~#!\r')], false, setting)).toEqual([
      '4600001',
      '4600002',
      '~3#!',
    ])
  })
})

describe('what a frame holds', () => {
  test('separators of GS1 stay, other control bytes go', () => {
    expect(frames([bytesOf(']C10104600\x1d21AB\x00\x07\r')])).toEqual([']C10104600\x1d21AB'])
  })

  test('UTF-8 is read as such, anything else byte by byte', () => {
    expect(frames([bytesOf('Карта\r')])).toEqual(['Карта'])
    expect(frames([Uint8Array.from([0xca, 0xe0, 0x31, 0x0d])])).toEqual(['Êà1'])
  })

  test('of a frame that is too long so much goes on as shows that it is, and the next one is read', () => {
    const long = 'x'.repeat(FRAME_BYTES_MAX + 1)
    expect(frames([bytesOf(`${long}\r4600001\r`)])).toEqual([long.slice(1), '4600001'])
    const cyrillic = frames([bytesOf(`${'ж'.repeat(FRAME_BYTES_MAX)}\r`)])[0]!
    expect(cyrillic.length).toBeGreaterThan(CODE_LENGTH_MAX)
  })

  test('what the shop set before and after a code is taken off, an AIM identifier before it stays', () => {
    expect(withoutAffixes('~4600001#', '~', '#')).toBe('4600001')
    expect(withoutAffixes(']E0~4600001#', '~', '#')).toBe(']E04600001')
    expect(withoutAffixes('~]E04600001', '~', '')).toBe(']E04600001')
    expect(withoutAffixes(']E04600001', ']E', '')).toBe('04600001')
    expect(withoutAffixes('4600001', '~', '#')).toBe('4600001')
    expect(withoutAffixes('##', '#', '##')).toBe('')
  })

  test('half a code from before an unplug is not part of the next', () => {
    const found: string[] = []
    const framer = createFramer((frame) => found.push(frame))
    framer.push(bytesOf('46000'))
    framer.reset()
    framer.push(bytesOf('4600002\r'))
    expect(found).toEqual(['4600002'])
  })
})

describe('however the bytes arrive', () => {
  const codes = fc.array(fc.stringMatching(/^[!-~]{1,40}$/), { minLength: 1, maxLength: 8 })
  const suffix = fc.constantFrom('\r', '\n', '\r\n', '\t', '\x03\r\n')

  test('any split into chunks gives the same codes', () => {
    fc.assert(
      fc.property(codes, suffix, fc.array(fc.nat(400)), (list, end, cuts) => {
        const bytes = bytesOf(list.map((code) => code + end).join(''))
        expect(frames(split(bytes, cuts), false)).toEqual(list)
      }),
    )
  })

  test('rubbish never throws, never makes an empty frame, and the code behind it is read', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.array(fc.nat(300)), (rubbish, cuts) => {
        const found = frames([...split(rubbish, cuts), bytesOf('\r4600001\r')])
        expect(found.at(-1)).toBe('4600001')
        expect(found.every((frame) => frame.trim() !== '')).toBe(true)
      }),
    )
  })
})
