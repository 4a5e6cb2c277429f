import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { rights as command } from '../../commands/rights/command.ts'
import { formatDay } from '../../shared/calendar.ts'
import { formatHundredths } from '../../shared/money.ts'
import { drawnVisits } from './visits.ts'

const folder = mkdtempSync(join(tmpdir(), 'bonusbook-rights-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function file(name: string, content: string): string {
  const path = join(folder, name)
  writeFileSync(path, name.endsWith('.gz') ? gzipSync(content) : content)
  return path
}

async function rights(...args: string[]) {
  const said: string[] = []
  const complained: string[] = []
  const status = await command(args, { say: (text) => said.push(text), complain: (text) => complained.push(text) })
  return { status, stdout: said.join('\n'), stderr: complained.join('\n') }
}

const visits = drawnVisits({ members: 80, days: 80, shops: ['A', 'B', 'C', 'D'] })
const clock = (at: number) => new Date(at).toISOString().slice(11, 19)

const OURS = 'receipt_id,member_id,outlet,at,sku,name,category,qty,amount'
const THEIRS = '"household_id","store_id","basket_id","product_id","quantity","sales_value","transaction_timestamp"'
/** Every receipt in two lines, as files have them. */
const ourRows = visits.flatMap(({ receipt, member, outlet, at, day, amount }) =>
  [amount - 200n, 200n].map(
    (part, i) =>
      `${receipt},${member},${outlet},${formatDay(day)}T${clock(at)}Z,s${i},Bread,food,1,${formatHundredths(part)}`,
  ),
)
const theirRows = visits.flatMap(({ receipt, member, outlet, at, day, amount }) =>
  [amount - 200n, 200n].map(
    (part) => `"${member}","${outlet}","${receipt}","p",1,${Number(part) / 100},"${formatDay(day)}T${clock(at)}-00:00"`,
  ),
)
const ours = file('ours.csv', [OURS, ...ourRows].join('\n'))
const theirs = file('theirs.csv.gz', [THEIRS, ...theirRows].join('\n'))
const usual = ['--offline', '0.1', '--tills', '2', '--seed', '3', '--json']

const first = await rights('--visits', ours, ...usual)

describe('rights --json', () => {
  test('says what was asked for offline, what was served of it, what was blocked online and what was lost', async () => {
    expect(first).toMatchObject({ status: 0, stderr: '' })
    const answer = JSON.parse(first.stdout)
    expect(Object.keys(answer)).toEqual(['attempts', 'served', 'onlineBlocked', 'riskLoss'])
    expect(Object.keys(answer.served)).toEqual(['rights', 'rightsAndRisk'])
    expect(answer.attempts).toBeGreaterThan(150)
    expect(answer.served.rights).toBeGreaterThan(0.6)
    expect(answer.served.rightsAndRisk).toBeGreaterThan(answer.served.rights)
    expect(answer.served.rightsAndRisk).toBeLessThanOrEqual(1)
    expect(answer.onlineBlocked).toBeGreaterThan(0)
    expect(answer.onlineBlocked).toBeLessThan(0.1)
    expect(answer.riskLoss).toMatch(/^\d+\.\d\d$/)
  })

  test('the same seed gives the same answer, another seed another', async () => {
    expect(await rights('--visits', ours, ...usual)).toEqual(first)
    const other = await rights('--visits', ours, ...usual, '--seed', '4')
    expect(other.status).toBe(0)
    expect(other.stdout).not.toBe(first.stdout)
  })

  test('other names of columns, gzipped, and rows in another order give the same answer', async () => {
    expect(await rights('--visits', theirs, ...usual)).toEqual(first)
    const backwards = file('backwards.csv', [OURS, ...[...ourRows].reverse()].join('\n'))
    expect(await rights('--visits', backwards, ...usual)).toEqual(first)
  })

  test('with real amounts nothing is drawn but the outages', async () => {
    const real = await rights('--visits', ours, ...usual, '--amounts', 'real')
    expect(real.status).toBe(0)
    expect(real.stdout).not.toBe(first.stdout)
  })

  test('tills that stand alone serve less', async () => {
    const alone = JSON.parse((await rights('--visits', ours, ...usual, '--alone')).stdout)
    const together = JSON.parse(first.stdout)
    expect(alone.attempts).toBeGreaterThan(150)
    expect(alone.served.rights).toBeLessThan(together.served.rights - 0.2)
  })

  test('without outages nothing is asked for, and a share of nothing is null', async () => {
    const { stdout } = await rights('--visits', ours, '--offline', '0', '--json')
    expect(JSON.parse(stdout)).toEqual({
      attempts: 0,
      served: { rights: null, rightsAndRisk: null },
      onlineBlocked: 0,
      riskLoss: '0.00',
    })
  })
})

test('the command itself says the same, and exits with 2 where it cannot', () => {
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [join(import.meta.dirname, '../../commands/rights.ts'), ...args], { encoding: 'utf8' })
  expect(run('--visits', ours, ...usual)).toMatchObject({ status: 0, stdout: `${first.stdout}\n` })
  expect(run()).toMatchObject({ status: 2, stdout: '' })
})

describe('rights for people', () => {
  test('a table and sentences', async () => {
    const { status, stdout } = await rights('--visits', ours, '--offline', '0.1', '--tills', '2')
    expect(status).toBe(0)
    expect(stdout).toContain(`${ourRows.length} rows, ${visits.length} receipts of 80 members in 4 shops`)
    expect(stdout).toContain('10 % of the days of each shop without a network, 2 tills a shop that pass rights on')
    expect(stdout).toMatch(/asked for without a network +\d+ +\d+\n +served in full +[\d.]+ % +[\d.]+ %/)
    expect(stdout).toContain('rights serve')
  })

  test('--compare tells other allotments on the same days', async () => {
    const { status, stdout } = await rights('--visits', ours, '--offline', '0.1', '--compare')
    expect(status).toBe(0)
    const served = (name: string) => Number(new RegExp(`^${name} +([\\d.]+) %`, 'm').exec(stdout)?.[1])
    expect(served('as it is')).toBeGreaterThan(60)
    expect(served('evenly over three shops')).toBeLessThan(served('as it is') - 10)
  })

  test('--help says how to use it', async () => {
    const { status, stdout } = await rights('--help')
    expect(status).toBe(0)
    expect(stdout).toContain('usage: rights --visits FILE.csv[.gz]')
    expect(stdout).toContain('onlineBlocked')
  })
})

describe('what cannot be used', () => {
  test('bad rows are told by line and reason, and their receipts left out whole', async () => {
    const at = '2026-11-18T12:00:00+03:00'
    const path = file(
      'bad.csv',
      [
        'receipt_id,member_id,outlet,at,amount',
        `r1,m1,A,${at},10.00`,
        `r2,m1,A,yesterday,10.00`,
        `r3,m1,A,${at},-5`,
        `r4,m1,A,${at},ten`,
        `r5,m1,,${at},10.00`,
        `r6,m1,A,${at},10.00`,
        `r6,m2,A,${at},10.00`,
        `r7,,A,${at},10.00`,
        'r8,m1,A',
        `r9,m1,A,${at},1e1`,
      ].join('\n'),
    )
    const { status, stdout, stderr } = await rights('--visits', path)
    expect(status).toBe(0)
    expect(stdout).toContain('10 rows, 1 receipts of 1 members in 1 shops')
    expect(stdout).toContain('receipts of nobody 1, rows that cannot be used 7')
    for (const sentence of [
      'line 3: at: found "yesterday"; an instant with its offset',
      'line 4: amount: found "-5"; an amount of 0 or more such as "99.90" is allowed',
      'line 5: amount: found "ten"',
      'line 6: outlet: found ""; an id is allowed',
      'line 8: member_id: found "m2"; "m1", as in the first row of this receipt, is allowed',
      'line 10: at: found nothing',
      'line 11: amount: found "1e1"',
    ]) {
      expect(stderr).toContain(`${path}: ${sentence}`)
    }
  })

  test("a retail export's dust counts as nothing", async () => {
    const row = (id: number, value: string) => `h,A,${id},${value},2017-01-0${id}T12:00:00-05:00`
    const header = 'household_id,store_id,basket_id,sales_value,transaction_timestamp'
    const path = file('dust.csv', [header, row(1, '4.440892e-16'), row(2, '1.5'), row(3, '1.505')].join('\n'))
    expect(await rights('--visits', path)).toMatchObject({ status: 0, stderr: '' })
  })

  const empty = file('empty.csv', '')
  const onlyHeader = file('header.csv', OURS)
  const otherColumns = file('other.csv', 'a,b\n1,2\n')
  const notGzipped = join(folder, 'plain.csv.gz')
  writeFileSync(notGzipped, OURS)

  test.each([
    ['no file named', ['--json'], 'usage: rights'],
    ['a file that is not there', ['--visits', '/nowhere/at/all.csv'], 'cannot be read (ENOENT)'],
    ['a folder', ['--visits', folder], 'cannot be read (EISDIR)'],
    ['one that is not gzipped though it says so', ['--visits', notGzipped], 'cannot be read'],
    ['an empty one', ['--visits', empty], 'no receipt of a member could be read'],
    ['one without rows', ['--visits', onlyHeader], 'no receipt of a member could be read'],
    ['other columns', ['--visits', otherColumns], 'line 1: found the columns a, b; receipt_id, member_id'],
    ['a share above 1', ['--visits', ours, '--offline', '3'], '--offline: found "3"; a share from 0 to 1 such as 0.03'],
    ['a negative share', ['--visits', ours, '--offline=-0.1'], '--offline: found "-0.1"'],
    ['a share in words', ['--visits', ours, '--offline', 'some'], '--offline: found "some"'],
    ['no till', ['--visits', ours, '--tills', '0'], '--tills: found "0"; a whole number from 1 to 100'],
    ['a seed that is no number', ['--visits', ours, '--seed', 'x'], '--seed: found "x"'],
    ['more than all of a receipt', ['--visits', ours, '--burn', '101'], '--burn: found "101"; a percent from 0 to 100'],
    ['amounts of another kind', ['--visits', ours, '--amounts', 'nice'], '--amounts: found "nice"; drawn or real'],
    ['negative risk', ['--visits', ours, '--risk=-1'], '--risk: found "-1"'],
    ['an option that there is not', ['--visits', ours, '--shops', '3'], "Unknown option '--shops'"],
  ])('%s is refused with exit 2', async (_what, args, says) => {
    const { status, stdout, stderr } = await rights(...args)
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).toContain(says)
    expect(stderr).not.toContain('    at ')
  })
})
