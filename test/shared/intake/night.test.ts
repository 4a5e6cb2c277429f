import { describe, expect, test } from 'vitest'
import type { Intake } from '../../../shared/intake/intake.ts'
import { keepNight, partialNow } from '../../../shared/intake/keeping.ts'
import { memoryStore } from '../../../shared/intake/memory-store.ts'
import { pageByPage } from '../../../shared/intake/night.ts'
import { programmeShelf } from '../../../shared/intake/programmes.ts'

/** Work of the night, and what it decides about a network that grows. */

/** A cloud on memory in which so many members are counted. */
function cloud(members = 0) {
  const own = memoryStore()
  const said = { members, day: '2026-11-01', committed: 0 }
  const store: Intake['store'] = {
    ...own,
    transaction: (work) => own.transaction((tx) => work({ ...tx, memberCount: async () => said.members })),
  }
  const intake: Intake = {
    store,
    programmes: programmeShelf(),
    now: () => `${said.day}T02:00:00Z`,
    committed: () => {
      said.committed += 1
    },
  }
  return { intake, said, isPartial: () => store.snapshot(async (reads) => (await reads.keeping()).isPartial) }
}

describe('work page by page', () => {
  test('goes on until a page says that nothing is left, and tells tills once what the pages add up to', async () => {
    const { intake, said } = cloud()
    const pages = [3, 0, 4, undefined, 9]
    expect(await pageByPage(intake, async () => pages.shift())).toBe(7)
    expect(pages).toEqual([9])
    expect(said.committed).toBe(1)
  })

  test('that had nothing to do tells nobody', async () => {
    const { intake, said } = cloud()
    expect(await pageByPage(intake, async () => undefined)).toBe(0)
    expect(said.committed).toBe(0)
  })
})

describe('[S205] whose rows tills keep where the owner leaves it to the network', () => {
  const keep = (isPartial: boolean) => ({ keep: 'auto', days: 180, isPartial }) as const

  test('everybody’s up to 100 000 members, visitors’ above, and everybody’s again at half of that', () => {
    expect([100_000, 100_001].map((members) => partialNow(keep(false), members))).toEqual([false, true])
    expect([50_001, 50_000].map((members) => partialNow(keep(true), members))).toEqual([true, false])
  })

  test('the owner’s word counts at any size', () => {
    expect(partialNow({ ...keep(true), keep: 'everybody' }, 1_000_000)).toBe(false)
    expect(partialNow({ ...keep(false), keep: 'visitors' }, 1)).toBe(true)
  })

  test('is decided at night, once', async () => {
    const { intake, said, isPartial } = cloud(100_000)
    await keepNight(intake)
    said.members = 100_001
    await keepNight(intake)
    expect(await isPartial()).toBe(false)
    said.day = '2026-11-02'
    await keepNight(intake)
    expect(await isPartial()).toBe(true)
    said.members = 50_001
    said.day = '2026-11-03'
    await keepNight(intake)
    expect(await isPartial()).toBe(true)
    said.members = 50_000
    said.day = '2026-11-04'
    await keepNight(intake)
    expect(await isPartial()).toBe(false)
  })
})
