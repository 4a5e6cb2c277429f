import { sql } from 'kysely'
import { formatDay, instantOf, localTime } from '../../shared/calendar.ts'
import type { CardNumber, DeviceId, MemberId, OutletId } from '../../shared/ids.ts'
import { balanceOf } from '../../shared/ledger/balance.ts'
import { accountKey } from '../../shared/ledger/booking-port.ts'
import { formatPoints } from '../../shared/money.ts'
import type {
  BalanceRow,
  CardRow,
  MemberRow,
  ProgrammeRow,
  PullChange,
  StaffRow,
  TierProgress,
} from '../../shared/sync/protocol.ts'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import type { Db, Tx } from '../database/connect.ts'
import { memberTerms } from '../ledger/columns.ts'
import { type AccountRow, accountFrom, lotsOf } from '../ledger/load.ts'
import { readProfiles } from '../members/profiles.ts'
import { newestVersion, versionRow } from '../programmes/programmes.ts'
import type { FeedScope } from './note.ts'

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
  cloud: Cloud,
  tx: Tx | Db,
  scope: FeedScope,
  keys: readonly string[],
  asker: Asker,
): Promise<PullChange[]> {
  if (keys.length === 0) return []
  switch (scope) {
    case 'member': {
      const rows = await memberRows(cloud, tx, keys)
      return keys.map((key) => ({ scope, key, row: rows.get(key) ?? null }))
    }
    case 'card': {
      const rows = await cardRows(cloud, tx, keys)
      return keys.map((key) => ({ scope, key, row: rows.get(key) ?? null }))
    }
    case 'balance': {
      const rows = await balanceRows(cloud, tx, keys, asker.seen)
      return keys.map((key) => ({ scope, key, row: rows.get(key) ?? null }))
    }
    case 'programme': {
      const row = await programmeRow(cloud, tx)
      return keys.map((key) => ({ scope, key, row: row?.id === key ? row : null }))
    }
    case 'staff': {
      const rows = await staffRows(cloud, tx)
      return keys.map((key) => ({ scope, key, row: rows.get(key) ?? null }))
    }
  }
}

async function memberRows(cloud: Cloud, tx: Tx | Db, keys: readonly string[]): Promise<Map<string, MemberRow>> {
  const rows = await tx
    .selectFrom('member')
    .selectAll()
    .where('tenant', '=', cloud.tenant)
    .where(sql<boolean>`member = any(${keys}::text[])`)
    .execute()
  const profiles = await readProfiles(tx, cloud.tenant, cloud.keys, keys)
  return new Map(
    rows.map((row) => {
      const profile = profiles.get(row.member)
      return [
        row.member,
        {
          id: row.member as MemberId,
          name: profile?.name ?? null,
          phone: profile?.phone ?? null,
          birthDate: profile?.birthDate ?? null,
          language: profile?.language ?? null,
          tier: row.tier,
          tierUntil: row.tier_until,
          ...(row.progress === null ? {} : { progress: row.progress as TierProgress }),
          segments: [],
          terms: [...memberTerms.read(row.terms)],
          purchases: row.purchases,
          enrolledAt: row.enrolled_at,
        },
      ]
    }),
  )
}

async function cardRows(cloud: Cloud, tx: Tx | Db, keys: readonly string[]): Promise<Map<string, CardRow>> {
  const rows = await tx
    .selectFrom('card')
    .selectAll()
    .where('tenant', '=', cloud.tenant)
    .where(sql<boolean>`number = any(${keys}::text[])`)
    .execute()
  return new Map(
    rows.map(({ number, member, type, state, main }) => [
      number,
      { number: number as CardNumber, member: member as MemberId, type, state, primary: main },
    ]),
  )
}

/** Figures as of today in the programme's zone. */
async function balanceRows(
  cloud: Cloud,
  tx: Tx | Db,
  keys: readonly string[],
  seen: Asker['seen'],
): Promise<Map<string, BalanceRow>> {
  const named = keys.map((key) => key.split('\n') as [string, string])
  const [members, purses] = [named.map(([member]) => member), named.map(([, purse]) => purse)]
  const accounts = await sql<AccountRow>`
    select member, purse, posted, leased, leases from account
    where tenant = ${cloud.tenant}
      and (member, purse) in (select * from unnest(${members}::text[], ${purses}::text[]))`.execute(tx)
  const lots = await lotsOf(tx, cloud.tenant, accounts.rows)
  const today = await programmeDay(cloud, tx)
  return new Map(
    accounts.rows.map((account) => {
      const key = accountKey(account.member, account.purse)
      const figures = balanceOf(accountFrom(account, lots.get(key)), today)
      const row: BalanceRow = {
        member: account.member,
        purse: account.purse,
        balance: formatPoints(figures.balance),
        spendable: formatPoints(figures.spendable),
        pending: formatPoints(figures.pending),
        debt: formatPoints(figures.debt),
        expiring: figures.expiring.map(({ lastDay, points }) => ({ lastDay, points: formatPoints(points) })),
        seen,
      }
      return [key, row]
    }),
  )
}

/** Today where the programme lives; UTC before one is published. */
export async function programmeDay(cloud: Cloud, tx: Tx | Db): Promise<string> {
  const zone = (await cloud.programmes.current(tx))?.compiled.document.timeZone ?? 'UTC'
  return formatDay(localTime(zone, instantOf(instant(cloud.clock))).day)
}

async function programmeRow(cloud: Cloud, tx: Tx | Db): Promise<ProgrammeRow | undefined> {
  const newest = await newestVersion(tx, cloud.tenant)
  if (newest === undefined) return undefined
  const { programme: id, version } = newest
  const row = await versionRow(tx, cloud.tenant, id, version)
  return row === undefined ? undefined : { id, version, hash: row.hash, document: JSON.parse(row.document) as unknown }
}

async function staffRows(cloud: Cloud, tx: Tx | Db): Promise<Map<string, StaffRow>> {
  const rows = await tx.selectFrom('staff').selectAll().where('tenant', '=', cloud.tenant).execute()
  return new Map(rows.map(({ staff, name, role, pin }) => [staff, { id: staff, name, role, pin }]))
}
