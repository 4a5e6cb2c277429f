import { expect, test } from 'vitest'
import { activityOf } from '../../../renderer/core/own.ts'
import type { EntryRow } from '../../../renderer/core/ports.ts'
import type { ProgrammeDocument } from '../../../shared/programme/schema.ts'
import type { TierProgress } from '../../../shared/sync/protocol.ts'
import { cafe } from './programme.ts'
import { anna, openTill, receipt, type TestTill } from './till.ts'

/** Tiers, the number of a purchase and the bounds of the day, as the till knows them with and without a network. */

const window = { kind: 'lifetime' as const }
const tiers = (change: Partial<ProgrammeDocument> = {}) =>
  cafe({
    tiers: [
      {
        id: 'gold',
        name: 'Gold',
        entry: { kind: 'earned', match: 'any', thresholds: [{ kind: 'sum', from: '3000.00', window }] },
      },
    ],
    rules: {
      client: [{ id: 'gold', when: { tiers: ['gold'] }, accrual: { percent: '20' } }],
      goods: [],
      behaviour: [],
      receipt: [],
    },
    ...change,
  })

const told = (have: string): TierProgress => ({
  day: '2026-11-18',
  next: 'gold',
  match: 'any',
  measures: [{ kind: 'sum', have, need: '300000' }],
})

async function sell(till: TestTill, id: string, amount = '1000.00') {
  const quote = await till.ask('quotes.create', { card: anna.card, receipt: receipt(id, amount) })
  return await till.ask('quotes.commit', { id: quote.id, idempotencyKey: id })
}

async function offline(till: TestTill) {
  till.cloud.net.up = false
  await till.clock.pass(60_000)
  expect(till.core().state().link.online).toBe(false)
}

const sold = (till: TestTill, id: string) =>
  till.cloud.entries(till.device).find(({ entry: { body } }) => body.kind === 'sale' && body.receipt === id)?.entry.body

test('the way to the next tier is told in money, with what this till has sold since', async () => {
  const till = await openTill({ programme: tiers() })
  expect((await till.ask('members.find', { card: anna.card })).progress).toBeNull()
  till.cloud.progress('anna', told('236000'))
  await till.settle()
  expect(await till.ask('members.find', { card: anna.card })).toMatchObject({
    tier: null,
    tierName: null,
    progress: { next: { id: 'gold', name: 'Gold' }, nearest: { kind: 'sum', left: '640.00', need: '3000.00' } },
  })
  await offline(till)
  const booking = await sell(till, 'r1', '600.00')
  expect(booking.member?.progress?.nearest).toMatchObject({ have: '2960.00', left: '40.00' })
  till.cloud.progress('anna', { ...told('0'), next: null, measures: [] }, 'gold')
  till.cloud.net.up = true
  await till.until(() => till.core().state().link.unsent === 0)
  await till.settle()
  expect(await till.ask('members.find', { card: anna.card })).toMatchObject({ tierName: 'Gold', progress: null })
})

test('the receipt that reaches a tier is quoted at it where the programme says so, else the next one is', async () => {
  for (const [promotion, earn] of [
    ['this-receipt', '200.00'],
    ['next-receipt', '100.00'],
  ] as const) {
    const till = await openTill({ programme: tiers({ promotion }) })
    till.cloud.progress('anna', told('200000'))
    await till.settle()
    expect((await sell(till, 'r1')).earn).toBe(earn)
    await till.settle()
    expect(sold(till, 'r1')).toMatchObject({ member: { tier: promotion === 'this-receipt' ? 'gold' : null } })
    expect(till.cloud.entries(till.device).map(({ disposition }) => disposition.kind)).not.toContain('deficit')
  }
})

test('[L55] no more is offered within a receipt that reaches a tier than is taken when it is asked for', async () => {
  const gold = tiers().tiers!
  const till = await openTill({
    programme: tiers({
      promotion: 'this-receipt',
      tiers: [
        {
          id: 'silver',
          name: 'Silver',
          entry: { kind: 'earned', match: 'any', thresholds: [{ kind: 'sum', from: '1000.00', window }] },
        },
        ...gold,
      ],
      rules: {
        client: [{ id: 'careful', when: { tiers: ['silver'] }, redemption: { maxPercent: '10' } }],
        goods: [],
        behaviour: [],
        receipt: [],
      },
    }),
  })
  till.cloud.progress('anna', told('280000'), 'silver')
  await till.settle()
  const quote = await till.ask('quotes.create', { card: anna.card, receipt: receipt('r1', '300.00') })
  expect(quote).toMatchObject({ redeemable: '30.00', redeemBound: 'rules' })
  const asked = await till.ask('quotes.redeem', { id: quote.id, redeem: quote.redeemable })
  expect(asked).toMatchObject({ redeem: '30.00' })
})

test('a purchase has its number offline too, and none is counted twice once the cloud has them', async () => {
  const rules = {
    client: [],
    goods: [],
    behaviour: [{ id: 'third', when: { purchaseNumber: [3] }, accrual: { percent: '50' } }],
    receipt: [],
  }
  const till = await openTill({ programme: cafe({ rules } as Partial<ProgrammeDocument>) })
  await offline(till)
  expect((await sell(till, 'r1')).earn).toBe('100.00')
  expect((await sell(till, 'r2', '0.01')).earn).toBe('0.00') // moves no points, and is a purchase
  expect((await sell(till, 'r3')).earn).toBe('500.00')
  till.cloud.net.up = true
  await till.until(() => till.core().state().link.unsent === 0)
  await till.settle()
  await sell(till, 'r4')
  await till.settle()
  const numbers = ['r1', 'r2', 'r3', 'r4'].map((id) => sold(till, id))
  expect(numbers).toMatchObject([0, 1, 2, 3].map((purchasesBefore) => ({ member: { purchasesBefore } })))
})

test('bounds of the day lower what is earned and offered, say so, and refuse no sale', async () => {
  const limits = { perMemberDay: { earn: '150.00', redeem: '30.00', receipts: 3 } }
  const till = await openTill({ programme: cafe({ limits }) })
  await sell(till, 'r1')
  const lines = [
    { id: '1', amount: '600.00' },
    { id: '2', amount: '300.00' },
  ]
  const quote = await till.ask('quotes.create', { card: anna.card, receipt: { id: 'r2', lines } })
  expect(quote).toMatchObject({ earn: '50.00', redeemable: '30.00', redeemBound: 'day_limit' })
  expect(quote.lines.map((line) => line.earn)).toEqual(['33.33', '16.67'])
  expect(quote.sentences.ru.at(-1)).toBe('Больше сегодня не начислить: это дневной предел программы')
  expect(quote.sentences.en.at(-1)).toContain('daily limit')
  expect(await till.core().call('quotes.redeem', { id: quote.id, redeem: '31' })).toMatchObject({
    reason: 'redeem_exceeds_limit',
    detail: { redeem: '31.00', redeemable: '30.00' },
  })
  await till.ask('quotes.redeem', { id: quote.id, redeem: '30' })
  await till.ask('quotes.commit', { id: quote.id, idempotencyKey: 'k2' })
  await sell(till, 'r3')
  const fourth = await till.ask('quotes.create', { card: anna.card, receipt: receipt('r4') })
  expect(fourth).toMatchObject({ earn: '0.00', redeemable: '0.00', warnings: ['too_many_receipts_today'] })
  expect(await till.tried('quotes.commit', { id: fourth.id, idempotencyKey: 'k4' })).toBe('done')
  await till.settle()
  const kinds = till.cloud.entries(till.device).map(({ disposition }) => disposition.kind)
  expect(new Set(kinds)).toEqual(new Set(['applied']))
  expect(till.cloud.balance('anna')).toBe('220.00')
})

test('a day of the bounds is the programme’s calendar day, and what was set aside never happened', () => {
  const at = (text: string) => Date.parse(text)
  const text = JSON.stringify({
    entry: { body: { kind: 'sale', postings: [{ purse: 'points', kind: 'redeem', points: '0.05' }] } },
  })
  const row = (wall: string, change: Partial<EntryRow> = {}): EntryRow => ({
    ...{ epoch: 1, seq: 1, hash: '', text, kind: 'sale', at: at(wall), points: -5n, earned: 10n },
    ...change,
  })
  const rows = [
    row('2026-11-17T20:59:00Z'), // yesterday in Moscow
    row('2026-11-17T21:01:00Z'),
    row('2026-11-18T08:30:00Z', { setAside: true }),
    row('2026-11-18T08:40:00Z'),
    row('2026-11-01T08:40:00Z', { kind: 'refund' }),
  ]
  expect(activityOf(rows, 'Europe/Moscow', at('2026-11-18T09:00:00Z'))).toEqual({
    receiptsToday: 2,
    earnedToday: 20n,
    redeemedToday: 10n,
    receiptsThisHour: 1,
    returnsThisMonth: 1,
  })
})
