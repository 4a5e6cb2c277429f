import Dexie, { type Table } from 'dexie'
import { NO_HASH } from '../../shared/ledger/chain.ts'
import type { Disposition } from '../../shared/sync/protocol.ts'
import { openUnlessNewer } from './dexie-open.ts'
import { namelessAnswer, namelessReceipt } from './impersonal.ts'
import { holds, isNewer, recounted } from './money-memory.ts'
import { isAfter } from './own.ts'
import type {
  Adopted,
  Append,
  CommandRow,
  EntryRow,
  Head,
  Keepsakes,
  MoneyStore,
  QuarantineRow,
  ReceiptRow,
  StoredRights,
} from './ports.ts'

/** What must not be lost, on IndexedDB with strict durability: an answer means that the disk was told to flush. */

export const MONEY_SCHEMA_VERSION = 3

const NAMED_IN_RECEIPTS = '[member.id+member.name]'
const NAMED_IN_ANSWERS = '[answer.member.id+answer.member.name]'

interface OutboxRow {
  readonly epoch: number
  readonly seq: number
  readonly at: number
}

interface DispositionRow {
  readonly epoch: number
  readonly seq: number
  readonly disposition: Disposition
}

class MoneyDatabase extends Dexie {
  readonly entries!: Table<EntryRow, [number, number]>
  readonly outbox!: Table<OutboxRow, [number, number]>
  readonly commands!: Table<CommandRow, string>
  readonly receipts!: Table<ReceiptRow, [string, string]>
  readonly dispositions!: Table<DispositionRow, [number, number]>
  readonly quarantine!: Table<QuarantineRow, [number, number]>
  readonly rights!: Table<StoredRights, [string, string]>
  readonly state!: Table<{ readonly name: string; readonly value: unknown }, string>

  constructor(name: string) {
    super(name, { chromeTransactionDurability: 'strict', cache: 'disabled' })
    this.version(1).stores({
      entries: '[epoch+seq], [member+epoch+seq], at',
      outbox: '[epoch+seq]',
      commands: 'key, [epoch+seq]',
      receipts: '[outlet+receipt], [epoch+seq]',
      dispositions: '[epoch+seq]',
      quarantine: '[epoch+seq]',
      state: 'name',
    })
    this.version(2).stores({ rights: '[member+purse]' })
    // rows without a name are in neither of the indexes of names
    this.version(3).stores({
      commands: `key, [epoch+seq], ${NAMED_IN_ANSWERS}`,
      receipts: `[outlet+receipt], [epoch+seq], ${NAMED_IN_RECEIPTS}`,
    })
  }
}

/** A member and a name that they are called by. */
type Naming = readonly [member: string, name: string]

/** Behind every name of a member: a list comes after all texts. */
const afterNamesOf = (member: string) => [member, []]

/** Of lists that end somewhere, each in the order of ids, the first members: none after the end of a list that goes on. */
function firstNamed(lists: readonly (readonly Naming[])[], limit: number): string[] {
  const ends = lists.flatMap((list) => (list.length < limit ? [] : [list.at(-1)![0]]))
  const members = lists.flatMap((list) => list.map(([member]) => member))
  return [...new Set(members)].filter((member) => ends.every((end) => member <= end)).sort()
}

/** As Dexie takes it: the row stands in a place that is written again. */
const into =
  <Row>(changed: (row: Row) => Row) =>
  (row: Row, place: { value: Row }): void => {
    place.value = changed(row)
  }

class HeadMoved extends Error {}

/** Opens `money`, or throws NewerDatabase. */
export async function openMoney(name: string): Promise<MoneyStore & { readonly close: () => void }> {
  const db = await openUnlessNewer(new MoneyDatabase(name), MONEY_SCHEMA_VERSION)
  const all = (epoch: number) =>
    [
      [epoch, 0],
      [epoch, Infinity],
    ] as const
  const headName = (epoch: number) => `head/${epoch}`

  async function headOf(epoch: number): Promise<Head> {
    const row = await db.state.get(headName(epoch))
    return (row?.value as Head | undefined) ?? { epoch, seq: 0, hash: NO_HASH }
  }

  async function append(step: Append): Promise<'done' | 'head_moved'> {
    const { epoch } = step.expect
    const last = step.entries.at(-1)
    try {
      await db.transaction('rw', [db.entries, db.outbox, db.commands, db.receipts, db.state], async () => {
        const head = await headOf(epoch)
        if (head.seq !== step.expect.seq || head.hash !== step.expect.hash) throw new HeadMoved()
        const writes: PromiseLike<unknown>[] = []
        if (last !== undefined) {
          writes.push(db.entries.bulkAdd(step.entries))
          writes.push(
            db.state.put({ name: headName(epoch), value: { epoch, seq: last.seq, hash: last.hash } satisfies Head }),
          )
        }
        if (step.outbox) writes.push(db.outbox.bulkAdd(step.entries.map(({ seq, at }) => ({ epoch, seq, at }))))
        if (step.commands.length > 0) writes.push(db.commands.bulkPut(step.commands))
        if (step.receipts.length > 0) writes.push(db.receipts.bulkPut(step.receipts))
        if (step.shift !== undefined) writes.push(db.state.put({ name: 'shift', value: step.shift }))
        for (const each of step.adopts ?? []) writes.push(adopt(each))
        if (step.strays !== undefined) writes.push(db.state.put({ name: 'strays', value: step.strays }))
        await Promise.all(writes)
      })
    } catch (error) {
      if (error instanceof HeadMoved) return 'head_moved'
      throw error
    }
    return 'done'
  }

  /** The old entry changes nothing any more; what named it names the new one. */
  async function adopt({ from, to }: Adopted): Promise<void> {
    const place: [number, number] = [from.epoch, from.seq]
    await Promise.all([
      db.outbox.delete(place),
      db.entries.update(place, { setAside: true }),
      db.commands.where('[epoch+seq]').equals(place).modify({ epoch: to.epoch, seq: to.seq }),
      db.receipts.where('[epoch+seq]').equals(place).modify({ epoch: to.epoch, seq: to.seq }),
    ])
  }

  return {
    head: headOf,
    begin: async (head) => {
      await db.state.put({ name: headName(head.epoch), value: head })
    },
    append,
    command: async (key) => await db.commands.get(key),
    receipt: async (outlet, receipt) => await db.receipts.get([outlet, receipt]),
    recent: async (limit, search) => {
      const newest = db.receipts.orderBy('[epoch+seq]').reverse()
      if (search === undefined) return await newest.limit(limit).toArray()
      return await newest
        .filter((row) => holds(row, search))
        .limit(limit)
        .toArray()
    },
    entries: async (epoch, fromSeq, limit) =>
      await db.entries
        .where('[epoch+seq]')
        .between([epoch, fromSeq], [epoch, Infinity], true, true)
        .limit(limit)
        .toArray(),
    about: async (member) =>
      await db.entries
        .where('[member+epoch+seq]')
        .between([member, 0, 0], [member, Infinity, Infinity], true, true)
        .toArray(),
    rights: async (member) =>
      await db.rights.where('[member+purse]').between([member, Dexie.minKey], [member, Dexie.maxKey]).toArray(),
    allRights: async () => await db.rights.toArray(),
    keepRights: async (rows, all = false) => {
      await db.transaction('rw', [db.rights], async () => {
        if (all) await db.rights.clear()
        const known = await db.rights.bulkGet(rows.map(({ member, purse }) => [member, purse] as [string, string]))
        await db.rights.bulkPut(rows.filter((row, i) => isNewer(row, known[i])))
      })
    },
    recountRights: async (rows) => {
      await db.transaction('rw', [db.rights], async () => {
        const known = await db.rights.bulkGet(rows.map(({ member, purse }) => [member, purse] as [string, string]))
        await db.rights.bulkPut(rows.flatMap((row, i) => recounted(row, known[i]) ?? []))
      })
    },
    unsent: async (epoch) => {
      const [from, to] = all(epoch)
      const rows = () => db.outbox.where('[epoch+seq]').between(from, to, true, true)
      const [count, oldest] = await Promise.all([rows().count(), rows().first()])
      return { count, first: oldest?.seq ?? null, oldestAt: oldest?.at ?? null }
    },
    acknowledge: async (answered, dispositions, quarantined) => {
      const { epoch, seq: high } = answered
      await db.transaction('rw', [db.entries, db.outbox, db.dispositions, db.quarantine, db.state], async () => {
        await Promise.all([
          // What was set aside changes no balance, here as in the cloud.
          ...quarantined.map(({ seq }) => db.entries.update([epoch, seq], { setAside: true })),
          db.outbox.where('[epoch+seq]').between([epoch, 0], [epoch, high], true, true).delete(),
          db.dispositions.bulkPut(dispositions.map(({ seq, disposition }) => ({ epoch, seq, disposition }))),
          db.quarantine.bulkPut(quarantined),
          db.state.put({ name: 'acked', value: answered }),
        ])
      })
    },
    rewind: async (epoch, high) => {
      await db.transaction('rw', [db.entries, db.outbox, db.state], async () => {
        const again = await db.entries
          .where('[epoch+seq]')
          .between([epoch, high], [epoch, Infinity], false, true)
          .toArray()
        await db.outbox.bulkPut(again.map(({ seq, at }) => ({ epoch, seq, at })))
        const acked = (await db.state.get('acked'))?.value as Keepsakes['acked'] | undefined
        await db.state.put({ name: 'acked', value: { epoch, seq: high, incarnation: acked?.incarnation ?? '' } })
      })
    },
    closeEpoch: async ({ epoch, seq }) => {
      await db.outbox.where('[epoch+seq]').between([epoch, 0], [epoch, seq], true, true).delete()
    },
    knowAnswered: async ({ epoch, seq }, from) => {
      await db.transaction('rw', [db.entries, db.outbox], async () => {
        const [first, last] = [
          [epoch, from],
          [epoch, seq],
        ]
        await db.outbox.where('[epoch+seq]').between(first, last, true, true).delete()
        await db.entries.where('[epoch+seq]').between(first, last, true, true).modify({ answered: true })
      })
    },
    dispositions: async (places) =>
      (await db.dispositions.bulkGet(places.map(({ epoch, seq }) => [epoch, seq] as [number, number]))).map(
        (row) => row?.disposition,
      ),
    quarantine: async () => await db.quarantine.orderBy('[epoch+seq]').reverse().toArray(),
    keep: async (name, value) => {
      await db.state.put({ name, value })
    },
    kept: async <K extends keyof Keepsakes>(name: K) => (await db.state.get(name))?.value as Keepsakes[K] | undefined,
    prune: async (upTo) =>
      await db.transaction('rw', [db.entries, db.commands, db.state], async () => {
        const acked = (await db.state.get('acked'))?.value as Keepsakes['acked'] | undefined
        if (acked === undefined) return 0
        const { epoch, seq } = isAfter(upTo, acked) ? acked : upTo
        await db.commands.where('[epoch+seq]').belowOrEqual([epoch, seq]).delete()
        return await db.entries.where('[epoch+seq]').belowOrEqual([epoch, seq]).delete()
      }),
    named: async (after, limit) => {
      const indexes = [db.receipts.where(NAMED_IN_RECEIPTS), db.commands.where(NAMED_IN_ANSWERS)]
      const found = await Promise.all(
        indexes.map((index) => index.above(afterNamesOf(after)).limit(limit).uniqueKeys()),
      )
      return firstNamed(found as unknown as readonly (readonly Naming[])[], limit)
    },
    unname: async (members) => {
      await db.transaction('rw', [db.receipts, db.commands], async () => {
        for (const member of members) {
          const [from, to] = [[member], afterNamesOf(member)]
          const receipts = db.receipts.where(NAMED_IN_RECEIPTS).between(from, to)
          await receipts.modify(into(namelessReceipt))
          const commands = db.commands.where(NAMED_IN_ANSWERS).between(from, to)
          await commands.modify(into(namelessAnswer))
        }
      })
    },
    close: () => db.close(),
  }
}
