import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const here = new URL('.', import.meta.url)
const numbers = (text: string, pattern: RegExp) =>
  [...new Set([...text.matchAll(pattern)].map((match) => match[1]!))].sort()

test('every rule of the analysis is quoted by a test, and no test quotes a rule that is not there', () => {
  const spec = readFileSync(new URL('../../../../shared/segments/analysis/SPEC.md', here), 'utf8')
  const tests = readdirSync(here)
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => readFileSync(new URL(name, here), 'utf8'))
    .join('\n')
  expect(numbers(tests, /[[ ](A\d+)[\],]/g)).toEqual(numbers(spec, /\*\*(A\d+)\*\*/g))
})
