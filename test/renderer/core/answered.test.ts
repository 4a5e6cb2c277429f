import { beforeEach, describe, expect, test } from 'vitest'
import { forgetOld } from '../../../renderer/core/answered.ts'
import { moneyInMemory } from '../../../renderer/core/money-memory.ts'
import type { EntryRow, Head, Seen } from '../../../renderer/core/ports.ts'
import { NO_HASH } from '../../../shared/ledger/chain.ts'

const DAY_MS = 86_400_000
const FIRST_DAY = Date.parse('2026-03-01T08:00:00Z')

describe('what the cloud has answered for', () => {
  let money: ReturnType<typeof moneyInMemory>
  let head: Head
  const dropped: Seen[] = []
  const journal = { prune: async (upTo: Seen) => void dropped.push(upTo) }

  beforeEach(() => {
    money = moneyInMemory()
    head = { epoch: 1, seq: 0, hash: NO_HASH }
    dropped.length = 0
  })

  /** An entry, and the time that the till's clock showed then. */
  async function written(at: number): Promise<void> {
    const seq = head.seq + 1
    const row: EntryRow = { epoch: 1, seq, hash: String(seq).padStart(64, '0'), text: '{}', kind: 'shift', at }
    await money.append({ expect: head, entries: [row], commands: [], receipts: [], outbox: true })
    head = { epoch: 1, seq, hash: row.hash }
  }

  const on = (day: number) => new Date(FIRST_DAY + day * DAY_MS).toISOString()
  const answered = (day: number, incarnation = 'first') =>
    money.acknowledge({ epoch: 1, seq: head.seq, incarnation, at: on(day) }, [], [])
  const kept = async () => (await money.entries(1, 1, 99)).map(({ seq }) => seq)
  /** The till looks whether something may go, as it does several times a day. */
  const onDay = (day: number, skewMs = 0) => {
    const cloudNow = FIRST_DAY + day * DAY_MS
    return forgetOld({ money, journal, now: cloudNow + skewMs }, on(day))
  }

  test('[S26] goes 35 days after the answer, and nothing that was answered later', async () => {
    await written(FIRST_DAY)
    await answered(0)
    await onDay(0)
    await written(FIRST_DAY + DAY_MS)
    await answered(1)
    await onDay(1)
    await onDay(34)
    expect(await kept()).toEqual([1, 2])
    await onDay(35)
    expect(await kept()).toEqual([2])
    expect(dropped).toEqual([{ epoch: 1, seq: 1 }])
    await onDay(36)
    expect(await kept()).toEqual([])
  })

  test('[S26] is kept as long where the clock of the till was days behind when it was written', async () => {
    await written(FIRST_DAY - 10 * DAY_MS)
    await answered(0)
    await onDay(0, -10 * DAY_MS)
    await onDay(34)
    expect(await kept()).toEqual([1])
  })

  test('[S26] is kept for 35 days more where the till was away for weeks', async () => {
    await written(FIRST_DAY)
    await onDay(40)
    await answered(40)
    await onDay(40)
    await onDay(74)
    expect(await kept()).toEqual([1])
    await onDay(75)
    expect(await kept()).toEqual([])
  })

  test('[S26] is kept as long where the till knows of no time but that of weeks ago, since it lost power after the answer', async () => {
    await written(FIRST_DAY)
    await answered(40)
    await onDay(0)
    await onDay(40)
    await onDay(74)
    expect(await kept()).toEqual([1])
    await onDay(75)
    expect(await kept()).toEqual([])
  })

  test('[S26] goes 35 days after the last answer of a day, also where no other comes after it', async () => {
    await written(FIRST_DAY)
    await answered(0)
    await onDay(0)
    await written(FIRST_DAY)
    await answered(0.5)
    for (let day = 1; day < 36; day++) await onDay(day)
    expect(await kept()).toEqual([2])
    await onDay(36)
    expect(await kept()).toEqual([])
  })

  test('[S26] is kept where it is not known when the cloud answered, until it answers again', async () => {
    await written(FIRST_DAY)
    await money.acknowledge({ epoch: 1, seq: 1, incarnation: 'first' }, [], [])
    await onDay(0)
    await onDay(40)
    expect(await kept()).toEqual([1])
    await answered(40)
    await onDay(74)
    expect(await kept()).toEqual([1])
    await onDay(75)
    expect(await kept()).toEqual([])
  })

  test('[S32] is kept from anew once another database stands behind the address', async () => {
    await written(FIRST_DAY)
    await answered(0)
    await onDay(0)
    await money.rewind(1, 0)
    await answered(34, 'second')
    await onDay(34)
    await onDay(36)
    expect(await kept()).toEqual([1])
    await onDay(69)
    expect(await kept()).toEqual([])
  })

  test('[S26] what the cloud has not answered for stays however old it is', async () => {
    await written(FIRST_DAY)
    await onDay(0)
    await onDay(400)
    expect(await kept()).toEqual([1])
    expect(dropped).toEqual([])
  })
})
