import { expect, test } from 'vitest'
import { hashPin } from '../../../shared/pin.ts'
import { cafe } from './programme.ts'
import { anna, openTill, receipt } from './till.ts'

/** A phone number is easily told: what it takes to pay with the points of whoever has it. */
async function tillThatAsks(requires: readonly ('card' | 'phone+pin')[]) {
  const { redemption } = cafe()
  const till = await openTill({ programme: cafe({ redemption: { ...redemption, requires: [...requires] } }) })
  till.cloud.staff({ id: 'eva', name: 'Eva', role: 'manager', pin: await hashPin('1234', new Uint8Array(16)) })
  await till.settle()
  return till
}

test('a phone alone redeems nothing; with the manager’s PIN it does, and the cloud agrees', async () => {
  const till = await tillThatAsks(['card', 'phone+pin'])
  const quote = await till.ask('quotes.create', { phone: anna.phone, receipt: receipt('r1') })
  expect(quote).toMatchObject({ redeemBound: 'second_factor_needed', redeemable: '0.00' })
  expect(await till.tried('quotes.redeem', { id: quote.id, redeem: '50.00' })).toBe('second_factor_needed')
  expect(await till.tried('quotes.vouch', { id: quote.id, pin: '0000' })).toBe('wrong_pin')
  const sure = await till.ask('quotes.vouch', { id: quote.id, pin: '1234' })
  expect(sure).toMatchObject({ redeemable: '100.00', member: { identifiedBy: 'phone+pin' } })
  await till.ask('quotes.redeem', { id: quote.id, redeem: '50.00' })
  expect(await till.ask('quotes.commit', { id: quote.id, idempotencyKey: 'k1' })).toMatchObject({ redeem: '50.00' })
  await till.settle()
  const dispositions = till.cloud.entries(till.device).map(({ disposition }) => disposition.kind)
  expect(new Set(dispositions)).toEqual(new Set(['applied']))
})

test('where the programme wants a card, no PIN helps; a card needs none', async () => {
  const till = await tillThatAsks(['card'])
  const quote = await till.ask('quotes.create', { phone: anna.phone, receipt: receipt('r1') })
  const vouched = await till.ask('quotes.vouch', { id: quote.id, pin: '1234' })
  expect(vouched.redeemBound).toBe('second_factor_needed')
  const byCard = await till.ask('quotes.create', { card: anna.card, receipt: receipt('r2') })
  expect(await till.ask('quotes.vouch', { id: byCard.id, pin: '0000' })).toMatchObject({ redeemable: '100.00' })
  expect(await till.tried('quotes.vouch', { id: 'nobody', pin: '1234' })).toBe('unknown_quote')
})

test('a code that the cloud confirms is enough; where no code can be sent the till says so', async () => {
  const { redemption } = cafe()
  const till = await openTill({ programme: cafe({ redemption: { ...redemption, requires: ['card', 'phone+code'] } }) })
  const quote = await till.ask('quotes.create', { phone: anna.phone, receipt: receipt('r1') })
  expect(await till.ask('quotes.code', { id: quote.id })).toMatchObject({ sentTo: expect.stringContaining('•') })
  expect(await till.tried('quotes.confirm', { id: quote.id, code: '000000' })).toBe('wrong_code')
  const sure = await till.ask('quotes.confirm', { id: quote.id, code: '123456' })
  expect(sure).toMatchObject({ redeemable: '100.00', member: { identifiedBy: 'phone+code' } })
  till.cloud.net.up = false
  const offline = await till.ask('quotes.create', { phone: anna.phone, receipt: receipt('r2') })
  expect(await till.tried('quotes.code', { id: offline.id })).toBe('code_unavailable')
})
