import { expect, test } from 'vitest'
import type { EntryBody } from '../../../shared/ledger/entry.ts'
import { hashPin } from '../../../shared/pin.ts'
import { quiet, testClock } from './clock.ts'
import { cafe } from './programme.ts'
import { anna, openTill, receipt, type TestTill } from './till.ts'
import { openTown } from './town.ts'

/** What happens at the counter while something that was asked for a receipt is still on its way. */

/** A till at whose counter Anna stands, and whose answers about rights can be kept back. */
async function waiting() {
  const clock = testClock()
  const cloud = await openTown(clock, cafe())
  const consent = { personalData: true, messages: false }
  const card = { card: anna.card, cardType: 'standard' }
  const points = { purse: 'points', points: '100.00', activeFrom: '2026-11-18', lastDay: null }
  await cloud.book(
    { kind: 'enrol', member: 'anna', ...card, profile: null, consent } as unknown as EntryBody,
    { kind: 'gift', member: 'anna', ...points, reason: 'test' } as EntryBody,
  )
  let told = Promise.resolve()
  const link: typeof cloud.link = (name, outlet) => {
    const whole = cloud.link(name, outlet)
    return {
      ...whole,
      hold: async (...asked) => {
        const answer = await whole.hold(...asked)
        await told
        return answer
      },
    }
  }
  const till = await openTill({ clock, town: { link }, device: 'till-a', inMemory: true })
  let tell = () => {}
  told = new Promise((resolve) => {
    tell = resolve
  })
  const answered = async <T>(asked: Promise<T>): Promise<T> => {
    tell()
    await clock.pass(2_000)
    return await asked
  }
  return { till, cloud, clock, answered }
}

const lines = (...amounts: string[]) => ({ lines: amounts.map((amount, i) => ({ id: `${i + 1}`, amount })) as never })
const shown = (till: TestTill) => till.core().state().quote

test('what is typed while points wait for rights stays on the receipt', async () => {
  const { till, clock, answered } = await waiting()
  await till.ask('desk.member', { card: anna.card })
  await till.ask('desk.lines', lines('100.00'))
  const redeemed = till.tried('desk.redeem', { points: '10.00' })
  await clock.pass(50)
  await till.ask('desk.lines', lines('100.00', '50.00'))
  expect(await answered(redeemed)).toBe('done')
  expect(shown(till)).toMatchObject({ total: '150.00', redeem: '10.00', toPay: '140.00' })
})

test('a receipt that is taken off while points wait for rights is over, and counts on none of them', async () => {
  const { till, clock, cloud, answered } = await waiting()
  await till.ask('desk.member', { card: anna.card })
  await till.ask('desk.lines', lines('100.00'))
  const { id } = shown(till)!
  const redeemed = till.tried('desk.redeem', { points: '10.00' })
  await clock.pass(50)
  await till.ask('desk.clear', {})
  expect(await answered(redeemed)).toBe('quote_closed')
  expect(await till.tried('quotes.get', { id })).toBe('unknown_quote')
  await clock.pass(20 * 60_000)
  expect(cloud.held('anna', 'till-a')).toBe('0.00')
})

test('a receipt that is typed while the register’s quote waits for rights stays on the screen', async () => {
  const { till, clock, answered } = await waiting()
  const quoted = till.tried('quotes.create', { card: anna.card, receipt: receipt('r1'), redeem: '10.00' })
  await clock.pass(50)
  await till.ask('desk.lines', lines('77.00'))
  expect(await answered(quoted)).toBe('done')
  expect(shown(till)).toMatchObject({ from: 'screen', total: '77.00' })
})

test('of two quotes of one receipt that are asked for at once the later one counts, and the other is let go', async () => {
  const { till, clock, answered } = await waiting()
  const asked = () => till.ask('quotes.create', { card: anna.card, receipt: receipt('r1'), redeem: '10.00' })
  const both = Promise.all([asked(), asked()])
  await clock.pass(50)
  const quotes = await answered(both)
  const states = await Promise.all(quotes.map(async ({ id }) => (await till.ask('quotes.get', { id })).state))
  expect(states.sort()).toEqual(['cancelled', 'held'])
})

test('who has shown by a PIN who they are stays so, though figures are read at that moment', async () => {
  const { redemption } = cafe()
  const programme = cafe({ redemption: { ...redemption, requires: ['card', 'phone+pin'] } })
  const till = await openTill({ programme, inMemory: true })
  till.cloud.staff({ id: 'eva', name: 'Eva', role: 'manager', pin: await hashPin('1234', new Uint8Array(16)) })
  await till.settle()
  const quote = await till.ask('quotes.create', { phone: anna.phone, receipt: receipt('r1') })
  const money = till.money() as { about: ReturnType<TestTill['money']>['about'] }
  const { about } = money
  let read = () => {}
  const reading = new Promise<void>((resolve) => {
    read = resolve
  })
  let reads = 0
  money.about = async (member) => {
    const rows = await about(member)
    if (++reads > 1) await reading // the first is for the counter, the second for the receipt
    return rows
  }
  till.cloud.give('anna', '1.00')
  await till.clock.pass(2_500)
  expect(reads).toBe(2)
  await till.ask('quotes.vouch', { id: quote.id, pin: '1234' })
  money.about = about
  read()
  await quiet()
  const now = await till.ask('quotes.get', { id: quote.id })
  expect(now).toMatchObject({ redeemable: '101.00', member: { identifiedBy: 'phone+pin' } })
  expect(till.core().state().member).toMatchObject({ identifiedBy: 'phone+pin' })
})
