import { describe, expect, test } from 'vitest'
import {
  budgetOf,
  complaintsOf,
  copyOf,
  type Draft,
  documentOf,
  draftOf,
  emptyDraft,
  idOf,
  isKnown,
  KINDS,
  newTouch,
} from '../../../renderer/manager/campaigns/draft.ts'
import {
  type DraftVariant,
  NO_CHANGE,
  withOneMore,
  without,
} from '../../../renderer/manager/campaigns/draft-variants.ts'
import { START_FIELDS } from '../../../renderer/manager/campaigns/start-fields.ts'
import { campaignDocument } from '../../../shared/campaigns/document.ts'
import { reanimation } from '../../../shared/campaigns/preset.ts'

/** A campaign as typed into fields, and the document that comes of it. */

const texts = { ru: 'Ждём вас до {date}', en: 'Until {date}' }
const preset = reanimation()[0]!
const draft = draftOf(preset)
const codes = (changed: Partial<Draft>) =>
  [...complaintsOf(documentOf({ ...draft, ...changed }))].map(([place, { code }]) => `${place}: ${code}`)

describe('what was read', () => {
  test.each(reanimation(47).map((document) => [document.id, document] as const))(
    'comes out as it was: %s',
    (_, document) => {
      expect(campaignDocument.parse(documentOf(draftOf(document)))).toEqual({
        ...document,
        touches: document.touches.map((touch) =>
          touch.do === 'gift' ? { ...touch, points: touch.points.replace('.00', '') } : touch,
        ),
      })
    },
  )

  test('[K90] keeps its variants, and of a touch that is removed nothing stays behind', () => {
    const changes = { first: { points: '150.00', lifeDays: 14 }, second: { afterDays: 40, text: texts } }
    const variants = [
      { key: 'a', share: '50', touches: {} },
      { key: 'b', share: '50', touches: changes },
    ]
    const read = draftOf({ ...preset, variants })
    const [, second] = campaignDocument.parse(documentOf(read)).variants!
    expect(second).toEqual({ ...variants[1], touches: { ...changes, first: { points: '150', lifeDays: 14 } } })
    const shorter = documentOf({ ...read, touches: read.touches.slice(0, 1) }).variants as typeof variants
    expect(Object.keys(shorter[1]!.touches)).toEqual(['first'])
    expect(documentOf(draftOf(preset)).variants).toBeUndefined()
  })

  test('keeps quiet hours of its own, none at all, and the usual ones', () => {
    for (const quietHours of [{ from: '22:00', to: '08:00' }, 'none', undefined] as const) {
      expect(campaignDocument.parse(documentOf(draftOf({ ...preset, quietHours }))).quietHours).toEqual(quietHours)
    }
  })

  test('keeps what the fields do not show: another start, a kind of touch that is new', () => {
    const newer = {
      ...preset,
      start: { kind: 'comet', tail: 7 },
      audience: { ...preset.audience, segments: ['s-1'] },
      touches: [{ id: 'a', do: 'serenade', afterDays: 0, song: 7 }],
      cap: '3',
    }
    const kept = documentOf({ ...draftOf(newer), name: 'Other' })
    expect(kept).toMatchObject({ ...newer, name: 'Other' })
    expect([isKnown(newer), isKnown(preset)]).toEqual([false, true])
  })
})

describe('what is wrong is said of its field', () => {
  test.each([
    [{ name: '  ' }, ['name: name']],
    [{ from: '0' }, ['audience.purchases.from: purchases']],
    [{ from: 'two' }, ['audience.purchases.from: purchases']],
    [{ from: '5', to: '3' }, ['audience.purchases.to: purchasesTo']],
    [{ goneAfterDays: '' }, ['audience.goneAfterDays: days']],
    [{ start: { days: '200' } }, ['start.days: goneBefore']],
    [{ start: { days: '0' } }, ['start.days: whole']],
    [{ startKind: 'segmentEntered', start: { segment: ' ', days: '0' } }, ['start.segment: needed']],
    [
      { startKind: 'nameDay', start: { date: '31-12', names: '', days: '3', when: 'before' } },
      ['start.date: date', 'start.names: needed'],
    ],
    [{ startKind: 'pointsBurn', start: { days: '7', atLeast: 'many' } }, ['start.atLeast: amount']],
    [{ touches: [] }, ['touches: noTouches']],
    [{ averageCheck: '9 hundred' }, ['budget.averageCheck: amount']],
    [{ marginPercent: '140' }, ['budget.marginPercent: percent']],
    [{ controlPercent: '-1' }, ['controlPercent: percent']],
    [{ quiet: 'own', quietFrom: '21:00', quietTo: '21:00' }, ['quietHours: quiet']],
    [{ averageCheck: '100' }, ['touches.0.points: overBudget', 'touches.1.points: overBudget']],
  ] as [Partial<Draft>, string[]][])('%o', (changed, complaints) => {
    expect(codes(changed)).toEqual(complaints)
  })

  test.each([
    [0, { points: '181' }, ['touches.0.points: overBudget']],
    [0, { points: 'many' }, ['touches.0.points: amount']],
    [0, { lifeDays: '0' }, ['touches.0.lifeDays: days']],
    [1, { afterDays: '0' }, ['touches.1.afterDays: laterDays']],
    [1, { ru: ' ' }, ['touches.1.text.ru: text']],
    [1, { en: 'x'.repeat(301) }, ['touches.1.text.en: text']],
  ] as const)('of touch %i: %o', (place, changed, complaints) => {
    const touches = draft.touches.map((touch, index) => (index === place ? { ...touch, ...changed } : touch))
    expect(codes({ touches })).toEqual(complaints)
  })

  test('commas, blanks and a first touch that was moved are no mistakes', () => {
    const touches = [draft.touches[1]!, draft.touches[0]!]
    expect(codes({ averageCheck: '1 900,50', marginPercent: '37,5', touches: [touches[0]!] })).toEqual([])
    expect(documentOf({ ...draft, touches }).touches).toMatchObject([{ id: 'second', afterDays: 0 }, { id: 'first' }])
  })
})

test('[K6] the budget is average check × margin × share: 900 × 40 % × 50 % = 180', () => {
  expect(budgetOf(draft)).toBe(18_000n)
  expect(budgetOf({ ...draft, averageCheck: '' })).toBeNull()
})

test('an empty campaign lacks its name alone; added touches have names of their own', () => {
  const empty = emptyDraft(65, texts)
  expect([...complaintsOf(documentOf({ ...empty, id: 'x' })).keys()]).toEqual(['name'])
  const more = [...empty.touches, newTouch('call', empty.touches, texts)]
  const all = [...more, newTouch('remind', more, texts)]
  const made = campaignDocument.parse(documentOf({ ...empty, id: 'x', name: 'X', touches: all }))
  expect(made.touches.map(({ id, do: kind, afterDays }) => [id, kind, afterDays])).toEqual([
    ['t1', 'gift', 0],
    ['t2', 'call', 28],
    ['t3', 'remind', 28],
  ])
  expect(newTouch('call', [all[2]!, all[0]!], texts).base.id).toBe('t4')
})

test.each([
  ['Две–три покупки', [], 'dve-tri-pokupki'],
  ['Две–три покупки', ['dve-tri-pokupki'], 'dve-tri-pokupki-2'],
  ['x', ['x', 'x-2'], 'x-3'],
  ['★', [], 'campaign'],
  ['Щедрый подарок всем, кто давно у нас не был', [], 'schedryy-podarok-vsem-kto-davno-u'],
])('%s is named so that it can be found in a list', (name, taken, id) => {
  expect(idOf(name, taken)).toBe(id)
  expect(campaignDocument.safeParse({ ...preset, id: idOf(name, taken) }).success).toBe(true)
})

test.each(Object.keys(START_FIELDS))('a chain that begins with %s comes out as it was typed', (startKind) => {
  const filled = { segment: 's-1', names: 'Татьяна, Таня', stamp: 'coffee', checkpoint: 'monthly' }
  const first = Object.entries(START_FIELDS[startKind]!)
  const start = Object.fromEntries(first.map(([key, value]) => [key, value || filled[key as keyof typeof filled]]))
  const document = documentOf({ ...draft, startKind, start })
  expect([...complaintsOf(document)]).toEqual([])
  expect(draftOf(document)).toMatchObject({ startKind, start })
})

test.each(KINDS)('a touch that is added as %s lacks nothing but a coupon of the programme, or a survey', (kind) => {
  const linked = { ru: 'Ответьте: {surveyLink}', en: 'Answer: {surveyLink}' }
  const added = newTouch(kind, draft.touches, kind === 'survey' ? linked : texts)
  const lacks = kind === 'survey' ? 'survey' : kind === 'coupon' || kind === 'product' ? 'coupon' : undefined
  const wrong = codes({ touches: [...draft.touches, added] })
  expect(wrong).toEqual(lacks === undefined ? [] : [`touches.3.${lacks}: needed`])
  expect(codes({ touches: [...draft.touches, { ...added, coupon: 'dessert', survey: 'family' }] })).toEqual([])
})

test('a copy has another name and no id yet', () => {
  expect(copyOf(preset, 'Copy')).toMatchObject({ id: '', name: 'Copy', from: '1', to: '1' })
})

describe('variants', () => {
  const [plain, two] = [withOneMore([]), withOneMore(withOneMore([]))]
  const changed = (change: Partial<DraftVariant['changes'][string]>) =>
    plain.map((each, place) =>
      place === 0 ? each : { ...each, changes: { first: { ...NO_CHANGE, ...change }, second: NO_CHANGE } },
    )

  test('[K90] share the customers equally, and one alone is none', () => {
    const shown = (variants: readonly DraftVariant[]) => variants.map(({ key, share }) => `${key} ${share}`)
    expect(shown(plain)).toEqual(['a 50', 'b 50'])
    expect(shown(two)).toEqual(['a 33.34', 'b 33.33', 'c 33.33'])
    expect(shown(withOneMore(without(two, 'b')))).toEqual(['a 33.34', 'c 33.33', 'b 33.33'])
    expect(without(plain, 'b')).toEqual([])
    expect(campaignDocument.safeParse({ ...documentOf({ ...draft, variants: two }) }).success).toBe(false)
  })

  test('[K91] are complained of at their field', () => {
    expect(codes({ variants: plain })).toEqual(['variants.1: sameVariant'])
    expect(codes({ variants: changed({ points: '181' }) })).toEqual(['variants.1.touches.first.points: overBudget'])
    expect(codes({ variants: changed({ points: 'ten' }) })).toContain('variants.1.touches.first.points: amount')
    expect(codes({ variants: changed({ lifeDays: '0' }) })).toContain('variants.1.touches.first.lifeDays: days')
    const uneven = changed({ lifeDays: '9' }).map((each) => ({ ...each, share: '40' }))
    expect(codes({ variants: uneven })).toEqual(['variants: shares'])
    expect(codes({ variants: changed({ lifeDays: '9' }) })).toEqual([])
  })

  test('change a text in one language and leave the other as it is', () => {
    const { variants } = documentOf({ ...draft, variants: changed({ ru: 'Приходите' }) }) as { variants: object[] }
    expect(variants[1]).toMatchObject({ touches: { first: { text: { ru: 'Приходите', en: draft.touches[0]!.en } } } })
  })
})
