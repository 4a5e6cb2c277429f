import { expect, test } from 'vitest'
import { cacheInMemory } from '../../../renderer/core/cache-memory.ts'
import { FIRST_MARK } from '../../../renderer/core/cache-rows.ts'
import { besideShopTills } from '../../../renderer/core/shop-tills.ts'
import type { ShopTills } from '../../../shared/desktop-api.ts'
import type { PullChange } from '../../../shared/sync/protocol.ts'

const at = '2026-11-18T12:00:00Z'
const till = (device: string): PullChange =>
  ({
    scope: 'device',
    key: device,
    row: { device, outlet: 'A', till: '1', publicKey: 'AAAA', state: 'active' },
  }) as PullChange

test('[S128] main has what was told of the tills of the shop before the cursor moves past it', async () => {
  const inner = cacheInMemory()
  const kept: { told: ShopTills; cursor: string | null }[] = []
  const cache = besideShopTills(inner, async (told) => {
    kept.push({ told, cursor: (await inner.mark()).cursor })
  })
  await cache.apply([till('b'), { scope: 'device', key: 'c', row: null }], at, { ...FIRST_MARK, cursor: '5' })
  expect(kept).toMatchObject([
    { told: { generation: 1, rows: [{ device: 'b' }], gone: ['c'], whole: false }, cursor: null },
  ])
  expect((await inner.mark()).cursor).toBe('5')
  await cache.sweep(await cache.mark())
  expect(kept[1]!.told).toEqual({ generation: 1, rows: [], gone: [], whole: true })
})

test('[S128] main failing to keep them leaves the cursor where it was: they come again', async () => {
  const inner = cacheInMemory()
  const cache = besideShopTills(inner, async () => {
    throw new Error('no disk')
  })
  await expect(cache.apply([till('b')], at, { ...FIRST_MARK, cursor: '5' })).rejects.toThrow('no disk')
  expect((await inner.mark()).cursor).toBeNull()
})
