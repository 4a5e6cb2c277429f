import { PosProblem, posClient } from '../pos-client.ts'

/**
 * A register that hears who stands at the counter and sells to them, with the typed client.
 * BONUSBOOK_API=http://127.0.0.1:47601/v1 BONUSBOOK_TOKEN=bb_… node register.ts CARD RECEIPT [POINTS]
 * Node 22.18 or newer runs it as it is.
 */
const [card = '', receipt = '', points = '0'] = process.argv.slice(2)
const till = posClient({ address: process.env.BONUSBOOK_API!, token: process.env.BONUSBOOK_TOKEN! })

// The till tells what happens on its side: scans with its own scanner, points that the cashier chose there.
const closing = new AbortController()
const heard = new Promise<string>((resolve) => void listen(resolve))
async function listen(resolve: (name: string) => void): Promise<void> {
  for await (const { data } of till.listen(closing.signal)) {
    if (data.type === 'booked') resolve((data.booking as { receipt: string }).receipt)
  }
}

const lines = [
  { id: '1', sku: 'cappuccino', category: 'drinks/coffee', qty: '2', amount: '500.00' },
  { id: '2', sku: 'cake', category: 'desserts', amount: '250.00' },
]
let quote = await till.createQuote({ body: { card, receipt: { id: receipt, lines } } })
console.log(`${quote.member?.name}: earns ${quote.earn}, may pay ${quote.redeemable} with points`)
try {
  quote = await till.chooseRedemption({ id: quote.id, body: { redeem: points } })
} catch (error) {
  if (!(error instanceof PosProblem)) throw error
  console.log(error.problem.code) // "redeem_exceeds_limit": the sale goes on without points
}
console.log(`to pay: ${quote.toPay}`)

const booked = await till.commitQuote({ id: quote.id, idempotencyKey: receipt, body: {} })
console.log(booked.slip.join('\n'))
console.log(`heard: ${await heard}`)
closing.abort()
