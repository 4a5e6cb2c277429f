import { dayOf, daysToBirthday, type Instant, localTime } from '../../shared/calendar.ts'
import type { CoreRefusal, MemberView, Unresolved } from '../../shared/core-api.ts'
import { type CardMask, isForeignPayment, readCode } from '../../shared/identification/code.ts'
import { maskPhone, parsePhone } from '../../shared/identification/phone.ts'
import type { EntryBody, IdentifiedBy } from '../../shared/ledger/entry.ts'
import { formatHundredths } from '../../shared/money.ts'
import { badPhone, type Problem } from '../../shared/problem.ts'
import { ok, type Result, refuse } from '../../shared/result.ts'
import type { PullChange } from '../../shared/sync/protocol.ts'
import { pointsOf } from '../../shared/wire.ts'
import { changeOf } from './books.ts'
import { elsewhereOf, heldOf, type Rights } from './held.ts'
import { hintView } from './hints.ts'
import { type JournalItem, remember } from './journal-item.ts'
import { type OwnPoints, ownPoints } from './own.ts'
import type { CacheStore, CloudLink, EntryRow, Found, LookUp, MoneyStore } from './ports.ts'
import type { InForce } from './programme-book.ts'
import { segmentsOf } from './segments.ts'
import { couponViews, progressView, stampViews } from './standing.ts'

/** Who is at the counter: found in the cache, or in the cloud where the cache does not know them yet. */

export interface Known {
  readonly found: Found
  readonly identifiedBy: IdentifiedBy
  /** What the till's own entries do to the points beside the cloud's figures. */
  readonly own: OwnPoints
  /** The till's own entries about the member. */
  readonly rows: readonly EntryRow[]
  /** Hints that were put off for this visit. */
  readonly putOff: ReadonlySet<string>
  /** What this till may spend of the member's purses; null: the cloud's word decides. */
  readonly rights: Rights | null
}

/** Whom nobody here knows; `askedCloud` false: the network may know them, and could not be asked. */
export interface Stranger extends Unresolved {
  readonly askedCloud?: false
  /** Why this names nobody at all. */
  readonly errors?: Problem['errors']
}

export type Identified = Result<Known, CoreRefusal, Stranger | undefined>

/** The card or phone of somebody whom only the network can know. Undefined: it is nobody's, or something else is wrong. */
export function notAsked(detail: unknown): Unresolved | undefined {
  if (typeof detail !== 'object' || detail === null) return undefined
  const { askedCloud, ...whose } = detail as Stranger
  return askedCloud === false ? whose : undefined
}

export interface Identification {
  readonly card?: string | undefined
  readonly phone?: string | undefined
  readonly member?: string | undefined
  readonly code?: string | undefined
  /** The code came from a scanner: whatever its digits look like, nobody dialled them. */
  readonly scanned?: boolean
}

export interface Members {
  readonly identify: (by: Identification) => Promise<Identified>
  /** The same member with the figures of now. */
  readonly refresh: (known: Pick<Known, 'found' | 'identifiedBy'>) => Promise<Known>
  /** The cloud's own word on one member, within the time; false where it did not come. */
  readonly ask: (by: LookUp, limitMs: number) => Promise<boolean>
  /** Whoever this is, also with a card that is blocked; asks the cloud where the till does not know. */
  readonly find: (by: LookUp) => Promise<Found | undefined>
  /** Whether the till knows the card of this code itself: nobody is asked. */
  readonly isKnown: (code: string) => Promise<boolean>
  /** Whether anybody has this card or phone, here or in the cloud. */
  readonly taken: (by: LookUp) => Promise<boolean>
}

export interface MembersParts {
  readonly money: MoneyStore
  readonly cache: CacheStore
  readonly cloud: CloudLink
  readonly online: () => boolean
  readonly masks: () => readonly CardMask[]
  readonly heard: (now: string) => void
  readonly rights?: (member: string) => Promise<Rights | null>
  readonly putOff: (member: string) => ReadonlySet<string>
  /** Whether the figures are about this very till. */
  readonly trusts: (changes: readonly PullChange[]) => boolean
}

export const LOOK_UP_MS = 1_500 // the longest that a queue waits for a card the till has never seen

export function memberDesk(parts: MembersParts): Members {
  const { money, cache, cloud } = parts

  async function known(found: Found, identifiedBy: IdentifiedBy): Promise<Known> {
    const [rows, rights] = await Promise.all([money.about(found.member.id), parts.rights?.(found.member.id) ?? null])
    const putOff = parts.putOff(found.member.id)
    return { found, identifiedBy, rows, rights, putOff, own: ownPoints(rows, found.points?.seen) }
  }

  async function ask(by: LookUp, limitMs: number): Promise<boolean> {
    const acked = await money.kept('acked')
    const answer = await cloud.member(by, limitMs)
    if (answer.kind !== 'ok') return false
    parts.heard(answer.value.now)
    if (!parts.trusts(answer.value.changes)) return false
    if (answer.value.changes.length > 0) await cache.apply(answer.value.changes, answer.value.now, undefined, acked)
    return true
  }

  /** `isSure`: nobody was found, and the cloud has said so. */
  async function sought(by: LookUp): Promise<{ readonly found: Found | undefined; readonly isSure: boolean }> {
    const here = await cache.find(by)
    if (here !== undefined) return { found: here, isSure: true }
    const isSure = parts.online() && (await ask(by, LOOK_UP_MS))
    return { found: isSure ? await cache.find(by) : undefined, isSure }
  }

  const find = async (by: LookUp): Promise<Found | undefined> => (await sought(by)).found

  const stranger = (reason: 'unknown_card' | 'unknown_member', whose: Unresolved, isSure: boolean): Identified =>
    refuse(reason, isSure ? whose : { ...whose, askedCloud: false })

  async function byCode(code: string, scanned: boolean): Promise<Identified> {
    const read = readCode(code, parts.masks())
    if (read.kind === 'refused') return refuse(read.reason, undefined)
    if (read.kind === 'phone') return await byPhone(read.phone)
    // Digits that are both a card and a phone: what the till knows decides, before anybody is asked.
    const here =
      (await cache.find({ card: read.number })) ??
      (read.twin === null ? undefined : await cache.find({ card: read.twin }))
    if (here !== undefined) return await usable(here, 'card')
    if (read.maybePhone !== null) {
      const phone = await cache.find({ phone: read.maybePhone })
      if (phone !== undefined) return await usable(phone, 'phone')
    }
    let isSure = true
    const asked = async (by: LookUp) => {
      const answer = await sought(by)
      isSure &&= answer.isSure
      return answer.found
    }
    const holder =
      (await asked({ card: read.number })) ?? (read.twin === null ? undefined : await asked({ card: read.twin }))
    if (holder !== undefined) return await usable(holder, 'card')
    const owner = read.maybePhone === null ? undefined : await asked({ phone: read.maybePhone })
    if (owner !== undefined) return await usable(owner, 'phone')
    if (read.maybePhone !== null && !scanned) return stranger('unknown_member', { phone: read.maybePhone }, isSure)
    return stranger('unknown_card', { card: read.number }, isSure)
  }

  /** A number that is said to be a card's: nothing is guessed about it. */
  async function byCard(card: string): Promise<Identified> {
    if (isForeignPayment(card, parts.masks())) return refuse('payment_card', undefined)
    const { found, isSure } = await sought({ card })
    return found === undefined ? stranger('unknown_card', { card }, isSure) : await usable(found, 'card')
  }

  async function byPhone(phone: string): Promise<Identified> {
    const { found, isSure } = await sought({ phone })
    return found === undefined ? stranger('unknown_member', { phone }, isSure) : await usable(found, 'phone')
  }

  async function byName(name: 'code' | 'card' | 'phone' | 'member', by: Identification): Promise<Identified> {
    if (name === 'code') return await byCode(by.code!, by.scanned ?? false)
    if (name === 'card') return await byCard(by.card!)
    if (name === 'phone') {
      const phone = parsePhone(by.phone!)
      return phone === undefined ? refuse('bad_phone', badPhone(by.phone!)) : await byPhone(phone)
    }
    const { found, isSure } = await sought({ member: by.member! })
    return found === undefined ? stranger('unknown_member', {}, isSure) : await usable(found, 'member')
  }

  /**
   * What is said beside the first name may be nobody's, but not somebody else's: points would go to one of two people by
   * chance. By what the till knows itself; a phone may be a family's.
   */
  async function contradicted({ found }: Known, by: Identification, first: string): Promise<Identified | undefined> {
    const phone = by.phone === undefined ? undefined : parsePhone(by.phone)
    const beside: readonly (readonly [path: string, name: LookUp, shown: string])[] = [
      ...(by.card === undefined ? [] : [['card', { card: by.card }, JSON.stringify(by.card)] as const]),
      ...(phone === undefined ? [] : [['phone', { phone }, maskPhone(phone)] as const]),
      ...(by.member === undefined ? [] : [['member', { member: by.member }, JSON.stringify(by.member)] as const]),
    ]
    const errors: NonNullable<Problem['errors']> = []
    for (const [path, name, shown] of beside) {
      if (path === first || (path === 'phone' && phone === found.member.phone)) continue
      const other = (await cache.find(name))?.member.id
      if (other === undefined || other === found.member.id) continue
      const allowed = `nothing, or what names the same member as "${first}"`
      errors.push({ path, found: `${shown}, of another member`, allowed })
    }
    return errors.length === 0 ? undefined : refuse('bad_request', { errors })
  }

  async function usable(found: Found, identifiedBy: IdentifiedBy): Promise<Identified> {
    if (found.card !== null && found.card.state !== 'active') return refuse('card_blocked', { card: found.card.number })
    return ok(await known(found, identifiedBy))
  }

  return {
    ask,
    find,
    identify: async (by) => {
      const first = (['code', 'card', 'phone', 'member'] as const).find((name) => by[name] !== undefined)
      if (first === undefined) return refuse('bad_request', undefined)
      const identified = await byName(first, by)
      return (identified.ok ? await contradicted(identified.value, by, first) : undefined) ?? identified
    },
    refresh: async ({ found, identifiedBy }) => {
      const by = found.card === null ? { member: found.member.id } : { card: found.card.number as string }
      return await known((await cache.find(by)) ?? found, identifiedBy)
    },
    isKnown: async (code) => {
      const read = readCode(code, parts.masks())
      if (read.kind !== 'card') return false
      if ((await cache.find({ card: read.number })) !== undefined) return true
      return read.twin !== null && (await cache.find({ card: read.twin })) !== undefined
    },
    taken: async (by) => (await find(by)) !== undefined,
  }
}

const NEXT = Number.MAX_SAFE_INTEGER

/** The member once an entry is written that is not in the store yet. */
export function withEntry(known: Known, body: EntryBody, now: number): Known {
  const key = { epoch: NEXT, seq: NEXT }
  const item = { entry: { device: '', ...key, outlet: '', body }, hash: '' } as unknown as JournalItem
  const text = JSON.stringify(item)
  remember(text, item)
  const row = { ...key, hash: '', text, kind: body.kind, at: now, ...changeOf(body) }
  const rows = [...known.rows, row]
  return { ...known, rows, own: ownPoints(rows, known.found.points?.seen) }
}

/** Figures in hundredths: the cloud's row and this till's own entries after it. */
export interface Figures {
  readonly balance: bigint
  readonly spendable: bigint
  readonly pending: bigint
  readonly debt: bigint
  /** What other tills hold of it. */
  readonly elsewhere: bigint
}

/** Never counts an own sale twice and never drops one: the row says up to which of them it already holds. */
export function figuresOf(known: Omit<Known, 'identifiedBy' | 'putOff'>, activationDays: number): Figures {
  const { found, own, rights, rows } = known
  const row = found.points
  const before = row === null ? 0n : pointsOf(row.balance)
  const leased = row === null ? 0n : max(0n, before) - pointsOf(row.spendable)
  const earnedNow = activationDays === 0 ? own.earned : 0n
  const balance = before + own.points + earnedNow
  const pending = (row === null ? 0n : pointsOf(row.pending)) + own.earned - earnedNow
  const debt = max(0n, -(balance + pending))
  const all = max(0n, balance)
  if (rights === null) return { balance, pending, spendable: max(0n, balance - max(0n, leased)), debt, elsewhere: 0n }
  const elsewhere = min(all, elsewhereOf(rights, max(0n, leased), 'points'))
  const here = min(all, heldOf(rights, rows, 'points'))
  return { balance, pending, spendable: rights.online ? max(here, all - elsewhere) : here, debt, elsewhere }
}

/** What the screen and the register see of a member. */
export function memberView(known: Known, programme: InForce | null, now: number): MemberView {
  const compiled = programme?.compiled ?? null
  const { member, card, points } = known.found
  const figures = figuresOf(known, compiled?.document.accrual.activationDays ?? 0)
  const today = localTime(compiled?.zone.timeZone ?? 'UTC', now as Instant).day
  const segments = segmentsOf(known, programme, now)
  return {
    id: member.id,
    name: member.name,
    phone: member.phone === null ? null : maskPhone(member.phone),
    card: card?.number ?? '',
    cardType: card?.type ?? 'standard',
    tier: member.tier,
    segments,
    segmentNames: Object.fromEntries(
      segments.flatMap((id) => {
        const name = programme?.segmentNames[id]
        return name === undefined ? [] : [[id, name]]
      }),
    ),
    balance: formatHundredths(figures.balance),
    spendable: formatHundredths(figures.spendable),
    pending: formatHundredths(figures.pending),
    debt: formatHundredths(figures.debt),
    ...(known.rights === null
      ? {}
      : {
          held: {
            here: formatHundredths(heldOf(known.rights, known.rows, 'points')),
            elsewhere: formatHundredths(figures.elsewhere),
          },
        }),
    expiring: points?.expiring ?? [],
    terms: member.terms.map(({ id }) => ({ id })),
    hint: hintView(known, compiled?.zone.timeZone ?? 'UTC', now),
    birthdayInDays: member.birthDate === null ? null : daysToBirthday(dayOf(member.birthDate), today),
    language: member.language,
    identifiedBy: known.identifiedBy,
    asOf: points?.asOf ?? null,
    ...(compiled === null
      ? {}
      : {
          tierName: compiled.document.tiers?.find((tier) => tier.id === member.tier)?.name ?? null,
          progress: progressView(known.found, known.rows, compiled, now),
          stamps: stampViews(known.found, known.rows, compiled, now, known.rights !== null),
          coupons: couponViews(known.found, known.rows, compiled, now, known.rights !== null),
        }),
  }
}

const max = (a: bigint, b: bigint): bigint => (a > b ? a : b)
const min = (a: bigint, b: bigint): bigint => (a < b ? a : b)
