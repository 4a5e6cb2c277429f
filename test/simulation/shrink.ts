import { FAULT_KINDS } from './faults.ts'
import type { Wanted } from './scene.ts'
import type { Broken } from './truth.ts'

/** A run that breaks a promise, and the first promise that it breaks. */
export interface Failure {
  readonly wanted: Wanted
  readonly broken: Broken
}

export type FirstBroken = (wanted: Wanted) => Promise<Broken | undefined>

const SMALLEST_OPS = 1
const THINNEST = 4

/**
 * Makes a failing run smaller as long as it breaks the same promise: fewer operations, fewer kinds of faults, fewer tills
 * and customers, again and again until nothing more can go. Undefined where the run keeps every promise.
 */
export async function shrink(
  wanted: Wanted,
  firstBroken: FirstBroken,
  told: (failure: Failure) => void = () => undefined,
): Promise<Failure | undefined> {
  const broken = await firstBroken(wanted)
  if (broken === undefined) return undefined
  let smallest: Failure = { wanted, broken }
  for (let before: Failure | undefined; before !== smallest; ) {
    before = smallest
    for (const smaller of [fewerOps, fewerFaults, fewerPeople]) {
      smallest = await smaller(smallest, async (less) => {
        const again = await firstBroken(less)
        if (again?.invariant !== broken.invariant) return undefined
        const failure = { wanted: less, broken: again }
        told(failure)
        return failure
      })
    }
  }
  return smallest
}

/** The same failure with less, or undefined where it keeps the promise or breaks another. */
type Try = (less: Wanted) => Promise<Failure | undefined>

/** Takes away as much as it can at once, and half as much each time that this was too much. */
async function fewerOps(failure: Failure, attempt: Try): Promise<Failure> {
  let smallest = failure
  let less = Math.floor(failure.wanted.ops / 2)
  while (less >= SMALLEST_OPS) {
    const found = await attempt({ ...smallest.wanted, ops: smallest.wanted.ops - less })
    if (found === undefined) less = Math.floor(less / 2)
    else {
      smallest = found
      less = Math.min(less, Math.floor(smallest.wanted.ops / 2))
    }
  }
  return smallest
}

async function fewerFaults(failure: Failure, attempt: Try): Promise<Failure> {
  let smallest = failure
  for (const kind of FAULT_KINDS) {
    const without = smallest.wanted.without ?? []
    if (without.includes(kind)) continue
    smallest = (await attempt({ ...smallest.wanted, without: [...without, kind] })) ?? smallest
  }
  return smallest
}

async function fewerPeople(failure: Failure, attempt: Try): Promise<Failure> {
  let smallest = failure
  for (let thin = (failure.wanted.thin ?? 1) + 1; thin <= THINNEST; thin++) {
    smallest = (await attempt({ ...smallest.wanted, thin })) ?? smallest
  }
  return smallest
}

/** The text of a test file that fails until the mistake is gone, and stays to keep it away. */
export function testFileOf({ wanted, broken }: Failure): string {
  const { seed, ops, thin = 1, without = [], neighbours, rough } = wanted
  const lan = neighbours === undefined ? '' : `, neighbours: ${neighbours}`
  const about = rough === undefined ? '' : `, rough: ${rough === null ? 'null' : `'${rough}'`}`
  const faults = FAULT_KINDS.filter((kind) => !without.includes(kind))
  return `import { expect, test } from 'vitest'
import { FAULT_KINDS } from '../faults.ts'
import { simulate } from '../world.ts'

/** Invariant ${broken.invariant}: ${oneLine(broken.what)}. */
test('[S64] seed ${seed} keeps every promise with ${ops} operations', async () => {
  const faults: readonly string[] = ${JSON.stringify(faults)}
  const without = FAULT_KINDS.filter((kind) => !faults.includes(kind))
  const { broken } = await simulate({ seed: ${seed}, ops: ${ops}, thin: ${thin}, without${lan}${about} })
  expect(broken).toEqual([])
})
`
}

const oneLine = (text: string) => text.replace(/\s+/g, ' ').replaceAll('*/', '* /')
