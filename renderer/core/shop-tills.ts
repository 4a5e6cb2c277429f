import type { DeviceRow } from '../../shared/sync/protocol.ts'
import type { CacheStore, ShopTillsKeeper } from './ports.ts'

/**
 * Rows about the tills of this shop pass by the cache: the main process keeps them, since it is main that meets those
 * tills. It has them before the page's cursor moves, so that none is lost between the two.
 */
export function besideShopTills(cache: CacheStore, keep: ShopTillsKeeper): CacheStore {
  return {
    ...cache,
    apply: async (changes, asOf, mark, acked) => {
      const told = changes.filter((change) => change.scope === 'device')
      if (told.length > 0) {
        const { generation } = mark ?? (await cache.mark())
        const rows = told.flatMap(({ row }): DeviceRow[] => (row === null ? [] : [row]))
        const gone = told.flatMap(({ key, row }) => (row === null ? [key] : []))
        await keep({ generation, rows, gone, whole: false })
      }
      const others = told.length === 0 ? changes : changes.filter((change) => change.scope !== 'device')
      await cache.apply(others, asOf, mark, acked)
    },
    sweep: async (mark) => {
      await keep({ generation: mark.generation, rows: [], gone: [], whole: true })
      await cache.sweep(mark)
    },
  }
}
