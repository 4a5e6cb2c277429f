import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { Shop, type Till } from './rig.ts'

/** A register's sale through the POS API: one shop for all, its own member for each test. */
describe('cash register software sells through the POS API', () => {
  let shop: Shop
  let till: Till
  beforeAll(async () => {
    shop = await Shop.open(inject('demoData'))
    till = await shop.addTill()
    await till.until('the till to be ready', (state) => state.phase === 'ready' && state.link.online)
  })
  afterAll(() => shop?.close())

  const line = (amount: string, sku = 'cake') => ({ id: '1', sku, category: 'bakery', name: 'Cake', amount })

  async function newMember(name: string): Promise<string> {
    const enrolled = await till.pos('POST', '/members', { name, consent: { personalData: true, messages: false } })
    expect(enrolled.status).toBe(200)
    await shop
      .admin('POST', '/gifts', { member: enrolled.body.id, points: '500.00', reason: 'for the test' })
      .then(async (gift) => {
        if (gift.status !== 201) {
          // the enrolment is still on its way to the cloud
          await till.until('the enrolment to be sent', (state) => state.link.unsent === 0)
          expect(
            (await shop.admin('POST', '/gifts', { member: enrolled.body.id, points: '500.00', reason: 'for the test' }))
              .status,
          ).toBe(201)
        }
      })
    await balanceOnTill(enrolled.body.card, '500.00')
    return enrolled.body.card
  }

  async function balanceOnTill(card: string, balance: string): Promise<void> {
    await expect
      .poll(async () => (await till.pos('GET', `/members?card=${card}`)).body.balance, { timeout: 20_000 })
      .toBe(balance)
  }

  test('scan, quote, hold, commit, push: till and cloud agree', async () => {
    const card = await newMember('Вера Павлова')
    const quote = await till.pos('POST', '/quotes', { card, receipt: { id: 'pos-1', lines: [line('400.00')] } })
    expect(quote.status).toBe(200)
    expect(quote.body).toMatchObject({ total: '400.00', redeem: '0.00', member: { card, balance: '500.00' } })
    expect(quote.body.why).toBeDefined()

    const held = await till.pos('PATCH', `/quotes/${quote.body.id}`, { redeem: '100.00' })
    expect(held.body).toMatchObject({ state: 'held', redeem: '100.00', discount: '100.00', toPay: '300.00' })
    await till.page.getByTestId('redeemable').waitFor()
    await till.screenshot('register-quote-held')

    const key = { 'idempotency-key': 'pos-1-a' }
    const booked = await till.pos('POST', `/quotes/${quote.body.id}/commit`, { fiscal: 'FD 1' }, key)
    expect(booked.status).toBe(200)
    expect(booked.body).toMatchObject({ receipt: 'pos-1', redeem: '100.00', toPay: '300.00' })
    expect(booked.body.slip.length).toBeGreaterThan(1)

    const again = await till.pos('POST', `/quotes/${quote.body.id}/commit`, { fiscal: 'FD 1' }, key)
    expect([again.status, again.body]).toEqual([200, booked.body])
    const other = await till.pos('POST', `/quotes/${quote.body.id}/commit`, { fiscal: 'FD 2' }, key)
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_key_reused'])
    const second = await till.pos('POST', `/quotes/${quote.body.id}/commit`, {}, { 'idempotency-key': 'pos-1-b' })
    expect([second.status, second.body.code]).toEqual([409, 'receipt_already_booked'])

    await till.until('everything to be sent', (state) => state.link.unsent === 0)
    const expected = (500 - 100 + Number(booked.body.earn)).toFixed(2)
    const cloud = await shop.admin('GET', `/balance?card=${card}`)
    expect(cloud.body.purses).toContainEqual(expect.objectContaining({ purse: 'points', balance: expected }))
    await balanceOnTill(card, cloud.body.purses[0].balance)
  })

  test('a return gives back and takes back from the record, once', async () => {
    const card = await newMember('Иван Лосев')
    const quote = await till.pos('POST', '/quotes', {
      card,
      receipt: { id: 'pos-2', lines: [line('1000.00')] },
      redeem: '200.00',
    })
    const booked = await till.pos('POST', `/quotes/${quote.body.id}/commit`, {}, { 'idempotency-key': 'pos-2' })
    expect(booked.status).toBe(200)
    const refund = await till.pos('POST', '/refunds', { receipt: 'pos-2' }, { 'idempotency-key': 'pos-2-back' })
    expect(refund.body).toMatchObject({
      money: '800.00',
      pointsBack: '200.00',
      pointsTaken: booked.body.earn,
      debt: '0.00',
    })
    const same = await till.pos('POST', '/refunds', { receipt: 'pos-2' }, { 'idempotency-key': 'pos-2-back' })
    expect(same.body).toEqual(refund.body)
    const twice = await till.pos('POST', '/refunds', { receipt: 'pos-2' }, { 'idempotency-key': 'pos-2-again' })
    expect([twice.status, twice.body.code]).toEqual([409, 'nothing_left_to_return'])
    await till.until('everything to be sent', (state) => state.link.unsent === 0)
    await balanceOnTill(card, '500.00')
  })

  test('a receipt books once per outlet, an anonymous one too', async () => {
    const receipt = { id: 'pos-3', lines: [line('50.00')] }
    const first = await till.pos('POST', '/quotes', { receipt })
    expect(first.body).toMatchObject({ earn: '0.00', redeemable: '0.00', member: null })
    expect((await till.pos('POST', `/quotes/${first.body.id}/commit`, {}, { 'idempotency-key': 'pos-3' })).status).toBe(
      200,
    )
    const next = await till.pos('POST', '/quotes', { receipt })
    const booked =
      next.status === 409
        ? next
        : await till.pos('POST', `/quotes/${next.body.id}/commit`, {}, { 'idempotency-key': 'pos-3-b' })
    expect([booked.status, booked.body.code]).toEqual([409, 'receipt_already_booked'])
  })

  test('what is wrong is said with path, found and allowed, and nothing is booked', async () => {
    const before = (await till.state()).link
    const bad = async (body: unknown) => {
      const reply = await till.pos('POST', '/quotes', body)
      return { status: reply.status, code: reply.body.code, path: reply.body.errors?.[0]?.path }
    }
    const receipt = (amount: unknown) => ({ receipt: { id: 'pos-4', lines: [{ id: '1', amount }] } })
    expect(await bad(receipt('-5.00'))).toEqual({ status: 400, code: 'bad_request', path: 'receipt.lines.0.amount' })
    expect(await bad(receipt('99999999999999.00'))).toMatchObject({ status: 400, path: 'receipt.lines.0.amount' })
    expect(await bad(receipt(12.5))).toMatchObject({ status: 400, path: 'receipt.lines.0.amount' })
    expect(await bad(receipt('1.005'))).toMatchObject({ status: 400, path: 'receipt.lines.0.amount' })
    expect(await bad({ receipt: { id: '', lines: [] } })).toMatchObject({ status: 400 })
    expect(await bad({ ...receipt('5.00'), cards: 'x' })).toMatchObject({ status: 400 })
    expect(await bad('{not json')).toMatchObject({ status: 400 })
    const card = shop.cards[0]!
    const wrongDigit = `${card.slice(0, -1)}${(Number(card.at(-1)) + 1) % 10}`
    expect((await till.pos('POST', '/scans', { code: wrongDigit })).body.code).toBe('bad_check_digit')
    expect((await till.pos('GET', '/members?card=2999999999991')).status).toBe(404)
    expect((await till.pos('GET', '/quotes/nobody-made-this')).status).toBe(404)
    expect((await till.state()).link.unsent).toBeLessThanOrEqual(before.unsent)
  })

  test('more than allowed, and no whole step, are refused with their codes', async () => {
    const card = await newMember('Ольга Тихая')
    const quote = await till.pos('POST', '/quotes', { card, receipt: { id: 'pos-5', lines: [line('100.00')] } })
    const more = await till.pos('PATCH', `/quotes/${quote.body.id}`, { redeem: '100000.00' })
    expect([more.status, more.body.code]).toEqual([409, 'redeem_exceeds_limit'])
    const step = (await till.state()).programme!.step
    if (step !== '0.01') {
      const odd = await till.pos('PATCH', `/quotes/${quote.body.id}`, { redeem: '0.01' })
      expect([odd.status, odd.body.code]).toEqual([409, 'redeem_not_a_step'])
    }
    expect((await till.pos('DELETE', `/quotes/${quote.body.id}`)).status).toBe(204)
  })

  test('a wrong token, a foreign page and a foreign host get nowhere', async () => {
    const at = (path: string, headers: Record<string, string>) => fetch(`${till.ready.posApi}${path}`, { headers })
    expect((await at('/state', { authorization: 'Bearer wrong' })).status).toBe(401)
    expect((await at('/state', {})).status).toBe(401)
    const token = { authorization: `Bearer ${till.ready.token}` }
    expect((await at('/state', { ...token, origin: 'https://evil.example' })).status).toBe(403)
    expect((await at('/state', token)).status).toBe(200)
  })

  test('the API describes itself', async () => {
    const document = await till.pos('GET', '/openapi.json')
    expect(document.body.openapi).toMatch(/^3\.1/)
    expect(Object.keys(document.body.paths).join(' ')).toMatch(/quotes.*commit/)
  })
})
