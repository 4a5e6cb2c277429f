import { expect, test } from 'vitest'
import { campaignsReply } from '../../shared/campaigns/ask.ts'
import { all, day, onePurchase, Shop } from './campaign-shop.ts'

/** The call list as a manager's screen works through it, through a till's signed session. */

const [, , calling] = onePurchase!.touches

test('[K32] [K33] lists who is to be called, takes what came of it once, and says by which till', async () => {
  const shop = await Shop.open()
  const ask = async (request: object) => {
    const { status, body } = await shop.till.speak('campaigns', request)
    return status === 200 ? campaignsReply.parse(body) : { status, code: body.code }
  }
  await shop.enrol('m1', 'm2')
  await shop.buys('m1')
  await shop.buys('m2', 200_000n)
  await shop.start({ ...all, touches: [{ ...calling!, afterDays: 0 }] })
  await shop.morning(66)
  const key = (member: string) => ({ campaign: all.id, member, anchor: day(0), touch: 'call' })
  const listed = { kind: 'calls', today: day(66), total: 2, calls: [key('m2'), key('m1')] }
  expect(await ask({ ask: 'calls', later: false })).toMatchObject(listed)
  const settle = { ask: 'settle', call: key('m2'), how: { outcome: 'reached' } }
  expect(await ask(settle)).toEqual({ kind: 'settled', state: 'reached', due: day(66) })
  expect(await ask(settle)).toEqual({ status: 409, code: 'call_closed' })
  const again = { ask: 'settle', call: key('m1'), how: { outcome: 'not_reached', tryOn: day(69) } }
  expect(await ask(again)).toEqual({ kind: 'settled', state: 'open', due: day(69) })
  expect(await ask({ ask: 'calls', later: false })).toMatchObject({ total: 0, calls: [] })
  expect(await ask({ ask: 'calls', later: true })).toMatchObject({ total: 1, calls: [{ ...key('m1'), attempts: 1 }] })
  const rows = await shop.cloud.cloud.db.selectFrom('call_task').select('tried_by').distinct().execute()
  expect(rows).toEqual([{ tried_by: shop.till.device }])
})
