import { expect, test } from 'vitest'
import { FAULT_KINDS, type FaultKind } from './faults.ts'
import type { Wanted } from './scene.ts'
import { shrink, testFileOf } from './shrink.ts'
import type { Broken } from './truth.ts'

const DOUBLED: Broken = { invariant: 5, what: 'an entry was booked\ntwice', where: 'till-1/1/1' }
const OTHER: Broken = { invariant: 10, what: 'a till shows something else', where: 'm1' }
const isOn = (wanted: Wanted, kind: FaultKind) => !(wanted.without ?? []).includes(kind)

test('[S64] a failing run loses all that its failure does not need', async () => {
  const smaller: Wanted[] = []
  const found = await shrink(
    { seed: 7, ops: 2_000 },
    async (wanted) => {
      const fails = wanted.ops >= 137 && isOn(wanted, 'answer lost') && isOn(wanted, 'till crash')
      return fails ? DOUBLED : undefined
    },
    ({ wanted }) => smaller.push(wanted),
  )
  expect(found?.wanted).toMatchObject({ seed: 7, ops: 137, thin: 4 })
  expect(FAULT_KINDS.filter((kind) => isOn(found!.wanted, kind))).toEqual(['answer lost', 'till crash'])
  expect(smaller.at(-1)).toEqual(found?.wanted)
})

test('[S64] another broken promise is another failure', async () => {
  const found = await shrink({ seed: 7, ops: 100 }, async ({ ops }) => (ops >= 60 ? DOUBLED : OTHER))
  expect(found).toMatchObject({ broken: DOUBLED, wanted: { ops: 60 } })
})

test('[S64] a run that keeps every promise is no failure', async () => {
  expect(await shrink({ seed: 7, ops: 100 }, async () => undefined)).toBeUndefined()
})

test('[S64] the test that is written names the seed, what is left of it and what broke, on one line', () => {
  const without = FAULT_KINDS.filter((kind) => kind !== 'answer lost')
  const text = testFileOf({ wanted: { seed: 7, ops: 137, thin: 2, without }, broken: DOUBLED })
  expect(text).toContain('/** Invariant 5: an entry was booked twice. */')
  expect(text).toContain('const faults: readonly string[] = ["answer lost"]')
  expect(text).toContain('await simulate({ seed: 7, ops: 137, thin: 2, without })')
})
