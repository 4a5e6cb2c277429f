import { expect, test } from 'vitest'
import { PRESET_SEGMENTS, segmentName } from '../../../renderer/words/segment-names.ts'

test('every segment of the presets has a name at the counter in both languages, and the owner’s name comes first', () => {
  for (const language of ['ru', 'en'])
    for (const id of PRESET_SEGMENTS) expect(segmentName(id, undefined, language)).not.toBe(id)
  expect(segmentName('s-1', { 's-1': 'Regulars' }, 'ru')).toBe('Regulars')
  expect(segmentName('s-1', {}, 'en')).toBe('s-1')
})
