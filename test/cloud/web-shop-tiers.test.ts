import { sql } from 'kysely'
import { afterEach, expect, test } from 'vitest'
import type { SaleBody } from '../../shared/ledger/entry.ts'
import type { ProgrammeDocument } from '../../shared/programme/schema.ts'
import { plainProgramme, refundBody, saleBody } from './receipts.ts'
import { type Body, enrolment, type TestCloud, TestTill, testCloud, unique } from './rig.ts'

/** Baskets that reach a tier, where the programme promotes within the receipt and where it does not (L55). */

const NOW = '2026-11-18T09:00:00Z'
const reachedBy = (from: string) => ({
  kind: 'earned' as const,
  match: 'any' as const,
  thresholds: [{ kind: 'sum' as const, from, window: { kind: 'lifetime' as const } }],
})
const ladder: ProgrammeDocument = {
  ...plainProgramme,
  outlets: [{ id: 'A' }, { id: 'web' }],
  redemption: { basePercent: '100', minPayablePerLine: '0.00' },
  tiers: [
    { id: 'base', name: 'Base', entry: { kind: 'automatic' } },
    { id: 'silver', name: 'Silver', entry: reachedBy('1000.00') },
    { id: 'gold', name: 'Gold', entry: reachedBy('5000.00') },
  ],
  rules: {
    ...plainProgramme.rules,
    client: [
      { id: 'base', when: { tiers: ['base'] }, redemption: { maxPercent: '30' } },
      { id: 'silver', when: { tiers: ['silver'] }, accrual: { percent: '20' }, redemption: { maxPercent: '50' } },
      { id: 'gold', when: { tiers: ['gold'] }, accrual: { percent: '30' }, redemption: { maxPercent: '10' } },
    ],
  },
}

const open: TestCloud[] = []
afterEach(async () => {
  for (const cloud of open.splice(0)) await cloud.close()
})

/** A web shop and a till of one network, and a member with 500.00 points who has bought for as much as is said. */
async function network(change: Partial<ProgrammeDocument> = {}, bought = 0n) {
  const document = { ...ladder, ...change }
  const cloud = await testCloud({ clock: () => new Date(NOW), turnDays: false })
  open.push(cloud)
  const published = await cloud.admin('POST', 'programmes', document)
  expect(published, JSON.stringify(published.body)).toMatchObject({ status: 201 })
  const { token } = (await cloud.admin('POST', 'web-shops', { outlet: 'web', name: 'Our site' })).body
  const till = await TestTill.enrolled(cloud)
  const who = { id: unique('m'), card: unique('c') }
  await till.push([till.write(enrolment(who.id, who.card), { at: NOW })])
  const sell = async (amount: bigint, more: { tier?: string } = {}) => {
    const body = saleBody({ receipt: unique('r'), amount, member: who, at: NOW, document, ...more })
    const { dispositions } = await till.push([till.write(body, { at: NOW })])
    expect(dispositions[0]!.disposition).toEqual({ kind: 'applied' })
    return body
  }
  const sold = bought === 0n ? undefined : await sell(bought, { tier: 'base' })
  await cloud.admin('POST', 'gifts', { member: who.id, points: '500.00', lastDay: null, reason: 'x', by: 'x' })
  const ask = async (path: string, body: object = {}) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const reply = await fetch(`${cloud.url}/shop/v1${path}`, {
      method: 'POST',
      headers: { ...headers, 'idempotency-key': unique('key') },
      body: JSON.stringify(body),
    })
    return { status: reply.status, body: (await reply.json()) as Body }
  }
  return {
    sold,
    sell,
    quote: (amount: string, redeem = '0.00') => ask('/quotes', basket(who.card, amount, redeem)),
    hold: (amount: string, redeem = '0.00') => ask('/holds', basket(who.card, amount, redeem)),
    commit: (hold: string) => ask(`/holds/${hold}/commit`),
    refund: async (body: SaleBody) => {
      const { dispositions } = await till.push([till.write(refundBody(body), { at: NOW })])
      expect(dispositions[0]!.disposition.kind).toBe('applied')
    },
    async posted() {
      const { purses } = (await cloud.admin('GET', `balance?member=${who.id}`)).body
      return purses.find(({ purse }: Body) => purse === 'points').posted
    },
    tier: async () => (await till.pullAll()).get(`member ${who.id}`).tier,
    /** The order's entry with what the ledger made of it. */
    async booked(receipt: string) {
      const { rows } = await sql<{ body: string; disposition: Body }>`
        select body, disposition from entry where tenant = ${cloud.cloud.tenant} and device = 'cloud'`.execute(
        cloud.cloud.db,
      )
      const all = rows.map((row) => ({ body: JSON.parse(row.body).body, disposition: row.disposition }))
      return all.find(({ body }) => body.receipt === receipt)
    },
  }
}

const basket = (card: string, amount: string, redeem: string) => ({
  card,
  receipt: { id: unique('order'), lines: [{ id: '1', sku: 'tea', amount }] },
  redeem,
})

test('[L55] the order that reaches a tier is quoted, held and booked at it where the programme says so', async () => {
  const shop = await network({ promotion: 'this-receipt' }, 60_000n)
  expect((await shop.quote('399.99')).body).toMatchObject({ earn: '39.99', member: { tier: 'base' } })
  expect((await shop.quote('400.00')).body).toMatchObject({ earn: '80.00', member: { tier: 'base' } })
  const { body } = await shop.hold('400.00')
  expect(body).toMatchObject({ earn: '80.00', lines: [{ earn: '80.00' }] })
  expect((await shop.commit(body.id)).body).toMatchObject({ state: 'committed', earn: '80.00' })
  expect(await shop.booked(body.receipt)).toMatchObject({
    body: { member: { tier: 'silver' } },
    disposition: { kind: 'applied' },
  })
  expect(await shop.posted()).toBe('640.00') // 60 for what was bought, the gift of 500, 80 for this
  expect(await shop.tier()).toBe('silver')
})

test('[L55] else the order after it is', async () => {
  for (const change of [{}, { promotion: 'next-receipt' as const }]) {
    const shop = await network(change, 60_000n)
    const { body } = await shop.hold('400.00')
    expect(body.earn).toBe('40.00')
    await shop.commit(body.id)
    expect(await shop.booked(body.receipt)).toMatchObject({ body: { member: { tier: 'base' } } })
    expect((await shop.quote('400.00')).body).toMatchObject({ earn: '80.00', member: { tier: 'silver' } })
  }
})

test('[L55] an order that leaps over a tier is quoted at the highest that it reaches', async () => {
  const shop = await network({ promotion: 'this-receipt' })
  expect((await shop.quote('6000.00')).body.earn).toBe('1800.00')
})

test('[L55] what is paid with points reaches nothing, and what is offered may be held as it was offered', async () => {
  const shop = await network({ promotion: 'this-receipt' }, 60_000n)
  const quoted = (await shop.quote('410.00')).body
  expect(quoted).toMatchObject({ earn: '82.00', redeemable: '123.00' }) // 30 % of the tier that the member has
  expect((await shop.hold('410.00', '10.00')).body).toMatchObject({ earn: '80.00', redeem: '10.00' })
  expect((await shop.hold('410.00', '10.01')).body).toMatchObject({ earn: '39.99', redeem: '10.01' })
  const held = (await shop.hold('410.00', quoted.redeemable)).body
  expect(held).toMatchObject({ state: 'held', redeem: '123.00', earn: '28.70' })
  await shop.commit(held.id)
  expect((await shop.booked(held.receipt))?.disposition).toEqual({ kind: 'applied' })
  // the highest lets points pay less: as much as both tiers do
  expect((await shop.quote('4200.00')).body).toMatchObject({ redeemable: '420.00' })
})

test('[S142] a hold at the tier that its order reaches keeps its word when the receipt before it comes back', async () => {
  const shop = await network({ promotion: 'this-receipt' }, 60_000n)
  const { body } = await shop.hold('400.00', '0.00')
  expect(body.earn).toBe('80.00')
  await shop.refund(shop.sold!)
  expect(await shop.posted()).toBe('500.00')
  expect((await shop.commit(body.id)).body).toMatchObject({ state: 'committed', earn: '80.00' })
  expect((await shop.booked(body.receipt))?.disposition).toEqual({ kind: 'applied' })
  expect(await shop.posted()).toBe('580.00')
  expect(await shop.tier()).toBe('base')
})

test('[L55] [L93] points that the bounds of a day do not let be earned reach no tier', async () => {
  const thresholds = [{ kind: 'points' as const, from: '50.00', window: { kind: 'lifetime' as const } }]
  const tiers = ladder.tiers!.map((tier) =>
    tier.id === 'silver' ? { ...tier, entry: { kind: 'earned' as const, match: 'any' as const, thresholds } } : tier,
  )
  const bounded = await network({ promotion: 'this-receipt', tiers, limits: { perMemberDay: { earn: '49.99' } } })
  expect((await bounded.quote('600.00')).body.earn).toBe('49.99')
  const free = await network({ promotion: 'this-receipt', tiers, limits: { perMemberDay: { earn: '90.00' } } })
  const { body } = await free.hold('600.00')
  expect(body.earn).toBe('90.00')
  await free.commit(body.id)
  expect((await free.booked(body.receipt))?.disposition).toEqual({ kind: 'applied' })
})

test('[L55] [L19] a till knows the next tier alone, and may claim it for a receipt that leaps over it', async () => {
  const shop = await network({ promotion: 'this-receipt' })
  await shop.sell(600_000n, { tier: 'silver' })
  expect(await shop.posted()).toBe('1700.00')
  expect(await shop.tier()).toBe('gold')
})
