import { expect, test } from 'vitest'
import { z } from 'zod'
import { schemaErrors } from '../../shared/problem.ts'
import { moneyText, pointsText, qtyText } from '../../shared/wire.ts'

test.each([
  [
    '-5.00',
    'amount',
    '"-5.00"',
    'an amount of money as text, such as "1000.00", not negative, at most 12 digits before the point and 2 after it, is allowed',
  ],
  [
    5,
    'amount',
    '5',
    'an amount of money as text, such as "1000.00", not negative, at most 12 digits before the point and 2 after it, is allowed',
  ],
  [
    '1,5',
    'points',
    '"1,5"',
    'points as text, such as "10.00", not negative, at most 12 digits before the point and 2 after it, is allowed',
  ],
  [
    '1.2345',
    'qty',
    '"1.2345"',
    'a quantity as text, such as "2" or "0.350", at most 9 digits before the point and 3 after it, is allowed',
  ],
])('a wrong amount says what was found and, apart from it, what is allowed: %j', (value, field, found, allowed) => {
  const shape = z.object({ [field]: { amount: moneyText, points: pointsText, qty: qtyText }[field]! })
  const { error } = shape.safeParse({ [field]: value })
  expect(schemaErrors(error!, { [field]: value })).toEqual([{ path: field, found, allowed }])
})
