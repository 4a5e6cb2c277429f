import { afterAll, beforeAll, expect, test } from 'vitest'
import { PROTOCOL_VERSION, pullReply } from '../../shared/sync/protocol.ts'
import * as first from '../fixtures/protocol-1.ts'
import { plainProgramme, saleBody } from './receipts.ts'
import { enrolment, type TestCloud, TestTill, testCloud, unique } from './rig.ts'

/** Tills that were not updated stay in shops for two years: a newer cloud speaks to them as it always did. */

let cloud: TestCloud
beforeAll(async () => {
  cloud = await testCloud()
  await cloud.admin('POST', 'programmes', plainProgramme)
  await cloud.admin('PUT', 'staff', { id: 'anna', name: 'Anna', role: 'manager', pin: '1234' })
})
afterAll(() => cloud.close())

/** A till of the first release: it says so, and refuses what it does not know. */
async function oldTill(): Promise<TestTill> {
  const till = await TestTill.enrolled(cloud)
  await reopen(till, { oldest: 1, newest: 1 })
  return till
}

async function reopen(till: TestTill, protocol: { oldest: number; newest: number }): Promise<void> {
  const { nonce } = first.challengeReply.parse((await till.post('challenge', { device: till.device })).body)
  const opened = await till.openWith(nonce, protocol)
  const reply = first.sessionReply.parse(opened.body)
  expect(reply.protocol).toBe(protocol.newest)
  Object.assign(till, { session: reply.session, counter: 0, incarnation: reply.incarnation })
}

test('[S41] a till of the first protocol enrols, pushes, pulls and looks up as on the first day', async () => {
  const till = await oldTill()
  const member = { id: unique('m'), card: unique('c') }
  const profile = { name: 'Anna', phone: '+79991112233' }
  const items = [
    till.write(enrolment(member.id, member.card, profile), { profile }),
    till.write(saleBody({ receipt: unique('r'), amount: 100_000n, member })),
  ]
  const request = { incarnation: till.incarnation, epoch: 1, from: 1, items }
  first.pushRequest.parse(request)
  const pushed = first.pushReply.parse((await till.speak('push', request)).body)
  expect(pushed.dispositions.map(({ disposition }) => disposition.kind)).toEqual(['applied', 'applied'])
  const pulled = first.pullReply.parse((await till.speak('pull', { cursor: null, limit: 5000 })).body)
  expect(new Set(pulled.changes.map(({ scope }) => scope))).toEqual(
    new Set(['programme', 'staff', 'member', 'card', 'balance']),
  )
  const found = first.memberReply.parse((await till.speak('member', { card: member.card })).body)
  expect(found.changes.map(({ scope }) => scope)).toEqual(['member', 'card', 'balance'])
})

test('[S42] a till that was updated begins again, so that it misses nothing that its old protocol did not bring', async () => {
  const till = await oldTill()
  const { cursor } = first.pullReply.parse((await till.speak('pull', { cursor: null, limit: 5000 })).body)
  const goesOn = first.pullReply.parse((await till.speak('pull', { cursor, limit: 5000 })).body)
  expect(goesOn).toMatchObject({ reset: false })
  await reopen(till, { oldest: 1, newest: PROTOCOL_VERSION })
  const again = pullReply.parse((await till.speak('pull', { cursor, limit: 5000 })).body)
  expect(again).toMatchObject({ reset: true })
  expect(pullReply.parse((await till.speak('pull', { cursor: again.cursor, limit: 5000 })).body).reset).toBe(false)
})

test('[S42] a till that was put back to its old release goes on from where it stood', async () => {
  const till = await TestTill.enrolled(cloud)
  await till.pullAll()
  await reopen(till, { oldest: 1, newest: 1 })
  const reply = first.pullReply.parse((await till.speak('pull', { cursor: till.cursor, limit: 5000 })).body)
  expect(reply.reset).toBe(false)
})
