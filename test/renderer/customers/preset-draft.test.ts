import { describe, expect, test } from 'vitest'
import {
  draftOf,
  fieldsOf,
  sameSettings,
  settingsFrom,
  usualOf,
} from '../../../renderer/manager/customers/preset-draft.ts'
import { FAMILIES, FAMILY_SETTINGS } from '../../../shared/segments/families.ts'

describe('the numbers of a preset', () => {
  test.each(FAMILIES)('of %s come back as they were shown, and every one has a field', (family) => {
    const usual = usualOf(family)
    expect(settingsFrom(family, draftOf(usual))).toEqual({ ok: true, settings: usual })
    expect([...fieldsOf(family)].sort()).toEqual(Object.keys(FAMILY_SETTINGS[family].shape).sort())
  })

  test('are read as people write them', () => {
    const cafe = settingsFrom('cafe', { ...draftOf(usualOf('cafe')), vipCheck: ' 1 399,5 ', lostDays: ' 45' })
    expect(cafe).toMatchObject({ ok: true, settings: { vipCheck: '1399.5', lostDays: 45 } })
    const cards = settingsFrom('purchases', { fewMax: '5', vipCardTypes: 'vip; gold ;' })
    expect(cards).toEqual({ ok: true, settings: { fewMax: 5, vipCardTypes: ['vip', 'gold'] } })
  })

  test.each([
    ['activity', 'activeDays', 'sixty', { kind: 'whole', found: 'sixty' }],
    ['activity', 'activeDays', '', { kind: 'whole', found: '' }],
    ['activity', 'returnGapDays', '0', { kind: 'least', found: '0', limit: 1 }],
    ['activity', 'churnDays', '99999', { kind: 'most', found: '99999', limit: 36_500 }],
    ['cafe', 'vipCheck', 'much', { kind: 'money', found: 'much' }],
    ['cafe', 'vipPurchases', '2.5', { kind: 'whole', found: '2.5' }],
    ['purchases', 'fewMax', '1', { kind: 'least', found: '1', limit: 2 }],
    ['purchases', 'vipCardTypes', 'x'.repeat(65), { kind: 'list', found: 'x'.repeat(65) }],
  ] as const)('of %s say what is wrong with %s = "%s" beside the field', (family, name, text, problem) => {
    const read = settingsFrom(family, { ...draftOf(usualOf(family)), [name]: text })
    expect(read.ok).toBe(false)
    expect(read.ok ? [] : [...read.problems]).toEqual([[name, problem]])
  })

  test('that are out of order are complained of as a whole', () => {
    const read = settingsFrom('activity', { ...draftOf(usualOf('activity')), preChurnDays: '60' })
    expect(read.ok ? [] : [...read.problems.keys()]).toEqual(['all'])
  })

  test('are told apart by their values alone', () => {
    expect(sameSettings(usualOf('cafe'), { ...usualOf('cafe') })).toBe(true)
    expect(sameSettings(usualOf('cafe'), { ...usualOf('cafe'), lostDays: 41 })).toBe(false)
  })
})
