import { deflateSync, strToU8 } from 'fflate'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { statesAtEase } from '../../../renderer/core/states-at-ease.ts'
import { unpackedText } from '../../../renderer/core/unpack.ts'
import type { CoreEvent, TillState } from '../../../shared/core-api.ts'

/** What keeps a till quick when many registers ask at once. */

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const state = (unsent: number): CoreEvent => ({ type: 'state', state: { link: { unsent } } as TillState })

test('the first state goes at once, of those right behind it the last; everything else passes untouched', async () => {
  const passed: CoreEvent[] = []
  const emit = statesAtEase((event) => passed.push(event))
  const scan: CoreEvent = { type: 'scan', code: '1', source: 'hid' }
  emit(state(1))
  emit(state(2))
  emit(scan)
  emit(state(3))
  expect(passed).toEqual([state(1), scan])
  await vi.advanceTimersByTimeAsync(50)
  expect(passed).toEqual([state(1), scan, state(3)])
  await vi.advanceTimersByTimeAsync(1000)
  emit(state(4))
  expect(passed.at(-1)).toEqual(state(4))
  expect(passed).toHaveLength(4)
})

test('a page is unpacked right whatever its size, also when the next one is smaller', () => {
  const text = (length: number) =>
    Array.from({ length }, (_, i) => String.fromCharCode(1040 + ((i * 31) % 64))).join('')
  for (const length of [10, 700_000, 0, 262_144, 3, 1_200_000]) {
    for (const level of [0, 6] as const) {
      const packed = deflateSync(strToU8(text(length)), { level })
      expect(unpackedText(packed) === text(length), `${length} at level ${level}`).toBe(true)
    }
  }
})
