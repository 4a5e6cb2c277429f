import { expect, test } from 'vitest'
import { crash, isClean } from '../crash/rig.ts'

/** The small count of `npm run crash`: the large one and its figures are in docs/crash.md. */

test('[S34] service and database killed while registers sell: nothing lost, nothing twice, nothing stuck', async () => {
  const result = await crash({ what: 'cloud', kills: 3 })
  expect(result).toMatchObject({ lost: 0, doubled: 0, stuck: 0, differ: 0, unbalanced: 0, quarantined: 0 })
  expect(isClean(result)).toBe(true)
  expect(result.told).toBeGreaterThan(10)
}, 400_000)

test('[S34] main process, browser and pages of the till killed: nothing lost, nothing twice, nothing stuck', async () => {
  const result = await crash({ what: 'till', kills: 5 })
  expect(result).toMatchObject({ lost: 0, doubled: 0, stuck: 0, differ: 0, unbalanced: 0, quarantined: 0 })
  expect(isClean(result)).toBe(true)
  expect(result.told).toBeGreaterThan(5)
}, 400_000)
