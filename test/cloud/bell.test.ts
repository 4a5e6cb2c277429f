import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { LOOK_BACK_MAX, makeBell } from '../../cloud/sync/wait.ts'
import { type TestCloud, testCloud } from './rig.ts'

/** Tills that wait to be called for their rights. */

let cloud: TestCloud
beforeAll(async () => {
  cloud = await testCloud({ turnDays: false })
})
afterAll(() => cloud.close())

/** Things of the feed that change now, in this order. */
async function change(scope: string, keys: readonly string[]): Promise<void> {
  await sql`
    with shard as (update feed_shard set high = high + ${keys.length} where tenant = 'main' returning high)
    insert into feed (tenant, scope, key, seq)
    select 'main', ${scope}, u.key, shard.high - ${keys.length} + u.n
    from shard, unnest(${keys}::text[]) with ordinality as u (key, n)`.execute(cloud.db)
}

test('[S86] a till without a cursor is called for what came lately, and nothing of a whole network is read for it', async () => {
  const bell = makeBell(cloud.db, 'main' as never, (error) => {
    throw error
  })
  await change('right', ['till-1\nann\npoints', 'till-2\nann\npoints'])
  expect(await bell.wait('till-1', 0n, 5_000)).toBe(true)
  await change(
    'balance',
    Array.from({ length: LOOK_BACK_MAX }, (_, place) => `m${place}\npoints`),
  )
  const [first, second] = [bell.wait('till-1', 0n, 60_000), bell.wait('till-2', 0n, 60_000)]
  await change('right', ['till-2\nben\npoints'])
  expect(await Promise.race([first.then(() => 'till-1'), second.then(() => 'till-2')])).toBe('till-2')
  bell.close()
  expect([await first, await second]).toEqual([false, true])
})
