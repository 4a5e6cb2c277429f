import { expect, test } from 'vitest'
import type { EntryBody } from '../../../shared/ledger/entry.ts'
import { hashPin } from '../../../shared/pin.ts'
import { testClock } from './clock.ts'
import { cafe } from './programme.ts'
import { anna, openTill } from './till.ts'
import { openTown } from './town.ts'

/** A till that knows Anna, and whose cloud answers questions about receipts, or takes what it sends, when it is let. */
async function waiting(slow: 'sold' | 'push') {
  const clock = testClock()
  const cloud = await openTown(clock, cafe())
  await cloud.store.saveStaff([
    { id: 'eva', name: 'Eva', role: 'manager', pin: await hashPin('1234', new Uint8Array(16)) },
  ])
  const consent = { personalData: true, messages: false }
  const card = { card: anna.card, cardType: 'standard' }
  await cloud.book({ kind: 'enrol', member: 'anna', ...card, profile: null, consent } as unknown as EntryBody)
  let told = Promise.resolve()
  const link: typeof cloud.link = (name, outlet) => {
    const whole = cloud.link(name, outlet)
    return {
      ...whole,
      sold: async (...asked) => {
        const answer = await whole.sold!(...asked)
        if (slow === 'sold') await told
        return answer
      },
      push: async (...asked) => {
        if (slow === 'push') await told
        return await whole.push(...asked)
      },
    }
  }
  const till = await openTill({ clock, town: { link }, device: 'till-a', inMemory: true })
  const lines = ['1', '2'].map((id) => ({ id, name: 'Coffee', amount: '500.00' }))
  const book = { receipt: { id: 'r1', lines } as never, idempotencyKey: 'r1' }
  expect(await till.tried('receipts.book', book)).toBe('done')
  await till.settle()
  const wait = () => {
    let tell = () => {}
    told = new Promise((resolve) => {
      tell = resolve
    })
    return tell
  }
  const refund = (key: string, ...ids: string[]) =>
    till.ask('receipts.refund', {
      receipt: 'r1' as never,
      ...(ids.length === 0 ? {} : { lines: ids.map((id) => ({ id })) }),
      idempotencyKey: key,
    })
  const attach = () =>
    till.tried('receipts.attach', { receipt: 'r1', card: anna.card, pin: '1234', idempotencyKey: 'late' } as never)
  const balance = async () => {
    await till.settle()
    expect(till.core().state().link).toMatchObject({ unsent: 0, quarantined: 0 })
    till.core().stop()
    return await cloud.balance('anna')
  }
  return { clock, wait, refund, attach, balance }
}

test('[S151] goods that come back while their receipt is given its member take back what it has earned', async () => {
  const { clock, wait, refund, attach, balance } = await waiting('sold')
  const tell = wait()
  const refunded = refund('back')
  await clock.pass(100)
  expect(await attach()).toBe('done')
  tell()
  expect(await refunded).toMatchObject({ pointsTaken: '100.00' })
  expect(await balance()).toMatchObject({ posted: '0.00', debt: '0.00' })
})

test('[S151] what came back before a receipt had its member takes nothing back, also where the cloud has not heard of them', async () => {
  const { wait, refund, attach, balance, clock } = await waiting('push')
  await refund('first', '1')
  await clock.pass(5_000)
  const tell = wait()
  expect(await attach()).toBe('done')
  expect(await refund('rest', '2')).toMatchObject({ pointsTaken: '50.00' })
  tell()
  expect(await balance()).toMatchObject({ posted: '0.00', debt: '0.00' })
})
