import type { CDPSession } from 'playwright-core'

/** A keyboard for Chromium by its own protocol: keys with their own time stamps, sent without waiting for each. */
export interface Press {
  readonly code: string
  readonly key: string
  /** What it writes. */
  readonly text?: string
  readonly modifiers?: number
}

export const ALT = 1
export const CTRL = 2
export const SHIFT = 8

const VIRTUAL: Readonly<Record<string, number>> = {
  Enter: 13,
  Tab: 9,
  Backspace: 8,
  Space: 32,
  ShiftLeft: 16,
  F13: 124,
}

export class Keyboard {
  private readonly session: CDPSession
  private readonly sent: Promise<unknown>[] = []
  /** Milliseconds since 1970, by the keys' own clock: it runs ahead of the machine's. */
  at = Date.now()

  constructor(session: CDPSession) {
    this.session = session
  }

  wait(ms: number): void {
    this.at += ms
  }

  down({ code, key, text, modifiers = 0 }: Press): void {
    this.send('keyDown', { code, key, modifiers, ...(text === undefined ? {} : { text, unmodifiedText: text }) })
  }

  up({ code, key, modifiers = 0 }: Press): void {
    this.send('keyUp', { code, key, modifiers })
  }

  press(press: Press): void {
    this.down(press)
    this.up(press)
  }

  /** A character that the system makes of an Alt code: no key comes with it. */
  character(text: string): void {
    this.sent.push(this.session.send('Input.dispatchKeyEvent', { type: 'char', text, timestamp: this.at / 1000 }))
  }

  compose(text: string): void {
    this.sent.push(
      this.session.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length }),
    )
  }

  async done(): Promise<void> {
    await Promise.all(this.sent.splice(0))
  }

  private send(type: 'keyDown' | 'keyUp', key: Press): void {
    const virtual = VIRTUAL[key.code] ?? (/^(Key|Digit)./.test(key.code) ? key.code.charCodeAt(key.code.length - 1) : 0)
    this.sent.push(
      this.session.send('Input.dispatchKeyEvent', {
        type,
        ...key,
        windowsVirtualKeyCode: virtual,
        timestamp: this.at / 1000,
      }),
    )
  }
}

const SYMBOLS: Readonly<Record<string, readonly [code: string, shift: boolean]>> = {
  ...Object.fromEntries([...')!@#$%^&*('].map((character, digit) => [character, [`Digit${digit}`, true]])),
  ...{ '-': ['Minus', false], _: ['Minus', true], '=': ['Equal', false], '+': ['Equal', true] },
  ...{ '[': ['BracketLeft', false], ']': ['BracketRight', false], ';': ['Semicolon', false], ':': ['Semicolon', true] },
  ...{ '/': ['Slash', false], '?': ['Slash', true], '.': ['Period', false], ',': ['Comma', false] },
  ...{ '~': ['Backquote', true], '`': ['Backquote', false], ' ': ['Space', false] },
}

/** The key of a US keyboard that writes a character. */
export function usKey(character: string): readonly [code: string, shift: boolean] {
  if (/\d/.test(character)) return [`Digit${character}`, false]
  if (/[a-z]/i.test(character)) return [`Key${character.toUpperCase()}`, character !== character.toLowerCase()]
  const found = SYMBOLS[character]
  if (found === undefined) throw new Error(`no key for ${character}`)
  return found
}

export type Layout = 'us' | 'russian' | 'azerty' | 'caps'

const RUSSIAN = 'йцукенгшщзхъфывапролджэячсмитьбю.'
const ON_RUSSIAN = "qwertyuiop[]asdfghjkl;'zxcvbnm,./"
const AZERTY_DIGITS = 'à&é"\'(-è_ç'

/** What a layout makes of the key that writes this on a US keyboard. */
export function onLayout(character: string, layout: Layout): string {
  switch (layout) {
    case 'us':
      return character
    case 'russian': {
      const found = RUSSIAN[ON_RUSSIAN.indexOf(character.toLowerCase())]
      if (found === undefined) return character
      return character === character.toLowerCase() ? found : found.toUpperCase()
    }
    case 'azerty':
      if (/\d/.test(character)) return AZERTY_DIGITS[Number(character)]!
      return { q: 'a', a: 'q', w: 'z', z: 'w', m: ',', Q: 'A', A: 'Q', W: 'Z', Z: 'W', M: '?' }[character] ?? character
    case 'caps':
      return character === character.toLowerCase() ? character.toUpperCase() : character.toLowerCase()
  }
}
