import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { programmeJson, requestJson } from '../shared/quote/cases.ts'

const folder = mkdtempSync(join(tmpdir(), 'bonusbook-commands-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let files = 0
function file(content: unknown): string {
  const path = join(folder, `${files++}.json`)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

function run(command: string, ...args: string[]) {
  const script = join(import.meta.dirname, `../../commands/${command}.ts`)
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' })
  return { status, stdout, stderr }
}

const worked = (more = {}) => ({ name: 'a case', programme: programmeJson(), ...requestJson(), expect: {}, ...more })

describe('quote FILE', () => {
  test('a case gives a quote with its why', () => {
    const { status, stdout } = run('quote', file(worked()))
    const { why, ...quote } = JSON.parse(stdout)
    expect(status).toBe(0)
    expect(quote).toEqual({
      earn: '10.00',
      redeemable: '1000.00',
      redeem: '0.00',
      discount: '0.00',
      lines: [{ id: '1', earn: '10.00', limit: '1000.00', discount: '0.00' }],
    })
    expect(why.lines).toHaveLength(1)
  })

  test('an array gives an array, refusals among the quotes', () => {
    const { status, stdout } = run('quote', file([worked(), worked({ redeem: '1000.01' }), worked({ redeem: '1.00' })]))
    const answers = JSON.parse(stdout)
    expect(status).toBe(0)
    expect(answers).toHaveLength(3)
    expect(answers[1]).toEqual({ error: 'redeem_exceeds_limit' })
    expect(answers[2].earn).toBe('9.99')
  })

  test('no cases, no quotes', () => {
    expect(run('quote', file([]))).toMatchObject({ status: 0, stdout: '[]\n' })
  })

  test('a bad document is refused with path, what was found and what is allowed', () => {
    const { status, stdout, stderr } = run(
      'quote',
      file([worked(), worked({ programme: { ...programmeJson(), currency: 'rub' } })]),
    )
    expect(status).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toBe('[1].programme.currency: found "rub"; a currency code such as "RUB" is allowed\n')
  })

  test.each([
    ['no file named', []],
    ['a file that is not there', ['/nowhere/at/all.json']],
    ['no JSON', [file('{"programme":')]],
    ['JSON that is no case', [file('42')]],
  ])('%s', (_what, args) => {
    const { status, stdout, stderr } = run('quote', ...args)
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).not.toBe('')
    expect(stderr).not.toContain('    at ')
  })
})

describe('programme', () => {
  test('check: no errors, warnings in words, exit 0', () => {
    const rules = { goods: [{ id: 'g', when: { skus: ['x'] } }] }
    const { status, stdout } = run('programme', 'check', file(programmeJson({ rules })))
    expect(status).toBe(0)
    expect(stdout).toContain('warning: rules.goods[0]: rule "g" neither earns nor limits anything')
  })

  test('check: errors in words, exit 2', () => {
    const { status, stderr } = run('programme', 'check', file(programmeJson({ accrual: { basePercent: 'one' } })))
    expect(status).toBe(2)
    expect(stderr).toBe(
      'error: accrual.basePercent: found "one"; a percent from "0" to "100" such as "5" or "1.5" is allowed\n',
    )
  })

  test('explain: in Russian', () => {
    const { status, stdout } = run('programme', 'explain', file(programmeJson()), '--lang', 'ru')
    expect(status).toBe(0)
    expect(stdout).toContain('Начисляется 1 % от оплаченного деньгами')
  })

  test('simulate: one programme against another on past receipts; bad rows are told and left out', () => {
    const history = file(
      [
        'receipt_id,member_id,outlet,at,sku,name,category,qty,amount,cost,redeemed,earned',
        'r1,m1,A,2026-11-18T12:00:00+03:00,a,A,x,1,600.00,,0,6',
        'r1,m1,A,2026-11-18T12:00:00+03:00,b,B,x,2,400.00,,0,4',
        'r2,,A,2026-11-18T13:00:00+03:00,a,A,x,1,100.00,,,',
        'r3,m1,A,yesterday,a,A,x,1,100.00,,,',
      ].join('\n'),
    )
    const better = file(programmeJson({ accrual: { basePercent: '2' } }))
    const { status, stdout, stderr } = run(
      'programme',
      'simulate',
      file(programmeJson()),
      '--history',
      history,
      '--against',
      better,
    )
    expect(status).toBe(0)
    expect(stdout).toContain('receipts 2, with a member 1, paid with money 1100.00')
    expect(stdout).toContain('Under the second, 1 receipts earn more, 0 less and 1 the same: 10.00 points in all.')
    expect(stderr).toContain('row 5: at: found "yesterday"')
  })

  test.each([[['simulate', 'x.json']], [['check']], [['paint', 'x.json']]])(
    '%j is answered with how to use it',
    (args) => {
      const { status, stderr } = run('programme', ...args)
      expect(status).toBe(2)
      expect(stderr).toContain('usage: programme check FILE')
    },
  )
})
