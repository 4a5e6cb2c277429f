import type { AttachView, BookingView, CoreReply } from '../../shared/core-api.ts'
import type { Context } from './context.ts'
import { type Known, LOOK_UP_MS } from './members.ts'
import type { Found, LookUp, ReceiptRow } from './ports.ts'

/**
 * Receipts that were booked for a card or phone which nobody had then: as soon as this till knows whose it is, the
 * receipt earns what it would have earned. Whoever is not kept here is asked of the cloud when there is one. Rule S207.
 * They are found again in the books of this till, so a restart forgets none.
 */
export interface UnresolvedReceipts {
  /** Somebody new is known, or another receipt waits. */
  readonly look: () => Promise<void>
}

const ASK_AGAIN_MS = 3_600_000
const LOOKED_AT_MAX = 200 // the newest: older ones are past the days in which a receipt may find its member

export function unresolvedReceipts(
  context: Context,
  credit: (outlet: string, receipt: string, member: Known) => Promise<CoreReply<AttachView>>,
): UnresolvedReceipts {
  const { ports, members, sync } = context
  const { money, cache, clock } = ports
  const askedAt = new Map<string, number>()
  let looking = false
  let again = false

  /** What is not kept here is asked of the cloud, and not of the same card all the time. */
  async function known(by: LookUp): Promise<Found | undefined> {
    const here = await cache.find(by)
    if (here !== undefined || !sync.online()) return here
    const name = Object.values(by).join()
    if (clock.monotonic() - (askedAt.get(name) ?? -Infinity) < ASK_AGAIN_MS) return undefined
    if (!(await members.ask(by, LOOK_UP_MS))) return undefined
    askedAt.set(name, clock.monotonic())
    return await cache.find(by)
  }

  async function lookOnce(): Promise<void> {
    for (const row of (await money.recent(LOOKED_AT_MAX)).filter(waits)) {
      const { card, phone } = (row.booking as BookingView).unresolved!
      const found = await known(card === undefined ? { phone: phone! } : { card })
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
      } catch (error) {
        // a full disk keeps nobody who was fetched: the receipts wait, and are looked at again
        console.error('receipts that wait for their members could not be looked at', error)
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
