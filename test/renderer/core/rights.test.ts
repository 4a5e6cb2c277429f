import { describe, expect, test, vi } from 'vitest'
import type { Contact } from '../../../renderer/core/contact.ts'
import type { Context } from '../../../renderer/core/context.ts'
import { rightsDesk } from '../../../renderer/core/rights.ts'
import { SealedStream } from '../../../renderer/core/stream.ts'
import { type HoldAsked, holdFor } from '../../../shared/intake/rights.ts'
import type { EntryBody } from '../../../shared/ledger/entry.ts'
import type { ProgrammeDocument } from '../../../shared/programme/schema.ts'
import type { SignedHandOver } from '../../../shared/rights/hand-over.ts'
import type { PullChange } from '../../../shared/sync/protocol.ts'
import { type TestClock, testClock } from './clock.ts'
import { cafe } from './programme.ts'
import { openTill, type TestTill } from './till.ts'
import { openTown, type Town } from './town.ts'

const CARD = '2900000000018'
const DAY_MS = 86_400_000

async function town(change: Partial<ProgrammeDocument> = {}, points = '100.00') {
  const clock = testClock()
  const cloud = await openTown(clock, cafe(change))
  const consent = { personalData: true, messages: false }
  await cloud.book(
    { kind: 'enrol', member: 'anna', card: CARD, cardType: 'standard', profile: null, consent } as unknown as EntryBody,
    {
      kind: 'gift',
      member: 'anna',
      purse: 'points',
      points,
      activeFrom: '2026-11-18',
      lastDay: null,
      reason: 'test',
    } as EntryBody,
  )
  return { clock, cloud }
}

async function till(clock: TestClock, cloud: Town, device: string, more: object = {}): Promise<TestTill> {
  return await openTill({ clock, town: cloud, device, inMemory: true, ...more })
}

const line = (amount: string) => [{ id: '1', sku: 'cake', name: 'Cake', category: 'food', qty: '1', amount }]
const quote = async (at: TestTill, clock: TestClock, receipt: string, amount = '100.00', redeem?: string) => {
  const asked = at.ask('quotes.create', {
    card: CARD as never,
    receipt: { id: receipt as never, lines: line(amount) },
    ...(redeem === undefined ? {} : { redeem }),
  })
  asked.catch(() => undefined)
  await clock.pass(900)
  return await asked
}
const commit = async (at: TestTill, id: string, key: string) =>
  await at.tried('quotes.commit', { id: id as never, idempotencyKey: key })
const pay = async (at: TestTill, clock: TestClock, receipt: string, redeem: string, amount = '200.00') =>
  await commit(at, (await quote(at, clock, receipt, amount, redeem)).id, receipt)
const tried = async (promise: Promise<unknown>) =>
  await promise.then(() => 'done').catch((error: Error) => error.message)

describe('a till that holds rights', () => {
  test('[S85] gets at the scan what lies free, pays without asking, and the sale names the lease that pays', async () => {
    const { clock, cloud } = await town()
    const a = await till(clock, cloud, 'till-a')
    const quoted = await quote(a, clock, 'r1', '200.00')
    expect(quoted).toMatchObject({ redeemable: '100.00', member: { held: { here: '0.00', elsewhere: '0.00' } } })
    expect(await a.ask('quotes.get', { id: quoted.id as never })).toMatchObject({
      redeemable: '100.00',
      member: { held: { here: '100.00', elsewhere: '0.00' } },
    })
    expect(await cloud.balance('anna')).toMatchObject({ leased: '100.00', spendable: '0.00' })
    expect(await pay(a, clock, 'r1', '40.00')).toBe('done')
    await a.settle()
    expect(await cloud.balance('anna')).toEqual({
      posted: '76.00',
      leased: expect.any(String),
      spendable: expect.any(String),
      debt: '0.00',
    })
    const sale = [...cloud.store.tables().sales.values()][0]!
    expect(sale.body.rights).toEqual([{ purse: 'points', lease: expect.any(String), points: '40.00' }])
    a.core().stop()
  })

  test('[S94] redeems within them without a network; a second till cannot spend the same; all agree afterwards', async () => {
    const { clock, cloud } = await town()
    const a = await till(clock, cloud, 'till-a')
    const b = await till(clock, cloud, 'till-b', { outlet: 'B' })
    await quote(a, clock, 'r1', '200.00')
    await clock.pass(5_000)
    cloud.cut.add('till-a')
    cloud.cut.add('till-b')
    await clock.pass(5_000)
    expect(await quote(a, clock, 'r2', '120.00')).toMatchObject({ redeemable: '60.00' })
    expect(await pay(a, clock, 'r2', '60.00', '120.00')).toBe('done')
    expect(await quote(a, clock, 'r3', '200.00')).toMatchObject({ redeemable: '40.00', redeemBound: 'elsewhere' })
    expect(await quote(b, clock, 'r4', '200.00')).toMatchObject({ redeemable: '0.00', redeemBound: 'offline' })
    expect(await tried(quote(b, clock, 'r4', '200.00', '10.00'))).toContain('redeem_offline')
    cloud.cut.clear()
    await clock.pass(60_000)
    await a.settle()
    expect(await cloud.balance('anna')).toMatchObject({ posted: '46.00', debt: '0.00' })
    a.core().stop()
    b.core().stop()
  })

  test('[S82] what is laid out comes to rest: no right goes round and round between the tills of three shops', async () => {
    const accrual = { basePercent: '0.00', capPercent: '0.00', activationDays: 0, lifeDays: 365 }
    const { clock, cloud } = await town({ accrual } as Partial<ProgrammeDocument>, '0.01')
    const tills = await Promise.all(
      ['A', 'B', 'C'].map((outlet) => till(clock, cloud, `till-${outlet.toLowerCase()}`, { outlet, inMemory: true })),
    )
    // Half of each receipt may be paid with points; the last shop is the likeliest, then the one before.
    for (const [place, at] of [0, 1, 2].entries()) {
      expect(await pay(tills[at]!, clock, `r${place}`, '0.00', '92.00')).toBe('done')
      await clock.pass(20 * 60_000)
    }
    for (const points of ['54.00', '46.00', '30.00']) {
      const gift = { kind: 'gift', member: 'anna', purse: 'points', points, activeFrom: '2026-11-18', lastDay: null }
      await cloud.book({ ...gift, reason: 'test' } as EntryBody)
      await clock.pass(60_000)
    }
    const entries = () => [...cloud.store.tables().entries.values()].reduce((sum, stream) => sum + stream.length, 0)
    await clock.pass(16 * 60_000)
    const before = entries()
    await clock.pass(10 * 60_000)
    expect(entries()).toBe(before)
    for (const each of tills) each.core().stop()
  }, 300_000)

  test('[S86] gives back at once what another till asks for, but not what an open receipt counts on', async () => {
    const { clock, cloud } = await town()
    const a = await till(clock, cloud, 'till-a')
    const b = await till(clock, cloud, 'till-b', { outlet: 'B' })
    await quote(a, clock, 'r1', '200.00', '30.00')
    expect(cloud.held('anna', 'till-a')).toBe('100.00')
    const { id } = await quote(b, clock, 'r2', '200.00')
    expect(await b.ask('quotes.get', { id: id as never })).toMatchObject({
      redeemable: '70.00',
      redeemBound: 'elsewhere',
      member: { held: { elsewhere: '30.00' } },
    })
    expect(await cloud.balance('anna')).toMatchObject({ leased: '100.00', spendable: '0.00' })
    a.core().stop()
    b.core().stop()
  })

  test('[S86] what comes back because somebody asked is for them, not for the shop where the member shops', async () => {
    const { clock, cloud } = await town()
    const a = await till(clock, cloud, 'till-a')
    const b = await till(clock, cloud, 'till-b', { outlet: 'B' })
    expect(await pay(a, clock, 'r1', '10.00')).toBe('done')
    await a.settle()
    expect(cloud.held('anna', 'till-a')).toBe('109.00')
    expect(await quote(b, clock, 'r2', '300.00')).toMatchObject({ redeemable: '109.00' })
    expect(cloud.held('anna', 'till-b')).toBe('109.00')
    a.core().stop()
    b.core().stop()
  })

  test('[S95] comes back from a crash with what it held, also after a spend that nobody heard of', async () => {
    const { clock, cloud } = await town()
    const a = await till(clock, cloud, 'till-a')
    await quote(a, clock, 'r1', '200.00')
    await clock.pass(5_000)
    cloud.cut.add('till-a')
    await clock.pass(5_000)
    expect(await pay(a, clock, 'r2', '60.00')).toBe('done')
    a.crash()
    await a.start()
    expect(await quote(a, clock, 'r3', '200.00')).toMatchObject({ redeemable: '40.00' })
    a.core().stop()
  })

  test('[S90] may use them for 72 hours after the last contact, whatever restarts and clocks do', async () => {
    const { clock, cloud } = await town()
    const a = await till(clock, cloud, 'till-a')
    await quote(a, clock, 'r1', '200.00')
    await clock.pass(5_000)
    cloud.cut.add('till-a')
    clock.sleep(71 * 3_600_000)
    expect(await quote(a, clock, 'r2', '200.00')).toMatchObject({ redeemable: '100.00' })
    clock.sleep(3_600_000)
    expect(await quote(a, clock, 'r3', '200.00')).toMatchObject({ redeemable: '0.00', redeemBound: 'rights_ended' })
    a.crash()
    await a.start()
    expect(await quote(a, clock, 'r4', '200.00')).toMatchObject({ redeemable: '0.00', redeemBound: 'rights_ended' })
    cloud.cut.clear()
    await clock.pass(70_000)
    expect(await quote(a, clock, 'r5', '200.00')).toMatchObject({ redeemable: '100.00' })
    a.core().stop()
  })

  test('[S91] loses them when it is given up for lost; what it tells late is paid from the pool, the rest is a loss', async () => {
    const { clock, cloud } = await town()
    const a = await till(clock, cloud, 'till-a')
    const b = await till(clock, cloud, 'till-b', { outlet: 'B' })
    await quote(a, clock, 'r1', '200.00')
    await clock.pass(5_000)
    cloud.cut.add('till-a')
    await clock.pass(5_000)
    expect(await pay(a, clock, 'r2', '80.00')).toBe('done')
    expect(await cloud.lost('till-a')).toBe(1)
    expect(await pay(b, clock, 'r3', '70.00')).toBe('done')
    await b.settle()
    cloud.cut.clear()
    await clock.pass(70_000)
    await a.settle()
    expect(await cloud.balance('anna')).toMatchObject({ debt: '0.00' })
    const losses = [...cloud.store.tables().entries.values()].flat().filter(({ text }) => text?.includes('risk_loss'))
    expect(losses).toHaveLength(1)
    a.core().stop()
    b.core().stop()
  })

  test('[S91] loses them by time only after 30 days of silence', async () => {
    const { clock, cloud } = await town()
    const a = await till(clock, cloud, 'till-a')
    await quote(a, clock, 'r1', '200.00')
    await clock.pass(5_000)
    a.core().stop()
    cloud.cut.add('till-a')
    clock.sleep(29 * DAY_MS)
    expect(await cloud.silent()).toBe(0)
    clock.sleep(2 * DAY_MS)
    expect(await cloud.silent()).toBe(1)
    expect(await cloud.balance('anna')).toMatchObject({ leased: '0.00', spendable: '100.00' })
  })

  test('[S83] gets in the night what has begun to count, once, where the member shops', async () => {
    const { clock, cloud } = await town()
    const a = await till(clock, cloud, 'till-a')
    expect(await pay(a, clock, 'r1', '100.00', '400.00')).toBe('done')
    await a.settle()
    const gift = { kind: 'gift', member: 'anna', purse: 'points', points: '80.00', lastDay: null, reason: 'test' }
    await cloud.book({ ...gift, activeFrom: '2026-11-19' } as EntryBody)
    await clock.pass(5_000)
    expect(cloud.held('anna', 'till-a')).toBe('30.00')
    clock.sleep(DAY_MS)
    await clock.pass(5_000)
    expect(await cloud.night(1)).toBe(1)
    expect(await cloud.night(1)).toBe(0)
    await clock.pass(5_000)
    cloud.cut.add('till-a')
    await clock.pass(5_000)
    expect(await quote(a, clock, 'r2', '400.00')).toMatchObject({ redeemable: '110.00' })
    a.core().stop()
  })

  test('[S100] hands them on: strictly written first, once however often it is asked, and nobody spends them twice', async () => {
    const { clock, cloud } = await town()
    const a = await till(clock, cloud, 'till-a')
    let ask: (member: string, purse: string, points: string) => Promise<readonly SignedHandOver[]> = async () => []
    const neighbours = {
      ask: (wish: { member: string; purse: string; points: string }) => ask(wish.member, wish.purse, wish.points),
    }
    const b = await till(clock, cloud, 'till-b', { neighbours })
    await quote(a, clock, 'r1', '200.00')
    await clock.pass(5_000)
    cloud.cut.add('till-a').add('till-b')
    await clock.pass(5_000)
    const request = {
      request: 'one',
      member: 'anna',
      purse: 'points',
      points: '30.00',
      taker: { device: 'till-b', epoch: 1 },
    }
    ask = async () => {
      const given = await a.ask('rights.give', request as never)
      expect(await a.ask('rights.give', request as never)).toEqual(given)
      return given.handOvers.map((each) => ({ ...each, signature: 'c2ln' }))
    }
    expect(await quote(b, clock, 'r2', '200.00')).toMatchObject({ redeemable: '30.00' })
    expect(await pay(b, clock, 'r2', '30.00')).toBe('done')
    expect(await quote(a, clock, 'r3', '200.00')).toMatchObject({ redeemable: '70.00' })
    cloud.cut.delete('till-b')
    await clock.pass(70_000)
    expect(await cloud.balance('anna')).toMatchObject({ posted: '87.00', debt: '0.00' })
    cloud.cut.clear()
    await clock.pass(70_000)
    expect(await cloud.balance('anna')).toMatchObject({ posted: '87.00', debt: '0.00' })
    a.core().stop()
    b.core().stop()
  })

  test('[S100] who was given nothing is given nothing by the same request, however late an earlier asking comes', async () => {
    const { clock, cloud } = await town()
    const a = await till(clock, cloud, 'till-a')
    const asked = { member: 'anna', purse: 'points', points: '30.00', taker: { device: 'till-b', epoch: 1 } }
    expect(await a.ask('rights.give', { request: 'one', ...asked } as never)).toEqual({ handOvers: [] })
    await quote(a, clock, 'r1', '200.00')
    await clock.pass(5_000)
    expect(cloud.held('anna', 'till-a')).toBe('100.00')
    expect(await a.ask('rights.give', { request: 'one', ...asked } as never)).toEqual({ handOvers: [] })
    const { handOvers } = await a.ask('rights.give', { request: 'two', ...asked } as never)
    expect(handOvers).toMatchObject([{ points: '30.00' }])
    a.core().stop()
  })

  test('[S95] what it takes over of a member who was merged away it holds once, under whom they are now', async () => {
    const { clock, cloud } = await town()
    const consent = { personalData: true, messages: false }
    const card = '2900000000025'
    await cloud.book({ kind: 'enrol', member: 'boris', card, cardType: 'standard', profile: null, consent } as never)
    const a = await till(clock, cloud, 'till-a')
    const b = await till(clock, cloud, 'till-b')
    await quote(a, clock, 'r1', '200.00')
    await clock.pass(5_000)
    const wish = { purse: 'points', points: '30.00', taker: { device: 'till-b', epoch: 1 } }
    const given = await a.ask('rights.give', { ...wish, request: 'one', member: 'anna' } as never)
    const persons = { from: 'anna', into: 'boris', purses: ['points'], cards: [CARD] }
    await cloud.book({ kind: 'merge', ...persons, by: 'office', reason: 'the same person' } as never)
    await clock.pass(70_000)
    const handOvers = given.handOvers.map((each) => ({ ...each, signature: 'c2ln' }))
    await b.ask('rights.take', { handOvers } as never)
    await clock.pass(70_000)
    const others = { purse: 'points', points: '30.00', taker: { device: 'till-a', epoch: 1 } }
    const twice = await b.ask('rights.give', { ...others, request: 'two', member: 'anna' } as never)
    expect(twice).toEqual({ handOvers: [] })
    const once = await b.ask('rights.give', { ...others, request: 'three', member: 'boris' } as never)
    expect(once).toMatchObject({ handOvers: [{ points: '30.00' }] })
    a.core().stop()
    b.core().stop()
  })

  test('[S110] risks beyond them only where the programme allows it, within every bound, and never when online', async () => {
    const risk = { perReceipt: '20.00', perMember: '30.00', perTill: '100.00', perDay: '100.00' }
    const redemption = { ...cafe().redemption, offline: { policy: 'rights+risk' as const, risk } }
    const { clock, cloud } = await town({ redemption })
    const a = await till(clock, cloud, 'till-a')
    const b = await till(clock, cloud, 'till-b', { outlet: 'B' })
    await quote(a, clock, 'r1', '200.00')
    await clock.pass(5_000)
    cloud.cut.add('till-a').add('till-b')
    await clock.pass(5_000)
    const quoted = await quote(b, clock, 'r2', '200.00', '20.00')
    expect(quoted).toMatchObject({ redeemable: '20.00', risk: '20.00' })
    expect(await commit(b, quoted.id, 'r2')).toBe('done')
    expect(await quote(b, clock, 'r3', '200.00')).toMatchObject({ redeemable: '10.00' })
    expect(await pay(a, clock, 'r4', '100.00')).toBe('done')
    cloud.cut.clear()
    await clock.pass(70_000)
    await b.settle()
    expect(await cloud.balance('anna')).toMatchObject({ debt: '0.00' })
    expect(
      [...cloud.store.tables().entries.values()].flat().filter(({ text }) => text?.includes('risk_loss')),
    ).toHaveLength(1)
    a.core().stop()
    b.core().stop()
  })

  test('[S84] a full stamp card is one right: two tills without a network cannot both give its reward', async () => {
    const stamps = [
      {
        id: 'coffee',
        name: 'Coffee',
        collect: { kind: 'goods', skus: ['latte'] },
        need: 3,
        reward: { kind: 'freeItem', skus: ['latte'] },
      },
    ]
    const { clock, cloud } = await town({ stamps } as never, '0.01')
    await cloud.book({
      kind: 'stamp',
      member: 'anna',
      card: 'coffee',
      stamps: '3.00',
      lastDay: null,
      reason: 'test',
    } as EntryBody)
    const a = await till(clock, cloud, 'till-a')
    const b = await till(clock, cloud, 'till-b', { outlet: 'B' })
    const latte = async (at: TestTill, id: string, rewards: string[]) => {
      const lines = [{ id: '1', sku: 'latte', qty: '1', amount: '150.00' }]
      const asked = at
        .core()
        .call('quotes.create', { card: CARD as never, rewards, receipt: { id: id as never, lines } })
      await clock.pass(900)
      return await asked
    }
    const gift = ['stamp:coffee']
    const first = await latte(a, 'r1', gift)
    expect(first).toMatchObject({ ok: true, value: { rewards: [{ id: 'stamp:coffee' }] } })
    await clock.pass(5_000)
    cloud.cut.add('till-a').add('till-b')
    await clock.pass(5_000)
    const here = await latte(a, 'r2', gift)
    if (!here.ok) throw new Error(here.reason)
    expect(here.value.rewards).toHaveLength(1)
    expect(await latte(b, 'r3', gift)).toMatchObject({ ok: false, reason: 'reward_offline' })
    expect(await latte(b, 'r3', [])).toMatchObject({ ok: true, value: { rewards: [], available: [] } })
    expect(await commit(a, here.value.id, 'r2')).toBe('done')
    expect(await latte(a, 'r4', [])).toMatchObject({ ok: true, value: { available: [] } })
    cloud.cut.clear()
    await clock.pass(70_000)
    expect(await cloud.balance('anna', 'stamp:coffee')).toMatchObject({ posted: '0.00', debt: '0.00' })
    a.core().stop()
    b.core().stop()
  })

  test('[S84] a use of a personal coupon is one right: spent without a network where it lies, refused elsewhere', async () => {
    const coupons = [
      {
        id: 'yours',
        name: 'Yours',
        code: { kind: 'personal', length: 8 },
        usesPerMember: 1,
        reward: { kind: 'percentOff', percent: '10' },
      },
    ]
    const { clock, cloud } = await town({ coupons } as never, '0.01')
    const issued = { kind: 'coupon', member: 'anna', coupon: 'yours', action: 'issue', uses: '1.00' }
    await cloud.book({ ...issued, activeFrom: '2026-11-18', lastDay: null, reason: 'test' } as EntryBody)
    const a = await till(clock, cloud, 'till-a')
    const b = await till(clock, cloud, 'till-b', { outlet: 'B' })
    const asked = async (at: TestTill, id: string) => {
      const receipt = { id: id as never, lines: line('300.00') }
      const reply = at.core().call('quotes.create', { card: CARD as never, rewards: ['coupon:yours'], receipt })
      await clock.pass(900)
      return await reply
    }
    expect(await asked(a, 'r1')).toMatchObject({ ok: true })
    await clock.pass(5_000)
    cloud.cut.add('till-a').add('till-b')
    await clock.pass(5_000)
    const here = await asked(a, 'r2')
    if (!here.ok) throw new Error(here.reason)
    expect(here.value.rewards).toMatchObject([{ id: 'coupon:yours', money: '30.00' }])
    expect(await asked(b, 'r3')).toMatchObject({ ok: false, reason: 'coupon_offline' })
    expect(await commit(a, here.value.id, 'r2')).toBe('done')
    expect(await asked(a, 'r4')).toMatchObject({ ok: false })
    cloud.cut.clear()
    await clock.pass(70_000)
    expect(await cloud.balance('anna', 'coupon:yours')).toMatchObject({ posted: '0.00', debt: '0.00' })
    a.core().stop()
    b.core().stop()
  })

  test('[S90] a clock that was set back says nothing: no right is used until the cloud is heard again', async () => {
    const { clock, cloud } = await town()
    const a = await till(clock, cloud, 'till-a')
    await quote(a, clock, 'r1', '200.00')
    await clock.pass(90_000)
    cloud.cut.add('till-a')
    a.crash()
    clock.sleep(-2 * 3_600_000)
    await a.start()
    expect(await quote(a, clock, 'r2', '200.00')).toMatchObject({ redeemable: '0.00', redeemBound: 'clock_back' })
    cloud.cut.clear()
    await clock.pass(70_000)
    expect(await quote(a, clock, 'r3', '200.00')).toMatchObject({ redeemable: '100.00' })
    a.core().stop()
  })

  test('[S95] an emptied database holds nothing until the cloud has told it all, and then what the stream left', async () => {
    const { clock, cloud } = await town()
    const a = await till(clock, cloud, 'till-a', { inMemory: false })
    await quote(a, clock, 'r1', '200.00')
    await clock.pass(5_000)
    cloud.cut.add('till-a')
    await clock.pass(5_000)
    expect(await pay(a, clock, 'r2', '60.00')).toBe('done')
    a.crash()
    await a.emptyDatabase()
    await a.start()
    cloud.cut.clear()
    await clock.pass(70_000)
    // 40 of the lease, and 14 that the sale has earned
    expect(cloud.held('anna', 'till-a')).toBe('54.00')
    cloud.cut.add('till-a')
    await clock.pass(5_000)
    expect(await quote(a, clock, 'r3', '200.00')).toMatchObject({ redeemable: '54.00' })
    a.core().stop()
  })

  test('[S95] what the cloud grants while a till begins its fill again is not lost on the way', async () => {
    const { clock, cloud } = await town()
    const a = await till(clock, cloud, 'till-a')
    await pay(a, clock, 'r1', '0.00')
    await clock.pass(5_000)
    let isGiven = false
    cloud.beginAnew(async () => {
      if (isGiven) return
      isGiven = true
      const more = { kind: 'gift', member: 'anna', purse: 'points', points: '50.00', activeFrom: '2026-11-18' }
      await cloud.book({ ...more, lastDay: null, reason: 'test' } as EntryBody)
      // a hold whose answer never came
      const asker = { device: 'till-a', epoch: 1, outlet: 'A', member: 'anna', wishes: [] } as never as HoldAsked
      await holdFor(cloud.intake, { ...asker, request: 'lost', recalls: false })
      await cloud.store.sequence()
    })
    await clock.pass(20_000)
    expect(isGiven).toBe(true)
    const held = cloud.held('anna', 'till-a')
    cloud.cut.add('till-a')
    await clock.pass(5_000)
    expect(await quote(a, clock, 'r2', '1000.00')).toMatchObject({ redeemable: held, member: { held: { here: held } } })
    expect(Number(held)).toBeGreaterThanOrEqual(150)
    a.core().stop()
  })

  test('[S84] a coupon whose code everybody knows is used once, though two tills ask at the same moment', async () => {
    const coupon = {
      ...{ id: 'spring', name: 'Spring', code: { kind: 'shared', code: 'SPRING' }, usesPerMember: 1 },
      reward: { kind: 'amountOff', amount: '10.00' },
    }
    const { clock, cloud } = await town({ coupons: [coupon] } as Partial<ProgrammeDocument>)
    const a = await till(clock, cloud, 'till-a')
    const b = await till(clock, cloud, 'till-b', { outlet: 'B' })
    const withCoupon = async (at: TestTill, receipt: string) => {
      const request = { card: CARD as never, receipt: { id: receipt as never, lines: line('100.00') } }
      const asked = at.ask('quotes.create', { ...request, coupons: ['SPRING'] })
      asked.catch(() => undefined)
      await clock.pass(900)
      return await asked
    }
    const first = await withCoupon(a, 'r1')
    expect(first).toMatchObject({ toPay: '90.00' })
    expect(await tried(withCoupon(b, 'r2'))).toContain('coupon_elsewhere')
    cloud.cut.add('till-a')
    await clock.pass(5_000)
    expect(await commit(a, first.id, 'r1')).toBe('done') // it is this till's, network or not
    cloud.cut.clear()
    await clock.pass(20_000)
    expect(await tried(withCoupon(b, 'r3'))).toContain('coupon_used_up')
    expect(await cloud.balance('anna', 'coupon:spring')).toMatchObject({ posted: '0.00', leased: '0.00', debt: '0.00' })
    // whom the cloud has opened no coupon for uses none without it
    cloud.cut.add('till-b')
    await clock.pass(5_000)
    expect(await tried(withCoupon(b, 'r4'))).toContain('coupon_used_up')
    a.core().stop()
    b.core().stop()
  })

  test('[S80] where the programme allows no redeeming without a network, two tills hold what they redeem online all the same', async () => {
    const redemption = { ...cafe().redemption, offline: { policy: 'none' as const } }
    const { clock, cloud } = await town({ redemption })
    const a = await till(clock, cloud, 'till-a')
    const b = await till(clock, cloud, 'till-b', { outlet: 'B' })
    expect(await cloud.balance('anna')).toMatchObject({ leased: '0.00', spendable: '100.00' })
    const first = await quote(a, clock, 'r1', '200.00', '100.00')
    expect(await tried(quote(b, clock, 'r2', '200.00', '100.00'))).toContain('redeem_exceeds_limit')
    expect(await commit(a, first.id, 'r1')).toBe('done')
    await clock.pass(5_000)
    await quote(a, clock, 'r3', '200.00')
    cloud.cut.add('till-a')
    await clock.pass(5_000)
    expect(await quote(a, clock, 'r4', '200.00')).toMatchObject({ redeemable: '0.00', redeemBound: 'policy' })
    expect(await cloud.balance('anna')).toMatchObject({ debt: '0.00' })
    a.core().stop()
    b.core().stop()
  })
})

describe('a till whose epoch has just ended', () => {
  test('[S86] has no fault where it was about to give back what was asked for', async () => {
    const lease = { id: 'lease', points: '5.00', until: null, recalled: true }
    const row = { member: 'anna', purse: 'points', leases: [lease], seen: { epoch: 1, seq: 0 } }
    const faults: unknown[] = []
    const hear = (reason: unknown) => void faults.push(reason)
    const said = vi.spyOn(console, 'error').mockImplementation(hear)
    process.on('unhandledRejection', hear)
    const parts = {
      ports: { money: { keepRights: async () => {}, allRights: async () => [row] }, clock: testClock(), rights: {} },
      identity: { epoch: 1, device: 'till', outlet: 'A' },
      sync: { online: () => true, protocol: () => 2 },
      stream: { exclusive: () => Promise.reject(new SealedStream()), head: () => ({ epoch: 1, seq: 0 }) },
      time: { now: () => 0 },
      programmes: { current: () => null },
    }
    const contact = { incarnation: () => 'one', heard: async () => {}, protocol: () => 2 }
    const desk = rightsDesk(parts as unknown as Context, contact as unknown as Contact, () => 0n)
    const change = { scope: 'right', key: 'till\nanna\npoints', row }
    const page = { ...{ protocol: 2, incarnation: 'one', reset: false, more: false }, now: '2026-11-18T12:00:00Z' }
    await desk.pulled([change] as unknown as PullChange[], page as Parameters<typeof desk.pulled>[1])
    desk.released()
    await new Promise((done) => setImmediate(done))
    process.off('unhandledRejection', hear)
    said.mockRestore()
    expect(faults).toEqual([])
  })
})
