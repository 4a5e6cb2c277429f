import { sql } from 'kysely'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import { transaction } from '../database/transaction.ts'
import { Apns } from './apns.ts'
import { takeBackUnread } from './message.ts'
import { readWallet } from './settings.ts'

/**
 * Pushes to the devices on which a changed pass lies. A claim is a later due time: whoever dies with it leaves it to be
 * pushed again, which is harmless. Rule W10.
 */
const AT_ONCE_MAX = 100
const CLAIMED_MS = 60_000
/** After each failed attempt; then the last one again. */
const PAUSES_S = [10, 60, 300, 900, 3_600, 14_400]

export interface Pusher {
  /** One round: what is due. The answer is how many pushes were taken. */
  push(isOver?: () => boolean): Promise<number>
  close(): void
}

/** Keeps its connection to APNs from round to round, as Apple asks. */
export function openPusher(cloud: Cloud): Pusher {
  let open: { readonly certificate: string; readonly apns: Apns } | undefined
  const close = () => {
    open?.apns.close()
    open = undefined
  }
  return {
    async push(isOver = () => false) {
      const apple = (await readWallet(cloud, cloud.db))?.apple
      if (apple == null) return 0
      if (open?.certificate !== apple.certificate) close()
      open ??= { certificate: apple.certificate, apns: new Apns(cloud.wallet, apple) }
      let taken = 0
      while (!isOver()) {
        const due = await claimDue(cloud)
        const outcomes = await Promise.all(due.map((device) => pushOne(cloud, open!.apns, device)))
        await dropGone(
          cloud,
          due.filter((_, index) => outcomes[index] === 'gone'),
        )
        taken += outcomes.filter((outcome) => outcome === 'taken').length
        if (due.length < AT_ONCE_MAX || outcomes.every((outcome) => outcome === 'later')) break
      }
      return taken
    },
    close,
  }
}

interface Due {
  readonly device: string
  readonly serial: string
  readonly token: string
  readonly attempts: number
  readonly seq: bigint
}

async function claimDue({ db, tenant, clock }: Cloud): Promise<Due[]> {
  const now = clock()
  const claimed = new Date(now.getTime() + CLAIMED_MS).toISOString()
  const { rows } = await sql<Due>`
    with due as materialized (
      select w.device, w.serial from wallet_device w
      where w.tenant = ${tenant} and w.due_at <= ${now.toISOString()}
      order by w.due_at, w.device limit ${AT_ONCE_MAX} for update skip locked)
    update wallet_device d set attempts = d.attempts + 1, due_at = ${claimed}
    from wallet_pass p
    where d.tenant = ${tenant} and p.tenant = ${tenant} and p.serial = d.serial
      and (d.device, d.serial) in (select * from due)
    returning d.device, d.serial, d.push_token as token, d.attempts, p.seq`.execute(db)
  return rows
}

async function pushOne(cloud: Cloud, apns: Apns, due: Due): Promise<'taken' | 'gone' | 'later'> {
  const { db, tenant, clock } = cloud
  const pushed = await apns.push(due.token)
  if (pushed.outcome === 'gone') return 'gone'
  const isTaken = pushed.outcome === 'taken'
  const pause = PAUSES_S[Math.min(due.attempts, PAUSES_S.length) - 1]!
  const again = new Date(clock().getTime() + pause * 1000).toISOString()
  // what changed meanwhile is due again already
  await sql`
    update wallet_device d set told = greatest(d.told, ${isTaken ? due.seq : 0n}),
      attempts = case when ${isTaken} then 0 else d.attempts end,
      trouble = ${pushed.outcome === 'later' ? pushed.trouble : null},
      due_at = case when not ${isTaken} then ${again}::timestamptz
        when p.seq > ${due.seq} then ${instant(clock)}::timestamptz end
    from wallet_pass p
    where d.tenant = ${tenant} and d.device = ${due.device} and d.serial = ${due.serial}
      and p.tenant = ${tenant} and p.serial = d.serial`.execute(db)
  return pushed.outcome
}

/** No device has these tokens any more, for whatever pass. */
async function dropGone(cloud: Cloud, gone: readonly Due[]): Promise<void> {
  if (gone.length === 0) return
  const { tenant } = cloud
  await transaction(cloud.db, async (tx) => {
    const { rows } = await sql<{ serial: string }>`
      delete from wallet_device
      where tenant = ${tenant} and push_token = any(${gone.map(({ token }) => token)}::text[])
      returning serial`.execute(tx)
    await takeBackUnread(
      tx,
      tenant,
      rows.map(({ serial }) => serial),
      instant(cloud.clock),
    )
  })
}
