import { chai, JestAsymmetricMatchers, JestChaiExpect, JestExtend } from '@vitest/expect'
import { group, register } from './registry.ts'

/**
 * Stands in for `vitest` while mutants are tried: the part of it that the suites of test/shared use, with Vitest's own
 * matchers. It only registers tests; runner.ts runs them.
 */
chai.use(JestExtend)
chai.use(JestChaiExpect)
chai.use(JestAsymmetricMatchers)

type Body = (...args: never[]) => unknown
type Named = (name: string, body: Body) => void

export const expect = chai.expect

export const test = Object.assign((name: string, body: Body) => register(name, body as () => unknown), {
  each: eachBy(register),
})
export const describe = Object.assign(group, { each: eachBy(group) })

/** A row that is a list is spread over the arguments, as in Vitest; the row's number keeps the names apart. */
function eachBy(make: (name: string, body: () => void) => void): (rows: readonly unknown[]) => Named {
  return (rows) => (name, body) => {
    for (const [index, row] of rows.entries()) {
      const args = (Array.isArray(row) ? row : [row]) as never[]
      make(`${name} [${index}]`, () => body(...args))
    }
  }
}
