import { expect, test } from 'vitest'
import { adviceOnKeys, adviceOnPort, gapFor, readable } from '../../../renderer/settings/advice.ts'
import type { TriedScan } from '../../../shared/desktop-api.ts'
import { learnFrom } from '../../../shared/identification/learn.ts'

const hex = (text: string) => Buffer.from(text, 'latin1').toString('hex')
const serial = (text: string, codes: string[], end: NonNullable<TriedScan['read']>['end'] = 'cr'): TriedScan => ({
  source: 'serial',
  device: 'COM3',
  read: { raw: hex(text), codes, end, layout: null },
})

test('a port is told what to change on the scanner, and nothing where nothing is to be changed', () => {
  expect(adviceOnPort(serial(']E04006381333931\r', [']E04006381333931']))).toEqual(['fine'])
  expect(adviceOnPort(serial('4006381333931', ['4006381333931'], 'none'))).toEqual(['no-suffix', 'add-identifier'])
  expect(adviceOnPort(serial('4006381333931', [], 'none'))).toEqual(['no-end'])
  expect(adviceOnPort(serial('\xfe\x80\xf0\x00\x81', []))).toEqual(['wrong-speed'])
  expect(adviceOnPort(serial(']Q1a\tb\r', [']Q1a', ']Q1b']))).toEqual(['several'])
  expect(
    adviceOnPort({ source: 'hid', device: 'x', read: { raw: '', codes: ['1'], end: null, layout: 'bare' } }),
  ).toEqual(['fine'])
  expect(adviceOnPort({ source: 'serial', device: 'COM3', read: null })).toEqual([])
})

test('a keyboard scanner is told of pace, layout, suffix and a better mode', () => {
  const scan = { code: '2900000000018', whole: '2900000000018', by: 'enter', meanMs: 8 } as const
  expect(adviceOnKeys(scan, { gapMs: 50 })).toEqual(['hid-pos', 'add-identifier'])
  expect(adviceOnKeys({ ...scan, by: 'silence', meanMs: 45 }, { gapMs: 50 })).toEqual([
    'slow',
    'no-suffix',
    'hid-pos',
    'add-identifier',
  ])
  expect(adviceOnKeys({ ...scan, code: ']E0реез' }, { gapMs: 50 })).toEqual(['layout', 'hid-pos'])
  expect([gapFor(45), gapFor(400)]).toEqual([90, 500])
})

test('bytes are shown as people can compare them with a manual', () => {
  expect(readable(hex('\x02]E04\xff\r'))).toEqual({ hex: '02 5D 45 30 34 FF 0D', text: '␂]E04·␍' })
  expect(readable(hex(`\x02\x0512345${'\0'.repeat(57)}`)).text).toBe('␂␅12345␀…')
})

test('three different codes teach what stands around them; digits are never the scanner’s', () => {
  expect(learnFrom(['~7700123#', '~7700456#', '~77007891#'])).toEqual({
    prefix: '~',
    suffix: '#',
    isCertain: true,
    shortest: 7,
    longest: 8,
  })
  expect(learnFrom([']E02900000000018', ']E02900000000025', ']E02900000000032'])).toMatchObject({
    prefix: '',
    suffix: '',
  })
  expect(learnFrom(['CARD01', 'CARD02', 'CARD03'])).toMatchObject({ prefix: 'CARD', isCertain: false })
  expect(learnFrom(['~7700123#', '~7700123#', '~7700456#'])).toBeUndefined()
})
