import { sql } from 'kysely'
import { programmeName } from '../../shared/intake/intake.ts'
import { cardLabels, type WalletCard } from '../../shared/wallet/card.ts'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import { intakeOf, ledgerReads } from '../ledger/postgres-store.ts'
import type { GoogleKept } from './certificates.ts'
import { cardsOf } from './content.ts'
import { classId, digestOfClass, GoogleWallet, loyaltyClass, loyaltyObject, objectId } from './google.ts'
import { type Pass, passColumns } from './passes.ts'
import { readWallet, type Wallet } from './settings.ts'

/**
 * Writes changed passes to Google. Writing again is harmless; announcing a message is not, so that is marked as said
 * before it is, and asked for again only where it certainly was not taken. Rules W9, W10, K17.
 */
const AT_ONCE_MAX = 20
const CLAIMED_MS = 120_000
const PAUSES_S = [60, 300, 900, 3_600, 14_400, 86_400]
/** How often it is looked whether a pass whose link was opened was saved. */
const LOOKED_MAX = 5

export interface GoogleWriter {
  /** One round. The answer is how many passes were written. */
  write(isOver?: () => boolean): Promise<number>
}

export function openGoogleWriter(cloud: Cloud): GoogleWriter {
  let open: { readonly account: string; readonly google: GoogleWallet } | undefined
  let classAt = 0
  return {
    async write(isOver = () => false) {
      const wallet = await readWallet(cloud, cloud.db)
      const kept = wallet?.google
      if (wallet === undefined || kept == null || cloud.publicUrl === undefined) return 0
      const account = JSON.stringify(kept)
      if (open?.account !== account) open = { account, google: new GoogleWallet(cloud, kept.serviceAccount) }
      const { google } = open
      if (classAt <= cloud.clock().getTime() && !(await tellClass(cloud, wallet, kept, google))) {
        classAt = cloud.clock().getTime() + PAUSES_S[0]! * 1000
      }
      let written = 0
      while (!isOver()) {
        const due = await claimDue(cloud)
        if (due.length === 0) break
        const cards = await cardsOf(cloud, cloud.db, wallet, due)
        const done = await Promise.all(
          due.map((pass) => writeOne(cloud, wallet, kept, google, pass, cards.get(pass.serial)!)),
        )
        written += done.filter((is) => is).length
        if (due.length < AT_ONCE_MAX || !done.some((is) => is)) break
      }
      return written
    },
  }
}

/** True: Google knows the class as it is. */
async function tellClass(cloud: Cloud, wallet: Wallet, kept: GoogleKept, google: GoogleWallet): Promise<boolean> {
  const name = await programmeName(intakeOf(cloud), ledgerReads(cloud, cloud.db))
  const said = loyaltyClass(cloud, wallet, kept, name)
  const digest = digestOfClass({ ...said, issuer: kept.issuer })
  if (wallet.classTold === digest) return true
  let asked = await google.ask('POST', 'loyaltyClass', said)
  if (asked.outcome === 'there') {
    asked = await google.ask('PATCH', `loyaltyClass/${classId(kept, cloud.tenant)}`, said)
  }
  if (asked.outcome !== 'taken') return false
  await cloud.db.updateTable('wallet_settings').set({ class_told: digest }).where('tenant', '=', cloud.tenant).execute()
  return true
}

interface Due extends Pass {
  readonly google: 'offered' | 'saved'
  readonly googleSaid: bigint
  readonly attempts: number
}

async function claimDue({ db, tenant, clock }: Cloud): Promise<Due[]> {
  const now = clock()
  const claimed = new Date(now.getTime() + CLAIMED_MS).toISOString()
  const { rows } = await sql<Due>`
    with due as materialized (
      select w.serial from wallet_pass w
      where w.tenant = ${tenant} and w.google_due_at <= ${now.toISOString()}
      order by w.google_due_at, w.serial limit ${AT_ONCE_MAX} for update skip locked)
    update wallet_pass set google_attempts = google_attempts + 1, google_due_at = ${claimed}
    where tenant = ${tenant} and serial in (select * from due)
    returning ${passColumns}, google, google_said as "googleSaid", google_attempts as attempts`.execute(db)
  return rows
}

async function writeOne(
  cloud: Cloud,
  wallet: Wallet,
  kept: GoogleKept,
  google: GoogleWallet,
  pass: Due,
  card: WalletCard,
): Promise<boolean> {
  const path = `loyaltyObject/${objectId(kept, pass.serial)}`
  const asked = await google.ask('PATCH', path, loyaltyObject(cloud.tenant, wallet, kept, pass.serial, card))
  if (asked.outcome === 'taken') {
    const isSaved = (asked.body as { hasUsers?: unknown }).hasUsers !== false
    await noteWritten(cloud, pass, isSaved)
    if (isSaved) await announce(cloud, google, path, pass, card)
    return true
  }
  const isOver = asked.outcome === 'absent' && (pass.google === 'saved' || pass.attempts >= LOOKED_MAX)
  const pause = PAUSES_S[Math.min(pass.attempts, PAUSES_S.length) - 1]!
  const again = new Date(cloud.clock().getTime() + pause * 1000).toISOString()
  await sql`
    update wallet_pass set google_due_at = ${isOver || asked.outcome === 'refused' ? null : again},
      google = ${isOver ? 'none' : pass.google}, google_trouble = ${'trouble' in asked ? asked.trouble : null}
    where tenant = ${cloud.tenant} and serial = ${pass.serial}`.execute(cloud.db)
  return false
}

async function noteWritten({ db, tenant, clock }: Cloud, { serial, seq }: Due, isSaved: boolean): Promise<void> {
  const now = instant(clock)
  await sql`
    update wallet_pass set google = ${isSaved ? 'saved' : 'offered'}, google_told = greatest(google_told, ${seq}),
      google_attempts = 0, google_trouble = null,
      google_due_at = case when seq > ${seq} then ${now}::timestamptz end
    where tenant = ${tenant} and serial = ${serial}`.execute(db)
}

/** Asks Google once to tell the phone of a message that the pass shows since. */
async function announce(
  cloud: Cloud,
  google: GoogleWallet,
  path: string,
  { serial, messageSeq, googleSaid, campaign, anchor, touch }: Due,
  card: WalletCard,
): Promise<void> {
  if (messageSeq === null || messageSeq <= googleSaid || card.message === null) return
  const { db, tenant, clock } = cloud
  const claimed = await sql`
    update wallet_pass set google_said = ${messageSeq}
    where tenant = ${tenant} and serial = ${serial} and google_said < ${messageSeq}`.execute(db)
  if ((claimed.numAffectedRows ?? 0n) === 0n) return
  const message = {
    id: `${campaign}.${anchor}.${touch}`,
    header: cardLabels[card.language].message,
    body: card.message,
    messageType: 'TEXT_AND_NOTIFY',
  }
  const asked = await google.ask('POST', `${path}/addMessage`, { message })
  if (asked.outcome === 'later') {
    const again = new Date(clock().getTime() + PAUSES_S[0]! * 1000).toISOString()
    await sql`
      update wallet_pass set google_said = ${googleSaid}, google_due_at = ${again}, google_trouble = ${asked.trouble}
      where tenant = ${tenant} and serial = ${serial} and google_said = ${messageSeq}`.execute(db)
    return
  }
  await sql`
    update message m set delivered_at = ${instant(clock)}, state = 'sent'
    from wallet_pass p
    where m.tenant = ${tenant} and m.channel = 'wallet' and m.delivered_at is null and ${asked.outcome === 'taken'}
      and p.tenant = ${tenant} and p.serial = ${serial} and m.campaign = ${campaign} and m.member = p.member
      and m.anchor = ${anchor}::date and m.touch = ${touch}`.execute(db)
}
