import type { CloudAnswer, CloudLink, RightsLink } from '../../../renderer/core/ports.ts'
import type { DeviceId, MemberId, OutletId } from '../../../shared/ids.ts'
import { checkPart, type Difference } from '../../../shared/intake/check.ts'
import { readCursor } from '../../../shared/intake/cursor.ts'
import { turnDay } from '../../../shared/intake/day-walk.ts'
import { type Intake, programmeDay } from '../../../shared/intake/intake.ts'
import { keepNight, setKeeping } from '../../../shared/intake/keeping.ts'
import { memoryStore } from '../../../shared/intake/memory-store.ts'
import { bookOwn } from '../../../shared/intake/own-stream.ts'
import { pullPage } from '../../../shared/intake/page.ts'
import { programmeShelf } from '../../../shared/intake/programmes.ts'
import { allotNight, holdFor, reclaim, reclaimSilent } from '../../../shared/intake/rights.ts'
import { currentRows, rightKey } from '../../../shared/intake/rows.ts'
import { StreamConflict, takeIn } from '../../../shared/intake/take-in.ts'
import { noteVisit } from '../../../shared/intake/visits.ts'
import { balanceOf } from '../../../shared/ledger/balance.ts'
import { accountKey } from '../../../shared/ledger/booking-port.ts'
import { NO_HASH } from '../../../shared/ledger/chain.ts'
import type { EntryBody } from '../../../shared/ledger/entry.ts'
import { emptyAccount } from '../../../shared/ledger/lots.ts'
import { formatPoints } from '../../../shared/money.ts'
import type { ProgrammeDocument } from '../../../shared/programme/schema.ts'
import { soldReceiptOf } from '../../../shared/sold-receipt.ts'
import type { TestClock } from './clock.ts'

/** The cloud's own deciding on a store in memory, and the lines of several tills to it, each of which can be cut. */

export type Town = Awaited<ReturnType<typeof openTown>>

const incarnationOf = (number: number) => `00000000-0000-4000-8000-00000000000${number}`
const PROTOCOL = 2

export async function openTown(clock: TestClock, document: ProgrammeDocument) {
  const store = memoryStore()
  const cut = new Set<string>()
  const differences: Difference[] = []
  let incarnation = incarnationOf(1)
  let beforeFill = async () => {}
  const now = () => new Date(clock.now()).toISOString()
  const intake: Intake = {
    store,
    programmes: programmeShelf(),
    now,
    committed: () => void store.sequence(),
  }
  await store.publish(document)
  await store.sequence()

  function link(name: string, outlet = 'A'): CloudLink & RightsLink {
    const device = name as DeviceId
    async function answer<T>(reply: () => Promise<T>): Promise<CloudAnswer<T>> {
      if (cut.has(name)) return { kind: 'unreachable', message: 'cut' }
      try {
        const value = await reply()
        return cut.has(name) ? { kind: 'unreachable', message: 'cut' } : { kind: 'ok', value: structuredClone(value) }
      } catch (error) {
        if (!(error instanceof StreamConflict)) throw error
        const { high, head } = error.stream
        const body = { code: error.code, high, head, incarnation }
        return { kind: 'refused', status: 409, code: error.code, retryAfterMs: null, body }
      }
    }
    const speaker = { device, outlet: outlet as OutletId, epoch: 1, protocol: PROTOCOL }
    const heard = () => store.heard({ device, epoch: 1, outlet, lastContact: now(), isActive: true })
    const rows = (purses: readonly { member: string; purse: string }[]) =>
      store.snapshot(async (reads) => {
        const stream = await reads.readStream(device, 1)
        const asker = { ...speaker, seen: { epoch: 1, seq: stream.high } }
        const keys = purses.map(({ member, purse }) => accountKey(member, purse))
        return [
          ...(await currentRows(intake, reads, 'balance', keys, asker)),
          ...(await currentRows(
            intake,
            reads,
            'right',
            purses.map((purse) => rightKey(name, purse)),
            asker,
          )),
        ]
      })
    const persons = (id: MemberId) =>
      store.snapshot(async (reads) => {
        const asker = { ...speaker, seen: { epoch: 1, seq: 0 } }
        const { cards } = await reads.keysOf([id])
        return [
          ...(await currentRows(intake, reads, 'member', [id], asker)),
          ...(await currentRows(intake, reads, 'card', cards, asker)),
        ]
      })
    return {
      session: () =>
        answer(async () => {
          const { high, head } = await store.snapshot((reads) => reads.readStream(device, 1))
          return {
            protocol: PROTOCOL,
            incarnation,
            epoch: 1,
            high,
            head: high === 0 ? NO_HASH : head,
            now: now(),
          }
        }),
      epoch: () => answer(async () => ({ epoch: 1, high: 0, head: NO_HASH, now: now() })),
      push: ({ epoch, from, items }) =>
        answer(async () => {
          const { stream, dispositions } = await takeIn(intake, { device, epoch }, from, items)
          await store.sequence()
          return {
            incarnation,
            high: stream.high,
            head: stream.head,
            dispositions: [...dispositions],
            now: now(),
          }
        }),
      snapshot: () =>
        answer(async () => {
          await beforeFill()
          return {
            ...{ incarnation, pages: [], next: null, cursor: null, total: 0, changes: [] },
            ...{ seen: { epoch: 1, seq: 0 }, now: now() },
          }
        }),
      pull: (request) =>
        answer(async () => {
          await heard()
          return await store.snapshot((reads) => pullPage(intake, reads, incarnation, speaker, request))
        }),
      check: (request) =>
        answer(async () => {
          const { reply, differences: found } = await store.snapshot((reads) =>
            checkPart(intake, reads, incarnation, speaker, request),
          )
          differences.push(...found)
          return reply
        }),
      member: (by) =>
        answer(async () => {
          const { cards, members, profiles } = store.tables()
          const byPhone = 'phone' in by ? [...profiles].find(([, { phone }]) => phone === by.phone)?.[0] : undefined
          const id = 'member' in by ? by.member : 'card' in by ? cards.get(by.card)?.member : byPhone
          if (id === undefined || !members.has(id)) return { changes: [], now: now() }
          await store.transaction((tx) => noteVisit(intake, tx, outlet as OutletId, [id as MemberId]))
          await store.sequence()
          return { changes: [...(await persons(id as MemberId)), ...(await rows(pursesOf(id)))], now: now() }
        }),
      sold: ({ receipt, outlet: at }) =>
        answer(async () => {
          const { high } = await store.snapshot((reads) => reads.readStream(device, 1))
          const found = [...store.tables().sales.values()].filter(
            (sale) => sale.receipt === receipt && (at === undefined || sale.outlet === at),
          )
          return { receipts: found.map(soldReceiptOf), seen: { epoch: 1, seq: high }, now: now() }
        }),
      hold: (request) =>
        answer(async () => {
          if ('all' in request) return { changes: await rows(allPurses()), now: now() }
          const asked = { ...speaker, ...request }
          let isAwaited = await holdFor(intake, { ...asked, recalls: true })
          await store.sequence()
          for (let turn = 0; isAwaited && turn < 10; turn++) {
            await new Promise<void>((resolve) => clock.after(40, resolve))
            isAwaited = await holdFor(intake, { ...asked, recalls: false })
          }
          await store.sequence()
          return { changes: await rows(pursesOf(request.member)), now: now() }
        }),
      wait: ({ cursor, waitMs }) =>
        answer(async () => {
          const after = cursor === null ? 0n : readCursor(cursor)!.seq
          for (let waited = 0; waited < waitMs; waited += 100) {
            const called = [...store.tables().feed.values()].some(
              ({ scope, key, seq }) => scope === 'right' && seq > after && key.startsWith(`${name}\n`),
            )
            if (called || cut.has(name)) return { changed: called, now: now() }
            await new Promise<void>((resolve) => clock.after(100, resolve))
          }
          return { changed: false, now: now() }
        }),
    }
  }

  const allPurses = () => [...store.tables().accounts.values()]
  const pursesOf = (member: string) => allPurses().filter((account) => account.member === member)

  function account(member: string, purse = 'points') {
    return store.tables().accounts.get(accountKey(member, purse)) ?? emptyAccount(member as MemberId, purse)
  }

  return {
    store,
    intake,
    link,
    cut,
    /** What tills held otherwise than they should. */
    differences,
    newDay: async () => {
      await turnDay(intake)
      await store.sequence()
    },
    account,
    /** Every till has to begin again; `meanwhile` happens after it has heard so and before it is told everything. */
    beginAnew: (meanwhile: () => Promise<void>) => {
      incarnation = incarnationOf(2)
      beforeFill = meanwhile
    },
    book: async (...bodies: EntryBody[]) => {
      const booked = await bookOwn(intake, bodies, 'test')
      await store.sequence()
      return booked.map(({ disposition }) => disposition)
    },
    lost: (device: string) => reclaim(intake, device as DeviceId, 'lost'),
    silent: () => reclaimSilent(intake),
    /** Tills keep the visitors of their own outlet alone, for so many days after the last visit. */
    keepVisitors: (days: number) => setKeeping(intake, { keep: 'visitors', days }),
    leave: async () => {
      const left = await keepNight(intake)
      await store.sequence()
      return left
    },
    night: (pageMembers?: number) => allotNight(intake, pageMembers),
    balance: async (member: string, purse = 'points') => {
      const day = await store.snapshot((reads) => programmeDay(intake, reads))
      const { posted, leased, spendable, debt } = balanceOf(account(member, purse), day)
      return {
        posted: formatPoints(posted),
        leased: formatPoints(leased),
        spendable: formatPoints(spendable),
        debt: formatPoints(debt),
      }
    },
    held: (member: string, device: string, purse = 'points') =>
      formatPoints(
        (account(member, purse).leases ?? [])
          .filter((lease) => lease.holder?.device === device)
          .reduce((sum, lease) => sum + lease.remaining, 0n) as never,
      ),
  }
}
