import { expect, test } from 'vitest'
import { epochPace } from '../../../renderer/core/epoch-pace.ts'

test('[S14] two new epochs at once, then each further one after twice the wait, five minutes at most', () => {
  let now = 0
  const pace = epochPace({ monotonic: () => now })
  const waits: number[] = []
  for (let epoch = 0; epoch < 10; epoch++) {
    waits.push(pace.waitMs())
    now += pace.waitMs()
    expect(pace.waitMs()).toBe(0)
    pace.began()
  }
  expect(waits.map((ms) => ms / 1_000)).toEqual([0, 0, 5, 10, 20, 40, 80, 160, 300, 300])
})

test('[S14] after an hour without one the next comes at once again', () => {
  let now = 0
  const pace = epochPace({ monotonic: () => now })
  for (let epoch = 0; epoch < 4; epoch++) pace.began()
  expect(pace.waitMs()).toBe(20_000)
  now += 3_600_000
  pace.began()
  expect(pace.waitMs()).toBe(0)
})
