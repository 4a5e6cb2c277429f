import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const SHARED = join(import.meta.dirname, '../../shared')

/** Where amounts are made: nothing here may pass through floating point. */
const EXACT = ['money.ts', 'rational.ts', 'quote', 'programme', 'programme/describe']
const FLOATING =
  /\bparseFloat\b|\bMath\.(?:round|floor|ceil|trunc)\b|\.toFixed\b|\bNumber\(|\bparseInt\b|\d\.\d+(?![.\d"'`])/

/** Numbers that count things and are no amounts, each with the reason why it may stand. */
const COUNTS: readonly (readonly [file: string, code: string])[] = [
  ['quote/share-out.ts', 'Number(left)'], // how many lines get one unit more
  ['quote/spoken.ts', 'Number(hundredths / 100n)'], // which form of a word, not how much
  ['quote/matching.ts', 'Math.floor(occasion.minute / 60)'], // the hour of a list
  ['programme/compile.ts', 'Math.floor(from / 60)'],
  ['programme/compile.ts', 'Math.ceil(end / 60)'],
  ['programme/tests.ts', "Number(date.replace('-', ''))"], // a day of the year
]

function sources(path: string): string[] {
  if (path.endsWith('.ts')) return [path]
  return readdirSync(join(SHARED, path)).flatMap((name) => (name.endsWith('.ts') ? [`${path}/${name}`] : []))
}

describe('no floating point touches an amount', () => {
  test.each(EXACT.flatMap(sources))('in %s', (file) => {
    const lines = readFileSync(join(SHARED, file), 'utf8').split('\n')
    const floating = lines.filter((line) => {
      const code = line.replace(/\/\/.*|^\s*\*.*|\/\*.*|(['"`]).*?\1/g, (text) => (/^['"`]/.test(text) ? "''" : ''))
      const counted = COUNTS.some(([where, what]) => where === file && line.includes(what))
      return FLOATING.test(code) && !counted
    })
    expect(floating).toEqual([])
  })
})
