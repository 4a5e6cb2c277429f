import { expect, test } from 'vitest'
import type { ProgrammeDocument } from '../../../shared/programme/schema.ts'
import { signedCode } from './cloud.ts'
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

/** A full card is used only where somebody asks for it. */
const TAKE = { rewards: ['stamp:coffee'] }

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

  const offered = await till.ask('quotes.create', { card: anna.card, receipt: coffees('r3', '2', '400.00') })
  expect(offered).toMatchObject({ rewards: [], toPay: '400.00' })
  expect(offered.available).toEqual([
    { id: 'stamp:coffee', kind: 'freeItem', lines: ['1'], money: '200.00', name: 'Six coffees' },
  ])
  const quote = await till.ask('quotes.redeem', { id: offered.id, redeem: '0', rewards: ['stamp:coffee'] })
  expect(quote).toMatchObject({ available: [], asked: ['stamp:coffee'] })
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
  await sell(till, coffees('r1', '3', '600.00'), TAKE)
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
  const asked = { card: anna.card, receipt: coffees('r2', '1', '200.00') }
  const quote = await till.ask('quotes.create', asked)
  expect(quote).toMatchObject({ available: [], toPay: '200.00', member: { stamps: [{ full: 1 }] } })
  expect(await till.tried('quotes.create', { ...asked, ...TAKE })).toBe('reward_offline')
  till.cloud.net.up = true
  await till.until(() => till.core().state().link.unsent === 0)
  expect(till.core().state().quote).toMatchObject({ available: [{ id: 'stamp:coffee' }], toPay: '200.00' })
  await till.ask('desk.rewards', TAKE)
  expect(till.core().state().quote).toMatchObject({ rewards: [{ id: 'stamp:coffee' }], toPay: '0.00' })
})

test('a phone alone is not enough to use up a full card, nor to lose its stamps', async () => {
  const till = await openTill({ programme: programme() })
  till.cloud.give('anna', '6.00', 'stamp:coffee')
  await till.settle()
  const quote = await till.ask('quotes.create', { phone: anna.phone, receipt: coffees('r1', '1', '200.00') })
  expect(quote).toMatchObject({ available: [], redeemBound: 'second_factor_needed', stamps: [{ stamps: 1 }] })
  expect(await till.tried('quotes.redeem', { id: quote.id, redeem: '0', ...TAKE })).toBe('second_factor_needed')
  await till.ask('quotes.commit', { id: quote.id, idempotencyKey: 'k1' })
  await till.settle()
  expect(till.cloud.balance('anna', 'stamp:coffee')).toBe('7.00')
})

test('a register that knows nothing of rewards charges what it is told and spends no stamps', async () => {
  const till = await openTill({ programme: programme() })
  till.cloud.give('anna', '6.00', 'stamp:coffee')
  await till.settle()
  const booking = await sell(till, coffees('r1', '1', '200.00'))
  expect(booking).toMatchObject({ total: '200.00', toPay: '200.00', rewards: [] })
  await till.settle()
  expect(till.cloud.balance('anna', 'stamp:coffee')).toBe('7.00')
})

test('a full card asked for is taken off again, and what cannot be used is refused', async () => {
  const till = await openTill({ programme: programme() })
  till.cloud.give('anna', '6.00', 'stamp:coffee')
  await till.settle()
  const asked = { card: anna.card, receipt: coffees('r1', '1', '200.00'), ...TAKE }
  expect(await till.ask('quotes.create', asked)).toMatchObject({ toPay: '0.00' })
  await till.ask('desk.rewards', { rewards: [] })
  expect(till.core().state().quote).toMatchObject({ toPay: '200.00', available: [{ money: '200.00' }] })
  const tried = (rewards: string[], rest: object = {}) => till.tried('quotes.create', { ...asked, rewards, ...rest })
  expect(await tried(['stamp:nothing'])).toBe('reward_unavailable')
  expect(await tried(['stamp:coffee', 'stamp:coffee'])).toBe('reward_unavailable')
  const tea = { id: 'r2', lines: [{ id: '1', sku: 'tea', amount: '100.00' }] }
  expect(await tried(['stamp:coffee'], { receipt: tea })).toBe('reward_unavailable')
  expect(await tried(['stamp:coffee'], { card: '2900000000025' })).toBe('reward_unavailable')
})

test('a reward that was used elsewhere meanwhile is not booked behind anybody’s back', async () => {
  const till = await openTill({ programme: programme() })
  till.cloud.give('anna', '6.00', 'stamp:coffee')
  await till.settle()
  const quote = await till.ask('quotes.create', { card: anna.card, receipt: coffees('r1', '1', '200.00'), ...TAKE })
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
  const code = (member: string) => signedCode({ coupon: 'yours', member, serial: '1', lastDay: null })
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
  const receipt = coffees('r1', '1', '100.00')
  const offered = await till.ask('quotes.create', { card: anna.card, receipt })
  expect(offered.available).toEqual([
    { id: 'stamp:coffee', kind: 'points', lines: [], money: '0.00', name: 'Six coffees', points: '50.00' },
  ])
  const booking = await sell(till, receipt, TAKE)
  expect(booking.member?.balance).toBe('160.00')
  await till.settle()
  expect(till.cloud.balance('anna')).toBe('160.00')
  expect(till.cloud.balance('anna', 'stamp:coffee')).toBe('1.00')
  expect((await till.ask('members.find', { card: anna.card })).balance).toBe('160.00')
  const view = await till.ask('receipts.refund', { receipt: 'r1', idempotencyKey: 'back' })
  expect(view.pointsTaken).toBe('60.00')
  expect((await till.ask('members.find', { card: anna.card })).balance).toBe('100.00')
  await till.settle()
  expect([till.cloud.balance('anna'), till.cloud.balance('anna', 'stamp:coffee')]).toEqual(['100.00', '6.00'])
  expect(dispositions(till)).not.toContain('deficit')
})

test('a card that may be claimed with the receipt that fills it gives the sixth coffee of six', async () => {
  const reward = { kind: 'freeItem' as const, skus: ['coffee'] }
  const card = { ...coffee, need: 5, reward, claim: 'same-receipt' }
  const till = await openTill({ programme: programme({ stamps: [card as never] }) })
  const five = await till.ask('quotes.create', { card: anna.card, receipt: coffees('r1', '5', '500.00') })
  expect(five.available).toEqual([])
  const booking = await sell(till, coffees('r2', '6', '600.00'), TAKE)
  expect(booking).toMatchObject({ toPay: '500.00', member: { stamps: [{ stamps: 0, full: 0 }] } })
  await till.settle()
  expect(till.cloud.balance('anna', 'stamp:coffee')).toBe('0.00')
  expect(dispositions(till)).not.toContain('deficit')
})

test('a full card that nobody claimed in time is a reward no more', async () => {
  const reward = { kind: 'freeItem' as const, skus: ['coffee'] }
  const till = await openTill({ programme: programme({ stamps: [{ ...coffee, reward, claimDays: 7 } as never] }) })
  till.cloud.give('anna', '6.00', 'stamp:coffee') // in January
  await till.settle()
  const asked = { card: anna.card, receipt: coffees('r2', '1', '100.00'), ...TAKE }
  expect(await till.tried('quotes.create', asked)).toBe('reward_unavailable')
  expect((await till.ask('members.find', { card: anna.card })).stamps).toMatchObject([{ full: 0 }])
  await sell(till, coffees('r1', '6', '600.00'))
  await till.settle()
  expect((await till.ask('members.find', { card: anna.card })).stamps).toMatchObject([{ full: 1 }])
  expect(await till.tried('quotes.create', asked)).toBe('done')
})

test('a card that does not repeat is claimed once, also by a till that has heard of it only', async () => {
  const reward = { kind: 'freeItem' as const, skus: ['coffee'] }
  const till = await openTill({ programme: programme({ stamps: [{ ...coffee, reward, repeat: false } as never] }) })
  till.cloud.give('anna', '12.00', 'stamp:coffee')
  await till.settle()
  await sell(till, coffees('r1', '1', '100.00'), TAKE)
  const again = { card: anna.card, receipt: coffees('r2', '1', '100.00'), ...TAKE }
  expect(await till.tried('quotes.create', again)).toBe('reward_unavailable')
  await till.settle()
  const other = await openTill({ cloud: till.cloud, clock: till.clock })
  expect(await other.tried('quotes.create', again)).toBe('reward_unavailable')
  await till.ask('receipts.refund', { receipt: 'r1', idempotencyKey: 'back' })
  await till.settle()
  await other.settle()
  expect(await other.tried('quotes.create', again)).toBe('done')
})

test('a coupon whose uses in the network are gone is refused once that is known; two tills at once overshoot', async () => {
  const street = {
    id: 'first',
    name: 'The first one only',
    code: { kind: 'shared', code: 'FIRST' },
    usesPerMember: null,
    usesInTotal: 1,
    holder: 'anyone',
    reward: { kind: 'percentOff', percent: '10' },
  }
  const till = await openTill({ programme: programme({ coupons: [street as never] }) })
  const other = await openTill({ cloud: till.cloud, clock: till.clock })
  const asked = (id: string) => ({ receipt: coffees(id, '1', '300.00'), coupons: ['FIRST'] })
  const [one, two] = [await till.ask('quotes.create', asked('r1')), await other.ask('quotes.create', asked('r2'))]
  await till.ask('quotes.commit', { id: one.id, idempotencyKey: 'k1' })
  await other.ask('quotes.commit', { id: two.id, idempotencyKey: 'k2' })
  await till.settle()
  expect([...dispositions(till), ...dispositions(other)].filter((kind) => kind === 'deficit')).toHaveLength(1)
  expect(await till.tried('quotes.create', asked('r3'))).toBe('coupon_used_up')
  expect(await other.tried('quotes.create', asked('r3'))).toBe('coupon_used_up')
  await till.ask('receipts.refund', { receipt: 'r1', idempotencyKey: 'b1' })
  await other.ask('receipts.refund', { receipt: 'r2', idempotencyKey: 'b2' })
  await till.settle()
  await other.settle()
  expect(await till.tried('quotes.create', asked('r3'))).toBe('done')
})

test('without a network a till tells a forged code from a genuine one', async () => {
  const till = await openTill({ programme: programme() })
  till.cloud.give('anna', '1.00', 'coupon:yours')
  await till.settle()
  await offline(till)
  const genuine = signedCode({ coupon: 'yours', member: 'anna', serial: '1', lastDay: null })
  const tried = (coupon: string) =>
    till.tried('quotes.create', { card: anna.card, receipt: coffees('r1', '1', '300.00'), coupons: [coupon] })
  expect(await tried(genuine)).toBe('coupon_offline')
  expect(await tried(genuine.replace('.1.', '.2.'))).toBe('coupon_forged')
  expect(await tried(signedCode({ coupon: 'gone', member: 'anna', serial: '1', lastDay: null }))).toBe('coupon_unknown')
})

test('two open quotes of one member do not both get what one day allows', async () => {
  const till = await openTill({ programme: programme({ limits: { perMemberDay: { earn: '20.00' } } }) })
  const first = await till.ask('quotes.create', { card: anna.card, receipt: coffees('r1', '1', '150.00') })
  const second = await till.ask('quotes.create', { card: anna.card, receipt: coffees('r2', '1', '150.00') })
  expect([first.earn, second.earn]).toEqual(['15.00', '15.00'])
  await till.ask('quotes.commit', { id: first.id, idempotencyKey: 'k1' })
  expect((await till.ask('quotes.commit', { id: second.id, idempotencyKey: 'k2' })).earn).toBe('5.00')
  await till.settle()
  expect(till.cloud.balance('anna')).toBe('120.00')
})
