import { describe, expect, test } from 'vitest'
import type { ToldFacts } from '../../../shared/segments/told.ts'
import { cafe } from './programme.ts'
import { anna, openTill, receipt, type TestTill } from './till.ts'

/** Live segments that a till decides by itself. The till's day is 18 November, noon in Moscow. */

const DAY_MS = 86_400_000
const birthday = { id: 'birthday', when: { fact: 'daysToBirthday', is: '=', value: 0 } }
const sleeping = { id: 'sleeping', when: { fact: 'daysSincePurchase', is: '>=', value: 60 } }
const active = { id: 'active', when: { fact: 'daysSincePurchase', is: '<', value: 60 } }
const often = { id: 'often', when: { fact: 'purchases', within: 30, is: '>=', value: 3 } }
const third = { id: 'third', when: { fact: 'purchases', is: '>=', value: 3 } }

const rules = {
  client: [
    { id: 'birthday-20', when: { segments: ['birthday'] }, accrual: { percent: '20' } },
    { id: 'sleeping-30', when: { segments: ['sleeping'] }, accrual: { percent: '30' } },
  ],
  goods: [],
  behaviour: [],
  receipt: [],
}

async function tillThatKnows(
  segments: { id: string; when: unknown }[],
  facts?: ToldFacts,
  isIn: string[] = [],
): Promise<TestTill> {
  const till = await openTill({ programme: cafe({ rules } as never) })
  till.cloud.member('vera', '2900000000049', '0.00', { name: 'Vera', birthDate: '1990-11-19' })
  till.cloud.segments(segments)
  for (const member of ['anna', 'vera']) till.cloud.stands(member, isIn, facts)
  await till.settle()
  return till
}

const vera = '2900000000049'
/** Without a network: what would be tried again and again meanwhile is tried once. */
async function later(till: TestTill, ms: number): Promise<void> {
  till.clock.sleep(ms)
  await till.clock.pass(1_000)
}

const isIn = async (till: TestTill, card: string = anna.card) => (await till.ask('members.find', { card })).segments

async function buy(till: TestTill, id: string, card: string = anna.card) {
  const quote = await till.ask('quotes.create', { card, receipt: receipt(id) })
  return await till.ask('quotes.commit', { id: quote.id, idempotencyKey: id })
}

async function cut(till: TestTill): Promise<void> {
  till.cloud.net.up = false
  await till.clock.pass(60_000)
  expect(till.core().state().link.online).toBe(false)
}

const claimed = (till: TestTill) =>
  till.cloud
    .entries(till.device)
    .flatMap(({ entry: { body } }) => (body.kind === 'sale' ? [body.member?.segments ?? []] : []))

describe('a segment at the till', () => {
  test('[S210] begins and ends with the day, also where the till has been offline since the day before', async () => {
    const till = await tillThatKnows([birthday])
    await cut(till)
    expect(await isIn(till, vera)).toEqual([])
    expect((await buy(till, 'r1', vera)).earn).toBe('100.00')
    await later(till, 12 * 3_600_000) // past midnight in Moscow
    expect(await isIn(till, vera)).toEqual(['birthday'])
    expect((await buy(till, 'r2', vera)).earn).toBe('200.00')
    await later(till, DAY_MS)
    expect(await isIn(till, vera)).toEqual([])
    expect((await buy(till, 'r3', vera)).earn).toBe('100.00')
    till.cloud.net.up = true
    await till.clock.pass(120_000)
    await till.settle()
    expect(claimed(till)).toEqual([[], ['birthday'], []])
  })

  test('[S210] is of the receipt’s own day', async () => {
    const till = await tillThatKnows([birthday])
    const quote = await till.ask('quotes.create', {
      card: vera,
      receipt: { ...receipt('r1'), at: '2026-11-17T22:00:00Z' },
    })
    expect(quote.earn).toBe('100.00')
    const yesterday = { ...receipt('r2'), at: '2026-11-19T00:30:00+03:00' }
    expect((await till.ask('quotes.create', { card: vera, receipt: yesterday })).earn).toBe('200.00')
  })

  test('[S210] [S213] is left and entered with the purchase at this very till, online, offline and after a restart', async () => {
    const facts = { lastDay: '2026-08-01', purchases: 2 }
    const till = await tillThatKnows([sleeping, active, third], facts, ['sleeping'])
    await cut(till)
    expect((await buy(till, 'r1')).earn).toBe('300.00')
    expect(await isIn(till)).toEqual(['active', 'third'])
    expect((await buy(till, 'r2')).earn).toBe('100.00')
    till.crash()
    await till.start()
    expect(await isIn(till)).toEqual(['active', 'third'])
    till.cloud.net.up = true
    await till.clock.pass(120_000)
    await till.settle()
    expect(claimed(till)).toEqual([['sleeping'], ['active', 'third']])
  })

  test('[S213] counts a purchase once, whether the facts hold it already or not yet', async () => {
    const fourth = { id: 'fourth', when: { fact: 'purchases', is: '>=', value: 4 } }
    const till = await tillThatKnows([third, fourth], { purchases: 2 })
    await buy(till, 'r1')
    await till.settle()
    till.cloud.stands('anna', [], { purchases: 2 }, 0) // booked, and not counted yet
    await till.settle()
    expect(await isIn(till)).toEqual(['third'])
    till.cloud.stands('anna', [], { purchases: 3 })
    await till.settle()
    expect(await isIn(till)).toEqual(['third'])
  })

  test('[S213] counts a purchase once also where the member came packed on a page', async () => {
    const fourth = { id: 'fourth', when: { fact: 'purchases', is: '>=', value: 4 } }
    const till = await tillThatKnows([third, fourth], { purchases: 2 })
    await buy(till, 'r1')
    await till.settle()
    till.cloud.stands('anna', [], { purchases: 2 }, 0) // booked, and not counted yet
    till.cloud.net.pageMembers = 2
    till.crash()
    await till.emptyDatabase()
    await till.start()
    for (let turn = 0; turn < 20 && (await till.cache().mark()).live === 0; turn++) await till.clock.pass(5_000)
    expect(await till.cache().mark()).toMatchObject({ live: 1, fill: null })
    expect(await isIn(till)).toEqual(['third'])
  })

  test('[S211] of a window with purchases in it is as the cloud said, and decided once it is empty', async () => {
    const till = await tillThatKnows([often], { lastDay: '2026-11-10' }, ['often'])
    expect(await isIn(till)).toEqual(['often'])
    await cut(till)
    await later(till, 21 * DAY_MS)
    expect(await isIn(till)).toEqual(['often'])
    await later(till, DAY_MS)
    expect(await isIn(till)).toEqual([])
    await buy(till, 'r1')
    expect(await isIn(till)).toEqual(['often']) // how many there are in the window the cloud knows
  })

  test('[S211] is as the cloud said after a return of what was sold before, and decided after one of what was just sold', async () => {
    const till = await tillThatKnows([third], { purchases: 2 })
    await cut(till)
    await buy(till, 'r1')
    expect(await isIn(till)).toEqual(['third'])
    await till.ask('receipts.refund', { receipt: 'r1', idempotencyKey: 'back' })
    expect(await isIn(till)).toEqual([])
    await buy(till, 'r2')
    expect(await isIn(till)).toEqual(['third'])
    till.cloud.net.up = true
    await till.clock.pass(120_000)
    till.cloud.stands('anna', [], { purchases: 3 })
    await till.settle()
    await cut(till)
    expect(await isIn(till)).toEqual(['third'])
    await till.ask('receipts.refund', { receipt: 'r2', idempotencyKey: 'back-2' })
    expect(await isIn(till)).toEqual([]) // was it a purchase of the three?
  })

  test('[S210] of a member who has just been enrolled here is decided, with their first purchase as well', async () => {
    const none = { id: 'none', when: { fact: 'purchases', is: '=', value: 0 } }
    const back = { id: 'back', when: { fact: 'daysSinceComeback', gap: 121, is: 'known' } }
    const till = await tillThatKnows([none, third, back])
    await cut(till)
    const consent = { personalData: true as const, messages: false }
    const { card } = await till.ask('members.enrol', { name: 'Ivan', consent })
    expect(await isIn(till, card)).toEqual(['none'])
    for (const id of ['r1', 'r2', 'r3']) await buy(till, id, card)
    expect(await isIn(till, card)).toEqual(['third'])
  })

  test('[S214] is decided by another definition as soon as the till hears of it, also for the receipt on the screen', async () => {
    const till = await tillThatKnows([third], { purchases: 2 })
    const quote = await till.ask('quotes.create', { card: anna.card, receipt: receipt('r1') })
    till.cloud.segments([{ ...third, when: { fact: 'purchases', is: '>=', value: 2 } }])
    await till.settle()
    expect(await isIn(till)).toEqual(['third'])
    expect((await till.ask('quotes.get', { id: quote.id })).member?.segments).toEqual(['third'])
    till.cloud.segments([])
    await till.settle()
    expect(await isIn(till)).toEqual([])
  })

  test('[S216] [S217] is as the cloud said where the till cannot read its definition, and where an older cloud tells none', async () => {
    const till = await tillThatKnows([{ id: 'moon', when: { fact: 'moonPhase', is: '=', value: 1 } }], {}, ['moon'])
    expect(await isIn(till)).toEqual(['moon'])
    till.cloud.net.protocol = 1
    till.cloud.stands('anna', ['sleeping'], { lastDay: '2026-11-18' })
    till.cloud.segments([sleeping])
    await till.settle()
    await later(till, DAY_MS)
    expect(await isIn(till)).toEqual(['sleeping'])
  })

  test('[S218] is called as its owner calls it, by the next name as soon as that is told, and by none of an older cloud', async () => {
    const till = await tillThatKnows([], {}, ['s-1', 'activity.active'])
    const named = async () => (await till.ask('members.find', { card: anna.card })).segmentNames
    expect(await named()).toEqual({})
    for (const name of ['Regulars', 'Friends of the house']) {
      till.cloud.segments([], { 's-1': name, 's-2': 'Others' })
      await till.settle()
      expect(await named()).toEqual({ 's-1': name })
    }
    till.cloud.net.protocol = 1
    till.cloud.segments([], { 's-1': 'Regulars' })
    await till.settle()
    expect(await named()).toEqual({})
  })
})
