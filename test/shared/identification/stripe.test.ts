import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { passesLuhn } from '../../../shared/identification/check-digit.ts'
import { looksLikeGoods, readCode, tellable } from '../../../shared/identification/code.ts'
import { holdsPaymentNumber } from '../../../shared/identification/payment-card.ts'
import { readStripe } from '../../../shared/identification/stripe.ts'

const numberOf = (raw: string) => {
  const read = readCode(raw)
  return read.kind === 'card' ? read.number : read.kind === 'refused' ? read.reason : read.phone
}

describe('a magnetic stripe', () => {
  test.each([
    ['track 2 alone', ';7700123456=2512?'],
    ['track 2 with no more than the number', ';7700123456?'],
    ['both tracks, the number in each', '%B7700123456^KOROLEVA/TATYANA^2512?;7700123456=2512?'],
    ['track 1 alone, with a name', '%B7700123456^KOROLEVA/TATYANA^?'],
    ['track 3 by its own sentinel', '%GOLD?+7700123456?'],
    ['a check character behind each track', '%GOLD?x;7700123456?9'],
    ['an unreadable track beside a good one', '%E?;7700123456=?'],
  ])('is read: %s', (_, raw) => expect(numberOf(raw)).toBe('7700123456'))

  test('with letters for a number is that number', () => expect(numberOf('%GOLD7700?')).toBe('GOLD7700'))

  test('that could not be read asks for another swipe', () => expect(numberOf('%E?;E?')).toBe('bad_check_digit'))

  test('tells its number, never the name on it', () => {
    expect(tellable('%B7700123456^KOROLEVA/TATYANA^2512?;7700123456=2512?\r')).toBe('7700123456')
    expect(tellable('%E?;E?')).toBe('')
    expect(tellable(']E04006381333931\r\n')).toBe('4006381333931')
  })

  test('of something else is none', () => {
    for (const text of ['https://a.example/?c=1', '50%', ';', '%?', 'a;1234?', `;${'1'.repeat(200)}?`])
      expect(readStripe(text)?.number ?? null).toBe(null)
  })
})

describe('a payment card', () => {
  test.each([
    '%B4111111111111111^DOE/JOHN^2512101100000000000000?;4111111111111111=25121010000000000000?',
    ';2200123456789019=25121010000000?',
    ';4222222222222=25121010000?', // thirteen digits
    '%B4222222222222^DOE/JOHN?',
    ';6799998900000060018=2512?', // nineteen digits
    '%B378282246310005^DOE/JOHN^2512101?',
    ';9111111111111110=2512101?', // nobody's range, but written as banks write it
    '4111.1111.1111.1111',
    '4111 1111 1111 1111',
  ])('is refused: %s', (raw) => {
    expect(numberOf(raw)).toBe('payment_card')
  })

  test('of thirteen digits is one only on a stripe: one EAN-13 in ten would look like it', () => {
    expect(passesLuhn('4222222222222')).toBe(true)
    expect(holdsPaymentNumber('4222222222222')).toBe(false)
    expect(holdsPaymentNumber(';2900000000018?')).toBe(false)
  })

  test('is not made of the digit that ends an identifier', () => {
    expect(holdsPaymentNumber(']E3002701100695102601')).toBe(false)
    expect(holdsPaymentNumber('a]B4111111111111111')).toBe(true)
  })

  test('in a range that the programme names is a card of the programme, on a stripe too', () => {
    const masks = [{ prefix: '220012', lengths: [16], check: 'luhn' as const }]
    expect(readCode(';2200123456789019=25121010000000?', masks)).toMatchObject({ kind: 'card' })
  })

  test('is refused wherever a number that passes Luhn in a payment range is hidden', () => {
    const around = fc.stringMatching(/^[a-z:/?&={}"]{0,12}$/)
    const body = fc.stringMatching(/^4\d{14}$/)
    fc.assert(
      fc.property(around, body, around, (before, digits, behind) => {
        const last = [...'0123456789'].find((digit) => passesLuhn(digits + digit))!
        expect(readCode(`${before}${digits}${last}${behind}`)).toEqual({ kind: 'refused', reason: 'payment_card' })
      }),
      { seed: 11, numRuns: 500 },
    )
  })
})

describe('codes of goods', () => {
  test.each([
    ['a price label', '2112345678900'],
    ['a price label of America', '0212345678909'],
    ['a book', '9781558604971'],
    ['a magazine with its add-on', ']E3978155860497190000'],
    ['the same without an identifier', '978155860497190000'],
    ['a carton', ']I130712345000010'],
  ])('%s is no card', (_, raw) => expect(numberOf(raw)).toBe('goods_code'))

  test('a part of a longer ITF is none of the cards that the programme describes', () => {
    const masks = [{ prefix: '55', lengths: [10], check: 'none' as const }]
    expect(readCode(']I0550001', masks)).toMatchObject({ reason: 'unknown_code' })
    expect(readCode(']I05500012345', masks)).toMatchObject({ kind: 'card' })
  })

  test('where register and till share a scanner a trade number is goods, unless a mask or prefix 29 claims it', () => {
    const masks = [{ prefix: '46', lengths: [13], check: 'ean13' as const }]
    expect(looksLikeGoods('4006381333931', [])).toBe(true)
    expect(looksLikeGoods(']E496385074', [])).toBe(true)
    expect(looksLikeGoods('4600000000015', masks)).toBe(false)
    expect(looksLikeGoods('2900000000018', [])).toBe(false)
    expect(looksLikeGoods('7700123456', [])).toBe(false)
    expect(looksLikeGoods('+79161234567', [])).toBe(false)
  })
})

describe('the same number as different scanners send it', () => {
  test('a UPC-A comes with and without its zero', () => {
    expect(readCode('036602301467')).toMatchObject({ number: '036602301467', twin: '0036602301467' })
    expect(readCode('0036602301467')).toMatchObject({ number: '0036602301467', twin: '036602301467' })
    expect(readCode('036602301468')).toMatchObject({ twin: null })
  })

  test('a UPC-E is told in full', () => {
    for (const [short, whole] of [
      ['01234505', '0012000003455'],
      ['01234531', '0012300000451'],
      ['01234543', '0012340000053'],
      ['01234558', '0012345000058'],
    ])
      expect(readCode(`]E0${short}`)).toMatchObject({ number: whole })
  })

  test('a Codabar leaves its start and stop letters', () => expect(numberOf(']F0A7700123456B')).toBe('7700123456'))
})
