import { fc } from '@fast-check/vitest'
import { ed25519 } from '@noble/curves/ed25519.js'
import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { describe, expect, test } from 'vitest'
import {
  codeSigningText,
  type PersonalCode,
  readCode,
  verifierFor,
  writeCode,
} from '../../../shared/ledger/coupon-code.ts'

/** The code of a member's own coupon, as a QR holds it: genuine or refused, without a network. Rule L86. */

const SECRET = '11'.repeat(32)
const KEY = bytesToHex(ed25519.getPublicKey(hexToBytes(SECRET)))
const OTHER_KEY = bytesToHex(ed25519.getPublicKey(hexToBytes('22'.repeat(32))))
const signed = (code: PersonalCode, secret = SECRET) =>
  bytesToHex(ed25519.sign(utf8ToBytes(codeSigningText(code)), hexToBytes(secret)))
const verify = verifierFor([KEY])
const spring: PersonalCode = { coupon: 'spring', member: 'm-1', serial: 'SPRING-7K2Q', lastDay: '2026-12-31' }
const forEver: PersonalCode = { ...spring, lastDay: null }
const written = writeCode(spring, signed(spring))

describe('[L86] what the cloud’s key signs', () => {
  test('is the same text for ever: codes that hang on refrigerators must stay good', () => {
    expect(codeSigningText(spring)).toBe('bonusbook/coupon/1\nspring\nm-1\nSPRING-7K2Q\n2026-12-31')
    expect(codeSigningText(forEver)).toBe('bonusbook/coupon/1\nspring\nm-1\nSPRING-7K2Q\n')
    expect(writeCode(spring, 'ab')).toBe('BBC1.spring.m-1.SPRING-7K2Q.2026-12-31.ab')
    expect(writeCode(forEver, 'ab')).toBe('BBC1.spring.m-1.SPRING-7K2Q..ab')
  })

  test('differs for codes that differ anywhere', () => {
    const changed = [{ coupon: 'x' }, { member: 'x' }, { serial: 'x' }, { lastDay: '2027-12-31' }, { lastDay: null }]
    const texts = changed.map((change) => codeSigningText({ ...spring, ...change }))
    expect(new Set([codeSigningText(spring), ...texts]).size).toBe(6)
  })
})

describe('[L86] a code that is read', () => {
  test.each([
    ['with a last day', spring],
    ['without one', forEver],
    ['with dots, spaces and other letters in it', { ...spring, coupon: 'a.b c%', member: 'Ж.1', serial: '1/2?.' }],
  ])('%s is what was written', (_, code) => {
    expect(readCode(writeCode(code, signed(code)), verify)).toEqual({ ok: true, value: code })
  })

  test('whatever is in it comes back', () => {
    const part = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
    const codes = fc.record({ coupon: part, member: part, serial: part, lastDay: fc.constantFrom(null, '2026-02-28') })
    fc.assert(
      fc.property(codes, (code) => {
        expect(readCode(writeCode(code, 'ab'), () => true)).toEqual({ ok: true, value: code })
      }),
    )
  })

  const parts = written.split('.')
  const without = (index: number) => parts.map((part, at) => (at === index ? '' : part)).join('.')
  test.each<readonly [string, string]>([
    ['nothing', ''],
    ['a card number', '2900000000018'],
    ['another kind', written.replace('BBC1', 'BBC2')],
    ['a part too few', parts.slice(0, -1).join('.')],
    ['a part too many', `${written}.x`],
    ['no coupon', without(1)],
    ['no member', without(2)],
    ['no serial', without(3)],
    ['no signature', without(5)],
    ['a percent sign that stands for nothing', written.replace('spring', '%')],
    ['a broken last day', without(4).replace('..', '.%.')],
    ...[
      '1-2-3',
      '2026-1-01',
      '2026-01-1',
      '026-01-01',
      '2026-01-01x',
      'x2026-01-01',
      'yyyy-01-01',
      '2026-mm-01',
      '2026-01-dd',
    ].map((day) => [`${day} for a day`, without(4).replace('..', `.${day}.`)] as const),
  ])('%s is no code of ours', (_, text) => {
    // whoever signs for everything shows that the shape alone was looked at
    expect(readCode(text, () => true)).toEqual({ ok: false, reason: 'not_a_code' })
  })

  test.each([
    ['another coupon', written.replace('spring', 'summer')],
    ['another member', written.replace('m-1', 'm-2')],
    ['another serial', written.replace('7K2Q', '7K2R')],
    ['a later last day', written.replace('2026', '2027')],
    ['no last day', written.replace('2026-12-31', '')],
    ['a signature of somebody else', writeCode(spring, signed(spring, '22'.repeat(32)))],
    ['a signature that is no hex', writeCode(spring, 'zz')],
    ['a signature that is cut short', written.slice(0, -2)],
  ])('with %s is forged', (_, text) => {
    expect(readCode(text, verify)).toEqual({ ok: false, reason: 'forged_code' })
  })
})

describe('the verifier', () => {
  test('takes any of its keys, and none where it has none', () => {
    const text = codeSigningText(spring)
    expect(verifierFor([OTHER_KEY, KEY])(text, signed(spring))).toBe(true)
    expect(verifierFor([OTHER_KEY])(text, signed(spring))).toBe(false)
    expect(verifierFor([])(text, signed(spring))).toBe(false)
    expect(verifierFor(['no key'])(text, signed(spring))).toBe(false)
  })

  test('answers the same the second time, and after very many others', () => {
    const check = verifierFor([KEY])
    const [text, signature] = [codeSigningText(spring), signed(spring)]
    for (let index = 0; index < 450; index++) expect(check(`${text}${index}`, signature)).toBe(false)
    for (const _ of ['first', 'second']) {
      expect(check(text, signature)).toBe(true)
      expect(check(text, signature.replace(/^../, '00'))).toBe(false)
    }
  })
})
