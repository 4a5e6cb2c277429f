import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { gtinCheckDigit } from '../../../shared/identification/check-digit.ts'
import { readCode } from '../../../shared/identification/code.ts'
import { readDigitalLink } from '../../../shared/identification/gs1/digital-link.ts'
import { readElementString, writeElementString } from '../../../shared/identification/gs1/element-string.ts'
import { payloadOf } from '../../../shared/identification/payload.ts'
import { readScanData } from '../../../shared/identification/scan-data.ts'
import { runs } from '../runs.ts'

interface Vector {
  readonly kind: string
  readonly input: string
  readonly options?: Record<string, boolean>
  readonly valid: boolean
  readonly symbology?: string
  readonly message?: string
  readonly element_string?: string
  readonly linter?: string
}

const vectors = readFileSync(new URL('../../fixtures/codes/gs1.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Vector)
const of = (kind: string) => {
  const found = vectors.filter((vector) => vector.kind === kind)
  expect(found.length).toBeGreaterThan(2)
  return found
}

describe('what GS1 says of a code, we say too', () => {
  test('of what a scanner sends', () => {
    for (const { input, options, valid, symbology, message } of of('scan')) {
      const read = readScanData(input, options)
      const got = read.ok
        ? { valid: true, symbology: read.value.symbology, message: read.value.message }
        : { valid: false }
      expect({ input, ...got }).toEqual({ input, ...(valid ? { valid, symbology, message } : { valid }) })
    }
  })

  test('of element strings', () => {
    for (const { input, valid } of of('element-string'))
      expect([input, readElementString(input).ok]).toEqual([input, valid])
  })

  test('of Digital Links', () => {
    for (const { input, options, valid, element_string } of of('digital-link')) {
      const read = readDigitalLink(input, options)
      expect([input, read.ok && writeElementString(read.value)]).toEqual([input, valid && element_string])
    }
  })

  test('of check digits', () => {
    for (const { input, valid } of of('gtin-check-digit')) {
      expect(gtinCheckDigit(input.slice(0, -1)) === Number(input.at(-1))).toBe(valid)
    }
  })

  test('of single values: dates, countries, currencies, accounts, check characters', () => {
    for (const { input, linter } of of('ai-linter')) {
      const text = `^${[...input.matchAll(/\((\d+)\)([^(]*)/g)].map(([, ai, data]) => `${ai}${data}`).join('^')}`
      expect([input, readElementString(text).ok]).toEqual([input, linter === 'OK'])
    }
  })
})

test('check characters of a model number are those of the General Specifications', () => {
  expect(readElementString('^80131987654Ad4X4bL5ttr2310c2K').ok).toBe(true)
  expect(readElementString('^80131987654Ad4X4bL5ttr2310c2L')).toMatchObject({
    reason: 'bad_value',
    detail: { ai: '8013' },
  })
})

test('what is wrong is told by identifier and reason', () => {
  expect(readElementString('^0112345678901234')).toMatchObject({
    reason: 'bad_value',
    detail: { ai: '01', check: 'csum' },
  })
  expect(readElementString('^17201332')).toMatchObject({ reason: 'bad_value', detail: { ai: '17', check: 'yymmd0' } })
  expect(readElementString('^0500')).toMatchObject({ reason: 'unknown_ai', detail: { ai: '0500' } })
})

test('numbers tell by length and check digit what they are, where the scanner does not', () => {
  for (const [input, symbology] of [
    ['96385074', 'EAN8'],
    ['036602301467', 'UPCA'],
    ['4006381333931', 'EAN13'],
    ['30712345000010', 'ITF14'],
  ]) {
    expect(readScanData(input!)).toMatchObject({ value: { symbology, message: input } })
  }
  expect(readScanData('4006381333932')).toMatchObject({ reason: 'bad_check_digit' })
  expect(readScanData(']E3978155860497190000')).toMatchObject({ value: { message: '9781558604971 90000' } })
})

describe('a card in a symbol', () => {
  const card = '123456789012345675'
  test.each([
    ['GS1-128 with the loyalty number', `]C18018${card}`],
    ['GS1 QR with more behind it', `]Q38018${card}\u001d801912`],
    ['a GS1 Digital Link', `]Q1https://id.example.com/8018/${card}`],
    ["a member's page", `]Q1https://cafe.example/me?lang=ru&card=${card}#top`],
    ['JSON', `]Q1{"card":"${card}","v":1}`],
    ['the bare number', `]Q1${card}`],
  ])('%s is that card', (_, raw) => expect(readCode(raw)).toMatchObject({ kind: 'card', number: card }))

  test('a phone in a symbol is a phone', () => {
    expect(readCode(']Q1tel:+79161234567')).toEqual({ kind: 'phone', phone: '+79161234567' })
    expect(readCode(']Q1{"phone":"+7 916 123-45-67"}')).toEqual({ kind: 'phone', phone: '+79161234567' })
  })

  test('goods are no card: GS1 data with a GTIN, price labels of scales', () => {
    expect(readCode(']C1010400638133393110LOT')).toEqual({ kind: 'refused', reason: 'goods_code' })
    expect(readCode('https://id.gs1.org/01/09520123456788')).toEqual({ kind: 'refused', reason: 'goods_code' })
    expect(readCode('2112345678900')).toEqual({ kind: 'refused', reason: 'goods_code' })
    const masks = [{ prefix: '21', lengths: [13], check: 'ean13' as const }]
    expect(readCode('2112345678900', masks)).toMatchObject({ kind: 'card' })
  })

  test('GS1 data that does not hold is goods where it begins with a trade item, and a misread card where it is one', () => {
    expect(readCode(']e00190012345678908393204055GBP')).toEqual({ kind: 'refused', reason: 'goods_code' })
    expect(readCode(']C18018123456789012345674')).toEqual({ kind: 'refused', reason: 'bad_check_digit' })
    expect(readCode(']C17700123456')).toMatchObject({ kind: 'card' }) // a scanner that calls every Code 128 so
  })

  test("a payment card's number is not read out of any of them, unless the programme names its range", () => {
    for (const raw of [
      ']Q1https://pay.example/?card=4111111111111111',
      ']Q1{"card":"4111 1111 1111 1111"}',
      ']C0B4111111111111111',
    ]) {
      expect(readCode(raw)).toEqual({ kind: 'refused', reason: 'payment_card' })
    }
    const named = [{ prefix: '411111', lengths: [16], check: 'luhn' as const }]
    expect(readCode('4111111111111111', named)).toMatchObject({ kind: 'card' })
    expect(readCode('4222222222222220', named)).toMatchObject({ reason: 'payment_card' })
  })
})

describe('rubbish', () => {
  const scraps = fc.oneof(
    fc.string({ maxLength: 60 }),
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc
      .array(
        fc.constantFrom(
          '^',
          '\u001d',
          ']',
          '01',
          '8018',
          '12312312312333',
          '/',
          '?',
          '=',
          '%',
          'https://a',
          '{',
          '"card":',
          '+7',
        ),
        { maxLength: 12 },
      )
      .map((parts) => parts.join('')),
    fc
      .tuple(fc.constantFrom(']C1', ']Q1', ']Q3', ']E0', ']E3', ']e0', ']d2', ']X0', ']'), fc.string({ maxLength: 40 }))
      .map((parts) => parts.join('')),
  )

  test('makes no parser throw, and what is read is written again as it was', () => {
    fc.assert(
      fc.property(scraps, (text) => {
        readScanData(text)
        readDigitalLink(text)
        readCode(text)
        payloadOf(text, null)
        const read = readElementString(text)
        if (read.ok) expect(readElementString(writeElementString(read.value))).toEqual(read)
      }),
      { ...runs(20_000), seed: 5 },
    )
  })

  test('of any size is refused without being taken apart', () => {
    for (const part of ['9', '^10', '01/', '%25', '{"card":', '][', '\u001d', 'https://a/01/']) {
      const text = part.repeat(200_000)
      expect(readScanData(`]Q3${text}`).ok).toBe(false)
      expect(readDigitalLink(text).ok).toBe(false)
      expect(readCode(text).kind).toBe('refused')
    }
  })
})
