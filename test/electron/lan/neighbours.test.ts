import { type KeyObject, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect as connectTcp, createServer } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import { afterEach, describe, expect, test } from 'vitest'
import { rawPublicKey } from '../../../electron/device-key.ts'
import { provenKey, selfSignedCertificate } from '../../../electron/lan/certificate.ts'
import { frameBytes, frameReader } from '../../../electron/lan/frames.ts'
import { type Place, placeOf } from '../../../electron/lan/place.ts'
import { FRAME_BYTES_MAX, type LanFrame } from '../../../shared/lan/protocol.ts'
import type { DeviceRow } from '../../../shared/sync/protocol.ts'
import { type LanTill, newKey, newTill, QUICK, rowOf, type TillOptions, until, wire } from './lan-rig.ts'

const opened: (() => unknown)[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((close) => close()))
})

function till(device: string, options: TillOptions = {}): LanTill {
  const made = newTill(device, options)
  opened.push(() => made.lan.close())
  return made
}

/** Everybody is told of everybody. */
async function introduce(...tills: LanTill[]): Promise<void> {
  const rows = tills.map((one) => one.row)
  for (const one of tills) one.roster.replace(rows)
  for (const one of tills) await one.lan.refresh()
}

/** Two tills that know each other's place. */
async function pair(options: TillOptions = {}, other: TillOptions = {}) {
  const b = till('b', options)
  const a = till('a', { places: () => [b.place()], ...other })
  b.roster.replace([a.row, b.row])
  await b.lan.refresh()
  a.roster.replace([a.row, b.row])
  await a.lan.refresh()
  await until('they meet', () => a.lan.present().includes('b') && b.lan.present().includes('a'))
  return { a, b }
}

/** A client with this key at a till's door. */
function callAs(key: KeyObject, port: number): TLSSocket {
  return connect({
    host: '127.0.0.1',
    port,
    key: key.export({ type: 'pkcs8', format: 'pem' }),
    cert: selfSignedCertificate(key),
    sigalgs: 'ed25519',
    rejectUnauthorized: false,
  }).on('error', () => {})
}

/** The bytes that such a client is told before the connection ends. */
async function knock(port: number, key = newKey()): Promise<number> {
  const socket = callAs(key, port)
  let bytes = 0
  socket.on('data', (piece) => {
    bytes += piece.length
  })
  await once(socket, 'close')
  return bytes
}

describe('who may speak', () => {
  test('[S120] a certificate carries the device key, and nothing that could be taken for anything else', () => {
    const key = newKey()
    const certificate = new X509Certificate(selfSignedCertificate(key))
    expect(provenKey(certificate)).toBe(rawPublicKey(key))
    expect(certificate.verify(certificate.publicKey)).toBe(true)
    expect([certificate.subject, certificate.issuer, certificate.validTo]).toEqual([
      'CN=till',
      'CN=till',
      'Dec 31 23:59:59 9999 GMT',
    ])
    expect(selfSignedCertificate(key)).toBe(selfSignedCertificate(key))
  })

  test('[S120] two tills that the cloud told of each other meet, over one connection, and say hello', async () => {
    const { a, b } = await pair()
    expect(a.hellos).toMatchObject([{ device: 'b', hello: { device: 'b', mirrors: [] } }])
    expect(b.hellos).toMatchObject([{ device: 'a', hello: { device: 'a' } }])
  })

  test('[S121] a stranger hears nothing: no key of ours, no certificate at all, no TLS at all', async () => {
    const { b } = await pair()
    expect(await knock(b.port())).toBe(0)
    const plain = connect({ host: '127.0.0.1', port: b.port(), rejectUnauthorized: false })
    let told = 0
    plain.on('data', (piece) => {
      told += piece.length
    })
    plain.on('error', () => {})
    await once(plain, 'close')
    expect(told).toBe(0)
    const raw = connectTcp(b.port(), '127.0.0.1')
    raw.on('error', () => {})
    raw.end('GET / HTTP/1.1\r\n\r\n')
    await once(raw, 'close')
    expect(b.lan.present()).toEqual(['a'])
    expect(b.log.filter((line) => line.includes('stranger')).length).toBe(2)
  })

  test.each<[string, (row: DeviceRow) => DeviceRow]>([
    ['a till of another outlet', (row) => ({ ...row, outlet: 'B' as DeviceRow['outlet'] })],
    ['a revoked till', (row) => ({ ...row, state: 'revoked' })],
    ['a till with another key than the cloud told', (row) => ({ ...row, publicKey: rowOf('b', newKey()).publicKey })],
  ])('[S121] %s is refused by the one that calls and by the one that is called', async (_name, changed) => {
    const b = till('b')
    const a = till('a', { places: () => [b.place()] })
    const c = till('c')
    b.roster.replace([a.row, b.row, c.row])
    await b.lan.refresh()
    // `c` is there for a reason: without any neighbour a till does not listen at all.
    a.roster.replace([a.row, changed(b.row), c.row])
    await a.lan.refresh()
    await until('the caller refuses', () => a.log.some((line) => line.includes('answered a call')))
    expect([a.lan.present(), b.lan.present(), b.hellos]).toEqual([[], [], []])
    expect(await knock(a.port(), b.key)).toBe(0)
  })

  test('[S122] a till that is revoked while it is connected is cut off at once, and not called again', async () => {
    const { a, b } = await pair()
    b.roster.replace([{ ...a.row, state: 'revoked' }, b.row, rowOf('c', newKey())])
    await b.lan.refresh()
    expect(b.lan.present()).toEqual([])
    await until('the other notices', () => a.lan.present().length === 0)
    expect(await knock(b.port(), a.key)).toBe(0)
    expect(b.lan.lastSeenAt('a')).toEqual(new Date(0))
  })

  test('[S121] a till that shows its own key under another name is put out before it can ask', async () => {
    const c = till('c')
    const a = newTill('a')
    const b = till('b')
    // The key is c's, the name that it says is a's.
    const liar = newTill('a', { key: c.key, places: () => [b.place()] })
    opened.push(() => liar.lan.close())
    b.roster.replace([a.row, b.row, c.row])
    await b.lan.refresh()
    liar.roster.replace([b.row])
    await liar.lan.refresh()
    await until('the liar is put out', () => b.log.some((line) => line.includes('says to be another till')))
    expect(b.hellos).toEqual([])
    expect(b.lan.present()).toEqual([])
  })

  test('[S120] a till without neighbours, or switched off, does not listen', async () => {
    const a = till('a')
    await a.lan.refresh()
    expect(a.lan.port()).toBeNull()
    a.roster.replace([a.row, rowOf('b', newKey())])
    await a.lan.refresh()
    expect(a.lan.port()).toBeGreaterThan(0)
    a.roster.replace([a.row])
    await a.lan.refresh()
    expect(a.lan.port()).toBeNull()
  })
})

describe('a neighbour that has not said hello yet', () => {
  /** Its connection, with the key proved and the other side's hello read; it says its own when it is told to. */
  async function halfGreeted() {
    const key = newKey()
    const b = till('b')
    b.roster.replace([b.row, rowOf('c', key), rowOf('x', newKey())])
    await b.lan.refresh()
    const socket = callAs(key, b.port())
    opened.push(() => socket.destroy())
    await once(socket, 'data')
    socket.resume()
    const greet = () => {
      const version = { oldest: 1, newest: 1 }
      socket.write(frameBytes({ kind: 'hello', version, device: 'c' as never, app: 'test', mirrors: [] }))
      const living = setInterval(() => socket.write(frameBytes({ kind: 'ping' })), 20)
      socket.on('close', () => clearInterval(living))
    }
    return { b, socket, greet }
  }

  test('[S122] is cut off too when it is revoked', async () => {
    const { b, socket, greet } = await halfGreeted()
    b.roster.replace([b.row, rowOf('x', newKey())])
    await b.lan.refresh()
    greet()
    await until('it is cut off', () => socket.destroyed)
    expect([b.lan.present(), b.hellos]).toEqual([[], []])
  })

  test('[S125] keeps no till from closing', async () => {
    const { b, greet } = await halfGreeted()
    const closing = b.lan.close()
    greet()
    await closing
    expect(b.hellos).toEqual([])
  })
})

describe('announcements that anybody may have made', () => {
  /** A port on all of loopback's addresses that hangs up on whoever calls; `calls`: how often at which address. */
  async function hangingUp() {
    const calls = new Map<string, number>()
    const server = createServer((socket) => {
      calls.set(socket.localAddress!, (calls.get(socket.localAddress!) ?? 0) + 1)
      socket.on('error', () => {}).destroy()
    })
    server.listen(0, '0.0.0.0')
    await once(server, 'listening')
    opened.push(() => server.close())
    /** How many addresses are called again and again. */
    async function called(): Promise<number> {
      for (const times of [2, 4]) {
        calls.clear()
        await until('somebody is called again', () => [...calls.values()].some((count) => count >= times))
      }
      return calls.size
    }
    return { port: (server.address() as AddressInfo).port, calls, called }
  }

  function told(): { discover: TillOptions['discover']; tell: (place: Place) => void } {
    let onPlace: (place: Place) => void = () => {}
    const tell = (place: Place) => onPlace(place)
    const discover: TillOptions['discover'] = (options) => {
      onPlace = options.onPlace
      return { stop: () => {} }
    }
    return { discover, tell }
  }

  test('[S127] of one till eight places are called at most, and it is found among all that was made up', async () => {
    const nobody = await hangingUp()
    const { discover, tell } = told()
    const flood = (net: number) => {
      for (let n = 1; n <= 120; n++) tell({ host: `127.${net}.0.${n}`, port: nobody.port, device: 'b' })
    }
    const b = till('b')
    const a = till('a', { discover })
    await introduce(b, a)
    flood(7)
    expect(await nobody.called()).toBeLessThanOrEqual(8)
    tell({ ...b.place(), device: 'b' })
    await until('they meet', () => a.lan.present().includes('b'))
    flood(8)
    b.roster.replace([b.row, rowOf('x', newKey())])
    await b.lan.refresh()
    await until('they part', () => a.lan.present().length === 0)
    flood(9)
    expect(await nobody.called()).toBeLessThanOrEqual(8)
    b.roster.replace([a.row, b.row])
    await b.lan.refresh()
    await until('they meet again', () => a.lan.present().includes('b'))
  })

  test('[S127] a till that the cloud tells of later is called where it was last announced, whatever else was', async () => {
    const { discover, tell } = told()
    const a = till('a', { discover })
    const b = till('b')
    b.roster.replace([a.row, b.row])
    await b.lan.refresh()
    a.roster.replace([a.row, rowOf('x', newKey())])
    await a.lan.refresh()
    for (let n = 0; n < 600; n++) tell({ host: '127.0.0.1', port: 9, device: `nobody-${n}` })
    tell({ ...b.place(), device: 'b' })
    a.roster.replace([a.row, b.row])
    await a.lan.refresh()
    await until('they meet', () => a.lan.present().includes('b'))
  })

  test('[S122] a till that is a neighbour no more is not called any more', async () => {
    const nobody = await hangingUp()
    const { discover, tell } = told()
    const a = till('a', { discover })
    const [b, c] = [rowOf('b', newKey()), rowOf('c', newKey())]
    a.roster.replace([a.row, b, c])
    await a.lan.refresh()
    for (const device of ['b', 'c']) {
      tell({ host: `127.0.0.${device === 'b' ? 2 : 3}`, port: nobody.port, device })
    }
    await until('both are called', () => nobody.calls.size === 2)
    a.roster.replace([a.row, c])
    await a.lan.refresh()
    expect(await nobody.called()).toBe(1)
  })
})

describe('asking', () => {
  const asked = { outlet: 'A' as never, receipt: 'r-1' as never }

  test('[S124] either side asks over the one connection, many at a time, each answered as it is ready', async () => {
    const answer: TillOptions['answerers'] = {
      receipt: async ({ receipt }) => {
        await new Promise((resolve) => setTimeout(resolve, receipt === 'slow' ? 60 : 0))
        return { ok: true, value: { entries: [receipt] } }
      },
    }
    const { a, b } = await pair({ answerers: answer }, { answerers: answer })
    const order: string[] = []
    const ask = async (from: LanTill, to: string, receipt: string) => {
      const reply = await from.lan.ask(to, 'receipt', { outlet: 'A' as never, receipt: receipt as never }, 1_000)
      if (reply.ok) order.push(reply.value.entries[0]!)
    }
    await Promise.all([ask(a, 'b', 'slow'), ask(a, 'b', 'quick'), ask(b, 'a', 'back')])
    expect(order.at(-1)).toBe('slow')
    expect(order.toSorted()).toEqual(['back', 'quick', 'slow'])
  })

  test('[S125] a neighbour that hangs costs the asker its own limit and no more', async () => {
    const { a } = await pair({ answerers: { receipt: () => new Promise(() => {}) } })
    const start = performance.now()
    expect(await a.lan.ask('b', 'receipt', asked, 50)).toEqual({ ok: false, reason: 'late' })
    expect(performance.now() - start).toBeLessThan(1_000)
    expect(a.lan.present()).toEqual(['b'])
  })

  test('[S125] who is not there answers "gone" without any waiting', async () => {
    const a = till('a')
    expect(await a.lan.ask('b', 'receipt', asked, 60_000)).toEqual({ ok: false, reason: 'gone' })
  })

  test('[S125] a wire that passes nothing on is noticed by its silence, and mended it is found again', async () => {
    const b = till('b')
    b.roster.replace([rowOf('x', newKey())])
    await b.lan.refresh()
    const cable = await wire(b.port)
    opened.push(() => cable.close())
    const a = till('a', { places: () => [cable.place()] })
    await introduce(b, a)
    await until('they meet', () => b.lan.present().length === 1 && a.lan.present().length === 1)
    cable.cut()
    const late = a.lan.ask('b', 'receipt', asked, 60_000)
    await until('both notice', () => a.lan.present().length === 0 && b.lan.present().length === 0)
    expect(await late).toEqual({ ok: false, reason: 'gone' })
    cable.mend()
    await until('they meet again', () => a.lan.present().length === 1 && b.lan.present().length === 1)
  })

  test('[S124] an ask that this release does not know, or cannot read, is refused and costs nothing else', async () => {
    const { a } = await pair({ answerers: { receipt: async () => ({ ok: true, value: { entries: ['x'] } }) } })
    expect(await a.lan.ask('b', 'teleport' as never, {} as never, 1_000)).toEqual({ ok: false, reason: 'unknown_ask' })
    expect(await a.lan.ask('b', 'toString' as never, {} as never, 1_000)).toEqual({ ok: false, reason: 'unknown_ask' })
    expect(await a.lan.ask('b', 'receipt', { outlet: 7 } as never, 1_000)).toEqual({ ok: false, reason: 'bad_request' })
    expect(await a.lan.ask('b', 'receipt', asked, 1_000)).toEqual({ ok: true, value: { entries: ['x'] } })
  })

  test('[S124] a fault of the neighbour is its own: the asker hears "failed", the connection lives', async () => {
    const { a, b } = await pair({
      answerers: {
        receipt: () => {
          throw new Error('oops')
        },
      },
    })
    expect(await a.lan.ask('b', 'receipt', asked, 1_000)).toEqual({ ok: false, reason: 'failed' })
    expect(b.log.some((line) => line.includes('oops'))).toBe(true)
    expect(a.lan.present()).toEqual(['b'])
  })

  test('[S126] two tills that call each other at the same moment are there once for each other', async () => {
    const tills: LanTill[] = []
    const places = () => tills.filter((one) => one.lan.port() !== null).map((one) => one.place())
    tills.push(till('a', { places }), till('b', { places }), till('c', { places }))
    await introduce(...tills)
    await introduce(...tills)
    await until('everybody is there', () => tills.every((one) => one.lan.present().length === 2))
    expect(tills[0]!.lan.present().toSorted()).toEqual(['b', 'c'])
  })

  test('[S126] a port that is taken is left, said, and the till calls its neighbours from another one', async () => {
    const b = till('b')
    await introduce(b, till('x'))
    const a = till('a', { port: b.port(), places: () => [b.place()] })
    b.roster.replace([a.row, b.row])
    await b.lan.refresh()
    a.roster.replace([a.row, b.row])
    await a.lan.refresh()
    expect(a.lan.trouble()).toMatchObject({ what: 'listen', message: expect.stringContaining('EADDRINUSE') })
    expect(a.port()).not.toBe(b.port())
    await until('they meet all the same', () => a.lan.present().length === 1)
  })
})

describe('frames', () => {
  const frames: LanFrame[] = [{ kind: 'ping' }, { kind: 'answer', id: 1, value: { text: 'Ж'.repeat(100) } }]

  test('[S123] come out as they went in, however the network cuts them', () => {
    const bytes = Buffer.concat(frames.map(frameBytes))
    for (const size of [1, 3, 7, 64, bytes.length]) {
      const out: LanFrame[] = []
      const read = frameReader((frame) => out.push(frame))
      for (let at = 0; at < bytes.length; at += size) read(bytes.subarray(at, at + size))
      expect(out).toEqual(frames)
    }
  })

  test('[S123] a length beyond the bound is refused before its text is kept', () => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(FRAME_BYTES_MAX + 1)
    expect(() => frameReader(() => {})(length)).toThrow('longer than is allowed')
    expect(() => frameBytes({ kind: 'answer', id: 1, value: 'x'.repeat(FRAME_BYTES_MAX) })).toThrow('too long')
  })

  test.each(['no json', '{"kind":"dance"}', '[]'])('[S123] %s is no frame', (text) => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(text.length)
    expect(() => frameReader(() => {})(Buffer.concat([length, Buffer.from(text)]))).toThrow('a frame is')
  })

  test('[S123] a neighbour that sends no frame is cut off, and everybody else stays', async () => {
    const { a, b } = await pair()
    const key = newKey()
    b.roster.replace([a.row, b.row, rowOf('c', key)])
    await b.lan.refresh()
    const bad = callAs(key, b.port())
    bad.resume()
    await once(bad, 'secureConnect')
    bad.write(Buffer.alloc(100, 0xff))
    await once(bad, 'close')
    expect(b.lan.present()).toEqual(['a'])
  })

  test('[S125] one that says nothing at all is put out after a while', async () => {
    const { a, b } = await pair()
    const key = newKey()
    b.roster.replace([a.row, b.row, rowOf('c', key)])
    await b.lan.refresh()
    const before = performance.now()
    await knock(b.port(), key)
    expect(performance.now() - before).toBeGreaterThan(QUICK.helloWithinMs / 2)
    expect(b.lan.present()).toEqual(['a'])
  })
})

test.each([
  ['192.168.0.7', { host: '192.168.0.7', port: 47_602 }],
  ['till-2.local:5000', { host: 'till-2.local', port: 5_000 }],
  ['[fe80::1]:5000', { host: 'fe80::1', port: 5_000 }],
  ['[::1]', { host: '::1', port: 47_602 }],
  ['', undefined],
  ['a b', undefined],
  ['fe80::1', undefined],
  ['http://x', undefined],
  ['x:70000', undefined],
])('an address in the settings: %s', (text, place) => {
  expect(placeOf(text, 47_602)).toEqual(place === undefined ? undefined : { ...place, device: null })
})
