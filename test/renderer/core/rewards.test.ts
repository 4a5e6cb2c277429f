import { expect, test } from 'vitest'
import { writeCode } from '../../../shared/ledger/coupons.ts'
import type { ProgrammeDocument } from '../../../shared/programme/schema.ts'
import { cafe } from './programme.ts'
import { anna, openTill, type TestTill } from './till.ts'

/** Stamp cards, coupons and free goods at the counter, against a cloud that books with the real ledger. */

const coffee = { id: 'coffee', name: 'Six coffees', collect: { kind: 'goods', skus: ['coffee'] }, need: 6 } as const
const programme = (change: Partial<ProgrammeDocument> = {}) =>
  cafe({
    stamps: [{ ...coffee, reward: { kind: 'freeItem', skus: ['coffee'] } }],
    coupons: [
      {
        id: 'spring',
        name: 'Spring',
        code: { kind: 'shared', code: 'SPRING' },
        usesPerMember: 1,
        reward: { kind: 'amountOff', amount: '100.00' },
      },
      {
        id: 'street',
        name: 'From the street',
        code: { kind: 'shared', code: 'STREET' },
        usesPerMember: null,
        holder: 'anyone',
        reward: { kind: 'percentOff', percent: '10' },
      },
      {
        id: 'yours',
        name: 'Yours alone',
        code: { kind: 'personal', length: 8 },
        usesPerMember: 1,
        reward: { kind: 'percentOff', percent: '50' },
      },
    ],
    ...change,
  } as Partial<ProgrammeDocument>)

const coffees = (id: string, qty: string, amount: string) => ({
  id,
  lines: [{ id: '1', sku: 'coffee', name: 'Coffee', qty, amount }],
})

async function sell(till: TestTill, receipt: ReturnType<typeof coffees>, rest: object = {}) {
  const quote = await till.ask('quotes.create', { card: anna.card, receipt, ...rest })
  return await till.ask('quotes.commit', { id: quote.id, idempotencyKey: receipt.id })
}

const dispositions = (till: TestTill) => till.cloud.entries(till.device).map(({ disposition }) => disposition.kind)

async function offline(till: TestTill) {
  till.cloud.net.up = false
  await till.clock.pass(60_000)
  expect(till.core().state().link.online).toBe(false)
}

test('five coffees bring stamps, and the seventh is free: as a reward, from the purse, on the slip', async () => {
  const till = await openTill({ programme: programme() })
  const first = await sell(till, coffees('r1', '4', '800.00'))
  expect(first.member?.stamps).toMatchObject([{ id: 'coffee', stamps: 4, need: 6, full: 0, short: 2, tell: false }])
  expect(first.slip).toContain('Six coffees: 4 из 6')
  const second = await sell(till, coffees('r2', '2', '400.00'))
  expect(second.member?.stamps).toMatchObject([{ stamps: 0, full: 1 }])
  expect(second.slip).toContain('Six coffees: 0 из 6, награда ждёт')
  await till.settle()

  const quote = await till.ask('quotes.create', { card: anna.card, receipt: coffees('r3', '2', '400.00') })
  expect(quote.rewards).toEqual([
    { id: 'stamp:coffee', kind: 'freeItem', lines: ['1'], money: '200.00', name: 'Six coffees', code: null },
  ])
  expect(quote).toMatchObject({ total: '400.00', toPay: '200.00', earn: '20.00' })
  expect(quote.stamps).toEqual([{ id: 'coffee', name: 'Six coffees', stamps: 1 }])
  const booking = await till.ask('quotes.commit', { id: quote.id, idempotencyKey: 'k3' })
  expect(booking.slip).toContain('Six coffees: −200 ₽')
  expect(booking.member?.stamps).toMatchObject([{ stamps: 1, full: 0 }])
  await till.settle()
  expect(till.cloud.balance('anna', 'stamp:coffee')).toBe('1.00')
  expect(dispositions(till)).not.toContain('deficit')
})

test('a return takes the stamps of its goods and gives the reward back', async () => {
  const till = await openTill({ programme: programme() })
  till.cloud.give('anna', '6.00', 'stamp:coffee')
  await till.settle()
  await sell(till, coffees('r1', '3', '600.00'))
  await till.settle()
  expect(till.cloud.balance('anna', 'stamp:coffee')).toBe('2.00')
  const view = await till.ask('receipts.refund', { receipt: 'r1', idempotencyKey: 'back' })
  expect(view.money).toBe('400.00')
  expect(view.slip.at(-1)).toBe('Six coffees: 0 из 6, награда ждёт')
  expect((await till.ask('members.find', { card: anna.card })).stamps).toMatchObject([{ full: 1, stamps: 0 }])
  await till.settle()
  expect(till.cloud.balance('anna', 'stamp:coffee')).toBe('6.00')
  expect(dispositions(till)).not.toContain('deficit')
})

test('stamps are earned without a network; a full card waits for it, and is told', async () => {
  const till = await openTill({ programme: programme() })
  till.cloud.give('anna', '5.00', 'stamp:coffee')
  await till.settle()
  await offline(till)
  const booking = await sell(till, coffees('r1', '1', '200.00'))
  expect(booking.member?.stamps).toMatchObject([{ full: 1 }])
  const quote = await till.ask('quotes.create', { card: anna.card, receipt: coffees('r2', '1', '200.00') })
  expect(quote).toMatchObject({ rewards: [], toPay: '200.00', member: { stamps: [{ full: 1 }] } })
  till.cloud.net.up = true
  await till.until(() => till.core().state().link.unsent === 0)
  expect(till.core().state().quote).toMatchObject({ rewards: [{ id: 'stamp:coffee' }], toPay: '0.00' })
})

test('a phone alone is not enough to use up a full card, nor to lose its stamps', async () => {
  const till = await openTill({ programme: programme() })
  till.cloud.give('anna', '6.00', 'stamp:coffee')
  await till.settle()
  const quote = await till.ask('quotes.create', { phone: anna.phone, receipt: coffees('r1', '1', '200.00') })
  expect(quote).toMatchObject({ rewards: [], redeemBound: 'second_factor_needed', stamps: [{ stamps: 1 }] })
  await till.ask('quotes.commit', { id: quote.id, idempotencyKey: 'k1' })
  await till.settle()
  expect(till.cloud.balance('anna', 'stamp:coffee')).toBe('7.00')
})

test('a customer may keep a full card for another day', async () => {
  const till = await openTill({ programme: programme() })
  till.cloud.give('anna', '6.00', 'stamp:coffee')
  await till.settle()
  const asked = { card: anna.card, receipt: coffees('r1', '1', '200.00') }
  expect(await till.ask('quotes.create', { ...asked, keepStamps: ['coffee'] })).toMatchObject({ rewards: [] })
  await till.ask('desk.rewards', { keepStamps: [] })
  expect(till.core().state().quote).toMatchObject({ toPay: '0.00' })
})

test('a reward that was used elsewhere meanwhile is not booked behind anybody’s back', async () => {
  const till = await openTill({ programme: programme() })
  till.cloud.give('anna', '6.00', 'stamp:coffee')
  await till.settle()
  const quote = await till.ask('quotes.create', { card: anna.card, receipt: coffees('r1', '1', '200.00') })
  expect(quote.toPay).toBe('0.00')
  till.cloud.give('anna', '-6.00', 'stamp:coffee')
  expect(await till.tried('quotes.commit', { id: quote.id, idempotencyKey: 'k1' })).toBe('reward_gone')
  const again = await till.ask('quotes.create', { card: anna.card, receipt: coffees('r1', '1', '200.00') })
  expect(again.toPay).toBe('200.00')
  expect(await till.tried('quotes.commit', { id: again.id, idempotencyKey: 'k2' })).toBe('done')
})

test('a coupon by its code takes money off once for each member', async () => {
  const till = await openTill({ programme: programme() })
  const asked = { card: anna.card, receipt: coffees('r1', '1', '300.00'), coupons: ['spring'] }
  const quote = await till.ask('quotes.create', asked)
  expect(quote.rewards).toMatchObject([{ id: 'coupon:spring', kind: 'amountOff', money: '100.00', name: 'Spring' }])
  expect(quote).toMatchObject({ toPay: '200.00', earn: '20.00', coupons: ['spring'] })
  await till.ask('quotes.commit', { id: quote.id, idempotencyKey: 'k1' })
  const again = { ...asked, receipt: coffees('r2', '1', '300.00') }
  expect(await till.core().call('quotes.create', again)).toMatchObject({
    reason: 'coupon_used_up',
    detail: { coupon: 'spring' },
  })
  await till.settle()
  expect(await till.tried('quotes.create', again)).toBe('coupon_used_up')
  expect(dispositions(till)).not.toContain('deficit')
  await till.ask('receipts.refund', { receipt: 'r1', idempotencyKey: 'back' })
  await till.settle()
  expect(await till.ask('quotes.create', again)).toMatchObject({ toPay: '200.00' })
})

test('coupons are refused with their reasons, and with the code that is meant', async () => {
  const till = await openTill({ programme: programme() })
  const receipt = coffees('r1', '1', '300.00')
  const tried = (coupons: string[], rest: object = { card: anna.card }) =>
    till.tried('quotes.create', { receipt, coupons, ...rest })
  expect(await tried(['nothing'])).toBe('coupon_unknown')
  expect(await tried(['spring'], {})).toBe('coupon_needs_a_member')
  expect(await tried(['spring', 'street'])).toBe('coupon_stands_alone')
  expect(await tried(['spring', 'SPRING'])).toBe('coupon_stands_alone')
  expect(await tried(['yours'])).toBe('coupon_unknown')
  await offline(till)
  expect(await tried(['spring'])).toBe('coupon_offline')
  expect(await tried(['street'])).toBe('done')
  expect(await tried(['street'], {})).toBe('done')
})

test('a coupon for anybody needs no member and books without one', async () => {
  const till = await openTill({ programme: programme() })
  const quote = await till.ask('quotes.create', { receipt: coffees('r1', '1', '300.00'), coupons: ['STREET'] })
  expect(quote).toMatchObject({ toPay: '270.00', member: null })
  await till.ask('quotes.commit', { id: quote.id, idempotencyKey: 'k1' })
  await till.settle()
  expect(dispositions(till)).toEqual(['applied', 'applied'])
})

test('a personal coupon is the member’s own: shown, used by its code or its name, and nobody else’s', async () => {
  const till = await openTill({ programme: programme() })
  till.cloud.give('anna', '1.00', 'coupon:yours')
  await till.settle()
  const receipt = coffees('r1', '1', '300.00')
  const code = (member: string) => writeCode({ coupon: 'yours', member, serial: '1', lastDay: null }, 'signed')
  expect(await till.ask('members.find', { card: anna.card })).toMatchObject({
    coupons: [{ id: 'yours', name: 'Yours alone', uses: 1 }],
  })
  const tried = (coupon: string) => till.tried('quotes.create', { card: anna.card, receipt, coupons: [coupon] })
  expect(await tried(code('boris'))).toBe('coupon_of_another_member')
  expect(await till.tried('quotes.create', { card: '2900000000025', receipt, coupons: [code('boris')] })).toBe(
    'coupon_used_up',
  )
  expect(await tried('yours')).toBe('done')
  const quote = await till.ask('quotes.create', { card: anna.card, receipt, coupons: [code('anna')] })
  expect(quote.toPay).toBe('150.00')
  await till.ask('quotes.commit', { id: quote.id, idempotencyKey: 'k1' })
  await till.settle()
  expect(till.cloud.balance('anna', 'coupon:yours')).toBe('0.00')
  expect(dispositions(till)).not.toContain('deficit')
})

test('a coupon is scanned onto the receipt on the screen, and leaves it when it no longer fits', async () => {
  const till = await openTill({ programme: programme() })
  const scan = { code: 'spring\r\n', source: 'serial' as const }
  expect(await till.tried('scans.take', scan)).toBe('nothing_on_desk')
  await till.clock.pass(3_000)
  await till.ask('desk.lines', { lines: [{ id: '1', amount: '300.00' }] })
  expect(await till.tried('scans.take', scan)).toBe('coupon_needs_a_member')
  await till.clock.pass(3_000)
  await till.ask('scans.take', { code: anna.card, source: 'serial' })
  expect(await till.ask('scans.take', scan)).toMatchObject({ coupon: true, member: { id: 'anna' } })
  expect(till.core().state().quote).toMatchObject({ toPay: '200.00', coupons: ['spring'] })
  await till.ask('desk.release', {})
  expect(till.core().state()).toMatchObject({
    quote: { toPay: '300.00', coupons: [] },
    notice: { reason: 'coupon_needs_a_member' },
  })
})

test('a full card whose reward is points gives them with the receipt', async () => {
  const reward = { kind: 'points' as const, gift: { points: '50.00', lifeDays: 30 } }
  const till = await openTill({ programme: programme({ stamps: [{ ...coffee, reward } as never] }) })
  till.cloud.give('anna', '6.00', 'stamp:coffee')
  await till.settle()
  const booking = await sell(till, coffees('r1', '1', '100.00'))
  expect(booking.member?.balance).toBe('160.00')
  await till.settle()
  expect(till.cloud.balance('anna')).toBe('160.00')
  expect(till.cloud.balance('anna', 'stamp:coffee')).toBe('1.00')
})
