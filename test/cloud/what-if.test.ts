import { expect, test } from 'vitest'
import { runCampaigns } from '../../cloud/campaigns/run.ts'
import { whatIf } from '../../cloud/campaigns/what-if.ts'
import { all, DAY_MS, day, Shop, START } from './campaign-shop.ts'

test('[K80] what a chain would have done is what it did, and asking writes nothing', async () => {
  const shop = await Shop.open()
  await shop.enrol('m1', 'm2', 'm3')
  for (const member of ['m1', 'm2', 'm3']) await shop.buys(member)
  await shop.start(all)
  for (let each = 1; each <= 125; each++) {
    shop.now = START + each * DAY_MS
    const visits = { 40: 'm3', 70: 'm2' }[each]
    if ([66, 94, 122].includes(each)) await runCampaigns(shop.cloud.cloud)
    if (visits === undefined) continue
    await shop.till.open()
    await shop.buys(visits)
  }
  const done = await shop.touches()
  expect(done.map((made) => made.slice(11))).toEqual([
    'm1 first made',
    'm2 first made',
    'm1 second made',
    'm1 call made',
  ])
  expect(await whatIf(shop.cloud.cloud, all, day(0), day(125))).toEqual({
    from: day(0),
    to: day(125),
    members: 2,
    control: 0,
    refused: 0,
    touches: { first: 2, second: 1, call: 1 },
    pointsMost: '380.00',
  })
  expect(await shop.touches()).toEqual(done)
  const asked = { document: { ...all, start: { kind: 'afterEnrolment', days: 3 } }, from: day(0), to: day(10) }
  expect((await shop.cloud.admin('POST', 'campaigns/what-if', asked)).body).toMatchObject({
    members: 3,
    touches: { first: 3, second: 0, call: 0 },
  })
  const burning = { ...asked, document: { ...all, start: { kind: 'pointsBurn', days: 3, atLeast: '1.00' } } }
  expect((await shop.cloud.admin('POST', 'campaigns/what-if', burning)).body).toMatchObject({ code: 'what_if_unknown' })
  expect((await shop.cloud.admin('POST', 'campaigns/what-if', { ...asked, to: day(-1) })).status).toBe(400)
  expect((await shop.cloud.admin('POST', 'campaigns/forecast', all)).body).toMatchObject({ audience: 1 })
})
