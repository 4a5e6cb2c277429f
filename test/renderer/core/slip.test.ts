import { expect, test } from 'vitest'
import { refundSlip, saleSlip } from '../../../renderer/core/slip.ts'
import { compileProgramme } from '../../../shared/programme/compile.ts'
import { cafe } from './programme.ts'

const programme = compileProgramme(cafe())
const sale = {
  earn: '188.17',
  redeem: '1000.00',
  discount: '1000.00',
  rewards: [],
  stamps: [],
  balance: '1234567.00',
  card: '2000000200019',
}

test('a slip has the amounts as its reader writes them', () => {
  expect(saleSlip(sale, programme, 'ru')).toEqual([
    'Карта: •••• 0019',
    'Оплачено баллами: 1 000 баллов (скидка 1 000 ₽)',
    'Начислено: 188,17 балла',
    'На счёте: 1 234 567 баллов',
  ])
  expect(saleSlip(sale, programme, 'en')).toEqual([
    'Card: •••• 0019',
    'Paid with points: 1,000 points (1,000 ₽ off)',
    'Earned: 188.17 points',
    'Balance: 1,234,567 points',
  ])
})

test('of a return it says what went where', () => {
  const facts = { money: '1881.70', pointsBack: '1.00', pointsTaken: '22.00', stamps: [], balance: '-21.00' }
  expect(refundSlip(facts, programme, 'ru')).toEqual([
    'Возврат: 1 881,70 ₽',
    'Возвращено на счёт: 1 балл',
    'Снято при возврате: 22 балла',
    'На счёте: -21 балл',
  ])
  expect(refundSlip(facts, programme, 'en')).toEqual([
    'Refund: 1,881.70 ₽',
    'Points returned: 1 point',
    'Points taken back: 22 points',
    'Balance: -21 points',
  ])
})
