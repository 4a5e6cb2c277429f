import { expect, test } from 'vitest'
import { CODE_LENGTH_MAX } from '../../../shared/identification/code.ts'
import { anna, openTill, receipt } from './till.ts'

/** What the core makes of scans beside cards: stripes, payment cards, and codes of goods where one scanner serves two. */

const scan = (code: string, shared = false) => ({ code, source: 'serial', ...(shared ? { shared } : {}) }) as const

test('one scanner for register and till: goods are refused in silence, at once, and every time', async () => {
  const till = await openTill()
  till.cloud.net.member = false // nobody is asked about a loaf of bread
  await till.ask('scans.take', scan(anna.card))
  for (let times = 1; times <= 2; times += 1)
    expect(await till.tried('scans.take', scan(']E04006381333931', true))).toBe('goods_code')
  expect(await till.tried('scans.take', scan('2112345678900', true))).toBe('goods_code')
  expect(await till.tried('scans.take', scan(']d20104006381333931', true))).toBe('goods_code')
  expect(till.core().state()).toMatchObject({ member: { id: 'anna' }, notice: null, unknownCard: null })
})

test('a card that the till knows is a card, also from a shared scanner; a stranger of its own range as well', async () => {
  const till = await openTill()
  expect((await till.ask('scans.take', scan(anna.card, true))).member).toMatchObject({ id: 'anna' })
  expect(await till.tried('scans.take', scan('2900000000063', true))).toBe('unknown_card')
})

test('a stripe brings the member by its number, and only that is told', async () => {
  const till = await openTill()
  const reply = await till.ask('scans.take', scan(`%B${anna.card}^IVANOVA/ANNA^2512?;${anna.card}=2512?`))
  expect(reply).toMatchObject({ member: { id: 'anna' }, code: anna.card })
})

test('a payment card is refused from every source, and not a digit of it is in the state', async () => {
  const till = await openTill()
  for (const code of [';4111111111111111=2512101?', '4111 1111 1111 1111', ']Q1{"card":"4111111111111111"}']) {
    expect(await till.tried('scans.take', scan(code))).toBe('payment_card')
    expect(await till.tried('scans.take', scan(code, true))).toBe('payment_card')
  }
  expect(await till.tried('members.find', { card: '4111111111111111' })).toBe('payment_card')
  expect(JSON.stringify(till.core().state())).not.toContain('1111')
})

test('a code that is far too long for a card is refused, and the screen says so', async () => {
  const till = await openTill()
  const code = 'x'.repeat(CODE_LENGTH_MAX + 1)
  expect(await till.tried('scans.take', { code, source: 'hid' })).toBe('code_too_long')
  expect(till.core().state().notice).toMatchObject({ reason: 'code_too_long', detail: { length: 4097, allowed: 4096 } })
  expect(await till.tried('scans.take', { code: code.slice(1), source: 'hid' })).not.toBe('code_too_long')
})

/** A till that has sold receipt A-77 to nobody, with its number printed as bars. */
async function sold() {
  const till = await openTill()
  await till.ask('receipts.book', { receipt: receipt('A-77'), idempotencyKey: 'k1' })
  till.cloud.net.member = false // nobody is asked about a receipt
  return till
}

test('a receipt of this till is known by its printed number: no card, nothing to enrol, no stranger on the next sale', async () => {
  const till = await sold()
  for (const source of ['hid', 'serial', 'wedge', 'typed'] as const) {
    till.events.length = 0
    const reply = await till.ask('scans.take', { code: ']C0A-77\r', source })
    expect(reply).toEqual({ member: null, code: 'A-77', receipt: true })
    await till.ask('scans.expect', { codes: 'receipts' }) // forgets the scan
    await till.ask('scans.expect', { codes: 'cards' })
    expect(till.events).toContainEqual({ type: 'scan', code: 'A-77', source, receipt: true })
  }
  expect(till.core().state()).toMatchObject({ member: null, unknownCard: null, stranger: null, notice: null })
  till.cloud.net.member = true
  expect(await till.tried('scans.take', { code: 'A-77', source: 'register' })).not.toBe('done')
})

test('where a return is begun any number is a receipt’s, of whichever till; cards and bank cards stay what they are', async () => {
  const till = await sold()
  await till.ask('scans.expect', { codes: 'receipts' })
  expect(await till.ask('scans.take', scan('4210000042'))).toMatchObject({ receipt: true, code: '4210000042' })
  expect(till.core().state()).toMatchObject({ unknownCard: null, stranger: null, notice: null })
  expect(await till.tried('scans.take', scan('4111 1111 1111 1111'))).toBe('payment_card')
  expect(await till.ask('scans.take', scan(anna.card))).toMatchObject({ member: { id: 'anna' } })
  await till.ask('scans.expect', { codes: 'cards' })
  till.cloud.net.member = true
  expect(await till.tried('scans.take', scan('4210000042'))).toBe('unknown_card')
})

test('one scanner for two where a return is begun: goods still go to the register, receipts do not', async () => {
  const till = await sold()
  await till.ask('scans.expect', { codes: 'receipts' })
  expect(await till.tried('scans.take', scan(']E04006381333931', true))).toBe('goods_code')
  expect(await till.ask('scans.take', scan('4210000042', true))).toMatchObject({ receipt: true })
})

test('a receipt that is scanned while somebody is served is no card, and nothing on the screen changes', async () => {
  const till = await sold()
  await till.ask('desk.lines', { lines: [{ id: '1', amount: '300.00' }] as never })
  expect(await till.tried('scans.take', scan('A-77'))).toBe('unknown_code')
  expect(till.core().state()).toMatchObject({ notice: { reason: 'unknown_code' }, unknownCard: null, stranger: null })
  expect(till.core().state().quote).toMatchObject({ total: '300.00' })
})
