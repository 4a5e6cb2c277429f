import { NO_HASH } from '../../shared/ledger/chain.ts'
import type { Disposition } from '../../shared/sync/protocol.ts'
import { namedIn, namelessAnswer, namelessReceipt } from './impersonal.ts'
import { isAfter } from './own.ts'
import type {
  Adopted,
  CommandRow,
  EntryRow,
  Head,
  Keepsakes,
  MoneyStore,
  QuarantineRow,
  ReceiptRow,
  StoredRights,
} from './ports.ts'

/** What the store holds at a moment; nothing else keeps it. */
export interface MoneyImage {
  readonly streams: Map<number, { head: Head; rows: Map<number, EntryRow> }>
  readonly byMember: Map<string, EntryRow[]>
  readonly outbox: Map<number, Map<number, number>>
  readonly commands: Map<string, CommandRow>
  readonly receipts: Map<string, ReceiptRow>
  readonly dispositions: Map<string, Disposition>
  readonly quarantine: Map<string, QuarantineRow>
  readonly kept: Map<string, unknown>
  readonly rights: Map<string, StoredRights>
}

const emptyImage = (): MoneyImage => ({
  streams: new Map(),
  byMember: new Map(),
  outbox: new Map(),
  commands: new Map(),
  receipts: new Map(),
  dispositions: new Map(),
  quarantine: new Map(),
  kept: new Map(),
  rights: new Map(),
})

export interface MoneyInMemory extends MoneyStore {
  /** A copy of the disk as it stands, to go back to. */
  readonly image: () => MoneyImage
}

/** The money store in memory: the same promises without a disk, for the simulator. It survives whoever uses it. */
export function moneyInMemory(image: MoneyImage = emptyImage()): MoneyInMemory {
  const { streams, byMember, outbox, commands, receipts, dispositions, quarantine, kept, rights } = image
  const rightsOf = new Map<string, Map<string, StoredRights>>()
  for (const row of rights.values()) keepRight(row)

  function keepRight(row: StoredRights): void {
    rights.set(`${row.member}\n${row.purse}`, row)
    const own = rightsOf.get(row.member) ?? new Map<string, StoredRights>()
    rightsOf.set(row.member, own.set(row.purse, row))
  }

  const keyOf = (epoch: number, seq: number) => `${epoch}/${seq}`
  function streamOf(epoch: number) {
    const known = streams.get(epoch)
    if (known !== undefined) return known
    const fresh = { head: { epoch, seq: 0, hash: NO_HASH } as Head, rows: new Map<number, EntryRow>() }
    streams.set(epoch, fresh)
    return fresh
  }

  function outboxOf(epoch: number): Map<number, number> {
    const known = outbox.get(epoch) ?? new Map<number, number>()
    outbox.set(epoch, known)
    return known
  }

  function add(row: EntryRow): void {
    streamOf(row.epoch).rows.set(row.seq, row)
    if (row.member === undefined) return
    const rows = byMember.get(row.member) ?? []
    const last = rows.at(-1)
    if (last === undefined || isAfter(row, last)) return void byMember.set(row.member, [...rows, row])
    const known = rows.findLastIndex((each) => each.epoch === row.epoch && each.seq === row.seq)
    byMember.set(row.member, known < 0 ? [...rows, row].sort(byPlace) : rows.with(known, row))
  }

  function adopt(adopted: readonly Adopted[]): void {
    if (adopted.length === 0) return
    const placeOf = new Map(adopted.map(({ from, to }) => [keyOf(from.epoch, from.seq), to]))
    for (const { from } of adopted) {
      outboxOf(from.epoch).delete(from.seq)
      const row = streamOf(from.epoch).rows.get(from.seq)
      if (row !== undefined) add({ ...row, setAside: true })
    }
    for (const rows of [commands, receipts] as Map<string, CommandRow | ReceiptRow>[]) {
      for (const [key, row] of rows) {
        const to = placeOf.get(keyOf(row.epoch, row.seq))
        if (to !== undefined) rows.set(key, { ...row, epoch: to.epoch, seq: to.seq })
      }
    }
  }

  const acked = () => kept.get('acked') as Keepsakes['acked'] | undefined

  return {
    image: () => ({
      streams: new Map([...streams].map(([epoch, { head, rows }]) => [epoch, { head, rows: new Map(rows) }])),
      byMember: new Map(byMember),
      outbox: new Map([...outbox].map(([epoch, waiting]) => [epoch, new Map(waiting)])),
      commands: new Map(commands),
      receipts: new Map(receipts),
      dispositions: new Map(dispositions),
      quarantine: new Map(quarantine),
      kept: new Map(kept),
      rights: new Map(rights),
    }),
    head: async (epoch) => streamOf(epoch).head,
    begin: async (head) => {
      streamOf(head.epoch).head = head
    },
    append: async (step) => {
      const stream = streamOf(step.expect.epoch)
      if (stream.head.seq !== step.expect.seq || stream.head.hash !== step.expect.hash) return 'head_moved'
      for (const row of step.entries) add(row)
      if (step.outbox) for (const { epoch, seq, at } of step.entries) outboxOf(epoch).set(seq, at)
      for (const command of step.commands) commands.set(command.key, command)
      for (const row of step.receipts) receipts.set(`${row.outlet}\n${row.receipt}`, row)
      if (step.shift !== undefined) kept.set('shift', step.shift)
      adopt(step.adopts ?? [])
      if (step.strays !== undefined) kept.set('strays', step.strays)
      const last = step.entries.at(-1)
      if (last !== undefined) stream.head = { epoch: last.epoch, seq: last.seq, hash: last.hash }
      return 'done'
    },
    command: async (key) => commands.get(key),
    receipt: async (outlet, receipt) => receipts.get(`${outlet}\n${receipt}`),
    recent: async (limit, search) =>
      latest(
        [...receipts.values()].filter((row) => search === undefined || holds(row, search)),
        limit,
      ),
    entries: async (epoch, fromSeq, limit) => {
      const { rows, head } = streamOf(epoch)
      const found: EntryRow[] = []
      for (let seq = fromSeq; seq <= head.seq && found.length < limit; seq++) {
        const row = rows.get(seq)
        if (row !== undefined) found.push(row)
      }
      return found
    },
    about: async (member) => byMember.get(member) ?? [],
    rights: async (member) => [...(rightsOf.get(member)?.values() ?? [])],
    allRights: async () => [...rights.values()],
    keepRights: async (rows, all = false) => {
      if (all) {
        rights.clear()
        rightsOf.clear()
      }
      for (const row of rows) if (isNewer(row, rightsOf.get(row.member)?.get(row.purse))) keepRight(row)
    },
    recountRights: async (rows) => {
      for (const row of rows) {
        const fresh = recounted(row, rightsOf.get(row.member)?.get(row.purse))
        if (fresh !== undefined) keepRight(fresh)
      }
    },
    unsent: async (epoch) => {
      const waiting = outboxOf(epoch)
      let first: number | null = null
      for (const seq of waiting.keys()) if (first === null || seq < first) first = seq
      return { count: waiting.size, first, oldestAt: first === null ? null : waiting.get(first)! }
    },
    acknowledge: async (answered, answers, aside) => {
      const { epoch, seq: high } = answered
      const waiting = outboxOf(epoch)
      for (const seq of [...waiting.keys()]) if (seq <= high) waiting.delete(seq)
      for (const { seq, disposition } of answers) dispositions.set(keyOf(epoch, seq), disposition)
      for (const row of aside) {
        quarantine.set(keyOf(row.epoch, row.seq), row)
        const entry = streamOf(row.epoch).rows.get(row.seq)
        if (entry !== undefined) add({ ...entry, setAside: true })
      }
      kept.set('acked', answered)
    },
    rewind: async (epoch, high) => {
      for (const row of streamOf(epoch).rows.values()) if (row.seq > high) outboxOf(epoch).set(row.seq, row.at)
      kept.set('acked', { epoch, seq: high, incarnation: acked()?.incarnation ?? '' } satisfies Keepsakes['acked'])
    },
    closeEpoch: async ({ epoch, seq }) => {
      const waiting = outboxOf(epoch)
      for (const each of [...waiting.keys()]) if (each <= seq) waiting.delete(each)
    },
    knowAnswered: async ({ epoch, seq }, from) => {
      for (const row of [...streamOf(epoch).rows.values()]) {
        if (row.seq < from || row.seq > seq) continue
        outboxOf(epoch).delete(row.seq)
        add({ ...row, answered: true })
      }
    },
    dispositions: async (places) => places.map(({ epoch, seq }) => dispositions.get(keyOf(epoch, seq))),
    quarantine: async () => [...quarantine.values()].sort((a, b) => b.epoch - a.epoch || b.seq - a.seq),
    keep: async (name, value) => {
      kept.set(name, value)
    },
    kept: async <K extends keyof Keepsakes>(name: K) => kept.get(name) as Keepsakes[K] | undefined,
    prune: async (upTo) => {
      const done = acked()
      if (done === undefined) return 0
      let dropped = 0
      for (const { rows } of streams.values()) {
        for (const [seq, row] of rows) {
          if (isAfter(row, upTo) || isAfter(row, done)) continue
          rows.delete(seq)
          if (row.member !== undefined)
            byMember.set(
              row.member,
              byMember.get(row.member)!.filter((each) => each !== row),
            )
          dropped++
        }
      }
      for (const [key, row] of commands) if (!isAfter(row, upTo) && !isAfter(row, done)) commands.delete(key)
      return dropped
    },
    named: async (after, limit) => {
      const inReceipts = [...receipts.values()].flatMap(({ member }) => (member?.name == null ? [] : [member.id]))
      const inAnswers = [...commands.values()].flatMap(({ answer }) => namedIn(answer) ?? [])
      const members = new Set([...inReceipts, ...inAnswers])
      return [...members]
        .filter((member) => member > after)
        .sort()
        .slice(0, limit)
    },
    unname: async (members) => {
      for (const [key, row] of receipts) {
        if (row.member !== null && members.includes(row.member.id)) receipts.set(key, namelessReceipt(row))
      }
      for (const [key, row] of commands) {
        const member = namedIn(row.answer)
        if (member !== undefined && members.includes(member)) commands.set(key, namelessAnswer(row))
      }
    },
  }
}

interface Place {
  readonly epoch: number
  readonly seq: number
}

/** The last of them by their places, the last one first. Most stand in order, so it is looked for from the end. */
function latest(rows: readonly ReceiptRow[], limit: number): ReceiptRow[] {
  const found: ReceiptRow[] = []
  for (const row of rows.toReversed()) {
    if (found.length === limit && byPlace(row, found.at(-1)!) <= 0) continue
    found.splice(found.findLastIndex((other) => byPlace(row, other) < 0) + 1, 0, row)
    if (found.length > limit) found.pop()
  }
  return found
}

const byPlace = (a: Place, b: Place): number => a.epoch - b.epoch || a.seq - b.seq

/** Rows come by pulls and by answers at the counter, which may overtake one another. */
export function isNewer(row: StoredRights, known: StoredRights | undefined): boolean {
  if (known === undefined || row.seen.epoch !== known.seen.epoch) return (known?.seen.epoch ?? 0) <= row.seen.epoch
  return row.seen.seq !== known.seen.seq ? row.seen.seq > known.seen.seq : row.asOf >= known.asOf
}

/**
 * What is kept, with own moves counted again beside it; undefined where it is not this word of the cloud any more: it was
 * replaced, or taken away with all others. A lease that went on to another name meanwhile stays there.
 */
export function recounted(
  { seen, asOf, moved }: StoredRights,
  kept: StoredRights | undefined,
): StoredRights | undefined {
  const isSame = kept?.asOf === asOf && kept.seen.epoch === seen.epoch && kept.seen.seq === seen.seq
  return isSame && moved !== undefined ? { ...kept, moved } : undefined
}

/** Part of a receipt's id, of the card or of the name, as it is typed in a hurry: small letters, no ё. */
export function holds({ receipt, member }: ReceiptRow, search: string): boolean {
  const wanted = plain(search)
  return [receipt, member?.card, member?.name].some((text) => text != null && plain(text).includes(wanted))
}

const plain = (text: string): string => text.toLowerCase().replaceAll('ё', 'е')
