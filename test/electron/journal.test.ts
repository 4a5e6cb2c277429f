import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, renameSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openJournal } from '../../electron/journal.ts'
import { recordBytes, scanSegment } from '../../electron/journal-record.ts'
import { silentLog } from '../../electron/log.ts'

const folderOf = () => mkdtempSync(join(tmpdir(), 'bonusbook-journal-'))
const record = (seq: number, epoch = 1) => ({ epoch, seq, text: `{"entry":${seq},"name":"Кофе ☕"}` })
const records = (from: number, to: number) => [...Array(to - from + 1).keys()].map((n) => record(from + n))
const reopen = (folder: string, segmentBytesMax?: number) =>
  openJournal({ folder, log: silentLog, ...(segmentBytesMax === undefined ? {} : { segmentBytesMax }) })

describe('what was appended is read again', () => {
  test('in order of seq, from any seq on, over many segments and another epoch', async () => {
    const folder = folderOf()
    const journal = await reopen(folder, 500)
    for (const one of records(1, 100)) expect(await journal.append([one])).toEqual({ ok: true })
    expect(await journal.append([record(1, 2)])).toEqual({ ok: true })
    expect(readdirSync(folder).length).toBeGreaterThan(5)
    expect(await journal.read(1, 1, 1000)).toEqual(records(1, 100))
    expect(await journal.read(1, 40, 7)).toEqual(records(40, 46))
    expect(await journal.read(2, 0, 10)).toEqual([record(1, 2)])
    expect(await journal.read(3, 0, 10)).toEqual([])
    await journal.close()
    const again = await reopen(folder, 500)
    expect(await again.append([record(101)])).toEqual({ ok: true })
    expect(await again.read(1, 95, 100)).toEqual(records(95, 101))
    await again.close()
  })

  test('its extent is told without the texts: first, last and the first gap of an epoch, whatever order they came in', async () => {
    const folder = folderOf()
    const journal = await reopen(folder, 500)
    expect(await journal.extent(1)).toEqual({ first: 0, gap: null, last: null })
    await journal.append([record(0), ...records(5, 40)])
    await journal.append(records(43, 60))
    await journal.append([record(41), record(1, 2)])
    expect(await journal.extent(1)).toEqual({ first: 5, gap: 42, last: record(60) })
    expect(await journal.extent(2)).toEqual({ first: 1, gap: null, last: record(1, 2) })
    await journal.append([record(42)])
    expect(await journal.extent(1)).toEqual({ first: 5, gap: null, last: record(60) })
    await journal.close()
  })

  test('appends at the same time share an fsync and each is there when it returns', async () => {
    const journal = await reopen(folderOf())
    const all = records(1, 500)
    const replies = await Promise.all(all.map((one) => journal.append([one])))
    expect(replies.every((reply) => reply.ok)).toBe(true)
    expect(await journal.read(1, 1, 1000)).toEqual(all)
    await journal.close()
    expect(await journal.append([record(501)])).toMatchObject({ ok: false, reason: 'journal_failed' })
  })

  test('an entry that is appended again after an unclear failure counts once', async () => {
    const journal = await reopen(folderOf())
    await journal.append(records(1, 3))
    await journal.append([record(2)])
    expect(await journal.read(1, 1, 10)).toEqual(records(1, 3))
    await journal.close()
  })
})

describe('what a crash leaves behind', () => {
  test('[S23] a record torn at any byte is cut, all before it stay, and the next append is whole', async () => {
    const last = recordBytes(record(3))
    for (let torn = 0; torn < last.length; torn += 1) {
      const folder = folderOf()
      const name = join(folder, '0000000001.journal')
      writeFileSync(name, Buffer.concat([...records(1, 2).map(recordBytes), last]))
      truncateSync(name, readFileSync(name).length - last.length + torn)
      const journal = await reopen(folder)
      expect(await journal.read(1, 1, 10)).toEqual(records(1, 2))
      await journal.append([record(3)])
      expect(await journal.read(1, 1, 10)).toEqual(records(1, 3))
      await journal.close()
    }
  })

  test('rubbish behind the last record, as some file systems leave it, is cut', async () => {
    const folder = folderOf()
    const name = join(folder, '0000000001.journal')
    writeFileSync(name, Buffer.concat([...records(1, 2).map(recordBytes), Buffer.alloc(5000)]))
    const journal = await reopen(folder)
    await journal.append([record(3)])
    expect(await journal.read(1, 1, 10)).toEqual(records(1, 3))
    await journal.close()
  })

  test('[S23] a flipped bit in the middle costs that record and no other, and is told', () => {
    const whole = Buffer.concat(records(1, 20).map(recordBytes))
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(7), (at, bit) => {
        const bytes = Buffer.from(whole)
        bytes[at]! ^= 1 << bit
        const scan = scanSegment(bytes)
        expect(scan.records.length).toBe(19)
        for (const one of scan.records) expect(one).toEqual(record(one.seq))
        if (scan.end === whole.length) expect(scan.damaged.length).toBe(1)
      }),
      { numRuns: 500 },
    )
  })

  test('no bytes whatever make the reader throw or invent a record', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(scanSegment(Buffer.from(bytes)).records).toEqual([])
      }),
    )
  })

  test('killed in the middle of writing, again and again: everything acknowledged is there', async () => {
    const folder = folderOf()
    let next = 1
    for (let round = 0; round < 6; round += 1) {
      const child = spawn(process.execPath, [join(import.meta.dirname, 'journal-writer.ts'), folder, String(next)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      let acknowledged = next - 1
      createInterface({ input: child.stdout }).on('line', (line) => {
        acknowledged = Number(line)
        if (acknowledged >= next + 20 + round * 7) child.kill('SIGKILL')
      })
      await once(child, 'close')
      const journal = await reopen(folder, 2000)
      const found = await journal.read(1, 1, 100_000)
      await journal.close()
      expect(found.length).toBeGreaterThanOrEqual(acknowledged)
      expect(found.map((one) => one.seq)).toEqual(found.map((_, index) => index + 1))
      next = found.length + 1
    }
    expect(next).toBeGreaterThan(120)
  })
})

describe('what the cloud has had for long', () => {
  const old = new Date('2026-01-01')
  async function segmented(folder: string) {
    const journal = await reopen(folder, 500)
    for (const one of records(1, 60)) await journal.append([one])
    for (const name of readdirSync(folder)) utimesSync(join(folder, name), old, old)
    return journal
  }

  test('[S26] goes in whole segments from the oldest on, up to what is acknowledged', async () => {
    const folder = folderOf()
    const journal = await segmented(folder)
    const before = readdirSync(folder).length
    await journal.prune({ epoch: 1, seq: 30 }, old.getTime() + 1)
    const kept = await journal.read(1, 1, 100)
    expect(kept[0]!.seq).toBeGreaterThan(20)
    expect(kept[0]!.seq).toBeLessThanOrEqual(31)
    expect(kept.at(-1)!.seq).toBe(60)
    expect(readdirSync(folder).length).toBeLessThan(before)
    await journal.prune({ epoch: 2, seq: 1 }, old.getTime() + 1)
    expect(readdirSync(folder).length).toBe(1)
    await journal.append([record(61)])
    await journal.close()
    const again = await reopen(folder, 500)
    expect((await again.read(1, 1, 100)).at(-1)).toEqual(record(61))
    await again.close()
  })

  test('[S26] stays where it cannot be read today: what is in it may be what the cloud lacks', async () => {
    const folder = folderOf()
    await (await segmented(folder)).close()
    const failing = { on: false }
    const openFile = async (path: string, flags: string) => {
      if (failing.on && flags === 'r') throw Object.assign(new Error('EMFILE'), { code: 'EMFILE' })
      return await open(path, flags)
    }
    const journal = await openJournal({ folder, log: silentLog, segmentBytesMax: 500, openFile })
    failing.on = true
    await journal.prune({ epoch: 1, seq: 5 }, old.getTime() + 1)
    failing.on = false
    expect(await journal.read(1, 1, 100)).toEqual(records(1, 60))
    await journal.close()
  })

  test('[S26] stays where it is younger, or not acknowledged', async () => {
    const folder = folderOf()
    const journal = await segmented(folder)
    await journal.prune({ epoch: 1, seq: 60 }, old.getTime())
    await journal.prune({ epoch: 1, seq: 0 }, old.getTime() + 1)
    expect(await journal.read(1, 1, 100)).toEqual(records(1, 60))
    await journal.close()
  })

  test('an entry copied late, behind younger ones, is read at its place', async () => {
    const journal = await reopen(folderOf(), 500)
    const late = record(7)
    for (const one of records(1, 60)) if (one.seq !== 7) await journal.append([one])
    await journal.append([late])
    expect(await journal.read(1, 5, 4)).toEqual(records(5, 8))
    expect(await journal.read(1, 1, 100)).toEqual(records(1, 60))
    await journal.close()
  })
})

describe('a disk that refuses', () => {
  /** Opens real files whose writes or fsyncs fail while `failing` says so. */
  function failingFiles(failing: { on: 'write' | 'datasync' | null; code: string }) {
    return async (path: string, flags: string): Promise<FileHandle> => {
      const file = await open(path, flags)
      return new Proxy(file, {
        get: (target, name) => {
          const value = Reflect.get(target, name) as unknown
          if (typeof value !== 'function') return value
          return async (...args: unknown[]) => {
            if (name === failing.on) {
              // Half of it is on the disk already, as on a full one.
              if (name === 'write') await target.write(args[0] as Buffer, args[1] as number, 10, args[3] as number)
              throw Object.assign(new Error(failing.code), { code: failing.code })
            }
            return (value as (...given: unknown[]) => unknown).apply(target, args)
          }
        },
      })
    }
  }

  test('a full disk is told as such, leaves nothing half, and writing goes on when there is room', async () => {
    const folder = folderOf()
    const failing = { on: null as 'write' | null, code: 'ENOSPC' }
    const journal = await openJournal({ folder, log: silentLog, openFile: failingFiles(failing) })
    await journal.append(records(1, 2))
    failing.on = 'write'
    expect(await journal.append([record(3)])).toMatchObject({ ok: false, reason: 'disk_full' })
    failing.on = null
    expect(await journal.append([record(4)])).toEqual({ ok: true })
    expect(await journal.read(1, 1, 10)).toEqual([record(1), record(2), record(4)])
    await journal.close()
  })

  test('after a failed fsync nothing is claimed, and the next append goes to a new segment', async () => {
    const folder = folderOf()
    const failing = { on: null as 'datasync' | null, code: 'EIO' }
    const journal = await openJournal({ folder, log: silentLog, openFile: failingFiles(failing) })
    await journal.append([record(1)])
    failing.on = 'datasync'
    expect(await journal.append([record(2)])).toMatchObject({ ok: false, reason: 'journal_failed' })
    failing.on = null
    expect(await journal.append([record(2)])).toEqual({ ok: true })
    expect(readdirSync(folder).length).toBe(2)
    expect(await journal.read(1, 1, 10)).toEqual(records(1, 2))
    await journal.close()
  })

  /** Opens real files of which a block can no longer be read: 0 the first, 1 the second. */
  function unreadableBlock(block: number) {
    return async (path: string, flags: string): Promise<FileHandle> => {
      const file = await open(path, flags)
      if (!path.endsWith('1.journal')) return file
      const refused = Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' })
      return new Proxy(file, {
        get: (target, name) => {
          if (name === 'readFile') return async () => Promise.reject(refused)
          const value = Reflect.get(target, name) as unknown
          if (typeof value !== 'function') return value
          return async (...args: unknown[]) => {
            if (name === 'read' && Math.floor((args[3] as number) / 4096) === block) throw refused
            return (value as (...given: unknown[]) => unknown).apply(target, args)
          }
        },
      })
    }
  }

  test('[S23] a block that the disk does not give back costs the records in it and no other, wherever it is', async () => {
    for (const segmentBytesMax of [12_000, 1_000_000]) {
      const folder = folderOf()
      const before = await reopen(folder, segmentBytesMax)
      for (const one of records(1, 300)) await before.append([one])
      await before.close()
      const again = { folder, log: silentLog, segmentBytesMax, openFile: unreadableBlock(1) }
      const journal = await openJournal(again)
      const read = await journal.read(1, 1, 1000)
      expect(read.length).toBeGreaterThan(200)
      expect([read[0], read.at(-1)]).toEqual([record(1), record(300)])
      expect((await journal.extent(1)).gap).toBeLessThan(150)
      expect(await journal.append([record(301)])).toEqual({ ok: true })
      await journal.prune({ epoch: 1, seq: 301 }, 0)
      await journal.close()
      // another cable, and all of it is there
      const mended = await reopen(folder, segmentBytesMax)
      expect(await mended.read(1, 1, 1000)).toEqual(records(1, 301))
      await mended.close()
    }
  })

  test('a segment whose folder could not be synced is not written to, and the next append makes another', async () => {
    const folder = folderOf()
    const failing = { on: false }
    const openFile = async (path: string, flags: string) => {
      const file = await open(path, flags)
      if (failing.on && flags === 'wx') renameSync(folder, `${folder}.away`) // the folder cannot be opened for its fsync
      return file
    }
    const journal = await openJournal({ folder, log: silentLog, segmentBytesMax: 100, openFile })
    await journal.append([record(1)])
    failing.on = true
    expect(await journal.append([record(2), record(3)])).toMatchObject({ ok: false, reason: 'journal_failed' })
    failing.on = false
    renameSync(`${folder}.away`, folder)
    expect(await journal.append([record(2), record(3)])).toEqual({ ok: true })
    expect(await journal.read(1, 1, 10)).toEqual(records(1, 3))
    await journal.close()
  })
})

describe('whoever reads while the journal goes on', () => {
  /** Opens real files whose reads wait until they are let go. */
  function slowReads() {
    const slow = { until: Promise.resolve(), begun: 0 }
    const openFile = async (path: string, flags: string): Promise<FileHandle> => {
      const file = await open(path, flags)
      if (flags !== 'r') return file
      return new Proxy(file, {
        get: (target, name) => {
          const value = Reflect.get(target, name) as unknown
          if (typeof value !== 'function') return value
          return async (...args: unknown[]) => {
            const result = await (value as (...given: unknown[]) => unknown).apply(target, args)
            if (name === 'readFile') {
              slow.begun += 1
              await slow.until
            }
            return result
          }
        },
      })
    }
    return { slow, openFile }
  }

  test('a segment that was finished while it was read is known whole afterwards', async () => {
    const { slow, openFile } = slowReads()
    const journal = await openJournal({ folder: folderOf(), log: silentLog, segmentBytesMax: 500, openFile })
    await journal.append([record(1)])
    let letGo = () => {}
    slow.until = new Promise((resolve) => {
      letGo = resolve
    })
    const early = journal.read(1, 1, 10)
    while (slow.begun === 0) await new Promise((resolve) => setTimeout(resolve, 1))
    for (const one of records(2, 40)) await journal.append([one])
    letGo()
    expect(await early).toContainEqual(record(1))
    expect(await journal.read(1, 2, 100)).toEqual(records(2, 40))
    await journal.close()
  })

  test('a segment that is dropped meanwhile is passed over', async () => {
    const { slow, openFile } = slowReads()
    const folder = folderOf()
    const journal = await openJournal({ folder, log: silentLog, segmentBytesMax: 500, openFile })
    for (const one of records(1, 100)) await journal.append([one])
    for (const name of readdirSync(folder)) utimesSync(join(folder, name), 1, 1)
    let letGo = () => {}
    slow.until = new Promise((resolve) => {
      letGo = resolve
    })
    const [extent, read] = [journal.extent(1), journal.read(1, 90, 100)]
    while (slow.begun < 2) await new Promise((resolve) => setTimeout(resolve, 1))
    slow.until = Promise.resolve()
    await journal.prune({ epoch: 1, seq: 100 }, Date.now())
    letGo()
    expect((await extent).last).toEqual(record(100))
    expect((await read).at(-1)).toEqual(record(100))
    await journal.close()
  })
})
