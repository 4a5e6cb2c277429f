import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openBrowser } from '../../browser.ts'
import type { Heard } from '../wedge/page/page.ts'
import { serve } from './rig.ts'
import { ALT, CTRL, Keyboard, type Layout, onLayout, SHIFT, usKey } from './wedge-keys.ts'

/** The window's own listener in a real Chromium, before a keyboard that types and scans by its own clock. */

declare const counter: {
  heard: Heard
  settings: { layout: string; prefix: string; gapMs: number }
  fields: () => string[]
  clear: (focus: string) => void
}

const root = resolve(import.meta.dirname, '../../..')
let browser: Browser
let page: Page
let keys: Keyboard
let close: () => void

beforeAll(async () => {
  mkdirSync(join(root, 'test-output'), { recursive: true })
  const built = mkdtempSync(join(root, 'test-output', 'wedge-page-'))
  await build({
    configFile: false,
    root: join(root, 'test/renderer/wedge/page'),
    logLevel: 'error',
    build: { outDir: built, emptyOutDir: true },
  })
  const server = await serve(built)
  const { port } = server.address() as { port: number }
  browser = await openBrowser()
  page = await browser.newPage()
  await page.goto(`http://127.0.0.1:${port}/index.html`)
  keys = new Keyboard(await page.context().newCDPSession(page))
  close = () => {
    server.close()
    rmSync(built, { recursive: true })
  }
})
afterAll(async () => {
  await browser?.close()
  close?.()
})

async function begin(focus = 'text'): Promise<void> {
  await page.evaluate((id) => counter.clear(id), focus)
  keys.at = Math.max(keys.at, Date.now()) + 1_000
}

type Result = Heard & { text: string; note: string; secret: string; focus: string }

async function result(): Promise<Result> {
  keys.wait(1_000)
  keys.press({ code: 'F13', key: 'F13' })
  await keys.done()
  return await page.evaluate(() => {
    const [text, note, secret] = counter.fields() as [string, string, string]
    const heard = { ...counter.heard, text, note, secret, focus: document.activeElement?.id ?? '' }
    counter.clear('text')
    return heard
  })
}

function type(text: string, gapMs: () => number, layout: Layout = 'us'): void {
  for (const character of text) {
    keys.wait(gapMs())
    const written = onLayout(character, layout)
    keys.down({ code: usKey(character)[0], key: written, text: written, modifiers: usKey(character)[1] ? SHIFT : 0 })
  }
}

interface Scanner {
  readonly gapMs: () => number
  readonly layout?: Layout
  readonly end?: 'enter' | 'tab' | 'crlf' | 'none'
  /** GS as Ctrl+], or as an Alt code. */
  readonly separator?: 'ctrl' | 'alt'
}

function scan(code: string, { gapMs, layout = 'us', end = 'enter', separator = 'ctrl' }: Scanner): void {
  let first = true
  for (const character of code) {
    if (!first) keys.wait(gapMs())
    first = false
    if (character === '\u001d' && separator === 'ctrl') {
      keys.press({ code: 'BracketRight', key: ']', modifiers: CTRL })
    } else if (character === '\u001d') {
      keys.down({ code: 'AltLeft', key: 'Alt', modifiers: ALT })
      for (const digit of '029') keys.press({ code: `Numpad${digit}`, key: digit, modifiers: ALT })
      keys.up({ code: 'AltLeft', key: 'Alt' })
      keys.character('\u001d')
    } else {
      const [key, shift] = usKey(character)
      const written = onLayout(character, layout)
      if (shift) keys.down({ code: 'ShiftLeft', key: 'Shift', modifiers: SHIFT })
      keys.down({ code: key, key: written, text: written, modifiers: shift ? SHIFT : 0 })
    }
  }
  const enter = { code: 'Enter', key: 'Enter', text: '\r' }
  const ends = { enter: [enter], tab: [{ code: 'Tab', key: 'Tab' }], crlf: [enter, enter], none: [] }[end]
  for (const press of ends) {
    keys.wait(gapMs())
    keys.press(press)
  }
}

const eight = () => 8

describe('a keyboard scanner in a real window', () => {
  test.each(['us', 'russian', 'azerty', 'caps'] as const)('is read right under the layout %s', async (layout) => {
    await begin()
    type('12', () => 120, layout)
    keys.wait(300)
    scan(']E0https://Cafe.example/?c=2900000000018', { gapMs: eight, layout })
    const { scanned, text, entered, focus } = await result()
    expect({ scanned, text, entered, focus }).toEqual({
      scanned: [']E0https://Cafe.example/?c=2900000000018'],
      text: layout === 'azerty' ? '&é' : '12',
      entered: 0,
      focus: 'text',
    })
  })

  test('set to the layout of the till is read by what the keys write', async () => {
    await begin()
    await page.evaluate(() => {
      counter.settings.layout = 'as-till'
    })
    for (const character of 'qa12wz') {
      keys.wait(8)
      keys.press({ code: 'KeyX', key: character, text: character })
    }
    keys.press({ code: 'Enter', key: 'Enter', text: '\r' })
    const { scanned } = await result()
    await page.evaluate(() => {
      counter.settings.layout = 'us'
    })
    expect(scanned).toEqual(['qa12wz'])
  })

  test('control characters at its head, inside and behind it reach nothing; a second Enter neither', async () => {
    await begin('button')
    keys.press({ code: 'KeyR', key: 'r', modifiers: CTRL })
    keys.wait(8)
    keys.press({ code: 'KeyV', key: 'v', modifiers: CTRL })
    keys.wait(8)
    scan('0104\u001d21AB', { gapMs: eight, end: 'crlf' })
    const { scanned, shortcuts, entered, pressed } = await result()
    expect({ scanned, entered, pressed }).toEqual({ scanned: ['\u0012\u00160104\u001d21AB'], entered: 0, pressed: 0 })
    expect(shortcuts).toEqual(['KeyV']) // a person's paste is allowed, and what it pasted is taken back
  })

  test('in the way of an input method is read all the same, and nothing of it stays', async () => {
    await begin()
    type('ok', () => 120)
    keys.wait(300)
    const code = 'NI2900018'
    for (const [index, character] of [...code].entries()) {
      keys.wait(8)
      const [key, shift] = usKey(character)
      keys.press({ code: key, key: 'Process', modifiers: shift ? SHIFT : 0 })
      if (index < 4) keys.compose(code.slice(0, index + 1).toLowerCase())
    }
    keys.wait(8)
    keys.press({ code: 'Enter', key: 'Process' })
    const { scanned, text, focus } = await result()
    expect({ scanned, text, focus }).toEqual({ scanned: [code], text: 'ok', focus: 'text' })
  })

  test('leaves a password alone, and says what had reached a page that reads keys without a field', async () => {
    await begin('secret')
    scan('2900000000018', { gapMs: eight })
    const { scanned, leaked, secret } = await result()
    expect({ scanned, leaked }).toEqual({ scanned: ['2900000000018'], leaked: ['290'] })
    expect(secret).toBe('290')
  })

  test('does not choose in a list that has the focus', async () => {
    await begin('list')
    scan('2900000000018', { gapMs: eight })
    expect((await result()).scanned).toHaveLength(1)
    expect(await page.evaluate(() => counter.fields()[3])).toBe('1')
  })
})

/** Small and fast; the same numbers for the same seed. */
function chance(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

const MIXES = 1_000
const MIXES_MS = 600_000 // bounds a hang on a machine that does other things too
const SEED = 20_261_126
const LAYOUTS = ['us', 'russian', 'azerty', 'caps'] as const
const ENDS = ['enter', 'enter', 'tab', 'crlf', 'none'] as const

/** One mix, sent to the keyboard as it is made; what must come of it. */
function mix(random: () => number): { readonly typed: string; readonly scanned: string[]; readonly entered: number } {
  const whole = (from: number, to: number) => from + Math.floor(random() * (to - from + 1))
  const pick = <T>(list: readonly T[]): T => list[whole(0, list.length - 1)]!
  const word = (alphabet: string, from: number, to: number) =>
    Array.from({ length: whole(from, to) }, () => pick([...alphabet])).join('')
  const layout = pick(LAYOUTS)
  const scanned: string[] = []
  let typed = ''
  let entered = 0
  /** The shortest time until somebody types, and until the scanner reads again. */
  let quiet = { hands: 0, scanner: 0 }
  const acts = whole(2, 4)
  for (let act = 0; act < acts; act++) {
    const kind = random()
    if (kind < 0.45) {
      const end = pick(ENDS)
      const paceMs = whole(4, end === 'none' ? 26 : 38)
      const gapMs = () => paceMs * (0.7 + 0.6 * random())
      const separator = pick(['ctrl', 'alt'] as const)
      const body = word('0123456789ABCDEFGHabcdefgh', 6, whole(0, 3) === 0 ? 20 : 13)
      const code = random() < 0.2 ? `${body.slice(0, 4)}\u001d${body.slice(4)}` : body
      // A key just before a scan is told apart while it stands clearly outside of the scanner's own pace.
      keys.wait(Math.max(quiet.scanner, paceMs <= 5 ? whole(22, 400) : whole(56, 400)))
      scan(code, { gapMs, layout, end, separator })
      scanned.push(code)
      quiet = end === 'none' ? { hands: 56, scanner: Math.max(100, 8 * paceMs) + 20 } : { hands: 55, scanner: 55 }
    } else {
      const text = word('0123456789abcdefghij', 1, 6)
      keys.wait(quiet.hands)
      const rollAt = random() < 0.3 ? whole(0, text.length) : -1
      for (const [index, character] of [...text].entries()) {
        // two or three keys in one roll of the fingers, never right before a scan
        const rolls = index > 0 && index < text.length - 1 && index >= rollAt && index < rollAt + 2
        type(character, () => (rolls ? whole(15, 45) : whole(70, 350)), layout)
        typed += onLayout(character, layout)
      }
      if (random() < 0.2) {
        keys.wait(whole(70, 300))
        keys.press({ code: 'Enter', key: 'Enter', text: '\r' })
        entered += 1
      }
      quiet = { hands: 0, scanner: 0 }
    }
  }
  return { typed, scanned, entered }
}

test(
  `of ${MIXES} random mixes of typing and scanning none loses a letter, misses a scan or invents one`,
  async () => {
    const random = chance(SEED)
    let scans = 0
    let letters = 0
    await begin()
    for (let number = 1; number <= MIXES; number++) {
      const expected = mix(random)
      const { scanned, text, entered, pressed, shortcuts, focus } = await result()
      keys.wait(1_000)
      expect({ number, scanned, text, entered, pressed, shortcuts, focus }).toEqual({
        number,
        scanned: expected.scanned,
        text: expected.typed,
        entered: expected.entered,
        pressed: 0,
        shortcuts: [],
        focus: 'text',
      })
      scans += expected.scanned.length
      letters += expected.typed.length
    }
    expect(scans).toBeGreaterThan(MIXES)
    expect(letters).toBeGreaterThan(3 * MIXES)
  },
  MIXES_MS,
)
