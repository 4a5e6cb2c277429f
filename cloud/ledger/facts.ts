import { sql } from 'kysely'
import type { MemberId, OutletId, ReceiptId, TenantId } from '../../shared/ids.ts'
import type { Given, LedgerTx, OnceIssued } from '../../shared/intake/port.ts'
import { type Account, type CardRecord, saleKey } from '../../shared/ledger/booking-port.ts'
import type { EntryKey } from '../../shared/ledger/entry.ts'
import { type Purchase, purchaseOf } from '../../shared/ledger/history.ts'
import type { Decision } from '../../shared/ledger/inactivity.ts'
import { programmeDay } from '../../shared/ledger/rules.ts'
import type { CompiledProgramme } from '../../shared/programme/compile.ts'
import type { Tx } from '../database/connect.ts'
import { oneByOne } from '../database/one-by-one.ts'
import { PLANNED_ONCE } from '../database/planned-once.ts'
import { storedPurchase } from './columns.ts'
import { type AccountRow, CARD, type CardRow, cardFrom, loadSales, type ReadSales, withLots } from './load.ts'

/** What decisions about members ask for beside the accounts of a batch, and what is remembered for later ones. */

export async function mergedInto(tx: Tx, tenant: TenantId, members: readonly string[]) {
  const { rows } = await sql<{ member: string; merged_into: string }>`
    ${PLANNED_ONCE} select found.* from ${oneByOne(
      { member: members },
      sql`select member, merged_into from member where tenant = ${tenant} and merged_into = k.member`,
    )}`.execute(tx)
  return rows.map((row) => ({ member: row.member as MemberId, into: row.merged_into as MemberId }))
}

export async function accountsOf(tx: Tx, tenant: TenantId, members: readonly MemberId[]): Promise<Account[]> {
  const { rows } = await sql<AccountRow>`
    ${PLANNED_ONCE} select found.* from ${oneByOne(
      { member: members.toSorted() },
      sql`
      select member, purse, posted, leased, leases from account
      where tenant = ${tenant} and member = k.member order by purse collate "C" for update`,
    )}`.execute(tx)
  return withLots(tx, tenant, rows)
}

export async function cardsOf(tx: Tx, tenant: TenantId, members: readonly MemberId[]): Promise<CardRecord[]> {
  const { rows } = await sql<CardRow>`
    ${PLANNED_ONCE} select found.* from ${oneByOne(
      { member: members },
      sql`select ${CARD} from card where tenant = ${tenant} and member = k.member`,
    )} order by found.number`.execute(tx)
  return rows.map(cardFrom)
}

export async function purchasesOf(
  tx: Tx,
  tenant: TenantId,
  programme: CompiledProgramme,
  members: readonly string[],
  latest?: number,
): Promise<{ member: string; purchase: Purchase }[]> {
  const last =
    latest === undefined
      ? sql``
      : sql`order by day desc, outlet collate "C" desc, receipt collate "C" desc limit ${latest}`
  const { rows } = await sql<{
    member: string
    outlet: OutletId
    receipt: ReceiptId
    device: EntryKey['device']
    epoch: number
    seq: bigint
    purchase: unknown
  }>`
    ${PLANNED_ONCE} select found.* from ${oneByOne(
      { member: members },
      sql`
      select member, outlet, receipt, device, epoch, seq, purchase from sale
      where tenant = ${tenant} and member is not null and member = k.member ${last}`,
    )}`.execute(tx)
  const whole: ReadSales = { sales: new Map(), writtenBodies: new WeakSet() }
  await loadSales(
    tx,
    tenant,
    rows.filter((row) => row.purchase === null),
    whole,
  )
  return rows.flatMap(({ member, outlet, receipt, device, epoch, seq, purchase: column }) => {
    if (column === null) {
      const purchase = purchaseOf(whole.sales.get(saleKey(outlet, receipt))!, programme)
      return purchase === undefined ? [] : [{ member, purchase }]
    }
    const stored = storedPurchase.read(column)
    if (stored.goods.length === 0) return []
    const key = { device, epoch, seq: Number(seq) }
    return [{ member, purchase: { key, outlet, receipt, day: programmeDay(programme, stored.at), ...stored } }]
  })
}

export async function decisionsOf(
  tx: Tx,
  tenant: TenantId,
  members: readonly string[],
): Promise<{ member: string; decision: Decision }[]> {
  const rows = await tx
    .selectFrom('decision')
    .select(['member', 'device', 'epoch', 'seq', 'body'])
    .where('tenant', '=', tenant)
    .where(sql<boolean>`member = any(${members}::text[])`)
    .orderBy('seq')
    .execute()
  return rows.map(({ member, device, epoch, seq, body }) => ({
    member,
    decision: {
      key: { device: device as EntryKey['device'], epoch, seq: Number(seq) },
      body: body as Decision['body'],
    },
  }))
}

export async function givenTo(tx: Tx, tenant: TenantId, members: readonly string[]) {
  const rows = await tx
    .selectFrom('given')
    .select(['member', 'rule', 'occasion', 'day'])
    .where('tenant', '=', tenant)
    .where(sql<boolean>`member = any(${members}::text[])`)
    .execute()
  return rows.map((row) => ({ ...row, member: row.member as MemberId }))
}

export function onceIssuedTo(
  tx: Tx,
  tenant: TenantId,
  members: readonly string[],
  since: string,
): Promise<OnceIssued[]> {
  return tx
    .selectFrom('once_issued')
    .select(['member', 'kind', 'value'])
    .where('tenant', '=', tenant)
    .where(sql<boolean>`member = any(${members}::text[])`)
    .where('until', '>', since)
    .execute()
}

export async function saveDecisions(
  tx: Tx,
  tenant: TenantId,
  entries: Parameters<LedgerTx['saveDecisions']>[0],
): Promise<void> {
  await sql`
    insert into decision (tenant, member, device, epoch, seq, body)
    select ${tenant}, u.* from unnest(
      ${entries.map((entry) => entry.body.member)}::text[], ${entries.map((entry) => entry.device)}::text[],
      ${entries.map((entry) => entry.epoch)}::integer[], ${entries.map((entry) => entry.seq)}::bigint[],
      ${entries.map((entry) => JSON.stringify(entry.body))}::json[]
    ) as u (member, device, epoch, seq, body)`.execute(tx)
}

export async function saveGiven(tx: Tx, tenant: TenantId, gifts: readonly Given[], day: string): Promise<void> {
  await sql`
    insert into given (tenant, member, rule, occasion, day)
    select ${tenant}, u.*, ${day}::date from unnest(
      ${gifts.map((gift) => gift.member)}::text[], ${gifts.map((gift) => gift.rule)}::text[],
      ${gifts.map((gift) => gift.occasion)}::text[]
    ) as u (member, rule, occasion)
    on conflict do nothing`.execute(tx)
}

export async function saveIssued(tx: Tx, tenant: TenantId, rows: readonly OnceIssued[], until: string): Promise<void> {
  await sql`
    insert into once_issued (tenant, member, kind, value, until)
    select ${tenant}, u.*, ${until}::timestamptz from unnest(
      ${rows.map((row) => row.member)}::text[], ${rows.map((row) => row.kind)}::text[],
      ${rows.map((row) => row.value)}::text[]
    ) as u (member, kind, value)
    on conflict (tenant, member, kind, value) do update set until = excluded.until`.execute(tx)
}

export async function forgetIssued(tx: Tx, tenant: TenantId, before: string): Promise<void> {
  await tx.deleteFrom('once_issued').where('tenant', '=', tenant).where('until', '<', before).execute()
}

export async function saveProgress(
  tx: Tx,
  tenant: TenantId,
  found: Parameters<LedgerTx['saveProgress']>[0],
): Promise<string[]> {
  const changed = await sql<{ member: string }>`
    update member m set progress = u.progress
    from unnest(${found.map(({ member }) => member)}::text[],
      ${found.map(({ progress }) => JSON.stringify(progress))}::json[]) as u (member, progress)
    where m.tenant = ${tenant} and m.member = u.member and m.progress::text is distinct from u.progress::text
    returning m.member`.execute(tx)
  return changed.rows.map((row) => row.member)
}
