import type { CloudAnswer, CloudLink, LookUp, RightsLink, SessionFacts } from '../../renderer/core/ports.ts'
import type { DeviceId, MemberId, OutletId } from '../../shared/ids.ts'
import { readCursor } from '../../shared/intake/cursor.ts'
import { turnDay, walkDays } from '../../shared/intake/day-walk.ts'
import { type Intake, programmeDay } from '../../shared/intake/intake.ts'
import { keepNight } from '../../shared/intake/keeping.ts'
import { type GatheredState, gatherStates } from '../../shared/intake/member-state.ts'
import { type MemoryStore, memoryStore, type Saved, StoreUnwell } from '../../shared/intake/memory-store.ts'
import { bookOwn, bookOwnIn } from '../../shared/intake/own-stream.ts'
import { LOOK_MAX, pullPage } from '../../shared/intake/page.ts'
import type { LedgerTx } from '../../shared/intake/port.ts'
import { programmeShelf } from '../../shared/intake/programmes.ts'
import { allotNight, holdFor, reclaim, reclaimSilent } from '../../shared/intake/rights.ts'
import { currentRows } from '../../shared/intake/rows.ts'
import { StreamConflict, takeIn } from '../../shared/intake/take-in.ts'
import { noteVisit } from '../../shared/intake/visits.ts'
import type { Account } from '../../shared/ledger/booking-port.ts'
import { type Command, decide } from '../../shared/ledger/decide.ts'
import type { EntryBody } from '../../shared/ledger/entry.ts'
import { parseProgramme } from '../../shared/programme/schema.ts'
import { pushReply } from '../../shared/sync/protocol.ts'
import { spoken } from '../../shared/sync/spoken.ts'
import { Baskets, type Rows } from './baskets.ts'
import type { Faults } from './faults.ts'
import { signatureBy } from './lan.ts'
import type { Postgres, StoreBeside } from './postgres.ts'
import type { WorldTime } from './time.ts'

/** The cloud's own deciding on the memory store, and everything that may happen to the machine it runs on. */

export interface Enrolled {
  readonly device: DeviceId
  readonly outlet: OutletId
  /** The newest protocol that its release speaks. */
  readonly protocol: number
}

/** The epoch that each device is in, where it is not the first. */
type Epochs = Map<string, number>

interface Backup {
  readonly store: Awaited<ReturnType<MemoryStore['backup']>>
  readonly epochs: Epochs
  readonly baskets: Rows
}

type PushRequest = Parameters<CloudLink['push']>[0]
type PullRequest = Parameters<CloudLink['pull']>[0]
type Dispositions = Awaited<ReturnType<typeof takeIn>>['dispositions']
type HoldRequest = Parameters<RightsLink['hold']>[0]
type WaitRequest = Parameters<RightsLink['wait']>[0]

const CHECKED_REPLY = 64
/** Beside the list of invariants: what memory decides, PostgreSQL decides. */
const AGREEMENT = 0
/** Whoever sees that it was not carried out asks for it again. */
const OFFICE_TRIES = 20
/** As `cloud/sync/hold.ts`, `wait.ts` and `ledger/tills.ts` have them. */
const AWAIT_MS = 400
const LOOK_EVERY_MS = 40
const RING_AFTER_MS = 100
const NOTED_EVERY_MS = 20_000
const LEAVING_PAGE = 3
/** Where answers hold few rows, so many are looked at for one. */
const LOOK = 20

export interface CloudParts {
  readonly time: WorldTime
  readonly faults: Faults
  readonly onCommit: (saved: readonly Saved[]) => void
  /** Told where a promise was broken. */
  readonly breaks: (invariant: number, what: string, where: string) => void
  /** The most rows that it gives a page, whatever it is asked for. */
  readonly rowsMax: number
  readonly postgres?: Postgres
}

/** A till that waits to be called. */
interface Waiter {
  readonly device: DeviceId
  readonly after: bigint
  readonly end: (called: boolean) => void
}

export class SimulatedCloud {
  readonly store: MemoryStore
  private readonly beside: StoreBeside | undefined
  readonly intake: Intake
  readonly baskets: Baskets
  incarnation = '00000000-0000-4000-8000-000000000001'
  isDown = false
  private epochs: Epochs = new Map()
  private restores = 1
  private replies = 0
  private readonly faults: Faults
  private readonly time: WorldTime
  private readonly waiters = new Set<Waiter>()
  private isRinging = false
  private readonly answers = new Map<string, string>()
  private readonly breaks: CloudParts['breaks']
  private readonly rowsMax: number
  private readonly lookMax: number
  /** The highest epoch that each device was ever given, also by a database that was put back since. */
  private readonly given = new Map<string, number>()
  /** Whether a till has a reason to begin a new epoch. */
  mayBeginAnew: (device: string) => boolean = () => true
  /** Tills that the office has given up for lost: they are not spoken to any more. */
  readonly revoked = new Set<string>()

  constructor({ time, faults, onCommit, breaks, rowsMax, postgres }: CloudParts) {
    this.faults = faults
    this.time = time
    this.breaks = breaks
    this.rowsMax = rowsMax
    this.lookMax = Number.isFinite(rowsMax) ? LOOK : LOOK_MAX
    const memory = memoryStore({
      onCommit,
      fateOf: () => {
        if (faults.strikes('serialization failure', 0.05)) return 'again'
        if (faults.strikes('cloud crash before commit', 0.02)) return 'lost'
        return faults.strikes('cloud crash after commit', 0.02) ? 'unknown' : 'commit'
      },
    })
    this.beside = postgres?.beside(memory, {
      now: () => this.now(),
      outside: time.outside,
      differs: (what, where) => breaks(AGREEMENT, what, where),
    })
    this.store = this.beside ?? memory
    this.intake = {
      store: this.store,
      programmes: programmeShelf(),
      now: () => this.now(),
      committed: () => this.ring(),
      verify: (key, text, signature) => signature === signatureBy(atob(key), text),
    }
    this.baskets = new Baskets({ time, store: this.store, intake: this.intake, breaks })
  }

  private said = { at: Number.NaN, text: '' }

  now(): string {
    const at = this.time.now()
    if (this.said.at !== at) this.said = { at, text: new Date(at).toISOString() }
    return this.said.text
  }

  private epochOf(device: string): number {
    return this.epochs.get(device) ?? 1
  }

  /** As `cloud/devices/epoch.ts`: the number belongs to whoever asks for it first. */
  async raiseEpoch(device: DeviceId, epoch: number): Promise<CloudAnswer<never>> {
    const taken = this.epochOf(device)
    if (epoch <= taken) return refused(409, 'epoch_taken', { epoch: taken })
    this.epochs.set(device, epoch)
    const isNew = epoch > (this.given.get(device) ?? 1)
    if (isNew && !this.mayBeginAnew(device)) {
      this.breaks(7, 'a till began a new epoch though there is no other machine of its name', device)
    }
    this.given.set(device, Math.max(epoch, this.given.get(device) ?? 1))
    const holder = this.store.tables().tills.get(device)
    if (holder !== undefined) await this.store.heard({ ...holder, epoch })
    const { high, head } = await this.store.snapshot((reads) => reads.readStream(device, epoch))
    return { kind: 'ok', value: { epoch, high, head, now: this.now() } as never }
  }

  async session({ device, protocol }: Enrolled): Promise<CloudAnswer<SessionFacts>> {
    const epoch = this.epochOf(device)
    const { high, head } = await this.store.snapshot((reads) => reads.readStream(device, epoch))
    const { incarnation } = this
    return {
      kind: 'ok',
      value: { protocol, incarnation, epoch, high, head, now: this.now() },
    }
  }

  async push({ device }: Enrolled, request: PushRequest): Promise<CloudAnswer<never>> {
    const newest = this.epochOf(device)
    if (request.epoch > newest) return refused(409, 'epoch_unknown', {})
    try {
      const isRevoked = this.revoked.has(device)
      const place = { device, epoch: request.epoch, newest, ...(isRevoked ? { isRevoked } : {}) }
      const { stream, dispositions } = await takeIn(this.intake, place, request.from, request.items)
      this.ring()
      const { high, head } = stream
      const value = { incarnation: this.incarnation, high, head, dispositions: [...dispositions], now: this.now() }
      this.checkAnswers(device, request.epoch, dispositions)
      this.replies += 1
      if (this.replies % CHECKED_REPLY === 0) pushReply.parse(JSON.parse(JSON.stringify(value)))
      return { kind: 'ok', value: value as never }
    } catch (error) {
      if (error instanceof StreamConflict) {
        const { high, head } = error.stream
        return refused(409, error.code, { high, head, incarnation: this.incarnation })
      }
      if (error instanceof StoreUnwell) return unreachable
      throw error
    }
  }

  /** Where it stands in the stream of a till of the asker's outlet. */
  async standing(device: string, epoch: number): Promise<CloudAnswer<never>> {
    const { high } = await this.store.snapshot((reads) => reads.readStream(device as DeviceId, epoch))
    return { kind: 'ok', value: { high, incarnation: this.incarnation, now: this.now() } as never }
  }

  /** What a neighbour hands in is taken in as if its writer had sent it. */
  relay(device: string, epoch: number, from: number, items: readonly unknown[]): Promise<CloudAnswer<never>> {
    const writer = { device: device as DeviceId, outlet: '' as OutletId, protocol: 0 }
    return this.push(writer, { epoch, from, items } as unknown as PushRequest)
  }

  /** What an entry was answered once it is answered for ever. */
  private checkAnswers(device: string, epoch: number, dispositions: Dispositions): void {
    for (const { seq, disposition } of dispositions) {
      const [key, answer] = [`${device}/${epoch}/${seq}`, JSON.stringify(disposition)]
      const before = this.answers.get(key)
      if (before !== undefined && before !== answer) this.breaks(8, `${before} became ${answer}`, key)
      this.answers.set(key, answer)
    }
  }

  async pull(speaker: Enrolled, request: PullRequest): Promise<CloudAnswer<never>> {
    await this.noteContact(speaker, false)
    if (!this.faults.strikes('feed lags', 0.5)) await this.store.sequence()
    const { device, outlet, protocol } = speaker
    const whole = { device, outlet, epoch: this.epochOf(device), protocol }
    const asked = { ...request, limit: Math.min(request.limit, this.rowsMax) }
    const value = await this.store.snapshot((reads) =>
      pullPage(this.intake, reads, this.incarnation, whole, asked, this.lookMax),
    )
    const cursor = request.cursor === null ? undefined : readCursor(request.cursor)
    if (value.reset && cursor?.incarnation === this.incarnation && cursor.protocol >= protocol) {
      this.breaks(10, 'a till that goes on in the same database was told to begin again', device)
    }
    return { kind: 'ok', value: value as never }
  }

  /** So few members that a pull from nothing brings them all. */
  async snapshot({ device }: Enrolled): Promise<CloudAnswer<never>> {
    const few = { pages: [], next: null, cursor: null, total: 0, changes: [] }
    const seen = { epoch: this.epochOf(device), seq: 0 }
    return { kind: 'ok', value: { incarnation: this.incarnation, ...few, seen, now: this.now() } as never }
  }

  async member(speaker: Enrolled, by: LookUp): Promise<CloudAnswer<never>> {
    const { device, outlet, protocol } = speaker
    const epoch = this.epochOf(device)
    const { cards, members, cardsOf, pursesOf } = this.store.tables()
    const named: MemberId[] = []
    let next = 'card' in by ? cards.get(by.card)?.member : 'member' in by ? (by.member as MemberId) : undefined
    while (next !== undefined && members.has(next)) {
      named.push(next)
      next = members.get(next)!.mergedInto ?? undefined
    }
    try {
      await this.store.transaction((tx) => noteVisit(this.intake, tx, outlet, named))
    } catch (error) {
      unwell(error)
      return unreachable
    }
    const changes = await this.store.snapshot(async (reads) => {
      const { high } = await reads.readStream(device, epoch)
      const asker = { device, outlet, seen: { epoch, seq: high } }
      const held = (index: ReadonlyMap<string, readonly string[]>) => named.flatMap((member) => index.get(member) ?? [])
      return [
        ...(await currentRows(this.intake, reads, 'member', named, asker)),
        ...(await currentRows(this.intake, reads, 'card', held(cardsOf), asker)),
        ...(await currentRows(this.intake, reads, 'balance', held(pursesOf), asker)),
      ]
    })
    return { kind: 'ok', value: { changes: spoken(protocol, changes), now: this.now() } as never }
  }

  /** A till that pulls is in contact; one that asks for rights may be given some from then on. */
  private async noteContact({ device, outlet }: Enrolled, asksForRights: boolean): Promise<void> {
    const known = this.store.tables().tills.get(device)
    if (known === undefined && !asksForRights) return
    if (known !== undefined && this.time.now() - Date.parse(known.lastContact) < NOTED_EVERY_MS) return
    const isActive = !this.revoked.has(device)
    const epoch = this.epochOf(device)
    await this.store.heard({ device, outlet, epoch, lastContact: this.now(), isActive, publicKey: btoa(device) })
  }

  async hold(speaker: Enrolled, request: HoldRequest): Promise<CloudAnswer<never>> {
    await this.noteContact(speaker, true)
    const { device, outlet } = speaker
    const epoch = this.epochOf(device)
    try {
      if (!('all' in request)) {
        const asked = { device, outlet, epoch, ...request }
        const until = this.time.now() + AWAIT_MS
        let isAwaited = await holdFor(this.intake, { ...asked, recalls: true })
        while (isAwaited && this.time.now() < until) {
          await new Promise<void>((resolve) => void this.time.after(LOOK_EVERY_MS, resolve))
          isAwaited = await holdFor(this.intake, { ...asked, recalls: false })
        }
      }
    } catch (error) {
      unwell(error)
      return unreachable
    }
    const changes = await this.store.snapshot(async (reads) => {
      const { high } = await reads.readStream(device, epoch)
      const asker = { device, outlet, seen: { epoch, seq: high } }
      const { accounts, pursesOf } = this.store.tables()
      const isHeld = ([, account]: readonly [string, Account]) =>
        (account.leases ?? []).some((lease) => lease.holder?.device === device)
      const keys = 'all' in request ? [...accounts].filter(isHeld).map(([key]) => key) : pursesOf.get(request.member)
      const rights = (keys ?? []).map((key) => `${device}\n${key}`)
      const balances = 'all' in request ? [] : await currentRows(this.intake, reads, 'balance', keys ?? [], asker)
      return [...balances, ...(await currentRows(this.intake, reads, 'right', rights, asker))]
    })
    return { kind: 'ok', value: { changes, now: this.now() } as never }
  }

  /** Answers when something of the till's rights got a number after its cursor. */
  async wait({ device }: Enrolled, { cursor, waitMs }: WaitRequest): Promise<CloudAnswer<never>> {
    const read = cursor === null ? undefined : readCursor(cursor)
    const after = read?.incarnation === this.incarnation ? read.seq : 0n
    const changed = await new Promise<boolean>((resolve) => {
      const end = (called: boolean) => {
        callOff()
        this.waiters.delete(waiter)
        resolve(called)
      }
      const callOff = this.time.after(waitMs, () => end(false))
      const waiter: Waiter = { device, after, end }
      this.waiters.add(waiter)
    })
    return { kind: 'ok', value: { changed, now: this.now() } as never }
  }

  /** Something was committed that tills may wait for: one look at the feed for all of them, in a moment. */
  private ring(): void {
    if (this.isRinging || this.waiters.size === 0) return
    this.isRinging = true
    this.time.after(RING_AFTER_MS, () => void this.look())
  }

  private async look(): Promise<void> {
    this.isRinging = false
    if (!this.faults.strikes('feed lags', 0.5)) await this.store.sequence()
    for (const waiter of [...this.waiters]) {
      const news = await this.store.snapshot((reads) =>
        reads.feedBetween({ after: waiter.after, upto: null }, 1_000, waiter.device, null),
      )
      if (news.some(({ scope }) => scope === 'right')) waiter.end(true)
    }
  }

  /** The office gives a till up for lost: it is not spoken to any more, and what it holds is free. */
  async lost(device: DeviceId): Promise<void> {
    this.revoked.add(device)
    const known = this.store.tables().tills.get(device)
    if (known !== undefined) await this.store.heard({ ...known, isActive: false })
    for (let tries = 0; tries < OFFICE_TRIES; tries++) {
      const closed = await reclaim(this.intake, device, 'lost').catch(unwell)
      if (closed !== undefined) return this.checkNothingLeft(device)
    }
  }

  private checkNothingLeft(device: string): void {
    for (const [key, { leases = [] }] of this.store.tables().accounts) {
      const isIts = leases.some(({ holder, to, remaining }) => remaining > 0n && (holder ?? to)?.device === device)
      if (isIts) this.breaks(3, `${device} was given up, and something is held for it or on its way to it`, key)
    }
  }

  /** A wish of somebody in the office; they see whether it was carried out. */
  async operator(bodies: readonly EntryBody[]): Promise<void> {
    await bookOwn(this.intake, bodies, 'office').catch(unwell)
  }

  /** As `cloud/admin/wishes.ts`: decided from what the member is at that moment; a wish that is refused changes nothing. */
  async wish(member: MemberId, commandOf: (state: GatheredState) => Command): Promise<boolean> {
    const carriedOut = async (tx: LedgerTx) => {
      const programme = (await this.intake.programmes.current(tx))?.compiled
      const state = programme && (await gatherStates(tx, programme, [member])).get(member)
      if (programme === undefined || state === undefined) return false
      const today = await programmeDay(this.intake, tx)
      const decided = decide(commandOf(state), { programme, member: state, today })
      if (!decided.ok) return false
      await bookOwnIn(this.intake, tx, decided.value, 'office')
      return true
    }
    try {
      return await this.store.transaction(carriedOut)
    } catch (error) {
      unwell(error)
      return false
    } finally {
      this.intake.committed()
    }
  }

  /** As `cloud/members/erase.ts`: the cards are blocked, and what is said about the person goes. */
  async erase(member: MemberId): Promise<void> {
    const { cards, cardsOf } = this.store.tables()
    for (const number of cardsOf.get(member) ?? []) {
      if (cards.get(number)?.state !== 'active') continue
      const body = { kind: 'member', member, card: { action: 'block', number }, by: 'erasure' }
      await this.operator([body as EntryBody])
    }
    while ((await this.baskets.releaseOf(member)) === 'unreachable');
    await this.store.erase(member)
  }

  async publish(document: unknown): Promise<void> {
    const read = parseProgramme(document)
    if (!read.ok) throw new Error(`no such programme could be published: ${JSON.stringify(read.detail)}`)
    await this.store.publish(document)
  }

  /** What the service looks at now and then: whether a day has begun. */
  async morning(): Promise<void> {
    for (let tries = 0; tries < 20; tries++) {
      await turnDay(this.intake).catch(unwell)
      const walked = await walkDays(this.intake).catch(unwell)
      await reclaimSilent(this.intake).catch(unwell)
      await allotNight(this.intake).catch(unwell)
      await keepNight(this.intake, LEAVING_PAGE).catch(unwell)
      if (walked === false) return
    }
  }

  /** Where a PostgreSQL decides beside the memory store: everything that both hold. */
  async compareStores(): Promise<void> {
    await this.beside?.compareAll()
  }

  async backup(): Promise<Backup> {
    return { store: await this.store.backup(), epochs: new Map(this.epochs), baskets: this.baskets.backup() }
  }

  /** Back to a backup: another database, which tills notice by its name. */
  async restored({ store, epochs, baskets }: Backup): Promise<void> {
    await this.store.restore(store)
    this.baskets.restored(baskets)
    this.answers.clear()
    this.epochs = new Map(epochs)
    this.restores += 1
    this.incarnation = `00000000-0000-4000-8000-${String(this.restores).padStart(12, '0')}`
  }
}

export const unreachable = { kind: 'unreachable', message: 'nobody answers' } as const

function refused(status: number, code: string, body: Record<string, unknown>): CloudAnswer<never> {
  return { kind: 'refused', status, code, retryAfterMs: null, body: { ...body, code, status } }
}

export const revoked = refused(403, 'revoked', {})

function unwell(error: unknown): undefined {
  if (error instanceof StoreUnwell) return undefined
  throw error
}
