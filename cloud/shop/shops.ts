import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type { OutletId } from '../../shared/ids.ts'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import { checkOutlet } from '../devices/outlets.ts'

/** Web shops as an administrator keeps them: each has a token for one outlet, of which only the hash is kept. */
export interface Shop {
  readonly shop: string
  readonly outlet: OutletId
}

const TOKEN_BYTES = 32
const hashOf = (token: string): Buffer => createHash('sha256').update(`web-shop\n${token}`).digest()

/** The token is told once, here. */
export async function makeShop(cloud: Cloud, { outlet, name }: { readonly outlet: OutletId; readonly name: string }) {
  await checkOutlet(cloud, outlet)
  const [shop, token] = [randomUUID(), `shop_${randomBytes(TOKEN_BYTES).toString('base64url')}`]
  await cloud.db
    .insertInto('web_shop')
    .values({
      tenant: cloud.tenant,
      shop,
      name,
      outlet,
      token_hash: hashOf(token),
      made_at: instant(cloud.clock),
      closed_at: null,
    })
    .execute()
  return { shop, name, outlet, token }
}

export async function listShops({ db, tenant }: Cloud) {
  const rows = await db
    .selectFrom('web_shop')
    .select(['shop', 'name', 'outlet', 'made_at as madeAt', 'closed_at as closedAt'])
    .where('tenant', '=', tenant)
    .orderBy('made_at')
    .orderBy('shop')
    .execute()
  return rows
}

/** Its token is good for nothing any more; what it holds ends by itself. False: there is no such shop. */
export async function closeShop(cloud: Cloud, shop: string): Promise<boolean> {
  const done = await cloud.db
    .updateTable('web_shop')
    .set({ closed_at: instant(cloud.clock) })
    .where('tenant', '=', cloud.tenant)
    .where('shop', '=', shop)
    .where('closed_at', 'is', null)
    .executeTakeFirst()
  return done.numUpdatedRows > 0n
}

export async function shopOf({ db, tenant }: Cloud, token: string): Promise<Shop | undefined> {
  const row = await db
    .selectFrom('web_shop')
    .select(['shop', 'outlet'])
    .where('tenant', '=', tenant)
    .where('token_hash', '=', hashOf(token))
    .where('closed_at', 'is', null)
    .executeTakeFirst()
  return row === undefined ? undefined : { shop: row.shop, outlet: row.outlet as OutletId }
}
