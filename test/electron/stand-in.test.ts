import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeCodec } from '../electron-stand-in/codec.ts'
import { newProfile, type RunningShell, spawnStandIn, startShell } from './running-shell.ts'

const main = join(import.meta.dirname, 'echo/main.mjs')

interface Echo {
  invoke: (...args: unknown[]) => Promise<unknown[]>
  fail: () => Promise<never>
  crash: () => void
  add: (one: number, other: number) => number
  send: (...args: unknown[]) => void
  onSent: (listener: (...args: unknown[]) => void) => () => void
  hasRequire: () => boolean
}
declare const echo: Echo

describe('the codec between the worlds', () => {
  test('carries what structured clone carries and JSON does not', () => {
    const codec = makeCodec()
    const value = {
      bytes: Uint8Array.from([0, 255, 7]),
      big: 12345678901234567890n,
      at: new Date(5),
      none: undefined,
      nan: Number.NaN,
      list: [1n, [undefined]],
      $: 'not a tag',
    }
    expect(codec.decode(codec.encode(value))).toEqual(value)
    expect(String(codec.decode(codec.encode(new RangeError('far'))))).toBe('RangeError: far')
  })

  test('refuses functions where Electron refuses them', () => {
    expect(() => makeCodec().encode({ run: () => {} })).toThrow('could not be cloned')
  })
})

describe('a small app on the stand-in', () => {
  let shell: RunningShell
  let page: Page
  const said: string[] = []

  beforeAll(async () => {
    shell = await startShell(main, newProfile())
    createInterface({ input: shell.process.stdout! }).on('line', (line) => said.push(line))
    page = await shell.page('')
  })
  afterAll(async () => {
    await shell.stop()
  })

  test('a call from the page reaches main and comes back, bytes and bigints whole', async () => {
    const answer = await page.evaluate(async () => {
      const [bytes, big, at] = await echo.invoke(Uint8Array.from([1, 2, 255]), 7n, new Date(3))
      return [bytes instanceof Uint8Array, [...(bytes as Uint8Array)], String(big), (at as Date).getTime()]
    })
    expect(answer).toEqual([true, [1, 2, 255], '7', 3])
  })

  test('a megabyte goes through, and a hundred calls keep their order', async () => {
    const length = await page.evaluate(async () => ((await echo.invoke('x'.repeat(1_000_000)))[0] as string).length)
    expect(length).toBe(1_000_000)
    const order = await page.evaluate(async () => {
      const heard: unknown[] = []
      const stop = echo.onSent((value) => heard.push(value))
      for (let n = 0; n < 100; n += 1) echo.send(n)
      while (heard.length < 100) await new Promise((resolve) => setTimeout(resolve, 5))
      stop()
      return heard
    })
    expect(order).toEqual([...Array(100).keys()])
  })

  test('an error in main rejects the call with its message; a plain function answers at once', async () => {
    expect(await page.evaluate(() => echo.fail().catch((error: Error) => error.message))).toContain('too far')
    expect(await page.evaluate(() => echo.add(2, 3))).toBe(5)
  })

  test('a listener that was taken off hears nothing more', async () => {
    const heard = await page.evaluate(async () => {
      const all: unknown[] = []
      echo.onSent((value) => all.push(value))()
      echo.send('late')
      await echo.invoke()
      await new Promise((resolve) => setTimeout(resolve, 50))
      return all
    })
    expect(heard).toEqual([])
  })

  test('the page has the bridge and nothing of the preload', async () => {
    expect(await page.evaluate(() => [Object.isFrozen(echo), echo.hasRequire()])).toEqual([true, false])
    expect(
      await page.evaluate(() => Object.keys(window).filter((key) => /standIn|require|electron/i.test(key))),
    ).toEqual([])
  })

  test('storage is durable as the app allowed, navigation and new windows are denied as it said', async () => {
    expect(await page.evaluate(() => navigator.storage.persist())).toBe(true)
    await page.evaluate(() => {
      window.open('https://echo.invalid/other')
      location.href = 'https://echo.invalid/other'
    })
    await new Promise((resolve) => setTimeout(resolve, 300))
    const others = () =>
      page
        .context()
        .pages()
        .filter((one) => one.url().endsWith('/other')).length
    await expect.poll(others, { timeout: 5000 }).toBe(0)
    expect(page.url()).toBe('https://echo.invalid/')
  })

  test('a second launch on the same profile is told so, and the first hears of it', async () => {
    const second = spawnStandIn(main, { BONUSBOOK_PROFILE: shell.profile, BONUSBOOK_CDP_PORT: '0' })
    const [code] = await once(second, 'exit')
    expect(code).toBe(7)
    expect(said).toContain('{"heard":"second instance"}')
  })

  test('a crash of the page is told as Electron tells it', async () => {
    await page.evaluate(() => echo.crash()).catch(() => {})
    await expect.poll(() => said).toContain('{"gone":"crashed"}')
  })
})
