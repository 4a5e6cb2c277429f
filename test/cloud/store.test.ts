import { afterAll, beforeAll, expect, test } from 'vitest'
import { instant } from '../../cloud/clock.ts'
import { transaction } from '../../cloud/database/transaction.ts'
import { type Chance, chanceFrom } from '../../cloud/demo/chance.ts'
import { lockStream } from '../../cloud/devices/streams.ts'
import { bookItems } from '../../cloud/ledger/apply.ts'
import { type Loaded, loadForBooking } from '../../cloud/ledger/load.ts'
import type { Item } from '../../cloud/sync/items.ts'
import type { BookingItem } from '../../shared/ledger/booking-port.ts'
import { canonical, entryHash, sha256Hex } from '../../shared/ledger/chain.ts'
import type { EntryBody } from '../../shared/ledger/entry.ts'
import { formatHundredths } from '../../shared/money.ts'
import type { Disposition } from '../../shared/sync/protocol.ts'
import { document, Network, saleBody } from '../shared/ledger/network.ts'
import { type TestCloud, testCloud } from './rig.ts'

/**
 * The store on PostgreSQL against the one in memory: the same histories of every kind of entry, cut into batches of any
 * size, end in the same dispositions, accounts, lots, leases, sales, members and cards.
 */

const hash = sha256Hex(canonical(document))
let cloud: TestCloud
let now = Date.parse('2026-01-05T09:00:00Z')
beforeAll(async () => {
  cloud = await testCloud({ clock: () => new Date(now), tenant: 'main' })
})
afterAll(() => cloud.close())

const MEMBERS = ['anna', 'boris', 'clara', 'dmitri']
const TILLS = ['till-a', 'till-b']

/** A history of entries with the moment at which each was booked. */
function history(chance: Chance): { network: Network; moments: string[] } {
  const network = new Network()
  const moments: string[] = []
  let at = now
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
      push({ kind: 'member', member, ...chance.pick(changes), by: 'eva' })
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

/** Books on PostgreSQL, a batch being entries of one stream and one moment, cut where chance says. */
async function replay(chance: Chance, network: Network, moments: readonly string[]): Promise<Disposition[]> {
  const dispositions: Disposition[] = []
  let batch: BookingItem[] = []
  for (const [index, item] of network.items.entries()) {
    batch.push(item)
    const next = network.items[index + 1]
    const goesOn = next?.entry.device === item.entry.device && moments[index + 1] === moments[index]
    if (goesOn && chance.chance(0.8)) continue
    now = Date.parse(moments[index]!)
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
      ...(await transaction(cloud.db, async (tx) => {
        const stream = await lockStream(tx, cloud.cloud.tenant, item.entry.device, 1)
        return (await bookItems(cloud.cloud, tx, stream, items)).dispositions
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
    if (typeof value === 'string') return /^\d{4}-\d\d-\d\dT/.test(value) ? instant(() => new Date(value)) : value
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

for (const seed of [1, 2, 3, 4]) {
  test(`what is booked on PostgreSQL is what is booked in memory (seed ${seed})`, async () => {
    if (seed > 1) {
      await cloud.close()
      cloud = await testCloud({ clock: () => new Date(now) })
    }
    now = Date.parse('2026-01-05T09:00:00Z')
    expect((await cloud.admin('POST', 'programmes', document)).status).toBe(201)
    const chance = chanceFrom(seed)
    const { network, moments } = history(chance)
    const dispositions = await replay(chance, network, moments)
    expect(dispositions).toEqual(network.dispositions)
    const stored = await transaction(cloud.db, (tx) => loadForBooking(tx, cloud.cloud.tenant, network.items))
    expect(plain(stored)).toEqual(plain(network as unknown as Loaded))
    const kinds = new Set(network.items.map(({ entry }) => entry.body.kind))
    expect(kinds).toEqual(new Set(['enrol', 'sale', 'refund', 'gift', 'adjust', 'expire', 'right', 'member', 'merge']))
    expect(new Set(dispositions.map(({ kind }) => kind)).size).toBeGreaterThan(1)
  })
}
