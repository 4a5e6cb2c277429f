import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { Shop, type Till } from './rig.ts'

describe('a till that keeps the visitors of its own outlet', () => {
  let shop: Shop
  let atA: Till
  let atB: Till
  let card: string
  beforeAll(async () => {
    shop = await Shop.open(inject('demoData'))
    expect((await shop.admin('PUT', '/keeping', { keep: 'visitors' })).body).toMatchObject({ isPartial: true })
    atA = await shop.addTill('A')
    atB = await shop.addTill('B')
    for (const till of [atA, atB]) {
      await till.until('the till to be ready', (state) => state.phase === 'ready' && state.link.online)
    }
    const consent = { personalData: true, messages: false }
    card = (await atA.pos('POST', '/members', { name: 'Olga', consent })).body.card
    const receipt = { id: 'at-a', lines: [{ id: '1', sku: 'cake', category: 'bakery', amount: '300.00' }] }
    const booked = await atA.pos('POST', '/receipts', { card, receipt }, { 'idempotency-key': 'at-a' })
    expect(booked.status).toBe(200)
    await atA.until('the receipt to be sent', (state) => state.link.unsent === 0)
  })
  afterAll(() => shop?.close())

  const member = (till: Till) => till.pos('GET', `/members?card=${card}`)
  const balance = async () => {
    const { body } = await shop.admin('GET', `/balance?card=${card}`)
    return Number(body.purses.find((purse: { purse: string }) => purse.purse === 'points').balance)
  }
  const offline = async () => {
    await shop.stopCloud()
    for (const till of [atA, atB]) await till.until('the till to notice', (state) => !state.link.online)
  }
  const online = async () => {
    await shop.startCloud()
    for (const till of [atA, atB]) {
      await till.until('the till to be online', (state) => state.link.online && state.link.unsent === 0, 90_000)
    }
  }

  test('[S206] [S207] another outlet’s customer is unknown there offline, credited when the network answers, and known from then on', async () => {
    const before = await balance()
    await offline()
    expect((await member(atA)).status).toBe(200)
    const stranger = await member(atB)
    expect(stranger).toMatchObject({ status: 404, body: { code: 'unknown_card', askedCloud: false } })
    expect(stranger.body.detail).toMatch(/Not kept at this till/)

    await atB.pos('POST', '/scans', { code: card })
    await atB.until('the card to wait', (state) => state.stranger?.card === card && state.unknownCard === null)
    await expect.poll(() => atB.page.getByTestId('notice').textContent()).toMatch(/на этой кассе так|does not know/)
    expect(await atB.page.getByTestId('member-search').textContent()).toContain(card)
    await atB.screenshot('visitors-stranger')
    const receipt = { id: 'at-b', lines: [{ id: '1', sku: 'cake', category: 'bakery', amount: '300.00' }] }
    const quote = await atB.pos('POST', '/quotes', { receipt })
    expect(quote.body).toMatchObject({ member: null, unresolved: { card } })
    const booked = await atB.pos('POST', `/quotes/${quote.body.id}/commit`, {}, { 'idempotency-key': 'at-b' })
    expect(booked.body).toMatchObject({ member: null, unresolved: { card } })

    await online()
    await expect.poll(balance, { timeout: 60_000 }).toBeGreaterThan(before)
    await offline()
    expect(await member(atB)).toMatchObject({ status: 200, body: { card } })
    expect((await member(atA)).status).toBe(200)
  })
})
