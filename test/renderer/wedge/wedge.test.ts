import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import {
  IDLE,
  type Key,
  press,
  releaseAlt,
  silence,
  type WedgeSettings,
  type WedgeState,
  type WedgeStep,
} from '../../../renderer/wedge/wedge.ts'

const settings: WedgeSettings = { gapMs: 50, minLength: 6, prefix: '', suffix: '', layout: 'us' }

/** A page with one text field, and the machine before it: what the field holds and what was scanned. */
class Counter {
  field = ''
  scanned: string[] = []
  entered = 0
  shortcuts = 0
  now = 1000
  private state: WedgeState = IDLE
  leaked: string[] = []
  private readonly remembered = new Map<number, string>()
  private readonly settings: WedgeSettings

  constructor(settings: WedgeSettings) {
    this.settings = settings
  }

  wait(ms: number): this {
    this.now += ms
    this.apply(silence(this.state, this.now, this.settings))
    return this
  }

  key(code: string, key: string, more: Partial<Key> = {}): this {
    const step = press(
      this.state,
      { code, key, shift: false, ctrl: false, alt: false, meta: false, at: this.now, ...more },
      this.settings,
    )
    this.apply(step)
    if (step.swallow) return this
    if (more.ctrl) this.shortcuts += 1
    else if (code === 'Enter') this.entered += 1
    else if (key.length === 1) this.field += key
    return this
  }

  altUp(): this {
    this.apply(releaseAlt(this.state, this.now, this.settings))
    return this
  }

  /** A person: slow, on whatever layout. */
  type(text: string, gapMs = 120): this {
    for (const character of text) this.wait(gapMs).key(codeOf(character), character)
    return this
  }

  /** A scanner: fast, always as on a US keyboard; the till's layout makes something else of it. */
  scan(code: string, gapMs = 8, layout = (character: string) => character): this {
    for (const character of code) {
      const shift = /[A-Z:~]/.test(character)
      this.key(codeOf(character), layout(character), { shift })
      this.now += gapMs
    }
    return this
  }

  private apply({ state, actions }: Pick<WedgeStep, 'state' | 'actions'>): void {
    this.state = state
    for (const action of actions) {
      if (action.kind === 'remember') this.remembered.set(action.id, this.field)
      if (action.kind === 'restore') {
        this.field = this.remembered.get(action.id)!
        this.leaked.push(action.leaked)
      }
      if (action.kind === 'giveBack') this.field += action.text
      if (action.kind === 'scanned') this.scanned.push(action.scan.code)
    }
  }
}

function codeOf(character: string): string {
  if (/\d/.test(character)) return `Digit${character}`
  if (/[a-z]/i.test(character)) return `Key${character.toUpperCase()}`
  return (
    { ':': 'Semicolon', '/': 'Slash', '.': 'Period', '-': 'Minus', ']': 'BracketRight', '~': 'Backquote' }[character] ??
    'Space'
  )
}

describe('a keyboard scanner told from typing', () => {
  test('a card with Enter is a scan, and the field keeps only what was typed', () => {
    const counter = new Counter(settings).type('12').wait(300).scan('2900000000018').key('Enter', 'Enter')
    expect(counter.scanned).toEqual(['2900000000018'])
    expect(counter.leaked).toEqual(['290'])
    expect(counter.field).toBe('12')
    expect(counter.entered).toBe(0)
  })

  test('a scanner without a suffix ends by silence', () => {
    const counter = new Counter(settings).scan('2900000000018').wait(150)
    expect(counter.scanned).toEqual(['2900000000018'])
    expect(counter.field).toBe('')
  })

  test.each(['123456', '1234567'])('the short card %s is a scan', (card) => {
    expect(new Counter(settings).scan(card, 15).key('Enter', 'Enter').scanned).toEqual([card])
  })

  test('typing, however long, stays typing, and its Enter is an Enter', () => {
    const counter = new Counter(settings).type('79123456701', 90).key('Enter', 'Enter')
    expect(counter).toMatchObject({ field: '79123456701', scanned: [], entered: 1 })
  })

  test('a fast roll of the fingers that is too short goes back into the field', () => {
    const counter = new Counter(settings).type('5').wait(200).scan('1500', 20).key('Enter', 'Enter')
    expect(counter).toMatchObject({ field: '51500', scanned: [], entered: 1 })
  })

  test('a Russian layout changes nothing: the key counts, not the letter', () => {
    const russian: Record<string, string> = { h: 'р', t: 'е', p: 'з', s: 'ы', ':': 'Ж', '/': '.', a: 'ф' }
    const counter = new Counter(settings)
      .scan('https://a', 8, (character) => russian[character] ?? character)
      .key('Enter', 'Enter')
    expect(counter.scanned).toEqual(['https://a'])
  })

  test('CapsLock changes nothing', () => {
    const swapped = (character: string) =>
      character === character.toUpperCase() ? character.toLowerCase() : character.toUpperCase()
    expect(new Counter(settings).scan('CARDab12', 8, swapped).key('Enter', 'Enter').scanned).toEqual(['CARDab12'])
  })

  test('control characters inside a scan reach no shortcut', () => {
    const counter = new Counter(settings).scan('010460').key('BracketRight', ']', { ctrl: true })
    counter.now += 8
    counter.key('KeyR', 'r', { ctrl: true })
    counter.now += 8
    counter.scan('2112').key('Enter', 'Enter')
    expect(counter.scanned).toEqual(['010460\u001d\u00122112'])
    expect(counter.shortcuts).toBe(0)
  })

  test('a person’s own shortcut passes', () => {
    expect(new Counter(settings).type('ab').wait(200).key('KeyV', 'v', { ctrl: true }).shortcuts).toBe(1)
  })

  test('Alt codes are characters', () => {
    const counter = new Counter(settings).scan('010460')
    for (const digit of '0029') counter.key(`Numpad${digit}`, '', { alt: true })
    counter.altUp().scan('21').key('Enter', 'Enter')
    expect(counter.scanned).toEqual(['010460\u001d21'])
  })

  test('a prefix is believed at once and taken off, a suffix too', () => {
    const shop = { ...settings, minLength: 4, prefix: '~', suffix: '/' }
    const counter = new Counter(shop).scan('~12345/', 45)
    expect(counter).toMatchObject({ scanned: ['12345'], field: '' })
  })

  test('the second Enter of CR LF belongs to the scan, a person’s own Enter does not', () => {
    const counter = new Counter(settings).scan('2900000000018').key('Enter', 'Enter')
    counter.now += 8
    counter.key('Enter', 'Enter').wait(200).key('Enter', 'Enter')
    expect(counter).toMatchObject({ scanned: ['2900000000018'], entered: 1 })
  })

  test('a key typed just before a scan stays typed', () => {
    const counter = new Counter(settings).type('42')
    counter.now += 28
    counter.scan('2900000000018').key('Enter', 'Enter')
    expect(counter).toMatchObject({ scanned: ['2900000000018'], field: '42' })
  })

  test('what a person types right behind a scan without a suffix stays typed', () => {
    const counter = new Counter(settings).scan('2900000000018')
    counter.now += 50
    counter.type('17', 75).wait(300)
    expect(counter).toMatchObject({ scanned: ['2900000000018'], field: '17' })
  })

  test('five fingers at once and typing behind them are no scan', () => {
    const counter = new Counter(settings).scan('15008', 20).type('77', 80).wait(300)
    expect(counter).toMatchObject({ scanned: [], field: '1500877' })
  })

  test('a scanner that stumbles once is read whole', () => {
    const counter = new Counter(settings).scan('29000000')
    counter.now += 70
    counter.scan('00018').key('Enter', 'Enter')
    expect(counter).toMatchObject({ scanned: ['2900000000018'], field: '' })
  })

  test('a slow scanner is known by its Enter', () => {
    const counter = new Counter(settings).scan('2900000000018', 45).key('Enter', 'Enter')
    expect(counter).toMatchObject({ scanned: ['2900000000018'], field: '', entered: 0, leaked: ['2900000000018'] })
  })

  test('a control character at the head of a scan reaches no shortcut', () => {
    const counter = new Counter(settings).key('KeyB', 'b', { ctrl: true })
    counter.now += 8
    counter.scan('123456').key('Enter', 'Enter')
    expect(counter).toMatchObject({ scanned: ['\u0002123456'], shortcuts: 0 })
  })

  test('a correction ends what was swallowed, and is not swallowed itself', () => {
    const counter = new Counter(settings).scan('1500', 20)
    counter.now += 60
    counter.key('Backspace', 'Backspace')
    expect(counter).toMatchObject({ scanned: [], field: '1500' })
  })

  test('two scans in a row are two', () => {
    const counter = new Counter(settings).scan('123456').key('Enter', 'Enter').wait(40).scan('654321').wait(200)
    expect(counter.scanned).toEqual(['123456', '654321'])
  })

  const typing = fc.record({
    what: fc.constant('type' as const),
    text: fc.stringMatching(/^[0-9a-z]{1,12}$/),
    gap: fc.integer({ min: 60, max: 400 }),
  })
  const scanning = fc.record({
    what: fc.constant('scan' as const),
    text: fc.stringMatching(/^[0-9A-Za-z]{6,24}$/),
    gap: fc.integer({ min: 1, max: 30 }),
    enter: fc.boolean(),
  })

  property.prop([fc.array(fc.oneof(typing, scanning), { maxLength: 12 })])(
    'whatever is mixed, every scan arrives whole and once, and the field holds the typing alone',
    (acts) => {
      const counter = new Counter(settings)
      for (const act of acts) {
        counter.wait(250)
        if (act.what === 'type') counter.type(act.text, act.gap)
        else {
          counter.scan(act.text, act.gap)
          if (act.enter) counter.key('Enter', 'Enter')
        }
      }
      counter.wait(500)
      expect(counter.scanned).toEqual(acts.filter((act) => act.what === 'scan').map((act) => act.text))
      expect(counter.field).toBe(
        acts
          .filter((act) => act.what === 'type')
          .map((act) => act.text)
          .join(''),
      )
      expect(counter.entered).toBe(0)
    },
  )
})
