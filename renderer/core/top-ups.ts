import { figuresOf } from './members.ts'
import type { Spending } from './spending.ts'
import type { Unpriced } from './ticket.ts'

/**
 * Rights for receipts that are quoted without them: asked for behind the answer and one receipt after the other, so that
 * neither the register nor the next customer waits for the cloud.
 */
export interface TopUps {
  readonly soon: (ticket: Unpriced) => void
}

/** More registers than this that quote at once need no top-up in the same breath. */
const WAITING_MAX = 20

export function topUps(topUp: (ticket: Unpriced) => Promise<void>): TopUps {
  let tail: Promise<void> = Promise.resolve()
  let waiting = 0

  async function next(ticket: Unpriced): Promise<void> {
    await topUp(ticket).catch((error) => console.error(error))
    waiting--
  }

  return {
    soon: (ticket) => {
      if (ticket.known === null || waiting >= WAITING_MAX) return
      waiting++
      tail = tail.then(() => next(ticket))
    },
  }
}

/**
 * Whether a quote may count on rights that are not here yet: nothing is asked for, the cloud answers, and no other till
 * holds any of it. Whoever then asks for points waits for the rights. Rule S85.
 */
export function isFree({ known, redeem, wishes }: Unpriced, spending: Spending): boolean {
  if (redeem > 0n || wishes.coupons.length > 0 || wishes.rewards.length > 0) return false
  if (known === null || known.rights === null) return false
  return spending === 'open' && known.rights.usable === 'yes' && figuresOf(known, 0).elsewhere === 0n
}
