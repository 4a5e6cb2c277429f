import { expect, test } from 'vitest'
import { gtinCheckDigit, isEan13, passesLuhn } from '../../../shared/identification/check-digit.ts'
import { cardTypeOf, readCode } from '../../../shared/identification/code.ts'
import { maskPhone, parsePhone } from '../../../shared/identification/phone.ts'

const numberOf = (raw: string) => {
  const read = readCode(raw)
  return read.kind === 'card' ? read.number : read.kind === 'phone' ? read.phone : read.reason
}

test('framing of scanners is taken off, whatever it is made of', () => {
  for (const raw of [
    '4006381333931',
    '4006381333931\r',
    '\u0002]E04006381333931\u0003\r\n',
    '  4006381333931 ',
    '4006 3813 3393 1',
  ]) {
    expect(numberOf(raw)).toBe('4006381333931')
  }
})

test('thirteen digits must carry a right check digit', () => {
  expect(isEan13('4006381333931')).toBe(true)
  expect(gtinCheckDigit('400638133393')).toBe(1)
  expect(numberOf('4006381333932')).toBe('bad_check_digit')
  expect(numberOf('400638133393')).toBe('400638133393')
})

test('payment cards are recognised by range and Luhn, in groups and from a stripe; loyalty numbers are not', () => {
  for (const number of [
    '4111111111111111',
    '5555 5555 5555 4444',
    '378282246310005',
    '2200-1234-5678-9019',
    '6212345678900000003',
  ]) {
    expect(passesLuhn(number.replaceAll(/\D/g, ''))).toBe(true)
    expect(numberOf(number)).toBe('payment_card')
  }
  expect(numberOf(';4222222222222=251210100000?')).toBe('payment_card')
  for (const number of ['4111111111111112', '7777777777777777', '12345678901234', '77001234567890123456']) {
    expect(numberOf(number)).toBe(number)
  }
})

test('a number that people also dial is a card that may be a phone', () => {
  expect(readCode('89161234567')).toMatchObject({ kind: 'card', number: '89161234567', maybePhone: '+79161234567' })
  expect(readCode('+7 916 123-45-67')).toEqual({ kind: 'phone', phone: '+79161234567' })
  expect(readCode('+7 916')).toEqual({ kind: 'refused', reason: 'unknown_code' })
})

test('the masks of a programme come before the shape of a number, never before a payment card', () => {
  const masks = [
    { prefix: '77', lengths: [13], check: 'none' as const, cardType: 'gold' },
    { prefix: '4', lengths: [16], check: 'luhn' as const },
    { prefix: '88', lengths: [10], check: 'luhn' as const },
  ]
  expect(readCode('7700000000000', masks)).toMatchObject({ kind: 'card' })
  expect(readCode('4111111111111111', masks)).toMatchObject({ reason: 'payment_card' })
  expect(readCode('8800000000', masks)).toMatchObject({ reason: 'bad_check_digit' })
  expect(cardTypeOf('7700000000000', masks, 'standard')).toBe('gold')
  expect(cardTypeOf('6600000000000', masks, 'standard')).toBe('standard')
})

test('phones become E.164 and are shown with their end only', () => {
  for (const typed of ['89161234567', '+7 (916) 123-45-67', '8 916 123 45 67', '9161234567']) {
    expect(parsePhone(typed)).toBe('+79161234567')
  }
  expect(parsePhone('+44 20 7946 0958')).toBe('+442079460958')
  for (const typed of ['', '123', 'call me', '+7916123456', `8916${'1'.repeat(60)}`])
    expect(parsePhone(typed)).toBeUndefined()
  expect(maskPhone('+79161234567')).toBe('+7 ••• •••-45-67')
})
