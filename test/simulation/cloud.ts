import type { CloudAnswer, CloudLink, LookUp, SessionFacts } from '../../renderer/core/ports.ts'
import type { DeviceId, OutletId } from '../../shared/ids.ts'
import { turnDay, walkDays } from '../../shared/intake/day-walk.ts'
import type { Intake } from '../../shared/intake/intake.ts'
import { type MemoryStore, memoryStore, type Saved, StoreUnwell } from '../../shared/intake/memory-store.ts'
import { bookOwn } from '../../shared/intake/own-stream.ts'
import { pullPage } from '../../shared/intake/page.ts'
import { programmeShelf } from '../../shared/intake/programmes.ts'
import { currentRows } from '../../shared/intake/rows.ts'
import { StreamConflict, takeIn } from '../../shared/intake/take-in.ts'
import type { EntryBody } from '../../shared/ledger/entry.ts'
import { PROTOCOL_VERSION, pushReply } from '../../shared/sync/protocol.ts'
import type { Faults } from './faults.ts'
import type { WorldTime } from './time.ts'

/** The cloud's own deciding on the memory store, and everything that may happen to the machine it runs on. */

export interface Enrolled {
  readonly device: DeviceId
  readonly outlet: OutletId
}

/** The epoch that each device is in, where it is not the first. */
type Epochs = Map<string, number>

interface Backup {
  readonly store: Awaited<ReturnType<MemoryStore['backup']>>
  readonly epochs: Epochs
}

type PushRequest = Parameters<CloudLink['push']>[0]
type PullRequest = Parameters<CloudLink['pull']>[0]

const CHECKED_REPLY = 64

export class SimulatedCloud {
  readonly store: MemoryStore
  readonly intake: Intake
  incarnation = '00000000-0000-4000-8000-000000000001'
  isDown = false
  private epochs: Epochs = new Map()
  private restores = 1
  private replies = 0
  private readonly faults: Faults

  constructor(time: WorldTime, faults: Faults, onCommit: (saved: readonly Saved[]) => void) {
    this.faults = faults
    this.store = memoryStore({
      onCommit,
      fateOf: () => {
        if (faults.strikes('serialization failure', 0.05)) return 'again'
        if (faults.strikes('cloud crash before commit', 0.02)) return 'lost'
        return faults.strikes('cloud crash after commit', 0.02) ? 'unknown' : 'commit'
      },
    })
    this.intake = {
      store: this.store,
      programmes: programmeShelf(),
      now: () => new Date(time.now()).toISOString(),
      committed: () => undefined,
    }
  }

  now(): string {
    return this.intake.now()
  }

  private epochOf(device: string): number {
    return this.epochs.get(device) ?? 1
  }

  /** As `cloud/devices/epoch.ts`: the number belongs to whoever asks for it first. */
  async raiseEpoch(device: DeviceId, epoch: number): Promise<CloudAnswer<never>> {
    const taken = this.epochOf(device)
    if (epoch <= taken) return refused(409, 'epoch_taken', { epoch: taken })
    this.epochs.set(device, epoch)
    const { high, head } = await this.store.snapshot((reads) => reads.readStream(device, epoch))
    return { kind: 'ok', value: { epoch, high, head, now: this.now() } as never }
  }

  async session({ device }: Enrolled): Promise<CloudAnswer<SessionFacts>> {
    const epoch = this.epochOf(device)
    const { high, head } = await this.store.snapshot((reads) => reads.readStream(device, epoch))
    const { incarnation } = this
    return {
      kind: 'ok',
      value: { protocol: PROTOCOL_VERSION, incarnation, epoch, high, head, now: this.now() },
    }
  }

  async push({ device }: Enrolled, request: PushRequest): Promise<CloudAnswer<never>> {
    const newest = this.epochOf(device)
    if (request.epoch > newest) return refused(409, 'epoch_unknown', {})
    try {
      const place = { device, epoch: request.epoch, newest }
      const { stream, dispositions } = await takeIn(this.intake, place, request.from, request.items)
      const { high, head } = stream
      const value = { incarnation: this.incarnation, high, head, dispositions: [...dispositions], now: this.now() }
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

  async pull(speaker: Enrolled, request: PullRequest): Promise<CloudAnswer<never>> {
    if (!this.faults.strikes('feed lags', 0.5)) await this.store.sequence()
    const { device, outlet } = speaker
    const whole = { device, outlet, epoch: this.epochOf(device), protocol: PROTOCOL_VERSION }
    const value = await this.store.snapshot((reads) => pullPage(this.intake, reads, this.incarnation, whole, request))
    return { kind: 'ok', value: value as never }
  }

  /** So few members that a pull from nothing brings them all. */
  async snapshot({ device }: Enrolled): Promise<CloudAnswer<never>> {
    const few = { pages: [], next: null, cursor: null, total: 0, changes: [] }
    const seen = { epoch: this.epochOf(device), seq: 0 }
    return { kind: 'ok', value: { incarnation: this.incarnation, ...few, seen, now: this.now() } as never }
  }

  async member(speaker: Enrolled, by: LookUp): Promise<CloudAnswer<never>> {
    const { device, outlet } = speaker
    const epoch = this.epochOf(device)
    const changes = await this.store.snapshot(async (reads) => {
      const { high } = await reads.readStream(device, epoch)
      const asker = { device, outlet, seen: { epoch, seq: high } }
      const { cards, members, cardsOf, pursesOf } = this.store.tables()
      const named: string[] = []
      let next = 'card' in by ? cards.get(by.card)?.member : 'member' in by ? by.member : undefined
      while (next !== undefined && members.has(next)) {
        named.push(next)
        next = members.get(next)!.mergedInto ?? undefined
      }
      const held = (index: ReadonlyMap<string, readonly string[]>) => named.flatMap((member) => index.get(member) ?? [])
      return [
        ...(await currentRows(this.intake, reads, 'member', named, asker)),
        ...(await currentRows(this.intake, reads, 'card', held(cardsOf), asker)),
        ...(await currentRows(this.intake, reads, 'balance', held(pursesOf), asker)),
      ]
    })
    return { kind: 'ok', value: { changes, now: this.now() } as never }
  }

  /** A wish of somebody in the office; they see whether it was carried out. */
  async operator(bodies: readonly EntryBody[]): Promise<void> {
    await bookOwn(this.intake, bodies, 'office').catch(unwell)
  }

  async publish(document: unknown): Promise<void> {
    await this.store.publish(document)
  }

  /** What the service looks at now and then: whether a day has begun. */
  async morning(): Promise<void> {
    for (let tries = 0; tries < 20; tries++) {
      await turnDay(this.intake).catch(unwell)
      if ((await walkDays(this.intake).catch(unwell)) === false) return
    }
  }

  async backup(): Promise<Backup> {
    return { store: await this.store.backup(), epochs: new Map(this.epochs) }
  }

  /** Back to a backup: another database, which tills notice by its name. */
  async restored({ store, epochs }: Backup): Promise<void> {
    await this.store.restore(store)
    this.epochs = new Map(epochs)
    this.restores += 1
    this.incarnation = `00000000-0000-4000-8000-${String(this.restores).padStart(12, '0')}`
  }
}

export const unreachable = { kind: 'unreachable', message: 'nobody answers' } as const

function refused(status: number, code: string, body: Record<string, unknown>): CloudAnswer<never> {
  return { kind: 'refused', status, code, retryAfterMs: null, body: { ...body, code, status } }
}

function unwell(error: unknown): undefined {
  if (error instanceof StoreUnwell) return undefined
  throw error
}
