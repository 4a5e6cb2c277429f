import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bringFactsUp } from '../../cloud/facts/keep.ts'
import { segmentsReply } from '../../shared/segments/ask.ts'
import { plainProgramme, saleBody } from './receipts.ts'
import { enrolment, type TestCloud, TestTill, testCloud } from './rig.ts'

/** What a manager's screen asks of segments, through a till's signed session. */

const DAY_MS = 86_400_000
let cloud: TestCloud
let till: TestTill
let now = Date.parse('2026-03-02T09:00:00Z')
const at = (ago = 0) => new Date(now - ago).toISOString()

const ask = async (request: object) => {
  const { status, body } = await till.speak('segments', request)
  return status === 200 ? segmentsReply.parse(body) : { status, code: body.code }
}
const list = async () => {
  const reply = await ask({ ask: 'list' })
  if (!('kind' in reply) || reply.kind !== 'list') throw new Error(`no list: ${JSON.stringify(reply)}`)
  return reply.segments
}

/** Member n buys n times, the first of them long ago. */
beforeAll(async () => {
  cloud = await testCloud({ clock: () => new Date(now), turnDays: false })
  await cloud.admin('POST', 'programmes', plainProgramme)
  till = await TestTill.enrolled(cloud)
  let receipts = 0
  for (let n = 0; n <= 12; n++) {
    const written = [till.write(enrolment(`m${n}`, `c-${n}`), { at: at() })]
    for (let bought = 0; bought < n; bought++) {
      const member = { id: `m${n}`, card: `c-${n}` }
      const body = saleBody({ receipt: `r${++receipts}`, amount: BigInt(((n * 7) % 5) + 1) * 5_033n, at: at(), member })
      written.push(till.write(body, { at: at() }))
    }
    await till.push(written)
    now += 3 * DAY_MS
    await till.open()
  }
})
afterAll(async () => await cloud.close())

const often = { fact: 'purchases', is: '>=', value: 10 }

test('a predicate is counted with a sample, saved, listed, read and dropped', async () => {
  expect(await ask({ ask: 'preview', predicate: often })).toEqual({
    kind: 'preview',
    members: 3,
    sample: ['m10', 'm11', 'm12'],
  })
  const saved = await ask({ ask: 'save', name: 'Often', kind: 'live', predicate: often })
  expect(saved).toMatchObject({ kind: 'saved', members: 3 })
  const { segment } = saved as { segment: string }
  expect(await list()).toMatchObject([{ segment, name: 'Often', kind: 'live', predicate: often, members: 3 }])
  expect(await ask({ ask: 'members', segment })).toEqual({
    kind: 'members',
    members: ['m10', 'm11', 'm12'],
    next: null,
  })
  const rarely = { fact: 'purchases', is: '<=', value: 1 }
  const changed = { ask: 'save', segment, name: 'Rarely', kind: 'static', predicate: rarely }
  expect(await ask(changed)).toEqual({ kind: 'saved', segment, members: 2 })
  expect(await ask({ ask: 'members', segment, after: 'm0' })).toMatchObject({ members: ['m1'] })
  expect(await ask({ ask: 'drop', segment })).toEqual({ kind: 'dropped' })
  expect(await list()).toEqual([])
  expect(await ask({ ask: 'drop', segment })).toEqual({ status: 404, code: 'unknown_segment' })
})

test('a save that is sent again because its answer was lost is the same save', async () => {
  const as = '6f6d2f6e-6f58-4d3c-9c0f-3a3c7f1f9a10'
  const made = { ask: 'save', as, name: 'Often', kind: 'live', predicate: often }
  const first = await ask(made)
  expect(first).toMatchObject({ kind: 'saved', members: 3 })
  expect(await ask(made)).toEqual(first)
  const { segment } = first as { segment: string }
  // written on before it was sent again: still the one that is being made
  expect(await ask({ ...made, name: 'Very often' })).toEqual(first)
  expect(await list()).toMatchObject([{ segment, name: 'Very often' }])
  const over = { name: 'Very often', kind: 'live', predicate: often }
  const change = { ask: 'save', segment, name: 'Regulars', kind: 'live', predicate: often, over }
  expect([await ask(change), await ask(change)]).toEqual([first, first])
  expect(await ask({ ask: 'save', as, segment, name: 'Both', kind: 'live', predicate: often })).toMatchObject({
    status: 400,
  })
  expect(await ask({ ask: 'drop', segment })).toEqual({ kind: 'dropped' })
})

test('a segment that somebody else has saved meanwhile is not written over', async () => {
  const read = { name: 'Often', kind: 'live', predicate: often }
  const { segment } = (await ask({ ask: 'save', ...read })) as { segment: string }
  const change = { ask: 'save', segment, kind: 'live', predicate: often, over: read }
  expect(await ask({ ...change, name: 'First' })).toMatchObject({ kind: 'saved', segment })
  expect(await ask({ ...change, name: 'Second' })).toEqual({ status: 409, code: 'segment_changed' })
  expect(await list()).toMatchObject([{ segment, name: 'First' }])
  await ask({ ask: 'drop', segment })
  expect(await ask({ ...change, name: 'Second' })).toEqual({ status: 404, code: 'unknown_segment' })
})

test('a segment that tills are told of stays so when it is changed on the screen', async () => {
  const made = { name: 'Told', kind: 'live', predicate: often, atTills: true }
  expect((await cloud.admin('POST', 'segments', { segment: 'told', ...made })).status).toBeLessThan(300)
  const rarely = { fact: 'purchases', is: '<=', value: 1 }
  const changed = { ask: 'save', segment: 'told', name: 'Told', kind: 'live', predicate: rarely }
  expect(await ask(changed)).toEqual({ kind: 'saved', segment: 'told', members: 2 })
  const rows = await cloud.cloud.db
    .selectFrom('segment')
    .select(['segment', 'at_tills'])
    .where('family', 'is', null)
    .execute()
  expect(rows).toEqual([{ segment: 'told', at_tills: true }])
  await ask({ ask: 'drop', segment: 'told' })
})

test('every group of the RFM map becomes a segment of just as many, and made again it is no second one', async () => {
  const { body } = await till.speak('report', { name: 'rfm' })
  const { groups } = body.report as { groups: { name: string; members: number }[] }
  expect(groups.reduce((sum, { members }) => sum + members, 0)).toBe(12)
  for (const { name, members } of groups) {
    expect([name, await ask({ ask: 'rfm', group: name, name: `RFM ${name}` })]).toMatchObject([name, { members }])
  }
  const made = await list()
  expect(made).toHaveLength(groups.length)
  await ask({ ask: 'rfm', group: groups[0]!.name, name: 'Again' })
  const again = await list()
  expect(again).toHaveLength(groups.length)
  expect(again.map(({ name }) => name)).toContain('Again')
  expect(await ask({ ask: 'rfm', group: 'dragons', name: 'x' })).toEqual({ status: 404, code: 'unknown_group' })
})

test('a cell of the map becomes a segment of just as many', async () => {
  const { body } = await till.speak('report', { name: 'rfm' })
  const cells = Object.entries(body.report.cells as Record<string, number>)
  const tried = new Set(cells.map(([cell]) => cell.slice(0, 2)))
  expect(tried.size).toBeGreaterThan(2)
  for (const cell of tried) {
    const members = cells.filter(([each]) => each.startsWith(cell)).reduce((sum, [, size]) => sum + size, 0)
    const wish = { ask: 'rfmCell', r: Number(cell[0]), f: Number(cell[1]), name: `R${cell[0]} F${cell[1]}` }
    expect([cell, await ask(wish)]).toMatchObject([cell, { segment: `rfm-cell-${cell}`, members }])
  }
  expect(await ask({ ask: 'rfmCell', r: 9, f: 1, name: 'x' })).toMatchObject({ status: 400 })
  for (const cell of tried) await ask({ ask: 'drop', segment: `rfm-cell-${cell}` })
})

test('what conditions may name is told: attributes, events with their properties, goods, tiers; never a value', async () => {
  await cloud.admin('PUT', 'members/m1/family', { attributes: { 'shoe size': 44, 'likes tea': true } })
  const known = await ask({ ask: 'known' })
  expect(known).toMatchObject({ kind: 'known', attributes: ['likes tea', 'shoe size'] })
  expect(JSON.stringify(known)).not.toContain('44')
  const sized = { attribute: 'shoe size', is: '>=', value: 40 }
  expect(await ask({ ask: 'preview', predicate: sized })).toMatchObject({ members: 1, sample: ['m1'] })
})

test('segments of presets are neither shown nor dropped, and what is no predicate is refused', async () => {
  await cloud.admin('PUT', 'presets/activity', { settings: {} })
  expect((await list()).map(({ segment }) => segment)).not.toContain('activity.active')
  const refused = { status: 409, code: 'preset_segment' }
  expect(await ask({ ask: 'drop', segment: 'activity.active' })).toEqual(refused)
  const mine = { ask: 'save', segment: 'activity.active', name: 'Mine', kind: 'live', predicate: often }
  expect(await ask(mine)).toEqual(refused)
  expect(await ask({ ask: 'preview', predicate: { fact: 'shoeSize', is: '=', value: 1 } })).toMatchObject({
    status: 400,
  })
  expect((await till.post('segments', { ask: 'list' })).status).toBe(401)
})

describe('the numbers of a preset', () => {
  const reported = async (settings?: object) =>
    (await till.speak('report', { name: 'activity', ...(settings === undefined ? {} : { settings }) })).body.report
      .segments as Record<string, number>

  test('are the usual ones, then the owner’s, for segments and reports alike, and tills that are told stay told', async () => {
    const usual = { activeDays: 60, preChurnDays: 120, churnDays: 180, returnGapDays: 121, returnedDays: 60 }
    expect(await ask({ ask: 'preset', family: 'activity' })).toEqual({
      kind: 'preset',
      family: 'activity',
      settings: usual,
    })
    await cloud.admin('PUT', 'presets/activity', { settings: {}, atTills: true })
    const settings = { ...usual, activeDays: 10, preChurnDays: 20, churnDays: 30 }
    const wouldBe = await reported(settings)
    expect(wouldBe).not.toEqual(await reported())
    expect(await ask({ ask: 'setPreset', family: 'activity', settings })).toMatchObject({ kind: 'preset', settings })
    expect(await reported()).toEqual(wouldBe)
    expect((await cloud.admin('GET', 'presets/activity')).body.settings).toEqual(settings)
    expect((await cloud.admin('GET', 'reports/activity/settings')).body).toEqual(settings)
    const { db } = cloud.cloud
    const rows = await db.selectFrom('segment').select('at_tills').where('family', '=', 'activity').execute()
    expect(rows.every((row) => row.at_tills)).toBe(true)
    const { rows: sizes } = await sql<{ segment: string; members: number }>`
      select segment, count(*)::integer as members from segment_member where segment like 'activity.%' group by 1`.execute(
      db,
    )
    const found = Object.fromEntries(sizes.map(({ segment, members }) => [segment.split('.')[1], members]))
    expect(found).toEqual(Object.fromEntries(Object.entries(wouldBe).filter(([, members]) => members > 0)))
    await ask({ ask: 'setPreset', family: 'activity', settings: usual })
  })

  test('set for the report alone, as the admin API may, are those of the segments too', async () => {
    expect((await cloud.admin('PUT', 'reports/purchases/settings', { fewMax: 5 })).status).toBe(204)
    expect(await ask({ ask: 'preset', family: 'purchases' })).toMatchObject({ settings: { fewMax: 5 } })
    const few = await cloud.cloud.db.selectFrom('segment').select('predicate').where('segment', '=', 'purchases.few')
    expect(await few.execute()).toEqual([{ predicate: { fact: 'purchases', is: '<=', value: 5 } }])
  })

  test('that make no sense are refused, and nothing changes', async () => {
    const before = await ask({ ask: 'preset', family: 'cafe' })
    const refused = await ask({ ask: 'setPreset', family: 'cafe', settings: { lostDays: 0 } })
    expect(refused).toEqual({ status: 400, code: 'bad_request' })
    expect(await ask({ ask: 'setPreset', family: 'activity', settings: { activeDays: 500 } })).toMatchObject({
      status: 400,
    })
    expect(await ask({ ask: 'preset', family: 'cafe' })).toEqual(before)
  })
})

test('sizes are kept of every day, of presets from the first time they are looked at and of own segments', async () => {
  const trend = async (of: string, days: number) => {
    const reply = await ask({ ask: 'trend', of, days })
    if (!('kind' in reply) || reply.kind !== 'trend') throw new Error(`no trend: ${JSON.stringify(reply)}`)
    return reply
  }
  const first = await trend('cafe', 30)
  const day = at().slice(0, 10)
  expect(first.days).toEqual([day])
  expect(first.segments.map(({ segment }) => segment)).toEqual([
    ...['cafe.vip', 'cafe.loyal', 'cafe.refused', 'cafe.lost', 'cafe.atRisk', 'cafe.potentiallyLoyal'],
  ])
  const recently = { fact: 'daysSincePurchase', is: '<=', value: 4 }
  await ask({ ask: 'save', name: 'Recently', kind: 'live', predicate: recently })
  for (let days = 0; days < 3; days++) {
    now += DAY_MS
    await till.open()
    await bringFactsUp(cloud.cloud)
  }
  const own = await trend('own', 30)
  const line = own.segments.find(({ name }) => name === 'Recently')!
  expect(line.members.slice(-4)).toEqual([1, 1, 0, 0])
  expect((await trend('cafe', 30)).days).toHaveLength(4)
  expect((await trend('cafe', 2)).days).toEqual([at(DAY_MS).slice(0, 10), at().slice(0, 10)])
})

describe('how members are graded', () => {
  const best = { r: [3, 3], name: 'Lately' }
  const settings = {
    method: 'thresholds',
    grades: 3,
    thresholds: { r: [6, 20], f: [2, 8], m: [200, 1000] },
    groups: [best, { name: 'Others' }],
  }

  test('is told, changed, and the map, its groups and new segments follow it', async () => {
    expect(await ask({ ask: 'rfmSettings' })).toEqual({
      kind: 'rfmSettings',
      settings: { method: 'quantile', grades: 5 },
    })
    expect(await ask({ ask: 'setRfm', settings })).toEqual({ kind: 'rfmSettings', settings })
    expect(await ask({ ask: 'rfmSettings' })).toEqual({ kind: 'rfmSettings', settings })
    const { body } = await till.speak('report', { name: 'rfm' })
    expect(body.report).toMatchObject({ method: 'thresholds', grades: 3, cuts: settings.thresholds })
    const [lately] = (body.report as { groups: { name: string; members: number }[] }).groups
    expect(lately).toMatchObject({ name: 'Lately' })
    expect(lately!.members).toBeGreaterThan(0)
    expect(await ask({ ask: 'rfm', group: 'Lately', name: 'Lately' })).toMatchObject({ members: lately!.members })
    await ask({ ask: 'setRfm', settings: {} })
  })

  test.each([
    ['two thresholds for five grades', { ...settings, grades: 5 }],
    ['thresholds that do not ascend', { ...settings, thresholds: { ...settings.thresholds, f: [8, 2] } }],
    ['none where they are needed', { method: 'thresholds', grades: 3 }],
    ['six grades', { grades: 6 }],
    ['a name twice', { groups: [best, best] }],
    ['a range upside down', { groups: [{ name: 'x', r: [3, 1] }] }],
    ['what is no setting', { colour: 'red' }],
  ])('%s are refused and nothing changes', async (_, wrong) => {
    expect(await ask({ ask: 'setRfm', settings: wrong })).toEqual({ status: 400, code: 'bad_request' })
    expect(await ask({ ask: 'rfmSettings' })).toMatchObject({ settings: { method: 'quantile', grades: 5 } })
  })
})
