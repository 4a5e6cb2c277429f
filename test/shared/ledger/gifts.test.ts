import { generateKeyPairSync, sign } from 'node:crypto'
import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { codeSigningText, readCode, verifierFor, writeCode } from '../../../shared/ledger/coupon-code.ts'
import { isUsedUp, NETWORK, usesPurse } from '../../../shared/ledger/coupon-uses.ts'
import { couponOf, issueCoupon, redeemCoupon } from '../../../shared/ledger/coupons.ts'
import { type GiftFacts, giftsDue, type Occasion } from '../../../shared/ledger/gifts.ts'
import { allowedNow } from '../../../shared/ledger/limits.ts'
import { requestOf } from '../../../shared/ledger/recompute.ts'
import { referralDue } from '../../../shared/ledger/referral.ts'
import { money } from '../../../shared/money.ts'
import { giftBudget } from '../../../shared/quote/margin.ts'
import { occasionOf } from '../../../shared/quote/occasion.ts'
import { Network, programmeWith, saleBody } from './network.ts'

const gift = { points: '100.00', lifeDays: 7 }
const occasions = programmeWith({
  gifts: [
    { id: 'hello', kind: 'welcome', gift },
    { id: 'birthday', kind: 'birthday', gift, of: ['member', 'child'], daysBefore: 3, notBeforeMemberDays: 30 },
    { id: 'review', kind: 'task', task: 'review', gift, times: 2 },
    { id: 'third', kind: 'purchase', number: 3, gift, for: { tiers: ['gold'] } },
  ],
}).document.gifts!

const anna = (more: Partial<GiftFacts> = {}): GiftFacts => ({
  member: 'anna' as GiftFacts['member'],
  standing: { tier: 'gold', cardType: 'standard', segments: [] },
  since: '2025-01-01',
  purchases: 0,
  birthDates: [],
  given: [],
  ...more,
})
const due = (occasion: Occasion, facts: GiftFacts, today = '2026-02-26') =>
  giftsDue(occasions, facts, occasion, today).map((body) => [body.rule, body.occasion])

describe('a gift', () => {
  test('[L80] of 100 for 7 days given on D lasts to the end of D + 7', () => {
    expect(giftsDue(occasions, anna(), { kind: 'enrolled' }, '2026-02-26')).toMatchObject([
      { rule: 'hello', points: '100.00', activeFrom: '2026-02-26', lastDay: '2026-03-05' },
    ])
  })

  test('[L81] comes once for its occasion, however often one asks', () => {
    expect(due({ kind: 'enrolled' }, anna({ given: [{ rule: 'hello', occasion: 'once' }] }))).toEqual([])
  })

  test('[L82] for a birthday on 29 February comes three days before the 28th where there is no 29th', () => {
    const birthDates = [{ of: 'member', birthDate: '2000-02-29' }] as const
    expect(due({ kind: 'day' }, anna({ birthDates }), '2026-02-24')).toEqual([])
    expect(due({ kind: 'day' }, anna({ birthDates }), '2026-02-25')).toEqual([['birthday', 'member 2026']])
    expect(due({ kind: 'day' }, anna({ birthDates }), '2028-02-25')).toEqual([])
    expect(due({ kind: 'day' }, anna({ birthDates }), '2028-02-26')).toEqual([['birthday', 'member 2028']])
  })

  test('[L82] for a birthday in the first days of January is due in December already', () => {
    const birthDates = [{ of: 'child', birthDate: '2020-01-02' }] as const
    expect(due({ kind: 'day' }, anna({ birthDates }), '2025-12-31')).toEqual([['birthday', 'child 2026 2020-01-02']])
  })

  test('[L82] for a birthday waits until the member has been one for a while', () => {
    const birthDates = [{ of: 'member', birthDate: '2000-02-26' }] as const
    expect(due({ kind: 'day' }, anna({ birthDates, since: '2026-02-01' }))).toEqual([])
  })

  test('[L83] for a task comes as often as the programme says', () => {
    const given = [{ rule: 'review', occasion: 'time 1' }]
    const task = { kind: 'task', task: 'review' } as const
    expect(due(task, anna({ given }))).toEqual([['review', 'time 2']])
    expect(due(task, anna({ given: [...given, { rule: 'review', occasion: 'time 2' }] }))).toEqual([])
  })

  test('[L83] on the path comes with its purchase, to those it is for', () => {
    expect(due({ kind: 'purchased' }, anna({ purchases: 2 }))).toEqual([])
    expect(due({ kind: 'purchased' }, anna({ purchases: 3 }))).toEqual([['third', 'purchase 3']])
    const standing = { tier: 'base', cardType: 'standard', segments: [] }
    expect(due({ kind: 'purchased' }, anna({ purchases: 3, standing }))).toEqual([])
  })

  test('[L84] is bounded by average check × margin × share: 900 × 40 % × 50 % = 180', () => {
    expect(giftBudget(money(90_000n), '40', '50')).toBe(18_000n)
    expect(giftBudget(money(99_999n), '33.3333', '50')).toBe(16_666n)
  })
})

describe('a friend who was brought', () => {
  const referral = programmeWith({
    referral: {
      share: ['code'],
      friend: gift,
      referrer: gift,
      purchaseFrom: '500.00',
      withinDays: 30,
      friendsPerMonthMax: 2,
    },
  }).document.referral!
  const purchase = (day: string, paid: bigint) => {
    const key = { device: 'a', epoch: 1, seq: 1 } as never
    return { key, outlet: 'A', receipt: 'r', at: `${day}T12:00:00+03:00`, day, paid, earned: 0n, goods: [] }
  }
  const facts = (more: object = {}) => ({
    friend: 'boris' as never,
    referrer: 'anna' as never,
    since: '2026-01-01',
    purchases: [purchase('2026-01-05', 50_000n)],
    friendGiven: [],
    referrerGiven: [],
    ...more,
  })
  const paid = (more?: object) => referralDue(referral, facts(more), '2026-01-05').map((body) => body.member)

  test('[L90] rewards both when the friend has registered and bought, and nobody before', () => {
    expect(paid({ purchases: [] })).toEqual([])
    expect(paid()).toEqual(['boris', 'anna'])
  })

  test('[L91] rewards nobody for a small, a late or an own first purchase', () => {
    expect(paid({ purchases: [purchase('2026-01-05', 49_999n)] })).toEqual([])
    expect(paid({ purchases: [purchase('2026-02-01', 50_000n)] })).toEqual([])
    expect(paid({ referrer: 'boris' })).toEqual([])
    expect(paid({ purchases: [purchase('2026-01-05', 100n), purchase('2026-01-06', 90_000n)] })).toEqual([])
  })

  test('[L92] rewards each side once, and the referrer for so many friends a month', () => {
    const given = (occasion: string, day = '2026-01-02') => ({ rule: 'referral', occasion, day })
    expect(paid({ friendGiven: [given('by anna')] })).toEqual(['anna'])
    expect(paid({ referrerGiven: [given('for boris')] })).toEqual(['boris'])
    expect(paid({ referrerGiven: [given('for vera'), given('for gleb')] })).toEqual(['boris'])
    expect(paid({ referrerGiven: [given('for vera', '2025-12-31'), given('for gleb')] })).toEqual(['boris', 'anna'])
  })
})

describe('a coupon', () => {
  const coupons = [
    {
      id: 'ten',
      name: '10 %',
      code: { kind: 'shared', code: 'TEN' },
      usesPerMember: 2,
      validTo: '2026-12-31',
      reward: { kind: 'percentOff', percent: '10' },
    },
    {
      id: 'mine',
      name: '200 off',
      code: { kind: 'personal', length: 8 },
      usesPerMember: 1,
      lifeDays: 14,
      reward: { kind: 'amountOff', amount: '200.00' },
    },
    {
      id: 'open',
      name: '5 % for all',
      code: { kind: 'shared', code: 'OPEN' },
      usesPerMember: null,
      holder: 'anyone',
      combines: true,
      reward: { kind: 'percentOff', percent: '5' },
    },
  ]
  const programme = programmeWith({ coupons })
  const [ten, mine, open] = programme.document.coupons!
  const shop = () => {
    const network = new Network(programme)
    network.enrol('anna')
    return network
  }
  const request = requestOf('A' as never, saleBody({ receipt: 'r', lines: [{ amount: '1000.00' }] }))
  const facts = (network: Network, purse: string, more: object = {}) => ({
    occasion: occasionOf(programme, request, 100_000n),
    member: 'anna' as never,
    purse: network.account('anna', purse),
    lines: request.receipt.lines,
    others: [],
    today: '2026-11-18',
    ...more,
  })
  const use = (network: Network, receipt: string, till: string) => {
    const purses = [{ purse: 'coupon:ten', kind: 'redeem' as const, points: '1.00' }]
    const rewards = [{ id: 'coupon:ten', kind: 'percentOff' as const, lines: ['1'], money: '100.00' }]
    return network.sale({ receipt, lines: [{ amount: '1000.00', earn: '0.00' }], purses, rewards }, { till })
  }

  test('[L87] takes its money off and one use of the member’s purse', () => {
    expect(couponOf(programme.document.coupons!, ' ten ')).toBe(ten)
    expect(redeemCoupon(ten!, facts(shop(), 'coupon:ten'))).toMatchObject({
      ok: true,
      value: { reward: { money: 10_000n }, posting: { purse: 'coupon:ten', points: '1.00' } },
    })
  })

  test('[L89] with a shared code opens once per member, at whichever till is heard first, and is used twice in all', () => {
    const network = shop()
    expect(use(network, 'r1', 'till-a')).toEqual({ kind: 'applied' })
    expect(use(network, 'r2', 'till-b')).toEqual({ kind: 'applied' })
    expect(redeemCoupon(ten!, facts(network, 'coupon:ten'))).toMatchObject({ reason: 'coupon_used_up' })
    expect(use(network, 'r3', 'till-b')).toEqual({ kind: 'deficit', points: '1.00' })
    expect(network.compensations).toMatchObject([{ kind: 'coupon', action: 'open', uses: '2.00', withFact: true }])
  })

  test('[L26] that was used comes back with the goods', () => {
    const network = shop()
    use(network, 'r1', 'till-a')
    network.refund('r1')
    expect(network.balance('anna', undefined, 'coupon:ten').spendable).toBe('2.00')
  })

  test('[L85] of the member’s own lives its days and no longer than the coupon', () => {
    const body = issueCoupon(mine!, 'anna' as never, '2026-11-18', 'a campaign')
    expect(body).toMatchObject({ uses: '1.00', activeFrom: '2026-11-18', lastDay: '2026-12-02' })
    const network = shop()
    network.push(body)
    expect(redeemCoupon(mine!, facts(network, 'coupon:mine')).ok).toBe(true)
    expect(redeemCoupon(mine!, facts(network, 'coupon:mine', { today: '2026-12-03' }))).toMatchObject({
      reason: 'coupon_used_up',
    })
  })

  test('[L88] refuses with a reason', () => {
    const network = shop()
    const refused = (coupon: typeof ten, more: object, purse = 'coupon:ten') => {
      const result = redeemCoupon(coupon!, facts(network, purse, more))
      return result.ok ? 'ok' : result.reason
    }
    expect(refused(ten, { today: '2027-01-01' })).toBe('coupon_over')
    expect(refused(ten, { member: null })).toBe('coupon_needs_a_member')
    expect(refused(ten, { others: [open] })).toBe('coupon_stands_alone')
    expect(refused(open, { member: null, purse: null })).toBe('ok')
    expect(refused(mine, { code: { coupon: 'mine', member: 'boris', serial: '1', lastDay: null } })).toBe(
      'coupon_of_another_member',
    )
    expect(refused(mine, {}, 'coupon:mine')).toBe('coupon_used_up')
  })

  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const signed = (text: string) => sign(null, Buffer.from(text), privateKey).toString('hex')
  const key = Buffer.from(publicKey.export({ format: 'jwk' }).x!, 'base64url').toString('hex')
  const verify = verifierFor(['00'.repeat(32), key])
  const part = fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' })

  property.prop([part, part, part, fc.option(fc.constant('2026-12-31'), { nil: null })])(
    '[L86] whose code the cloud signed is read without a network, and one changed letter is noticed',
    (coupon, member, serial, lastDay) => {
      const code = { coupon, member, serial, lastDay }
      const text = writeCode(code, signed(codeSigningText(code)))
      expect(readCode(text, verify)).toEqual({ ok: true, value: code })
      const forged = writeCode({ ...code, serial: `${serial}0` }, signed(codeSigningText(code)))
      expect(readCode(forged, verify)).toMatchObject({ reason: 'forged_code' })
    },
  )
  test('[L86] of another signer, of no signature and of no key is forged', () => {
    const code = { coupon: 'mine', member: 'anna', serial: 'A7', lastDay: null }
    const text = codeSigningText(code)
    const stranger = sign(null, Buffer.from(text), generateKeyPairSync('ed25519').privateKey).toString('hex')
    for (const signature of [stranger, 'ab', 'no hex', '00'.repeat(64), signed(text).slice(2)]) {
      expect(readCode(writeCode(code, signature), verify)).toMatchObject({ reason: 'forged_code' })
    }
    expect(readCode(writeCode(code, signed(text)), verifierFor([]))).toMatchObject({ reason: 'forged_code' })
    expect(readCode(writeCode(code, signed(text)), verifierFor(['zz', key]))).toMatchObject({ ok: true })
    const asked = writeCode(code, signed(text))
    const remembering = verifierFor([key])
    for (let n = 0; n < 205; n++) expect(remembering(`${n}`, 'ab')).toBe(false)
    expect([readCode(asked, remembering).ok, readCode(asked, remembering).ok]).toEqual([true, true])
  })

  property.prop([fc.string()])('[L86] rubbish is no code and no accident', (text) => {
    expect(readCode(text, verify).ok).toBe(false)
    expect(readCode(`BBC1.${text}`, verify).ok).toBe(false)
  })
})

describe('a coupon with so many uses in the whole network', () => {
  const coupon = {
    id: 'first',
    name: 'The first two',
    code: { kind: 'shared', code: 'FIRST' },
    usesPerMember: null,
    usesInTotal: 2,
    holder: 'anyone',
    reward: { kind: 'amountOff', amount: '100.00' },
  }
  const rewards = [{ id: 'coupon:first', kind: 'amountOff' as const, lines: ['1'], money: '100.00' }]
  const shop = (more: object = {}) => {
    const network = new Network(programmeWith({ coupons: [{ ...coupon, ...more }] }))
    network.enrol('anna')
    return network
  }
  const use = (network: Network, receipt: string, member: string | null = null) =>
    network.sale({ receipt, member, lines: [{ amount: '500.00', earn: '0.00' }], rewards })

  test('[L78] counts those of all members and of nobody, and tells each one above as a deficit of one use', () => {
    const network = shop()
    expect(use(network, 'r1')).toEqual({ kind: 'applied' })
    expect(use(network, 'r2', 'anna')).toEqual({ kind: 'applied' })
    expect(use(network, 'r3')).toEqual({ kind: 'deficit', points: '1.00' })
    expect(use(network, 'r4', 'anna')).toEqual({ kind: 'deficit', points: '1.00' })
    expect(network.account(NETWORK, usesPurse('first'))).toMatchObject({ posted: 400n, lots: [{ remaining: 400n }] })
    expect(network.sales.get('A\nr3')!.body.rewards).toEqual(rewards)
  })

  test('[L78] is refused where it is known that none is left', () => {
    const [first] = shop().programmes.get(1)!.document.coupons!
    const { lines } = requestOf('A' as never, saleBody({ receipt: 'r', lines: [{ amount: '500.00' }] })).receipt
    const facts = { occasion: {} as never, member: null, purse: null, lines, others: [], today: '2026-11-18' }
    expect(redeemCoupon(first!, { ...facts, isUsedUp: true })).toMatchObject({ reason: 'coupon_used_up' })
    expect(redeemCoupon(first!, { ...facts, isUsedUp: false }).ok).toBe(true)
    expect([199n, 200n].map((posted) => isUsedUp(first!, { posted }))).toEqual([false, true])
    expect(isUsedUp({ usesInTotal: null }, { posted: 900n })).toBe(false)
  })

  test('[L78] has a use again when all of its reward came back, and not before', () => {
    const network = shop()
    use(network, 'r1')
    use(network, 'r2')
    network.refund('r1', [{ id: '1', amount: 10_000n }])
    expect(network.account(NETWORK, usesPurse('first')).posted).toBe(200n)
    network.refund('r1')
    expect(network.account(NETWORK, usesPurse('first')).posted).toBe(100n)
    expect(use(network, 'r3')).toEqual({ kind: 'applied' })
  })

  test('[L78] is not counted where it has no such bound', () => {
    const network = shop({ usesInTotal: null })
    for (const receipt of ['r1', 'r2', 'r3']) expect(use(network, receipt)).toEqual({ kind: 'applied' })
    expect(network.account(NETWORK, usesPurse('first')).posted).toBe(0n)
  })

  test('[L79] that gives points gives them with the receipt, while it is valid', () => {
    const reward = { kind: 'points', gift: { points: '30.00', lifeDays: 7, activationDays: 1 } }
    const network = shop({ reward, holder: 'member', validTo: '2026-11-18' })
    const sale = (receipt: string, at: string) => {
      network.now = at
      const body = saleBody({ receipt, at, lines: [{ amount: '500.00', earn: '0.00' }] })
      return network.push({ ...body, gifts: [{ purse: 'coupon:first', points: '30.00' }] })
    }
    expect(sale('r1', '2026-11-18T12:00:00+03:00')).toEqual({ kind: 'applied' })
    expect(network.balance('anna')).toMatchObject({ pending: '30.00', expiring: ['30.00 on 2026-11-25'] })
    expect(sale('r2', '2026-11-19T12:00:00+03:00')).toEqual({ kind: 'deficit', points: '30.00' })
    expect(network.account(NETWORK, usesPurse('first')).posted).toBe(200n)
  })
})

describe('a till', () => {
  const anna = { member: 'anna', reason: 'x' }
  const lots = [{ lot: 'x', points: '-5.00' }]
  test.each([
    { kind: 'gift', purse: 'points', points: '9.00', activeFrom: '2026-11-18', lastDay: null, ...anna },
    { kind: 'adjust', purse: 'points', points: '9.00', by: 'eva', ...anna },
    { kind: 'stamp', card: 'burger', stamps: '9.00', lastDay: null, ...anna },
    { kind: 'coupon', coupon: 'x', action: 'issue', uses: '9.00', activeFrom: '2026-11-18', lastDay: null, ...anna },
    { kind: 'expire', purse: 'points', day: '2026-11-18', lots, points: '-5.00', ...anna, reason: 'life' },
    { kind: 'tier', from: null, to: 'gold', day: '2026-11-18', until: null, ...anna, reason: 'reached' },
    {
      kind: 'member',
      member: 'anna',
      by: 'eva',
      terms: { set: [{ id: 'vip', accrual: { percent: '100' } }], remove: [] },
    },
    { kind: 'merge', from: 'boris', into: 'anna', purses: ['points'], cards: [], by: 'eva', reason: 'x' },
    ...(['grant', 'close'] as const).map((action) => {
      const holder = { device: 'till-a', epoch: 1 }
      return { kind: 'right', purse: 'points', lease: 'l', action, points: '9.00', holder, ...anna }
    }),
  ])('[L47] makes nothing out of nothing: $kind $action', (body) => {
    const network = new Network()
    network.enrol('anna')
    network.enrol('boris')
    const before = network.state()
    expect(network.push(body as never, { till: 'till-a' })).toMatchObject({ code: 'not_for_a_till' })
    expect(network.state()).toEqual(before)
    expect(network.push(body as never, { till: 'cloud' }).kind).toBe('applied')
  })
})

describe('bounds against fraud', () => {
  const bounds = {
    perMemberDay: { receipts: 3, earn: '100.00', redeem: '50.00' },
    receiptsPerHour: 2,
    returnsPerMonth: 2,
  }
  const quiet = { receiptsToday: 0, earnedToday: 0n, redeemedToday: 0n, receiptsThisHour: 0, returnsThisMonth: 0 }

  test('[L93] lower what the next receipt may earn and redeem', () => {
    expect(allowedNow(bounds, { ...quiet, earnedToday: 9_000n, redeemedToday: 9_000n })).toMatchObject({
      earnMax: 1_000n,
      redeemMax: 0n,
      warnings: [],
    })
    expect(allowedNow(undefined, quiet)).toEqual({ earnMax: null, redeemMax: null, warnings: [] })
  })

  test('[L94] point out what is done too often', () => {
    expect(allowedNow(bounds, { ...quiet, receiptsToday: 3, receiptsThisHour: 2, returnsThisMonth: 2 })).toEqual({
      earnMax: 0n,
      redeemMax: 0n,
      warnings: ['too_many_receipts_today', 'too_many_receipts_this_hour', 'too_many_returns'],
    })
  })
})
