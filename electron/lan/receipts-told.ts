import type { CoreReply, CoreResults } from '../../shared/core-api.ts'
import type { NeighbourReceipt } from '../../shared/desktop-api.ts'
import { type LanParams, lanAsks } from '../../shared/lan/protocol.ts'
import type { LanAnswered } from './connection.ts'
import type { Neighbours } from './neighbours.ts'
import type { Roster } from './roster.ts'

/**
 * What the tills of one shop did with a receipt: asked before goods are taken back while the cloud is out of reach. Each
 * till speaks for its own stream alone; who does not answer in time holds nobody up. Rule S151.
 */
export interface ReceiptsTold {
  readonly ask: (outlet: string, receipt: string, limitMs: number) => Promise<NeighbourReceipt>
  readonly tell: (request: LanParams<'receipt'>) => Promise<LanAnswered<'receipt'>>
}

export interface ReceiptsToldOptions {
  readonly roster: Pick<Roster, 'find'>
  readonly neighbours: Pick<Neighbours, 'present' | 'ask'>
  readonly core: (method: 'receipts.told', params: unknown) => Promise<CoreReply<unknown>>
}

/** No receipt has a hundredth of this; the answer's schema takes no more. */
const ENTRIES_MAX = 1_000

export function openReceiptsTold({ roster, neighbours, core }: ReceiptsToldOptions): ReceiptsTold {
  async function askOne(device: string, request: LanParams<'receipt'>, limitMs: number) {
    const reply = await neighbours.ask(device, 'receipt', request, limitMs)
    if (!reply.ok) return []
    const till = roster.find(device)?.till ?? device
    return reply.value.entries.filter((text) => isOf(device, text)).map((text) => ({ till, text }))
  }

  return {
    ask: async (outlet, receipt, limitMs) => {
      const request = lanAsks.receipt.safeParse({ outlet, receipt })
      if (!request.success) return { entries: [] }
      const told = await Promise.all(neighbours.present().map((device) => askOne(device, request.data, limitMs)))
      return { entries: told.flat() }
    },
    tell: async (request) => {
      const reply = await core('receipts.told', request)
      if (!reply.ok) return { ok: false, reason: 'failed' }
      const { entries } = reply.value as CoreResults['receipts.told']
      return { ok: true, value: { entries: entries.slice(0, ENTRIES_MAX) } }
    },
  }
}

function isOf(device: string, text: string): boolean {
  try {
    return (JSON.parse(text) as { entry?: { device?: unknown } }).entry?.device === device
  } catch {
    return false
  }
}
