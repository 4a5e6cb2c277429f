import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { browseForgetting } from '../../../electron/lan/discovery.ts'
import { newKey, rowOf } from './lan-rig.ts'

/** Two machines on one cable, made of Linux network namespaces: real multicast, real interfaces, no loopback. */

interface Said {
  readonly present: readonly string[]
  readonly trouble: { readonly what: string; readonly message: string } | null
  readonly port: number | null
}

/** Announces many tills that are none, as fast as the network takes it. */
const FLOOD = `
import makeMdns from 'multicast-dns'
const mdns = makeMdns({ interface: '10.77.0.2', bind: '0.0.0.0' })
let n = 0
setInterval(() => {
  for (let each = 0; each < 20; each++) {
    const name = 'made-up-' + n++ + '._bonusbook._tcp.local'
    mdns.respond([
      { name: '_bonusbook._tcp.local', type: 'PTR', ttl: 4500, data: name },
      { name, type: 'SRV', ttl: 4500, data: { target: 'x.local', port: 9 } },
      { name, type: 'TXT', ttl: 4500, data: ['device=b'] },
    ])
  }
  if (n === 2000) console.log('many')
}, 20)`

/** Bounds a hang on a busy machine; nothing rests on how long it took. */
const PATIENT = 180_000

const ip = (...args: string[]) => execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] })
const names = [`bb${process.pid}a`, `bb${process.pid}b`] as const

/** Why there are no namespaces here; null: there are. */
function whyNot(): string | null {
  if (process.platform !== 'linux') return 'network namespaces are Linux'
  if (process.getuid?.() !== 0) return 'network namespaces need root'
  try {
    ip('netns', 'add', `${names[0]}x`)
    ip('netns', 'del', `${names[0]}x`)
    return null
  } catch (error) {
    return `no network namespaces here: ${String(error).split('\n')[0]}`
  }
}

const reason = whyNot()

describe.skipIf(reason !== null)(
  `tills on a cable of their own${reason === null ? '' : ` (skipped: ${reason})`}`,
  () => {
    const children: ChildProcess[] = []
    const keys = { a: newKey(), b: newKey() }
    const rows = [rowOf('a', keys.a), rowOf('b', keys.b)]

    beforeAll(() => {
      const [one, other] = names
      for (const name of names) ip('netns', 'add', name)
      ip('link', 'add', `${one}0`, 'netns', one, 'type', 'veth', 'peer', 'name', `${other}0`, 'netns', other)
      for (const [at, name] of names.entries()) {
        ip('-n', name, 'link', 'set', 'lo', 'up')
        ip('-n', name, 'addr', 'add', `10.77.0.${at + 1}/24`, 'dev', `${name}0`)
        ip('-n', name, 'link', 'set', `${name}0`, 'up')
      }
    })
    afterEach(async () => {
      for (const child of children.splice(0)) {
        if (child.exitCode !== null || child.signalCode !== null) continue
        child.kill('SIGKILL')
        await once(child, 'exit')
      }
    })
    afterAll(() => {
      for (const name of names) ip('netns', 'del', name)
    })

    /** The last thing that a till said, as it goes on saying. */
    function start(device: 'a' | 'b', namespace: string) {
      const told = { device, key: keys[device].export({ type: 'pkcs8', format: 'pem' }), rows }
      const script = join(import.meta.dirname, 'mdns-till.ts')
      const child = spawn('ip', ['netns', 'exec', namespace, process.execPath, script, JSON.stringify(told)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      children.push(child)
      let last: Said | undefined
      createInterface({ input: child.stdout }).on('line', (line) => {
        last = JSON.parse(line) as Said
      })
      return { child, said: () => last }
    }

    async function until(what: string, holds: () => boolean, patienceMs = 50_000): Promise<void> {
      for (let waited = 0; !holds(); waited += 20) {
        if (waited > patienceMs) throw new Error(`waited in vain: ${what}`)
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    }

    test(
      '[S127] find each other by multicast alone, and again when one comes back on another port',
      async () => {
        const a = start('a', names[0])
        const b = start('b', names[1])
        await until('they meet', () => a.said()?.present[0] === 'b' && b.said()?.present[0] === 'a')
        const port = b.said()!.port
        b.child.kill('SIGKILL')
        await until('one is missed', () => a.said()?.present.length === 0)
        const again = start('b', names[1])
        await until('they meet again', () => a.said()?.present[0] === 'b' && again.said()?.present[0] === 'a')
        expect(again.said()!.port).not.toBe(port)
      },
      PATIENT,
    )

    test(
      '[S127] find each other among announcements that somebody makes up without end',
      async () => {
        const flood = spawn('ip', ['netns', 'exec', names[1], process.execPath, '--input-type=module', '-e', FLOOD], {
          stdio: ['ignore', 'pipe', 'inherit'],
        })
        children.push(flood)
        const a = start('a', names[0])
        await once(flood.stdout!, 'data')
        const b = start('b', names[1])
        await until('they meet', () => a.said()?.present[0] === 'b' && b.said()?.present[0] === 'a')
        expect(a.child.exitCode).toBeNull()
      },
      PATIENT,
    )

    test(
      '[S127] a cable that is pulled is noticed, and plugged in again it serves',
      async () => {
        const a = start('a', names[0])
        const b = start('b', names[1])
        await until('they meet', () => a.said()?.present.length === 1 && b.said()?.present.length === 1)
        ip('-n', names[0], 'link', 'set', `${names[0]}0`, 'down')
        await until('both notice', () => a.said()?.present.length === 0 && b.said()?.present.length === 0)
        ip('-n', names[0], 'link', 'set', `${names[0]}0`, 'up')
        await until('they meet again', () => a.said()?.present.length === 1 && b.said()?.present.length === 1)
      },
      PATIENT,
    )

    test('[S127] a network that takes no multicast is told, and the till goes on listening', async () => {
      const lone = `${names[0]}z`
      ip('netns', 'add', lone)
      try {
        const a = start('a', lone) // not even loopback is up
        await until('it says so', () => a.said()?.trouble?.what === 'multicast')
        expect(a.said()!.port).toBeGreaterThan(0)
        expect(a.child.exitCode).toBeNull()
      } finally {
        ip('netns', 'del', lone)
      }
    })
  },
)

test('[S127] a browser that has heard of two hundred tills is left for one that remembers none of them', () => {
  const browsers: (EventEmitter & { stop: () => void })[] = []
  let stopped = 0
  const find = () => {
    const browser = Object.assign(new EventEmitter(), {
      stop: () => {
        stopped += 1
      },
    })
    browsers.push(browser)
    return browser
  }
  const found: unknown[] = []
  const browsing = browseForgetting(find, (service) => found.push(service))
  for (let n = 0; n < 1_000; n++) browsers.at(-1)!.emit('up', n)
  expect([found.length, browsers.length, stopped]).toEqual([1_000, 6, 5])
  browsing.stop()
  expect(stopped).toBe(6)
})
