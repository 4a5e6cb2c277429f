import { sql } from 'kysely'
import { z } from 'zod'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import type { Db, Tx } from '../database/connect.ts'
import { transaction } from '../database/transaction.ts'
import { Refusal } from '../http/refusal.ts'
import { seal, unseal } from '../secrets/seal.ts'
import {
  type AppleIdentity,
  type AppleKept,
  appleAsked,
  appleIdentity,
  appleKept,
  checkApple,
  checkGoogle,
  type GoogleKept,
  googleAsked,
} from './certificates.ts'
import { pngAsked } from './images.ts'

/** What the shop has set for its passes. Secrets are kept sealed and never told again. Rules W4, W13. */

const colour = z.string().regex(/^#[0-9a-f]{6}$/i, { error: 'a colour such as "#1f6feb" is allowed' })

const words = {
  /** Who the pass is from. */
  organisation: z.string().trim().min(1).max(60),
  background: colour.default('#20304a'),
  foreground: colour.default('#ffffff'),
  label: colour.default('#c9d4e5'),
  barcode: z.enum(['qr', 'code128']).default('qr'),
  /** How often a member's pass changes by itself, at most. */
  everyMinutes: z.int().min(1).max(1440).default(15),
  /** Points that end within so many days are said. */
  burnsWithinDays: z.int().min(1).max(365).default(30),
}
const walletWords = z.object(words)
export type WalletWords = z.output<typeof walletWords>

/** Missing parts stay as they are, `null` takes them away. */
export const walletRequest = z.strictObject({
  ...words,
  apple: appleAsked.nullable().optional(),
  google: googleAsked.nullable().optional(),
  logo: pngAsked.nullable().optional(),
  icon: pngAsked.nullable().optional(),
})

export interface Wallet {
  readonly words: WalletWords
  readonly apple: (AppleKept & AppleIdentity) | null
  readonly google: GoogleKept | null
  readonly logo: Buffer | null
  readonly icon: Buffer | null
  /** The class of passes that Google was told last. */
  readonly classTold: string | null
}

const context = (tenant: string, what: string) => `wallet/${tenant}/${what}`

/** Undefined: the shop gives no passes. */
export async function readWallet(
  { tenant, keys }: Pick<Cloud, 'tenant' | 'keys'>,
  db: Db | Tx,
): Promise<Wallet | undefined> {
  const row = await db.selectFrom('wallet_settings').selectAll().where('tenant', '=', tenant).executeTakeFirst()
  if (row === undefined) return undefined
  const opened = (sealed: Buffer, what: string) =>
    JSON.parse(unseal(keys.walletKey, sealed, context(tenant, what)).toString()) as unknown
  const apple = row.apple === null ? null : appleKept.parse(opened(row.apple, 'apple'))
  return {
    words: walletWords.parse(row.settings),
    apple: apple === null ? null : { ...apple, ...appleIdentity(apple) },
    google: row.google === null ? null : googleAsked.parse(opened(row.google, 'google')),
    logo: row.logo,
    icon: row.icon,
    classTold: row.class_told,
  }
}

/** Every pass is looked at again, since each may look otherwise now. */
export async function saveWallet(cloud: Cloud, asked: z.output<typeof walletRequest>): Promise<void> {
  const { tenant, keys, clock } = cloud
  const { apple, google, logo, icon, ...said } = asked
  const sealed = (what: string, value: unknown) =>
    seal(keys.walletKey, Buffer.from(JSON.stringify(value)), context(tenant, what))
  const parts = {
    ...(apple === undefined ? {} : { apple: apple && sealed('apple', checkApple(apple, clock())) }),
    ...(google === undefined ? {} : { google: google && sealed('google', checkGoogle(google)) }),
    ...(logo === undefined ? {} : { logo }),
    ...(icon === undefined ? {} : { icon }),
  }
  await transaction(cloud.db, async (tx) => {
    const none = { apple: null, google: null, logo: null, icon: null, class_told: null }
    const settings = JSON.stringify(said)
    await tx
      .insertInto('wallet_settings')
      .values({ tenant, settings, ...none, ...parts })
      .onConflict((conflict) => conflict.column('tenant').doUpdateSet({ settings, class_told: null, ...parts }))
      .execute()
    await sql`
      update wallet_pass set due_at = ${instant(clock)}, shown = '' where tenant = ${tenant} and state = 'live'`.execute(
      tx,
    )
  })
}

/** The shop's Apple certificate, good at this moment. */
export function appleOf(cloud: Pick<Cloud, 'clock'>, wallet: Wallet | undefined): AppleKept & AppleIdentity {
  if (wallet?.apple == null) throw new Refusal(404, 'wallet_not_set', 'This shop gives no passes for Apple Wallet.')
  if (cloud.clock() > wallet.apple.until) {
    const day = wallet.apple.until.toISOString().slice(0, 10)
    throw new Refusal(503, 'certificate_expired', `The certificate of Apple Wallet ran out on ${day}: set a new one.`)
  }
  return wallet.apple
}

/** What may be told of the settings. */
export function walletTold({ words: said, apple, google, logo, icon }: Wallet) {
  return {
    ...said,
    apple: apple && { passType: apple.passType, team: apple.team, until: apple.until.toISOString() },
    google: google && { issuer: google.issuer, serviceAccount: google.serviceAccount.client_email },
    logo: logo !== null,
    icon: icon !== null,
  }
}
