import { describe, expect, test } from 'vitest'
import type { DeviceId, MemberId, OutletId } from '../../shared/ids.ts'
import { checkPart } from '../../shared/intake/check.ts'
import { turnDay } from '../../shared/intake/day-walk.ts'
import { keepNight, setKeeping } from '../../shared/intake/keeping.ts'
import { bookOwn } from '../../shared/intake/own-stream.ts'
import { pullPage } from '../../shared/intake/page.ts'
import { takeIn } from '../../shared/intake/take-in.ts'
import { noteVisit } from '../../shared/intake/visits.ts'
import type { EntryBody } from '../../shared/ledger/entry.ts'
import { PROTOCOL_VERSION, type PullChange } from '../../shared/sync/protocol.ts'
import { MEMBER_SCOPES, sumOfRows } from '../../shared/sync/sums.ts'
import { document } from '../shared/ledger/network.ts'
import { bought, gift, START, type StoreRig, Writer } from './ledger-store.ts'

/** Whose rows the tills of an outlet are told of: every store behind the port holds to it. */

const DAY_MS = 86_400_000

/** What a till of an outlet knows, by what it was told. */
class Listener {
  readonly rows = new Map<string, object>()
  readonly told: string[] = []
  /** How many answers the last pull took. */
  answers = 0
  cursor: string | null = null
  private readonly rig: StoreRig
  outlet: string
  private readonly protocol: number

  constructor(rig: StoreRig, outlet: string, protocol = PROTOCOL_VERSION) {
    this.rig = rig
    this.outlet = outlet
    this.protocol = protocol
  }

  get speaker() {
    const { outlet, protocol } = this
    return { device: `till-${outlet}` as DeviceId, epoch: 1, outlet: outlet as OutletId, protocol }
  }

  /** The rows about members that came; whether it had to begin again. */
  async pull(limit = 5000, look?: number): Promise<boolean> {
    const { intake, incarnation, sequenced } = this.rig
    await sequenced()
    this.told.length = 0
    this.answers = 0
    let hasBegun = false
    for (let more = true; more; ) {
      const { cursor, speaker } = this
      const page = await intake.store.snapshot((reads) =>
        pullPage(intake, reads, incarnation, speaker, { cursor, limit }, look),
      )
      this.answers += 1
      if (page.reset) this.rows.clear()
      for (const change of page.changes) this.hear(change)
      hasBegun ||= page.reset
      this.cursor = page.cursor
      more = page.more
    }
    this.told.sort()
    return hasBegun
  }

  private hear({ scope, key, row }: PullChange): void {
    if (!(MEMBER_SCOPES as readonly string[]).includes(scope) && scope !== 'left') return
    this.told.push(`${scope} ${key.replace('\n', '/')}`)
    if (scope === 'left') {
      const { member } = row as { readonly member: string }
      for (const [name, known] of this.rows)
        if (name === `member ${member}` || ownerOf(known) === member) this.rows.delete(name)
    } else if (row === null) this.rows.delete(`${scope} ${key}`)
    else this.rows.set(`${scope} ${key}`, row)
  }

  get members(): string[] {
    return [...this.rows.keys()].flatMap((name) => (name.startsWith('member ') ? [name.slice(7)] : [])).sort()
  }

  /** Whether it holds what the cloud says that it should. */
  async check() {
    const { intake, incarnation } = this.rig
    const sums = MEMBER_SCOPES.map((scope) => {
      const own = [...this.rows].filter(([name]) => name.startsWith(`${scope} `))
      return sumOfRows(
        scope,
        own.map(([name, row]) => ({ scope, key: name.slice(scope.length + 1), row })),
      )
    })
    const request = { cursor: this.cursor!, part: { after: '', upto: null }, sums }
    const { reply, differences } = await intake.store.snapshot((reads) =>
      checkPart(intake, reads, incarnation, this.speaker, request),
    )
    return { compared: reply.compared.length, differences }
  }
}

const ownerOf = (row: object): unknown => (row as { readonly member?: string }).member
const HELD_WHOLE = { compared: MEMBER_SCOPES.length, differences: [] }

export function scopesSuite(open: () => Promise<StoreRig>): void {
  /** Anna was enrolled at A, Boris at B; each outlet keeps its own visitors. */
  async function network(run: (at: Network) => Promise<void>, days = 180): Promise<void> {
    const rig = await open()
    try {
      rig.setNow(START)
      await rig.publish(document)
      const [a, b] = [new Writer('till-A', 'A'), new Writer('till-B', 'B')]
      await setKeeping(rig.intake, { keep: 'visitors', days })
      await takeIn(rig.intake, a.place, 1, [a.enrol('anna')])
      await takeIn(rig.intake, b.place, 1, [b.enrol('boris')])
      await bookOwn(rig.intake, [gift('anna', null), gift('boris', null)], 'eva')
      await turnDay(rig.intake)
      const [atA, atB] = [new Listener(rig, 'A'), new Listener(rig, 'B')]
      await atA.pull()
      await atB.pull()
      await run({ rig, a, b, atA, atB })
    } finally {
      await rig.close()
    }
  }

  interface Network {
    readonly rig: StoreRig
    readonly a: Writer
    readonly b: Writer
    readonly atA: Listener
    readonly atB: Listener
  }

  const push = ({ intake }: StoreRig, till: Writer, body: unknown, at = START) =>
    takeIn(intake, till.place, till.seq + 1, [till.write(body, undefined, at)])
  const night = async (rig: StoreRig, days: number) => {
    rig.setNow(START + days * DAY_MS)
    await turnDay(rig.intake)
    return keepNight(rig.intake, 1)
  }

  describe('scopes', () => {
    test('[S200] of what is not for an outlet so much is looked at for one answer, and nothing behind it is missed', () =>
      network(async ({ rig, atA, atB, b }) => {
        const strangers = Array.from({ length: 20 }, (_, index) => `stranger-${index}`)
        await takeIn(
          rig.intake,
          b.place,
          b.seq + 1,
          strangers.map((member) => b.enrol(member)),
        )
        await bookOwn(rig.intake, [gift('anna', null)], 'eva')
        const [whole, slow] = [new Listener(rig, 'A'), new Listener(rig, 'A')]
        await whole.pull()
        await slow.pull(5000, 7)
        expect([whole.answers, slow.answers > 5]).toEqual([1, true])
        expect([...slow.rows]).toEqual([...whole.rows])
        await atA.pull(5000, 7)
        expect([atA.told, atA.answers > 5]).toEqual([['balance anna/points'], true])
        await atA.pull(5000, 7)
        expect([atA.told, atA.answers]).toEqual([[], 1])
        await atB.pull(5000, 7)
        expect(atB.members).toEqual(['boris', ...strangers].sort())
        expect(await atA.check()).toEqual(HELD_WHOLE)
      }))

    test('[S200] an outlet is told of its own visitors and of nobody else, a few rows at a time as well', () =>
      network(async ({ rig, atA, atB }) => {
        expect([...atA.rows.keys()].sort()).toEqual(['balance anna\npoints', 'card card-anna', 'member anna'])
        expect(atB.members).toEqual(['boris'])
        const slow = new Listener(rig, 'A')
        await slow.pull(1)
        expect(slow.rows).toEqual(atA.rows)
        expect(await atA.check()).toEqual(HELD_WHOLE)
        await bookOwn(rig.intake, [gift('boris', null)], 'eva')
        await atA.pull()
        expect(atA.told).toEqual([])
        expect(await atA.check()).toEqual(HELD_WHOLE)
      }))

    test('[S200] a till of the first protocol is told of everybody, and of nobody who left', () =>
      network(async ({ rig }) => {
        const old = new Listener(rig, 'A', 1)
        await old.pull()
        expect(old.members).toEqual(['anna', 'boris'])
        await night(rig, 400)
        await old.pull()
        expect(old.members).toEqual(['anna', 'boris'])
      }))

    test('[S201] [S202] whoever buys at another outlet is told there whole, once', () =>
      network(async ({ rig, b, atA, atB }) => {
        await push(rig, b, bought('anna', 'r1'))
        await atB.pull()
        expect(atB.told).toEqual(['balance anna/points', 'card card-anna', 'member anna'])
        expect(await atB.check()).toEqual(HELD_WHOLE)
        await atA.pull()
        expect(await atA.check()).toEqual(HELD_WHOLE)
        await push(rig, b, bought('anna', 'r2'))
        await atB.pull()
        expect(atB.told).toEqual(['balance anna/points', 'member anna'])
      }))

    test('[S201] what is set aside names a visitor all the same; what the cloud decides by itself does not', () =>
      network(async ({ rig, b, atB }) => {
        const { dispositions } = await push(rig, b, {
          ...bought('anna', 'r1'),
          programme: { id: 'no', version: 9, hash: '0'.repeat(64) },
        })
        expect(dispositions[0]!.disposition.kind).toBe('quarantined')
        await atB.pull()
        expect(atB.members).toEqual(['anna', 'boris'])
        const cloud = new Listener(rig, 'cloud')
        await cloud.pull()
        expect(cloud.members).toEqual([])
      }))

    test('[S201] whoever is asked for at a scan is known there from then on', () =>
      network(async ({ rig, atB }) => {
        const stands = () =>
          rig.intake.store.transaction((tx) => noteVisit(rig.intake, tx, 'B' as OutletId, ['anna' as MemberId]))
        await stands()
        await atB.pull()
        expect(atB.told).toEqual(['balance anna/points', 'card card-anna', 'member anna'])
        await stands()
        await atB.pull()
        expect(atB.told).toEqual([])
      }))

    test('[S201] whoever takes over a card or the purses of another is known where that one was', () =>
      network(async ({ rig, atA, atB }) => {
        const transfer = { action: 'transfer', number: 'card-anna', to: 'boris' }
        await bookOwn(
          rig.intake,
          [{ kind: 'member', member: 'anna', card: transfer, by: 'eva' } as unknown as EntryBody],
          'eva',
        )
        await atA.pull()
        expect(atA.rows.get('card card-anna')).toMatchObject({ member: 'boris' })
        expect(atA.members).toEqual(['anna', 'boris'])
        const merge = {
          kind: 'merge',
          from: 'boris',
          into: 'anna',
          purses: ['points'],
          cards: ['card-boris'],
          by: 'eva',
          reason: 'x',
        }
        await bookOwn(rig.intake, [merge as unknown as EntryBody], 'eva')
        await atB.pull()
        expect(atB.members).toEqual(['anna', 'boris'])
        expect(atB.rows.get('card card-boris')).toMatchObject({ member: 'anna' })
        expect(await atA.check()).toMatchObject({ differences: [] })
        expect(await atB.check()).toEqual(HELD_WHOLE)
      }))

    test('[S203] whoever was not there for so long leaves in the night after, once, and comes back whole', () =>
      network(async ({ rig, a, b, atA, atB }) => {
        const at = START + 100 * DAY_MS
        rig.setNow(at)
        await push(rig, b, { ...bought('anna', 'r1'), receiptAt: new Date(at).toISOString() }, at)
        await atB.pull()
        expect(await night(rig, 180)).toBe(0)
        await atA.pull()
        expect(atA.members).toEqual(['anna'])
        expect(await night(rig, 181)).toBe(2)
        expect(await night(rig, 181)).toBe(0)
        await atA.pull()
        expect(atA.told).toEqual(['left A/anna'])
        expect(atA.rows.size).toBe(0)
        expect(await atA.check()).toEqual(HELD_WHOLE)
        await atB.pull()
        expect(atB.told).toContain('left B/boris')
        expect(atB.members).toEqual(['anna'])
        await push(rig, a, bought('anna', 'r2'), START + 181 * DAY_MS)
        await atA.pull()
        expect(atA.members).toEqual(['anna'])
        expect(await atA.check()).toEqual(HELD_WHOLE)
        const fresh = new Listener(rig, 'A')
        await fresh.pull()
        expect(fresh.members).toEqual(['anna'])
      }))

    test('[S203] a till that was away while a visitor left and came back forgets nothing', () =>
      network(async ({ rig, a, atA }) => {
        expect(await night(rig, 200)).toBe(2)
        await rig.sequenced()
        await push(rig, a, bought('anna', 'r1'), START + 200 * DAY_MS)
        await atA.pull()
        expect(atA.told).not.toContain('left A/anna')
        expect(await atA.check()).toEqual(HELD_WHOLE)
      }))

    test('[S205] what the owner sets holds at once: tills of another scope begin again, also of another outlet', () =>
      network(async ({ rig, atA }) => {
        expect(await atA.pull()).toBe(false)
        await setKeeping(rig.intake, { keep: 'everybody', days: 180 })
        expect(await atA.pull()).toBe(true)
        expect(atA.members).toEqual(['anna', 'boris'])
        expect(await atA.check()).toEqual(HELD_WHOLE)
        expect(await night(rig, 200)).toBe(2)
        expect(await atA.pull()).toBe(false)
        expect(atA.told).toEqual([])
        expect(atA.members).toEqual(['anna', 'boris'])
        await setKeeping(rig.intake, { keep: 'visitors', days: 30 })
        expect(await atA.pull()).toBe(true)
        expect(atA.members).toEqual([])
        atA.outlet = 'B'
        expect(await atA.pull()).toBe(true)
        await setKeeping(rig.intake, { keep: 'auto', days: 30 })
        await atA.pull()
        expect(atA.members).toEqual(['anna', 'boris'])
      }))
  })
}
