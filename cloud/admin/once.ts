import { z } from 'zod'
import { canonical } from '../../shared/ledger/chain.ts'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import type { Db, Tx } from '../database/connect.ts'
import { transaction } from '../database/transaction.ts'
import { Refusal } from '../http/refusal.ts'
import { seal, unseal } from '../secrets/seal.ts'

/** For so long a repeated request is known again. */
const KEPT_DAYS = 35
const DAY_MS = 86_400_000

export const onceHeaders = z.looseObject({
  'idempotency-key': z.string({ error: 'a key of your own, up to 200 characters' }).min(1).max(200).optional(),
})

/** What is to be done once. */
export interface Asked {
  /** Missing: as often as it is asked. */
  readonly key: string | undefined
  /** Which request, and its body. */
  readonly path: string
  readonly body: object
}

/**
 * Carries out what books something anew each time it is asked, once for a key: the same key gives the answer that there
 * was, another request under it is refused. The key is written first, so of two at once the second waits for what becomes
 * of the first; it stands in the transaction that books, so neither is ever there without the other. A refused request
 * leaves its key free. `prepare` reads what it needs before that transaction.
 */
export async function once<T extends object>(
  cloud: Cloud,
  { key, path, body }: Asked,
  prepare: () => Promise<(tx: Tx) => Promise<T>>,
): Promise<T> {
  const { db, tenant, keys } = cloud
  if (key === undefined) return booked(cloud, await prepare())
  const asked = keys.mark(['admin request', tenant, path, canonical(JSON.parse(JSON.stringify(body)))].join('\n'))
  const known = await answerTo<T>(cloud, db, key, asked)
  if (known !== undefined) return known
  await forgetOld(cloud)
  const run = await prepare()
  return booked(cloud, async (tx) => {
    const row = { tenant, key, asked, answer: Buffer.alloc(0), made_at: instant(cloud.clock) }
    const { numInsertedOrUpdatedRows: made } = await tx
      .insertInto('admin_answer')
      .values(row)
      .onConflict((conflict) => conflict.columns(['tenant', 'key']).doNothing())
      .executeTakeFirstOrThrow()
    if (made === 0n) return (await answerTo<T>(cloud, tx, key, asked))!
    const told = await run(tx)
    const answer = seal(keys.answerKey, Buffer.from(JSON.stringify(told)), contextOf(cloud, key))
    await tx.updateTable('admin_answer').set({ answer }).where('tenant', '=', tenant).where('key', '=', key).execute()
    return told
  })
}

async function booked<T>(cloud: Cloud, run: (tx: Tx) => Promise<T>): Promise<T> {
  const told = await transaction(cloud.db, run)
  cloud.feed.wake()
  return told
}

async function answerTo<T>(cloud: Cloud, db: Db | Tx, key: string, asked: string): Promise<T | undefined> {
  const row = await db
    .selectFrom('admin_answer')
    .select(['asked', 'answer'])
    .where('tenant', '=', cloud.tenant)
    .where('key', '=', key)
    .executeTakeFirst()
  if (row === undefined) return undefined
  if (row.asked !== asked) {
    throw new Refusal(422, 'idempotency_key_reused', 'This Idempotency-Key came with another request before.')
  }
  return JSON.parse(unseal(cloud.keys.answerKey, row.answer, contextOf(cloud, key)).toString('utf8'))
}

const contextOf = ({ tenant }: Cloud, key: string) => ['bonusbook/admin-answer/1', tenant, key].join('\n')

async function forgetOld({ db, tenant, clock }: Cloud): Promise<void> {
  await db
    .deleteFrom('admin_answer')
    .where('tenant', '=', tenant)
    .where('made_at', '<', new Date(clock().getTime() - KEPT_DAYS * DAY_MS).toISOString())
    .execute()
}
