import { describe, expect, test } from 'vitest'
import type { MoneyStore } from '../../../renderer/core/ports.ts'
import type { TestCloud } from './cloud.ts'
import { anna, openTill, receipt, type TestTill } from './till.ts'

/** A till that is not alone with its key, or not where it was: noticed before it redeems, and nothing is lost. */

async function sell(till: TestTill, id: string, redeem?: string) {
  const asked = { card: anna.card, receipt: receipt(id), ...(redeem === undefined ? {} : { redeem }) }
  const quote = await till.ask('quotes.create', asked)
  return await till.ask('quotes.commit', { id: quote.id, idempotencyKey: id })
}

/** A till of whose image the cloud has one sale more, cut off, that has sold another since it was put back. */
async function putBack(): Promise<TestTill> {
  const till = await openTill()
  const image = await till.image()
  await sell(till, 'r1')
  await till.settle()
  till.cloud.net.up = false
  await till.restore(image)
  await sell(till, 'r2')
  return till
}

const shown = async (till: TestTill) => (await till.ask('members.find', { card: anna.card })).balance
const receiptsOf = (till: TestTill, epoch: number) =>
  till.cloud
    .entries(till.device, epoch)
    .map(({ entry: { body } }) => (body.kind === 'sale' ? body.receipt : `${body.kind}`))

describe('a till restored from an old image of its disk', () => {
  test('[S8] [S10] is told by the session, goes on in a new epoch, and redeems only there', async () => {
    const till = await openTill()
    await sell(till, 'r1')
    await till.settle()
    const image = await till.image()
    await sell(till, 'r2')
    await till.settle()
    till.cloud.net.up = false
    await till.restore(image)
    expect(await till.tried('quotes.create', { card: anna.card, receipt: receipt('r3'), redeem: '10.00' })).toBe(
      'redeem_offline',
    )
    await sell(till, 'r3')
    till.cloud.net.up = true
    await till.until(() => till.core().state().link.online && till.core().state().link.unsent === 0)
    await till.settle()
    expect(till.cloud.epoch(till.device)).toBe(2)
    expect(receiptsOf(till, 1)).toEqual(['shift', 'r1', 'r2'])
    expect(receiptsOf(till, 2)).toEqual(['r3'])
    expect(till.cloud.entries(till.device, 2)[0]!.entry.adopted).toMatchObject({ epoch: 1, seq: 3 })
    expect(till.core().state().link).toMatchObject({ problem: null, unsent: 0 })
    expect(till.cloud.balance('anna')).toBe('400.00')
    expect(await shown(till)).toBe('400.00')
    await sell(till, 'r4', '10.00')
    await till.settle()
    expect(till.cloud.balance('anna')).toBe('489.00')
    expect(await shown(till)).toBe('489.00')
  })

  test('[S9] until an epoch is granted it sells on, redeems nothing and says why', async () => {
    const till = await openTill()
    const image = await till.image()
    await sell(till, 'r1')
    await till.settle()
    till.cloud.net.refuses = 'epoch'
    await till.restore(image)
    expect(till.core().state().link.problem).toBe('fork')
    const quote = await till.ask('quotes.create', { card: anna.card, receipt: receipt('r2') })
    expect(quote).toMatchObject({ redeemable: '0.00', redeemBound: 'forked' })
    expect(await till.tried('quotes.redeem', { id: quote.id, redeem: '1.00' })).toBe('till_forked')
    expect(await till.tried('quotes.commit', { id: quote.id, idempotencyKey: 'r2' })).toBe('done')
    till.cloud.net.refuses = null
    await till.until(() => till.core().state().link.problem === null && till.core().state().link.unsent === 0)
    await till.settle()
    expect(till.cloud.balance('anna')).toBe('300.00')
  })
})

test('[S9] [S28] a disk that is full when a new epoch begins is tried again until there is room', async () => {
  const till = await putBack()
  const money = till.money() as { append: MoneyStore['append'] }
  const { append } = money
  let refusals = 0
  money.append = async (step) => {
    if (refusals++ < 4) throw Object.assign(new Error('no room'), { name: 'QuotaExceededError' })
    return await append(step)
  }
  till.cloud.net.up = true
  await till.until(() => till.core().state().link.online && till.core().state().link.unsent === 0)
  await till.settle()
  expect(refusals).toBeGreaterThan(4)
  expect(receiptsOf(till, 2)).toEqual(['shift', 'r2'])
  expect(till.cloud.balance('anna')).toBe('300.00')
})

describe('two machines with the same key', () => {
  test('[S8] [S11] the second notices before it books on figures that hold entries it never wrote', async () => {
    const till = await openTill()
    await sell(till, 'r1')
    await till.settle()
    const clone = await openTill({
      device: till.device,
      cloud: till.cloud,
      clock: till.clock,
      image: await till.image(),
    })
    const quote = await clone.ask('quotes.create', { card: anna.card, receipt: receipt('c1'), redeem: '200.00' })
    await sell(till, 'r2', '150.00')
    await till.ask('sync.now', {})
    // The cloud's figures hold the other machine's entry under the number that this one would write next.
    expect(await clone.tried('quotes.commit', { id: quote.id, idempotencyKey: 'c1' })).not.toBe('done')
    await clone.settle()
    await clone.settle()
    expect(clone.cloud.epoch(clone.device)).toBe(2)
    await clone.settle()
    const again = await clone.ask('quotes.create', { card: anna.card, receipt: receipt('c1') })
    expect(again.redeemable).toBe('135.00')
  })

  test('[S12] both keep what they sold: each entry is booked, and once', async () => {
    const till = await openTill()
    await sell(till, 'r1')
    await till.settle()
    till.cloud.net.up = false
    await sell(till, 'both')
    const image = await till.image()
    const clone = await openTill({ device: till.device, cloud: till.cloud, clock: till.clock, image })
    await sell(till, 'mine')
    await till.ask('receipts.refund', { receipt: 'mine', idempotencyKey: 'back' })
    await sell(clone, 'theirs')
    till.cloud.net.up = true
    const done = (each: TestTill) => each.core().state().link.unsent === 0 && each.core().state().link.online
    await till.until(() => done(till) && done(clone) && till.cloud.epoch(till.device) > 1)
    await till.settle()
    const facts = [1, 2, 3, 4, 5, 6].flatMap((epoch) => till.cloud.entries(till.device, epoch))
    const sales = new Set(facts.flatMap(({ entry: { body } }) => (body.kind === 'sale' ? [body.receipt] : [])))
    expect([...sales].sort()).toEqual(['both', 'mine', 'r1', 'theirs'])
    expect(facts.every(({ disposition }) => disposition.kind === 'applied')).toBe(true)
    expect(till.cloud.balance('anna')).toBe('400.00')
  })
})

describe('two machines that live on with the same key', () => {
  /** One that can be cut off by itself, and whose answers to pushes can be kept back. */
  async function pair() {
    const { cloud, clock } = await openTill()
    const line = { isCut: false, answers: Promise.resolve() }
    const link: TestCloud['link'] = (device) => {
      const whole = cloud.link(device)
      const cut = { kind: 'unreachable', message: 'cut' } as const
      return {
        ...whole,
        session: async () => (line.isCut ? cut : await whole.session()),
        pull: async (asked) => (line.isCut ? cut : await whole.pull(asked)),
        push: async (asked) => {
          const answer = line.isCut ? cut : await whole.push(asked)
          await line.answers
          return answer
        },
      }
    }
    const till = await openTill({ device: 'both', cloud: { ...cloud, link }, clock })
    const twin = async () => await openTill({ device: 'both', cloud, clock, image: await till.image() })
    return { line, till, twin }
  }
  const isDone = (each: TestTill) => each.core().state().link.unsent === 0 && each.core().state().link.online

  test('[S12] what is written while a push is under way counts as sent only when it was', async () => {
    const { line, till, twin } = await pair()
    await sell(till, 'r1')
    await till.settle()
    line.isCut = true
    await sell(till, 'both')
    const clone = await twin()
    await sell(clone, 'theirs')
    await clone.until(() => isDone(clone))
    // the cloud has "both" and one more of this name, and this till writes its own one while it is told so
    let tell = () => {}
    line.answers = new Promise((resolve) => {
      tell = resolve
    })
    line.isCut = false
    till.core().hurry()
    await till.settle()
    await sell(till, 'mine')
    tell()
    await till.until(() => isDone(till) && isDone(clone) && till.cloud.epoch('both') > 1)
    const epochs = Array.from({ length: till.cloud.epoch('both') }, (_, index) => index + 1)
    const sold = epochs.flatMap((epoch) => receiptsOf(till, epoch)).filter((each) => each !== 'shift')
    expect(sold.sort()).toEqual(['both', 'mine', 'r1', 'theirs'])
    expect(till.cloud.balance('anna')).toBe('500.00')
  })

  test('[S14] do not begin anew with every look at the cloud, and sell on meanwhile', async () => {
    const { till, twin } = await pair()
    await sell(till, 'r1')
    await till.settle()
    const clone = await twin()
    // somebody buys somewhere all the time, and every pull brings figures
    for (let round = 0; round < 60; round++) {
      if (round % 15 === 0) await sell(round % 30 === 0 ? till : clone, `r${round + 2}`)
      till.cloud.give('boris', '1.00')
      await till.clock.pass(10_000)
    }
    expect(till.cloud.epoch('both')).toBeGreaterThan(3)
    expect(till.cloud.epoch('both')).toBeLessThan(20)
    await till.until(() => isDone(till) && isDone(clone))
    expect(till.cloud.balance('anna')).toBe('600.00')
  })
})

describe('adoption', () => {
  test('[S12] what was adopted is answered as before, is one receipt, and counts once in what is shown', async () => {
    const till = await openTill()
    const image = await till.image()
    await sell(till, 'r1')
    await till.settle()
    till.cloud.net.up = false
    await till.restore(image)
    const quote = await till.ask('quotes.create', { card: anna.card, receipt: receipt('r2') })
    const commit = { id: quote.id, idempotencyKey: 'k2' }
    const booked = await till.ask('quotes.commit', commit)
    till.cloud.net.up = true
    till.cloud.net.refuses = 'push'
    await till.until(() => till.cloud.epoch(till.device) === 2)
    await till.settle()
    expect(await shown(till)).toBe('200.00') // what was sold after the image has not been pulled yet
    expect(await till.core().call('quotes.commit', commit)).toMatchObject({ ok: true, value: { key: booked.key } })
    till.cloud.net.refuses = null
    await till.until(() => till.core().state().link.unsent === 0)
    await till.settle()
    expect(await shown(till)).toBe('300.00')
    expect(till.cloud.balance('anna')).toBe('300.00')
    expect((await till.ask('receipts.recent', {})).map((row) => [row.receipt, row.sync])).toEqual([['r2', 'applied']])
    expect(till.journal.records().filter((record) => record.epoch === 2 && record.seq > 0)).toHaveLength(2)
  })

  test('[S13] [S22] a database emptied after it is rebuilt over all epochs, and nothing is adopted again', async () => {
    const till = await putBack()
    till.cloud.net.up = true
    await till.until(() => till.cloud.epoch(till.device) === 2 && till.core().state().link.unsent === 0)
    await sell(till, 'r3')
    await till.settle()
    const shift = till.core().state().shift
    till.crash()
    await till.emptyDatabase()
    await till.start()
    await till.settle()
    expect(till.core().state()).toMatchObject({ shift, link: { unsent: 0, problem: null } })
    expect(till.cloud.epoch(till.device)).toBe(2)
    expect(receiptsOf(till, 2)).toEqual(['shift', 'r2', 'r3'])
    expect(await shown(till)).toBe('400.00')
  })
})

test('[S12] [S22] what waits in two epochs after the database was emptied is written again once', async () => {
  const till = await putBack()
  till.cloud.net.refuses = 'push'
  till.cloud.net.up = true
  await till.until(() => till.cloud.epoch(till.device) === 2)
  await till.settle()
  const goesOn = async () => {
    till.cloud.raise(till.device)
    const next = till.cloud.epoch(till.device) + 1
    till.crash()
    await till.start()
    await till.until(() => till.cloud.epoch(till.device) === next)
    await till.settle()
    return next
  }
  await goesOn()
  till.crash()
  await till.emptyDatabase()
  await till.start()
  const last = await goesOn()
  const written = till.journal.records().filter(({ epoch, text }) => epoch === last && text.includes('"receipt":"r2"'))
  expect(written).toHaveLength(1)
  till.cloud.net.refuses = null
  await till.until(() => till.core().state().link.unsent === 0)
  await till.settle()
  expect(await shown(till)).toBe('300.00')
  expect(till.cloud.balance('anna')).toBe('300.00')
})

describe('a cloud restored from a copy', () => {
  test('[S31] [S32] older than the epoch: the epoch is asked for again, and every epoch is sent from where it ends', async () => {
    const till = await putBack()
    till.cloud.net.up = true
    await till.until(() => till.cloud.epoch(till.device) === 2 && till.core().state().link.unsent === 0)
    await sell(till, 'r3')
    await till.settle()
    till.cloud.forget(till.device, 0, 1)
    await sell(till, 'r4')
    await till.until(() => till.core().state().link.unsent === 0 && till.cloud.entries(till.device, 2).length === 4)
    expect(till.cloud.epoch(till.device)).toBe(2)
    expect(receiptsOf(till, 2)).toEqual(['shift', 'r2', 'r3', 'r4'])
  })
})

describe('two copies that tell different stories', () => {
  test('[S24] are both kept: the till sells on, redeems nothing, and books both in a new epoch', async () => {
    const till = await openTill()
    await sell(till, 'r1')
    await till.settle()
    till.cloud.net.up = false
    const before = await till.image()
    await sell(till, 'database')
    const { tables } = await till.image()
    await till.restore(before)
    await sell(till, 'journal')
    const { records } = await till.image()
    await till.restore({ ...before, tables, records })
    expect(till.core().state()).toMatchObject({ phase: 'ready', link: { problem: 'fork' } })
    await sell(till, 'r2')
    till.crash()
    await till.start()
    expect(till.core().state().link.problem).toBe('fork')
    till.cloud.net.up = true
    await till.until(() => till.cloud.epoch(till.device) === 2 && till.core().state().link.unsent === 0)
    await till.settle()
    expect(receiptsOf(till, 2)).toEqual(['database', 'journal', 'r2'])
    expect(till.cloud.balance('anna')).toBe('500.00')
    expect(await shown(till)).toBe('500.00')
    const all = (await till.ask('receipts.recent', {})).map((row) => row.receipt)
    expect(all.sort()).toEqual(['database', 'journal', 'r1', 'r2'])
  })
})

describe('a journal with a hole', () => {
  async function sold(count: number) {
    const till = await openTill()
    for (let n = 1; n <= count; n++) await sell(till, `r${n}`)
    await till.settle()
    return till
  }

  test('[S25] as the only copy gives back all the rest; the cloud has what is missing, and the stream goes on', async () => {
    const till = await sold(4)
    till.crash()
    till.journal.replace(till.journal.records().filter(({ seq }) => seq !== 3))
    await till.emptyDatabase()
    await till.start()
    await sell(till, 'r5')
    await till.settle()
    expect(till.core().state().link).toMatchObject({ unsent: 0, problem: null })
    expect(receiptsOf(till, 1)).toEqual(['shift', 'r1', 'r2', 'r3', 'r4', 'r5'])
  })

  test('[S25] where the cloud has not got it either, what comes after it is booked in a new epoch', async () => {
    const till = await sold(1)
    till.cloud.net.up = false
    for (const id of ['r2', 'lost', 'r4']) await sell(till, id)
    till.crash()
    till.journal.replace(till.journal.records().filter(({ seq }) => seq !== 4))
    await till.emptyDatabase()
    await till.start()
    till.cloud.net.up = true
    await till.until(() => till.cloud.epoch(till.device) === 2 && till.core().state().link.unsent === 0)
    expect(receiptsOf(till, 1)).toEqual(['shift', 'r1', 'r2'])
    expect(receiptsOf(till, 2)).toEqual(['r4'])
    expect(till.cloud.balance('anna')).toBe('400.00')
  })
})

describe('a disk without room', () => {
  test('[S27] below the mark nothing is redeemed, while receipts are booked; with room again it goes on', async () => {
    const till = await openTill()
    till.journal.state.freeBytes = 999
    await till.clock.pass(16_000)
    expect(till.core().state().link.problem).toBe('disk_low')
    const quote = await till.ask('quotes.create', { card: anna.card, receipt: receipt('r1') })
    expect(quote).toMatchObject({ redeemable: '0.00', redeemBound: 'disk_low', earn: '100.00' })
    expect(await till.tried('quotes.redeem', { id: quote.id, redeem: '1.00' })).toBe('disk_low')
    expect(await till.tried('quotes.commit', { id: quote.id, idempotencyKey: 'k' })).toBe('done')
    till.journal.state.freeBytes = 1000
    await till.clock.pass(16_000)
    expect(till.core().state().link.problem).toBe(null)
    expect(await till.tried('quotes.create', { card: anna.card, receipt: receipt('r2'), redeem: '1.00' })).toBe('done')
  })

  test('[S28] a full one is said as such until there is room again', async () => {
    const till = await openTill()
    till.journal.state.fails = true
    till.journal.state.freeBytes = 0
    const quote = await till.ask('quotes.create', { card: anna.card, receipt: receipt('r1') })
    expect(await till.tried('quotes.commit', { id: quote.id, idempotencyKey: 'k' })).toBe('durability_pending')
    expect(till.core().state().link.problem).toBe('disk_full')
    till.journal.state.fails = false
    till.journal.state.freeBytes = 1_000_000
    await till.clock.pass(16_000)
    expect(till.core().state().link.problem).toBe(null)
  })
})
