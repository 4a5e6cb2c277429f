import { setTimeout as sleep } from 'node:timers/promises'
import type { Witness } from './witness.ts'

/**
 * Cash register software that never gives up: it sells, pays with points now and then, takes receipts back, and asks
 * again with the same key until it is told what became of a receipt, whatever dies meanwhile.
 */
export interface Register {
  readonly receipts: () => number
  readonly end: () => Promise<void>
}

export interface Till {
  readonly posApi: string
  readonly token: string
}

const WAIT_MS = 100
const ANSWER_MS = 10_000

export function openRegister(options: {
  readonly name: string
  /** Where the till is now; null while it is dead. */
  readonly till: () => Till | null
  readonly cards: readonly string[]
  readonly witness: Witness
  /** At least 0, below 1. */
  readonly chance: () => number
}): Register {
  const { name, till, cards, witness, chance } = options
  let [count, ending] = [0, false]

  async function ask(
    method: string,
    path: string,
    body: unknown,
    key?: string,
  ): Promise<{ status: number; body: Answer }> {
    const at = till()
    if (at === null) throw new Error('the till is dead')
    const reply = await fetch(`${at.posApi}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${at.token}`,
        'content-type': 'application/json',
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(ANSWER_MS),
    })
    return { status: reply.status, body: (await reply.json()) as Answer }
  }

  /** Again and again until it is booked: the only end of a receipt that a customer has paid. */
  async function untilBooked(
    what: 'sale' | 'refund',
    receipt: string,
    attempt: () => Promise<Key | null>,
  ): Promise<void> {
    for (;;) {
      try {
        const key = await attempt()
        if (key !== null) return witness.note({ what, receipt, epoch: key.epoch, seq: key.seq })
      } catch {
        // nobody answered: what became of it is asked again
      }
      await sleep(WAIT_MS)
    }
  }

  async function sell(receipt: string): Promise<void> {
    const card = cards[Math.floor(chance() * cards.length)]!
    let redeem = chance() < 0.2 ? '1.00' : undefined
    const lines = [{ id: '1', sku: 'cake', category: 'bakery', amount: `${100 + Math.floor(chance() * 400)}.00` }]
    let quote: string | null = null
    await untilBooked('sale', receipt, async () => {
      if (quote === null) {
        const asked = await ask('POST', '/quotes', { card, receipt: { id: receipt, lines }, redeem })
        if (asked.body.code === 'receipt_already_booked') return asked.body.booking!.key
        if (asked.status === 409) redeem = undefined // nothing to redeem, or not now
        if (asked.status >= 300) return null
        quote = asked.body.id!
      }
      const booked = await ask('POST', `/quotes/${quote}/commit`, {}, `${receipt}/sale`)
      if (booked.status === 200) return booked.body.key!
      if (booked.body.code === 'receipt_already_booked') return booked.body.booking!.key
      if (booked.status === 409) redeem = undefined
      if (booked.status === 409 || booked.status === 404) quote = null // the quote died with the till, or no longer holds
      return null
    })
  }

  async function takeBack(receipt: string): Promise<void> {
    await untilBooked('refund', receipt, async () => {
      const back = await ask('POST', '/refunds', { receipt }, `${receipt}/back`)
      return back.status === 200 ? back.body.key! : null
    })
  }

  async function work(): Promise<void> {
    while (!ending) {
      const receipt = `${name}-${++count}`
      await sell(receipt)
      if (chance() < 0.1) await takeBack(receipt)
    }
  }

  const working = work()
  return {
    receipts: () => count,
    end: async () => {
      ending = true
      await working
    },
  }
}

/** What a register looks at in an answer, where it is there. */
interface Answer {
  readonly id?: string
  readonly code?: string
  readonly key?: Key
  readonly booking?: { readonly key: Key }
}

interface Key {
  readonly epoch: number
  readonly seq: number
}
