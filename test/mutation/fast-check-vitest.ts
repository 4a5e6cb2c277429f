import * as fc from 'fast-check'
import { test as plain } from './vitest.ts'

/** Stands in for `@fast-check/vitest` while mutants are tried; the same seed each time, so that a mutant's fate is one. */
const SEED = 20_261_129

type Property = (...values: never[]) => unknown

function prop(arbitraries: readonly fc.Arbitrary<unknown>[], parameters: fc.Parameters<unknown> = {}) {
  return (name: string, property: Property): void =>
    plain(name, () =>
      fc.assert(
        fc.asyncProperty(fc.tuple(...arbitraries), async (values) => {
          await (property as (...values: unknown[]) => unknown)(...values)
        }),
        { ...parameters, seed: SEED },
      ),
    )
}

export const test = Object.assign(plain, { prop })
export { fc }
