import { expect, test } from 'vitest'
import { transaction } from '../../cloud/database/transaction.ts'
import { bringFactsUp } from '../../cloud/facts/keep.ts'
import { lockState } from '../../cloud/facts/state.ts'
import type { Disposition, MemberRow, ProgrammeRow } from '../../shared/sync/protocol.ts'
import { checkReply, pullReply, snapshotReply } from '../../shared/sync/protocol.ts'
import { MEMBER_SCOPES, SMALL_SCOPES, sumOfRows } from '../../shared/sync/sums.ts'
import * as first from '../fixtures/protocol-1.ts'
import { plainProgramme, saleBody } from './receipts.ts'
import { type Body, TestTill } from './rig.ts'
import { DAY_MS, Shop } from './segment-shop.ts'

/** What tills are told so that they decide live segments by themselves, and what the cloud makes of what they decided. */

const active = { fact: 'daysSincePurchase', is: '<', value: 60 }
const sleeping = { fact: 'daysSincePurchase', is: '>=', value: 60 }
const birthday = { fact: 'daysToBirthday', is: '=', value: 0 }

async function make(shop: Shop, segment: string, predicate: unknown, more: object = {}): Promise<void> {
  const request = { segment, name: segment, kind: 'live', predicate, atTills: true, ...more }
  expect((await shop.cloud.admin('POST', 'segments', request)).status).toBe(201)
}

/** A till that keeps what it pulls. */
class Keeping {
  readonly rows = new Map<string, Body>()
  readonly shop: Shop
  readonly till: TestTill

  constructor(shop: Shop, till = shop.till) {
    this.shop = shop
    this.till = till
  }

  /** What the pull brought, by scope and key. */
  async pull(): Promise<string[]> {
    await this.shop.cloud.cloud.feed.settled()
    const brought: string[] = []
    for (let more = true; more; ) {
      const page = await this.till.pull()
      if (page.reset) this.rows.clear()
      for (const { scope, key, row } of page.changes) {
        this.rows.set(`${scope} ${key}`, row)
        brought.push(`${scope} ${key}`)
      }
      more = page.more
    }
    return brought
  }

  member = (id: string) => this.rows.get(`member ${id}`) as MemberRow
  told = () => (this.rows.get(`programme ${plainProgramme.id}`) as ProgrammeRow).segments

  /** The scopes in which the cloud finds something else than it would tell. */
  async differing(): Promise<string[]> {
    const found: string[] = []
    for (const [part, scopes] of [
      [{ after: '', upto: null }, MEMBER_SCOPES],
      [null, SMALL_SCOPES],
    ] as const) {
      const sums = scopes.map((scope) => {
        const own = [...this.rows].filter(([name]) => name.startsWith(`${scope} `))
        return sumOfRows(
          scope,
          own.map(([name, row]) => ({ scope, key: name.slice(scope.length + 1), row })),
        )
      })
      const reply = await this.till.speak('check', { cursor: this.till.cursor, part, sums })
      found.push(...checkReply.parse(reply.body).differs.map(({ scope }) => scope))
    }
    return found
  }
}

async function openShop(): Promise<{ shop: Shop; keeping: Keeping }> {
  const shop = await Shop.open()
  return { shop, keeping: new Keeping(shop) }
}

test('[S212] nothing is told of facts or definitions where no live segment is for tills, nor of a static one', async () => {
  const { shop, keeping } = await openShop()
  await shop.enrol('ann')
  await make(shop, 'quiet', active, { atTills: false })
  await make(shop, 'chosen', undefined, { kind: 'static', members: ['ann'] })
  await shop.buy('ann')
  await bringFactsUp(shop.cloud.cloud)
  await keeping.pull()
  expect(keeping.told()).toBeUndefined()
  expect(keeping.member('ann')).toMatchObject({ segments: ['chosen'] })
  expect(keeping.member('ann')).not.toHaveProperty('facts')
})

test('[L19] [L39] a sale claims the static segment that its till was told of, also after its member was merged', async () => {
  const { shop } = await openShop()
  await shop.enrol('ann')
  await shop.enrol('bob')
  const rule = { id: 'chosen', when: { segments: ['chosen'] }, accrual: { percent: '20' } }
  const rules = { ...plainProgramme.rules, client: [rule] }
  const document = { ...plainProgramme, version: 2, rules }
  expect((await shop.cloud.admin('POST', 'programmes', document)).status).toBe(201)
  await make(shop, 'chosen', undefined, { kind: 'static', members: ['ann'] })
  await bringFactsUp(shop.cloud.cloud)
  await shop.cloud.admin('POST', 'merges', { from: 'ann', into: 'bob', reason: 'one person', by: 'test' })
  await bringFactsUp(shop.cloud.cloud)
  const at = new Date(shop.now).toISOString()
  const sale = saleBody({ receipt: 'r-merged', amount: 10_000n, at, member: { id: 'ann', card: 'c-ann' }, document })
  const claimed = {
    ...sale,
    member: { ...sale.member!, segments: ['chosen'] },
    lines: sale.lines.map((line) => ({ ...line, earn: '20.00' })),
    postings: [{ purse: 'points', kind: 'earn' as const, points: '20.00' }],
  }
  const { dispositions } = await shop.till.push([shop.till.write(claimed, { at })])
  expect(dispositions.map(({ disposition }) => disposition)).toEqual([{ kind: 'applied' }])
})

test('[S212] a definition comes with what it is made of in its place, and with each member the facts that it asks for', async () => {
  const { shop, keeping } = await openShop()
  const profile = { name: 'Анна', birthDate: '1990-03-05', gender: 'female', city: 'Казань' } as const
  await shop.enrol('ann', profile)
  await shop.enrol('bob')
  await shop.buy('ann', 12_345n)
  await make(shop, 'kept', undefined, { kind: 'static', members: ['ann'], atTills: false })
  await make(shop, 'sleeps', sleeping, { atTills: false })
  await make(shop, 'wanted', { all: [{ segment: 'kept' }, { not: { segment: 'sleeps' } }, birthday] })
  await make(shop, 'hidden', { event: 'basket_abandoned' })
  await bringFactsUp(shop.cloud.cloud)
  await keeping.pull()
  expect(keeping.told()).toEqual([{ id: 'wanted', when: { all: [{ segment: 'kept' }, { not: sleeping }, birthday] } }])
  expect(keeping.member('ann').facts).toEqual({ lastDay: '2026-03-02', segments: ['kept'] })
  expect(keeping.member('bob').facts).toEqual({ lastDay: null, segments: [] })
  expect(await keeping.differing()).toEqual([])
})

test('[S212] personal facts are told only where a definition asks for them, and dates without their year', async () => {
  const { shop, keeping } = await openShop()
  const profile = { name: 'Анна', birthDate: '1990-03-05', gender: 'female', city: 'Казань' } as const
  await shop.enrol('ann', profile)
  const all = [
    { fact: 'gender', is: '=', value: 'female' },
    { fact: 'city', is: '=', value: 'казань' },
    { fact: 'children', is: '>=', value: 1 },
    { fact: 'daysToChildBirthday', is: '<=', value: 7 },
    { fact: 'hasSpouse', is: '=', value: true },
    { fact: 'daysToSpouseBirthday', is: '<=', value: 7 },
    { fact: 'acceptsMessages', is: '=', value: true },
    { fact: 'cardType', is: '=', value: 'standard' },
    { fact: 'averageInterval', is: '>', value: 3 },
    { fact: 'averageCheck', is: '>=', value: '1.00' },
    { fact: 'daysSinceComeback', gap: 121, is: 'known' },
  ]
  await make(shop, 'family', { all })
  await shop.cloud.admin('PUT', 'members/ann/family', {
    children: [{ birthDate: '2015-02-28' }, {}],
    spouse: { birthDate: '1988-07-01' },
  })
  await bringFactsUp(shop.cloud.cloud)
  await keeping.pull()
  expect(keeping.member('ann').facts).toEqual({
    ...{ gender: 'female', city: 'Казань', cardType: 'standard', acceptsMessages: true },
    ...{ children: 2, childBirthdays: ['02-28'], spouse: true, spouseBirthday: '07-01' },
    ...{ purchases: 0, purchaseDays: 0, spend: '0.00', firstDay: null, lastDay: null, comebacks: { 121: null } },
  })
  expect(await keeping.differing()).toEqual([])
  const consent = { kind: 'member', member: 'ann', consent: { personalData: true, messages: false }, by: 'anna' }
  await shop.till.push([shop.till.write(consent as never, { at: shop.at() })])
  await keeping.pull()
  expect(await keeping.differing()).toEqual([])
  await shop.cloud.admin('PUT', 'members/ann/family', { spouse: null })
  await bringFactsUp(shop.cloud.cloud)
  await keeping.pull()
  expect(keeping.member('ann').facts).toMatchObject({ acceptsMessages: false, children: null, spouse: false })
  expect(await keeping.differing()).toEqual([])
})

test('[S212] of a family that is told each segment says that those before it do not hold', async () => {
  const { shop, keeping } = await openShop()
  await shop.cloud.admin('PUT', 'presets/purchases', { settings: { vipCardTypes: ['vip'] }, atTills: true })
  await keeping.pull()
  const one = keeping.told()?.find(({ id }) => id === 'purchases.one')
  expect(one?.when).toEqual({
    all: [
      { not: { fact: 'cardType', is: 'in', value: ['vip'] } },
      { not: { fact: 'purchases', is: '=', value: 0 } },
      { fact: 'purchases', is: '=', value: 1 },
    ],
  })
})

test('[S213] facts say how far they go in the asking till’s stream, and come again when they are counted', async () => {
  const { shop, keeping } = await openShop()
  await make(shop, 'active', active)
  await shop.enrol('ann')
  await bringFactsUp(shop.cloud.cloud)
  const { cloud } = shop.cloud
  await transaction(cloud.db, async (tx) => {
    await lockState(tx, cloud.tenant) // nothing is counted meanwhile
    await shop.buy('ann')
    await keeping.pull()
    expect(keeping.member('ann')).toMatchObject({
      purchases: 1,
      facts: { lastDay: null },
      factsSeen: { epoch: 1, seq: 1 },
    })
    expect(await keeping.differing()).toEqual([])
    const snapshot = await shop.till.speak('snapshot', { next: null, cursor: null, pages: 1 })
    expect(snapshotReply.parse(snapshot.body)).toMatchObject({ seen: { seq: 2 }, factsSeen: { epoch: 1, seq: 1 } })
    const other = new Keeping(shop, await TestTill.enrolled(shop.cloud, 'B'))
    await other.pull()
    expect(other.member('ann').factsSeen).toEqual({ epoch: 1, seq: 0 })
  })
  await bringFactsUp(cloud)
  expect(await keeping.pull()).toContain('member ann')
  expect(keeping.member('ann')).toMatchObject({ facts: { lastDay: '2026-03-02' }, factsSeen: { epoch: 1, seq: 2 } })
  await shop.enrol('bob') // the stream goes on, and nothing about Ann comes again
  await bringFactsUp(cloud)
  expect(await keeping.pull()).not.toContain('member ann')
  expect(await keeping.differing()).toEqual([])
})

test('[S214] another definition is told at once, and everybody’s facts where it asks for others or for none', async () => {
  const { shop, keeping } = await openShop()
  for (const member of ['ann', 'bob']) await shop.enrol(member)
  await make(shop, 'inner', active, { atTills: false })
  await make(shop, 'told', { segment: 'inner' })
  await bringFactsUp(shop.cloud.cloud)
  await keeping.pull()
  expect(keeping.told()).toEqual([{ id: 'told', when: active }])

  await make(shop, 'inner', { ...active, value: 30 }, { atTills: false })
  await bringFactsUp(shop.cloud.cloud)
  expect(await keeping.pull()).toEqual(['programme plain'])
  expect(keeping.told()).toEqual([{ id: 'told', when: { ...active, value: 30 } }])

  await make(shop, 'inner', { fact: 'purchases', is: '>=', value: 1 }, { atTills: false })
  await bringFactsUp(shop.cloud.cloud)
  expect(await keeping.pull()).toEqual(expect.arrayContaining(['programme plain', 'member ann', 'member bob']))
  expect(keeping.member('bob').facts).toEqual({ purchases: 0 })
  expect(await keeping.differing()).toEqual([])

  await shop.cloud.admin('DELETE', 'segments/told')
  await bringFactsUp(shop.cloud.cloud)
  await keeping.pull()
  expect(keeping.told()).toBeUndefined()
  expect(keeping.member('ann')).not.toHaveProperty('facts')
  expect(await keeping.differing()).toEqual([])
})

test('[S214] who comes into a static segment that a definition names is told, and who leaves it', async () => {
  const { shop, keeping } = await openShop()
  for (const member of ['ann', 'bob', 'cleo']) await shop.enrol(member)
  const keep = (members: string[]) => make(shop, 'kept', undefined, { kind: 'static', members, atTills: false })
  await keep(['ann'])
  await make(shop, 'told', { all: [{ segment: 'kept' }, active] })
  await keeping.pull()
  await keep(['bob'])
  await bringFactsUp(shop.cloud.cloud)
  const brought = await keeping.pull()
  expect(brought).toEqual(expect.arrayContaining(['member ann', 'member bob']))
  expect(brought).not.toContain('member cleo')
  expect(['ann', 'bob'].map((id) => keeping.member(id).facts?.segments)).toEqual([[], ['kept']])
  expect(await keeping.differing()).toEqual([])
})

test('[S218] the names of segments come with the programme’s row, and again where one is called otherwise', async () => {
  const { shop, keeping } = await openShop()
  await shop.enrol('ann')
  const names = () => (keeping.rows.get(`programme ${plainProgramme.id}`) as ProgrammeRow).segmentNames
  await make(shop, 'hidden', active, { name: 'For the office', atTills: false })
  await shop.cloud.admin('PUT', 'presets/activity', { settings: {}, atTills: true })
  await keeping.pull()
  expect(names()).toBeUndefined()

  await make(shop, 's-2', { event: 'review_bad' }, { name: 'Unhappy' })
  await make(shop, 's-1', undefined, { name: 'Regulars', kind: 'static', members: ['ann'] })
  await bringFactsUp(shop.cloud.cloud)
  await keeping.pull()
  expect(names()).toEqual({ 's-1': 'Regulars', 's-2': 'Unhappy' })

  await make(shop, 's-2', { event: 'review_bad' }, { name: 'Call them' })
  await bringFactsUp(shop.cloud.cloud)
  expect(await keeping.pull()).toEqual(['programme plain'])
  expect(names()).toEqual({ 's-1': 'Regulars', 's-2': 'Call them' })
  expect(await keeping.differing()).toEqual([])
})

test('[S217] a till of the first protocol hears of neither, and of the segments as ever', async () => {
  const { shop } = await openShop()
  await shop.enrol('ann')
  await shop.buy('ann')
  await make(shop, 'active', active)
  await bringFactsUp(shop.cloud.cloud)
  await shop.cloud.cloud.feed.settled()
  const { nonce } = first.challengeReply.parse((await shop.till.post('challenge', { device: shop.till.device })).body)
  const reply = first.sessionReply.parse((await shop.till.openWith(nonce, { oldest: 1, newest: 1 })).body)
  Object.assign(shop.till, { session: reply.session, counter: 0 })
  const { changes } = first.pullReply.parse((await shop.till.speak('pull', { cursor: null, limit: 5000 })).body)
  const row = changes.find(({ scope }) => scope === 'member')?.row
  expect(row).toMatchObject({ id: 'ann', segments: ['active'] })
  expect(pullReply.safeParse({ ...reply, changes }).success).toBe(false) // a page of the first protocol, not of this one
})

/** Fifty per cent for those in the segment, else the plain ten. */
async function halfFor(shop: Shop, segment: string): Promise<typeof plainProgramme> {
  const rule = { id: 'half', when: { segments: [segment] }, accrual: { percent: '50' } }
  const document = { ...plainProgramme, version: 2, rules: { ...plainProgramme.rules, client: [rule] } }
  expect((await shop.cloud.admin('POST', 'programmes', document)).status).toBe(201)
  return document
}

/** A sale as a till writes it that has decided that the member is in the segment. */
function claiming(document: typeof plainProgramme, member: string, segment: string, receipt: string, at: string) {
  const body = saleBody({ receipt, amount: 10_000n, at, member: { id: member, card: `c-${member}` }, document })
  return {
    ...body,
    member: { ...body.member!, segments: [segment] },
    lines: [{ ...body.lines[0]!, earn: '50.00' }],
    postings: [{ purse: 'points', kind: 'earn' as const, points: '50.00' }],
  }
}

const APPLIED: Disposition = { kind: 'applied' }
const WITHOUT: Disposition = { kind: 'deficit', points: '40.00' }

test('[S215] a segment that the till’s own purchase has brought is believed before the cloud has counted it', async () => {
  const { shop } = await openShop()
  const document = await halfFor(shop, 'active')
  await make(shop, 'active', active)
  await shop.enrol('ann')
  await bringFactsUp(shop.cloud.cloud)
  const { cloud } = shop.cloud
  await transaction(cloud.db, async (tx) => {
    await lockState(tx, cloud.tenant)
    const { till } = shop
    const claim = (receipt: string) =>
      till.write(claiming(document, 'ann', 'active', receipt, shop.at()), { at: shop.at() })
    const never = await till.push([claim('x1')])
    expect(never.dispositions[0]!.disposition).toEqual(WITHOUT)
    const next = await till.push([claim('x2'), claim('x3')])
    expect(next.dispositions.map(({ disposition }) => disposition)).toEqual([APPLIED, APPLIED])
  })
})

test('[S215] purchases of one push count for what comes after them in it', async () => {
  const { shop } = await openShop()
  const document = await halfFor(shop, 'thrice')
  await make(shop, 'thrice', { fact: 'purchases', is: '>=', value: 3 })
  await shop.enrol('ann')
  await bringFactsUp(shop.cloud.cloud)
  const ann = { id: 'ann', card: 'c-ann' }
  const plain = (receipt: string) =>
    shop.till.write(saleBody({ receipt, amount: 10_000n, at: shop.at(), member: ann, document }), { at: shop.at() })
  const claim = (receipt: string) =>
    shop.till.write(claiming(document, 'ann', 'thrice', receipt, shop.at()), { at: shop.at() })
  const push = async (items: ReturnType<typeof plain>[]) =>
    (await shop.till.push(items)).dispositions.map(({ disposition }) => disposition)
  const { cloud } = shop.cloud
  await transaction(cloud.db, async (tx) => {
    await lockState(tx, cloud.tenant)
    expect(await push([plain('x1'), claim('x2')])).toEqual([APPLIED, WITHOUT])
    await shop.enrol('bob')
    expect(await push([plain('x3'), claim('x4')])).toEqual([APPLIED, APPLIED])
  })
})

test('[S215] a segment of a day that the cloud has not turned to yet is believed, and of no other day', async () => {
  const { shop } = await openShop()
  const document = await halfFor(shop, 'birthday')
  await make(shop, 'birthday', birthday)
  await shop.enrol('ann', { name: 'Ann', birthDate: '1990-03-03' })
  await shop.enrol('bob', { name: 'Bob', birthDate: '1990-03-04' })
  await bringFactsUp(shop.cloud.cloud)
  const { cloud } = shop.cloud
  shop.now = Date.parse('2026-03-02T21:05:00Z') // five past midnight in Moscow
  await transaction(cloud.db, async (tx) => {
    await lockState(tx, cloud.tenant)
    await shop.till.open()
    for (const [member, expected] of [
      ['ann', APPLIED],
      ['bob', WITHOUT],
    ] as const) {
      const body = claiming(document, member, 'birthday', `x-${member}`, shop.at())
      const { dispositions } = await shop.till.push([shop.till.write(body, { at: shop.at() })])
      expect(dispositions[0]!.disposition).toEqual(expected)
    }
  })
})

test('[S215] a till that had not heard of a purchase elsewhere is believed as one that had not heard of a row', async () => {
  const { shop } = await openShop()
  const document = await halfFor(shop, 'sleeps')
  await make(shop, 'sleeps', { fact: 'daysSincePurchase', is: '>=', value: 10 })
  for (const member of ['ann', 'bob']) {
    await shop.enrol(member)
    await shop.buy(member)
  }
  await shop.days(8)
  const other = await TestTill.enrolled(shop.cloud, 'B')
  for (const member of ['ann', 'bob']) {
    const who = { id: member, card: `c-${member}` }
    const elsewhere = { receipt: `b-${member}`, outlet: 'B', amount: 10_000n, at: shop.at(), document }
    await other.push([other.write(saleBody({ ...elsewhere, member: who }), { at: shop.at() })])
  }
  await bringFactsUp(shop.cloud.cloud)
  const offline = claiming(document, 'ann', 'sleeps', 'x1', new Date(shop.now + 3 * DAY_MS).toISOString())
  const tooEarly = claiming(document, 'bob', 'sleeps', 'x2', new Date(shop.now + DAY_MS).toISOString())
  await shop.days(5)
  const say = async (body: typeof offline) => {
    const { dispositions } = await shop.till.push([shop.till.write(body, { at: body.receiptAt })])
    return dispositions[0]!.disposition
  }
  expect(await say(tooEarly)).toEqual(WITHOUT) // nine days after the purchase that it knew of
  expect(await say(offline)).toEqual(APPLIED)
})

test('[S215] a receipt of a day that is long past, or that is to come, is not believed to be of more than was told', async () => {
  const { shop } = await openShop()
  const document = await halfFor(shop, 'birthday')
  await make(shop, 'birthday', birthday)
  await shop.enrol('ann', { name: 'Ann', birthDate: '1990-03-05' })
  await bringFactsUp(shop.cloud.cloud)
  const theDay = new Date(shop.now + 3 * DAY_MS).toISOString()
  const say = async (receipt: string) => {
    const body = claiming(document, 'ann', 'birthday', receipt, theDay)
    const { dispositions } = await shop.till.push([shop.till.write(body, { at: theDay })])
    return dispositions[0]!.disposition
  }
  expect(await say('x1')).toEqual(WITHOUT)
  await shop.days(3 + 34) // nobody looked at the days between
  expect(await say('x2')).toEqual(APPLIED)
  await shop.days(2)
  expect(await say('x3')).toEqual(WITHOUT)
})
