import type { FastifyInstance } from 'fastify'
import { sql } from 'kysely'
import { z } from 'zod'
import type { MemberId } from '../../shared/ids.ts'
import { programmeName } from '../../shared/intake/intake.ts'
import type { Cloud } from '../cloud.ts'
import { deadLink } from '../http/dead-link.ts'
import { parsed } from '../http/problems.ts'
import { Refusal } from '../http/refusal.ts'
import { intakeOf, ledgerReads } from '../ledger/postgres-store.ts'
import { findMembers } from '../members/find.ts'
import { sendPass } from './apple-routes.ts'
import { cardsOf } from './content.ts'
import { saveLink } from './google.ts'
import { publicLogo } from './images.ts'
import { memberOfLink } from './link.ts'
import { passOf } from './passes.ts'
import { readWallet, type Wallet } from './settings.ts'

/** How a member gets a pass: a page with a button for each wallet. Looking at it makes nothing. Rule W6. */

const params = z.object({ token: z.string().max(300) })
/** Google is asked so long after its link was opened whether the pass was saved. */
const LOOK_AFTER_S = 60

export function walletPages(app: FastifyInstance, cloud: Cloud): void {
  app.register(async (pages) => {
    pages.setErrorHandler(deadLink)
    linkPages(pages, cloud)
  })
}

function linkPages(app: FastifyInstance, cloud: Cloud): void {
  const asked = async (given: unknown): Promise<{ wallet: Wallet; member: MemberId }> => {
    const linked = memberOfLink(cloud, parsed(params, given).token)
    const wallet = await readWallet(cloud, cloud.db)
    // who was merged is somebody else now, who was forgotten nobody
    const member = (await findMembers(cloud, { member: linked })).at(-1)
    if (wallet === undefined || member === undefined || (await isForgotten(cloud, member))) {
      throw new Refusal(404, 'unknown_link', 'There is no card behind this link.')
    }
    return { wallet, member }
  }

  app.get('/wallet/:token', async (request, reply) => {
    const { wallet } = await asked(request.params)
    const name = escaped(await programmeName(intakeOf(cloud), ledgerReads(cloud, cloud.db)))
    const { token } = parsed(params, request.params)
    const button = (is: boolean, where: string, what: string) =>
      is ? `<p><a href="/wallet/${token}/${where}">${what}</a></p>` : ''
    return reply
      .type('text/html; charset=utf-8')
      .header('cache-control', 'no-store')
      .header('referrer-policy', 'no-referrer')
      .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
      .send(
        `<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${name}</title>${STYLE}<main><h1>${name}</h1>${button(
          wallet.apple !== null,
          'apple.pkpass',
          'Добавить в Apple Wallet · Add to Apple Wallet',
        )}${button(wallet.google !== null, 'google', 'Добавить в Google Кошелёк · Add to Google Wallet')}</main>`,
      )
  })

  app.get('/wallet/:token/apple.pkpass', async (request, reply) => {
    const { wallet, member } = await asked(request.params)
    if (wallet.apple === null) throw new Refusal(404, 'wallet_not_set', 'This shop gives no passes for Apple Wallet.')
    return sendPass(cloud, reply, await passOf(cloud, wallet, member))
  })

  app.get('/wallet/:token/google', async (request, reply) => {
    const { wallet, member } = await asked(request.params)
    const { google } = wallet
    if (google === null) throw new Refusal(404, 'wallet_not_set', 'This shop gives no passes for Google Wallet.')
    const pass = await passOf(cloud, wallet, member)
    const card = (await cardsOf(cloud, cloud.db, wallet, [pass])).get(pass.serial)!
    const look = new Date(cloud.clock().getTime() + LOOK_AFTER_S * 1000).toISOString()
    await sql`
      update wallet_pass set google = case when google = 'none' then 'offered' else google end, google_attempts = 0,
        google_due_at = ${look}
      where tenant = ${cloud.tenant} and serial = ${pass.serial}`.execute(cloud.db)
    return reply.header('referrer-policy', 'no-referrer').redirect(saveLink(cloud, wallet, google, pass.serial, card))
  })

  app.get('/wallet/logo.png', async (_, reply) => {
    const wallet = await readWallet(cloud, cloud.db)
    return reply
      .type('image/png')
      .header('cache-control', 'public, max-age=3600')
      .send(publicLogo(wallet ?? { logo: null, icon: null }))
  })
}

async function isForgotten({ db, tenant }: Cloud, member: MemberId): Promise<boolean> {
  const row = await db
    .selectFrom('erased_member')
    .select('member')
    .where('tenant', '=', tenant)
    .where('member', '=', member)
    .executeTakeFirst()
  return row !== undefined
}

const STYLE = `<style>body{font:18px/1.4 system-ui,sans-serif;margin:0;padding:1rem}main{max-width:28rem;margin:2rem auto}
a{display:block;padding:.8rem 1rem;border-radius:.6rem;background:#111;color:#fff;text-align:center;text-decoration:none}</style>`

const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign]!)
