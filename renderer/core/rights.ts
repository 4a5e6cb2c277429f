import type { CoreReply } from '../../shared/core-api.ts'
import type { MemberId } from '../../shared/ids.ts'
import { NEIGHBOUR_WITHIN_MS } from '../../shared/lan/protocol.ts'
import { minOf, notBelowNothing, sumOf } from '../../shared/ledger/amounts.ts'
import { sha256Hex } from '../../shared/ledger/chain.ts'
import type { RightBody } from '../../shared/ledger/entry.ts'
import { formatPoints, points } from '../../shared/money.ts'
import {
  type Given,
  type GiveRequest,
  type HandOver,
  NO_NEIGHBOURS,
  type SignedHandOver,
  type Taken,
} from '../../shared/rights/hand-over.ts'
import { offlinePolicy } from '../../shared/rights/leasable.ts'
import type { PullChange } from '../../shared/sync/protocol.ts'
import { pointsOf } from '../../shared/wire.ts'
import type { Contact, Usable } from './contact.ts'
import { type Context, done, no } from './context.ts'
import { type HeldLease, leasesOf, type Rights } from './held.ts'
import { leaseNames } from './lease-names.ts'
import { cachedOf, type StoredRights } from './ports.ts'
import { type Draft, SealedStream, type Step } from './stream.ts'
import type { PulledPage } from './sync-runner.ts'

/** The till's side of rights: asks for them, keeps them, gives them back, hands them on. Rules S94 to S105. */

export interface Wanted {
  readonly purse: string
  readonly points: bigint
}

export interface RightsDesk {
  /** Whether leases decide here what may be spent; else the cloud's own word does. */
  readonly inUse: () => boolean
  readonly of: (member: string) => Promise<Rights | null>
  /** Rights for whoever stands here, from the cloud and from the tills of this shop; true where something came. */
  readonly fetch: (member: string, wanted: readonly Wanted[]) => Promise<boolean>
  readonly pulled: (changes: readonly PullChange[], page: PulledPage) => Promise<void>
  readonly give: (request: GiveRequest) => Promise<CoreReply<Given>>
  readonly take: (handOvers: readonly SignedHandOver[]) => Promise<CoreReply<Taken>>
  /** Receipts no longer count on some rights: what was asked back meanwhile can go. */
  readonly released: () => void
  readonly start: () => void
  readonly stop: () => void
}

/** Over which rights open receipts are counting, by purse of a member. */
export type Promised = (member: string, purse: string) => bigint

const HOLD_MS = 1_200
const WAIT_MS = 25_000
const WAIT_AGAIN_MS = 2_000
/** More than a shop asks for in a day. */
const EMPTY_HANDED_MAX = 5_000
const SWEEP_MS = 60_000
/** The same question is not asked again so soon, unless it brought what it asked for. */
const ASK_AGAIN_MS = 5_000

export function rightsDesk(context: Context, contact: Contact, promised: Promised): RightsDesk {
  const { ports, identity, sync, stream, time, programmes } = context
  const { money, cache, clock, rights: link } = ports
  const neighbours = ports.neighbours ?? NO_NEIGHBOURS
  const names = leaseNames(money)
  const refused = new Map<string, number>()
  const emptyHanded = new Set<string>()
  let stopped = false
  let callOffWait = () => {}
  let callOffSweep = () => {}

  function inUse(): boolean {
    if (link === undefined || programmes.current() === null) return false
    return Math.max(sync.protocol(), contact.protocol()) >= 2
  }

  async function of(member: string): Promise<Rights | null> {
    if (!inUse()) return null
    const rows = await money.rights(member)
    return { rows, epoch: identity.epoch, usable: usable(), online: sync.online() }
  }

  /** Where nothing is redeemed without a network, leases count only while there is one. */
  function usable(): Usable {
    const compiled = programmes.current()?.compiled
    const isOnlineOnly = compiled !== undefined && offlinePolicy(compiled) === 'none'
    return isOnlineOnly && !sync.online() ? 'policy' : contact.usable()
  }

  async function leases(member: string, purse: string): Promise<readonly HeldLease[]> {
    const rows = (await money.rights(member)).filter((row) => row.purse === purse)
    const rights: Rights = { rows, epoch: identity.epoch, usable: usable(), online: sync.online() }
    return leasesOf(rights, await money.about(member), purse)
  }

  async function keep(changes: readonly PullChange[], now: string, all = false): Promise<void> {
    const rows = changes.flatMap((change): StoredRights[] => {
      if (change.scope !== 'right') return []
      if (change.row !== null) return [{ ...change.row, asOf: now }]
      const [, member = '', purse = ''] = change.key.split('\n')
      const { epoch } = identity
      return [{ member: member as MemberId, purse, leases: [], seen: { epoch, seq: stream.head().seq }, asOf: now }]
    })
    if (all) names.forget()
    if (rows.length > 0 || all) {
      await money.keepRights([...(await names.counted(rows, stream.head())), ...(await names.elsewhere(rows))], all)
    }
    if (rows.some(({ leases }) => leases.length > 0)) countAgainSoon(rows)
    if (rows.some((row) => row.leases.some((each) => each.recalled === true))) giveBackSoon()
  }

  /** What was under way under another name while the rows came is written by then; whoever spends comes after. */
  function countAgainSoon(rows: readonly StoredRights[]): void {
    void stream
      .exclusive(async () => await money.recountRights(await names.counted(rows, stream.head())))
      .catch(unlessSealed)
  }

  /** A till that has lost its books, or meets another cloud, asks for all of its rights at once. */
  async function askedForAll(): Promise<boolean> {
    const answer = await link!.hold({ all: true }, WAIT_MS)
    if (answer.kind === 'ok') await keep(answer.value.changes, answer.value.now, true)
    return answer.kind === 'ok'
  }

  async function pulled(changes: readonly PullChange[], page: PulledPage): Promise<void> {
    if (link === undefined || page.protocol < 2) return
    if (page.reset) {
      // what changes between this answer and the end of the new fill is told by nobody: then all is asked once more
      await contact.doubted()
      await keep(changes, page.now)
      await askedForAll()
      return
    }
    const isOther = contact.incarnation() !== page.incarnation
    await keep(changes, page.now)
    if (page.more) return
    // what was not answered is asked again with the next page
    if (isOther && !(await askedForAll())) return
    await contact.heard(page)
  }

  async function fetch(member: string, wanted: readonly Wanted[]): Promise<boolean> {
    if (!inUse()) return false
    const lacking = async () => {
      const held = await Promise.all(
        wanted.map(async ({ purse }) => sumOf((await leases(member, purse)).map((each) => each.points))),
      )
      return wanted.map(({ purse, points: want }, i) => ({ purse, points: want - held[i]!, want, held: held[i]! }))
    }
    const before = await lacking()
    const missing = before.filter((each) => each.points > 0n)
    if (wanted.length > 0 && missing.length === 0) return false
    const question = `${member} ${missing.map((each) => `${each.purse} ${each.want}`).join(' ')}`
    if (clock.monotonic() - (refused.get(question) ?? -Infinity) < ASK_AGAIN_MS) return false
    if (sync.online()) {
      const wishes = missing.map(({ purse, want }) => ({ purse, points: formatPoints(points(want)) }))
      const request = { request: ports.ids.next(), member: member as MemberId, wishes }
      const asked = { monotonic: clock.monotonic(), wall: clock.now(), protocol: sync.protocol() }
      const asking = contact.incarnation()
      const answer = await link!.hold(request, HOLD_MS)
      // an answer of a database that was put back meanwhile speaks of leases that nobody knows
      const isOfNow = contact.incarnation() === asking
      if (answer.kind === 'ok' && isOfNow && sync.trusts(answer.value.changes)) {
        const acked = await money.kept('acked')
        await keep(answer.value.changes, answer.value.now)
        await contact.begun(asked)
        await cache.apply(cachedOf(answer.value.changes), answer.value.now, undefined, acked)
      }
    }
    for (const { purse, points: want } of (await lacking()).filter((each) => each.points > 0n)) {
      const asked = { member, purse, points: formatPoints(points(want)) }
      const handed = await neighbours.ask(asked, NEIGHBOUR_WITHIN_MS).catch(() => [])
      if (handed.length > 0) await take(handed)
    }
    const after = await lacking()
    if (after.some((each) => each.points > 0n)) {
      if (refused.size > 500) refused.clear()
      refused.set(question, clock.monotonic())
    }
    return wanted.length === 0 || after.some((each, i) => each.held > before[i]!.held)
  }

  const draft = (body: RightBody): Draft => ({ body, outlet: identity.outlet, shift: null, cashier: null })

  /** What was asked back, and what a scan took and nobody used, goes back as far as no receipt counts on it. */
  async function giveBack(): Promise<void> {
    if (stopped || !sync.online()) return
    const now = time.now()
    const isDue = (lease: { readonly until?: string | undefined; readonly recalled?: true | undefined }) =>
      lease.recalled === true || (lease.until !== undefined && Date.parse(lease.until) < now)
    const rows = (await money.allRights()).filter((row) => row.leases.some(isDue))
    for (const { member, purse } of rows) {
      await stream.exclusive(async () => {
        const held = await leases(member, purse)
        let free = notBelowNothing(sumOf(held.map((each) => each.points)) - promised(member, purse))
        const drafts: Draft[] = []
        for (const each of held) {
          const part = minOf(free, each.points)
          if (!each.recalled && (each.until === null || Date.parse(each.until) >= now)) continue
          if (part === 0n) continue
          free -= part
          drafts.push(draft(moved('return', { member, purse, lease: each.lease }, part)))
        }
        if (drafts.length > 0) await stream.write({ drafts })
      })
    }
  }

  /** Nobody waits for it; the epoch may end while it is under way. */
  function giveBackSoon(): void {
    void giveBack().catch(unlessSealed)
  }

  async function give({ request, member, purse, points: asked, taker }: GiveRequest): Promise<CoreReply<Given>> {
    const key = `rights.give/${taker.device}/${request}`
    const body = sha256Hex(['rights.give', request, member, purse, asked, taker.device, taker.epoch].join('\n'))
    return await stream.exclusive(async (): Promise<CoreReply<Given>> => {
      const known = await money.command(key)
      if (known !== undefined) {
        if (known.body !== body) return no('idempotency_key_reused')
        return (await stream.copied(known)) ? done(known.answer as Given) : no('durability_pending')
      }
      if (emptyHanded.has(key)) return done({ handOvers: [] })
      const held = usable() === 'yes' && !sync.forked() ? await leases(member, purse) : []
      let left = minOf(
        pointsOf(asked),
        notBelowNothing(sumOf(held.map((each) => each.points)) - promised(member, purse)),
      )
      const giver = { device: identity.device as HandOver['giver']['device'], epoch: identity.epoch }
      const handOvers: HandOver[] = []
      for (const { lease, points: has } of held) {
        const part = minOf(left, has)
        if (part === 0n) continue
        left -= part
        const transfer = `${request}/${handOvers.length}`
        handOvers.push({ transfer, lease, member, purse, points: formatPoints(points(part)), giver, taker })
      }
      const answer: Given = { handOvers }
      if (handOvers.length === 0) {
        rememberEmptyHanded(key)
        return done(answer)
      }
      const step: Step = {
        drafts: handOvers.map((each) =>
          draft({ ...moved('out', each, pointsOf(each.points)), transfer: each.transfer, other: taker }),
        ),
        command: { key, body, answer: () => answer },
      }
      const written = await stream.write(step)
      if (!written.ok) return no(written.reason)
      return written.copied ? done(answer) : no('durability_pending')
    })
  }

  /** Who was told "nothing" does not ask again: an earlier asking that comes late must not get what nobody waits for. */
  function rememberEmptyHanded(key: string): void {
    const oldest = emptyHanded.values().next()
    if (emptyHanded.size >= EMPTY_HANDED_MAX && oldest.done !== true) emptyHanded.delete(oldest.value)
    emptyHanded.add(key)
  }

  async function take(handOvers: readonly SignedHandOver[]): Promise<CoreReply<Taken>> {
    return await stream.exclusive(async (): Promise<CoreReply<Taken>> => {
      for (const each of handOvers) {
        const { taker, giver, transfer, signature } = each
        if (taker.device !== identity.device || taker.epoch !== identity.epoch) return no('bad_request')
        const key = `rights.take/${giver.device}/${giver.epoch}/${transfer}`
        if ((await money.command(key)) !== undefined) continue
        const body = moved('in', each, pointsOf(each.points))
        const written = await stream.write({
          drafts: [draft({ ...body, transfer, other: giver, signature })],
          command: { key, body: sha256Hex(signature), answer: () => null },
        })
        if (!written.ok) return no(written.reason)
      }
      const { member, purse } = handOvers[0]!
      const held = sumOf((await leases(member, purse)).map((each) => each.points))
      context.changed()
      return done({ points: formatPoints(points(held)) })
    })
  }

  /** Hears at once when another till asks for what lies here. */
  async function waitOn(): Promise<void> {
    if (stopped) return
    let pauseMs = WAIT_AGAIN_MS
    if (inUse() && sync.online()) {
      const answer = await link!
        .wait({ cursor: sync.cursor(), waitMs: WAIT_MS })
        .catch((error) => ({ kind: 'unreachable' as const, message: String(error) }))
      if (answer.kind === 'ok' && answer.value.changed) await sync.round(WAIT_AGAIN_MS)
      if (answer.kind === 'ok') pauseMs = 0
    }
    callOffWait = clock.after(pauseMs, () => void waitOn())
  }

  function sweep(): void {
    callOffSweep = clock.after(SWEEP_MS, () => {
      giveBackSoon()
      sweep()
    })
  }

  return {
    inUse,
    of,
    fetch,
    pulled,
    give,
    take,
    released: () => {
      if (link !== undefined && !stopped) giveBackSoon()
    },
    start: () => {
      if (link === undefined) return
      void waitOn()
      sweep()
    },
    stop: () => {
      stopped = true
      callOffWait()
      callOffSweep()
      contact.stop()
    },
  }
}

function moved(
  action: 'return' | 'out' | 'in',
  { member, purse, lease }: { readonly member: string; readonly purse: string; readonly lease: string },
  amount: bigint,
): RightBody {
  return { kind: 'right', member: member as MemberId, purse, lease, action, points: formatPoints(points(amount)) }
}

/** The epoch may end while something of it is under way that nobody waits for. */
function unlessSealed(error: unknown): void {
  if (!(error instanceof SealedStream)) console.error(error)
}
