import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import type { TillState } from '../../shared/core-api.ts'
import type { DesktopApi, NeighboursView } from '../../shared/desktop-api.ts'
import { eventually, freePort, Shop, type Till } from './rig.ts'

/** Two tills of one shop that keep each other's books: one loses everything but its key, then never comes back. */

let shop: Shop
let first: Till
let second: Till

beforeAll(async () => {
  shop = await Shop.open(inject('demoData'))
  const [one, two] = [await freePort(), await freePort()]
  const env = (own: number, other: number) => ({
    BONUSBOOK_LAN_PORT: String(own),
    BONUSBOOK_LAN: `127.0.0.1:${other}`,
  })
  first = await shop.addTill('A', env(one, two))
  second = await shop.addTill('A', env(two, one))
}, 600_000)
afterAll(() => shop?.close(), 60_000)

const view = (till: Till): Promise<NeighboursView> =>
  till.page.evaluate(async () => {
    const { bonusbook } = globalThis as unknown as { bonusbook: DesktopApi }
    return await bonusbook.neighbours()
  })

const mirrored = (till: Till) =>
  eventually(
    'the neighbour to hold all of it',
    async () => ((await view(till)).tills.some(({ mirror }) => mirror.behind === 0) ? true : undefined),
    120_000,
  )

const isDone = (state: TillState) => state.phase === 'ready' && state.link.online && state.link.unsent === 0

async function sell(till: Till, card: string, id: string): Promise<string> {
  const lines = [{ id: '1', sku: 'cake', category: 'bakery', amount: '400.00' }]
  const quoted = await till.pos('POST', '/quotes', { card, receipt: { id, lines } })
  const reply = await till.pos('POST', `/quotes/${quoted.body.id}/commit`, {}, { 'idempotency-key': id })
  expect([reply.status, reply.body?.code]).toEqual([200, undefined])
  return reply.body.earn
}

const hundredths = (text: string) => BigInt(text.replace('.', ''))

/** Everything that a till keeps of its own: the databases and the journal. Key, identity and neighbours stay. */
function emptied(till: Till): void {
  const keeps = ['secrets', 'identity.json', 'settings.json', 'neighbours.json', 'rights-asked.json', 'mirrors', 'logs']
  expect(existsSync(join(till.profile, 'journal'))).toBe(true)
  for (const name of readdirSync(till.profile)) {
    if (!keeps.includes(name)) rmSync(join(till.profile, name), { recursive: true, force: true })
  }
}

describe('a till that loses its disk', () => {
  test('[S185] [S186] killed, database and journal deleted: its neighbour gives back what was sold offline, and it is booked once', async () => {
    for (const till of [first, second]) await till.until('the till to be ready', isDone, 120_000)
    const card = shop.cards[0]!
    const points = async () => {
      const { purses } = (await shop.admin('GET', `/balance?card=${card}`)).body
      return hundredths(purses.find((purse: { purse: string }) => purse.purse === 'points').posted)
    }
    const before = await points()
    let earned = hundredths(await sell(first, card, 'mirror-online'))
    await first.until('it to be sent', isDone)
    await shop.stopCloud()
    for (const till of [first, second]) await till.until('the till to notice', (state) => !state.link.online, 60_000)
    for (const id of ['mirror-1', 'mirror-2', 'mirror-3']) earned += hundredths(await sell(first, card, id))
    earned += hundredths(await sell(second, card, 'mirror-other'))
    await mirrored(first)
    await first.kill()
    emptied(first)
    await first.start()
    await first.until('its own entries to be back', (state) => state.link.unsent >= 3, 120_000)
    const recent = async () => (await first.pos('GET', '/state')).body as TillState
    expect((await recent()).link.problem).toBeNull()
    await shop.startCloud()
    for (const till of [first, second]) await till.until('all to be sent', isDone, 180_000)
    expect(await points()).toBe(before + earned)
    expect((await shop.admin('GET', '/quarantine')).body.entries).toEqual([])
    earned += hundredths(await sell(first, card, 'mirror-after'))
    await first.until('it to be sent', isDone, 60_000)
    expect(await points()).toBe(before + earned)
  })

  test('[S187] never back: what it had not sent comes to the cloud by its neighbour, and once', async () => {
    const card = shop.cards[1]!
    const entries = async () => {
      const { purses } = (await shop.admin('GET', `/balance?card=${card}`)).body
      return hundredths(purses.find((purse: { purse: string }) => purse.purse === 'points').posted)
    }
    const before = await entries()
    await shop.stopCloud()
    for (const till of [first, second]) await till.until('the till to notice', (state) => !state.link.online, 60_000)
    const earned = hundredths(await sell(first, card, 'gone-1')) + hundredths(await sell(first, card, 'gone-2'))
    await mirrored(first)
    await first.kill()
    rmSync(first.profile, { recursive: true, force: true })
    await shop.startCloud()
    await second.until('the other to be online', isDone, 180_000)
    await eventually(
      'the neighbour to hand it in',
      async () => ((await entries()) === before + earned ? true : undefined),
      180_000,
    )
    await eventually(
      'the screen to say so',
      async () => ((await view(second)).kept[0]?.unsent === 0 ? true : undefined),
      60_000,
    )
    expect((await shop.admin('GET', '/quarantine')).body.entries).toEqual([])
  })
})
