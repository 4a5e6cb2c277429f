import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { rebuildFacts } from '../../cloud/facts/keep.ts'
import { payTasks } from '../../cloud/tasks/pay.ts'
import type { MemberId } from '../../shared/ids.ts'
import { canonical, sha256Hex } from '../../shared/ledger/chain.ts'
import type { ProgrammeDocument } from '../../shared/programme/schema.ts'
import { Asking, task } from './asking-shop.ts'
import { DAY_MS } from './campaign-shop.ts'
import { plainProgramme } from './receipts.ts'

/** Tasks with rewards on a real PostgreSQL: once each, whoever looks and however often. */

describe('[K131] a task is paid once', () => {
  const paying = async (...members: string[]): Promise<Asking> => {
    const shop = await Asking.opened()
    await shop.enrol(...members)
    await shop.cloud.admin('PUT', 'tasks/family-task', task)
    expect((await shop.cloud.admin('POST', 'tasks/family-task/state', { state: 'running' })).status).toBe(200)
    return shop
  }

  test('by several instances at once, again and again, and after a rebuild', async () => {
    const members = Array.from({ length: 30 }, (_, index) => `m${index + 10}`)
    const shop = await paying(...members)
    for (const member of members) await shop.answersAll(member)
    const other = await shop.cloud.another({ turnDays: false })
    const pay = (cloud: typeof other.cloud) => payTasks(cloud, 7)
    try {
      const paid = await Promise.all([pay(shop.cloud.cloud), pay(other.cloud), pay(shop.cloud.cloud), pay(other.cloud)])
      expect(paid.reduce((sum, count) => sum + count, 0)).toBe(30)
    } finally {
      await other.close()
    }
    await rebuildFacts(shop.cloud.cloud)
    expect(await payTasks(shop.cloud.cloud)).toBe(0)
    expect(await shop.gifts()).toEqual(members.map(() => ({ points: '50.00', lastDay: '2026-02-04' })))
    expect(await shop.balance('m10')).toBe('50.00')
    expect(await shop.report()).toMatchObject({ answered: 30, rewarded: 30, pointsGiven: '1500.00' })
  })

  test('or not at all where its page fails: the row and the gift are one commit', async () => {
    const shop = await paying('ann')
    await shop.answersAll('ann')
    await sql`alter table lot add constraint broken check (false) not valid`.execute(shop.cloud.db)
    await expect(payTasks(shop.cloud.cloud)).rejects.toThrow()
    await sql`alter table lot drop constraint broken`.execute(shop.cloud.db)
    const { rows } = await sql`select from task_reward`.execute(shop.cloud.db)
    expect(rows).toEqual([])
    expect(await payTasks(shop.cloud.cloud)).toBe(1)
    expect(await shop.balance('ann')).toBe('50.00')
  })

  test('[K133] for a survey whose every question is answered, not for one of them declined', async () => {
    const shop = await paying('ann', 'bob')
    await shop.says('ann', 'children', 'yes')
    expect(await payTasks(shop.cloud.cloud)).toBe(0)
    await shop.answersAll('bob')
    await shop.says('bob', 'likes', '')
    expect(await payTasks(shop.cloud.cloud)).toBe(0)
    await shop.answersAll('ann')
    expect(await payTasks(shop.cloud.cloud)).toBe(1)
    expect(await shop.balance('ann')).toBe('50.00')
  })

  test('[K132] not for what was answered before it began', async () => {
    const shop = await Asking.opened()
    await shop.enrol('ann')
    await shop.answersAll('ann')
    shop.now += DAY_MS
    await shop.till.open()
    await shop.cloud.admin('PUT', 'tasks/family-task', task)
    await shop.cloud.admin('POST', 'tasks/family-task/state', { state: 'running' })
    expect(await payTasks(shop.cloud.cloud)).toBe(0)
    shop.now += 60_000
    await shop.answersAll('ann')
    expect(await payTasks(shop.cloud.cloud)).toBe(1)
  })

  test('[K130] for an event that a site tells, and for a profile that was not whole before', async () => {
    const shop = await Asking.opened()
    await shop.enrolAs('ann', { name: 'Анна', birthDate: '1990-03-05' })
    await shop.enrol('bob')
    await shop.cloud.admin('PUT', 'tasks/review', { ...task, id: 'review', do: { kind: 'event', event: 'review' } })
    const profile = { kind: 'profile', fields: ['name', 'birthDate'] }
    await shop.cloud.admin('PUT', 'tasks/profile', { ...task, id: 'profile', do: profile })
    for (const id of ['review', 'profile']) await shop.cloud.admin('POST', `tasks/${id}/state`, { state: 'running' })
    const events = [
      { id: 'r1', member: 'bob', kind: 'review', at: new Date(shop.now + 1000).toISOString(), properties: {} },
    ]
    const sent = await fetch(`${shop.cloud.url}/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${shop.cloud.adminToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ events }),
    })
    expect(sent.status).toBe(202)
    expect(await payTasks(shop.cloud.cloud)).toBe(1)
    const told = { name: 'Борис', birthDate: '1991-01-01' }
    const body = { kind: 'member' as const, member: 'bob' as MemberId, profile: sha256Hex(canonical(told)), by: 'x' }
    await shop.till.push([shop.till.write(body, { profile: told, at: new Date(shop.now).toISOString() })])
    expect(await payTasks(shop.cloud.cloud)).toBe(1)
    expect([await shop.balance('ann'), await shop.balance('bob')]).toEqual([undefined, '100.00'])
    const { tasks } = (await shop.cloud.admin('GET', 'tasks')).body
    expect(tasks).toMatchObject([
      { task: 'profile', paid: 1, before: 1, pointsGiven: '50.00' },
      { task: 'review', paid: 1, before: 0, pointsGiven: '50.00' },
    ])
  })

  test('[K134] with a coupon of the programme, which has to be there', async () => {
    const coupon = {
      id: 'pie',
      name: 'Пирог',
      reward: { kind: 'percentOff', percent: '10' },
      code: { kind: 'personal', length: 8 },
      usesPerMember: 1,
    }
    const shop = await Asking.open({ ...plainProgramme, coupons: [coupon] } as ProgrammeDocument)
    await shop.enrol('ann')
    const given = {
      ...task,
      id: 'pie',
      do: { kind: 'event', event: 'review' },
      reward: { kind: 'coupon', coupon: 'cake' },
    }
    await shop.cloud.admin('PUT', 'tasks/pie', given)
    expect((await shop.cloud.admin('POST', 'tasks/pie/state', { state: 'running' })).body).toMatchObject({
      code: 'task_needs',
      errors: [{ path: 'reward.coupon', found: 'cake', allowed: 'coupons with a personal code: pie' }],
    })
    await shop.cloud.admin('PUT', 'tasks/pie', { ...given, reward: { kind: 'coupon', coupon: 'pie' } })
    expect((await shop.cloud.admin('POST', 'tasks/pie/state', { state: 'running' })).status).toBe(200)
    await shop.cloud.admin('PUT', 'tasks/none', task)
    await fetch(`${shop.cloud.url}/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${shop.cloud.adminToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        events: [{ id: 'r1', member: 'ann', kind: 'review', at: new Date(shop.now + 1).toISOString(), properties: {} }],
      }),
    })
    expect(await payTasks(shop.cloud.cloud)).toBe(1)
    const { purses } = (await shop.cloud.admin('GET', 'members/ann/export')).body
    expect(purses).toMatchObject([{ purse: 'coupon:pie', balance: '1.00' }])
  })
})
