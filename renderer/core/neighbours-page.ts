import type { NeighbourHost } from '../../shared/desktop-api.ts'
import type { ToPage, ToWorker } from './messages.ts'
import type { ShopNeighbours, ShopTillsKeeper } from './ports.ts'

/** The other tills of the shop as the Worker sees them: through the page to main and back. */
export function neighboursThroughPage(say: (message: ToPage) => void): {
  readonly port: ShopNeighbours
  readonly keepShopTills: ShopTillsKeeper
  readonly heard: (message: Extract<ToWorker, { type: 'neighbour' | 'neighbour-lost' }>) => void
} {
  const waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>()
  let calls = 0

  function ask<M extends keyof NeighbourHost>(method: M, ...params: Parameters<NeighbourHost[M]>) {
    const call = ++calls
    return new Promise<Awaited<ReturnType<NeighbourHost[M]>>>((resolve, reject) => {
      waiting.set(call, { resolve: resolve as (value: never) => void, reject })
      say({ type: 'neighbour', call, method, params })
    })
  }

  return {
    port: {
      ask: (wish, limitMs) => ask('rightsFromNeighbours', wish, limitMs),
      receipt: (outlet, receipt, limitMs) => ask('receiptAtNeighbours', outlet, receipt, limitMs),
    },
    keepShopTills: (told) => ask('shopTills', told),
    heard: (message) => {
      const asked = waiting.get(message.call)
      waiting.delete(message.call)
      if (message.type === 'neighbour') asked?.resolve(message.value as never)
      else asked?.reject(new Error(message.message))
    },
  }
}
