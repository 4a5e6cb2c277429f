import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CoreEvent, CoreReply } from '../../shared/core-api.ts'
import type { DesktopApi, ShellEvent } from '../../shared/desktop-api.ts'
import { buildShell } from './built-shell.ts'
import { newProfile, type RunningShell, spawnStandIn, startShell } from './running-shell.ts'
import { type SigningCloud, signingCloud } from './signing-cloud.ts'

/** The built main and preload on the stand-in, over small pages in place of the screens and the core. */
declare const bonusbook: DesktopApi
declare const events: (CoreEvent | ShellEvent)[]
declare const inline: unknown

/** Bounds a hang on a busy machine; nothing rests on how long it took. */
const PATIENT = 240_000

let main: string
let cloud: SigningCloud
let shell: RunningShell
let till: Page

const pos = (path: string, body?: unknown) =>
  fetch(`${shell.posApi}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${shell.token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })

beforeAll(async () => {
  main = await buildShell('shell', join(import.meta.dirname, 'pages'))
  cloud = await signingCloud()
  shell = await startShell(main, newProfile(), {
    BONUSBOOK_CLOUD: cloud.address,
    BONUSBOOK_ENROL_CODE: cloud.code,
  })
  till = await shell.page('till.html')
}, PATIENT)
afterAll(async () => {
  await shell?.stop()
  await cloud?.close()
})

describe('the windows', () => {
  test('the till page has the contract of preload, whole, and nothing of Node', async () => {
    expect(await till.evaluate(() => Object.keys(bonusbook).sort())).toEqual([
      'call',
      'changeSettings',
      'core',
      'devices',
      'enrolTill',
      'foundPorts',
      'info',
      'neighbours',
      'newPosToken',
      'onEvent',
      'settings',
      'tryScanners',
    ])
    expect(await till.evaluate(() => typeof (globalThis as { process?: unknown }).process)).toBe('undefined')
    expect(await till.evaluate(() => bonusbook.info())).toMatchObject({ shell: 'stand-in', headless: true })
  })

  test('a call of the till reaches the core and comes back; a wrong one never gets there', async () => {
    const reply = await till.evaluate(() => bonusbook.call('members.find', { card: '2000000000015' }))
    expect(reply).toEqual({ ok: true, value: { method: 'members.find', params: { card: '2000000000015' } } })
    const wrong = await till.evaluate(() => bonusbook.call('members.find', { cart: '1' }))
    expect(wrong).toMatchObject({ ok: false, reason: 'bad_request' })
  })

  test('the till may not play the core, nor the core the till', async () => {
    const message = await till.evaluate(() => bonusbook.core.ready().then(String, (error: Error) => error.message))
    expect(message).toContain('may not')
    const core = await shell.page('core.html')
    const token = await core.evaluate(() => bonusbook.newPosToken().then(String, (error: Error) => error.message))
    expect(token).toContain('may not')
  })

  test('inline scripts do not run, styles with the nonce do, and nothing foreign is fetched', async () => {
    expect(await till.evaluate(() => typeof inline)).toBe('undefined')
    expect(await till.evaluate(() => getComputedStyle(document.body).color)).toBe('rgb(1, 2, 3)')
    const foreign = await till.evaluate(async () => {
      const script = document.createElement('script')
      script.src = 'https://evil.example/x.js'
      const loaded = new Promise((resolve) => {
        script.onerror = () => resolve('refused')
        script.onload = () => resolve('loaded')
      })
      document.head.append(script)
      return [await loaded, await fetch('https://evil.example/').then(String, () => 'refused')]
    })
    expect(foreign).toEqual(['refused', 'refused'])
    expect(await till.evaluate(async () => (await fetch('/../package.json')).status)).toBe(404)
    expect(await till.evaluate(async () => (await fetch('/%2e%2e%2fmain/index.js')).status)).toBe(404)
  })

  test('the till page cannot use the way to the cloud; the core’s worker can, also with a big body', async () => {
    const status = await till.evaluate(async () => (await fetch('/cloud/pull', { method: 'POST', body: '{}' })).status)
    expect(status).toBe(403)
    cloud.next(200, { hello: 'till' })
    const reply = (await till.evaluate(() => bonusbook.call('sync.now', {}))) as CoreReply<unknown>
    expect(reply).toMatchObject({ ok: true, value: { status: 200, json: { hello: 'till' }, module: 'OK' } })
    const core = await shell.page('core.html')
    const big = await core.evaluate(async () => {
      const worker = new Worker('./worker.js', { type: 'module' })
      const heard = new Promise<{ status: number }>((resolve) => {
        worker.onmessage = ({ data }) => resolve(data)
      })
      worker.postMessage({ path: '/cloud/push', body: JSON.stringify({ items: 'x'.repeat(5_000_000) }) })
      return (await heard).status
    })
    expect(big).toBe(200)
    expect(cloud.heard.at(-1)?.body.length).toBe(5_000_012)
  })

  test('settings change what is set, and a wrong one comes back with its path', async () => {
    const reply = await till.evaluate(() => bonusbook.changeSettings({ dock: 'left' }))
    expect(reply).toMatchObject({ ok: true, settings: { dock: 'left', cloud: cloud.address } })
    const wrong = await till.evaluate(() => bonusbook.changeSettings({ dock: 'top' as never }))
    expect(wrong).toMatchObject({ ok: false, errors: [{ path: 'dock' }] })
    expect(await till.evaluate(() => events.map((event) => event.type))).toContain('settings')
  })
})

describe('the core', () => {
  test('is told who this till is, and its journal is on the disk', () => {
    const text = readFileSync(join(shell.profile, 'journal', '0000000001.journal'), 'utf8')
    expect(text).toContain('"tenant":"demo"')
  })

  test('what it says is heard by the till and by registers', async () => {
    expect((await pos('/scans', { code: '2000000000015' })).status).toBe(200)
    await expect.poll(() => till.evaluate(() => events.map((event) => event.type))).toContain('scan')
  })

  test('comes back after a crash; calls meanwhile say so, and the till window is told', async () => {
    const core = await shell.page('core.html')
    const session = await core.context().newCDPSession(core)
    session.send('Page.crash').catch(() => {})
    await expect.poll(async () => (await pos('/state')).status, { interval: 20 }).toBe(503)
    const during = await pos('/state')
    expect([200, 503]).toContain(during.status)
    await expect.poll(async () => (await pos('/state')).status, { timeout: 10_000 }).toBe(200)
    const told = await till.evaluate(() => events.filter((event) => event.type === 'core').map((event) => event.state))
    expect(told.slice(-2)).toEqual(['restarting', 'up'])
  })

  test('outlives the till window, which comes back by itself after a crash', async () => {
    const session = await till.context().newCDPSession(till)
    session.send('Page.crash').catch(() => {})
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect((await pos('/state')).status).toBe(200)
    await expect
      .poll(
        async () =>
          (await shell.page('till.html'))
            .evaluate(() => bonusbook.info())
            .then(
              (info) => info.shell,
              () => '',
            ),
        {
          timeout: 10_000,
        },
      )
      .toBe('stand-in')
    till = await shell.page('till.html')
  })
})

describe('a life', () => {
  test('what is stored survives kill -9 and a clean end; the address file is there only while it runs', async () => {
    const profile = newProfile()
    const first = await startShell(main, profile)
    const write = () =>
      new Promise((resolve) => {
        const opening = indexedDB.open('money', 1)
        opening.onupgradeneeded = () => opening.result.createObjectStore('entries')
        opening.onsuccess = () => {
          const writing = opening.result.transaction('entries', 'readwrite', { durability: 'strict' })
          writing.objectStore('entries').put('sold', 1)
          writing.oncomplete = () => resolve('done')
        }
      })
    const read = () =>
      new Promise((resolve) => {
        const opening = indexedDB.open('money', 1)
        opening.onsuccess = () => {
          const asked = opening.result.transaction('entries').objectStore('entries').get(1)
          asked.onsuccess = () => resolve(asked.result)
        }
      })
    expect(await (await first.page('core.html')).evaluate(write)).toBe('done')
    await first.kill()
    const second = await startShell(main, profile)
    expect(await (await second.page('core.html')).evaluate(read)).toBe('sold')
    expect(existsSync(join(profile, 'pos-api.json'))).toBe(true)
    expect(await second.stop()).toBe(0)
    expect(existsSync(join(profile, 'pos-api.json'))).toBe(false)
  })

  test('whoever started it may go away, and another start on its profile only calls it', async () => {
    const first = await startShell(main, newProfile())
    first.process.stdout?.destroy()
    first.process.stderr?.destroy()
    const second = spawnStandIn(main, { BONUSBOOK_PROFILE: first.profile, BONUSBOOK_HEADLESS: '1' })
    expect(await once(second, 'exit')).toEqual([0, null])
    const state = await fetch(`${first.posApi}/state`, { headers: { authorization: `Bearer ${first.token}` } })
    expect(state.status).toBe(200)
    expect(await first.stop()).toBe(0)
  })

  describe('ends', () => {
    const SLOWLY = 20_000

    /** A shell whose core owes a register an answer. */
    async function owing() {
      const own = await startShell(main, newProfile())
      const core = await own.page('core.html')
      const { posApi, token } = own
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
      const owed = fetch(`${posApi}/scans`, { method: 'POST', headers, body: '{"code":"SILENCE"}' }).then(
        ({ status }) => status,
        () => 0,
      )
      await core.waitForFunction(() => 'isOwing' in globalThis)
      return { own, core, owed }
    }

    async function endsSoon(own: RunningShell): Promise<number | null> {
      const begun = performance.now()
      const code = await own.stop()
      expect(performance.now() - begun).toBeLessThan(SLOWLY)
      return code
    }

    test(
      'at once with a core that answers nobody; whoever waits for it is told',
      async () => {
        const { own, owed } = await owing()
        expect(await endsSoon(own)).toBe(0)
        expect(await owed).toBe(503)
      },
      PATIENT,
    )

    test(
      'at once with a core that is dead',
      async () => {
        const { own, core, owed } = await owing()
        const session = await core.context().newCDPSession(core)
        session.send('Page.crash').catch(() => {})
        await owed
        expect(await endsSoon(own)).toBe(0)
      },
      PATIENT,
    )

    test(
      'at once with a core that does nothing but count',
      async () => {
        const { own, core, owed } = await owing()
        void core
          .evaluate(() => {
            for (;;);
          })
          .catch(() => {})
        await new Promise((resolve) => setTimeout(resolve, 200))
        expect(await endsSoon(own)).toBe(0)
        expect(await owed).toBe(503)
      },
      PATIENT,
    )
  })

  test('settings that were lost do not lose the way to the cloud', async () => {
    await shell.stop()
    writeFileSync(join(shell.profile, 'settings.json'), '{')
    shell = await startShell(main, shell.profile)
    till = await shell.page('till.html')
    cloud.next(200, { hello: 'again' })
    await expect
      .poll(() => till.evaluate(() => bonusbook.call('sync.now', {})), { timeout: 15_000 })
      .toMatchObject({ ok: true, value: { status: 200, json: { hello: 'again' } } })
  })

  test('a profile that makes no sense is never begun anew: the start fails with a sentence', async () => {
    const profile = newProfile()
    writeFileSync(join(profile, 'identity.json'), '{"tenant":')
    await expect(startShell(main, profile)).rejects.toThrow('ended with 1')
    expect(readFileSync(join(profile, 'identity.json'), 'utf8')).toBe('{"tenant":')
  })

  test('without a window there are still the core and the POS API', async () => {
    const quiet = await startShell(main, newProfile(), { BONUSBOOK_WINDOW: '0' })
    const state = await fetch(`${quiet.posApi}/state`, { headers: { authorization: `Bearer ${quiet.token}` } })
    expect(state.status).toBe(200)
    await expect(quiet.page('till.html', 500)).rejects.toThrow('no window')
    await quiet.stop()
  })
})
