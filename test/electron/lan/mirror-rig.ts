import type { KeyObject } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rawPublicKey, signText } from '../../../electron/device-key.ts'
import { type Journal, openJournal } from '../../../electron/journal.ts'
import { type Mirroring, openMirroring } from '../../../electron/lan/mirroring.ts'
import { type Mirrors, openMirrors } from '../../../electron/lan/mirrors.ts'
import { type OwnStream, openOwnStream } from '../../../electron/lan/own-stream.ts'
import { openRecovery, type Recovery } from '../../../electron/lan/recovery.ts'
import { sealing } from '../../../electron/lan/seal.ts'
import { silentLog } from '../../../electron/log.ts'
import type { ToldRecord } from '../../fixtures/streams-of-a-till.ts'
import { type LanTill, newKey, newTill, type TillOptions } from './lan-rig.ts'

/** Tills of one shop that mirror each other over real TLS, each with a journal and mirrors on the disk; no core. */
export interface MirrorTill {
  readonly device: string
  readonly key: KeyObject
  readonly till: LanTill
  readonly journal: Journal
  readonly own: OwnStream
  readonly mirrors: Mirrors
  readonly mirroring: Mirroring
  readonly recovery: Recovery
  /** Told by a hello that the core must begin anew. */
  readonly wanted: () => number
  readonly disk: { hasRoom: boolean }
  readonly profile: string
  /** What the core would write: into the journal, and from there to the neighbours. */
  readonly write: (records: readonly ToldRecord[]) => Promise<void>
  /** The program ends, as by a kill: nothing is closed in an orderly way but the files. */
  readonly stop: () => Promise<void>
}

export interface MirrorTillOptions extends TillOptions {
  readonly profile?: string
  readonly epoch?: number
  readonly waitMs?: number
}

const temporary: string[] = []
const open: MirrorTill[] = []

export async function mirrorTill(device: string, options: MirrorTillOptions = {}): Promise<MirrorTill> {
  const profile = options.profile ?? mkdtempSync(join(tmpdir(), 'bonusbook-mirror-'))
  temporary.push(profile)
  const key = options.key ?? newKey()
  const { seal, isSealed } = sealing(device, key)
  const disk = { hasRoom: true }
  const epoch = () => options.epoch ?? 1
  const journal = await openJournal({ folder: join(profile, 'journal'), log: silentLog })
  const own = openOwnStream({ device, journal })
  for (let each = 1; each <= epoch(); each++) await own.survey(each)
  const mirrors = await openMirrors({
    folder: join(profile, 'mirrors'),
    hasRoom: async () => disk.hasRoom,
    log: silentLog,
  })
  let wanted = 0
  const till: LanTill = newTill(device, {
    ...options,
    key,
    // nothing here is about silence, and a busy machine is silent for longer
    pace: { silentMs: 10_000, helloWithinMs: 10_000 },
    answerers: {
      mirror: (batch, from) => mirrors.take(batch, { device: from, publicKey: till.roster.find(from)!.publicKey }),
      recover: (request, from) => mirrors.give(request, from),
      ...options.answerers,
    },
    mirrorsOf: options.mirrorsOf ?? ((of) => [...mirrors.headsOf(of)]),
    onHello: (from, hello) => {
      mirroring.heard(from, hello.mirrors)
      void recovery.heard(from, hello.mirrors).then((is) => {
        if (is) wanted += 1
      })
    },
  })
  const neighbours = till.lan
  const mirroring = openMirroring({
    ...{ device, epoch, own, neighbours, log: silentLog, onChange: () => {}, soonMs: 5, againEveryMs: 50 },
    sign: (text) => signText(key, text),
    seal,
  })
  const recovery = openRecovery({
    ...{ device, publicKey: rawPublicKey(key), isSealed, epoch, journal, own, neighbours, log: silentLog },
    roster: till.roster.neighbours,
    waitMs: options.waitMs ?? 2_000,
  })
  const made: MirrorTill = {
    ...{ device, key, till, journal, own, mirrors, mirroring, recovery, disk, profile },
    wanted: () => wanted,
    write: async (records) => {
      const reply = await journal.append(records)
      if (!reply.ok) throw new Error(reply.message)
      own.grew(records)
      mirroring.hurry()
    },
    stop: async () => {
      open.splice(open.indexOf(made), 1)
      mirroring.close()
      await till.lan.close()
      await mirrors.close()
      await journal.close()
    },
  }
  open.push(made)
  return made
}

/** Everybody knows everybody, and calls whoever listens already. */
export async function meet(...tills: readonly MirrorTill[]): Promise<void> {
  for (const { till } of tills) till.roster.replace(tills.map((each) => each.till.row))
  for (const { till } of tills) await till.lan.refresh()
}

export async function closeAll(): Promise<void> {
  for (const till of [...open]) await till.stop()
  for (const folder of temporary.splice(0)) rmSync(folder, { recursive: true, force: true })
}
