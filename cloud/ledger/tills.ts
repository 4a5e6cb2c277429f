import { sql } from 'kysely'
import type { DeviceId, MemberId, OutletId, TenantId } from '../../shared/ids.ts'
import type { AllotTurn } from '../../shared/intake/port.ts'
import type { RightsTill } from '../../shared/rights/granting.ts'
import type { Db, Tx } from '../database/connect.ts'

/** Who may hold rights, who holds what, and whose signature is whose. */

export async function rightsTills(
  tx: Tx,
  tenant: TenantId,
  all = false,
  device?: DeviceId,
): Promise<readonly RightsTill[]> {
  let query = tx
    .selectFrom('device')
    .select(['device', 'epoch', 'epoch_since', 'outlet', 'rights_seen_at', 'state'])
    .where('tenant', '=', tenant)
    .where('rights_seen_at', 'is not', null)
  if (!all) query = query.where('state', '=', 'active')
  if (device !== undefined) query = query.where('device', '=', device).forUpdate()
  const rows = await query.orderBy('device').execute()
  return rows.map((row) => ({
    device: row.device as DeviceId,
    epoch: row.epoch,
    outlet: row.outlet as OutletId,
    lastContact: row.rights_seen_at!,
    epochSince: row.epoch_since,
    isLost: row.state === 'lost',
  }))
}

export async function accountsHeldBy(tx: Tx | Db, tenant: TenantId, device: DeviceId) {
  const part = `%"device":"${device}"%`
  const { rows } = await sql<{ member: MemberId; purse: string }>`
    select member, purse from account
    where tenant = ${tenant} and leased > 0 and replace(leases::text, '": "', '":"') like ${part}
    order by member, purse`.execute(tx)
  return rows
}

/** Whoever a lease is with, or on its way to: one look at all leases, however many tills there were. */
export async function holders(tx: Tx | Db, tenant: TenantId): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ device: string | null }>`
    select distinct coalesce(lease -> 'holder' ->> 'device', lease -> 'to' ->> 'device') as device
    from account, json_array_elements(leases) as lease
    where tenant = ${tenant} and leased > 0 and lease ->> 'remaining' !~ '^-|^0$'`.execute(tx)
  return new Set(rows.flatMap(({ device }) => device ?? []))
}

export async function accountsOnTheWay(tx: Tx | Db, tenant: TenantId, before: string) {
  const { rows } = await sql<{ member: MemberId; purse: string }>`
    select member, purse from account
    where tenant = ${tenant} and leased > 0 and exists (
      select from json_array_elements(leases) as lease
      where lease->>'since' collate "C" < ${before} and lease->>'remaining' !~ '^-|^0$')
    order by member, purse`.execute(tx)
  return rows
}

export async function publicKeys(tx: Tx, tenant: TenantId, devices: readonly DeviceId[]) {
  const rows = await tx
    .selectFrom('device')
    .select(['device', 'public_key'])
    .where('tenant', '=', tenant)
    .where('device', 'in', devices)
    .execute()
  return new Map<string, string>(rows.map((row) => [row.device, row.public_key.toString('base64')]))
}

/** Undefined: another service holds it. */
export function lockAllotTurn(tx: Tx, tenant: TenantId): Promise<AllotTurn | undefined> {
  return tx
    .selectFrom('allot_turn')
    .select(['day', 'after'])
    .where('tenant', '=', tenant)
    .forUpdate()
    .skipLocked()
    .executeTakeFirst()
}

export async function saveAllotTurn(tx: Tx, tenant: TenantId, turn: AllotTurn): Promise<void> {
  await tx.updateTable('allot_turn').set(turn).where('tenant', '=', tenant).execute()
}

export async function membersWithFree(tx: Tx, tenant: TenantId, after: string, limit: number): Promise<MemberId[]> {
  const { rows } = await sql<{ member: MemberId }>`
    select distinct member from account
    where tenant = ${tenant} and member > ${after} and posted > leased
    order by member limit ${limit}`.execute(tx)
  return rows.map((row) => row.member)
}

/** How fine the last contact is kept: a till pulls every two seconds, and its leases live for days. */
const NOTED_EVERY_MS = 20_000

/**
 * A till pulls: it is in contact from now on. In a statement of its own and before the page is read, so that whoever
 * gives it up for lost either sees this or has done so before the page.
 */
export async function noteContact(db: Db, tenant: TenantId, device: DeviceId, now: Date): Promise<void> {
  await db
    .updateTable('device')
    .set({ rights_seen_at: now.toISOString() })
    .where('tenant', '=', tenant)
    .where('device', '=', device)
    .where('rights_seen_at', '<', new Date(now.getTime() - NOTED_EVERY_MS).toISOString())
    .execute()
}

/** A till has asked for rights, or waits to be asked for them: it may be given some. */
export async function noteHolder(db: Db, tenant: TenantId, device: DeviceId, now: Date): Promise<void> {
  await db
    .updateTable('device')
    .set({ rights_seen_at: now.toISOString() })
    .where('tenant', '=', tenant)
    .where('device', '=', device)
    .where('rights_seen_at', 'is', null)
    .execute()
}
