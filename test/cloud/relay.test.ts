import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readProfiles } from '../../cloud/members/profiles.ts'
import { batchSigningText } from '../../shared/sync/signature.ts'
import { plainProgramme, saleBody } from './receipts.ts'
import { enrolment, type TestCloud, TestTill, testCloud, unique, type Written } from './rig.ts'

/** What a till could not send any more comes by its neighbours. Rules S187 and S188. */

let cloud: TestCloud
beforeAll(async () => {
  cloud = await testCloud()
  expect((await cloud.admin('POST', 'programmes', plainProgramme)).status).toBe(201)
})
afterAll(() => cloud.close())

async function posted(member: string): Promise<string> {
  const reply = await cloud.admin('GET', `balance?member=${member}`)
  return reply.body.purses.find((purse: { purse: string }) => purse.purse === 'points')?.posted ?? '0.00'
}

/** Two tills of a shop; the first has sold so often and told the cloud of its member alone. */
async function shop(sales = 2) {
  const till = await TestTill.enrolled(cloud, 'A', unique('t'))
  const other = await TestTill.enrolled(cloud, 'A', unique('t'))
  const member = { id: unique('m'), card: unique('c') }
  await till.push([till.write(enrolment(member.id, member.card))])
  const unsent = Array.from({ length: sales }, () =>
    till.write(saleBody({ receipt: unique('r'), amount: 100_000n, member })),
  )
  return { till, other, member, unsent }
}

function relay(by: TestTill, of: TestTill, items: readonly Pick<Written, 'entry' | 'hash'>[], signer = of) {
  const { entry, hash } = items.at(-1)!
  const proof = signer.sign(batchSigningText(of.device, of.epoch, entry.seq, hash))
  return by.speak('relay', { device: of.device, epoch: of.epoch, from: items[0]!.entry.seq, items, proof })
}

const standing = async (by: TestTill, of: TestTill) =>
  (await by.speak('standings', { streams: [{ device: of.device, epoch: of.epoch }] })).body.streams

describe('a neighbour', () => {
  test('[S187] hears where the cloud stands, hands in what it lacks, and the cloud takes it as from the till itself', async () => {
    const { till, other, member, unsent } = await shop()
    expect(await standing(other, till)).toMatchObject([{ device: till.device, epoch: 1, high: 1 }])
    expect((await relay(other, till, unsent)).body).toMatchObject({ high: 3, head: till.head })
    expect(await posted(member.id)).toBe('200.00')
    expect(await standing(other, till)).toMatchObject([{ high: 3, head: till.head }])
  })

  test('[S187] [S188] whoever brings an entry, it counts once: two neighbours, the till itself that comes back, all again', async () => {
    const { till, other, member, unsent } = await shop(3)
    const third = await TestTill.enrolled(cloud, 'A', unique('t'))
    const replies = await Promise.all([relay(other, till, unsent.slice(0, 2)), relay(third, till, unsent)])
    expect(replies.map(({ status }) => status)).toEqual([200, 200])
    const { dispositions, high } = await till.push([
      ...unsent,
      till.write(saleBody({ receipt: unique('r'), amount: 100_000n, member })),
    ])
    expect([high, dispositions.map(({ disposition }) => disposition.kind)]).toEqual([5, Array(4).fill('applied')])
    expect((await relay(other, till, unsent)).body.high).toBe(5)
    expect(await posted(member.id)).toBe('400.00')
  })

  test('[S188] is not believed without the signature of the till that wrote them, nor with it over anything else', async () => {
    const { till, other, unsent } = await shop()
    expect((await relay(other, till, unsent, other)).body.code).toBe('bad_signature')
    const proof = till.sign(batchSigningText(till.device, 1, 3, unsent[0]!.hash))
    const request = { device: till.device, epoch: 1, from: 2, items: unsent, proof }
    expect((await other.speak('relay', request)).body.code).toBe('bad_signature')
    expect(await standing(other, till)).toMatchObject([{ high: 1 }])
  })

  test('[S188] puts nothing of its own before the end that the till has signed, and is no fork of it', async () => {
    const { till, other, member, unsent } = await shop()
    const forger = Object.assign(till.sibling(), { seq: 1, head: unsent[0]!.entry.prev })
    const forged = forger.write(saleBody({ receipt: unique('r'), amount: 9_000_000n, member }))
    expect((await relay(other, till, [forged, unsent[1]!])).body.code).toBe('bad_signature')
    expect((await relay(other, till, [{ ...forged, hash: unsent[0]!.hash }, unsent[1]!])).body.code).toBe(
      'bad_signature',
    )
    expect((await relay(other, till, [unsent[0]!, { ...unsent[1]!, entry: forged.entry }])).body.code).toBe(
      'bad_signature',
    )
    expect(await posted(member.id)).toBe('0.00')
    expect((await till.push(unsent)).dispositions.map(({ disposition }) => disposition.kind)).toEqual([
      'applied',
      'applied',
    ])
  })

  test('[S188] what it puts beside an entry costs the writer nothing: the entry is booked, its own profile kept', async () => {
    const till = await TestTill.enrolled(cloud, 'A', unique('t'))
    const other = await TestTill.enrolled(cloud, 'A', unique('t'))
    const [member, card] = [unique('m'), unique('c')]
    const profile = { name: 'Anna' }
    const enrolled = till.write(enrolment(member, card, profile))
    const friend = unique('m')
    const named = till.write(enrolment(friend, unique('c'), profile))
    const sold = till.write(saleBody({ receipt: unique('r'), amount: 100_000n, member: { id: member, card } }))
    const tampered = [
      { ...enrolled, profile: { name: 'Mallory' } },
      { ...named, profile },
      { ...sold, extra: 1, said: 'nothing' },
    ]
    expect((await relay(other, till, tampered)).body).toMatchObject({ high: 3 })
    expect(await posted(member)).toBe('100.00')
    const reply = await till.push([enrolled, named, sold])
    expect(reply.dispositions.map(({ disposition }) => disposition.kind)).toEqual(Array(3).fill('applied'))
    const profiles = await readProfiles(cloud.db, cloud.cloud.tenant, cloud.cloud.keys, [member, friend])
    expect([...profiles]).toEqual([[friend, profile]])
  })

  test('[S188] speaks for tills of its own outlet alone, and only while it may speak itself', async () => {
    const { till, other, unsent } = await shop()
    const far = await TestTill.enrolled(cloud, 'B', unique('t'))
    expect(await standing(far, till)).toEqual([])
    expect((await relay(far, till, unsent)).body.code).toBe('unknown_device')
    await cloud.admin('POST', `tills/${other.device}/revoke`)
    expect((await relay(other, till, unsent)).body.code).toBe('revoked')
  })

  test('[S35] [S188] a lost till’s entries are booked, those of one that is trusted no more wait for somebody to look', async () => {
    const lost = await shop()
    expect((await cloud.admin('POST', `tills/${lost.till.device}/lost`)).status).toBe(200)
    expect((await relay(lost.other, lost.till, lost.unsent)).body.high).toBe(3)
    expect(await posted(lost.member.id)).toBe('200.00')
    const stolen = await shop()
    expect((await cloud.admin('POST', `tills/${stolen.till.device}/revoke`)).status).toBe(204)
    expect((await relay(stolen.other, stolen.till, stolen.unsent)).body.high).toBe(3)
    expect(await posted(stolen.member.id)).toBe('0.00')
  })

  test('[S6] [S7] [S188] is told of a gap and of another history as the till itself would be', async () => {
    const { till, other, unsent } = await shop()
    expect((await relay(other, till, unsent.slice(1))).body).toMatchObject({ code: 'gap', high: 1 })
    await till.push(unsent)
    const clone = Object.assign(till.sibling(), { seq: 1, head: unsent[0]!.entry.prev })
    const another = [clone.write(saleBody({ receipt: unique('r'), amount: 5_000n }))]
    expect((await relay(other, till, another)).body).toMatchObject({ code: 'fork', high: 3 })
    const raised = Object.assign(till.sibling(), { epoch: 2 })
    const ofNextEpoch = [raised.write(saleBody({ receipt: unique('r'), amount: 5_000n }))]
    expect((await relay(other, raised, ofNextEpoch)).body.code).toBe('epoch_unknown')
  })
})
