import type { AttachView, BookingView, CoreReply } from '../../shared/core-api.ts'
import type { Context } from './context.ts'
import type { Known } from './members.ts'
import type { ReceiptRow } from './ports.ts'

/**
 * Receipts that were booked for a card or phone which nobody had then: as soon as this till knows whose it is, the
 * receipt earns what it would have earned. They are found again in the books of this till, so a restart forgets none.
 */
export interface UnresolvedReceipts {
  /** Somebody new is known, or another receipt waits. */
  readonly look: () => Promise<void>
}

const LOOKED_AT_MAX = 200 // the newest: older ones are past the days in which a receipt may find its member

export function unresolvedReceipts(
  context: Context,
  credit: (outlet: string, receipt: string, member: Known) => Promise<CoreReply<AttachView>>,
): UnresolvedReceipts {
  const { ports, members } = context
  const { money, cache } = ports
  let looking = false
  let again = false

  async function lookOnce(): Promise<void> {
    for (const row of (await money.recent(LOOKED_AT_MAX)).filter(waits)) {
      const { card, phone } = (row.booking as BookingView).unresolved!
      const found = await cache.find(card === undefined ? { phone: phone! } : { card })
      if (found === undefined || (found.card !== null && found.card.state !== 'active')) continue
      const member = await members.refresh({ found, identifiedBy: card === undefined ? 'phone' : 'card' })
      const reply = await credit(row.outlet, row.receipt, member)
      if (!reply.ok && !FOR_GOOD.has(reply.reason)) return
    }
  }

  return {
    look: async () => {
      again = true
      if (looking) return
      looking = true
      try {
        while (again) {
          again = false
          await lookOnce()
        }
      } finally {
        looking = false
      }
    },
  }
}

/** Such a receipt stays as it is; the others may still be credited. */
const FOR_GOOD: ReadonlySet<string> = new Set(['too_long_ago', 'programme_changed', 'nothing_left_to_return'])

const waits = (row: ReceiptRow): boolean =>
  row.member === null && (row.booking as BookingView | undefined)?.unresolved !== undefined
