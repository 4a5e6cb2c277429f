import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { PLANTED } from './simulation/planted.ts'

describe('mistakes planted for the simulation to find', () => {
  test('there are enough of them, each with a name of its own', () => {
    expect(PLANTED.length).toBeGreaterThanOrEqual(30)
    expect(new Set(PLANTED.map(({ name }) => name)).size).toBe(PLANTED.length)
  })

  test.each(PLANTED)('$name: its line is where it was, once', ({ file, line, instead }) => {
    const text = readFileSync(join(import.meta.dirname, '..', file), 'utf8')
    expect(text.split(line).length - 1).toBe(1)
    expect(instead).not.toBe(line)
  })
})
