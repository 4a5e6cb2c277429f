import { describe, expect, test } from 'vitest'
import { formatMoney } from '../../../shared/money.ts'
import { compileProgramme } from '../../../shared/programme/compile.ts'
import {
  memberToJson,
  parseQuoteCase,
  parseQuoteRequest,
  quoteToJson,
  wireMember,
  within,
} from '../../../shared/quote/json.ts'
import { giftBudget } from '../../../shared/quote/margin.ts'
import { quote } from '../../../shared/quote/quote.ts'
import { moneyOf } from '../../../shared/wire.ts'
import { programmeJson, programmeOf, requestJson, requestOf } from './cases.ts'

// biome-ignore lint/suspicious/noExplicitAny: documents are JSON here
type Json = any

function pathsOf(json: unknown): string[] {
  const parsed = parseQuoteRequest(json)
  return parsed.ok ? [] : parsed.detail.map((problem) => problem.path)
}

/** The plain request after a change. */
function changed(change: (request: Json) => void): Json {
  const request = structuredClone(requestJson())
  change(request)
  return request
}

describe('a request is refused with the path of what is wrong', () => {
  test.each<[string, (request: Json) => void, string]>([
    ['a negative amount', (r) => (r.receipt.lines[0].amount = '-1.00'), 'receipt.lines[0].amount'],
    ['an amount as a number', (r) => (r.receipt.lines[0].amount = 10), 'receipt.lines[0].amount'],
    ['three decimals', (r) => (r.receipt.lines[0].amount = '1.005'), 'receipt.lines[0].amount'],
    ['thirteen digits', (r) => (r.receipt.lines[0].amount = '1000000000000'), 'receipt.lines[0].amount'],
    ['an exponent', (r) => (r.receipt.lines[0].amount = '1e3'), 'receipt.lines[0].amount'],
    ['a space', (r) => (r.receipt.lines[0].amount = ' 1.00'), 'receipt.lines[0].amount'],
    ['a quantity with four decimals', (r) => (r.receipt.lines[0].qty = '0.0001'), 'receipt.lines[0].qty'],
    ['a negative quantity', (r) => (r.receipt.lines[0].qty = '-1'), 'receipt.lines[0].qty'],
    ['a line id twice', (r) => r.receipt.lines.push({ ...r.receipt.lines[0] }), 'receipt.lines[1].id'],
    ['an unknown key of a line', (r) => (r.receipt.lines[0].price = '1.00'), 'receipt.lines[0].price'],
    ['no outlet', (r) => delete r.receipt.outlet, 'receipt.outlet'],
    ['no instant', (r) => delete r.at, 'at'],
    ['an instant without an offset', (r) => (r.at = '2026-11-18T12:00:00'), 'at'],
    ['30 February', (r) => (r.at = '2026-02-30T12:00:00Z'), 'at'],
    ['a negative redemption', (r) => (r.redeem = '-1.00'), 'redeem'],
    ['a negative right', (r) => (r.right = '-1.00'), 'right'],
    ['an unknown key of a member', (r) => (r.member.phone = '1'), 'member.phone'],
    ['a birth date that does not exist', (r) => (r.member.birthDate = '1990-02-30'), 'member.birthDate'],
    [
      'terms that contradict themselves',
      (r) => (r.member.terms = [{ id: 't', accrual: { percent: '1', none: true } }]),
      'member.terms[0].accrual',
    ],
    ['no member at all, not even null', (r) => delete r.member, 'member'],
    [
      'a reward of an unknown kind',
      (r) => (r.rewards = [{ id: 'x', kind: 'gift', lines: ['1'], money: '1.00' }]),
      'rewards[0].kind',
    ],
  ])('%s', (_what, change, path) => {
    expect(pathsOf(changed(change))).toContain(path)
  })

  test.each([[null], [[]], ['x'], [1]])('%j', (json) => {
    expect(pathsOf(json)).not.toEqual([])
  })
})

test('a receipt of thirteen digits is refused as a whole, and one kopeck less is not', () => {
  const receipt = (second: string) =>
    changed((r) => (r.receipt.lines = [line('1', '999999999999.98'), line('2', second)]))
  const line = (id: string, amount: string) => ({ id, amount })
  expect(parseQuoteRequest(receipt('0.01')).ok).toBe(true)
  const refused = parseQuoteRequest(receipt('0.02'))
  expect(refused.ok ? [] : refused.detail).toMatchObject([
    { path: 'receipt.lines', allowed: 'a total of at most 12 digits' },
  ])
})

test('a line id a second time is told with what is allowed, and what is refused is a bad request', () => {
  const refused = parseQuoteRequest(changed((r) => r.receipt.lines.push({ ...r.receipt.lines[0] })))
  expect(refused).toMatchObject({
    ok: false,
    reason: 'bad_request',
    detail: [{ allowed: 'an id of its own for each line' }],
  })
})

describe('what a request may leave out', () => {
  test('quantity, redemption, right, tier and segments', () => {
    const request = changed((r) => {
      delete r.redeem
      delete r.right
      delete r.member.tier
      delete r.member.segments
      delete r.receipt.lines[0].qty
    })
    expect(parseQuoteRequest(request)).toEqual({ ok: true, value: requestOf() })
  })

  test('an outlet that the programme does not list is fine', () => {
    expect(pathsOf(changed((r) => (r.receipt.outlet = 'elsewhere')))).toEqual([])
  })

  test('a balance below nothing is fine', () => {
    expect(pathsOf(changed((r) => (r.member.balance = '-12.50')))).toEqual([])
  })
})

test('a case tells the problems of its programme and of its request together', () => {
  const parsed = parseQuoteCase({
    ...changed((r) => (r.redeem = 'all')),
    name: 'a remark',
    expect: {},
    programme: { ...programmeJson(), version: 'x' },
  })
  expect(parsed.ok ? [] : parsed.detail.map((problem) => problem.path)).toEqual(['programme.version', 'redeem'])
})

test.each([[null], ['x'], [7], [undefined], [[]], [[1]]])('%j is no case, and says what one would be', (json) => {
  const parsed = parseQuoteCase(json)
  expect(parsed).toMatchObject({ ok: false, reason: 'bad_case' })
  expect(parsed.ok ? [] : parsed.detail.map(({ path, allowed }) => [path, allowed])).toEqual([
    ['', 'an object with the keys at, member, receipt, redeem, right, rewards'],
  ])
})

test('a case is a programme and a request; one bad half is enough to refuse it', () => {
  const request = changed((r) => (r.note = 'a remark'))
  const good = parseQuoteCase({ ...request, programme: programmeJson() })
  expect(good).toEqual({ ok: true, value: { programme: programmeOf(), request: requestOf() } })
  const pathsOfCase = (json: unknown) => {
    const parsed = parseQuoteCase(json)
    return parsed.ok ? [] : [parsed.reason, ...parsed.detail.map((problem) => problem.path)]
  }
  expect(pathsOfCase({ ...request, programme: null })).toEqual(['bad_case', 'programme'])
  expect(pathsOfCase({ ...request, programme: programmeJson(), at: 'now' })).toEqual(['bad_case', 'at'])
})

test.each([
  ['[3]', '', '[3]'],
  ['[3]', 'programme.id', '[3].programme.id'],
  ['cases', '[0].at', 'cases[0].at'],
  ['cases', 'a[', 'cases.a['],
])('within %s, the problem of "%s" is one of %s', (outer, path, whole) => {
  const found = { path, found: '1', allowed: '2', message: '' }
  expect(within(outer, found)).toEqual({
    path: whole,
    found: '1',
    allowed: '2',
    message: `${whole}: found 1; 2 is allowed`,
  })
})

test('a line names its reward only where one took something off it', () => {
  const rewards = [{ id: 'r', kind: 'amountOff', lines: ['1'], money: '100.00' }]
  const request = requestOf({ rewards, lines: [{ amount: '500.00' }, { amount: '50.00' }] })
  const quoted = quote(compileProgramme(programmeOf()), request)
  expect(quoted.ok && quoteToJson(quoted.value)).toMatchObject({
    rewards,
    lines: [{ id: '1', reward: '100.00' }, { id: '2' }],
  })
  expect(quoted.ok && 'reward' in quoteToJson(quoted.value).lines[1]!).toBe(false)
})

test('a member goes over the wire and back', () => {
  const member = requestOf({
    member: {
      id: 'm-1',
      birthDate: '1990-01-01',
      purchasesBefore: 3,
      terms: [{ id: 't', accrual: { percent: '5' } }],
      segments: ['near'],
    },
  }).member!
  const wire = JSON.parse(JSON.stringify(memberToJson(member)))
  const back = parseQuoteRequest(changed((r) => (r.member = wire)))
  expect(wireMember.safeParse(wire).success).toBe(true)
  expect(back.ok && back.value.member).toEqual(member)
})

test.each([
  ['900.00', '40', '50', '180.00'],
  ['900.00', '40', '0', '0.00'],
  ['899.99', '33.3', '50', '149.84'],
  ['0.00', '40', '50', '0.00'],
  ['1000.00', '100', '100', '1000.00'],
])(
  'a gift for an average check of %s at a margin of %s %% and a share of %s %% is worth at most %s',
  (check, margin, share, worth) => {
    expect(formatMoney(giftBudget(moneyOf(check), margin, share))).toBe(worth)
  },
)

test('a gift of a percent that no schema let through is a fault of ours', () => {
  const budget = (margin: string, share: string) => () => giftBudget(moneyOf('900.00'), margin, share)
  expect(budget('x', '50')).toThrow('percents that a schema let through')
  expect(budget('40', '-1')).toThrow('percents that a schema let through')
})
