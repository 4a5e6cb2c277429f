import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { obeyEnvironment } from '../../electron/joining.ts'
import type { Log } from '../../electron/log.ts'
import { openSettings } from '../../electron/settings.ts'
import type { EnrolTillReply, TillIdentity } from '../../shared/desktop-api.ts'

/** Tills that join without a person: the computer may be up before its network, and the cloud before nobody. */

const CLOUD = 'https://bonus.example'
const who = { tenant: 'main', device: 'd', epoch: 1, outlet: 'A', till: '1' } as TillIdentity
const unreachable: EnrolTillReply = { ok: false, reason: 'unreachable', message: 'No connection.' }
const badCode: EnrolTillReply = { ok: false, reason: 'bad_code', message: 'unknown, used or expired' }
const joined: EnrolTillReply = { ok: true, identity: who }

function till(replies: readonly EnrolTillReply[]) {
  const left = [...replies]
  const [asked, pauses, told]: [string[], number[], string[]] = [[], [], []]
  let identity: TillIdentity | null = null
  const log: Log = (level, message) => told.push(`${level}: ${message}`)
  const membership = {
    identity: () => identity,
    join: async (cloud: string, code: string) => {
      asked.push(`${cloud} ${code}`)
      const reply = left.shift() ?? badCode
      if (reply.ok) identity = reply.identity
      return reply
    },
  }
  const settings = openSettings(join(mkdtempSync(join(tmpdir(), 'bonusbook-join-')), 'settings.json'), 'en', log)
  const byHand = () => {
    identity = who
  }
  const run = (pause = async (_: number) => {}) =>
    obeyEnvironment({ cloud: CLOUD, enrolCode: 'CODE' }, { membership, settings, log }, async (ms) => {
      pauses.push(ms)
      await pause(ms)
    })
  return { asked, pauses, told, run, byHand }
}

test('a till whose cloud is not reached at the start goes on trying, ever more seldom, and joins', async () => {
  const { asked, pauses, run } = till([...Array(8).fill(unreachable), joined])
  const { later } = await run()
  expect(asked).toHaveLength(1) // the start does not wait for it
  expect(await later).toBe(true)
  expect(asked).toEqual(Array(9).fill(`${CLOUD} CODE`))
  expect(pauses).toEqual([5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000])
})

test('a code that is refused is not tried again, and the log says what to do', async () => {
  const { asked, told, run } = till([unreachable, badCode])
  const { later } = await run()
  expect(await later).toBe(false)
  expect(asked).toHaveLength(2)
  expect(told).toContain('error: BONUSBOOK_ENROL_CODE does not join this till: a new code is needed')
})

test('who joins by hand meanwhile is left alone', async () => {
  const { asked, run, byHand } = till([unreachable, joined])
  const { later } = await run(async () => byHand())
  expect(await later).toBe(false)
  expect(asked).toHaveLength(1)
})

test('one that joins at the first attempt has nothing left to do', async () => {
  const { asked, run } = till([joined])
  const { later } = await run()
  expect([asked.length, await later]).toEqual([1, false])
})
