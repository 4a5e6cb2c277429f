import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { noteOwner, removeAbandoned } from '../../cloud/database/abandoned.ts'

test('only a database whose temporary data folder is gone is removed', async () => {
  const system = mkdtempSync(join(tmpdir(), 'bonusbook-system-'))
  const owners = {
    a: join(tmpdir(), 'gone', 'cloud'),
    b: '/home/somebody/gone',
    c: tmpdir(),
    d: system,
    e: undefined,
  }
  const homeOf = (letter: string) => join(system, `postgres-${letter.repeat(12)}`)
  for (const [letter, owner] of Object.entries(owners)) {
    mkdirSync(join(homeOf(letter), 'data'), { recursive: true })
    if (owner !== undefined) await noteOwner(homeOf(letter), owner)
  }
  await removeAbandoned(system)
  expect(Object.keys(owners).filter((letter) => existsSync(homeOf(letter)))).toEqual(['b', 'c', 'd', 'e'])
  await removeAbandoned(join(system, 'nowhere'))
  rmSync(system, { recursive: true })
})
