import { sql } from 'kysely'
import { afterEach, expect, test } from 'vitest'
import { walkDays, walkPage } from '../../cloud/ledger/day-walk.ts'
import type { EntryBody, Profile, SaleBody } from '../../shared/ledger/entry.ts'
import type { ProgrammeDocument } from '../../shared/programme/schema.ts'
import type { Tier } from '../../shared/programme/tiers.ts'
import { plainProgramme, refundBody, type SaleOf, saleBody } from './receipts.ts'
import { type Body, enrolment, type TestCloud, TestTill, testCloud, unique, type Written } from './rig.ts'

/** What the programme brings without anybody's wish: on booking, and as days go by on a clock that the test moves. */

const clouds: TestCloud[] = []
afterEach(async () => {
  for (const cloud of clouds.splice(0)) await cloud.close()
})

const hundredths = (text: string): bigint => BigInt(text.replace('.', ''))

class Shop {
  now = Date.parse('2026-03-02T09:00:00Z')
  document!: ProgrammeDocument
  cloud!: TestCloud
  till!: TestTill
  private receipts = 0

  static async open(parts: Partial<ProgrammeDocument>): Promise<Shop> {
    const shop = new Shop()
    shop.document = { ...plainProgramme, ...parts }
    shop.cloud = await testCloud({ clock: () => new Date(shop.now), turnDays: false })
    clouds.push(shop.cloud)
    const published = await shop.cloud.admin('POST', 'programmes', shop.document)
    expect(published.status).toBe(201)
    shop.till = await TestTill.enrolled(shop.cloud)
    return shop
  }

  get at(): string {
    return new Date(this.now).toISOString()
  }

  async days(count: number): Promise<void> {
    for (let day = 0; day < count; day++) {
      this.now += 86_400_000
      await walkDays(this.cloud.cloud)
    }
    await this.till.open()
  }

  /** Days go by and no service looks. */
  async sleep(days: number): Promise<void> {
    this.now += days * 86_400_000
    await this.till.open()
  }

  async enrol(profile?: Profile, more: readonly EntryBody[] = []): Promise<{ id: string; card: string }> {
    const member = { id: unique('m'), card: unique('c') }
    const written = this.till.write(enrolment(member.id, member.card, profile), {
      at: this.at,
      ...(profile === undefined ? {} : { profile }),
    })
    await this.till.push([written, ...more.map((body) => this.till.write(body, { at: this.at }))])
    return member
  }

  sale(
    member: { id: string; card: string },
    amount: bigint,
    more: Pick<SaleOf, 'at' | 'tier' | 'cardType' | 'redeem' | 'balance' | 'terms'> = {},
  ): Written {
    const at = more.at ?? this.at
    const receipt = `r${++this.receipts}`
    return this.till.write(saleBody({ receipt, amount, member, at, document: this.document, ...more }), { at })
  }

  async buy(...given: Parameters<Shop['sale']>) {
    const reply = await this.till.push([this.sale(...given)])
    return reply.dispositions[0]!.disposition
  }

  async purses(member: { id: string }): Promise<Record<string, string>> {
    const reply = await this.cloud.admin('GET', `balance?member=${member.id}`)
    return Object.fromEntries(reply.body.purses.map((purse: Body) => [purse.purse, purse.posted]))
  }

  async member(member: { id: string }): Promise<Body> {
    return (await this.till.pullAll()).get(`member ${member.id}`)
  }

  /** What the cloud has booked itself, in its order. */
  async own(): Promise<Body[]> {
    const { rows } = await sql<{ body: string }>`
      select body from entry where device = 'cloud' order by seq`.execute(this.cloud.db)
    return rows.map((row) => JSON.parse(row.body).body)
  }

  /** Each purse is the sum of its entries, and its lots hold what is above nothing. */
  async expectSums(): Promise<void> {
    const entries = await sql<{ body: string }>`
      select body from entry where disposition->>'kind' <> 'quarantined' order by received_at`.execute(this.cloud.db)
    const sums = new Map<string, bigint>()
    const add = (member: string, purse: string, points: bigint) => {
      const key = `${member} ${purse}`
      sums.set(key, (sums.get(key) ?? 0n) + points)
    }
    for (const { body } of entries.rows.map((row) => JSON.parse(row.body))) {
      if (body.kind === 'sale' && body.member !== null) {
        for (const { purse, kind, points } of body.postings) {
          add(body.member.id, purse, kind === 'earn' ? hundredths(points) : -hundredths(points))
        }
      } else if (body.kind === 'gift') add(body.member, body.purse, hundredths(body.points))
      else if (body.kind === 'expire') add(body.member, body.purse, -hundredths(body.points))
    }
    const accounts = await sql<{ member: string; purse: string; posted: bigint; lots: bigint }>`
      select a.member, a.purse, a.posted, coalesce(sum(l.remaining), 0)::bigint as lots from account a
      left join lot l using (tenant, member, purse) group by a.tenant, a.member, a.purse`.execute(this.cloud.db)
    for (const { member, purse, posted, lots } of accounts.rows) {
      expect([member, purse, posted]).toEqual([member, purse, sums.get(`${member} ${purse}`) ?? 0n])
      expect(lots).toBe(posted > 0n ? posted : 0n)
    }
  }
}

const silver: Tier = {
  id: 'silver',
  name: 'Silver',
  entry: {
    kind: 'earned',
    match: 'any',
    thresholds: [{ kind: 'sum', from: '1000.00', window: { kind: 'rolling', days: 30 } }],
  },
  keep: { kind: 'days', days: 10, graceDays: 2 },
  demotion: 'one-below',
  welcome: { points: '50.00', lifeDays: 5 },
}
const base: Tier = { id: 'base', name: 'Base', entry: { kind: 'automatic' } }
const tiers: Partial<ProgrammeDocument> = { tiers: [base, silver] }

test('points burn by an entry on the morning after their last day, once', async () => {
  const shop = await Shop.open({ accrual: { ...plainProgramme.accrual, lifeDays: 3 } })
  const member = await shop.enrol()
  await shop.buy(member, 100_000n)
  await shop.days(3)
  expect(await shop.purses(member)).toEqual({ points: '100.00' })
  await shop.days(1)
  expect(await shop.purses(member)).toEqual({ points: '0.00' })
  await walkDays(shop.cloud.cloud)
  expect(await shop.own()).toMatchObject([{ kind: 'expire', reason: 'life', day: '2026-03-05', points: '100.00' }])
  await shop.expectSums()
})

test('a tier is reached by the receipt that reaches it, kept through its grace, and falls by time [L51] [L53] [L54]', async () => {
  const shop = await Shop.open(tiers)
  const member = await shop.enrol()
  expect(await shop.member(member)).toMatchObject({ tier: 'base', tierUntil: null })
  await shop.buy(member, 60_000n)
  expect((await shop.member(member)).progress).toEqual({
    day: '2026-03-02',
    next: 'silver',
    match: 'any',
    measures: [{ kind: 'sum', have: '60000', need: '100000' }],
  })
  await shop.buy(member, 40_000n)
  expect(await shop.member(member)).toMatchObject({ tier: 'silver', tierUntil: '2026-03-12' })
  expect(await shop.purses(member)).toEqual({ points: '150.00' })
  // met again at the review: the window still holds both receipts
  await shop.days(13)
  expect(await shop.member(member)).toMatchObject({ tier: 'silver', tierUntil: '2026-03-25' })
  await shop.days(12)
  expect(await shop.member(member)).toMatchObject({ tier: 'silver' })
  await shop.days(20)
  expect(await shop.member(member)).toMatchObject({ tier: 'base', tierUntil: null })
  const moves = (await shop.own()).filter((body) => body.kind === 'tier').map(({ to, reason }) => [to, reason])
  expect(moves).toEqual([
    ['base', 'enrolled'],
    ['silver', 'reached'],
    ['silver', 'kept'],
    ['silver', 'kept'],
    ['base', 'demoted'],
  ])
  await shop.expectSums()
})

test('a tier that only a returned receipt had reached goes with the return [L59]', async () => {
  const shop = await Shop.open(tiers)
  const member = await shop.enrol()
  await shop.buy(member, 30_000n)
  await shop.days(2)
  const sale = shop.sale(member, 100_000n)
  await shop.till.push([sale])
  expect(await shop.member(member)).toMatchObject({ tier: 'silver' })
  await shop.till.push([shop.till.write(refundBody(sale.entry.body as SaleBody), { at: shop.at })])
  expect((await shop.own()).at(-1)).toMatchObject({ reason: 'returned', from: 'silver', to: 'base' })
  expect(await shop.member(member)).toMatchObject({
    tier: 'base',
    tierUntil: null,
    progress: { next: 'silver', measures: [{ kind: 'sum', have: '30000', need: '100000' }] },
  })
})

test('where a receipt is quoted at the tier that it reaches, that tier may be claimed by it and not before [L55]', async () => {
  const richer = { id: 'silver-rate', when: { tiers: ['silver'] }, accrual: { percent: '20' } }
  const rules = { ...plainProgramme.rules, client: [richer] }
  const shop = await Shop.open({ ...tiers, promotion: 'this-receipt', rules })
  const member = await shop.enrol()
  expect(await shop.buy(member, 50_000n, { tier: 'silver' })).toEqual({ kind: 'deficit', points: '50.00' })
  expect(await shop.buy(member, 50_000n, { tier: 'silver' })).toEqual({ kind: 'applied' })
  const other = await shop.enrol()
  const two = [shop.sale(other, 100_000n, { tier: 'silver' }), shop.sale(other, 10_000n, { tier: 'silver' })]
  const reply = await shop.till.push(two)
  expect(reply.dispositions.map(({ disposition }) => disposition.kind)).toEqual(['applied', 'applied'])
})

test('a demotion is taken back when the till that was away brings the purchases that had kept the tier [L69]', async () => {
  const shop = await Shop.open(tiers)
  const member = await shop.enrol()
  await shop.buy(member, 100_000n)
  await shop.days(20)
  const late = shop.sale(member, 120_000n)
  await shop.days(20)
  expect(await shop.member(member)).toMatchObject({ tier: 'base' })
  await shop.till.push([late])
  expect((await shop.own()).at(-1)).toMatchObject({ reason: 'late_fact', from: 'base', to: 'silver' })
  expect(await shop.member(member)).toMatchObject({ tier: 'silver', tierUntil: '2026-04-20' })
  await shop.expectSums()
})

test('a balance burns after n days without a purchase, and a late receipt takes that back [L60] [L67]', async () => {
  const shop = await Shop.open({ burn: [{ id: 'idle', afterDays: 10 }] })
  const member = await shop.enrol()
  await shop.buy(member, 100_000n)
  await shop.days(5)
  const late = shop.sale(member, 50_000n)
  await shop.days(5)
  expect(await shop.purses(member)).toEqual({ points: '100.00' })
  await shop.days(1)
  expect(await shop.purses(member)).toEqual({ points: '0.00' })
  await shop.days(3)
  await shop.till.push([late])
  expect(await shop.purses(member)).toEqual({ points: '150.00' })
  const [burned, woken] = await shop.own()
  expect(burned).toMatchObject({ kind: 'expire', reason: 'burn', rule: 'idle', day: '2026-03-12' })
  expect(woken).toMatchObject({ kind: 'expire', reason: 'late_fact', points: '-100.00', undoes: { device: 'cloud' } })
  await shop.days(2)
  expect(await shop.purses(member)).toEqual({ points: '0.00' }) // ten days after the receipt that was late
  await shop.expectSums()
})

test('a checkpoint that was missed burns its share, once for its stretch [L63] [L64]', async () => {
  const shop = await Shop.open({
    checkpoints: [
      {
        id: 'monthly',
        every: 'month',
        need: { kind: 'purchases', from: 1 },
        else: { kind: 'burn', percent: '50' },
      },
    ],
  })
  const member = await shop.enrol()
  await shop.buy(member, 100_000n)
  await shop.days(31) // 2 April: in March the member was not there for all of it
  expect(await shop.purses(member)).toEqual({ points: '100.00' })
  await shop.days(31)
  expect(await shop.purses(member)).toEqual({ points: '50.00' })
  expect(await shop.own()).toMatchObject([{ kind: 'expire', reason: 'checkpoint', day: '2026-04-30' }])
  await shop.expectSums()
})

test('gifts come at enrolment, at purchases and on birthdays, once for each occasion [L81] [L82]', async () => {
  const shop = await Shop.open({
    gifts: [
      { kind: 'welcome', id: 'hello', gift: { points: '100.00', lifeDays: 7 } },
      { kind: 'purchase', id: 'third', number: 3, gift: { points: '30.00', lifeDays: 30 } },
      { kind: 'birthday', id: 'cake', daysBefore: 3, gift: { points: '200.00', lifeDays: 400 } },
    ],
  })
  const member = await shop.enrol({ name: 'Anna', birthDate: '1990-03-10' })
  const other = await shop.enrol({ name: 'Leo', birthDate: '2000-02-29' })
  expect(await shop.purses(member)).toEqual({ points: '100.00' })
  await shop.days(5)
  expect(await shop.purses(member)).toEqual({ points: '300.00' })
  for (let count = 0; count < 4; count++) await shop.buy(member, 10_000n)
  expect(await shop.purses(member)).toEqual({ points: '370.00' })
  await shop.days(6)
  expect(await shop.purses(member)).toEqual({ points: '270.00' })
  await shop.days(360)
  const gifts = (await shop.own()).filter((body) => body.kind === 'gift')
  expect(gifts.filter((body) => body.member === member.id).map(({ rule, occasion }) => [rule, occasion])).toEqual([
    ['hello', 'once'],
    ['cake', 'member 2026'],
    ['third', 'purchase 3'],
    ['cake', 'member 2027'],
  ])
  expect(gifts.filter((body) => body.member === other.id).at(-1)).toMatchObject({
    rule: 'cake',
    occasion: 'member 2027',
    activeFrom: '2027-02-25',
  })
  await shop.expectSums()
})

test('both sides are rewarded when the friend has registered and bought [L90] [L92]', async () => {
  const shop = await Shop.open({
    referral: {
      share: ['code'],
      friend: { points: '50.00', lifeDays: 30 },
      referrer: { points: '80.00', lifeDays: 30 },
      purchaseFrom: '300.00',
      friendsPerMonthMax: 1,
    },
  })
  const referrer = await shop.enrol()
  const friends = [await shop.enrol(), await shop.enrol()]
  for (const friend of friends) {
    const body = { kind: 'member', member: friend.id, referredBy: referrer.id, by: friend.id } as unknown as EntryBody
    await shop.till.push([shop.till.write(body, { at: shop.at })])
  }
  expect(await shop.purses(referrer)).toEqual({})
  await shop.till.push(friends.map((friend) => shop.sale(friend, 40_000n)))
  await shop.buy(friends[0]!, 40_000n)
  expect(await shop.purses(referrer)).toEqual({ points: '80.00' })
  expect(await shop.purses(friends[0]!)).toEqual({ points: '130.00' })
  expect(await shop.purses(friends[1]!)).toEqual({ points: '90.00' })
  await shop.expectSums()
})

test('a friend with two memberships that are merged is paid for once, to either side [L92]', async () => {
  const gift = { lifeDays: 30 }
  const shop = await Shop.open({
    referral: { share: ['code'], friend: { ...gift, points: '50.00' }, referrer: { ...gift, points: '80.00' } },
  })
  const [referrer, first, second] = [await shop.enrol(), await shop.enrol(), await shop.enrol()]
  for (const friend of [first, second]) {
    const body = { kind: 'member', member: friend.id, referredBy: referrer.id, by: friend.id } as unknown as EntryBody
    await shop.till.push([shop.till.write(body, { at: shop.at })])
  }
  await shop.buy(first, 40_000n)
  expect(await shop.purses(referrer)).toEqual({ points: '80.00' })
  const merge = { from: first.id, into: second.id, reason: 'one person', by: 'test' }
  expect((await shop.cloud.admin('POST', 'merges', merge)).status).toBe(201)
  await shop.buy(second, 40_000n)
  expect(await shop.purses(referrer)).toEqual({ points: '80.00' })
  expect(await shop.purses(second)).toEqual({ points: '130.00' })
})

test('a claim to a tier or terms that were never issued is computed without them [L19]', async () => {
  const richer = { id: 'silver-rate', when: { tiers: ['silver'] }, accrual: { percent: '20' } }
  const shop = await Shop.open({ ...tiers, rules: { ...plainProgramme.rules, client: [richer] } })
  const member = await shop.enrol()
  expect(await shop.buy(member, 50_000n, { tier: 'silver' })).toEqual({ kind: 'deficit', points: '50.00' })
  expect(await shop.buy(member, 50_000n, { tier: 'base' })).toEqual({ kind: 'applied' })
  // reached just now; and a till that has not heard of the fall may still say so for some weeks
  expect(await shop.buy(member, 50_000n, { tier: 'silver' })).toEqual({ kind: 'applied' })
  await shop.days(45)
  expect(await shop.member(member)).toMatchObject({ tier: 'base' })
  expect(await shop.buy(member, 10_000n, { tier: 'silver' })).toEqual({ kind: 'applied' })
  await shop.days(36)
  expect(await shop.buy(member, 10_000n, { tier: 'silver' })).toEqual({ kind: 'deficit', points: '10.00' })
})

test('what a till was told of a member counts for its sales also after the member was merged into another [L19] [L39]', async () => {
  const richer = { id: 'silver-rate', when: { tiers: ['silver'] }, accrual: { percent: '20' } }
  const shop = await Shop.open({ ...tiers, rules: { ...plainProgramme.rules, client: [richer] } })
  const [member, heir] = [await shop.enrol(), await shop.enrol()]
  for (const _ of [1, 2]) await shop.buy(member, 50_000n, { tier: 'base' })
  expect(await shop.member(member)).toMatchObject({ tier: 'silver' })
  await shop.days(45)
  expect(await shop.member(member)).toMatchObject({ tier: 'base' })
  const merge = { from: member.id, into: heir.id, reason: 'one person', by: 'test' }
  expect((await shop.cloud.admin('POST', 'merges', merge)).status).toBe(201)
  // the till has not heard of the fall, nor of the merge
  expect(await shop.buy(member, 10_000n, { tier: 'silver' })).toEqual({ kind: 'applied' })
})

test('and also after that one was merged as well [L19] [L39]', async () => {
  const shop = await Shop.open({})
  const [member, heir, last] = [await shop.enrol(), await shop.enrol(), await shop.enrol()]
  const terms = [{ id: 'guest', accrual: { percent: '20' } }]
  expect((await shop.cloud.admin('POST', 'terms', { member: member.id, set: terms })).status).toBe(201)
  expect(await shop.buy(member, 10_000n, { terms })).toEqual({ kind: 'applied' })
  const merged = (from: string, into: string) =>
    shop.cloud.admin('POST', 'merges', { from, into, reason: 'one person', by: 'test' })
  expect((await merged(member.id, heir.id)).status).toBe(201)
  expect(await shop.buy(member, 10_000n, { terms })).toEqual({ kind: 'applied' })
  expect((await merged(heir.id, last.id)).status).toBe(201)
  expect(await shop.buy(member, 10_000n, { terms })).toEqual({ kind: 'applied' })
})

test('the tier that a receipt reaches itself counts also under the name from before a merge [L39] [L55]', async () => {
  const richer = { id: 'silver-rate', when: { tiers: ['silver'] }, accrual: { percent: '20' } }
  const rules = { ...plainProgramme.rules, client: [richer] }
  const shop = await Shop.open({ ...tiers, promotion: 'this-receipt', rules })
  const [member, heir] = [await shop.enrol(), await shop.enrol()]
  await shop.buy(member, 50_000n, { tier: 'base' })
  const merge = { from: member.id, into: heir.id, reason: 'one person', by: 'test' }
  expect((await shop.cloud.admin('POST', 'merges', merge)).status).toBe(201)
  expect(await shop.buy(member, 50_000n, { tier: 'silver' })).toEqual({ kind: 'applied' })
})

test('a claim to a card type counts for whoever has such a card, and for nobody else [L19]', async () => {
  const rule = (type: string) => ({ id: type, when: { cardTypes: [type] }, accrual: { percent: '20' } })
  const shop = await Shop.open({ rules: { ...plainProgramme.rules, client: [rule('gold'), rule('black')] } })
  const member = await shop.enrol()
  const buy = async (...types: string[]) =>
    (await shop.till.push(types.map((cardType) => shop.sale(member, 10_000n, { cardType })))).dispositions.map(
      ({ disposition }) => disposition.kind,
    )
  expect(await buy('standard', 'gold')).toEqual(['applied', 'deficit'])
  const card = { action: 'add', number: unique('c'), type: 'gold', primary: false }
  await shop.till.push([
    shop.till.write({ kind: 'member', member: member.id, card, by: 'anna' } as never, { at: shop.at }),
  ])
  // all with the first card: a claim is not held against another of the same batch
  expect(await buy('standard', 'gold', 'black')).toEqual(['applied', 'applied', 'deficit'])
})

const many: Partial<ProgrammeDocument> = {
  accrual: { ...plainProgramme.accrual, lifeDays: 5 },
  gifts: [{ kind: 'birthday', id: 'cake', gift: { points: '20.00', lifeDays: 2 } }],
}

async function manyMembers(shop: Shop, count: number): Promise<{ id: string; card: string }[]> {
  const members = Array.from({ length: count }, () => ({ id: unique('m'), card: unique('c') }))
  const profile: Profile = { birthDate: '1990-03-08' }
  await shop.till.push(
    members.map((member) => shop.till.write(enrolment(member.id, member.card, profile), { at: shop.at, profile })),
  )
  await shop.till.push(members.map((member) => shop.sale(member, 10_000n)))
  return members
}

test('a turn that was cut short goes on where it was, and changes nothing twice', async () => {
  const shop = await Shop.open(many)
  const members = await manyMembers(shop, 60)
  await walkDays(shop.cloud.cloud)
  await shop.sleep(6)
  // in the middle the service is gone; another one starts on the same database
  while ((await shop.own()).length < 70) expect(await walkPage(shop.cloud.cloud, 7)).toBe(true)
  expect((await shop.own()).length).toBeLessThan(80)
  const second = await shop.cloud.another()
  await walkDays(second.cloud, 7)
  await second.close()
  for (const member of members) expect(await shop.purses(member)).toEqual({ points: '20.00' })
  const kinds = (await shop.own()).map((body) => body.kind)
  expect(kinds.filter((kind) => kind === 'gift')).toHaveLength(60)
  expect(kinds.filter((kind) => kind === 'expire')).toHaveLength(60)
  await shop.expectSums()
})

test('two services that turn the day at once do it once, while a till sells', async () => {
  const shop = await Shop.open(many)
  const members = await manyMembers(shop, 40)
  await walkDays(shop.cloud.cloud)
  const second = await shop.cloud.another()
  await shop.sleep(6)
  const walking = [shop.cloud.cloud, second.cloud, shop.cloud.cloud].map((cloud) => walkDays(cloud, 3))
  for (let batch = 0; batch < 4; batch++) {
    await shop.till.push(members.slice(batch * 10, batch * 10 + 10).map((member) => shop.sale(member, 10_000n)))
  }
  await Promise.all(walking)
  await walkDays(second.cloud, 3)
  await second.close()
  for (const member of members) expect(await shop.purses(member)).toEqual({ points: '30.00' })
  await shop.expectSums()
})

test('tills that sell to the same members at once get each consequence once', async () => {
  const gifts: ProgrammeDocument['gifts'] = [
    { kind: 'purchase', id: 'second', number: 2, gift: { points: '30.00', lifeDays: 30 } },
    { kind: 'welcome', id: 'first', at: 'first-purchase', gift: { points: '10.00', lifeDays: 30 } },
  ]
  const shop = await Shop.open({ ...tiers, gifts })
  const members = await manyMembers(shop, 12)
  const tills = await Promise.all(['2', '3', '4', '5'].map((name) => TestTill.enrolled(shop.cloud, 'A', name)))
  await Promise.all(
    tills.map(async (till, index) => {
      for (let round = 0; round < 5; round++) {
        const order = index % 2 === 0 ? members : [...members].reverse()
        const sales = order.map((member) => {
          const receipt = unique(`t${index}`)
          const body = saleBody({ receipt, amount: 10_000n, member, at: shop.at, document: shop.document })
          return till.write(body, { at: shop.at })
        })
        const reply = await till.push(sales)
        expect(reply.dispositions.every(({ disposition }) => disposition.kind === 'applied')).toBe(true)
      }
    }),
  )
  // 21 receipts of 100 each, both gifts, and the welcome to silver
  for (const member of members) expect(await shop.purses(member)).toEqual({ points: '300.00' })
  await shop.expectSums()
})

test('after days without service each of them is caught up with; a gift still lives its whole life', async () => {
  const shop = await Shop.open(many)
  const [member] = await manyMembers(shop, 1)
  await walkDays(shop.cloud.cloud)
  await shop.sleep(12) // 14 March: the birthday on the 8th passed meanwhile
  await walkDays(shop.cloud.cloud)
  const [expired, gift] = await shop.own().then((own) => [...own].sort((a, b) => (a.kind < b.kind ? -1 : 1)))
  expect(expired).toMatchObject({ kind: 'expire', day: '2026-03-07' })
  expect(gift).toMatchObject({ kind: 'gift', occasion: 'member 2026', activeFrom: '2026-03-14', lastDay: '2026-03-16' })
  expect(await shop.purses(member!)).toEqual({ points: '20.00' })
  await shop.expectSums()
})

test('after a silence of months the last days are walked, and everybody is asked once what burned before', async () => {
  const shop = await Shop.open({ burn: [{ id: 'idle', afterDays: 10 }] })
  const member = await shop.enrol()
  await shop.buy(member, 100_000n)
  await walkDays(shop.cloud.cloud)
  await shop.sleep(120)
  await walkDays(shop.cloud.cloud)
  expect(await shop.own()).toMatchObject([{ kind: 'expire', reason: 'burn', day: '2026-03-12', points: '100.00' }])
  await shop.expectSums()
})

test('a programme published later looks at everybody once', async () => {
  const shop = await Shop.open({})
  const member = await shop.enrol({ birthDate: '1990-03-04' })
  await shop.buy(member, 150_000n)
  await walkDays(shop.cloud.cloud)
  expect(await shop.member(member)).toMatchObject({ tier: null })
  shop.document = { ...shop.document, ...tiers, version: 2 }
  expect((await shop.cloud.admin('POST', 'programmes', shop.document)).status).toBe(201)
  await walkDays(shop.cloud.cloud)
  expect(await shop.member(member)).toMatchObject({ tier: 'silver', progress: { next: null } })
})
