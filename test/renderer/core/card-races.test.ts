import { expect, test } from 'vitest'
import type { TestCloud } from './cloud.ts'
import { anna, openTill } from './till.ts'

/** Cards that are changed here while others, or the cloud, say something of them too. */

const boris = '2900000000025'

test('a card that is blocked here stays so, though a pull that knew it otherwise was under way', async () => {
  const { cloud, clock, crash } = await openTill({ inMemory: true })
  crash()
  let pulled = Promise.resolve()
  let asked = 0
  const link: TestCloud['link'] = (device) => {
    const whole = cloud.link(device)
    return {
      ...whole,
      pull: async (request) => {
        const answer = await whole.pull(request)
        asked += answer.kind === 'ok' && answer.value.changes.length > 0 ? 1 : 0
        await pulled
        return answer
      },
    }
  }
  const till = await openTill({ cloud: { ...cloud, link }, clock, inMemory: true })
  let letGo = () => {}
  pulled = new Promise((resolve) => {
    letGo = resolve
  })
  const before = asked
  cloud.member('anna', anna.card, '1.00', { name: 'Анна' })
  await till.until(() => asked > before)
  expect(await till.tried('cards.block', { card: anna.card })).toBe('done')
  cloud.net.up = false
  letGo()
  await till.settle()
  expect(await till.tried('members.find', { card: anna.card })).toBe('card_blocked')
})

test('one new card replaces one old one, however soon it is given out again', async () => {
  const till = await openTill({ inMemory: true })
  const replaced = [anna.card, boris].map((card) =>
    till.tried('cards.replace', { card: card as never, with: '2900000000049' as never }),
  )
  expect(await Promise.all(replaced)).toEqual(['done', 'card_taken'])
  await till.settle()
  expect(till.core().state().link.quarantined).toBe(0)
})
