import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
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

describe('programme check FILE', () => {
  test('a name that is said twice is told, and so is rubbish that is nested without end', () => {
    const text = JSON.stringify(programmeJson()).replace('"accrual":', '"accrual":{"basePercent":"7"},"accrual":')
    const { status, stderr } = run('programme', 'check', file(text))
    expect([status, stderr.trim()]).toEqual([
      2,
      'error: accrual: found it a second time; each name once in an object is allowed',
    ])
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`
    for (const [command, content] of [
      ['programme', deep],
      ['quote', `{"programme":${deep}}`],
    ] as const) {
      const refused = run(command, ...(command === 'quote' ? [] : ['check']), file(content))
      expect([command, refused.status]).toEqual([command, 2])
      expect(refused.stderr).toContain('something nested too deeply to be shown')
    }
  })
})

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

  test('--help says how it is called; a second file and an option that nobody knows are refused', () => {
    expect(run('quote', '--help')).toMatchObject({ status: 0, stderr: '' })
    expect(run('quote', '--help').stdout).toMatch(/^usage: npm run -s quote/)
    expect(run('quote', file(worked()), file(worked()))).toMatchObject({ status: 2, stdout: '' })
    expect(run('quote', '--langue', 'ru')).toMatchObject({ status: 2, stderr: expect.stringContaining('--langue') })
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

describe('a reader that stops early', () => {
  const command = (name: string) => join(import.meta.dirname, `../../commands/${name}.ts`)
  const goods = Array.from({ length: 20_000 }, (_, i) => ({
    id: `g${i}`,
    when: { skus: [`s${i}`] },
    accrual: { none: true },
  }))

  test.each([
    ['programme', ['explain', file(programmeJson({ rules: { goods } }))]],
    ['quote', [file(Array.from({ length: 2000 }, () => worked()))]],
  ])('%s ends quietly', (name, args) => {
    const shell = 'node="$1"; shift; "$node" "$@" | head -n 1'
    const { status, stdout, stderr } = spawnSync('sh', ['-c', shell, 'sh', process.execPath, command(name), ...args], {
      encoding: 'utf8',
    })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout.split('\n')).toHaveLength(2)
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
    expect(stdout).toContain('receipts 2, with a member 1 (members 1), paid with money 1100.00')
    expect(stdout).toContain('Under the second, 1 receipts earn more, 0 less and 1 the same: 10.00 points in all.')
    expect(stderr).toContain('line 5: at: found "yesterday"')
  })

  const HEADER = 'receipt_id,member_id,outlet,at,sku,name,category,qty,amount,cost,redeemed,earned'
  const AT = '2026-11-18T12:00:00+03:00'

  test('simulate: every bad row is told by its line and its reason, and its receipt is left out whole', () => {
    const rows = [
      `r1,m1,A,${AT},a,A,x,1,100.00,,,`,
      `r2,m1,A,${AT},a,A,x,1,100.00,,,`,
      `r2,m1,A,${AT},b,B,x,1,-5,,,`,
      `r3,m1,A,${AT},a,A,x,1.2345,100.00,,,`,
      `r4,m1,A,${AT},a,A,x,1,100.00,,ten,`,
      `r5,m1,A,${AT},a,A,x,1,100.00,,,1.234`,
      `r6,m1,A,${AT},a,A,x,1,100.00,1.005,,`,
      `r7,m1,A,${AT},a,A,x,1,100.00,,,`,
      `r7,m2,A,${AT},a,A,x,1,100.00,,,`,
      `,m1,A,${AT},a,A,x,1,100.00,,,`,
      'r9,m1,A',
      `r10,m1,A,${AT},a,5" pipe,x,1,100.00,,`,
      `r11,m1,A,${AT},a,"A, two
lines",x,,50.00,,,`,
      `r12,m1,A,${AT},a,A,x,1,,,,`,
      `r13,m1,A,${AT},a,"a quote that nobody closes,x,1,,,,`,
    ]
    const path = file([HEADER, ...rows].join('\n'))
    const { status, stdout, stderr } = run('programme', 'simulate', file(programmeJson()), '--history', path)
    expect(status).toBe(0)
    expect(stdout).toContain('receipts 3, with a member 3 (members 1), paid with money 250.00')
    for (const line of [
      'line 4: amount: found "-5"',
      'line 5: qty: found "1.2345"',
      'line 6: redeemed: found "ten"',
      'line 7: earned: found "1.234"',
      'line 8: cost: found "1.005"',
      'line 10: member_id: found "m2"; "m1", as in the first row of this receipt, is allowed',
      'line 11: id: ',
      'line 12: at: found nothing',
      'line 16: amount: found ""',
      'line 17: no CSV (Quote Not Closed',
    ]) {
      expect(stderr).toContain(line)
    }
  })

  test('simulate: a gzipped history, another type of card, and what members are taken for', () => {
    const path = join(folder, 'history.csv.gz')
    writeFileSync(path, gzipSync([HEADER, `r1,m1,A,${AT},a,A,x,1,100.00,,,`].join('\n')))
    const rules = { client: [{ id: 'silver', when: { cardTypes: ['silver'] }, accrual: { percent: '5' } }] }
    const programme = file(programmeJson({ rules }))
    const one = run('programme', 'simulate', programme, '--history', path)
    expect(one.stdout).toContain('earned 1.00 points')
    expect(one.stdout).toContain('card of type standard, without tier, segments, birthday or terms')
    expect(one.stdout).toContain('rules that therefore had no say (1): silver')
    const two = run('programme', 'simulate', programme, '--history', path, '--card-type', 'silver')
    expect(two.stdout).toContain('earned 5.00 points')
    expect(two.stdout).toContain('rules by the lines they won: silver 1')
  })

  test.each([
    ['a history that is not there', '/nowhere/at/all.csv', 'cannot be read (ENOENT)'],
    ['one that is not gzipped though it says so', 'plain.csv.gz', 'cannot be read'],
    ['other columns', 'other.csv', 'line 1: the columns receipt_id, member_id'],
    ['nothing', 'empty.csv', 'no receipt could be read'],
  ])('simulate: %s', (_what, name, says) => {
    const path = name.startsWith('/') ? name : join(folder, name)
    if (!name.startsWith('/')) writeFileSync(path, name === 'empty.csv' ? '' : 'a,b\n1,2\n')
    const { status, stdout, stderr } = run('programme', 'simulate', file(programmeJson()), '--history', path)
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).toContain(says)
    expect(stderr).not.toContain('    at ')
  })

  test.each([
    [['simulate', 'x.json']],
    [['check']],
    [['paint', 'x.json']],
    [['check', 'x.json', '--genrous', '30']],
    [['explain', 'x.json', '--history', 'y.csv']],
    [['check', 'x.json', 'y.json']],
  ])('%j is answered with how to use it', (args) => {
    const { status, stderr } = run('programme', ...args)
    expect(status).toBe(2)
    expect(stderr).toContain('usage: programme check FILE')
  })
})
