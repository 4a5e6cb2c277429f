import { describe, expect, test } from 'vitest'
import type { Contact } from '../../../renderer/core/contact.ts'
import type { Context } from '../../../renderer/core/context.ts'
import { leasesOf } from '../../../renderer/core/held.ts'
import { leaseNames } from '../../../renderer/core/lease-names.ts'
import { moneyInMemory } from '../../../renderer/core/money-memory.ts'
import type { EntryRow, MoneyStore, StoredRights } from '../../../renderer/core/ports.ts'
import { rightsDesk } from '../../../renderer/core/rights.ts'
import { mendRights, rightsSum } from '../../../renderer/core/rights-sum.ts'
import type { MemberId } from '../../../shared/ids.ts'
import { NO_HASH } from '../../../shared/ledger/chain.ts'
import type { PullChange } from '../../../shared/sync/protocol.ts'
import { testClock } from './clock.ts'

const told = (member: string, points: string | null, seq: number): StoredRights => ({
  member: member as MemberId,
  purse: 'points',
  leases: points === null ? [] : [{ lease: 'l', points }],
  seen: { epoch: 1, seq },
  asOf: '2026-06-02T05:00:00.000Z',
})

/** A till that has written so much of a lease away, each time under a name, from the first entry on. */
async function tillWith(...moves: readonly (readonly [member: string, hundredths: bigint])[]): Promise<MoneyStore> {
  const money = moneyInMemory()
  const entries = moves.map(([member, change], index): EntryRow => {
    const place = { epoch: 1, seq: index + 1, hash: `${index}`, at: 0, member: member as MemberId }
    return { ...place, text: '{}', kind: 'right', rights: { 'points\nl': change } }
  })
  const expect = { epoch: 1, seq: 0, hash: NO_HASH }
  await money.append({ expect, entries, commands: [], receipts: [], outbox: true })
  return money
}

async function held(money: MoneyStore, member: string): Promise<readonly bigint[]> {
  const rights = { rows: await money.rights(member), epoch: 1, usable: 'yes' as const, online: true }
  return leasesOf(rights, await money.about(member), 'points').map(({ points }) => points)
}

describe('a lease of a member who was merged into another', () => {
  test('[S95] holds no more under the new name than what was left of it under the old one', async () => {
    const money = await tillWith(['anna', -10_000n])
    const names = leaseNames(money)
    await money.keepRights(await names.counted([told('boris', '126.00', 0)], await money.head(1)))
    expect(await held(money, 'boris')).toEqual([2_600n])
    const { sum } = await rightsSum(money, { device: 'till', epoch: 1 })
    await money.keepRights([told('boris', '126.00', 0)])
    expect((await rightsSum(money, { device: 'till', epoch: 1 })).sum).toBe(sum)
    const { asOf, ...row } = told('boris', '126.00', 0)
    await mendRights(money, [{ scope: 'right', key: 'till\nboris\npoints', row }], asOf)
    expect(await held(money, 'boris')).toEqual([2_600n])
  })

  test('[S95] counts what the cloud has seen, and what was done under the new name, once', async () => {
    const money = await tillWith(['anna', -10_000n], ['boris', -600n], ['anna', -100n])
    const names = leaseNames(money)
    await money.keepRights(await names.counted([told('boris', '26.00', 1)], await money.head(1)))
    expect(await held(money, 'boris')).toEqual([1_900n])
    await money.keepRights(await names.counted([told('boris', '19.00', 3)], await money.head(1)))
    expect(await held(money, 'boris')).toEqual([1_900n])
  })

  test('[S95] is not there under the old name any more, whichever of the two is told first', async () => {
    const money = await tillWith()
    const names = leaseNames(money)
    const keep = async (...rows: StoredRights[]) =>
      await money.keepRights([...(await names.counted(rows, await money.head(1))), ...(await names.elsewhere(rows))])
    await keep(told('anna', '126.00', 0))
    await keep(told('boris', '126.00', 0))
    expect([await held(money, 'anna'), await held(money, 'boris')]).toEqual([[], [12_600n]])
  })

  test('[S95] which the cloud has told of itself stays as it was told', async () => {
    const money = await tillWith()
    await money.keepRights([told('anna', '126.00', 0)])
    const alone = [told('boris', '126.00', 0)]
    expect(await leaseNames(money).elsewhere(alone)).toMatchObject([{ member: 'anna', leases: [] }])
    expect(await leaseNames(money).elsewhere([...alone, told('anna', null, 0)])).toEqual([])
  })
})

/** A till's rights desk whose stream writes something until it is let go on. */
function deskThatWrites(answers: { readonly all?: readonly PullChange[] } = {}) {
  const money = moneyInMemory()
  let [seq, tail] = [0, Promise.resolve()]
  const exclusive = (run: () => Promise<void>) => {
    tail = tail.then(run)
    return tail
  }
  const hold = async () => ({ kind: 'ok', value: { changes: answers.all ?? [], now: '2026-11-18T12:00:05Z' } })
  const parts = {
    ports: { money, clock: testClock(), rights: { hold } },
    identity: { epoch: 1, device: 'till', outlet: 'A' },
    sync: { online: () => true, protocol: () => 2 },
    stream: { exclusive, head: () => ({ epoch: 1, seq }) },
    time: { now: () => 0 },
    programmes: { current: () => null },
  }
  const contact = { incarnation: () => 'one', heard: async () => {}, doubted: async () => {}, protocol: () => 2 }
  const desk = rightsDesk(parts as unknown as Context, contact as unknown as Contact, () => 0n)
  let goOn = () => {}
  const decided = new Promise<void>((resolve) => {
    goOn = resolve
  })
  void exclusive(async () => {
    await decided
    const row = { epoch: 1, seq: 1, hash: '1', at: 0, text: '{}', kind: 'right' as const, member: 'anna' as MemberId }
    const expected = { epoch: 1, seq: 0, hash: NO_HASH }
    const entries = [{ ...row, rights: { 'points\nl': -10_000n } }]
    await money.append({ expect: expected, entries, commands: [], receipts: [], outbox: true })
    seq = 1
  })
  const pulled = async (reset: boolean, ...rows: readonly object[]) => {
    const page = { protocol: 2, incarnation: 'one', reset, more: false, now: '2026-11-18T12:00:00Z' }
    const changes = rows.map((row) => ({ scope: 'right', key: 'till\nboris\npoints', row }))
    await desk.pulled(changes as unknown as PullChange[], page as Parameters<typeof desk.pulled>[1])
  }
  const written = async () => {
    goOn()
    await tail
  }
  return { money, pulled, written }
}

describe('rights that come while something is written', () => {
  const row = {
    member: 'boris',
    purse: 'points',
    leases: [{ lease: 'l', points: '126.00' }],
    seen: { epoch: 1, seq: 0 },
  }

  test('[S95] what was being given back under the old name while they came is not there under the new one', async () => {
    const { money, pulled, written } = deskThatWrites()
    await pulled(false, row)
    await written()
    expect((await money.rights('boris'))[0]).toMatchObject({ moved: { l: -10_000n } })
  })

  test('[S95] what the cloud no longer knows of when it has told of all of them does not come back', async () => {
    const { money, pulled, written } = deskThatWrites()
    await pulled(false, row)
    await pulled(true)
    await written()
    expect(await money.allRights()).toEqual([])
  })
})
