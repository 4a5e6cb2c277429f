import { deflateRawSync } from 'node:zlib'
import { ed25519 } from '@noble/curves/ed25519.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import type { CloudAnswer, CloudLink, LookUp } from '../../../renderer/core/ports.ts'
import { formatDay, instantOf, localTime } from '../../../shared/calendar.ts'
import type { MemberId } from '../../../shared/ids.ts'
import { balanceOf } from '../../../shared/ledger/balance.ts'
import { book } from '../../../shared/ledger/booking.ts'
import {
  type Account,
  accountKey,
  type CardRecord,
  type MemberRecord,
  type SaleRecord,
} from '../../../shared/ledger/booking-port.ts'
import { canonical, entryHash, NO_HASH, sha256Hex } from '../../../shared/ledger/chain.ts'
import { codeSigningText, type PersonalCode, writeCode } from '../../../shared/ledger/coupon-code.ts'
import { isUsedUp, NETWORK, usesPurse } from '../../../shared/ledger/coupon-uses.ts'
import { type LedgerEntry, ledgerEntry, type Profile } from '../../../shared/ledger/entry.ts'
import { fullDays, stampPurse, wasClaimed } from '../../../shared/ledger/stamps.ts'
import { formatPoints, points } from '../../../shared/money.ts'
import { type CompiledProgramme, compileProgramme } from '../../../shared/programme/compile.ts'
import type { Coupon } from '../../../shared/programme/coupons.ts'
import type { ProgrammeDocument } from '../../../shared/programme/schema.ts'
import type { ToldFacts, ToldSegment } from '../../../shared/segments/told.ts'
import { hashesOf, pageText, sumOfBytes } from '../../../shared/sync/pages.ts'
import {
  type BalanceRow,
  type Disposition,
  type HintRow,
  type MemberRow,
  PROTOCOL_VERSION,
  type PullChange,
  type PullReply,
  type PushItem,
  type PushReply,
  pullChange,
  pullReply,
  pushReply,
  type SnapshotReply,
  type StaffRow,
  snapshotReply,
  type TierProgress,
} from '../../../shared/sync/protocol.ts'
import { pointsOf } from '../../../shared/wire.ts'
import type { TestClock } from './clock.ts'

const couponSeed = new Uint8Array(32).fill(7)
const couponKey = bytesToHex(ed25519.getPublicKey(couponSeed))

/** A personal coupon's code as the cloud signs it. */
export const signedCode = (code: PersonalCode): string =>
  writeCode(code, bytesToHex(ed25519.sign(utf8ToBytes(codeSigningText(code)), couponSeed)))

/** A cloud in memory that books with the real ledger, and whose network can be cut. */

interface Stream {
  epoch: number
  entries: { hash: string; disposition: Disposition; entry: LedgerEntry }[]
}

type Scope = PullChange['scope']

export type TestCloud = ReturnType<typeof testCloud>

export function testCloud(clock: TestClock, document: ProgrammeDocument) {
  let incarnation = 'first'
  const net = {
    up: true,
    losesReplies: 0,
    member: true,
    calls: [] as string[],
    /** How many entries each push brought, whether it arrived or not. */
    pushed: [] as number[],
    pageRows: 5000,
    protocol: PROTOCOL_VERSION,
    refuses: null as string | null,
    pageMembers: 0,
    damages: 0,
  }
  const streams = new Map<string, Stream>()
  const epochs = new Map<string, number>()
  /** What became of each fact, whichever entry told it. */
  const facts = new Map<string, Disposition>()
  const accounts = new Map<string, Account>()
  const sales = new Map<string, SaleRecord>()
  const members = new Map<string, MemberRecord>()
  const cards = new Map<string, CardRecord>()
  const profiles = new Map<string, Profile>()
  const staff = new Map<string, StaffRow>()
  const progress = new Map<string, TierProgress>()
  const hints = new Map<string, HintRow['hints']>()
  const standings = new Map<string, Pick<MemberRow, 'segments' | 'facts'>>()
  let segments: ToldSegment[] = []
  let segmentNames: Record<string, string> | undefined
  /** How many of a till's entries the facts hold; null: all that were pushed. */
  let countedUpTo: number | null = null
  const saids: string[] = []
  const programmes: { document: ProgrammeDocument; compiled: CompiledProgramme; hash: string }[] = []
  let feed: { scope: Scope; key: string; seq: number }[] = []
  let feedSeq = 0

  const now = () => new Date(clock.now()).toISOString()
  const today = () => formatDay(localTime('Europe/Moscow', instantOf(now())).day)

  function note(scope: Scope, key: string): void {
    feed = feed.filter((each) => each.scope !== scope || each.key !== key)
    feed.push({ scope, key, seq: ++feedSeq })
  }

  function publish(next: ProgrammeDocument): void {
    programmes.push({ document: next, compiled: compileProgramme(next), hash: sha256Hex(canonical(next)) })
    note('programme', next.id)
  }
  publish(document)

  function streamOf(device: string, epoch: number): Stream {
    const key = `${device}/${epoch}`
    const known = streams.get(key)
    if (known !== undefined) return known
    const fresh: Stream = { epoch, entries: [] }
    streams.set(key, fresh)
    return fresh
  }

  function rowOf(scope: Scope, key: string, seen: BalanceRow['seen']): PullChange {
    const seq = feed.find((each) => each.scope === scope && each.key === key)?.seq
    return pullChange.parse({ scope, key, row: row(), ...(seq === undefined || net.protocol < 2 ? {} : { seq }) })
    function row(): unknown {
      if (scope === 'programme') {
        const newest = programmes.at(-1)!
        const { id, version } = newest.document
        const isGone = (coupon: Coupon) => {
          const count = accounts.get(accountKey(NETWORK, usesPurse(coupon.id)))
          return count !== undefined && isUsedUp(coupon, count)
        }
        const usedUp = (newest.document.coupons ?? []).filter(isGone).map((coupon) => coupon.id)
        return { id, version, hash: newest.hash, document: newest.document, couponKeys: [couponKey], usedUp, ...live() }
      }
      if (scope === 'staff') return staff.get(key) ?? null
      if (scope === 'hint') return hints.has(key) ? { member: key, hints: hints.get(key) } : null
      if (scope === 'card') return cards.get(key) === undefined ? null : pick(cards.get(key)!)
      if (scope === 'member') {
        const member = members.get(key)
        if (member === undefined) return null
        const { name = null, phone = null, birthDate = null, language = null } = profiles.get(key) ?? {}
        const { tier, purchases, enrolledAt } = member
        const told = progress.get(key)
        const { segments: isIn = [], facts } = standings.get(key) ?? {}
        return {
          ...{ id: key, name, phone, birthDate, language, tier, segments: isIn, terms: [], purchases, enrolledAt },
          ...(told === undefined ? {} : { progress: told }),
          ...(facts === undefined || net.protocol < 2 ? {} : { facts, factsSeen: factsSeenOf(seen) }),
        }
      }
      const account = accounts.get(key)
      if (account === undefined) return null
      const { balance, spendable, pending, debt, expiring } = balanceOf(account, today())
      const days = expiring.map((each) => ({ lastDay: each.lastDay, points: formatPoints(each.points) }))
      const figures = { balance, spendable, pending, debt }
      const text = Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, formatPoints(value)]))
      const card = programmes.at(-1)!.document.stamps?.find((each) => stampPurse(each) === account.purse)
      const stampCard =
        card === undefined
          ? {}
          : { stampCard: { fullSince: fullDays(card, account, today()), claimed: wasClaimed(account) } }
      return { member: account.member, purse: account.purse, ...text, expiring: days, ...stampCard, seen }
    }
  }

  const factsSeenOf = (seen: BalanceRow['seen']) => ({ ...seen, seq: countedUpTo ?? seen.seq })
  const live = () =>
    net.protocol < 2
      ? {}
      : { ...(segments.length === 0 ? {} : { segments }), ...(segmentNames === undefined ? {} : { segmentNames }) }

  const pick = ({ number, member, type, state, primary }: CardRecord) => ({ number, member, type, state, primary })

  function link(device: string): CloudLink {
    async function answer<T>(name: string, reply: () => CloudAnswer<T>): Promise<CloudAnswer<T>> {
      net.calls.push(name)
      if (!net.up) return { kind: 'unreachable', message: 'cut' }
      if (net.refuses === name)
        return { kind: 'refused', status: 503, code: 'overloaded', retryAfterMs: null, body: {} }
      const value = reply()
      if (net.losesReplies > 0) {
        net.losesReplies--
        return { kind: 'unreachable', message: 'the answer was lost' }
      }
      return structuredClone(value)
    }
    const epochOf = () => epochs.get(device) ?? 1
    const seen = () => ({ epoch: epochOf(), seq: streamOf(device, epochOf()).entries.length })
    return {
      session: () =>
        answer('session', () => {
          const epoch = epochOf()
          const { entries } = streamOf(device, epoch)
          const head = entries.at(-1)?.hash ?? NO_HASH
          return {
            kind: 'ok',
            value: { protocol: net.protocol, incarnation, epoch, high: entries.length, head, now: now() },
          }
        }),
      epoch: ({ epoch }) =>
        answer('epoch', () => {
          const taken = { code: 'epoch_taken', epoch: epochOf() }
          if (epoch <= taken.epoch)
            return { kind: 'refused', status: 409, code: 'epoch_taken', retryAfterMs: null, body: taken }
          epochs.set(device, epoch)
          const { entries } = streamOf(device, epoch)
          const head = entries.at(-1)?.hash ?? NO_HASH
          return { kind: 'ok', value: { epoch, high: entries.length, head, now: now() } }
        }),
      push: (request) => {
        net.pushed.push(request.items.length)
        return answer('push', () => push(device, request))
      },
      pull: (request) => answer('pull', () => ({ kind: 'ok', value: pull(request, seen()) })),
      snapshot: (request) => answer('snapshot', () => ({ kind: 'ok', value: snapshot(request, seen()) })),
      code: () => answer('code', () => ({ kind: 'ok', value: { sentTo: '+7 ••• •••-45-67', expiresAt: now() } })),
      checkCode: ({ code }) =>
        answer('checkCode', () =>
          code === '123456'
            ? { kind: 'ok', value: { ok: true } }
            : { kind: 'refused', status: 403, code: 'wrong_code', retryAfterMs: null, body: {} },
        ),
      member: (by, limitMs) =>
        net.member
          ? answer('member', () => ({ kind: 'ok', value: { changes: lookUp(by, seen()), now: now() } }))
          : new Promise((resolve) => {
              net.calls.push('member')
              clock.after(limitMs, () => resolve({ kind: 'unreachable', message: 'no answer in time' }))
            }),
    }
  }

  function push(device: string, request: Parameters<CloudLink['push']>[0]): CloudAnswer<PushReply> {
    if (request.epoch > (epochs.get(device) ?? 1))
      return { kind: 'refused', status: 409, code: 'epoch_unknown', retryAfterMs: null, body: {} }
    const stream = streamOf(device, request.epoch)
    const conflict = (code: 'gap' | 'fork'): CloudAnswer<never> => ({
      kind: 'refused',
      status: 409,
      code,
      retryAfterMs: null,
      body: {
        code,
        high: stream.entries.length,
        head: stream.entries.at(-1)?.hash ?? NO_HASH,
        incarnation,
        status: 409,
      },
    })
    if (request.from > stream.entries.length + 1) return conflict('gap')
    const dispositions: PushReply['dispositions'] = []
    for (const [i, raw] of request.items.entries()) {
      const { entry: found, hash, profile, said } = raw as PushItem
      const entry = ledgerEntry.parse(found)
      const seq = request.from + i
      const known = stream.entries[seq - 1]
      if (known !== undefined) {
        if (known.hash !== hash) return conflict('fork')
        dispositions.push({ seq, disposition: known.disposition })
        continue
      }
      if (entry.seq !== seq || entry.prev !== (stream.entries.at(-1)?.hash ?? NO_HASH)) return conflict('fork')
      if (entryHash(entry) !== hash) return conflict('fork')
      const fact = `${device} ${entry.adopted?.hash ?? hash}`
      const disposition = facts.get(fact) ?? apply(entry, profile)
      facts.set(fact, disposition)
      stream.entries.push({ hash, disposition, entry })
      if (said !== undefined) saids.push(said.text)
      dispositions.push({ seq, disposition })
    }
    const head = stream.entries.at(-1)?.hash ?? NO_HASH
    return {
      kind: 'ok',
      value: pushReply.parse({ incarnation, high: stream.entries.length, head, dispositions, now: now() }),
    }
  }

  function apply(entry: LedgerEntry, profile?: Profile): Disposition {
    const item = profile === undefined ? { entry } : { entry, profile }
    const booking = book(
      [item],
      { accounts, sales, members, cards },
      {
        programme: (id, version) =>
          programmes.find((p) => p.document.id === id && p.document.version === version)?.compiled,
        now: now(),
      },
    )
    for (const account of booking.accounts) {
      accounts.set(accountKey(account.member, account.purse), account)
      if (account.member === NETWORK) note('programme', programmes.at(-1)!.document.id)
      else note('balance', accountKey(account.member, account.purse))
    }
    for (const sale of booking.sales) sales.set(`${sale.outlet}\n${sale.receipt}`, sale)
    for (const member of booking.members) {
      members.set(member.id, member)
      if (profile !== undefined && entry.body.kind === 'enrol') profiles.set(member.id, profile)
      note('member', member.id)
    }
    for (const card of booking.cards) {
      cards.set(card.number, card)
      note('card', card.number)
    }
    return booking.dispositions[0]!
  }

  function pull(request: { cursor: string | null; limit: number }, seen: BalanceRow['seen']): PullReply {
    const [of, at] = request.cursor?.split('@') ?? []
    const reset = request.cursor === null || of !== incarnation
    const after = reset ? 0 : Number(at)
    const limit = Math.min(request.limit, net.pageRows)
    const found = feed.filter((each) => each.seq > after).slice(0, limit)
    const changes = found.map((each) => rowOf(each.scope, each.key, seen))
    const cursor = `${incarnation}@${found.at(-1)?.seq ?? feedSeq}`
    return pullReply.parse({ incarnation, cursor, more: found.length === limit, reset, changes, now: now() })
  }

  /** Two pages a reply, as many members a page as `net.pageMembers` says; 0: there are too few members for it. */
  function snapshot(request: Parameters<CloudLink['snapshot']>[0], seen: BalanceRow['seen']): SnapshotReply {
    const ids = [...members.keys()].sort()
    const from = request.next === null ? 0 : Number(request.next)
    const to = Math.min(ids.length, from + 2 * net.pageMembers)
    const pages: SnapshotReply['pages'] = []
    for (let at = from; net.pageMembers > 0 && at < to; at += net.pageMembers) {
      const people = ids.slice(at, at + net.pageMembers).map((id) => lookUp({ member: id }, { epoch: 0, seq: 0 }))
      const data = deflateRawSync(pageText(people))
      const hashes = Buffer.from(Uint32Array.from(people.flatMap(hashesOf)).buffer).toString('base64')
      const sum = net.damages-- > 0 ? 'damaged' : sumOfBytes(data)
      pages.push({ members: people.length, hashes, data: data.toString('base64'), sum })
    }
    const small = feed.filter(({ scope }) => scope === 'programme' || scope === 'staff')
    return snapshotReply.parse({
      incarnation,
      pages,
      next: pages.length === 0 || to >= ids.length ? null : String(to),
      cursor: pages.length === 0 ? null : (request.cursor ?? `${incarnation}@${feedSeq}`),
      total: ids.length,
      changes: request.next === null ? small.map((each) => rowOf(each.scope, each.key, seen)) : [],
      seen,
      factsSeen: factsSeenOf(seen),
      now: now(),
    })
  }

  function lookUp(by: LookUp, seen: BalanceRow['seen']): PullChange[] {
    const id =
      'card' in by
        ? cards.get(by.card)?.member
        : 'member' in by
          ? by.member
          : [...profiles].find(([, each]) => each.phone === by.phone)?.[0]
    if (id === undefined || !members.has(id)) return []
    return [
      rowOf('member', id, seen),
      ...[...cards.values()].filter((card) => card.member === id).map((card) => rowOf('card', card.number, seen)),
      ...[...accounts].filter(([, account]) => account.member === id).map(([key]) => rowOf('balance', key, seen)),
      ...(hints.has(id) ? [rowOf('hint', id, seen)] : []),
    ]
  }

  return {
    net,
    link,
    publish,
    staff: (row: StaffRow) => {
      staff.set(row.id, row)
      note('staff', row.id)
    },
    member: (
      id: string,
      card: string,
      balance: string,
      profile: Profile = {},
      state: CardRecord['state'] = 'active',
    ) => {
      const member = id as MemberId
      members.set(id, {
        id: member,
        mergedInto: null,
        enrolledAt: now(),
        tier: null,
        purchases: 0,
        lastPurchaseAt: null,
      })
      profiles.set(id, profile)
      cards.set(card, { number: card as CardRecord['number'], member, type: 'standard', state, primary: true })
      note('member', id)
      note('card', card)
      give(id, balance)
    },
    give,
    /** What the cloud says of the way to the next tier. */
    progress: (id: string, told: TierProgress, tier: string | null = null) => {
      progress.set(id, told)
      members.set(id, { ...members.get(id)!, tier })
      note('member', id)
    },
    /** What live segments mean, as tills are told. */
    segments: (told: ToldSegment[], names?: Record<string, string>) => {
      segments = told
      segmentNames = names
      note('programme', programmes.at(-1)!.document.id)
    },
    /** In which segments the cloud saw the member last, and the facts that it tells; `upTo`: the till's entries in them. */
    stands: (id: string, isIn: string[], facts?: ToldFacts, upTo: number | null = null) => {
      standings.set(id, { segments: isIn, ...(facts === undefined ? {} : { facts }) })
      countedUpTo = upTo
      note('member', id)
    },
    /** What campaigns want said to the member; none: whatever there was is closed. */
    hints: (id: string, told: HintRow['hints']) => {
      if (told.length === 0) hints.delete(id)
      else hints.set(id, told)
      note('hint', id)
    },
    balance: (id: string, purse = 'points') => {
      const account = accounts.get(accountKey(id, purse))
      return account === undefined ? '0.00' : formatPoints(balanceOf(account, today()).balance)
    },
    /** Own words that came beside answers. */
    said: (): readonly string[] => saids,
    entries: (device: string, epoch = 1) => streamOf(device, epoch).entries,
    epoch: (device: string) => epochs.get(device) ?? 1,
    /** Another machine of this name has begun a new epoch. */
    raise: (device: string) => void epochs.set(device, (epochs.get(device) ?? 1) + 1),
    sales,
    /** Restored from an older copy: the last entries of every stream are forgotten, with what they did. */
    forget: (device: string, entries: number, epoch = 1) => {
      incarnation = `${incarnation}+`
      if (epochs.get(device) !== undefined) epochs.set(device, epoch)
      const later = [...streams]
        .filter(([key, each]) => key.startsWith(`${device}/`) && each.epoch > epoch)
        .flatMap(([, each]) => each.entries.splice(0))
      const stream = streamOf(device, epoch)
      for (const { entry, hash } of [...later, ...stream.entries.splice(stream.entries.length - entries)]) {
        facts.delete(`${device} ${entry.adopted?.hash ?? hash}`)
        if (entry.body.kind === 'sale') sales.delete(`${entry.outlet}\n${entry.body.receipt}`)
      }
    },
  }

  /** Points from elsewhere: another till, a campaign. */
  function give(id: string, amount: string, purse = 'points'): void {
    const key = accountKey(id, purse)
    const before = accounts.get(key)
    const worth = pointsOf(amount)
    const lot = { id: `gift/${feedSeq}`, points: worth, remaining: worth, activeFrom: '2026-01-01', lastDay: null }
    accounts.set(key, {
      member: id as MemberId,
      purse,
      posted: points((before?.posted ?? 0n) + worth),
      leased: points(0n),
      lots: [...(before?.lots ?? []), ...(worth > 0n ? [lot] : [])],
    })
    note('balance', key)
  }
}
