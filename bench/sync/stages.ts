import type { Cloud } from '../../cloud/cloud.ts'
import { book } from '../../shared/ledger/booking.ts'
import type { BookingSnapshot } from '../../shared/ledger/booking-port.ts'
import { canonical, entryTextHash } from '../../shared/ledger/chain.ts'
import { recompute } from '../../shared/ledger/recompute.ts'
import { type CompiledProgramme, compileProgramme } from '../../shared/programme/compile.ts'
import { parseProgramme } from '../../shared/programme/schema.ts'
import { PUSH_ENTRIES_MAX, type PushItem, pushItem } from '../../shared/sync/protocol.ts'
import { ingest, pushesOf } from './ingest.ts'
import type { Load } from './load.ts'
import { add, type Spent, timingStatements } from './statements.ts'

/**
 * What each stage of the intake costs, in milliseconds per 1000 entries: one writer at a time, so that the clock on the
 * wall adds up. What is computed is timed on the same entries alone, what is asked of the database in the run itself.
 */
export async function stages(cloud: Cloud, load: Load): Promise<Record<string, number>> {
  const alone = { ...load, sales: load.sales.slice(0, 2) }
  computing(alone) // the first time is the compiler's
  const computed = computing(alone)
  const count = alone.sales.reduce((sum, stream) => sum + stream.items.length, 0)
  let wall = 0
  const { spent } = await timingStatements(async () => {
    for (const stream of alone.sales)
      wall += (await ingest(cloud, pushesOf({ ...alone, sales: [stream] }))).booked * 1000
  })
  const sequencer = spent.get('sequencer') ?? 0
  spent.delete('sequencer')
  for (const [kind, ms] of computed) add(spent, kind, ms)
  const rest = wall - [...spent.values()].reduce((sum, ms) => sum + ms, 0)
  add(spent, 'rest', rest)
  add(spent, 'sequencer, beside it', sequencer)
  add(spent, 'one writer, all of it', wall)
  return Object.fromEntries([...spent].map(([kind, ms]) => [kind, (ms / count) * 1000]))
}

function computing(load: Load): Spent {
  const spent: Spent = new Map()
  const timed = <T>(kind: string, work: () => T): T => {
    const from = performance.now()
    const result = work()
    add(spent, kind, performance.now() - from)
    return result
  }
  const programme = compiled(load)
  const snapshot = enrolled(load, programme)
  for (const { items: texts } of load.sales) {
    const raws = timed('parse JSON', () => texts.map((text) => JSON.parse(text) as PushItem))
    const items = timed('check the schema', () => raws.map((raw) => pushItem.parse(raw)))
    timed('canonical form and hash', () => raws.map(({ entry }) => entryTextHash(canonical(entry))))
    const before = performance.now()
    for (const { entry } of items) if (entry.body.kind === 'sale') recompute(entry.outlet, entry.body, programme)
    const recomputing = performance.now() - before
    add(spent, 'recompute', recomputing)
    for (let from = 0; from < items.length; from += PUSH_ENTRIES_MAX) {
      const batch = items.slice(from, from + PUSH_ENTRIES_MAX)
      timed('book', () =>
        book(batch, snapshot, { programme: () => programme, current: programme, now: batch.at(-1)!.entry.at.wall }),
      )
    }
    add(spent, 'book', -recomputing)
  }
  return spent
}

function compiled(load: Load): CompiledProgramme {
  const parsed = parseProgramme(load.programme)
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.detail))
  return compileProgramme(parsed.value)
}

/** Everybody enrolled and without points: what a sale is booked on matters little to what it costs. */
function enrolled(load: Load, programme: CompiledProgramme): BookingSnapshot {
  const nothing = { accounts: new Map(), sales: new Map(), members: new Map(), cards: new Map() }
  const items = load.enrolments.items.map((text) => JSON.parse(text) as PushItem)
  const booking = book(items, nothing, {
    programme: () => programme,
    current: programme,
    now: items.at(-1)!.entry.at.wall,
  })
  return {
    ...nothing,
    members: new Map(booking.members.map((member) => [member.id, member])),
    cards: new Map(booking.cards.map((card) => [card.number, card])),
  }
}
