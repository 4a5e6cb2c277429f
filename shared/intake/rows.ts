import type { DeviceId, MemberId, OutletId } from '../ids.ts'
import { balanceOf } from '../ledger/balance.ts'
import { type Account, accountKey } from '../ledger/booking-port.ts'
import { isUsedUp, NETWORK, usesPurse } from '../ledger/coupon-uses.ts'
import { plusDays } from '../ledger/rules.ts'
import { fullDays, stampPurse, wasClaimed } from '../ledger/stamps.ts'
import { formatPoints } from '../money.ts'
import type { Coupon } from '../programme/coupons.ts'
import type { StampCard } from '../programme/stamps.ts'
import { askedBy } from '../segments/told.ts'
import type {
  BalanceRow,
  CardRow,
  DeviceRow,
  MemberRow,
  ProgrammeRow,
  PullChange,
  RightRow,
  StaffRow,
} from '../sync/protocol.ts'
import { type Intake, programmeDay } from './intake.ts'
import type { FeedScope, LedgerReads, VisitPlace } from './port.ts'
import { factsToTell } from './told-facts.ts'

const FULL_CARDS_TOLD_MAX = 100

/** Whose rows these are going to be: some say how far they go in the device's own stream, some are for one device. */
export interface Asker {
  readonly device: DeviceId
  readonly outlet: OutletId
  /** The device's own stream as it stands inside the figures. */
  readonly seen: BalanceRow['seen']
}

/**
 * The current rows of some keys of one scope; a key without a row is gone, one that is not this asker's is left out. One
 * snapshot is the caller's business.
 */
export async function currentRows(
  intake: Pick<Intake, 'now' | 'programmes' | 'couponKeys'>,
  reads: LedgerReads,
  scope: FeedScope,
  keys: readonly string[],
  asker: Asker,
): Promise<PullChange[]> {
  if (keys.length === 0) return []
  switch (scope) {
    case 'member': {
      const rows = await memberRows(reads, keys, asker)
      return keys.map((key) => ({ scope, key, row: rows.get(key) ?? null }))
    }
    case 'card': {
      const rows = await cardRows(reads, keys)
      return keys.map((key) => ({ scope, key, row: rows.get(key) ?? null }))
    }
    case 'balance': {
      const rows = await balanceRows(intake, reads, keys, asker.seen)
      return keys.map((key) => ({ scope, key, row: rows.get(key) ?? null }))
    }
    case 'hint': {
      const hints = await reads.hintsOf(keys)
      return keys.map((key) => {
        const own = hints.get(key)
        return { scope, key, row: own === undefined ? null : { member: key as MemberId, hints: [...own] } }
      })
    }
    case 'left': {
      const left = await reads.withoutVisit(keys.map(visitPlace))
      return left.map((place) => ({ scope, key: visitKey(place), row: { member: place.member } }))
    }
    case 'right': {
      const rows = await rightRows(reads, keys, asker)
      return keys.flatMap((key) => rows.get(key) ?? []).map((row) => ({ scope, key: rightKey(asker.device, row), row }))
    }
    case 'programme': {
      const row = await programmeRow(intake, reads)
      return keys.map((key) => ({ scope, key, row: row?.id === key ? row : null }))
    }
    case 'staff': {
      const rows = new Map<string, StaffRow>((await reads.staff()).map((row) => [row.id, row]))
      return keys.map((key) => ({ scope, key, row: rows.get(key) ?? null }))
    }
    case 'device': {
      const rows = new Map<string, DeviceRow>((await reads.devicesOf(asker.outlet)).map((row) => [row.device, row]))
      return keys.flatMap((key) => (rows.has(key) ? [{ scope, key, row: rows.get(key)! }] : []))
    }
  }
}

async function memberRows(reads: LedgerReads, keys: readonly string[], asker: Asker): Promise<Map<string, MemberRow>> {
  const members = await reads.membersNamed(keys)
  const profiles = await reads.profilesOf(keys)
  const segments = await reads.segmentsOf(keys)
  const asked = askedBy(await reads.toldSegments())
  const { facts, seen: factsSeen } = await factsToTell(reads, keys, asked, profiles, asker)
  return new Map(
    members.map((member) => {
      const profile = profiles.get(member.id)
      const told = facts.get(member.id)
      return [
        member.id,
        {
          id: member.id,
          name: profile?.name ?? null,
          // looked up by it, somebody who was merged would stand there with nothing: it leads to who they are now
          phone: member.mergedInto === null ? (profile?.phone ?? null) : null,
          birthDate: profile?.birthDate ?? null,
          language: profile?.language ?? null,
          tier: member.tier,
          tierUntil: member.tierUntil ?? null,
          ...(member.progress === null ? {} : { progress: member.progress }),
          segments: [...(segments.get(member.id) ?? [])],
          ...(told === undefined ? {} : { facts: told, factsSeen }),
          terms: [...(member.terms ?? [])],
          purchases: member.purchases,
          enrolledAt: member.enrolledAt,
        },
      ]
    }),
  )
}

async function cardRows(reads: LedgerReads, keys: readonly string[]): Promise<Map<string, CardRow>> {
  const cards = await reads.cardsNamed(keys)
  return new Map(
    cards.map(({ number, member, type, state, primary }) => [number, { number, member, type, state, primary }]),
  )
}

/**
 * Figures as of today in the programme's zone: of the day that tills were told of, where another service's clock goes
 * before ours and has told them already. They are told once, and would keep yesterday's figures.
 */
async function balanceRows(
  intake: Pick<Intake, 'now' | 'programmes'>,
  reads: LedgerReads,
  keys: readonly string[],
  seen: Asker['seen'],
): Promise<Map<string, BalanceRow>> {
  const accounts = await reads.accountsNamed(keys)
  const day = await programmeDay(intake, reads)
  const next = plusDays(day, 1)
  const today = (await reads.feedDay()) === next ? next : day
  const cards = (await intake.programmes.current(reads))?.compiled.document.stamps ?? []
  return new Map(
    accounts.map((account) => {
      const figures = balanceOf(account, today)
      const card = cards.find((each) => stampPurse(each) === account.purse)
      const row: BalanceRow = {
        member: account.member,
        purse: account.purse,
        balance: formatPoints(figures.balance),
        spendable: formatPoints(figures.spendable),
        pending: formatPoints(figures.pending),
        debt: formatPoints(figures.debt),
        expiring: figures.expiring.map(({ lastDay, points }) => ({ lastDay, points: formatPoints(points) })),
        ...(card === undefined ? {} : { stampCard: stampCardOf(card, account, today) }),
        seen,
      }
      return [accountKey(account.member, account.purse), row]
    }),
  )
}

export const visitKey = ({ outlet, member }: VisitPlace): string => `${outlet}\n${member}`

function visitPlace(key: string): VisitPlace {
  const [outlet, member] = key.split('\n')
  return { outlet: outlet as OutletId, member: member as MemberId }
}

export const rightKey = (
  device: string,
  { member, purse }: { readonly member: string; readonly purse: string },
): string => `${device}\n${accountKey(member, purse)}`

/** All that the asker holds of each purse in its epoch; nothing is said by an empty row, which is kept. */
async function rightRows(
  reads: LedgerReads,
  keys: readonly string[],
  { device, seen }: Asker,
): Promise<Map<string, RightRow>> {
  const own = keys.filter((key) => key.startsWith(`${device}\n`))
  const accounts = await reads.accountsNamed(own.map((key) => key.slice(device.length + 1)))
  return new Map(
    accounts.map((account) => {
      const leases = (account.leases ?? []).flatMap(({ id, holder, remaining, until, recalled }) => {
        if (holder?.device !== device || holder.epoch !== seen.epoch || remaining <= 0n) return []
        return [
          {
            lease: id,
            points: formatPoints(remaining),
            ...(until === null ? {} : { until }),
            ...(recalled === undefined ? {} : { recalled: true as const }),
          },
        ]
      })
      return [rightKey(device, account), { member: account.member, purse: account.purse, leases, seen }]
    }),
  )
}

function stampCardOf(card: StampCard, account: Account, today: string): NonNullable<BalanceRow['stampCard']> {
  return { fullSince: fullDays(card, account, today).slice(0, FULL_CARDS_TOLD_MAX), claimed: wasClaimed(account) }
}

async function programmeRow(
  { couponKeys = [] }: Pick<Intake, 'couponKeys'>,
  reads: LedgerReads,
): Promise<ProgrammeRow | undefined> {
  const newest = await reads.newestProgramme()
  if (newest === undefined) return undefined
  const text = await reads.programmeText(newest.id, newest.version)
  if (text === undefined) return undefined
  const document = JSON.parse(text.document) as { readonly coupons?: readonly Coupon[] }
  const { coupons = [] } = document
  const segments = await reads.toldSegments()
  const names = await reads.segmentNames()
  return {
    ...newest,
    hash: text.hash,
    document,
    ...(coupons.some((coupon) => coupon.code.kind === 'personal') ? { couponKeys: [...couponKeys] } : {}),
    ...(coupons.some((coupon) => (coupon.usesInTotal ?? null) !== null)
      ? { usedUp: await usedUp(reads, coupons) }
      : {}),
    ...(segments.length === 0 ? {} : { segments: segments.map(({ id, when }) => ({ id, when })) }),
    ...(names.size === 0 ? {} : { segmentNames: Object.fromEntries(names) }),
  }
}

/** Coupons of which nobody in the network has a use left. */
async function usedUp(reads: LedgerReads, coupons: readonly Coupon[]): Promise<string[]> {
  const counts = await reads.accountsNamed(coupons.map((coupon) => accountKey(NETWORK, usesPurse(coupon.id))))
  const byPurse = new Map(counts.map((count) => [count.purse, count]))
  return coupons.flatMap((coupon) => {
    const count = byPurse.get(usesPurse(coupon.id))
    return count !== undefined && isUsedUp(coupon, count) ? [coupon.id] : []
  })
}
