import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RunningCloud, startCloud } from '../../cloud/start.ts'
import { newEnrolCode } from '../../commands/demo-shop.ts'
import { plainProgramme, saleBody } from '../cloud/receipts.ts'
import { enrolment, type TestCloud, TestTill, type Written } from '../cloud/rig.ts'
import { freePort, Till } from './rig.ts'

/** Segments on the manager's screen: a real cloud with its clock in our hands, a real till in a real browser. */

const DAY_MS = 86_400_000
const PIN = '471100'
/** Member n has bought n times, ten days apart, the last time n × 12 days ago. */
const MEMBERS = 10

describe('the segments screen', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bonusbook-segments-e2e-'))
  const log: string[] = []
  let past = 0
  let cloud: RunningCloud
  let till: Till
  const now = () => new Date(Date.now() - past)

  async function admin(method: string, path: string, body?: unknown) {
    const content: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' }
    const reply = await fetch(`${cloud.url}/admin/v1/${path}`, {
      method,
      headers: { authorization: `Bearer ${cloud.adminToken}`, ...content },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await reply.text()
    return { status: reply.status, body: text === '' ? null : JSON.parse(text) }
  }

  async function tenMembers(): Promise<void> {
    const before = await TestTill.enrolled({ url: cloud.url, admin } as unknown as TestCloud, 'A', '9')
    const times: { readonly at: number; readonly write: (at: string) => Written }[] = []
    const today = Date.now()
    for (let n = 1; n <= MEMBERS; n++) {
      const [id, card] = [`member-${n}`, `29000000${String(n).padStart(5, '0')}`]
      const member = { id, card }
      const last = today - n * 12 * DAY_MS
      times.push({
        at: last - n * 10 * DAY_MS,
        write: (at) => before.write(enrolment(id, card), { at }),
      })
      for (let bought = 0; bought < n; bought++) {
        const receipt = `r-${n}-${bought}`
        times.push({
          at: last - bought * 10 * DAY_MS,
          write: (at) =>
            before.write(saleBody({ receipt, amount: BigInt(n) * 10_000n, outlet: 'A', at, member }), { at }),
        })
      }
    }
    times.sort((one, other) => one.at - other.at)
    await before.push(times.map(({ at, write }) => write(new Date(at).toISOString())))
  }

  beforeAll(async () => {
    chmodSync(folder, 0o711) // the embedded database runs as a user of its own and must get through
    const port = await freePort()
    cloud = await startCloud({
      dataFolder: join(folder, 'cloud'),
      port,
      clock: now,
      turnDays: false,
      logLevel: 'error',
    })
    expect((await admin('POST', 'programmes', plainProgramme)).status).toBe(201)
    const boss = { id: 'boss', name: 'Анна', role: 'manager', pin: PIN }
    expect((await admin('PUT', 'staff', boss)).status).toBe(204)
    const address = { cloud: cloud.url, adminToken: cloud.adminToken }
    till = new Till({ log, cloud: address }, join(folder, 'till'), await newEnrolCode(address, 'A', '1'), {})
    await till.start()
    await till.until('the till to be ready', (state) => state.phase === 'ready' && state.link.online)
  })
  afterAll(async () => {
    await till?.stop()
    await cloud?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const id = (name: string) => till.page.getByTestId(name)
  const toCustomers = async () => {
    await till.page.keyboard.press('F9')
    await id('manager-customers').click()
    await id('customers-open').click()
    await till.page.keyboard.type(PIN, { delay: 70 })
    await till.page.keyboard.press('Enter')
    await id('customers').waitFor()
  }
  const settled = async (part: string) => {
    await id(`part-${part}`).click()
    await expect.poll(() => id('report-loading').count(), { timeout: 60_000 }).toBe(0)
    await expect.poll(() => till.page.locator('[data-drawn=false]').count(), { timeout: 15_000 }).toBe(0)
  }
  const rows = async (part: string) =>
    (await id(part).locator('tbody tr').allInnerTexts()).map((row) => row.replaceAll(/\s+/g, ' ').trim())
  const counted = async () => {
    await till.page.waitForSelector('[data-testid=counted][data-state=ready]')
    return Number(/\d+/.exec(await id('counted').locator('strong').innerText())?.[0])
  }

  test('with nobody, every part says so instead of failing', async () => {
    await toCustomers()
    for (const part of ['segments', 'own', 'rfm', 'abc', 'affinity', 'intervals', 'ltv', 'points']) {
      await settled(part)
      expect([part, await id('report-problem').count()]).toEqual([part, 0])
      await till.screenshot(`segments-0-none-${part}`)
    }
    await settled('rfm')
    await id('nobody').waitFor()
  })

  test('a segment is built, counted while it is made, saved, and another is made of it', async () => {
    await tenMembers()
    await settled('own')
    await id('new-segment').click()
    await id('segment-name').fill('Часто')
    await till.page.locator('.rule .rule-operators').selectOption('>=')
    await id('value').fill('7')
    await expect.poll(counted, { timeout: 20_000 }).toBe(4)
    expect(await id('counted').innerText()).toContain('member-7')
    await till.screenshot('segments-1-builder')
    await id('segment-save').click()
    await id('own-segments').waitFor()
    const [often] = (await admin('GET', 'segments')).body.segments.filter(
      (each: { name: string }) => each.name === 'Часто',
    )
    expect(often).toMatchObject({ kind: 'live', members: 4 })

    await id('new-segment').click()
    await id('segment-name').fill('Часто, но ушли')
    await till.page.locator('.rule .rule-fields').selectOption('segment')
    await id('value-segment').selectOption(often.segment)
    await till.page.locator('.ruleGroup-addRule').first().click()
    await till.page.locator('.rule .rule-fields').nth(1).selectOption('daysSincePurchase')
    await till.page.locator('.rule .rule-operators').nth(1).selectOption('>')
    await id('value').fill('100')
    await expect.poll(counted, { timeout: 20_000 }).toBe(2)
    await id('segment-save').click()
    await id('own-segments').waitFor()
    await till.screenshot('segments-2-own')
    const members = await admin('GET', `segments/${often.segment}/members`)
    expect(members.body.members.map(({ member }: { member: string }) => member)).toEqual([
      ...['member-10', 'member-7', 'member-8', 'member-9'],
    ])
  })

  test('a cell of the RFM map becomes a segment of those in it', async () => {
    await settled('rfm')
    const cell = till.page.locator('[data-testid^="rfm-"][data-shade="6"]').first()
    const size = Number(await cell.innerText())
    expect(size).toBeGreaterThan(0)
    await cell.click()
    await till.screenshot('segments-3-rfm')
    await id('make-segment').click()
    await id('group-made').waitFor()
    expect(await id('group-made').innerText()).toContain(String(size))
    const made = (await admin('GET', 'segments')).body.segments.filter((each: { segment: string }) =>
      each.segment.startsWith('rfm-cell-'),
    )
    expect(made).toMatchObject([{ kind: 'live', members: size }])
  })

  test('who moved from where to where is a picture with its table, and other numbers move everybody at once', async () => {
    await settled('segments')
    await id('flows').locator('summary').click()
    await till.screenshot('segments-4-movement')
    const report = await admin('GET', 'reports/movement')
    const moved = report.body.flows.filter(({ from, to }: { from: string; to: string }) => from !== to)
    expect(moved.length).toBeGreaterThan(1)
    expect(await id('flows').locator('tbody tr').count()).toBe(moved.length)
    const before = await rows('segments')
    await id('threshold-activeDays').fill('30')
    await till.page.waitForSelector('[data-testid=would-be][data-state=ready]')
    await id('would-be').scrollIntoViewIfNeeded()
    await till.screenshot('segments-5-thresholds')
    await id('thresholds-save').click()
    await id('thresholds-saved').waitFor()
    await expect.poll(() => rows('segments'), { timeout: 20_000 }).not.toEqual(before)
    const { segments } = (await admin('GET', 'reports/activity')).body
    expect(segments).toMatchObject({ active: 2, preChurn: 8 })
    await id('thresholds-usual').click()
    await id('thresholds-save').click()
    await expect.poll(() => rows('segments'), { timeout: 20_000 }).toEqual(before)
    const kept = (await admin('GET', 'presets/activity')).body.settings
    expect(kept).toMatchObject({ activeDays: 60 })
  })

  test('sizes are written down day by day', async () => {
    past = -2 * DAY_MS
    await settled('own')
    await settled('segments')
    await id('trend').waitFor()
    await expect.poll(() => id('trend-begins').count(), { timeout: 20_000 }).toBe(0)
    await id('trend').scrollIntoViewIfNeeded()
    await till.screenshot('segments-6-trend')
    for (const part of ['rfm', 'abc', 'affinity', 'intervals', 'ltv', 'points']) {
      await settled(part)
      await till.screenshot(`segments-7-ten-${part}`)
    }
  })

  test('three grades are looked at, saved, and the map has them', async () => {
    await settled('rfm')
    await id('rfm-settings-part').locator('summary').click()
    await id('rfm-grades-3').click()
    await till.page.waitForSelector('[data-testid=would-be][data-state=ready]')
    await id('rfm-save').click()
    await id('rfm-saved').waitFor()
    await till.page.waitForSelector('[data-testid=rfm-map] [data-grades="3"]')
    const { body } = await admin('GET', 'reports/rfm/settings')
    expect(body).toEqual({ method: 'quantile', grades: 3 })
    await till.screenshot('segments-8-three-grades')
  })
})
