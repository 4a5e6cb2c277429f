import { leasesOf, type Rights } from '../../renderer/core/held.ts'
import { balanceOf } from '../../shared/ledger/balance.ts'
import { accountKey } from '../../shared/ledger/booking-port.ts'
import { entryHash, NO_HASH } from '../../shared/ledger/chain.ts'
import type { LedgerEntry } from '../../shared/ledger/entry.ts'
import { rightOf } from '../../shared/ledger/leases.ts'
import { formatHundredths } from '../../shared/money.ts'
import type { Scene } from './scene.ts'
import type { Till } from './till.ts'
import { purseName } from './trace.ts'

/** How a run ends: everything works again, comes to rest, and is looked at. */

const STUCK_MS = 600_000
/** Every so many-th entry is hashed again. */
const CHECKED_HASH = 5

/** Everything works again; the tills that still have not come to rest after that time are stuck. */
export async function healed(scene: Scene): Promise<number> {
  scene.faults.heal()
  scene.cloud.isDown = false
  scene.cutShops.clear()
  const alive = scene.tills.filter((till) => !till.isDestroyed)
  for (const till of alive) {
    Object.assign(till, { isCut: false, isDiskFull: false, isJournalFull: false, skewMs: 0 })
    till.crash()
  }
  await scene.cloud.morning()
  for (const till of alive) void till.boot()
  const isAtRest = (till: Till) => {
    const link = till.state()?.link
    return link?.online === true && link.unsent === 0 && !link.syncing
  }
  // what a scan took and nobody used goes back within minutes
  await scene.time.until(() => alive.every((till) => isAtRest(till) && overdue(scene, till).length === 0), STUCK_MS)
  await scene.time.until(() => false, 20_000)
  await scene.time.until(() => alive.every(isAtRest), 60_000)
  const stuck = alive.filter((till) => !isAtRest(till))
  for (const till of alive) {
    for (const where of overdue(scene, till)) scene.truth.breaks(18, `${till.device} has not given back a hold`, where)
  }
  for (const till of stuck) {
    scene.truth.breaks(18, `a till has not come to rest: ${JSON.stringify(till.state()?.link ?? null)}`, till.device)
  }
  return stuck.length
}

export async function lastChecks(scene: Scene): Promise<number> {
  const tables = scene.cloud.store.tables()
  const day = await today(scene)
  let lost = 0
  const destroyed = new Set(scene.tills.filter((till) => till.isDestroyed).map((till) => till.device as string))
  for (const [name, { key, device, hash }] of scene.truth.acked) {
    const kept = tables.entries.get(`${key.device}\n${key.epoch}`)?.[key.seq - 1]
    if (kept?.hash === hash || tables.adopted.has(`${key.device} ${hash}`) || destroyed.has(device)) continue
    lost += 1
    scene.truth.breaks(6, 'what was told "done" is not in the cloud', name)
  }
  for (const till of scene.tills) {
    if (till.isDestroyed) continue
    for (let epoch = 1; epoch <= till.epoch; epoch++) {
      const rows = await till.disk.money.entries(epoch, 1, Number.MAX_SAFE_INTEGER)
      const there = tables.entries.get(`${till.device}\n${epoch}`) ?? []
      const { seq } = await till.disk.money.head(epoch)
      if (epoch === till.epoch && there.length !== seq) {
        scene.truth.breaks(5, `the cloud has ${there.length} of ${seq} entries`, till.device)
      }
      for (const row of rows) {
        const isThere = there[row.seq - 1]?.hash === row.hash || tables.adopted.has(`${till.device} ${row.hash}`)
        if (!isThere) scene.truth.breaks(5, 'an entry is not in the cloud', `${till.device}/${epoch}/${row.seq}`)
      }
    }
    await checkCache(scene, till, day)
    // a late answer of a database that is no more may stay until the next word about that purse
    if (!scene.truth.hasForgotten && !scene.truth.doubtful.has(till.device)) await checkRights(scene, till)
  }
  checkStreams(scene)
  for (const [key, account] of tables.accounts) {
    const sum = scene.truth.posted.get(key) ?? 0n
    if (sum !== account.posted) scene.truth.breaks(5, `entries add up to ${sum}, posted is ${account.posted}`, key)
    const { spendable } = balanceOf(account, day)
    const purse = purseName(account.member, account.purse)
    scene.trace.write({ k: 'final', purse, posted: Number(account.posted), spendable: Number(spendable) })
  }
  return lost
}

function today(scene: Scene): Promise<string> {
  const { intake, store } = scene.cloud
  return store.snapshot(async (reads) => {
    const zone = (await intake.programmes.current(reads))?.compiled.document.timeZone ?? 'UTC'
    return new Date(scene.time.now()).toLocaleDateString('sv', { timeZone: zone })
  })
}

/** At rest every till shows what the cloud has. */
async function checkCache(scene: Scene, till: Till, day: string): Promise<void> {
  const { accounts, members } = scene.cloud.store.tables()
  for (const id of members.keys()) {
    const account = accounts.get(accountKey(id, 'points'))
    const shown = (await till.disk.cache.find({ member: id }))?.points?.balance ?? '0.00'
    const really = formatHundredths(account === undefined ? 0n : balanceOf(account, day).balance)
    if (shown !== really) scene.truth.breaks(10, `${till.device} shows ${shown} instead of ${really}`, id)
  }
}

/** Holds of a till whose time is over. */
function overdue(scene: Scene, { device, epoch }: Till): string[] {
  const late = scene.time.now() - 2 * 60_000
  return [...scene.cloud.store.tables().accounts].flatMap(([key, { leases = [] }]) =>
    leases
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
  for (const [key, { leases = [] }] of accounts) {
    const isGone = leases.some(({ holder }) => holder !== null && scene.cloud.revoked.has(holder.device))
    if (isGone) scene.truth.breaks(3, 'a till that was given up still holds something', key)
  }
}
