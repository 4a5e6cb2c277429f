import { sql } from 'kysely'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import type { Db, Tx } from '../database/connect.ts'
import type { Claimed } from '../messages/store.ts'

/**
 * Messages of campaigns in a wallet: the message becomes what the pass says, and pushing that is harmless however often
 * it is repeated. So nothing has to wait for Apple or Google here. Rules K16, K17.
 */

export async function isWalletSet({ db, tenant }: Cloud): Promise<boolean> {
  const row = await db.selectFrom('wallet_settings').select('tenant').where('tenant', '=', tenant).executeTakeFirst()
  return row !== undefined
}

/** Whose pass lies on a device, or with Google. */
export async function membersInWallet({ db, tenant }: Cloud, members: readonly string[]): Promise<Set<string>> {
  if (members.length === 0) return new Set()
  const { rows } = await sql<{ member: string }>`
    select p.member from wallet_pass p
    where p.tenant = ${tenant} and p.state = 'live' and p.member = any(${members}::text[])
      and exists (select from wallet_settings s where s.tenant = ${tenant})
      and (p.google = 'saved' or exists (
        select from wallet_device d where d.tenant = ${tenant} and d.serial = p.serial))`.execute(db)
  return new Set(rows.map(({ member }) => member))
}

/** Puts a message on the member's pass, in the place of the one before; false: there is none any more. */
export async function sayInWallet({ db, tenant, clock }: Cloud, message: Claimed): Promise<boolean> {
  const { campaign, member, anchor, touch } = message
  const done = await sql`
    update wallet_pass set campaign = ${campaign}, anchor = ${anchor}::date, touch = ${touch}, message_seq = null,
      due_at = ${instant(clock)}
    where tenant = ${tenant} and member = ${member} and state = 'live'`.execute(db)
  return (done.numAffectedRows ?? 0n) > 0n
}

/**
 * A pass that lies nowhere any more says nothing: what nobody has fetched is taken off it and goes another way, and so
 * nobody is told twice.
 */
export async function takeBackUnread(tx: Tx | Db, tenant: string, serials: readonly string[], now: string) {
  if (serials.length === 0) return
  const { rows } = await sql<{ serial: string; campaign: string; member: string; anchor: string; touch: string }>`
    update wallet_pass p set campaign = null, anchor = null, touch = null, message_seq = null, due_at = ${now}
    from wallet_pass o
    where p.tenant = ${tenant} and p.serial = any(${serials}::text[]) and p.campaign is not null and p.google <> 'saved'
      and o.tenant = ${tenant} and o.serial = p.serial
      and not exists (select from wallet_device d where d.tenant = ${tenant} and d.serial = p.serial)
    returning o.serial, o.campaign, o.member, o.anchor, o.touch`.execute(tx)
  for (const { campaign, member, anchor, touch } of rows) {
    await sql`
      update message set state = 'waiting', channel = null, due_at = ${now}, done_at = null
      where tenant = ${tenant} and campaign = ${campaign} and member = ${member} and anchor = ${anchor}::date
        and touch = ${touch} and state = 'sent' and channel = 'wallet' and delivered_at is null`.execute(tx)
  }
}
