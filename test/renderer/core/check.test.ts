import 'fake-indexeddb/auto'
import Dexie from 'dexie'
import { expect, test, vi } from 'vitest'
import type { CloudLink, RightsLink } from '../../../renderer/core/ports.ts'
import type { EntryBody } from '../../../shared/ledger/entry.ts'
import { hashPin } from '../../../shared/pin.ts'
import type { CheckRequest } from '../../../shared/sync/protocol.ts'
import { testClock } from './clock.ts'
import { cafe } from './programme.ts'
import { openTill, type TestTill } from './till.ts'
import { openTown, type Town } from './town.ts'

/** A till compares what it holds with what it should: what a disk or a fault of ours has changed is found and mended. */

const CARDS = { anna: '2900000000018', boris: '2900000000025', clara: '2900000000032' } as const
const MINUTE_MS = 60_000

const consent = { personalData: true, messages: false }
const enrol = (member: keyof typeof CARDS) =>
  ({ kind: 'enrol', member, card: CARDS[member], cardType: 'standard', profile: null, consent }) as unknown as EntryBody
const gift = (member: string, points: string) =>
  ({
    kind: 'gift',
    member,
    purse: 'points',
    points,
    activeFrom: '2026-11-18',
    lastDay: null,
    reason: 'test',
  }) as EntryBody

interface Scene {
  readonly cloud: Town
  readonly till: TestTill
  readonly asked: CheckRequest[]
  readonly calls: string[]
  readonly pass: (ms: number) => Promise<void>
  /** Something that happens while the cloud compares, once. */
  readonly meanwhile: (what: () => Promise<unknown>) => void
  /** The next answer to a pull is kept back; `asked`: until it was asked for. */
  readonly keepPull: () => { readonly asked: Promise<void>; readonly letGo: () => void }
}

async function scene(device: string, lacksAll = false): Promise<Scene> {
  const clock = testClock()
  const cloud = await openTown(clock, cafe())
  await cloud.newDay()
  await cloud.store.saveStaff([
    { id: 'eva', name: 'Eva', role: 'manager', pin: await hashPin('1234', new Uint8Array(16)) },
  ])
  await cloud.book(enrol('anna'), enrol('boris'), enrol('clara'), gift('anna', '100.00'), gift('boris', '7.00'))
  const [asked, calls]: [CheckRequest[], string[]] = [[], []]
  let meanwhile: (() => Promise<unknown>) | undefined
  let kept: { readonly isAsked: () => void; readonly isOver: Promise<void> } | undefined
  const link = (name: string, outlet?: string): CloudLink & RightsLink => {
    const inner = cloud.link(name, outlet)
    const counted = Object.fromEntries(
      Object.entries(inner).map(([call, ask]) => [
        call,
        (...args: unknown[]) => {
          calls.push(call)
          return (ask as (...args: unknown[]) => unknown)(...args)
        },
      ]),
    ) as unknown as CloudLink & RightsLink
    return {
      ...counted,
      wait: () => new Promise(() => {}),
      pull: async (request) => {
        calls.push('pull')
        const answer = await inner.pull(request)
        kept?.isAsked()
        await kept?.isOver
        return answer
      },
      check: async (request) => {
        asked.push(request)
        const answer = await inner.check!(request)
        const what = meanwhile
        meanwhile = undefined
        await what?.()
        if (lacksAll && answer.kind === 'ok') return { ...answer, value: { ...answer.value, reset: true } }
        return answer
      },
    }
  }
  const till = await openTill({ clock, town: { link }, device })
  return {
    ...{ cloud, till, asked, calls },
    pass: (ms) => clock.pass(ms),
    meanwhile: (what) => {
      meanwhile = what
    },
    keepPull: () => {
      let isAsked = () => {}
      let letGo = () => {}
      const asked = new Promise<void>((resolve) => {
        isAsked = resolve
      })
      const isOver = new Promise<void>((resolve) => {
        letGo = resolve
      })
      kept = { isAsked, isOver }
      return { asked, letGo }
    },
  }
}

async function onDisk<T>(device: string, work: (db: Dexie) => Promise<T>): Promise<T> {
  const names = (await indexedDB.databases()).map(({ name }) => name!)
  const db = await new Dexie(names.find((name) => name.startsWith(`cache.${device}.`))!).open()
  const value = await work(db)
  db.close()
  return value
}

const balanceOf = async (till: TestTill, card: string) => (await till.cache().find({ card }))?.points?.balance

test('[S160] [S162] a damaged row is found, told to the cloud and mended, and nothing else comes again', async () => {
  const warned = vi.spyOn(console, 'warn').mockImplementation(() => {})
  const { cloud, till, asked, calls, pass } = await scene('damaged')
  const key = 'anna\npoints'
  await onDisk('damaged', async (db) => db.table('balances').update(key, { balance: '900.00' }))
  expect(await balanceOf(till, CARDS.anna)).toBe('900.00')
  const before = await onDisk('damaged', async (db) => db.table('cards').toArray())
  calls.length = 0
  await pass(12 * MINUTE_MS)
  expect(await balanceOf(till, CARDS.anna)).toBe('100.00')
  expect(await balanceOf(till, CARDS.boris)).toBe('7.00')
  expect(cloud.differences.map(({ scope }) => scope)).toEqual(['balance'])
  expect(asked.map(({ part }) => part)).toEqual([null, { after: '', upto: null }])
  expect(calls).not.toContain('snapshot')
  expect(await onDisk('damaged', async (db) => db.table('cards').toArray())).toEqual(before)
  expect(warned).toHaveBeenCalledOnce()
  expect(await till.tried('shift.open', { pin: '1234' })).toBe('done')
  await pass(1_000)
  expect(await till.tried('shift.close', { pin: '1234' })).toBe('done')
  await pass(5_000)
  expect(asked).toHaveLength(4)
  expect(cloud.differences).toHaveLength(1)
  till.core().stop()
  warned.mockRestore()
})

test('[S163] a sale while the cloud compares is kept, and what differed is mended after it', async () => {
  const warned = vi.spyOn(console, 'warn').mockImplementation(() => {})
  const { cloud, till, pass, meanwhile } = await scene('selling')
  await onDisk('selling', async (db) => {
    await db.table('balances').update('boris\npoints', { balance: '1.00' })
    await db.table('members').delete('clara')
    await db.table('cards').update(CARDS.anna, { state: 'blocked' })
  })
  await pass(9 * MINUTE_MS)
  meanwhile(async () => {
    await cloud.book(gift('anna', '5.00'))
    await till.ask('receipts.book', {
      receipt: { id: 'r1' as never, lines: [{ id: '1', sku: 'cake', amount: '100.00' }] },
      card: CARDS.boris as never,
      idempotencyKey: 'r1',
    })
    await pass(3_000)
  })
  await pass(3 * MINUTE_MS)
  const found = await till.cache().find({ card: CARDS.boris })
  expect(found).toMatchObject({ member: { id: 'boris' }, points: { balance: expect.stringMatching(/^(?!1\.00)/) } })
  expect(await till.cache().find({ member: 'clara' })).toMatchObject({ member: { id: 'clara' } })
  expect(await till.cache().find({ card: CARDS.anna })).toMatchObject({ card: { state: 'active' } })
  expect(await balanceOf(till, CARDS.anna)).toBe('105.00')
  expect([...cloud.store.tables().sales.keys()]).toHaveLength(1)
  const [member] = [await till.ask('members.find', { card: CARDS.boris as never })]
  expect(member.balance).toBe((await cloud.balance('boris')).posted)
  till.core().stop()
  warned.mockRestore()
})

test('[S164] a till that lacks too much begins again beside what is there, and not again the same day', async () => {
  const warned = vi.spyOn(console, 'warn').mockImplementation(() => {})
  const { till, calls, pass } = await scene('emptied', true)
  const { generation } = await till.cache().mark()
  await pass(9 * MINUTE_MS)
  calls.length = 0
  await pass(2 * MINUTE_MS)
  expect(calls.filter((call) => call === 'snapshot')).toHaveLength(1)
  expect(await till.cache().mark()).toMatchObject({ generation: generation + 1, live: generation + 1, fill: null })
  expect(await balanceOf(till, CARDS.anna)).toBe('100.00')
  await till.ask('shift.open', { pin: '1234' })
  await pass(1_000)
  await till.ask('shift.close', { pin: '1234' })
  await pass(MINUTE_MS)
  expect(calls.filter((call) => call === 'snapshot')).toHaveLength(1)
  till.core().stop()
  warned.mockRestore()
})

test('[S164] it begins again also where a pull is under way when it hears so', async () => {
  const warned = vi.spyOn(console, 'warn').mockImplementation(() => {})
  const { cloud, till, pass, meanwhile, keepPull } = await scene('pulling', true)
  const { generation } = await till.cache().mark()
  let letGo = () => {}
  meanwhile(async () => {
    await cloud.book(gift('boris', '1.00'))
    const pull = keepPull()
    letGo = pull.letGo
    await pull.asked
  })
  await pass(12 * MINUTE_MS)
  letGo()
  await pass(MINUTE_MS)
  expect(await till.cache().mark()).toMatchObject({ generation: generation + 1, live: generation + 1, fill: null })
  expect(await balanceOf(till, CARDS.boris)).toBe('8.00')
  till.core().stop()
  warned.mockRestore()
})

test('[S164] what was said of a till before it began again by itself does not make it begin once more', async () => {
  const warned = vi.spyOn(console, 'warn').mockImplementation(() => {})
  const { cloud, till, calls, pass, meanwhile } = await scene('begun', true)
  await pass(9 * MINUTE_MS)
  calls.length = 0
  meanwhile(async () => {
    cloud.beginAnew(async () => {})
    while ((await till.cache().mark()).live === 1) await new Promise((resolve) => setImmediate(resolve))
  })
  await pass(MINUTE_MS + 20_000)
  expect(calls.filter((call) => call === 'snapshot')).toHaveLength(1)
  expect(await till.cache().mark()).toMatchObject({ generation: 2, live: 2, fill: null })
  till.core().stop()
  warned.mockRestore()
})
