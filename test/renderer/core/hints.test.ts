import { describe, expect, test } from 'vitest'
import type { HintRow } from '../../../shared/sync/protocol.ts'
import { anna, openTill, receipt, type TestTill } from './till.ts'

/** What campaigns want said to a member, at a till with and without a network. The till's day is 18 November. */

type Told = HintRow['hints'][number]

const gift = (change: Partial<Told> = {}): Told => ({
  id: 'reanimation-one/2026-09-09/first',
  kind: 'gift',
  anchor: '2026-09-09',
  text: {
    ru: '{name}, дарим вам {points балл|балла|баллов} до {date}.',
    en: '{name}, a gift of {points point|points} until {date}.',
  },
  points: '100.00',
  lastDay: '2026-11-25',
  until: '2026-11-25',
  ...change,
})
const DAY_MS = 86_400_000

async function tillWith(...hints: Told[]): Promise<TestTill> {
  const till = await openTill()
  till.cloud.hints('anna', hints)
  await till.settle()
  return till
}

const shown = async (till: TestTill) => (await till.ask('members.find', { card: anna.card })).hint?.id ?? null
const answers = (till: TestTill) =>
  till.cloud
    .entries(till.device)
    .flatMap(({ entry: { body }, disposition }) => (body.kind === 'hint' ? [`${body.action} ${disposition.kind}`] : []))

async function cut(till: TestTill): Promise<void> {
  till.cloud.net.up = false
  await till.clock.pass(60_000)
  expect(till.core().state().link.online).toBe(false)
}

describe('the hint of a campaign', () => {
  test('[K20] comes by sync, is filled in, and is there without a network and after a restart', async () => {
    const till = await tillWith(gift())
    await cut(till)
    const said = {
      id: 'reanimation-one/2026-09-09/first',
      kind: 'gift',
      text: { ru: 'Анна, дарим вам 100 баллов до 25.11.', en: 'Анна, a gift of 100 points until 25.11.' },
      points: '100.00',
      lastDay: '2026-11-25',
      days: 70,
    }
    expect((await till.ask('members.find', { card: anna.card })).hint).toEqual(said)
    till.crash()
    await till.start()
    expect((await till.ask('members.find', { phone: anna.phone })).hint).toEqual(said)
  })

  test('[K20] comes with a member whom the cloud packs on a page, and goes when the cloud says so', async () => {
    const till = await openTill()
    till.cloud.hints('anna', [gift()])
    till.cloud.net.pageMembers = 2
    await till.emptyDatabase()
    till.crash()
    await till.start()
    await till.until(() => till.core().state().phase === 'ready')
    expect(await shown(till)).toBe(gift().id)
    till.cloud.hints('anna', [])
    await till.settle()
    await till.clock.pass(60_000)
    expect(await shown(till)).toBeNull()
  })

  test('[K21] is said up to its last day, and not after it', async () => {
    const till = await tillWith(gift({ lastDay: '2026-11-19', until: '2026-11-19' }))
    await cut(till)
    await till.clock.pass(DAY_MS)
    expect(await shown(till)).toBe(gift().id)
    await till.clock.pass(DAY_MS)
    expect(await shown(till)).toBeNull()
  })

  test('[K22] is one at a time: gifts before reminders, what ends first, the larger of two', async () => {
    const reminder: Told = { ...gift({ id: 'c/2026-09-09/remind', kind: 'remind', until: '2026-11-18' }) }
    const soon = gift({ id: 'a/2026-09-09/soon', lastDay: '2026-11-20', until: '2026-11-20' })
    const larger = gift({ id: 'b/2026-09-09/larger', points: '180.00', lastDay: '2026-11-20', until: '2026-11-20' })
    const till = await tillWith(reminder, gift(), soon, larger)
    const order: (string | null)[] = []
    for (let left = 4; left >= 0; left--) {
      order.push(await shown(till))
      await till.ask('desk.member', { card: anna.card })
      if (order.at(-1) !== null) await till.ask('desk.hint', { hint: order.at(-1)!, action: 'told' })
    }
    expect(order).toEqual([larger.id, soon.id, gift().id, reminder.id, null])
  })

  test('[K23] is closed by a sale at this till at once, also while nobody else can know of it', async () => {
    const till = await tillWith(gift())
    await cut(till)
    await till.ask('desk.member', { card: anna.card })
    expect(till.core().state().member?.hint?.id).toBe(gift().id)
    await till.ask('desk.lines', { lines: receipt('r1').lines })
    expect(till.core().state().quote?.member?.hint?.id).toBe(gift().id)
    await till.ask('desk.commit', { idempotencyKey: 'r1' })
    expect(await shown(till)).toBeNull()
    till.crash()
    await till.start()
    expect(await shown(till)).toBeNull()
  })

  test('[K23] that is of a later touch than the newest purchase is said', async () => {
    const till = await tillWith(gift())
    await till.ask('desk.member', { card: anna.card })
    await till.ask('desk.lines', { lines: receipt('r1').lines })
    await till.ask('desk.commit', { idempotencyKey: 'r1' })
    till.cloud.hints('anna', [gift({ id: 'reanimation-few/2026-11-18/first', anchor: '2026-11-18' })])
    await till.settle()
    expect(await shown(till)).toBe('reanimation-few/2026-11-18/first')
  })
})

describe('the cashier', () => {
  test('[K23] who has told it is not asked again for this touch; the answer reaches the ledger once', async () => {
    const till = await tillWith(gift())
    await till.ask('desk.member', { card: anna.card })
    await till.ask('desk.hint', { hint: gift().id, action: 'told' })
    const after = await till.ask('desk.hint', { hint: gift().id, action: 'told' })
    expect(after.member?.hint).toBeNull()
    await till.settle()
    expect(answers(till)).toEqual(['told applied'])
    till.crash()
    await till.start()
    expect(await shown(till)).toBeNull()
  })

  test('[K23] who puts it off sees it again when the member comes back', async () => {
    const till = await tillWith(gift())
    await till.ask('desk.member', { card: anna.card })
    await till.ask('desk.hint', { hint: gift().id, action: 'not_now' })
    expect(till.core().state().member?.hint).toBeNull()
    await till.ask('desk.lines', { lines: receipt('r1').lines })
    expect(till.core().state().quote?.member?.hint).toBeNull()
    await till.ask('desk.clear', {})
    await till.ask('desk.member', { card: anna.card })
    expect(till.core().state().member?.hint?.id).toBe(gift().id)
    await till.settle()
    expect(answers(till)).toEqual(['not_now applied'])
  })

  test('without anybody at the counter, or for another hint, says nothing', async () => {
    const till = await tillWith(gift())
    expect(await till.tried('desk.hint', { hint: gift().id, action: 'told' })).toBe('nothing_on_desk')
    await till.ask('desk.member', { card: anna.card })
    await till.ask('desk.hint', { hint: 'other/2026-09-09/first', action: 'told' })
    await till.settle()
    expect(answers(till)).toEqual([])
    expect(till.core().state().member?.hint?.id).toBe(gift().id)
  })
})
