import { describe, expect, test } from 'vitest'
import { type Chance, chanceFrom } from '../../cloud/demo/chance.ts'
import type { DeviceId, OutletId } from '../../shared/ids.ts'
import { bookItems } from '../../shared/intake/apply.ts'
import { checkPart } from '../../shared/intake/check.ts'
import { turnDay, walkDays } from '../../shared/intake/day-walk.ts'
import type { Intake } from '../../shared/intake/intake.ts'
import type { Item } from '../../shared/intake/items.ts'
import { loadForBooking } from '../../shared/intake/load.ts'
import { bookOwn } from '../../shared/intake/own-stream.ts'
import { pullPage } from '../../shared/intake/page.ts'
import { type Loaded, Overtaken } from '../../shared/intake/port.ts'
import { StreamConflict, takeIn } from '../../shared/intake/take-in.ts'
import type { BookingItem } from '../../shared/ledger/booking-port.ts'
import { canonical, entryHash, NO_HASH, sha256Hex } from '../../shared/ledger/chain.ts'
import type { EntryBody, LedgerEntry, Profile } from '../../shared/ledger/entry.ts'
import { formatHundredths } from '../../shared/money.ts'
import { type Disposition, PROTOCOL_VERSION, type PullChange } from '../../shared/sync/protocol.ts'
import { MEMBER_SCOPES, sumOfRows } from '../../shared/sync/sums.ts'
import { document, Network, saleBody } from '../shared/ledger/network.ts'

/**
 * What every store behind the ledger's port holds to. Each implementation runs it: what is decided on one is decided on
 * all, and a transaction leaves all of itself behind or nothing.
 */
export interface StoreRig {
  readonly intake: Intake
  readonly incarnation: string
  setNow(ms: number): void
  publish(document: unknown): Promise<void>
  /** Gives a number to everything that was committed. */
  sequenced(): Promise<void>
  close(): Promise<void>
}

export const START = Date.parse('2026-01-05T09:00:00Z')
const DAY_MS = 86_400_000
const hash = sha256Hex(canonical(document))
const MEMBERS = ['anna', 'boris', 'clara', 'dmitri']
const TILLS = ['till-a', 'till-b']

/** A history of entries with the moment at which each was booked. */
function history(chance: Chance, start: number): { network: Network; moments: string[] } {
  const network = new Network()
  const moments: string[] = []
  let at = start
  let receipts = 0
  let leases = 0
  const push = (body: unknown, till = chance.pick(TILLS)) => {
    network.push(body as EntryBody, { till })
    while (moments.length < network.items.length) moments.push(network.now)
  }
  const cardOf = (member: string) => chance.pick([`card-${member}`, `card-${member}`, `second-${member}`])
  const amount = (max: number) => formatHundredths(BigInt(chance.between(1, max)))
  const actions: (() => void)[] = [
    () => {
      const member = chance.chance(0.8) ? chance.pick(MEMBERS) : null
      const lines = Array.from({ length: chance.between(1, 3) }, () => ({ amount: amount(90_000) }))
      const redeem = member !== null && chance.chance(0.4) ? '1.00' : '0.00'
      receipts += 1
      const body = saleBody({ receipt: `r${receipts}`, member, lines, redeem, at: network.now })
      push({ ...body, programme: { ...body.programme, hash } })
    },
    () => {
      const sale = chance.pick([...network.sales.values()])
      if (sale === undefined) return
      try {
        network.refund(sale.receipt, chance.chance(0.5) ? undefined : [{ id: sale.body.lines[0]!.id }], {
          till: chance.pick(TILLS),
        })
      } catch {
        return // nothing is left to return
      }
      moments.push(network.now)
    },
    () => {
      const lastDay = new Date(at + chance.between(0, 20) * 86_400_000).toISOString().slice(0, 10)
      const activeFrom = network.now.slice(0, 10)
      push(
        {
          kind: 'gift',
          member: chance.pick(MEMBERS),
          purse: 'points',
          points: amount(9_000),
          activeFrom,
          lastDay,
          reason: 'x',
        },
        'cloud',
      )
    },
    () =>
      push(
        {
          kind: 'adjust',
          member: chance.pick(MEMBERS),
          purse: 'points',
          points: `-${amount(5_000)}`,
          by: 'eva',
          reason: 'x',
        },
        'cloud',
      ),
    () => {
      network.expire(chance.pick(MEMBERS))
      while (moments.length < network.items.length) moments.push(network.now)
    },
    () => {
      leases += 1
      const holder = { device: chance.pick(TILLS), epoch: 1 }
      const until = new Date(at + 72 * 3_600_000).toISOString()
      push(
        {
          kind: 'right',
          member: chance.pick(MEMBERS),
          purse: 'points',
          lease: `l${leases}`,
          action: 'grant',
          points: amount(2_000),
          holder,
          until,
        },
        'cloud',
      )
    },
    () => {
      const member = chance.pick(MEMBERS)
      const changes = [
        { terms: { set: [{ id: 'vip', accrual: { percent: '7' }, validTo: '2027-01-01' }], remove: [] } },
        { terms: { set: [], remove: ['vip'] } },
        { card: { action: 'add', number: `second-${member}`, type: 'silver', primary: false } },
        { card: { action: chance.pick(['block', 'unblock']), number: cardOf(member) } },
        { card: { action: 'transfer', number: `second-${member}`, to: chance.pick(MEMBERS) } },
        { pointsName: chance.pick(['звёзды', null]) },
        { referredBy: chance.pick(MEMBERS) },
      ]
      const change = chance.pick(changes)
      push({ kind: 'member', member, ...change, by: 'eva' }, 'terms' in change ? 'cloud' : undefined)
    },
    () => {
      at += chance.between(1, 8) * 86_400_000
      network.now = new Date(at).toISOString()
    },
  ]
  network.now = new Date(at).toISOString()
  for (const member of MEMBERS) {
    const consent = { personalData: true, messages: false }
    push({ kind: 'enrol', member, card: `card-${member}`, cardType: 'standard', profile: null, consent }, 'till-a')
  }
  for (let count = 0; count < 220; count++) {
    if (count === 170) {
      push(
        {
          kind: 'merge',
          from: 'dmitri',
          into: 'anna',
          purses: ['points'],
          cards: ['card-dmitri'],
          by: 'eva',
          reason: 'x',
        },
        'cloud',
      )
    }
    chance.pick(actions)()
  }
  return { network, moments }
}

/** Books a history, a batch being entries of one stream and one moment, cut where chance says. */
async function replay(
  rig: StoreRig,
  chance: Chance,
  network: Network,
  moments: readonly string[],
): Promise<Disposition[]> {
  const { intake } = rig
  const dispositions: Disposition[] = []
  let batch: BookingItem[] = []
  for (const [index, item] of network.items.entries()) {
    batch.push(item)
    const next = network.items[index + 1]
    const goesOn = next?.entry.device === item.entry.device && moments[index + 1] === moments[index]
    if (goesOn && chance.chance(0.8)) continue
    rig.setNow(Date.parse(moments[index]!))
    const items = batch.map(({ entry }): Item => {
      return {
        seq: entry.seq,
        hash: entryHash(entry),
        hashKnown: true,
        text: canonical(entry),
        raw: { entry },
        read: { entry },
      }
    })
    dispositions.push(
      ...(await intake.store.transaction(async (tx) => {
        const stream = await tx.lockStream(item.entry.device, 1)
        return (await bookItems(intake, tx, stream, items)).dispositions
      })),
    )
    batch = []
  }
  return dispositions
}

/** Two ways of saying the same: an empty list and none, an instant with another offset. */
function plain(state: Pick<Loaded, 'accounts' | 'sales' | 'members' | 'cards'>) {
  const said = (value: unknown): unknown => {
    if (typeof value === 'bigint') return value.toString()
    if (Array.isArray(value)) return value.map(said)
    if (typeof value === 'string') return /^\d{4}-\d\d-\d\dT/.test(value) ? new Date(value).toISOString() : value
    if (typeof value !== 'object' || value === null) return value
    const fields = Object.entries(value).filter(([, field]) => {
      return field !== undefined && field !== null && field !== 0n && !(Array.isArray(field) && field.length === 0)
    })
    return Object.fromEntries(fields.map(([name, field]) => [name, said(field)]).sort())
  }
  const sorted = (map: ReadonlyMap<string, unknown>) =>
    [...map].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => [key, said(value)])
  const accounts = new Map(
    [...state.accounts].filter(([, account]) => account.posted !== 0n || account.lots.length > 0),
  )
  return {
    accounts: sorted(accounts),
    sales: sorted(state.sales),
    members: sorted(state.members),
    cards: sorted(state.cards),
  }
}

/** A till that writes its own chain. */
export class Writer {
  readonly device: DeviceId
  private readonly outlet: string
  private readonly epoch: number
  seq = 0
  head = NO_HASH

  constructor(device: string, outlet = 'A', epoch = 1) {
    this.device = device as DeviceId
    this.outlet = outlet
    this.epoch = epoch
  }

  /** What was written in an earlier epoch once more. */
  adopt({ entry: { body, epoch, seq }, hash: origin }: ReturnType<Writer['write']>) {
    return this.write(body, undefined, START, { epoch, seq, hash: origin })
  }

  write(
    body: unknown,
    profile?: Profile,
    at = START,
    adopted?: LedgerEntry['adopted'],
  ): { entry: LedgerEntry; hash: string; profile?: Profile } {
    const wall = new Date(at).toISOString()
    this.seq += 1
    const entry = {
      v: 1,
      device: this.device,
      epoch: this.epoch,
      seq: this.seq,
      prev: this.head,
      at: { wall, confidence: 'synced', lastContact: wall },
      outlet: this.outlet,
      shift: null,
      cashier: null,
      ...(adopted === undefined ? {} : { adopted }),
      body,
    } as LedgerEntry
    this.head = entryHash(entry)
    return { entry, hash: this.head, ...(profile === undefined ? {} : { profile }) }
  }

  enrol(member: string, profile?: Profile) {
    return this.write(
      {
        kind: 'enrol',
        member,
        card: `card-${member}`,
        cardType: 'standard',
        profile: profile === undefined ? null : sha256Hex(canonical(profile)),
        consent: { personalData: true, messages: false },
      },
      profile,
    )
  }

  get place() {
    return { device: this.device, epoch: this.epoch }
  }
}

export const gift = (member: string, lastDay: string | null, activeFrom = '2026-01-05') =>
  ({ kind: 'gift', member, purse: 'points', points: '5.00', activeFrom, lastDay, reason: 'x' }) as unknown as EntryBody

/** A receipt that earns 5.00. */
export const bought = (member: string, receipt: string) => {
  const body = saleBody({ receipt, member, lines: [{ amount: '5.00', earn: '5.00' }], at: '2026-01-05T12:00:00+03:00' })
  return { ...body, programme: { ...body.programme, hash } }
}

/** The whole of it comes back, as the till has it: earned by this member. */
const returned = (member: string, receipt: string) => ({
  ...{ kind: 'refund' as const, of: null, receipt, member, money: '5.00', pointsBack: '0.00', pointsTaken: '5.00' },
  lines: [{ id: '1', qty: '1', amount: '5.00', pointsBack: '0.00', pointsTaken: '5.00' }],
})

export function ledgerStoreSuite(open: () => Promise<StoreRig>): void {
  async function withRig(run: (rig: StoreRig) => Promise<void>): Promise<void> {
    const rig = await open()
    try {
      rig.setNow(START)
      await rig.publish(document)
      await run(rig)
    } finally {
      await rig.close()
    }
  }

  const pages = async (rig: StoreRig, cursor: string | null, limit = 5000, { place } = new Writer('till-a')) => {
    const { intake, incarnation, sequenced } = rig
    await sequenced()
    const speaker = { ...place, outlet: 'A' as OutletId, protocol: PROTOCOL_VERSION }
    return intake.store.snapshot((reads) => pullPage(intake, reads, incarnation, speaker, { cursor, limit }))
  }

  describe.each([1, 2, 3, 4])('seed %i', (seed) => {
    test('what is booked is what the ledger books by itself, whatever the batches', () =>
      withRig(async (rig) => {
        const chance = chanceFrom(seed)
        const { network, moments } = history(chance, START)
        const dispositions = await replay(rig, chance, network, moments)
        expect(dispositions).toEqual(network.dispositions)
        const stored = await rig.intake.store.transaction((tx) => loadForBooking(tx, network.items))
        expect(plain(stored)).toEqual(plain(network as unknown as Loaded))
        const kinds = new Set(network.items.map(({ entry }) => entry.body.kind))
        const expected = ['enrol', 'sale', 'refund', 'gift', 'adjust', 'expire', 'right', 'member', 'merge']
        expect(kinds).toEqual(new Set(expected))
        expect(new Set(dispositions.map(({ kind }) => kind)).size).toBeGreaterThan(1)
      }))
  })

  test('a transaction that fails leaves nothing behind, whatever it has written', () =>
    withRig(async (rig) => {
      const { intake } = rig
      const till = new Writer('till-a')
      const first = till.enrol('anna', { name: 'Анна', birthDate: '1990-02-03' })
      await takeIn(intake, till.place, 1, [first])
      const before = await pages(rig, null)
      const second = till.write(bought('anna', 'r1'))
      const broken = intake.store.transaction(async (tx) => {
        const stream = await tx.lockStream(till.device, 1)
        const item = { seq: 2, hash: second.hash, hashKnown: true, text: canonical(second.entry), raw: second }
        await bookItems(intake, tx, stream, [{ ...item, read: { entry: second.entry } }])
        await tx.saveProfiles([{ member: 'anna' as never, profile: { name: 'Другая' } }])
        await tx.saveGiven([{ member: 'anna' as never, rule: 'welcome', occasion: 'once' }], '2026-01-05')
        await tx.saveFeedDay('2030-01-01')
        throw new Error('the power went')
      })
      await expect(broken).rejects.toThrow('the power went')
      expect(await pages(rig, null)).toEqual(before)
      const { high, given, day } = await intake.store.transaction(async (tx) => ({
        high: (await tx.lockStream(till.device, 1)).high,
        given: await tx.givenTo(['anna']),
        day: await tx.lockFeedDay(),
      }))
      expect({ high, given, day }).toEqual({ high: 1, given: [], day: null })
    }))

  test('whoever was overtaken begins again, from what is there by then', () =>
    withRig(async ({ intake }) => {
      let runs = 0
      const high = await intake.store.transaction(async (tx) => {
        runs += 1
        const stream = await tx.lockStream('till-a' as DeviceId, 1)
        await tx.moveStream({ ...stream, high: stream.high + 7 })
        if (runs < 3) throw new Overtaken('somebody else was faster')
        return (await tx.readStream('till-a' as DeviceId, 1)).high
      })
      expect({ runs, high }).toEqual({ runs: 3, high: 7 })
    }))

  test('the same batch again is answered as it was; a gap and another history are conflicts', () =>
    withRig(async ({ intake }) => {
      const till = new Writer('till-a')
      const items = [till.enrol('anna'), till.write(bought('nobody', 'r1')), till.write(bought('anna', 'r2'))]
      const first = await takeIn(intake, till.place, 1, items)
      expect(first.dispositions.map(({ disposition }) => disposition.kind)).toEqual([
        'applied',
        'quarantined',
        'applied',
      ])
      expect(first.stream).toMatchObject({ high: 3, head: till.head })
      const again = await takeIn(intake, till.place, 2, items.slice(1))
      expect(again).toMatchObject({ resent: 2, dispositions: first.dispositions.slice(1), stream: { high: 3 } })
      await expect(takeIn(intake, till.place, 5, [items[0]])).rejects.toMatchObject({ code: 'gap' })
      const other = new Writer('till-a')
      const forked = [other.enrol('boris')]
      await expect(takeIn(intake, till.place, 1, forked)).rejects.toThrow(StreamConflict)
      other.seq = 3
      await expect(takeIn(intake, till.place, 4, [other.write(bought('anna', 'r3'))])).rejects.toMatchObject({
        code: 'fork',
        stream: { high: 3 },
      })
    }))

  test('[S12] a fact that is told again moves nothing, and its till hears anew of the figures that hold it', () =>
    withRig(async (rig) => {
      const { verify: _, ...intake } = rig.intake // a hand-over that nobody has signed
      const [till, giver] = [new Writer('till-a'), new Writer('till-b')]
      const enrolled = ['anna', 'boris', 'clara'].map((member) => till.enrol(member))
      await takeIn(intake, till.place, 1, enrolled)
      const right = { kind: 'right', member: 'boris', purse: 'points', lease: 'one', points: '5.00' }
      const granted = { ...right, action: 'grant', holder: giver.place, until: new Date(START + DAY_MS).toISOString() }
      await bookOwn(intake, [gift('boris', null), granted as never], 'eva')
      const between = (action: 'in' | 'out', other: object) => ({ ...right, action, transfer: 't', other })
      await takeIn(intake, giver.place, 1, [giver.write(between('out', till.place))])
      const bodies = [bought('anna', 'r1'), bought('nobody', 'r2'), between('in', giver.place)]
      const facts = bodies.map((body) => till.write(body))
      await takeIn(intake, till.place, 4, facts)
      const next = new Writer('till-a', 'A', 2)
      const { cursor } = await pages(rig, null, 5000, next)
      const again = await takeIn(
        intake,
        next.place,
        1,
        facts.map((fact) => next.adopt(fact)),
      )
      expect(again.dispositions.map(({ disposition: { kind } }) => kind)).toEqual(['applied', 'quarantined', 'applied'])
      const { changes } = await pages(rig, cursor, 5000, next)
      const seen = { epoch: 2, seq: 3 }
      expect(changes.map(({ scope, key }) => `${scope} ${key.replaceAll('\n', '/')}`).sort()).toEqual([
        'balance anna/points',
        'balance boris/points',
        'member anna',
        'member boris',
        'right till-a/boris/points',
      ])
      expect(changes.find(({ key }) => key === 'anna\npoints')).toMatchObject({ row: { balance: '5.00', seen } })
      expect(changes.find(({ scope }) => scope === 'right')).toMatchObject({ row: { leases: [], seen } })
    }))

  test.each([
    { had: '5.00', gifts: [gift('anna', null)] },
    { had: '0.00', gifts: [] },
  ])(
    '[S12] a return of a receipt that counts as somebody else’s is told to the till that has it as its own member’s, who had $had',
    ({ had, gifts }) =>
      withRig(async (rig) => {
        const [till, winner] = [new Writer('till-a'), new Writer('till-b')]
        await takeIn(rig.intake, till.place, 1, [till.enrol('anna'), till.enrol('boris')])
        await bookOwn(rig.intake, gifts, 'eva')
        await takeIn(rig.intake, winner.place, 1, [winner.write(bought('boris', 'r1'))])
        const late = await takeIn(rig.intake, till.place, 3, [till.write(bought('anna', 'r1'))])
        expect(late.dispositions).toMatchObject([{ disposition: { kind: 'quarantined' } }])
        const { cursor } = await pages(rig, null, 5000, till)
        const body = { ...returned('anna', 'r1'), purses: [{ purse: 'stamp:latte', back: '0.00', taken: '1.00' }] }
        const back = await takeIn(rig.intake, till.place, 4, [till.write(body)])
        expect(back.dispositions).toMatchObject([{ disposition: { kind: 'applied' } }])
        const { changes } = await pages(rig, cursor, 5000, till)
        const told = changes.filter(({ scope }) => scope === 'balance').map(({ key, row }) => [key, row] as const)
        expect(told.toSorted(([a], [b]) => (a < b ? -1 : 1))).toMatchObject([
          ['anna\npoints', { balance: had, seen: { epoch: 1, seq: 4 } }],
          ['anna\nstamp:latte', { balance: '0.00', seen: { epoch: 1, seq: 4 } }],
          ['boris\npoints', { balance: '0.00', seen: { epoch: 1, seq: 4 } }],
        ])
      }),
  )

  test('[L23] what came back of lines whose ids every object has is kept, and comes back once', () =>
    withRig(async (rig) => {
      const till = new Writer('till-a')
      const ids = ['constructor', '__proto__']
      const sale = saleBody({
        ...{ receipt: 'r1', member: 'anna', at: '2026-01-05T12:00:00+03:00' },
        lines: ids.map((id) => ({ id, amount: '5.00', earn: '5.00' })),
      })
      const body = { ...sale, programme: { ...sale.programme, hash } }
      const back = returned('anna', 'r1')
      const items = [
        till.enrol('anna'),
        till.write(body),
        ...['constructor', '__proto__', '__proto__'].map((id) =>
          till.write({ ...back, lines: [{ ...back.lines[0], id }] }),
        ),
      ]
      const kindOf = ({ disposition }: { disposition: { kind: string } }) => disposition.kind
      const { dispositions } = await takeIn(rig.intake, till.place, 1, items)
      expect(dispositions.map(kindOf)).toEqual(['applied', 'applied', 'applied', 'applied', 'quarantined'])
      const again = till.write({ ...back, lines: [{ ...back.lines[0], id: '__proto__' }] })
      expect((await takeIn(rig.intake, till.place, 6, [again])).dispositions.map(kindOf)).toEqual(['quarantined'])
    }))

  test('two who book the same member at once are booked one after the other', () =>
    withRig(async ({ intake }) => {
      const tills = ['till-a', 'till-b', 'till-c'].map((name) => new Writer(name))
      await takeIn(intake, tills[0]!.place, 1, [tills[0]!.enrol('anna')])
      await Promise.all(
        tills.flatMap((till) => {
          const items = Array.from({ length: 4 }, (_, n) => till.write(bought('anna', `${till.device}-${n}`)))
          return [takeIn(intake, till.place, items[0]!.entry.seq, items)]
        }),
      )
      const [account] = await intake.store.transaction((tx) => tx.accountsOf(['anna' as never]))
      expect(account).toMatchObject({ posted: 6000n, leased: 0n })
      expect(account!.lots).toHaveLength(12)
    }))

  test('a page holds each change once, as it is now, and goes on where it stopped', () =>
    withRig(async (rig) => {
      const till = new Writer('till-a')
      const profile = { name: 'Анна', phone: '+79990000001' }
      await takeIn(rig.intake, till.place, 1, [till.enrol('anna', profile), till.enrol('boris')])
      await bookOwn(rig.intake, [gift('anna', '2026-02-01')], 'eva')
      const whole = await pages(rig, null)
      expect(whole).toMatchObject({ reset: true, more: false })
      const rows = new Map(whole.changes.map(({ scope, key, row }) => [`${scope} ${key.replace('\n', '/')}`, row]))
      expect([...rows.keys()].sort()).toEqual([
        'balance anna/points',
        'card card-anna',
        'card card-boris',
        'member anna',
        'member boris',
        'programme corner-cafe',
      ])
      expect(rows.get('member anna')).toMatchObject({ ...profile, tier: null, purchases: 0 })
      expect(rows.get('balance anna/points')).toMatchObject({
        balance: '5.00',
        expiring: [{ lastDay: '2026-02-01', points: '5.00' }],
        seen: { epoch: 1, seq: 2 },
      })
      const small = await pages(rig, null, 2)
      expect(small.more).toBe(true)
      await bookOwn(rig.intake, [gift('anna', null)], 'eva')
      const seen = new Set<string>()
      for (let cursor: string | null = small.cursor, more = true; more; ) {
        const page = await pages(rig, cursor, 2)
        expect(page.reset).toBe(false)
        for (const change of page.changes) seen.add(change.key)
        ;({ cursor, more } = page)
      }
      expect([...seen]).toContain('anna\npoints')
      const { changes } = await pages(rig, whole.cursor)
      expect(changes).toMatchObject([{ scope: 'balance', row: { balance: '10.00' } }])
      expect(
        await pages(
          rig,
          whole.cursor.replace(
            rig.incarnation,
            rig.incarnation.replace(/^./, (first) => (first === 'f' ? 'e' : 'f')),
          ),
        ),
      ).toMatchObject({ reset: true })
    }))

  test('[S160] [S161] a till that holds what it should is told so by its sums; what differs comes whole', () =>
    withRig(async (rig) => {
      const till = new Writer('till-a')
      await turnDay(rig.intake)
      const profile = { name: 'Анна', phone: '+79990000001' }
      await takeIn(rig.intake, till.place, 1, [till.enrol('anna', profile), till.enrol('boris'), till.enrol('clara')])
      await bookOwn(rig.intake, [gift('anna', '2026-02-01')], 'eva')
      const { changes, cursor } = await pages(rig, null)
      const speaker = { device: till.device, outlet: 'A' as OutletId, epoch: 1, protocol: PROTOCOL_VERSION }
      const check = (rows: readonly PullChange[], part: { after: string; upto: string | null }) => {
        const sums = MEMBER_SCOPES.map((scope) =>
          sumOfRows(
            scope,
            rows.filter((each) => each.scope === scope),
          ),
        )
        return rig.intake.store.snapshot((reads) =>
          checkPart(rig.intake, reads, rig.incarnation, speaker, { cursor, part, sums }),
        )
      }
      const whole = { after: '', upto: null }
      const same = await check(changes, whole)
      expect(same).toMatchObject({
        reply: { compared: [...MEMBER_SCOPES], differs: [], reset: false },
        differences: [],
      })
      const of = (member: string) => changes.filter(({ key }) => key.includes(member))
      expect(await check(of('boris'), { after: 'anna', upto: 'boris' })).toMatchObject({ reply: { differs: [] } })
      const withoutCard = of('clara').filter(({ scope }) => scope !== 'card')
      const { reply, differences } = await check(withoutCard, { after: 'boris', upto: null })
      expect(reply.differs).toMatchObject([{ scope: 'card', changes: [{ key: 'card-clara' }] }])
      expect(differences).toMatchObject([{ scope: 'card', till: { rows: 0 }, cloud: { rows: 1 } }])
      await bookOwn(rig.intake, [gift('boris', null)], 'eva')
      await rig.sequenced()
      const behind = await check(changes, whole)
      expect(behind).toMatchObject({ reply: { differs: [] }, differences: [] })
      expect(behind.reply.compared).not.toContain('balance')
      expect((await check(of('anna'), { after: '', upto: 'anna' })).reply.compared).toContain('balance')
    }))

  test('[S212] where no live segment is for tills, rows have no facts, and a claim of one is computed without it', () =>
    withRig(async (rig) => {
      const { intake } = rig
      const till = new Writer('till-a')
      await takeIn(intake, till.place, 1, [till.enrol('anna', { name: 'Анна', birthDate: '1990-02-03' })])
      const sale = bought('anna', 'r1')
      const claiming = { ...sale, member: { ...sale.member!, segments: ['vip'] } }
      const taken = await takeIn(intake, till.place, 2, [till.write(claiming)])
      expect(taken.dispositions).toEqual([{ seq: 2, disposition: { kind: 'applied' } }])
      const { changes } = await pages(rig, null)
      const row = (scope: string) => changes.find((change) => change.scope === scope)!.row
      expect(row('member')).toMatchObject({ id: 'anna', segments: [] })
      expect(row('member')).not.toHaveProperty('facts')
      expect(row('programme')).not.toHaveProperty('segments')
    }))

  test('[S214] who says something else about messages is told of again', () =>
    withRig(async (rig) => {
      const { intake } = rig
      const till = new Writer('till-a')
      await takeIn(intake, till.place, 1, [till.enrol('anna', { name: 'Анна' })])
      const { cursor } = await pages(rig, null)
      const consent = { personalData: true, messages: false }
      const said = { kind: 'member', member: 'anna', consent, by: 'anna' } as EntryBody
      await takeIn(intake, till.place, 2, [till.write(said)])
      const { changes } = await pages(rig, cursor)
      expect(changes.map(({ scope, key }) => [scope, key])).toContainEqual(['member', 'anna'])
    }))

  test('a new day tells of the purses that it changes, and asks those to whom it brings something', () =>
    withRig(async (rig) => {
      const till = new Writer('till-a')
      const names = ['anna', 'boris', 'clara']
      const enrolments = names.map((name) => till.enrol(name))
      await takeIn(rig.intake, till.place, 1, enrolments)
      const gifts = [gift('anna', '2026-01-05'), gift('boris', null, '2026-01-06'), gift('clara', null)]
      await bookOwn(rig.intake, gifts, 'eva')
      await turnDay(rig.intake)
      await walkDays(rig.intake)
      const { cursor } = await pages(rig, null)
      rig.setNow(START + 86_400_000)
      expect(await turnDay(rig.intake)).toBe(2)
      expect(await walkDays(rig.intake)).toBe(true)
      expect(await walkDays(rig.intake)).toBe(false)
      const { changes } = await pages(rig, cursor)
      const balances = changes.map(({ key, row }) => [key, (row as { balance?: string } | null)?.balance])
      expect(Object.fromEntries(balances)).toEqual({ 'anna\npoints': '0.00', 'boris\npoints': '5.00' })
    }))

  test('a morning finds whoever it asks for, in order and page by page', () =>
    withRig(async ({ intake }) => {
      const till = new Writer('till-a')
      const names = ['anna', 'boris', 'clara', 'dmitri']
      const items = names.map((name) => till.enrol(name, { birthDate: name === 'anna' ? '1990-02-28' : '1990-02-27' }))
      await takeIn(intake, till.place, 1, items)
      const dates = [{ date: '02-27', occasion: 'member 2026' }]
      const birthday = { ask: 'birthday' as const, rule: 'cake', dates }
      const enrolled = { from: '2026-01-05T00:00:00Z', to: '2026-01-06T00:00:00Z' }
      await intake.store.transaction(async (tx) => {
        expect(await tx.membersAsked(null, 'anna', 2)).toEqual(['boris', 'clara'])
        expect(await tx.membersAsked([birthday], '', 10)).toEqual(['boris', 'clara', 'dmitri'])
        await tx.saveGiven([{ member: 'clara' as never, rule: 'cake', occasion: 'member 2026' }], '2026-01-05')
        expect(await tx.membersAsked([birthday], 'anna', 10)).toEqual(['boris', 'dmitri'])
        expect(await tx.membersAsked([{ ask: 'enrolled', ...enrolled }], '', 3)).toEqual(['anna', 'boris', 'clara'])
        expect(await tx.membersAsked([{ ask: 'last bought', ...enrolled }], '', 3)).toEqual([])
        const never = { ask: 'enrolled, never bought' as const, ...enrolled }
        expect(await tx.membersAsked([never, birthday], 'clara', 3)).toEqual(['dmitri'])
        expect(await tx.membersAsked([{ ask: 'tier over', day: '2027-01-01' }], '', 3)).toEqual([])
      })
    }))
}
