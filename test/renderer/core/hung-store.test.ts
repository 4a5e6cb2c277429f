import { describe, expect, test } from 'vitest'
import { watchStores } from '../../../renderer/core/hung-store.ts'
import { testClock } from './clock.ts'

/** A database that answers no more under a core that lives on. */

function shop() {
  const clock = testClock()
  const hung: string[] = []
  const settle: (() => void)[] = []
  const store = {
    append: (step: string) => new Promise<string>((resolve) => settle.push(() => resolve(step))),
    lost: async () => Promise.reject(new Error('aborted')),
    sweep: () => new Promise<void>(() => {}),
    close: () => 'closed',
  }
  const watch = watchStores(clock, (call) => hung.push(call))
  return { clock, hung, settle, store, watch }
}

describe('a watched database', () => {
  test('is the same to whoever calls it', async () => {
    const { store, watch, settle } = shop()
    const watched = watch.over(store)
    const answer = watched.append('sale')
    settle[0]!()
    expect([await answer, watched.close()]).toEqual(['sale', 'closed'])
    await expect(watched.lost()).rejects.toThrow('aborted')
    expect(Object.keys({ ...watched })).toEqual(Object.keys(store))
  })

  test('that leaves one call unanswered for a minute is said to hang, once', async () => {
    const { store, watch, clock, hung } = shop()
    const watched = watch.over(store)
    await clock.pass(300_000)
    void watched.append('sale')
    await clock.pass(44_000)
    expect(hung).toEqual([])
    await clock.pass(16_000)
    expect(hung).toEqual(['append'])
    await clock.pass(300_000)
    expect(hung).toEqual(['append'])
  })

  test('that is not open after ten minutes is said to hang; one that takes some is let be', async () => {
    const { watch, clock, hung } = shop()
    let open = () => {}
    void watch.opening('money', new Promise<void>((resolve) => (open = resolve)))
    await clock.pass(590_000)
    expect(hung).toEqual([])
    open()
    await clock.pass(300_000)
    expect(hung).toEqual([])
    void watch.opening('cache', new Promise(() => {}))
    await clock.pass(615_000)
    expect(hung).toEqual(['cache'])
  })

  test('that is slow but answers, or fails, is let be, however many calls there are', async () => {
    const { store, watch, clock, hung, settle } = shop()
    const watched = watch.over(store)
    for (let n = 0; n < 20; n++) {
      void watched.append('sale')
      await watched.lost().catch(() => {})
      await clock.pass(40_000)
      settle.at(-1)!()
    }
    await clock.pass(300_000)
    expect(hung).toEqual([])
  })

  test('hangs nowhere because the computer slept', async () => {
    const { store, watch, clock, hung, settle } = shop()
    void watch.over(store).append('sale')
    clock.sleep(8 * 3_600_000)
    await clock.pass(1)
    settle[0]!()
    await clock.pass(120_000)
    expect(hung).toEqual([])
  })

  test('is not asked after calls that go on step by step', async () => {
    const { store, watch, clock, hung } = shop()
    void watch.over(store, ['append']).sweep()
    await clock.pass(600_000)
    expect(hung).toEqual([])
  })
})
