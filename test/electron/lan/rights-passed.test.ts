import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { signText } from '../../../electron/device-key.ts'
import { openRightsPassed, type RightsPassed } from '../../../electron/lan/rights-passed.ts'
import { silentLog } from '../../../electron/log.ts'
import type { CoreReply } from '../../../shared/core-api.ts'
import { type Given, type GiveRequest, type HandOver, handOverText } from '../../../shared/rights/hand-over.ts'
import { type LanTill, newTill, until, wire } from './lan-rig.ts'

/** A core's memory of rights: knows each request and each transfer for ever, as `shared/rights/hand-over.ts` says. */
function rightsOf(device: string, points: number) {
  let free = points
  const given = new Map<string, Given>()
  const taken = new Map<string, number>()
  let down = false
  const core = async (method: string, params: unknown): Promise<CoreReply<unknown>> => {
    if (down) return { ok: false, reason: 'starting' }
    if (method === 'rights.give') {
      const { request, member, purse, points: wanted, taker } = params as GiveRequest
      const known = given.get(request)
      if (known !== undefined) return { ok: true, value: known }
      const part = Math.min(free, Number(wanted))
      free -= part
      const giver = { device, epoch: 1 } as HandOver['giver']
      const handOver: HandOver = {
        ...{ transfer: `${request}/1`, lease: 'l-1', member, purse, giver, taker },
        points: part.toFixed(2),
      }
      const answer = { handOvers: part === 0 ? [] : [handOver] }
      given.set(request, answer)
      return { ok: true, value: answer }
    }
    for (const one of (params as { handOvers: HandOver[] }).handOvers) taken.set(one.transfer, Number(one.points))
    return { ok: true, value: { points: '0.00' } }
  }
  return {
    core,
    down: (is: boolean) => {
      down = is
    },
    free: () => free,
    taken: () => [...taken.values()].reduce((sum, one) => sum + one, 0),
  }
}

const opened: (() => unknown)[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((close) => close()))
})

function passing(
  till: () => LanTill,
  rights: ReturnType<typeof rightsOf>,
  file = newFile(),
  now = Date.now,
  epoch = 1,
): RightsPassed {
  const made = openRightsPassed({
    file,
    identity: () => ({ device: till().device, epoch }),
    sign: (text) => signText(till().key, text),
    roster: { find: (device) => till().roster.find(device) } as LanTill['roster'],
    neighbours: { present: () => till().lan.present(), ask: (...params) => till().lan.ask(...params) },
    core: rights.core,
    log: silentLog,
    againEveryMs: 20,
    now,
  })
  opened.push(made.close)
  return made
}

const newFile = () => join(mkdtempSync(join(tmpdir(), 'bonusbook-rights-')), 'rights-asked.json')
const wish = { member: 'anna', purse: 'points', points: '50.00' }

/** A giver with so many points, and a taker that reaches it over a wire. */
async function shop(points: number, takerFile = newFile()) {
  const [giverRights, takerRights] = [rightsOf('giver', points), rightsOf('taker', 0)]
  const giving = passing(() => giver, giverRights)
  const giver: LanTill = newTill('giver', { answerers: { rights: giving.give } })
  const stranger = newTill('stranger')
  giver.roster.replace([giver.row, stranger.row])
  await giver.lan.refresh()
  const cable = await wire(giver.port)
  const taker: LanTill = newTill('taker', { places: () => [cable.place()] })
  opened.push(
    () => giver.lan.close(),
    () => taker.lan.close(),
    () => cable.close(),
  )
  const taking = passing(() => taker, takerRights, takerFile)
  for (const till of [giver, taker]) till.roster.replace([giver.row, taker.row])
  for (const till of [giver, taker]) await till.lan.refresh()
  const met = () => until('they meet', () => giver.lan.present().length === 1 && taker.lan.present().length === 1)
  await met()
  return { giver, taker, giverRights, takerRights, giving, taking, cable, met }
}

describe('a right that is passed on', () => {
  test('[S131] is out at the giver, in at the taker, once, and signed by the giver', async () => {
    const { giver, giverRights, takerRights, taking } = await shop(80)
    const came = await taking.ask(wish, 2_000)
    expect(came).toMatchObject([{ points: '50.00', giver: { device: 'giver' }, taker: { device: 'taker' } }])
    const { signature, ...handOver } = came[0]!
    expect(signature).toBe(signText(giver.key, handOverText(handOver)))
    await until('the core has it too', () => takerRights.taken() === 50)
    expect(giverRights.free()).toBe(30)
  })

  test('[S131] a request that the full disk does not take is not sent, and one that it does not let go of moves nothing twice', async () => {
    const file = newFile()
    const { giverRights, takerRights, taking } = await shop(80, file)
    const draft = `${file}.${process.pid}.draft`
    mkdirSync(draft)
    expect(await taking.ask(wish, 200)).toEqual([])
    taking.again()
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect([giverRights.free(), takerRights.taken()]).toEqual([80, 0])
    rmSync(draft, { recursive: true })
    const asked = taking.ask(wish, 2_000)
    await until('it is out at the giver', () => giverRights.free() === 30)
    mkdirSync(draft)
    expect(await asked).toHaveLength(1)
    await until('the core has it', () => takerRights.taken() === 50)
    rmSync(draft, { recursive: true })
    await until('it is forgotten', () => readFileSync(file, 'utf8').trim() === '[]')
    expect([giverRights.free(), takerRights.taken()]).toEqual([30, 50])
  })

  test('[S131] an answer that the wire swallows comes later, by the same request, and moves nothing twice', async () => {
    const { giverRights, takerRights, taking, cable, giver, met } = await shop(80)
    // What goes in comes to the giver; what it answers is lost.
    const lost = new Promise<void>((resolve) => {
      const watch = setInterval(() => {
        if (giverRights.free() === 80) return
        clearInterval(watch)
        resolve()
      }, 0)
    })
    const asking = taking.ask(wish, 150)
    await Promise.race([lost, asking])
    cable.cut()
    await asking
    cable.mend()
    await met()
    await until('it has arrived', () => takerRights.taken() === 50)
    expect(giverRights.free()).toBe(30)
    expect(giver.lan.present()).toEqual(['taker'])
  })

  test('[S131] a taker that dies while it waits asks again when it is back: in flight is nobody’s, and not lost', async () => {
    const file = newFile()
    const first = await shop(80, file)
    first.takerRights.down(true)
    expect(await first.taking.ask(wish, 2_000)).toHaveLength(1) // the core died before it had written
    expect(first.takerRights.taken()).toBe(0)
    first.taking.close()
    const again = rightsOf('taker', 0)
    const taking = passing(() => first.taker, again, file)
    taking.again()
    await until('it has arrived', () => again.taken() === 50)
    expect(first.giverRights.free()).toBe(30)
  })

  test.each([
    [6, 50],
    [8, 0],
  ])(
    '[S131] a request is asked again for a week; after that the cloud takes home what was sent (%i days: %i points)',
    async (days, points) => {
      const file = newFile()
      const { giver, taker, takerRights, giverRights, taking } = await shop(80, file)
      takerRights.down(true)
      await taking.ask(wish, 2_000) // the giver has written it, and the core here has not
      taking.close()
      const later = rightsOf('taker', 0)
      passing(
        () => taker,
        later,
        file,
        () => Date.now() + days * 86_400_000,
      ).again()
      await until('nothing is asked for any more', () => readFileSync(file, 'utf8') === '[]\n')
      expect(later.taken()).toBe(points)
      expect(giverRights.free()).toBe(30)
      expect(giver.lan.present()).toEqual(['taker'])
    },
  )

  test('[S131] what was asked for an epoch that the till has left is not asked again: nobody could take it', async () => {
    const file = newFile()
    const { taker, taking, giverRights, cable, met } = await shop(80, file)
    cable.cut()
    expect(await taking.ask(wish, 50)).toEqual([]) // it never came to the giver
    taking.close()
    await until('the silence is noticed', () => taker.lan.present().length === 0)
    cable.mend()
    await met()
    passing(() => taker, rightsOf('taker', 0), file, Date.now, 2).again()
    await until('nothing is asked for any more', () => readFileSync(file, 'utf8') === '[]\n')
    expect(giverRights.free()).toBe(80)
  })

  test('[S131] what an earlier release asked, which did not write down when, is still asked for', async () => {
    const file = newFile()
    const { taker, takerRights, taking } = await shop(80, file)
    takerRights.down(true)
    await taking.ask(wish, 2_000)
    taking.close()
    const kept = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>[]
    writeFileSync(file, JSON.stringify(kept.map(({ at: _, ...one }) => one)))
    const later = rightsOf('taker', 0)
    passing(() => taker, later, file).again()
    await until('it has arrived', () => later.taken() === 50)
  })

  test('[S131] an old hand-over that is played again is the same hand-over', async () => {
    const { giverRights, takerRights, taking, giver } = await shop(80)
    const [came] = await taking.ask(wish, 2_000)
    const request = came!.transfer.split('/')[0]!
    const replayed = { ...wish, request, taker: { device: 'taker', epoch: 1 } } as never
    const again = await giver.lan.ask('taker', 'rights', replayed, 50)
    expect(again).toMatchObject({ ok: true, value: { handOvers: [] } }) // the taker's own `rights` gives nothing
    expect(giverRights.free()).toBe(30)
    await until('once', () => takerRights.taken() === 50)
  })

  test('[S132] one in another till’s name, or changed on its way, is not taken', async () => {
    const { giver, taking, takerRights, giving, taker } = await shop(80)
    expect(
      await giving.give({ ...wish, request: 'r', taker: { device: 'giver', epoch: 1 } } as never, 'taker'),
    ).toEqual({ ok: false, reason: 'bad_request' })
    // The giver signs with a key that is not its own.
    const stranger = newTill('other')
    taker.roster.replace([{ ...giver.row, publicKey: stranger.row.publicKey }, taker.row])
    expect(await taking.ask(wish, 2_000)).toEqual([])
    expect(takerRights.taken()).toBe(0)
  })

  test('[S125] a giver that hangs costs the taker what it was ready to wait', async () => {
    const { taking, cable } = await shop(80)
    cable.cut()
    const start = performance.now()
    expect(await taking.ask(wish, 200)).toEqual([])
    expect(performance.now() - start).toBeLessThan(2_000)
  })

  test('[S131] nothing to give is an answer too, and is not asked for again', async () => {
    const file = newFile()
    const { taking, giverRights } = await shop(0, file)
    expect(await taking.ask(wish, 2_000)).toEqual([])
    expect(giverRights.free()).toBe(0)
    await until('it is forgotten', () => readFileSync(file, 'utf8').trim() === '[]')
  })
})
