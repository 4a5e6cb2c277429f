import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readCode, verifierFor } from '../../shared/ledger/coupon-code.ts'
import type { ProgrammeDocument } from '../../shared/programme/schema.ts'
import { plainProgramme, saleBody } from './receipts.ts'
import { type Body, enrolment, type TestCloud, TestTill, testCloud, unique } from './rig.ts'

/** What a manager wishes, over the admin API: carried out by the ledger's rules, or refused with its reason. */

const programme: ProgrammeDocument = {
  ...plainProgramme,
  tiers: [
    { id: 'base', name: 'Base', entry: { kind: 'automatic' } },
    { id: 'vip', name: 'VIP', entry: { kind: 'appointed' } },
  ],
  coupons: [
    {
      id: 'sorry',
      name: 'Sorry',
      code: { kind: 'personal', length: 8 },
      usesPerMember: 2,
      lifeDays: 30,
      reward: { kind: 'amountOff', amount: '100.00' },
    },
    {
      id: 'spring',
      name: 'Spring',
      code: { kind: 'shared', code: 'SPRING' },
      usesPerMember: 1,
      usesInTotal: 1,
      reward: { kind: 'percentOff', percent: '10' },
    },
  ],
  gifts: [{ kind: 'task', id: 'review', task: 'review', times: 1, gift: { points: '25.00', lifeDays: 30 } }],
}

let cloud: TestCloud
let till: TestTill
beforeAll(async () => {
  cloud = await testCloud()
  expect((await cloud.admin('POST', 'programmes', programme)).status).toBe(201)
  till = await TestTill.enrolled(cloud)
})
afterAll(() => cloud.close())

async function enrolled(): Promise<{ id: string; card: string }> {
  const member = { id: unique('m'), card: unique('c') }
  await till.push([till.write(enrolment(member.id, member.card))])
  return member
}

const sale = (receipt: string, member?: { id: string; card: string }) =>
  till.write(saleBody({ receipt, amount: 50_000n, document: programme, ...(member && { member }) }))

async function wish(path: string, body: unknown): Promise<{ status: number; code: string | undefined }> {
  const reply = await cloud.admin('POST', path, body)
  for (const { disposition } of reply.body.entries ?? []) expect(disposition).toEqual({ kind: 'applied' })
  return { status: reply.status, code: reply.body.code }
}

async function pulled(kind: string, key: string): Promise<Body> {
  till.cursor = null
  return (await till.pullAll()).get(`${kind} ${key}`)
}

const DONE = { status: 201, code: undefined }

/** The same wishes on the command line, beside the running service. */
function cli(...args: string[]): Promise<{ status: number; out: string; error: string }> {
  const root = join(import.meta.dirname, '..', '..')
  const env = { ...process.env, DATABASE_URL: cloud.databaseUrl, BONUSBOOK_MASTER_KEY: cloud.masterKey }
  return new Promise((resolve) => {
    execFile(
      join(root, 'node_modules', '.bin', 'node'),
      [join(root, 'cloud', 'cli.ts'), ...args],
      { env: { ...env, BONUSBOOK_ADMIN_TOKEN: 'for-the-test-alone' } },
      (failed, out, error) => {
        const status = failed === null ? 0 : typeof failed.code === 'number' ? failed.code : -1
        resolve({ status, out: out.trim(), error: error.trim() })
      },
    )
  })
}

describe('on the command line', () => {
  test('a tier is appointed, a card replaced, a receipt attached; a refusal is a sentence', async () => {
    const { id, card } = await enrolled()
    expect(await cli('appoint', '--card', card, '--tier', 'vip')).toMatchObject({ status: 0 })
    expect(await pulled('member', id)).toMatchObject({ tier: 'vip' })
    expect(await cli('appoint', '--card', card, '--tier', 'vip')).toEqual({
      status: 1,
      out: '',
      error: 'It is so already.',
    })
    const fresh = unique('c')
    expect(await cli('replace-card', '--card', card, '--with', fresh)).toMatchObject({ status: 0 })
    const receipt = unique('r')
    await till.push([sale(receipt)])
    const attached = await cli('attach', '--card', fresh, '--outlet', 'A', '--receipt', receipt, '--json')
    expect(JSON.parse(attached.out)).toMatchObject({ entries: [{ kind: 'attach', disposition: { kind: 'applied' } }] })
    expect(await pulled('balance', `${id}\npoints`)).toMatchObject({ balance: '50.00' })
  }, 300_000)
})

describe('a manager', () => {
  test('a gift or a correction of nothing is refused: it would stand in the history and say that something moved', async () => {
    const { card } = await enrolled()
    for (const [path, points] of [
      ['gifts', '0.00'],
      ['gifts', '0'],
      ['adjustments', '-0.00'],
    ] as const) {
      const reply = await cloud.admin('POST', path, { card, points, reason: 'none' })
      expect(reply.status).toBe(400)
      expect(reply.body.errors).toMatchObject([{ path: 'points', found: JSON.stringify(points) }])
    }
  })

  test('appoints a tier and takes it again', async () => {
    const { id, card } = await enrolled()
    expect(await wish('tiers', { card, tier: 'vip', by: 'eva' })).toEqual(DONE)
    expect(await pulled('member', id)).toMatchObject({ tier: 'vip', tierUntil: null })
    expect(await wish('tiers', { card, tier: 'vip' })).toEqual({ status: 409, code: 'nothing_changes' })
    expect(await wish('tiers', { card, tier: 'king' })).toEqual({ status: 409, code: 'unknown_tier' })
    expect(await wish('tiers', { member: 'm-nobody', tier: 'vip' })).toEqual({ status: 404, code: 'unknown_member' })
  })

  test('sets terms and removes them; a term that makes no sense is a bad request', async () => {
    const { id } = await enrolled()
    const vip = { id: 'vip', accrual: { percent: '20' }, validTo: '2027-01-01' }
    expect(await wish('terms', { member: id, set: [vip] })).toEqual(DONE)
    expect(await pulled('member', id)).toMatchObject({ terms: [vip] })
    expect(await wish('terms', { member: id, remove: ['vip'] })).toEqual(DONE)
    expect(await pulled('member', id)).toMatchObject({ terms: [] })
    expect(await wish('terms', { member: id })).toEqual({ status: 409, code: 'nothing_changes' })
    expect((await wish('terms', { member: id, set: [{ id: 'x', accrual: { percent: 'many' } }] })).status).toBe(400)
  })

  test('issues a personal coupon, which is a purse', async () => {
    const { id } = await enrolled()
    const issued = await cloud.admin('POST', 'coupons', { member: id, coupon: 'sorry', reason: 'cold soup' })
    expect(issued.status).toBe(201)
    const { couponKeys } = await pulled('programme', programme.id)
    const read = readCode(issued.body.personalCode, verifierFor(couponKeys))
    expect(read).toMatchObject({ ok: true, value: { coupon: 'sorry', member: id } })
    expect(read.ok && read.value.serial).toMatch(/^[2-9A-HJ-NP-Z]{8}$/)
    expect(issued.body.entries[0].disposition).toEqual({ kind: 'applied' })
    expect(await pulled('balance', `${id}\ncoupon:sorry`)).toMatchObject({ balance: '2.00' })
    const shared = await wish('coupons', { member: id, coupon: 'spring', reason: 'x' })
    expect(shared).toEqual({ status: 409, code: 'coupon_not_personal' })
    expect((await wish('coupons', { member: id, coupon: 'winter', reason: 'x' })).code).toBe('unknown_coupon')
  })

  test('tells tills of a coupon whose uses in the network are gone; one more is a deficit', async () => {
    const [anna, boris] = [await enrolled(), await enrolled()]
    const used = (member: { id: string; card: string }, receipt: string) => {
      const body = saleBody({ receipt, amount: 50_000n, document: programme, member })
      const rewards = [{ id: 'coupon:spring', kind: 'percentOff' as const, lines: ['1'], money: '0.00' }]
      const postings = [...body.postings, { purse: 'coupon:spring', kind: 'redeem' as const, points: '1.00' }]
      return till.write({ ...body, rewards, postings })
    }
    const known = async () => (await pulled('programme', programme.id)).usedUp
    expect(await known()).toEqual([])
    await till.push([used(anna, unique('r'))])
    expect(await known()).toEqual(['spring'])
    const second = await till.push([used(boris, unique('r'))])
    expect(second.dispositions.at(-1)?.disposition).toEqual({ kind: 'deficit', points: '1.00' })
  })

  test('says that a task is done, and the gift comes as often as the programme lets it', async () => {
    const { id } = await enrolled()
    for (const _ of [1, 2]) expect(await wish('tasks', { member: id, task: 'review' })).toEqual(DONE)
    expect(await pulled('balance', `${id}\npoints`)).toMatchObject({ balance: '25.00' })
  })

  test('is told what the programme has where a name is nobody’s, and that one name of a member is enough', async () => {
    const { id, card } = await enrolled()
    const misspelt = await cloud.admin('POST', 'tasks', { member: id, task: 'reviwe' })
    expect(misspelt).toMatchObject({
      status: 409,
      body: { code: 'unknown_task', title: expect.stringMatching('review') },
    })
    const gift = { points: '1.00', reason: 'x' }
    const purse = await cloud.admin('POST', 'gifts', { member: id, purse: 'coupon:sory', ...gift })
    expect(purse).toMatchObject({
      status: 409,
      body: { code: 'unknown_purse', title: expect.stringMatching('coupon:sorry') },
    })
    for (const named of [{}, { member: id, card }]) {
      const { status, body } = await cloud.admin('POST', 'gifts', { ...named, ...gift })
      const allowed = 'exactly one of member and card is allowed'
      expect([status, body.errors[0].allowed]).toEqual([400, allowed])
    }
    expect(await pulled('balance', `${id}\ncoupon:sory`)).toBeUndefined()
  })

  test('adds, replaces and hands on cards', async () => {
    const [anna, boris] = [await enrolled(), await enrolled()]
    const [second, fresh] = [unique('c'), unique('c')]
    expect(await wish('cards', { member: anna.id, number: second, type: 'silver' })).toEqual(DONE)
    expect(await wish('cards', { member: boris.id, number: second, type: 'silver' })).toEqual({
      status: 409,
      code: 'card_of_another_member',
    })
    expect(await wish(`cards/${anna.card}/replace`, { with: fresh })).toEqual(DONE)
    expect(await pulled('card', anna.card)).toMatchObject({ state: 'replaced', member: anna.id })
    expect(await pulled('card', fresh)).toMatchObject({ state: 'active', member: anna.id, primary: true })
    expect(await wish(`cards/${second}/transfer`, { to: boris.id })).toEqual(DONE)
    expect(await pulled('card', second)).toMatchObject({ member: boris.id, primary: false })
    expect((await wish(`cards/${fresh}/transfer`, { to: anna.id })).code).toBe('same_member')
    expect((await wish(`cards/${anna.card}/replace`, { with: unique('c') })).code).toBe('card_replaced')
  })

  test('merges two members: points, cards and what comes later', async () => {
    const [old, kept] = [await enrolled(), await enrolled()]
    await till.push([sale(unique('r'), old), sale(unique('r'), kept)])
    expect(await wish('merges', { from: old.id, into: kept.id, reason: 'one person' })).toEqual(DONE)
    expect(await pulled('balance', `${kept.id}\npoints`)).toMatchObject({ balance: '100.00' })
    await till.push([sale(unique('r'), old)])
    expect(await pulled('balance', `${kept.id}\npoints`)).toMatchObject({ balance: '150.00' })
    expect(await pulled('member', kept.id)).toMatchObject({ purchases: 3 })
    expect(await wish('merges', { from: old.id, into: kept.id, reason: 'again' })).toEqual({
      status: 409,
      code: 'member_merged',
    })
    expect((await wish('merges', { from: kept.id, into: kept.id, reason: 'x' })).code).toBe('same_member')
  })

  test('finds the member of a receipt afterwards, once', async () => {
    const { id } = await enrolled()
    const receipt = unique('r')
    await till.push([sale(receipt)])
    expect(await wish('receipts/attach', { member: id, outlet: 'A', receipt })).toEqual(DONE)
    expect(await pulled('balance', `${id}\npoints`)).toMatchObject({ balance: '50.00' })
    const again = await wish('receipts/attach', { member: id, outlet: 'A', receipt })
    expect(again).toEqual({ status: 409, code: 'receipt_has_member' })
    const unknown = await wish('receipts/attach', { member: id, outlet: 'A', receipt: 'nothing' })
    expect(unknown).toEqual({ status: 404, code: 'unknown_receipt' })
  })
})

describe('what is asked with an Idempotency-Key', () => {
  const ask = async (key: string, path: string, body: unknown, url = cloud.url) => {
    const headers = { authorization: `Bearer ${cloud.adminToken}`, 'content-type': 'application/json' }
    const reply = await fetch(`${url}/admin/v1/${path}`, {
      method: 'POST',
      headers: { ...headers, 'idempotency-key': key },
      body: JSON.stringify(body),
    })
    return { status: reply.status, body: (await reply.json()) as Body }
  }
  const balance = async (member: string, purse = 'points') =>
    (await cloud.admin('GET', `balance?member=${member}`)).body.purses.find((each: Body) => each.purse === purse)
      ?.posted

  test('is booked once and answered the same, however often it is sent', async () => {
    const { id, card } = await enrolled()
    const gift = { card, points: '50.00', lastDay: '2099-12-31', reason: 'quiz' }
    const first = await ask(`quiz/${id}`, 'gifts', gift)
    expect(first).toMatchObject({ status: 201, body: { disposition: { kind: 'applied' } } })
    expect(await ask(`quiz/${id}`, 'gifts', gift)).toEqual(first)
    const less = { member: id, points: '-20.00', reason: 'a mistake' }
    expect(await ask(`less/${id}`, 'adjustments', less)).toEqual(await ask(`less/${id}`, 'adjustments', less))
    expect(await balance(id)).toBe('30.00')
    const coupon = { member: id, coupon: 'sorry', reason: 'a cold coffee' }
    const issued = await ask(`coupon/${id}`, 'coupons', coupon)
    const code = readCode(issued.body.personalCode, verifierFor([cloud.cloud.keys.couponKey]))
    expect(code).toMatchObject({ ok: true, value: { coupon: 'sorry', member: id } })
    expect(await ask(`coupon/${id}`, 'coupons', coupon)).toEqual(issued)
    expect(await balance(id, 'coupon:sorry')).toBe('2.00')
  })

  test('at once, over two services, is booked once as well', async () => {
    const other = await cloud.another()
    const { id } = await enrolled()
    const gift = { member: id, points: '50.00', reason: 'quiz' }
    const replies = await Promise.all(
      Array.from({ length: 24 }, (_, turn) => ask(`many/${id}`, 'gifts', gift, turn % 2 === 0 ? cloud.url : other.url)),
    )
    await other.close()
    expect(new Set(replies.map((reply) => JSON.stringify(reply))).size).toBe(1)
    expect(replies[0]!.status).toBe(201)
    expect(await balance(id)).toBe('50.00')
  })

  test('may be asked again with the same key where it was refused, and never with another request', async () => {
    const member = { id: unique('m'), card: unique('c') }
    const gift = { member: member.id, points: '50.00', reason: 'quiz' }
    expect(await ask(`late/${member.id}`, 'gifts', gift)).toMatchObject({
      status: 404,
      body: { code: 'unknown_member' },
    })
    await till.push([till.write(enrolment(member.id, member.card))])
    expect((await ask(`late/${member.id}`, 'gifts', gift)).status).toBe(201)
    const reused = { status: 422, body: { code: 'idempotency_key_reused' } }
    expect(await ask(`late/${member.id}`, 'gifts', { ...gift, points: '60.00' })).toMatchObject(reused)
    expect(await ask(`late/${member.id}`, 'adjustments', gift)).toMatchObject(reused)
    expect(await balance(member.id)).toBe('50.00')
  })

  test('is not what is asked without one: that is booked each time', async () => {
    const { id } = await enrolled()
    const gift = { member: id, points: '50.00', reason: 'quiz' }
    expect([await wish('gifts', gift), await wish('gifts', gift)]).toEqual([DONE, DONE])
    expect(await balance(id)).toBe('100.00')
  })
})
