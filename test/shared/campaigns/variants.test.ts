import { describe, expect, test } from 'vitest'
import { groupOf } from '../../../shared/campaigns/control.ts'
import { campaignDocument } from '../../../shared/campaigns/document.ts'
import { reanimation } from '../../../shared/campaigns/preset.ts'
import { upliftOf } from '../../../shared/campaigns/uplift.ts'
import { triedAs, variantsOf } from '../../../shared/campaigns/variants.ts'

/** A chain that is tried in several ways: who gets which, what each makes otherwise, and what is refused. */

const [base] = reanimation()
const larger = { key: 'b', share: '50', touches: { first: { points: '150.00', lifeDays: 14 } } }
const written = (...variants: object[]) => ({ ...base!, variants })
const read = (...variants: object[]) => campaignDocument.parse(written(...variants))
const wrong = (...variants: object[]) =>
  campaignDocument
    .safeParse(written(...variants))
    .error?.issues.map(({ path, message }) => [path.join('.'), message]) ?? []
const members = Array.from({ length: 20_000 }, (_, index) => `m${index}`)

describe('[K90] the draw', () => {
  const document = read({ key: 'a', share: '20' }, { ...larger, share: '30' }, { ...later(), share: '50' })
  const triedFor = variantsOf(document)

  test('gives each variant its share of the members, and the same one for good', () => {
    const shares = ['a', 'b', 'c'].map((key) => members.filter((each) => triedFor(each).variant === key).length)
    for (const [place, part] of [0.2, 0.3, 0.5].entries()) expect(shares[place]! / members.length).toBeCloseTo(part, 1)
    expect(shares.reduce((sum, each) => sum + each, 0)).toBe(members.length)
    for (const member of members.slice(0, 200)) expect(variantsOf(document)(member)).toEqual(triedFor(member))
  })

  test('knows nothing of the control group: that one has its share of each variant', () => {
    for (const key of ['a', 'b', 'c']) {
      const tried = members.filter((member) => triedFor(member).variant === key)
      const control = tried.filter((member) => groupOf(document.id, member, '10') === 'control')
      expect(control.length / tried.length).toBeGreaterThan(0.085)
      expect(control.length / tried.length).toBeLessThan(0.115)
    }
  })

  test('is another one for another campaign, and none where there are no variants', () => {
    const other = variantsOf({ ...document, id: 'other' })
    const same = members.filter((member) => other(member).variant === triedFor(member).variant).length
    expect(same / members.length).toBeCloseTo(0.04 + 0.09 + 0.25, 1)
    expect(variantsOf(base!)('m1')).toEqual({ variant: null, document: base })
  })
})

function later() {
  return { key: 'c', share: '50', touches: { second: { afterDays: 40, text: { ru: 'Ждём', en: 'Come' } } } }
}

test('[K90] a variant changes what it names and leaves the rest as it is written', () => {
  const document = read({ key: 'a', share: '50' }, { ...larger, touches: { ...larger.touches, ...later().touches } })
  const [first, second, call] = base!.touches
  expect(triedAs(document, 'a').touches).toEqual(base!.touches)
  expect(triedAs(document, null).touches).toEqual(base!.touches)
  expect(triedAs(document, 'b').touches).toEqual([
    { ...first!, points: '150.00', lifeDays: 14 },
    { ...second!, afterDays: 40, text: { ru: 'Ждём', en: 'Come' } },
    call,
  ])
})

describe('[K91] is refused', () => {
  const plain = { key: 'a', share: '50' }
  test.each([
    ['shares that are not 100 % together', [plain, { ...larger, share: '49.5' }], 'variants', 'shares of 99.5 %'],
    [
      'a share of nothing',
      [
        { ...plain, share: '0' },
        { ...larger, share: '100' },
      ],
      'variants.0.share',
      'found 0',
    ],
    ['one key twice', [plain, { ...larger, key: 'a' }], 'variants.1.key', 'a is the name of variant 1 already'],
    ['two that do the same', [plain, { key: 'b', share: '50', touches: {} }], 'variants.1', 'does the same as a'],
    [
      'a gift beyond the budget',
      [plain, of({ first: { points: '180.01' } })],
      'variants.1.touches.first.points',
      '180',
    ],
    ['a delay of the first touch', [plain, of({ first: { afterDays: 3 } })], 'variants.1.touches.first.afterDays', '0'],
    ['no delay of a later one', [plain, of({ second: { afterDays: 0 } })], 'variants.1.touches.second.afterDays', '1'],
    [
      'a touch that is not there',
      [plain, of({ first: { lifeDays: 3 }, third: { lifeDays: 3 } })],
      'variants.1.touches.third',
      'first, second',
    ],
    ['points of a call', [plain, of({ call: { points: '5' } })], 'variants.1.touches.call.points', '"call" has none'],
  ])('%s', (_, variants, path, message) => {
    const found = wrong(...variants)
    expect(found.map(([at]) => at)).toEqual([path])
    expect(found[0]![1]).toContain(message)
  })

  test('one variant alone, and more than four', () => {
    const five = ['a', 'b', 'c', 'd', 'e'].map((key, days) => ({
      ...{ key, share: '20' },
      touches: { first: { lifeDays: 7 + days } },
    }))
    expect(wrong({ key: 'a', share: '100' }).map(([at]) => at)).toEqual(['variants'])
    expect(wrong(...five).map(([at]) => at)).toEqual(['variants'])
    expect(wrong(...five.slice(1).map((each) => ({ ...each, share: '25' })))).toEqual([])
  })

  function of(touches: object) {
    return { key: 'b', share: '50', touches }
  }
})

test('[K93] of several comparisons each has a wider interval, and one alone the usual', () => {
  const [one, other] = [
    { of: 400, bought: 60 },
    { of: 400, bought: 40 },
  ]
  const widths = ([1, 2, 3] as const).map((comparisons) => {
    const { estimate, low, high } = upliftOf(one, other, comparisons)
    expect(estimate).toBeCloseTo(0.05, 12)
    return high - low
  })
  expect(upliftOf(one, other, 1)).toEqual(upliftOf(one, other))
  // Newcombe's interval is nearly as wide as z standard errors: 2.2414 and 2.3940 in the place of 1.9600
  expect(widths[1]! / widths[0]!).toBeCloseTo(2.2414 / 1.96, 2)
  expect(widths[2]! / widths[0]!).toBeCloseTo(2.394 / 1.96, 2)
})
