import type { FastifyInstance } from 'fastify'
import { sql } from 'kysely'
import { z } from 'zod'
import { cardNumber, memberId } from '../../shared/ids.ts'
import type { Cloud } from '../cloud.ts'
import { parsed } from '../http/problems.ts'
import { Refusal } from '../http/refusal.ts'
import { findMembers, type MemberName } from '../members/find.ts'
import { walletLink } from './link.ts'
import { readWallet, saveWallet, walletRequest, walletTold } from './settings.ts'

/** Settings of passes, how they do, and links to them: for the owner's tools and for shops' sites. */

/** Undefined parts: nothing is set up. */
export async function walletStatus(cloud: Cloud) {
  const { tenant, db } = cloud
  const wallet = await readWallet(cloud, db)
  const { rows } = await sql<Record<'passes' | 'void' | 'google' | 'waiting', number>>`
    select (count(*) filter (where state = 'live'))::int as passes, (count(*) filter (where state = 'void'))::int as void,
      (count(*) filter (where google = 'saved' and state = 'live'))::int as google,
      (count(*) filter (where due_at is not null))::int as waiting
    from wallet_pass where tenant = ${tenant}`.execute(db)
  const { rows: devices } = await sql<{ devices: number; toPush: number }>`
    select count(*)::int as devices, (count(*) filter (where due_at is not null))::int as "toPush"
    from wallet_device where tenant = ${tenant}`.execute(db)
  const { rows: troubles } = await sql<{ trouble: string; count: number }>`
    select trouble, count(*)::int as count from (
      select trouble from wallet_device where tenant = ${tenant} and trouble is not null
      union all select google_trouble from wallet_pass where tenant = ${tenant} and google_trouble is not null) t
    group by trouble order by count desc, trouble limit 20`.execute(db)
  const settings = wallet === undefined ? null : walletTold(wallet)
  return { settings, publicUrl: cloud.publicUrl ?? null, ...rows[0]!, ...devices[0]!, troubles }
}

/** Inside the admin API, behind its token. */
export function walletAdminRoutes(admin: FastifyInstance, cloud: Cloud): void {
  admin.get('/admin/v1/wallet', async () => walletStatus(cloud))
  admin.put('/admin/v1/wallet', async (request) => {
    await saveWallet(cloud, parsed(walletRequest, request.body))
    return walletStatus(cloud)
  })
  admin.get('/admin/v1/members/:member/wallet-link', async (request) => {
    const { member } = parsed(z.strictObject({ member: memberId }), request.params)
    return linkFor(cloud, { member })
  })
}

export const linkRequest = z
  .strictObject({ card: cardNumber.optional(), phone: z.string().max(40).optional(), member: memberId.optional() })
  .refine(({ card, phone, member }) => [card, phone, member].filter((name) => name !== undefined).length === 1, {
    error: 'exactly one of card, phone and member',
    path: ['card'],
  })
export const linkAnswer = z.object({
  link: z.string().describe('A page with a button for each wallet, for this member alone'),
  apple: z.string().nullable().describe('The pass as a file; null: not set up'),
  google: z.string().nullable().describe('Leads on to Google; null: not set up'),
})

export async function linkFor(cloud: Cloud, name: MemberName): Promise<z.infer<typeof linkAnswer>> {
  const wallet = await readWallet(cloud, cloud.db)
  if (wallet === undefined) throw new Refusal(404, 'wallet_not_set', 'This shop gives no wallet passes.')
  const found = await findMembers(cloud, name)
  const member = found.at(-1)
  if (member === undefined) throw new Refusal(404, 'unknown_member', 'No such member.')
  if ('phone' in name && found.length > 1) {
    throw new Refusal(409, 'several_members', 'Several members share this phone; name one by card.')
  }
  const link = walletLink(cloud, member)
  if (link === undefined) {
    throw new Refusal(409, 'no_public_url', 'The service does not know its own address: set BONUSBOOK_PUBLIC_URL.')
  }
  return {
    link,
    apple: wallet.apple === null ? null : `${link}/apple.pkpass`,
    google: wallet.google === null ? null : `${link}/google`,
  }
}
