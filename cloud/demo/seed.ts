import { addDays, formatInstant, instantOf, localTime } from '../../shared/calendar.ts'
import type { DeviceId, OutletId } from '../../shared/ids.ts'
import { entryHash, NO_HASH } from '../../shared/ledger/chain.ts'
import type { LedgerEntry } from '../../shared/ledger/entry.ts'
import type { Clock } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import { Complaint } from '../complaint.ts'
import { walkDays } from '../ledger/day-walk.ts'
import { setCardState } from '../members/cards.ts'
import { saveStaff } from '../staff/staff.ts'
import { takeIn } from '../sync/push.ts'
import { type DemoCard, demoCards } from './cards.ts'
import { chanceFrom } from './chance.ts'
import { type Happening, makeHistory } from './history.ts'
import { HISTORY_DAYS, makePeople, type Person } from './people.ts'
import { cornerCafe } from './programme.ts'

const BATCH_MAX = 500
/** Both tills push as often as this in the story, so that what one sold is known before the other goes on. */
const PUSH_EVERY_DAYS = 10
const DAY_MS = 86_400_000
const CASHIER = 'boris'

/**
 * Fills an empty tenant with a café: programme, staff, members and their history, each entry made with the real
 * calculation and booked on the real path. On a tenant that has the café already it only tells the cards.
 */
export async function seedDemo(cloud: Cloud, clock: Clock, seed: number): Promise<DemoCard[]> {
  const inForce = await cloud.programmes.current(cloud.db)
  if (inForce !== undefined && inForce.id !== cornerCafe.id) {
    throw new Complaint(`The demo needs an empty database; here programme "${inForce.id}" is in force.`)
  }
  await cloud.programmes.publish(cornerCafe)
  if (!(await hasHistory(cloud))) await seedHistory(cloud, clock, seed)
  if (!(await hasStaff(cloud))) {
    await saveStaff(cloud, [
      { id: 'anna', name: 'Анна Управляющая', role: 'manager', pin: '1234' },
      { id: CASHIER, name: 'Борис Кассир', role: 'cashier', pin: '1111' },
    ])
  }
  cloud.feed.wake()
  await cloud.feed.settled()
  return demoCards(cloud)
}

async function seedHistory(cloud: Cloud, clock: Clock, seed: number): Promise<void> {
  const programme = (await cloud.programmes.current(cloud.db))!
  const now = instantOf(clock().toISOString())
  const zone = programme.compiled.document.timeZone
  const today = localTime(zone, now).day
  const chance = chanceFrom(seed)
  const people = makePeople(chance, today)
  const happenings = makeHistory(programme, people, chance, addDays(today, -HISTORY_DAYS), now)
  const tills = new Map((['A', 'B'] as const).map((outlet) => [outlet as string, new HistoricTill(outlet, zone)]))
  const firstAt = happenings[0]!.at
  const periodOf = ({ at }: Happening) => Math.floor((at - firstAt) / (PUSH_EVERY_DAYS * DAY_MS))
  for (let period = 0; period <= periodOf(happenings.at(-1)!); period++) {
    // the cloud hears of it then, so tiers and gifts are of that time too
    const heardAt = new Date(Math.min(now, firstAt + (period + 1) * PUSH_EVERY_DAYS * DAY_MS))
    const then = { ...cloud, clock: () => heardAt }
    for (const [outlet, till] of tills) {
      const told = happenings.filter((happening) => happening.outlet === outlet && periodOf(happening) === period)
      await till.push(then, told)
    }
    await walkDays(then)
  }
  await setCardState(cloud, blockedPerson(people).card, 'block', 'anna')
}

/** A standard card, reported lost. */
function blockedPerson(people: readonly Person[]): Person {
  return people.findLast((person) => person.cardType === 'standard')!
}

/** A till that was there before: its stream is chained and booked like any other's. */
class HistoricTill {
  private readonly device: DeviceId
  private readonly zone: string
  private seq = 0
  private head = NO_HASH

  constructor(outlet: string, zone: string) {
    this.device = historicDevice(outlet)
    this.zone = zone
  }

  async push(cloud: Cloud, happenings: readonly Happening[]): Promise<void> {
    for (let at = 0; at < happenings.length; at += BATCH_MAX) {
      const from = this.seq + 1
      const items = happenings.slice(at, at + BATCH_MAX).map((happening) => this.item(happening))
      await takeIn(cloud, { device: this.device, epoch: 1 }, from, items)
    }
  }

  private item({ at, outlet, shift, body, profile }: Happening): unknown {
    const wall = formatInstant(this.zone, at)
    this.seq += 1
    const entry: LedgerEntry = {
      v: 1,
      device: this.device,
      epoch: 1,
      seq: this.seq,
      prev: this.head,
      at: { wall, confidence: 'synced', lastContact: wall },
      outlet,
      shift,
      cashier: CASHIER,
      body,
    }
    this.head = entryHash(entry)
    return { entry, hash: this.head, ...(profile === undefined ? {} : { profile }) }
  }
}

const historicDevice = (outlet: string) => `history-${outlet}` as DeviceId

async function hasHistory(cloud: Cloud): Promise<boolean> {
  const row = await cloud.db
    .selectFrom('device_stream')
    .select('device')
    .where('tenant', '=', cloud.tenant)
    .where('device', '=', historicDevice('A' as OutletId))
    .executeTakeFirst()
  return row !== undefined
}

async function hasStaff(cloud: Cloud): Promise<boolean> {
  const row = await cloud.db
    .selectFrom('staff')
    .select('staff')
    .where('tenant', '=', cloud.tenant)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}
