import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '../../..')
const numbers = (text: string, pattern: RegExp) =>
  [...new Set([...text.matchAll(pattern)].map((match) => match[1]!))].sort()

test('every rule of sync is quoted by a test, and no test quotes a rule that is not there', () => {
  const spec = readFileSync(join(root, 'shared/sync/SPEC.md'), 'utf8')
  const tests = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => readFileSync(join(root, 'test', name), 'utf8'))
    .join('\n')
  expect(numbers(tests, /\[(S\d+)[\],]/g)).toEqual(numbers(spec, /\*\*(S\d+)\*\*/g))
  const given = [...spec.matchAll(/^- \*\*(S\d+)\*\*/gm)].map((match) => match[1])
  expect(given.filter((number, place) => given.indexOf(number) !== place)).toEqual([]) // two rules of one number
})
