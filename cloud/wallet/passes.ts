import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { MemberId, TenantId } from '../../shared/ids.ts'
import { canonical, sha256Hex } from '../../shared/ledger/chain.ts'
import type { WalletCard } from '../../shared/wallet/card.ts'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import type { Db, Tx } from '../database/connect.ts'
import { transaction } from '../database/transaction.ts'
import { sameSecret } from '../secrets/keys.ts'
import { cardsOf } from './content.ts'
import type { Wallet } from './settings.ts'

/** The passes of members in the database: one each, under a serial number that tells nothing. Rules W7, W8, W12. */

export interface Pass {
  readonly serial: string
  readonly member: MemberId | null
  readonly state: 'live' | 'void'
  readonly seq: bigint
  readonly changedAt: string
  readonly shown: string
  readonly campaign: string | null
  readonly anchor: string | null
  readonly touch: string | null
  readonly messageSeq: bigint | null
}

export const passColumns = sql`serial, member, state, seq, changed_at as "changedAt", shown, campaign, anchor, touch,
  message_seq as "messageSeq"`

/** What a device has to show to speak about a pass: it follows from the master key and stands nowhere. */
export const passSecret = ({ keys, tenant }: Pick<Cloud, 'keys' | 'tenant'>, serial: string): string =>
  keys.mark(`wallet-pass\n${tenant}\n${serial}`)

export const isPassSecret = (cloud: Cloud, serial: string, given: string): boolean =>
  sameSecret(given, passSecret(cloud, serial))

/** What a pass shows, so that a change is seen without keeping the words. */
export const digestOf = (card: WalletCard): string => sha256Hex(canonical(card as never))

export interface Turn {
  readonly high: bigint
  readonly feed: bigint
  readonly day: string | null
}

/** Whoever has it numbers changes, and nobody beside, up to the commit. */
export async function takeTurn(tx: Tx, tenant: TenantId): Promise<Turn> {
  await sql`
    insert into wallet_turn (tenant, high, feed, day)
    select ${tenant}, 0, high, null from feed_shard where tenant = ${tenant}
    on conflict (tenant) do nothing`.execute(tx)
  return await tx
    .selectFrom('wallet_turn')
    .select(['high', 'feed', 'day'])
    .where('tenant', '=', tenant)
    .forUpdate()
    .executeTakeFirstOrThrow()
}

/** The pass of a member, made where there is none yet. */
export async function passOf(cloud: Cloud, wallet: Wallet, member: MemberId): Promise<Pass> {
  const found = await livePass(cloud.db, cloud.tenant, member)
  if (found !== undefined) return found
  await transaction(cloud.db, async (tx) => {
    const { tenant } = cloud
    const { high } = await takeTurn(tx, tenant)
    const [serial, seq, now] = [randomUUID(), high + 1n, instant(cloud.clock)]
    const blank = { campaign: null, anchor: null, touch: null, messageSeq: null }
    const pass: Pass = { serial, member, state: 'live', seq, changedAt: now, shown: '', ...blank }
    const shown = digestOf((await cardsOf(cloud, tx, wallet, [pass])).get(serial)!)
    await sql`
      insert into wallet_pass (tenant, serial, member, state, seq, changed_at, shown, fetched, google, google_told,
        google_said, google_attempts, made_at)
      values (${tenant}, ${serial}, ${member}, 'live', ${seq}, date_trunc('second', ${now}::timestamptz), ${shown}, 0,
        'none', 0, 0, 0, ${now})
      on conflict (tenant, member) where state = 'live' do nothing`.execute(tx)
    await tx.updateTable('wallet_turn').set({ high: seq }).where('tenant', '=', tenant).execute()
  })
  return (await livePass(cloud.db, cloud.tenant, member))!
}

async function livePass(db: Db | Tx, tenant: TenantId, member: MemberId): Promise<Pass | undefined> {
  const { rows } = await sql<Pass>`
    select ${passColumns} from wallet_pass where tenant = ${tenant} and member = ${member} and state = 'live'`.execute(
    db,
  )
  return rows[0]
}

export async function passBySerial({ db, tenant }: Cloud, serial: string): Promise<Pass | undefined> {
  const { rows } = await sql<Pass>`
    select ${passColumns} from wallet_pass where tenant = ${tenant} and serial = ${serial}`.execute(db)
  return rows[0]
}

/** Somebody has the newest pass now, and with it what a campaign says on it. */
export async function noteFetched({ db, tenant, clock }: Cloud, { serial, seq }: Pass): Promise<void> {
  await sql`
    update wallet_pass set fetched = greatest(fetched, ${seq}) where tenant = ${tenant} and serial = ${serial}`.execute(
    db,
  )
  await sql`
    update message m set delivered_at = ${instant(clock)}, state = 'sent'
    from wallet_pass p
    where m.tenant = ${tenant} and m.channel = 'wallet' and m.delivered_at is null
      and p.tenant = ${tenant} and p.serial = ${serial} and p.message_seq <= ${seq}
      and m.campaign = p.campaign and m.member = p.member and m.anchor = p.anchor and m.touch = p.touch`.execute(db)
}

/** A forgotten person's pass counts no more, and nothing beside it says whose it was. Rule W12. */
export async function voidErased(tx: Tx, tenant: TenantId, member: MemberId, now: string): Promise<void> {
  await sql`
    update wallet_pass set state = 'void', member = null, campaign = null, anchor = null, touch = null,
      message_seq = null, due_at = ${now}
    where tenant = ${tenant} and member = ${member}`.execute(tx)
}

/** Of two members who were one person one pass is left: the heir's own, else the other's. Rule W12. */
export async function followMergeInWallet(
  tx: Tx,
  tenant: TenantId,
  from: MemberId,
  into: MemberId | null,
): Promise<void> {
  // looked at again at once: a time before any other
  const atOnce = '2000-01-01T00:00:00Z'
  if (into !== null) {
    await sql`
      update wallet_pass p set member = ${into}, due_at = ${atOnce}
      where p.tenant = ${tenant} and p.member = ${from} and p.state = 'live' and not exists (
        select from wallet_pass o where o.tenant = ${tenant} and o.member = ${into} and o.state = 'live')`.execute(tx)
  }
  await sql`
    update wallet_pass set state = 'void', due_at = ${atOnce}
    where tenant = ${tenant} and member = ${from} and state = 'live'`.execute(tx)
}
