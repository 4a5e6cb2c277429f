import { globSync } from 'node:fs'

/** Read the source as text, look at a watch, or test what is not mutated. */
const LEFT_OUT = [
  'test/shared/floating.test.ts',
  'test/shared/quote/speed.test.ts',
  'test/shared/ledger/spec.test.ts',
  'test/shared/{campaigns,identification,lan,pos-api,segments,surveys,sync}/**',
]

/**
 * The suites that mutants are tried with: `MUTATION_SUITES` names others, as globs with spaces between them. Properties
 * come last, because most mutants do not live to see them.
 */
export function suites(): string[] {
  const wanted = process.env.MUTATION_SUITES?.split(' ') ?? ['test/shared/**/*.test.ts']
  const found = globSync(wanted, { exclude: LEFT_OUT }).sort()
  const isProperty = (path: string) => path.endsWith('.property.test.ts') || path.includes('/intake/')
  return [...found.filter((path) => !isProperty(path)), ...found.filter(isProperty)]
}
