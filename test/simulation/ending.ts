import { leasesOf, type Rights } from '../../renderer/core/held.ts'
import { parsed } from '../../renderer/core/journal-item.ts'
import { ownPoints } from '../../renderer/core/own.ts'
import type { EntryRow, PartPlace } from '../../renderer/core/ports.ts'
import { rightsSum } from '../../renderer/core/rights-sum.ts'
import type { DeviceId, MemberId, OutletId } from '../../shared/ids.ts'
import { checkPart } from '../../shared/intake/check.ts'
import { scopeOf } from '../../shared/intake/page.ts'
import { currentRows, visitKey } from '../../shared/intake/rows.ts'
import { balanceOf } from '../../shared/ledger/balance.ts'
import { accountKey } from '../../shared/ledger/booking-port.ts'
import { canonical, entryHash, NO_HASH } from '../../shared/ledger/chain.ts'
import type { EntryBody, LedgerEntry } from '../../shared/ledger/entry.ts'
import { rightOf } from '../../shared/ledger/leases.ts'
import type { PullChange } from '../../shared/sync/protocol.ts'
import { spoken } from '../../shared/sync/spoken.ts'
import { pointsOf } from '../../shared/wire.ts'
import { basketOf } from './baskets.ts'
import type { Scene } from './scene.ts'
import type { Till } from './till.ts'
import { purseName } from './trace.ts'

/** How a run ends: everything works again, comes to rest, and is looked at. */

const STUCK_MS = 600_000
/** By then every till has asked for news, several times. */
const HEARD_WITHIN_MS = 20_000
/** Tills ask every two seconds. */
const QUIET_MS = 10_000
const NEWS = 3
/** Every so many-th entry is hashed again. */
const CHECKED_HASH = 5

/** Nothing goes wrong from now on. Who is on stays on: whatever has stopped trying must not be helped by a start. */
export async function mended(scene: Scene): Promise<void> {
  scene.faults.heal()
  scene.cloud.isDown = false
  scene.cutShops.clear()
  for (const till of alive(scene))
    Object.assign(till, { isCut: false, isDiskFull: false, isJournalFull: false, skewMs: 0 })
  await scene.cloud.morning()
  for (const till of alive(scene)) void till.boot()
}

/** The tills that do not come to rest in time are stuck: first as they are, then once more after a start of each. */
export async function healed(scene: Scene): Promise<number> {
  const stuck = new Set(await rested(scene, 'as they are'))
  await someNews(scene)
  await scene.time.until(() => false, HEARD_WITHIN_MS)
  await quiet(scene)
  await checkTills(scene)
  for (const till of alive(scene)) till.crash()
  for (const till of alive(scene)) void till.boot()
  for (const till of await rested(scene, 'after a start')) stuck.add(till)
  return stuck.size
}

const alive = (scene: Scene): Till[] => scene.tills.filter((till) => !till.isDestroyed)

async function rested(scene: Scene, when: string): Promise<Till[]> {
  const tills = alive(scene)
  const isAtRest = (till: Till) => {
    const link = till.state()?.link
    return link?.online === true && link.unsent === 0 && !link.syncing
  }
  // what a scan took and nobody used goes back within minutes
  await scene.time.until(
    () => tills.every(isAtRest) && tills.every((till) => overdue(scene, till).length === 0),
    STUCK_MS,
  )
  await scene.time.until(() => false, HEARD_WITHIN_MS)
  await quiet(scene)
  await scene.time.until(() => tills.every(isAtRest), 60_000)
  const stuck = tills.filter((till) => !isAtRest(till))
  for (const till of tills) {
    for (const where of overdue(scene, till)) scene.truth.breaks(18, `${till.device} has not given back a hold`, where)
  }
  for (const till of stuck) {
    const link = JSON.stringify(till.state()?.link ?? null)
    scene.truth.breaks(18, `a till has not come to rest ${when}: ${link}`, till.device)
  }
  return stuck
}

/** Nothing new for longer than any till takes to hear of it; a network that never gets there moves something in circles. */
async function quiet(scene: Scene): Promise<void> {
  const last = () =>
    [...scene.cloud.store.tables().feed.values()].reduce((most, { seq }) => (seq > most ? seq : most), 0n)
  for (let waited = 0; waited < STUCK_MS; waited += QUIET_MS) {
    const before = last()
    await scene.time.until(() => false, QUIET_MS)
    if (last() === before) return
  }
  scene.truth.breaks(18, 'something goes on and on though nobody does anything', 'the cloud')
}

/** Something happens in the office, and every till has to hear of it by itself. */
async function someNews(scene: Scene): Promise<void> {
  const members = [...scene.cloud.store.tables().members.values()].filter((member) => member.mergedInto === null)
  const told = members.slice(-NEWS)
  const bodies = told.map(({ id: member }) => ({
    kind: 'adjust',
    member,
    purse: 'points',
    points: '1.00',
    by: 'office',
    reason: 'news',
  }))
  await scene.cloud.operator(bodies as EntryBody[])
}

export async function lastChecks(scene: Scene): Promise<number> {
  const tables = scene.cloud.store.tables()
  const day = await today(scene)
  let lost = 0
  await checkTills(scene)
  await checkDisks(scene)
  const destroyed = new Set(scene.tills.filter((till) => till.isDestroyed).map((till) => till.device as string))
  for (const [name, { key, device, hash }] of scene.truth.acked) {
    const kept = tables.entries.get(`${key.device}\n${key.epoch}`)?.[key.seq - 1]
    if (kept?.hash === hash || tables.adopted.has(`${key.device} ${hash}`) || destroyed.has(device)) continue
    lost += 1
    scene.truth.breaks(6, 'what was told "done" is not in the cloud', name)
  }
  checkDropped(scene)
  checkStreams(scene)
  checkBaskets(scene)
  for (const [key, account] of tables.accounts) {
    const sum = scene.truth.posted.get(key) ?? 0n
    if (sum !== account.posted) scene.truth.breaks(5, `entries add up to ${sum}, posted is ${account.posted}`, key)
    const { spendable } = balanceOf(account, day)
    const purse = purseName(account.member, account.purse)
    scene.trace.write({ k: 'final', purse, posted: Number(account.posted), spendable: Number(spendable) })
  }
  return lost
}

/** What each till has is in the cloud and in its journal, and what it knows is what the cloud says. */
async function checkTills(scene: Scene): Promise<void> {
  const tables = scene.cloud.store.tables()
  const truly = await currentOf(scene)
  for (const till of alive(scene)) {
    for (let epoch = 1; epoch <= till.epoch; epoch++) {
      const rows = await till.disk.money.entries(epoch, 1, Number.MAX_SAFE_INTEGER)
      const there = tables.entries.get(`${till.device}\n${epoch}`) ?? []
      const { seq } = await till.disk.money.head(epoch)
      if (epoch === till.epoch && there.length !== seq) {
        scene.truth.breaks(5, `the cloud has ${there.length} of ${seq} entries`, till.device)
      }
      for (const row of rows) {
        const where = `${till.device}/${epoch}/${row.seq}`
        if (!isInCloud(scene, till.device, row)) scene.truth.breaks(5, 'an entry is not in the cloud', where)
        const isCopied = epoch !== till.epoch || till.disk.isInJournal(epoch, row.seq)
        if (!isCopied) scene.truth.breaks(6, 'an entry is not in the journal', where)
      }
    }
    // one of two machines that live on waits for its next epoch, and keeps no figures meanwhile (S11, S14)
    if (scene.truth.doubtful.has(till.device) && till.state()?.link.problem === 'fork') continue
    await checkCache(scene, till, truly)
    await checkForgotten(scene, till)
    await checkSums(scene, till)
    if (!scene.truth.doubtful.has(till.device)) await checkRights(scene, till)
  }
}

type Told = Pick<EntryRow, 'epoch' | 'seq' | 'hash' | 'text'>

/** Under its own number, under the one that it was adopted from, or as what was adopted from it. */
function isInCloud(scene: Scene, device: string, { epoch, seq, hash, text }: Told): boolean {
  const { entries, adopted } = scene.cloud.store.tables()
  const isAt = (place: { readonly epoch: number; readonly seq: number; readonly hash: string }) =>
    entries.get(`${device}\n${place.epoch}`)?.[place.seq - 1]?.hash === place.hash
  if (isAt({ epoch, seq, hash })) return true
  const first = parsed(text).entry.adopted ?? { epoch, seq, hash }
  return isAt(first) || adopted.has(`${device} ${first.hash}`)
}

/** What neighbours have dropped for its age is in the cloud whatever happened to both since, also where its till is gone. */
function checkDropped(scene: Scene): void {
  for (const { device, record } of scene.mirrors.dropped) {
    const { epoch, seq, text } = record
    if (isInCloud(scene, device, { epoch, seq, hash: parsed(text).hash, text })) continue
    scene.truth.breaks(6, 'what a neighbour had dropped is not in the cloud', `${device}/${epoch}/${seq}`)
  }
}

function today(scene: Scene): Promise<string> {
  const { intake, store } = scene.cloud
  return store.snapshot(async (reads) => {
    const zone = (await intake.programmes.current(reads))?.compiled.document.timeZone ?? 'UTC'
    return new Date(scene.time.now()).toLocaleDateString('sv', { timeZone: zone })
  })
}

/** The cloud's rows of everybody, as whoever asks gets them now. */
async function currentOf(scene: Scene): Promise<readonly PullChange[]> {
  const { intake, store } = scene.cloud
  const { members, cards, accounts } = store.tables()
  const asker = { device: 'nobody' as DeviceId, outlet: 'nowhere' as OutletId, seen: { epoch: 1, seq: 0 } }
  return await store.snapshot(async (reads) => [
    ...(await currentRows(intake, reads, 'member', [...members.keys()], asker)),
    ...(await currentRows(intake, reads, 'card', [...cards.keys()], asker)),
    ...(await currentRows(intake, reads, 'balance', [...accounts.keys()], asker)),
  ])
}

/** At rest every till shows what the cloud has, its own entries beside it counted exactly once. */
async function checkCache(scene: Scene, till: Till, truly: readonly PullChange[]): Promise<void> {
  const { cache, money } = till.disk
  const outlet = await scene.cloud.store.snapshot((reads) =>
    scopeOf(reads, { outlet: till.outlet, protocol: till.protocol }),
  )
  const { visits } = scene.cloud.store.tables()
  for (const { scope, key, row } of spoken(till.protocol, truly)) {
    if (row === null) continue
    const member = scope === 'member' ? key : (row as { readonly member: string }).member
    // whatever else it holds its sums tell
    if (outlet !== null && !visits.has(visitKey({ outlet, member: member as MemberId }))) continue
    if (scope === 'member') {
      const shown = (await cache.find({ member: key }))?.member
      if (isAnother(shown, row)) scene.truth.breaks(10, `${till.device} knows another member row`, key)
    } else if (scope === 'card') {
      const shown = (await cache.find({ card: key }))?.card
      const isKnown = scene.cloud.store.tables().members.has(row.member)
      if (isKnown && isAnother(shown, row)) scene.truth.breaks(10, `${till.device} knows another card row`, key)
    } else if (scope === 'balance') {
      const found = await cache.find({ member: row.member })
      const shown = row.purse === 'points' ? found?.points : found?.purses.find(({ purse }) => purse === row.purse)
      if (isAnother(shown, row)) {
        scene.truth.breaks(10, `${till.device} shows ${shown?.balance} instead of ${row.balance}`, key)
      }
      if (scene.cloud.store.tables().members.get(row.member)?.mergedInto != null) continue
      const own = ownPoints(await money.about(row.member), shown?.seen)
      if (row.purse === 'points' && own.points + own.earned !== 0n) {
        scene.truth.breaks(11, `${till.device} counts ${own.points + own.earned} of its own once more`, key)
      }
    }
  }
}

/** Nobody at a till finds whoever was forgotten by name or phone. */
async function checkForgotten(scene: Scene, till: Till): Promise<void> {
  const { profiles } = scene.cloud.store.tables()
  for (const id of scene.truth.erased) {
    const shown = (await till.disk.cache.find({ member: id }))?.member
    if (profiles.has(id)) scene.truth.breaks(17, 'the cloud keeps the profile of somebody who was forgotten', id)
    const said = [shown?.name, shown?.phone, shown?.birthDate].filter((each) => each !== null && each !== undefined)
    if (said.length > 0)
      scene.truth.breaks(17, `${till.device} still says ${said.join(', ')} of somebody who was forgotten`, id)
  }
}

/** Nor, after a start, do the receipts and answers on a till's disk name them, of whom it knows that they were. */
async function checkDisks(scene: Scene): Promise<void> {
  for (const { device, disk } of alive(scene)) {
    for (const id of await disk.money.named('', Number.MAX_SAFE_INTEGER)) {
      if (!scene.truth.erased.has(id) || (await disk.cache.find({ member: id as MemberId })) === undefined) continue
      scene.truth.breaks(17, `${device} keeps the name of somebody who was forgotten`, id)
    }
  }
}

/** And the till's own check finds so too: whatever it holds is what it should, or a check would mend it for ever. */
async function checkSums(scene: Scene, { device, outlet, epoch, disk, protocol }: Till): Promise<void> {
  const { intake, store, incarnation } = scene.cloud
  const speaker = { device, outlet, epoch, protocol }
  for (let place: PartPlace | null = 'small'; place !== null; ) {
    const part = await disk.cache.part(place)
    if (part === undefined) return scene.truth.breaks(18, 'a till at rest is still filling', device)
    const asksRights = part.range === null && !scene.truth.doubtful.has(device)
    const sums = [...part.sums, ...(asksRights ? [await rightsSum(disk.money, { device, epoch })] : [])]
    const request = { cursor: part.mark.cursor!, part: part.range, sums }
    const { differences } = await store.snapshot((reads) => checkPart(intake, reads, incarnation, speaker, request))
    for (const { scope, till, cloud } of differences) {
      scene.truth.breaks(
        10,
        `${device} holds ${till.rows} rows of ${scope}, and not those ${cloud.rows} it should`,
        device,
      )
    }
    place = part.next
  }
}

const isAnother = (shown: object | null | undefined, really: object): boolean => bare(shown ?? {}) !== bare(really)

/** The cloud's rows are compared with those of every till. */
const bared = new WeakMap<object, string>()

/** Without what is said about a row beside what it says; a till that enrolled somebody leaves out what the cloud says is none. */
function bare(row: object): string {
  const known = bared.get(row)
  if (known !== undefined) return known
  const told = Object.entries(row).filter(([name, value]) => !BESIDE.has(name) && value !== null)
  const text = canonical(Object.fromEntries(told))
  bared.set(row, text)
  return text
}

const BESIDE: ReadonlySet<string> = new Set(['seen', 'asOf'])

/** Holds of a till whose time is over, and which no receipt of a register counts on. */
function overdue(scene: Scene, { device, epoch, holding }: Till): string[] {
  const counting = new Set(holding.values())
  const late = scene.time.now() - 2 * 60_000
  return [...scene.cloud.store.tables().accounts].flatMap(([key, { member, leases = [] }]) =>
    (counting.has(member) ? [] : leases)
      .filter(({ holder, until }) => holder?.device === device && holder.epoch === epoch && until !== null)
      .filter(({ until, remaining }) => remaining > 0n && Date.parse(until!) < late)
      .map(() => key),
  )
}

/** At rest a till believes to hold what the cloud says it does, and of nobody else's. */
async function checkRights(scene: Scene, till: Till): Promise<void> {
  const told = await till.disk.money.allRights()
  const { accounts } = scene.cloud.store.tables()
  const ofMember = (member: string): Rights => ({
    rows: told.filter((row) => row.member === member),
    epoch: till.epoch,
    usable: 'yes',
    online: true,
  })
  const keys = new Set(told.map(({ member, purse }) => accountKey(member, purse)))
  for (const [key, account] of accounts) {
    const held = rightOf(account, { device: till.device, epoch: till.epoch })
    const believed = keys.has(key)
      ? leasesOf(ofMember(account.member), await till.disk.money.about(account.member), account.purse).reduce(
          (sum, { points }) => sum + points,
          0n,
        )
      : 0n
    if (believed === held) continue
    scene.truth.breaks(3, `${till.device} believes to hold ${believed}, the cloud says ${held}`, key)
  }
}

/** A basket of a web shop holds what it was told to hold until it is paid or over, and nothing after that. */
function checkBaskets(scene: Scene): void {
  const { baskets, store } = scene.cloud
  const held = new Map(baskets.held().map((basket) => [basket.id, basket]))
  for (const [id, { until }] of held) {
    const isLate = Date.parse(until) < scene.time.now() - HEARD_WITHIN_MS
    if (isLate) scene.truth.breaks(18, 'a basket has not ended', id)
  }
  const holds = new Map<string, bigint>()
  for (const [key, { leases = [] }] of store.tables().accounts) {
    for (const { id, remaining } of leases) {
      const basket = basketOf(id)
      if (basket === undefined || remaining === 0n) continue
      holds.set(basket, remaining)
      if (!held.has(basket)) scene.truth.breaks(3, `a basket that is over holds ${remaining}`, key)
    }
  }
  for (const [id, { sale }] of held) {
    const asked = (sale.rights ?? []).reduce((sum, right) => sum + pointsOf(right.points), 0n)
    const really = holds.get(id) ?? 0n
    if (really !== asked) scene.truth.breaks(3, `a basket was told that ${asked} are held, and ${really} are`, id)
  }
}

/** Every stream is gapless and each of its entries follows the one before; what a lost till held is free. */
function checkStreams(scene: Scene): void {
  const { streams, entries, accounts } = scene.cloud.store.tables()
  for (const [name, stream] of streams) {
    const kept = entries.get(name) ?? []
    const where = name.replace('\n', '/')
    if (kept.length !== stream.high) scene.truth.breaks(7, `the mark is ${stream.high}, ${kept.length} entries`, where)
    let prev = NO_HASH
    for (const [index, { seq, hash, text }] of kept.entries()) {
      if (seq !== index + 1) scene.truth.breaks(7, `entry ${seq} stands at place ${index + 1}`, where)
      if (text !== null) {
        const entry = JSON.parse(text) as LedgerEntry
        if (entry.prev !== prev) scene.truth.breaks(7, `entry ${seq} follows another history`, where)
        if (index % CHECKED_HASH === 0 && entryHash(entry) !== hash) {
          scene.truth.breaks(7, `entry ${seq} is not what its hash says`, where)
        }
      }
      prev = hash
    }
    if (stream.head !== prev) scene.truth.breaks(7, 'the head is not the last entry', where)
  }
  const here = new Map(alive(scene).map((till) => [till.device as string, till.epoch]))
  const isHere = (whose: { readonly device: string; readonly epoch: number } | undefined) =>
    whose !== undefined && here.get(whose.device) === whose.epoch && !scene.truth.doubtful.has(whose.device)
  // of what two machines of one name give both, the cloud hears once
  const isAlone = (giver: string | undefined) =>
    giver !== undefined && here.has(giver) && !scene.truth.doubtful.has(giver)
  for (const [key, { leases = [] }] of accounts) {
    // what is heard later to be on its way to it comes home after 30 days
    const isGone = leases.some(
      ({ holder, remaining }) => remaining > 0n && holder !== null && scene.cloud.revoked.has(holder.device),
    )
    // a cloud that forgot may have forgotten that too: then 30 days of silence end it
    if (isGone && !scene.truth.hasForgotten)
      scene.truth.breaks(3, 'a till that was given up still holds something', key)
    // what a giver that is gone had sent, or has not told of, waits for 30 days; a cloud that forgot may have refused it
    const onTheWay = leases.find(
      ({ id, holder, remaining, to, takenFrom }) =>
        holder === null &&
        remaining !== 0n &&
        isHere(to) &&
        isAlone(takenFrom?.device ?? scene.truth.giverOf(id)) &&
        !scene.truth.endedRequests.has(id.slice(0, id.lastIndexOf('/'))) &&
        !scene.truth.hasForgotten,
    )
    if (onTheWay !== undefined) scene.truth.breaks(3, 'a right is on its way and does not arrive', key)
  }
}
