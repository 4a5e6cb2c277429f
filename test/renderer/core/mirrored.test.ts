import { describe, expect, test } from 'vitest'
import { epochPace } from '../../../renderer/core/epoch-pace.ts'
import { type JournalItem, pushItemOf } from '../../../renderer/core/journal-item.ts'
import { moneyInMemory } from '../../../renderer/core/money-memory.ts'
import type { CloudLink } from '../../../renderer/core/ports.ts'
import { reconcile } from '../../../renderer/core/reconcile.ts'
import { syncRunner } from '../../../renderer/core/sync-runner.ts'
import { timekeeper } from '../../../renderer/core/timekeeper.ts'
import { entryHash, NO_HASH } from '../../../shared/ledger/chain.ts'
import type { LedgerEntry } from '../../../shared/ledger/entry.ts'
import type { PullChange } from '../../../shared/sync/protocol.ts'
import { anna, openTill, receipt, type TestTill, testJournal } from './till.ts'

/** A till whose entries lie with its neighbours too: they may come to the cloud, or back, by another hand. */

async function sell(till: TestTill, id: string) {
  const quote = await till.ask('quotes.create', { card: anna.card, receipt: receipt(id) })
  return await till.ask('quotes.commit', { id: quote.id, idempotencyKey: id })
}

/** A neighbour hands in all that this till has written. */
async function relay(till: TestTill): Promise<void> {
  const rows = await till.money().entries(1, 1, 500)
  const request = { incarnation: null, epoch: 1, from: 1, items: rows.map(pushItemOf) }
  expect(await till.cloud.link(till.device).push(request)).toMatchObject({ kind: 'ok' })
}

const receiptsOf = (till: TestTill) =>
  [1, 2, 3, 4].flatMap((epoch) =>
    till.cloud
      .entries(till.device, epoch)
      .flatMap(({ entry: { body } }) => (body.kind === 'sale' ? [body.receipt] : [])),
  )

test('[S189] what a neighbour handed in is booked once, and is no fork to the till that comes back', async () => {
  const till = await openTill()
  await sell(till, 'r1')
  await till.settle()
  till.cloud.net.up = false
  await sell(till, 'r2')
  await sell(till, 'r3')
  till.cloud.net.up = true
  await relay(till)
  await till.until(() => till.core().state().link.unsent === 0 && till.core().state().link.online)
  await sell(till, 'r4')
  await till.until(() => till.core().state().link.unsent === 0)
  await till.settle()
  expect([till.cloud.epoch(till.device), receiptsOf(till)]).toEqual([1, ['r1', 'r2', 'r3', 'r4']])
  expect(till.cloud.balance('anna')).toBe('500.00')
  expect((await till.ask('members.find', { card: anna.card })).balance).toBe('500.00')
})

describe('[S189] figures that hold what this till has written and not sent', () => {
  const figures = (seq: number) =>
    [{ scope: 'balance', key: 'x', row: { seen: { epoch: 1, seq } } }] as unknown as readonly PullChange[]

  /** A core's sync alone, over a till's own books with three entries that nobody has; what the cloud says where it stands comes later. */
  async function waiting(whose?: 'another') {
    const till = await openTill({ inMemory: true })
    till.cloud.net.up = false
    await sell(till, 'r1')
    await sell(till, 'r2')
    till.crash()
    till.cloud.net.up = true
    let answer = () => {}
    const asked = new Promise<void>((resolve) => {
      answer = resolve
    })
    const link = till.cloud.link(till.device)
    const session = async () => {
      const said = await link.session()
      await asked
      if (said.kind !== 'ok' || whose === undefined) return said
      return { ...said, value: { ...said.value, high: 3, head: NO_HASH } }
    }
    const cloud: CloudLink = { ...link, session }
    const runner = syncRunner({
      ...{ epoch: 1, money: till.money(), cache: till.cache(), cloud, clock: till.clock, torn: false },
      ids: { next: () => 'x', chance: () => 0.5 },
      time: timekeeper(till.clock),
      pace: epochPace(till.clock),
      raised: () => {},
      changed: () => {},
      pulled: async () => {},
      replaced: async () => {},
    })
    await runner.start()
    return { till, runner, answer }
  }

  test('are put aside, as often as they come, until the cloud has said whose they are', async () => {
    const { till, runner, answer } = await waiting()
    await relay(till)
    for (let times = 0; times < 3; times++) {
      expect([runner.trusts(figures(3)), runner.forked()]).toEqual([false, false])
    }
    answer()
    await till.settle()
    expect([runner.trusts(figures(3)), runner.forked(), runner.link().unsent]).toEqual([true, false, 0])
    runner.stop()
  })

  test('and are a fork where they hold what it never wrote', async () => {
    const { runner } = await waiting()
    expect([runner.trusts(figures(4)), runner.forked()]).toEqual([false, true])
  })

  test('and are a fork where the cloud says that they are another’s', async () => {
    const { till, runner, answer } = await waiting('another')
    expect([runner.trusts(figures(3)), runner.forked()]).toEqual([false, false])
    answer()
    await till.settle()
    expect(runner.forked()).toBe(true)
  })
})

/** A till that was cut off, sold `lost`, and was put back to before that; what its neighbours can tell of it. */
async function putBackWithoutIt(strays: () => readonly string[]) {
  const till = await openTill({ strays })
  await sell(till, 'r1')
  await till.settle()
  till.cloud.net.up = false
  const image = await till.image()
  await sell(till, 'lost')
  const told = till.journal
    .records()
    .slice(2)
    .map(({ text }) => text)
  await till.restore(image)
  return { till, told }
}

test('[S185] a story that only the neighbours have kept is booked beside the till’s own, once, at whatever start', async () => {
  let strays: readonly string[] = []
  const { till, told } = await putBackWithoutIt(() => strays)
  await sell(till, 'after')
  strays = told
  for (let start = 0; start < 2; start++) {
    till.crash()
    await till.start()
  }
  till.cloud.net.up = true
  await till.until(() => till.core().state().link.unsent === 0 && till.core().state().link.online)
  await till.settle()
  expect(receiptsOf(till).sort()).toEqual(['after', 'lost', 'r1'])
  expect(till.cloud.balance('anna')).toBe('400.00')
  till.crash()
  await till.start()
  await till.settle()
  expect(receiptsOf(till)).toHaveLength(3)
  expect((await till.ask('receipts.recent', {})).map((row) => row.receipt).sort()).toEqual(['after', 'lost', 'r1'])
})

test('[S185] [S12] what neighbours tell of an entry that was adopted elsewhere is taken in once, whatever start it is told at', async () => {
  let strays: readonly string[] = []
  const { till, told } = await putBackWithoutIt(() => strays)
  strays = told.map(adoptedElsewhere)
  for (let start = 0; start < 3; start++) {
    till.crash()
    await till.start()
  }
  const sold = till.journal.records().filter(({ text }) => text.includes('"receipt":"lost"'))
  expect(sold.filter(({ text }) => text.includes('"adopted"'))).toHaveLength(1)
  expect((await till.ask('receipts.recent', {})).map((row) => row.receipt).sort()).toEqual(['lost', 'r1'])
})

test('[S13] [S185] where another machine’s earlier epochs ended, as its journal says that comes back, is not where this till’s did', async () => {
  const till = await openTill()
  const image = await till.image()
  await sell(till, 'r1')
  await sell(till, 'r2')
  await till.settle()
  till.cloud.raise(till.device)
  till.crash()
  await till.start()
  await till.until(() => till.cloud.epoch(till.device) === 3 && till.core().state().link.online)
  await sell(till, 'r3')
  await till.settle()
  const later = till.journal.records().filter(({ epoch }) => epoch > 1)
  expect(later.map(({ epoch, seq }) => [epoch, seq])).toEqual([
    [3, 0],
    [3, 1],
  ])
  till.cloud.net.up = false
  await till.restore(image)
  await sell(till, 'own')
  till.crash()
  await till.journal.append(later)
  till.cloud.net.up = true
  await till.start()
  await till.until(() => till.cloud.epoch(till.device) === 4 && till.core().state().link.unsent === 0)
  await till.settle()
  expect([...new Set(receiptsOf(till))].sort()).toEqual(['own', 'r1', 'r2', 'r3'])
  expect(till.cloud.balance('anna')).toBe('500.00')
})

/** Entries of an earlier epoch, as this till's journal has them: each one's hash, and what it says the one before had. */
function chainOf(names: readonly string[], epoch: number, from = 1, first = NO_HASH) {
  let prev = first
  return names.map((name, index) => {
    const body = { kind: 'shift', shift: name, action: 'open', by: 'sale' }
    const at = { wall: '2026-11-18T12:00:00+03:00', confidence: 'synced', lastContact: null }
    const place = {
      v: 1,
      device: 'till-a',
      epoch,
      seq: from + index,
      prev,
      at,
      outlet: 'A',
      shift: null,
      cashier: null,
    }
    const entry = { ...place, body } as unknown as LedgerEntry
    prev = entryHash(entry)
    return { epoch, seq: from + index, text: JSON.stringify({ entry, hash: prev }), hash: prev }
  })
}

test('[S13] [S25] where behind a gap the journal goes on with another story, what was before it is still to be sent', async () => {
  const [own, others] = [chainOf(['a', 'b', 'c'], 1), chainOf(['x', 'y'], 1, 6, 'f'.repeat(64))]
  const [last] = others.slice(-1)
  const closed = [{ epoch: 1, seq: 7, hash: last!.hash }]
  const journal = testJournal()
  journal.replace([...own, ...others, { epoch: 2, seq: 0, text: JSON.stringify({ closed }) }, ...chainOf(['d'], 2)])
  const money = moneyInMemory()
  await reconcile(money, journal, 2)
  expect(await money.unsent(1)).toMatchObject({ count: 3, first: 1 })
  expect((await money.entries(1, 1, 10)).map(({ seq, answered }) => [seq, answered === true])).toEqual([
    [1, false],
    [2, false],
    [3, false],
    [6, true],
    [7, true],
  ])
})

/** As another machine of this name would have written it again in an epoch of its own. */
function adoptedElsewhere(text: string): string {
  const { entry: first, hash: origin, ...beside } = JSON.parse(text) as JournalItem
  const adopted = { epoch: first.epoch, seq: first.seq, hash: origin }
  const entry = { ...first, prev: 'b'.repeat(64), adopted } as LedgerEntry
  return JSON.stringify({ entry, hash: entryHash(entry), ...beside })
}
