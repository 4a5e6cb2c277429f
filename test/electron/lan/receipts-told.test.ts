import { afterEach, expect, test } from 'vitest'
import { openReceiptsTold } from '../../../electron/lan/receipts-told.ts'
import { type LanTill, newTill, until } from './lan-rig.ts'

/** What tills of one shop tell of a receipt, over real TLS. Rule S151. */

const opened: LanTill[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((till) => till.lan.close()))
})

const text = (device: string, seq: number) => JSON.stringify({ entry: { device, seq }, hash: 'x' })

async function shop(core: (device: string, params: unknown) => Promise<unknown>) {
  const tills: LanTill[] = []
  const made = (device: string): LanTill => {
    const told = openReceiptsTold({
      roster: { find: (other) => tills.find((each) => each.device === other)?.row },
      neighbours: { present: () => till.lan.present(), ask: (...params) => till.lan.ask(...params) },
      core: async (_method, params) => (await core(device, params)) as never,
    })
    const till = newTill(device, {
      answerers: { receipt: (params) => told.tell(params) },
      places: () => tills.filter((other) => other !== till && other.lan.port() !== null).map((other) => other.place()),
    })
    asks.set(device, told.ask)
    return till
  }
  const asks = new Map<string, ReturnType<typeof openReceiptsTold>['ask']>()
  for (const device of ['till-a', 'till-b', 'till-c']) tills.push(made(device))
  opened.push(...tills)
  for (const till of tills) till.roster.replace(tills.map((each) => each.row))
  for (const till of tills) await till.lan.refresh()
  for (const till of tills) await till.lan.refresh()
  await until('all see each other', () => tills.every((till) => till.lan.present().length === 2))
  return asks
}

test('[S151] each till tells what it did, as people call it, and nobody speaks for another', async () => {
  const asked: unknown[] = []
  const asks = await shop(async (device, params) => {
    asked.push(params)
    const entries = device === 'till-b' ? [text('till-b', 4), text('till-c', 1), 'rubbish'] : [text('till-c', 9)]
    return { ok: true, value: { entries } }
  })
  const { entries } = await asks.get('till-a')!('A', 'r1', 2_000)
  expect([...entries].sort((one, other) => one.till.localeCompare(other.till))).toEqual([
    { till: 'till-b', text: text('till-b', 4) },
    { till: 'till-c', text: text('till-c', 9) },
  ])
  expect(asked).toEqual([
    { outlet: 'A', receipt: 'r1' },
    { outlet: 'A', receipt: 'r1' },
  ])
})

test('[S151] a till that hangs or has a fault holds nobody up: the others are heard', async () => {
  const asks = await shop(async (device) =>
    device === 'till-b' ? await new Promise(() => {}) : { ok: true, value: { entries: [text('till-c', 9)] } },
  )
  expect((await asks.get('till-a')!('A', 'r1', 200)).entries).toEqual([{ till: 'till-c', text: text('till-c', 9) }])
  expect((await asks.get('till-a')!('A', '', 200)).entries).toEqual([])
  const faulty = await shop(async () => ({ ok: false, reason: 'starting' }))
  expect((await faulty.get('till-a')!('A', 'r1', 2_000)).entries).toEqual([])
})
