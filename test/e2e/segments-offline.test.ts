import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { cornerCafe } from '../../cloud/demo/programme.ts'
import { Shop, type Till } from './rig.ts'

const SEGMENT = 'bought-today'

describe('a till that is told what a live segment means', () => {
  let shop: Shop
  let till: Till
  let card: string
  beforeAll(async () => {
    shop = await Shop.open(inject('demoData'))
    till = await shop.addTill('A')
    card = shop.cards[2]!
    await till.until('the till to be ready', (state) => state.phase === 'ready' && state.link.online)
    const predicate = { fact: 'daysSincePurchase', is: '<=', value: 0 }
    const segment = { segment: SEGMENT, name: 'Bought today', kind: 'live', predicate, atTills: true }
    expect((await shop.admin('POST', '/segments', segment)).status).toBe(201)
    const rule = { id: 'again', when: { segments: [SEGMENT] }, accrual: { percent: '20' } }
    const rules = { ...cornerCafe.rules, client: [rule], behaviour: [] }
    expect((await shop.admin('POST', '/programmes', { ...cornerCafe, version: 9, rules })).status).toBe(201)
    await till.until('the programme to arrive', (state) => state.programme?.version === 9)
  })
  afterAll(() => shop?.close())

  const quote = (id: string) => till.pos('POST', '/quotes', { card, receipt: receiptOf(id) })
  const receiptOf = (id: string) => ({ id, lines: [{ id: '1', sku: 'tea', name: 'Tea', amount: '200.00' }] })
  const book = async (id: string, key: string) =>
    await till.pos('POST', `/quotes/${id}/commit`, undefined, { 'idempotency-key': key })

  test('[S210] counts what it has just sold where the cloud is gone, and the cloud books it as it was said', async () => {
    const balance = async () => Number((await till.pos('GET', `/members?card=${card}`)).body.balance)
    const before = await balance()
    await shop.killCloud()
    await till.until('the till to notice', (state) => !state.link.online)
    const first = await quote('one')
    expect(first.body).toMatchObject({ member: { segments: [] }, earn: '6.00' })
    expect((await book(first.body.id, 'one')).status).toBe(200)
    const second = await quote('two')
    expect(second.body).toMatchObject({ member: { segments: [SEGMENT] }, earn: '40.00' })
    await till.screenshot('segments-offline')
    expect((await book(second.body.id, 'two')).status).toBe(200)
    expect(await balance()).toBe(before + 46)

    await shop.startCloud()
    await till.until('everything to be sent', (state) => state.link.online && state.link.unsent === 0, 90_000)
    const inCloud = async () => {
      const { body } = await shop.admin('GET', `/balance?card=${card}`)
      return Number(body.purses.find(({ purse }: { purse: string }) => purse === 'points').balance)
    }
    await expect.poll(inCloud, { timeout: 30_000 }).toBe(before + 46)
    expect((await till.state()).link.quarantined).toBe(0)
  })
})
