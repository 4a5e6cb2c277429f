import { inflateRawSync } from 'node:zlib'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { everybodyIn, hashesOf, hashOf, peopleIn, sumOfBytes } from '../../shared/sync/pages.ts'
import { type PullChange, type SnapshotReply, snapshotReply } from '../../shared/sync/protocol.ts'
import { plainProgramme, saleBody } from './receipts.ts'
import { type Body, enrolment, type TestCloud, TestTill, testCloud, unique } from './rig.ts'

let cloud: TestCloud
let now = Date.now()
let phones = 0
beforeAll(async () => {
  cloud = await testCloud({ clock: () => new Date(now) })
  await cloud.admin('POST', 'programmes', plainProgramme)
  await cloud.admin('PUT', 'staff', { id: 'anna', name: 'Anna', role: 'manager', pin: '1234' })
})
afterAll(() => cloud.close())

interface Known {
  readonly id: string
  readonly card: string
  readonly phone: string
}

async function enrolMany(till: TestTill, count: number): Promise<Known[]> {
  const people = Array.from({ length: count }, () => {
    return { id: unique('m'), card: unique('c'), phone: `+7916${String(++phones).padStart(7, '0')}` }
  })
  for (let from = 0; from < count; from += 500) {
    const items = people.slice(from, from + 500).map(({ id, card, phone }) => {
      const profile = { name: `Name of ${id}`, phone }
      return till.write(enrolment(id, card, profile), { profile })
    })
    await till.push(items)
  }
  return people
}

/** All pages, as a till would walk them; `between` happens after each reply. */
async function walked(till: TestTill, pages: number, between: () => Promise<void> = async () => {}) {
  const replies: SnapshotReply[] = []
  for (let [next, cursor] = [null, null] as (string | null)[]; ; ) {
    const reply = snapshotReply.parse((await till.speak('snapshot', { next, cursor, pages })).body)
    replies.push(reply)
    ;[next, cursor] = [reply.next, reply.cursor]
    if (reply.next === null) break
    await between()
  }
  const texts = replies.flatMap((reply) =>
    reply.pages.map((page) => {
      const data = Buffer.from(page.data, 'base64')
      expect(sumOfBytes(data)).toBe(page.sum)
      return { text: inflateRawSync(data).toString('utf8'), hashes: Buffer.from(page.hashes, 'base64') }
    }),
  )
  return { replies, texts, cursor: replies.at(-1)!.cursor, first: replies[0]! }
}

const rowsIn = (changes: readonly PullChange[]) =>
  new Map<string, Body>(changes.map((change) => [`${change.scope} ${change.key}`, change.row]))

test('[S44] a cloud of few members sends no pages, a cloud of many everybody with cards and purses', async () => {
  const till = await TestTill.enrolled(cloud)
  expect(await walked(till, 10)).toMatchObject({ texts: [], cursor: null })
  const people = await enrolMany(till, 2300)
  const [anna] = people
  await till.push([till.write(saleBody({ receipt: unique('r'), amount: 100_000n, member: anna! }))])
  const { texts, first, replies } = await walked(till, 2)
  expect(replies.length).toBeGreaterThan(1)
  expect(first.changes.map(({ scope }) => scope)).toEqual(['programme', 'staff', 'device'])
  expect(first).toMatchObject({ seen: { epoch: 1, seq: 2301 }, total: 2300 })
  const everybody = texts.flatMap(({ text }) => everybodyIn(text))
  expect(everybody.map((person) => person[0]!.key).sort()).toEqual(people.map(({ id }) => id).sort())
  const page = texts.find(({ text }) => peopleIn(text, { card: anna!.card }).length === 1)!
  const rows = rowsIn(peopleIn(page.text, { phone: anna!.phone })[0]!)
  expect(rows.get(`member ${anna!.id}`)).toMatchObject({ name: `Name of ${anna!.id}`, phone: anna!.phone })
  expect(rows.get(`balance ${anna!.id}\npoints`)).toMatchObject({ balance: '100.00' })
  const hashes = new Uint32Array(new Uint8Array(page.hashes).buffer)
  expect([...hashes]).toEqual(everybodyIn(page.text).flatMap(hashesOf))
  for (const sought of [{ card: anna!.card }, { phone: anna!.phone }, { member: anna!.id }]) {
    expect(hashes).toContain(hashOf(sought))
  }
})

test('[S45] pages and the pull after them bring everything, also what is sold and enrolled while they are walked', async () => {
  const [till, other] = [await TestTill.enrolled(cloud), await TestTill.enrolled(cloud)]
  const [anna] = await enrolMany(other, 1)
  const sell = async () => {
    await enrolMany(other, 1)
    await other.push([other.write(saleBody({ receipt: unique('r'), amount: 1000n, member: anna! }))])
  }
  const { texts, cursor } = await walked(till, 1, sell)
  till.cursor = cursor
  const known = rowsIn(texts.flatMap(({ text }) => everybodyIn(text).flat()))
  await till.pullAll(5000, known)
  const fresh = await TestTill.enrolled(cloud)
  const all = await fresh.pullAll()
  for (const [key, row] of all) {
    if (/^(programme|staff|device)/.test(key)) continue
    const { seen: _, ...mine } = known.get(key)
    const { seen: __, ...theirs } = row
    expect(mine).toEqual(theirs)
  }
})

test('[S45] a page is given out again while it is young, and made anew when much has changed or it is a day old', async () => {
  const till = await TestTill.enrolled(cloud)
  await walked(till, 50)
  const made = async () =>
    (await sql<{ made: string }>`select max(made_at)::text as made from feed_page`.execute(cloud.db)).rows[0]!.made
  const before = await made()
  now += 3_600_000
  const again = await walked(till, 50)
  expect(await made()).toBe(before)
  const ids = again.texts.flatMap(({ text }) => everybodyIn(text).map((person) => person[0]!.key))
  expect(new Set(ids).size).toBe(ids.length)
  now += 24 * 3_600_000
  await till.open()
  await walked(till, 50)
  expect(await made()).not.toBe(before)
})

test('pages lie in the database sealed: nobody reads a name or a phone there', async () => {
  const rows = await sql<{ sealed: Buffer }>`select sealed from feed_page`.execute(cloud.db)
  expect(rows.rows.length).toBeGreaterThan(2)
  for (const { sealed } of rows.rows) expect(() => inflateRawSync(sealed)).toThrow()
})

test('a walk over another database, or in the first protocol, is refused', async () => {
  const till = await TestTill.enrolled(cloud)
  const { first } = await walked(till, 1)
  const cursor = first.cursor!.replace(/[0-9a-f]{8}/, '00000000')
  expect(await till.speak('snapshot', { next: first.next, cursor, pages: 1 })).toMatchObject({
    status: 409,
    body: { code: 'begin_again' },
  })
  const { nonce } = (await till.post('challenge', { device: till.device })).body
  const opened = await till.openWith(nonce, { oldest: 1, newest: 1 })
  Object.assign(till, { session: opened.body.session, counter: 0 })
  expect((await till.speak('snapshot', { next: null, cursor: null, pages: 1 })).status).toBe(400)
})
