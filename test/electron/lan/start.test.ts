import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { type Journal, openJournal } from '../../../electron/journal.ts'
import { type Lan, openLan } from '../../../electron/lan/lan.ts'
import { openMirrors } from '../../../electron/lan/mirrors.ts'
import { silentLog } from '../../../electron/log.ts'
import { defaultSettings } from '../../../electron/settings.ts'
import { written } from '../../fixtures/streams-of-a-till.ts'
import { newKey } from './lan-rig.ts'

/** Whatever is wrong with the local network's files, the till's own core begins. */

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each()
})

function profileOf(): string {
  const profile = mkdtempSync(join(tmpdir(), 'bonusbook-lan-start-'))
  undo.push(() => rmSync(profile, { recursive: true, force: true }))
  return profile
}

async function lanOf(profile: string, change: Partial<Journal> = {}): Promise<Lan> {
  const journal = await openJournal({ folder: join(profile, 'journal'), log: silentLog })
  undo.push(journal.close)
  const identity = { tenant: 'corner', device: 'till-a', epoch: 1, outlet: 'A', till: 'A1' } as never
  const key = newKey()
  const lan = openLan({
    profile,
    environment: { lan: null, lanPort: 0 },
    settings: () => defaultSettings('en'),
    membership: { identity: () => identity, key: () => key, link: () => null },
    switchboard: { callAny: async () => ({ ok: false, reason: 'starting' }), onCore: () => () => {} },
    journal: { ...journal, ...change },
    room: async () => ({ freeBytes: 1e12, lowBytes: 1 }),
    restartCore: () => {},
    app: '1.0.0',
    onChange: () => {},
    log: silentLog,
  })
  undo.push(lan.close)
  return lan
}

test('files of the system or of a person among the mirrors keep no till from starting', async () => {
  const profile = profileOf()
  const folder = join(profile, 'mirrors')
  for (const name of ['till-b/1', 'till-b/notes', 'till-b/0']) mkdirSync(join(folder, name), { recursive: true })
  for (const name of ['.DS_Store', 'desktop.ini', 'till-b/2', 'till-b/Thumbs.db']) writeFileSync(join(folder, name), '')
  const lan = await lanOf(profile)
  await lan.refresh()
  expect(await lan.recovered()).toEqual([])
})

test('a mirror that cannot be opened is left as it is, and the others are kept as ever', async () => {
  const profile = profileOf()
  const folder = join(profile, 'mirrors')
  const journal = await openJournal({ folder: join(folder, 'till-b', '1'), log: silentLog })
  await journal.append(written('till-b', 2).map(({ epoch, seq, text }) => ({ epoch, seq, text: `\n${text}` })))
  await journal.close()
  mkdirSync(join(folder, 'till-c', '1', '0000000001.journal'), { recursive: true })
  mkdirSync(join(folder, 'till-c', '1', '0000000002.journal'), { recursive: true })
  writeFileSync(join(folder, 'till-d'), '')
  const mirrors = await openMirrors({ folder, hasRoom: async () => true, log: silentLog })
  undo.push(mirrors.close)
  expect(mirrors.held()).toMatchObject([{ device: 'till-b', epoch: 1, high: 2 }])
})

test('where the local network cannot be opened at all the core begins without it', async () => {
  const profile = profileOf()
  const broken = async () => Promise.reject(new Error('EIO: i/o error'))
  const lan = await lanOf(profile, { extent: broken, read: broken })
  await lan.refresh()
  expect(await lan.recovered()).toEqual([])
  expect(lan.view()).toMatchObject({ tills: [] })
})
