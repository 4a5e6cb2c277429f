import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { bringFactsUp } from '../../cloud/facts/keep.ts'
import { eventsToken } from '../../cloud/secrets/keys.ts'
import { fromFacts } from '../../cloud/segments/from-facts.ts'
import { plainProgramme, saleBody } from './receipts.ts'
import { Shop } from './segment-shop.ts'

/** Segments that follow what happens: who entered, who left, when, and what a site tells beside the tills. */

const often = { fact: 'purchases', within: 7, is: '>=', value: 2 }

describe('a segment', () => {
  test('that is live is entered by a receipt and left by time, each told once with its moment', async () => {
    const shop = await Shop.open()
    await shop.enrol('ann')
    await shop.enrol('bob')
    await shop.buy('ann')
    const made = await shop.cloud.admin('POST', 'segments', {
      segment: 'often',
      name: 'Often',
      kind: 'live',
      predicate: often,
    })
    expect(made).toMatchObject({ status: 201, body: { segment: 'often', members: 0 } })
    await shop.buy('ann')
    expect(await shop.members('often')).toEqual(['ann'])
    await shop.days(6)
    expect(await shop.members('often')).toEqual(['ann'])
    await shop.days(1)
    expect(await shop.members('often')).toEqual([])
    expect(await shop.moves('ann')).toEqual([
      [null, 'often'],
      ['often', null],
    ])
    expect(await shop.listed('often')).toMatchObject({
      members: 0,
      trend: [
        { day: '2026-03-02', members: 1 },
        { day: '2026-03-08', members: 1 },
        { day: '2026-03-09', members: 0 },
      ],
    })
  })

  test('that is static stays as it was, and others are made of it and of live ones', async () => {
    const shop = await Shop.open()
    for (const member of ['ann', 'bob', 'cleo']) await shop.enrol(member)
    await shop.buy('ann')
    await shop.buy('ann')
    await shop.buy('bob')
    const bought = { fact: 'purchases', is: '>=', value: 1 }
    await shop.cloud.admin('POST', 'segments', { segment: 'then', name: 'Then', kind: 'static', predicate: bought })
    await shop.cloud.admin('POST', 'segments', { segment: 'often', name: 'Often', kind: 'live', predicate: often })
    const combine = (segment: string, operation: string) =>
      shop.cloud.admin('POST', 'segments/combine', {
        segment,
        name: segment,
        kind: 'live',
        operation,
        segments: ['then', 'often'],
      })
    for (const operation of ['union', 'intersection', 'difference']) {
      expect((await combine(operation, operation)).status).toBe(201)
    }
    await shop.buy('cleo')
    await shop.buy('cleo')
    expect(await shop.members('then')).toEqual(['ann', 'bob'])
    expect(await shop.members('often')).toEqual(['ann', 'cleo'])
    expect(await shop.members('union')).toEqual(['ann', 'bob', 'cleo'])
    expect(await shop.members('intersection')).toEqual(['ann'])
    expect(await shop.members('difference')).toEqual(['bob'])
    expect((await shop.cloud.admin('DELETE', 'segments/often')).body).toMatchObject({ code: 'segment_in_use' })
    const circle = { segment: 'often', name: 'Often', kind: 'live', predicate: { segment: 'union' } }
    expect(await shop.cloud.admin('POST', 'segments', circle)).toMatchObject({
      status: 422,
      body: { code: 'circular_segment' },
    })
  })

  test('follows those that it is made of when they are changed, and says who came and went', async () => {
    const shop = await Shop.open()
    for (const member of ['ann', 'bob']) await shop.enrol(member)
    await shop.buy('ann')
    const save = (segment: string, rest: object) => {
      shop.now += 60_000
      return shop.cloud.admin('POST', 'segments', { segment, name: segment, kind: 'live', ...rest })
    }
    await save('kept', { kind: 'static', members: ['ann'] })
    await save('bought', { predicate: { fact: 'purchases', is: '>=', value: 1 } })
    await save('both', { predicate: { all: [{ segment: 'kept' }, { segment: 'bought' }] } })
    await save('of-both', { predicate: { not: { segment: 'both' } } })
    expect(await shop.members('of-both')).toEqual(['bob'])
    await save('bought', { predicate: { fact: 'purchases', is: '>=', value: 0 } })
    expect(await shop.members('both')).toEqual(['ann'])
    await save('kept', { kind: 'static', members: ['bob'] })
    expect(await shop.members('both')).toEqual(['bob'])
    expect(await shop.members('of-both')).toEqual(['ann'])
    await save('bought', { predicate: { fact: 'purchases', is: '>=', value: 1 } })
    expect(await shop.members('both')).toEqual([])
    expect(await shop.moves('bob')).toEqual([
      [null, 'both'],
      ['of-both', null],
      ['both', null],
      [null, 'of-both'],
    ])
  })

  test('is looked at before it is made: how many, some of them, also over days that nobody asked for yet', async () => {
    const shop = await Shop.open()
    for (const member of ['ann', 'bob']) await shop.enrol(member)
    await shop.buy('ann')
    await shop.days(12)
    const ask = (within: number) =>
      shop.cloud.admin('POST', 'segments/preview', { predicate: { fact: 'spend', within, is: '>=', value: '100.00' } })
    expect((await ask(12)).body).toEqual({ members: 0, sample: [] })
    expect((await ask(13)).body).toEqual({ members: 1, sample: ['ann'] })
    const bad = await shop.cloud.admin('POST', 'segments/preview', {
      predicate: { all: [{ fact: 'spend', is: '>=', value: 100 }] },
    })
    expect(bad.body.errors).toMatchObject([{ path: 'predicate.all.0.value' }])
  })

  test('of a preset has each member in one place, and movement says from where to where', async () => {
    const shop = await Shop.open()
    for (const member of ['ann', 'bob']) await shop.enrol(member)
    await shop.buy('ann')
    await shop.cloud.admin('PUT', 'presets/activity', {})
    expect(await shop.members('activity.active')).toEqual(['ann'])
    expect(await shop.members('activity.zero')).toEqual(['bob'])
    await shop.days(61)
    await shop.days(70)
    await shop.buy('ann')
    await shop.buy('bob')
    expect(await shop.members('activity.returned')).toEqual(['ann'])
    expect(await shop.members('activity.active')).toEqual(['bob'])
    expect(await shop.moves('ann')).toEqual([
      ['activity.active', 'activity.preChurn'],
      ['activity.preChurn', 'activity.churn'],
      ['activity.churn', 'activity.returned'],
    ])
    const { body } = await shop.cloud.admin(
      'GET',
      'segments/flows?field=activity&from=2026-07-01T00:00:00Z&to=2026-08-01T00:00:00Z',
    )
    expect(body.flows).toEqual([
      { from: 'activity.churn', to: 'activity.returned', moves: 1 },
      { from: 'activity.preChurn', to: 'activity.churn', moves: 1 },
      { from: 'activity.zero', to: 'activity.active', moves: 1 },
    ])
    await shop.cloud.admin('PUT', 'presets/activity', { settings: { returnedDays: 0, activeDays: 10 } })
    await shop.days(1)
    expect(await shop.members('activity.active')).toEqual(['ann', 'bob'])
  })

  test('follows events that a site tells, once each, with a token of their own', async () => {
    const shop = await Shop.open()
    await shop.enrol('ann')
    const left = { all: [{ event: 'basket_abandoned', within: 7, where: { sum: { is: '>=', value: 500 } } }] }
    await shop.cloud.admin('POST', 'segments', { segment: 'left', name: 'Left', kind: 'live', predicate: left })
    const tell = async (sum: number, token = eventsToken(shop.cloud.cloud)) => {
      const event = { id: `basket-${sum}`, card: 'c-ann', kind: 'basket_abandoned', at: shop.at(), properties: { sum } }
      const reply = await fetch(`${shop.cloud.url}/events`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ events: [event, { ...event, id: 'nobody', card: 'c-nobody' }] }),
      })
      return { status: reply.status, body: await reply.json() }
    }
    expect(await tell(499, 'wrong')).toMatchObject({ status: 401 })
    expect(await tell(499)).toEqual({ status: 202, body: { taken: 1, unknown: ['nobody'] } })
    expect(await shop.members('left')).toEqual([])
    expect((await tell(500)).body).toEqual({ taken: 1, unknown: ['nobody'] })
    expect((await tell(500)).body).toEqual({ taken: 0, unknown: ['nobody'] })
    expect(await shop.members('left')).toEqual(['ann'])
  })
})

test('a segment that tills are told of comes with its members, and what it earns is computed with it', async () => {
  const shop = await Shop.open()
  const rule = { id: 'often-50', when: { segments: ['often'] }, accrual: { percent: '50' } }
  const document = { ...plainProgramme, version: 2, rules: { ...plainProgramme.rules, client: [rule] } }
  expect((await shop.cloud.admin('POST', 'programmes', document)).status).toBe(201)
  for (const member of ['ann', 'bob']) await shop.enrol(member)
  await shop.buy('ann')
  await shop.buy('ann')
  await shop.cloud.admin('POST', 'segments', {
    segment: 'often',
    name: 'Often',
    kind: 'live',
    predicate: often,
    atTills: true,
  })
  const told = async () => {
    await shop.cloud.cloud.feed.settled()
    const pulled = await shop.till.pullAll(5000, new Map())
    return [...pulled].flatMap(([key, row]) => (key.startsWith('member ') ? [[row.id, row.segments]] : []))
  }
  expect(await told()).toContainEqual(['ann', ['often']])
  /** As a till that believes the member to be in the segment. */
  const claim = async (member: string, receipt: string) => {
    const body = saleBody({
      receipt,
      amount: 10_000n,
      at: shop.at(),
      member: { id: member, card: `c-${member}` },
      document,
    })
    const claimed = {
      ...body,
      member: { ...body.member!, segments: ['often'] },
      lines: [{ ...body.lines[0]!, earn: '50.00' }],
      postings: [{ purse: 'points', kind: 'earn' as const, points: '50.00' }],
    }
    const reply = await shop.till.push([shop.till.write(claimed, { at: shop.at() })])
    return reply.dispositions[0]!.disposition
  }
  expect(await claim('bob', 'x1')).toEqual({ kind: 'deficit', points: '40.00' })
  expect(await claim('ann', 'x2')).toEqual({ kind: 'applied' })
  await shop.days(7)
  expect(await told()).toContainEqual(['ann', []])
  expect(await claim('ann', 'x3')).toEqual({ kind: 'applied' }) // its till may not have heard yet
  await shop.days(36)
  expect(await claim('ann', 'x4')).toEqual({ kind: 'deficit', points: '40.00' })
})

test('a person who asks to be forgotten leaves no name, fact or movement, and the sums of the ledger stay', async () => {
  const shop = await Shop.open()
  await shop.enrol('ann', {
    name: 'Анна Петрова',
    phone: '+79161234567',
    birthDate: '1990-03-05',
    gender: 'female',
    city: 'Казань',
  })
  await shop.enrol('bob', { name: 'Bob' })
  await shop.buy('ann')
  await shop.buy('bob')
  await shop.cloud.admin('PUT', 'members/ann/family', {
    children: [{ birthDate: '2015-03-04' }],
    attributes: { size: 38 },
  })
  await shop.cloud.admin('PUT', 'presets/activity', {})
  const women = {
    all: [
      { fact: 'gender', is: '=', value: 'female' },
      { fact: 'city', is: '=', value: 'КАЗАНЬ' },
      { fact: 'firstName', is: '=', value: 'анна' },
      { fact: 'age', is: '=', value: 35 },
      { fact: 'daysToBirthday', is: '<=', value: 3 },
      { fact: 'daysToChildBirthday', is: '=', value: 2 },
      { attribute: 'size', is: '>', value: 37 },
    ],
  }
  expect((await shop.cloud.admin('POST', 'segments/preview', { predicate: women })).body.sample).toEqual(['ann'])
  const told = (await shop.cloud.admin('GET', 'members/ann/export')).body
  expect(told).toMatchObject({
    profile: { name: 'Анна Петрова' },
    family: { children: [{ birthDate: '2015-03-04' }] },
    receipts: [{ receipt: 'r1', amount: '100.00' }],
    segments: [{ segment: 'activity.active' }],
  })
  const ledger = async () =>
    (
      await sql`
        select (select json_agg(a order by a.member, a.purse) from account a) as accounts,
          (select count(*) from entry where device <> 'cloud') as entries, (select json_agg(s order by s.receipt) from sale s) as sales`.execute(
        shop.cloud.db,
      )
    ).rows
  const before = await ledger()
  expect((await shop.cloud.admin('POST', 'members/ann/erase')).body).toEqual({ cards: 1, receipts: 1 })
  expect(await ledger()).toEqual(before)
  expect((await shop.cloud.admin('GET', 'members/ann/export')).body).toMatchObject({
    profile: null,
    family: null,
    consent: null,
    receipts: [],
    segments: [],
    moves: [],
  })
  const { rows } = await sql<{ member: string }>`select f.member ${fromFacts('main' as never)}`.execute(shop.cloud.db)
  expect(rows).toEqual([{ member: 'bob' }])
  const sums = await sql`select sum(amount)::integer as amount from receipt where tenant = 'main'`.execute(
    shop.cloud.db,
  )
  expect(sums.rows).toEqual([{ amount: 20_000 }])
  // nor does anything of it come back when all is computed anew
  await sql`update fact_stream set high = 0`.execute(shop.cloud.db)
  await sql`update fact_state set day = null`.execute(shop.cloud.db)
  await bringFactsUp(shop.cloud.cloud)
  expect((await shop.cloud.admin('GET', 'members/ann/export')).body).toMatchObject({ receipts: [], segments: [] })
  const pulled = await shop.till.pullAll()
  expect(pulled.get('member ann')).toMatchObject({ name: null, phone: null, birthDate: null })
})
