import { expect, test } from 'vitest'
import { adoptEarlier } from '../../../renderer/core/adopt.ts'
import { factOf, parsed } from '../../../renderer/core/journal-item.ts'
import { moneyInMemory } from '../../../renderer/core/money-memory.ts'
import { reconcile } from '../../../renderer/core/reconcile.ts'
import { entryRow } from '../../../renderer/core/stream.ts'
import type { TillIdentity } from '../../../shared/desktop-api.ts'
import { entryHash, NO_HASH } from '../../../shared/ledger/chain.ts'
import { ledgerEntry } from '../../../shared/ledger/entry.ts'
import { testJournal } from './till.ts'

/** What an earlier epoch could not send, written again in a new one, on a till's books alone. */

const identity = (epoch: number): TillIdentity =>
  ({ tenant: 'cafe', device: 'till-a', epoch, outlet: 'A', till: 'Till 1' }) as TillIdentity

/** Books of a till that has written so many entries in its first epoch. */
async function booksOf(count: number) {
  const money = moneyInMemory()
  const wall = '2026-11-18T12:00:00+03:00'
  let head = { epoch: 1, seq: 0, hash: NO_HASH }
  for (let seq = 1; seq <= count; seq++) {
    const body = { kind: 'shift', shift: `s${seq}`, action: 'open', by: 'sale' }
    const at = { wall, confidence: 'synced', lastContact: wall }
    const place = {
      v: 1,
      device: 'till-a',
      epoch: 1,
      seq,
      prev: head.hash,
      at,
      outlet: 'A',
      shift: null,
      cashier: null,
    }
    const entry = ledgerEntry.parse({ ...place, body })
    const item = { entry, hash: entryHash(entry) }
    const row = entryRow(item, JSON.stringify(item), Date.parse(wall))
    await money.append({ expect: head, entries: [row], commands: [], receipts: [], outbox: true })
    head = { epoch: 1, seq, hash: row.hash }
  }
  return money
}

const factsIn = async (money: Awaited<ReturnType<typeof booksOf>>, epoch: number) =>
  (await money.entries(epoch, 1, 1_000)).map((row) => factOf(parsed(row.text)))

test('[S12] what is written again goes on behind an entry that was set aside and is to be sent once more, however much it is', async () => {
  const money = await booksOf(450)
  const quarantined = { epoch: 1, seq: 3, code: 'x', message: '', receipt: null }
  await money.acknowledge({ epoch: 1, seq: 3, incarnation: 'first' }, [], [quarantined])
  await money.rewind(1, 2) // the cloud came back from a backup
  await adoptEarlier(money, testJournal(), identity(2), 0)
  expect(await factsIn(money, 2)).toEqual((await factsIn(money, 1)).slice(3))
  expect(await money.unsent(1)).toMatchObject({ count: 0 })
})

test('[S185] what two machines of one name get of each other by their neighbours, each writes again once, and not for ever', async () => {
  const machines = await Promise.all([booksOf(3), booksOf(3)])
  const journals = [testJournal(), testJournal()]
  /** One of them goes on to an epoch, and has all that the other wrote in the one before. */
  async function enter(epoch: number): Promise<number> {
    const [own, other] = [epoch % 2, (epoch + 1) % 2]
    const [money, journal] = [machines[own]!, journals[own]!]
    await journal.append(journals[other]!.records().filter((record) => record.epoch === epoch - 1 && record.seq > 0))
    const { journalled } = await reconcile(money, journal, epoch)
    await adoptEarlier(money, journal, identity(epoch), journalled)
    const { seq } = await money.head(epoch)
    await money.acknowledge({ epoch, seq, incarnation: 'first' }, [], []) // all of it is sent
    return seq
  }
  for (const money of machines) await money.acknowledge({ epoch: 1, seq: 3, incarnation: 'first' }, [], [])
  machines[0] = await booksOf(8) // the first has sold five more, and sent nothing of them
  await machines[0].acknowledge({ epoch: 1, seq: 3, incarnation: 'first' }, [], [])
  const written: number[] = []
  for (let epoch = 2; epoch < 10; epoch++) written.push(await enter(epoch))
  expect(written).toEqual([5, 5, 0, 0, 0, 0, 0, 0])
  const counted = await Promise.all(machines.map(async (money) => await factsCounted(money, 9)))
  expect(counted.map((facts) => facts.length)).toEqual(counted.map((facts) => new Set(facts).size))
})

/** The facts that count, each where it does. */
async function factsCounted(money: Awaited<ReturnType<typeof booksOf>>, epochs: number): Promise<string[]> {
  const facts: string[] = []
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const rows = await money.entries(epoch, 1, 1_000)
    facts.push(...rows.filter((row) => row.setAside !== true).map((row) => factOf(parsed(row.text))))
  }
  return facts
}
