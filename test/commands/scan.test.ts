import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'bonusbook-scan-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function scan(...args: readonly string[]) {
  const root = join(import.meta.dirname, '..', '..')
  const { status, stdout, stderr } = spawnSync(process.execPath, ['commands/scan.ts', ...args], {
    cwd: root,
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

describe('scan', () => {
  test('says how it is used, and ends with 2 where it is used otherwise', () => {
    expect(scan('--help')).toMatchObject({ status: 0, stdout: expect.stringContaining('FILE.jsonl'), stderr: '' })
    for (const args of [[], ['--nope'], ['a.jsonl', 'b.jsonl']]) {
      expect(scan(...args)).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining('usage:') })
    }
  })

  test('answers a line that is nothing it knows in its place, with what was found and what is allowed', () => {
    const file = join(folder, 'rubbish.jsonl')
    writeFileSync(file, '{"kind":"paint","input":3}\n{"kind":"gtin-check-digit","input":"4006381333931"}\n')
    const { status, stdout } = scan(file)
    expect(status).toBe(2)
    const [rubbish, gtin] = stdout.trim().split('\n')
    expect(JSON.parse(rubbish!).error).toMatch(/^kind: found "paint", allowed .*; input: found 3, allowed a text$/)
    expect(JSON.parse(gtin!)).toEqual({ valid: true })
  })

  test('reads a file that begins with a byte-order mark', () => {
    const file = join(folder, 'marked.jsonl')
    writeFileSync(file, '\uFEFF{"kind":"gtin-check-digit","input":"4006381333931"}\n')
    expect(scan(file)).toEqual({ status: 0, stdout: '{"valid":true}\n', stderr: '' })
  })
})
