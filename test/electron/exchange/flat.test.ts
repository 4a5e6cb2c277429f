import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decoded, encoded } from '../../../electron/exchange/encoding.ts'
import { FlatError, flatText, parseFlat } from '../../../electron/exchange/flat.ts'

describe('the flat format', () => {
  test('a sale as a register program writes it, with commas and remarks', () => {
    const text = [
      '; из кассовой программы',
      'command=sale',
      'card=2000000200019',
      'receipt=42',
      'at=2026-11-18T12:00:00+03:00',
      'line=1;cappuccino;drinks/coffee;2;500,00;Капучино',
      'line=2;;;;70,5',
      'redeem=50,00',
      'coupon=SPRING',
      'fiscal=FD 1 = 2',
    ].join('\r\n')
    expect(parseFlat(text)).toEqual({
      command: 'sale',
      card: '2000000200019',
      redeem: '50.00',
      coupons: ['SPRING'],
      fiscal: 'FD 1 = 2',
      receipt: {
        id: '42',
        at: '2026-11-18T12:00:00+03:00',
        lines: [
          { id: '1', sku: 'cappuccino', category: 'drinks/coffee', qty: '2', amount: '500.00', name: 'Капучино' },
          { id: '2', amount: '70.5' },
        ],
      },
    })
  })

  test('a return and an enrolment', () => {
    expect(parseFlat('command=refund\nreceipt=42\nline=1;1\nline=2;;70,50\n')).toEqual({
      command: 'refund',
      receipt: '42',
      lines: [
        { id: '1', qty: '1' },
        { id: '2', amount: '70.50' },
      ],
    })
    expect(parseFlat('command=enrol\nphone=+79001234567\npersonalData=да\nmessages=no')).toMatchObject({
      consent: { personalData: true, messages: false },
    })
  })

  test.each([
    ['a line without a name', 'receipt'],
    ['a name that is none', '=x'],
    ['a field twice', 'card=1\ncard=2'],
    ['a line with too many cells', 'receipt=1\nline=1;2;3;4;5;6;7'],
  ])('%s is told with its place', (_, text) => {
    expect(() => parseFlat(text)).toThrow(FlatError)
  })

  test('whatever comes is fields or a complaint, never a fault', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        try {
          expect(typeof parseFlat(text)).toBe('object')
        } catch (error) {
          expect(error).toBeInstanceOf(FlatError)
        }
      }),
      { seed: 1, numRuns: 500 },
    )
  })

  test('answers are as flat: nested names, lists, no line breaks, nothing that only screens need', () => {
    const value = {
      status: 'ok',
      earn: '1.00',
      member: { name: 'А\nБ' },
      slip: ['a', 'b'],
      lines: [{ id: '1' }],
      why: {},
    }
    expect(flatText(value)).toBe('status=ok\r\nearn=1.00\r\nmember.name=А Б\r\nslip=a\r\nslip=b\r\nlines.0.id=1\r\n')
  })
})

describe('the encoding', () => {
  test('what is no UTF-8 is Windows-1251, and is answered in it', () => {
    const bytes = Uint8Array.of(0xca, 0xe0, 0xf4, 0xe5, 0x20, 0xb9, 0x31)
    expect(decoded(bytes)).toEqual({ text: 'Кафе №1', encoding: 'windows-1251' })
    expect(encoded('Кафе №1 🙂', 'windows-1251')).toEqual(Uint8Array.of(...bytes, 0x20, 0x3f))
    expect(decoded(new TextEncoder().encode('Кафе')).encoding).toBe('utf-8')
  })
})
