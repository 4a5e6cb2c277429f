import { hash } from 'node:crypto'
import { fc, test as property } from '@fast-check/vitest'
import canonicalize from 'canonicalize'
import { describe, expect, test } from 'vitest'
import {
  canonical,
  entryHash,
  entryTextHash,
  hashWith,
  inCanonicalOrder,
  sha256Hex,
} from '../../../shared/ledger/chain.ts'

/** Texts of all kinds, also with half a surrogate pair; keys that look like numbers stand in another order in script. */
const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: fc.constantFrom('\ud83e', '\udd94', 'a', '\\', '"', '\u0000') }),
)
const key = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('9', '10', 'a', 'b', '', 'Ё', 'ё', '__proto__'))
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.double(),
    fc.integer(),
    fc.constantFrom(true, false, null),
    tie('list'),
    tie('object'),
  ),
  list: fc.array(tie('value'), { maxLength: 4 }),
  object: fc.dictionary(key, tie('value'), { maxKeys: 6, noNullPrototype: true }),
})).value

/** The library's answer, or that it has none. */
function byLibrary(value: unknown): string | undefined {
  try {
    return canonicalize(value)
  } catch {
    return undefined
  }
}

function byUs(value: unknown): string | undefined {
  try {
    return canonical(value)
  } catch {
    return undefined
  }
}

describe('the canonical form', () => {
  property.prop([json])('is that of RFC 8785 for whatever there is in JSON', (value) => {
    expect(byUs(value)).toBe(byLibrary(value))
  })

  property.prop([json])('of what was read from a canonical text is that text', (value) => {
    const text = byLibrary(value)
    if (text !== undefined) expect(canonical(JSON.parse(text))).toBe(text)
  })

  test('is the same however the keys stood', () => {
    expect(canonical({ b: 1, a: { 10: 1, 9: 2 } })).toBe('{"a":{"10":1,"9":2},"b":1}')
    expect(canonical({ a: 1, b: [{ c: 1, d: 2 }] })).toBe('{"a":1,"b":[{"c":1,"d":2}]}')
  })

  property.prop([json])('is how a value stands once its keys were brought into order', (value) => {
    const text = byLibrary(value)
    const ordered = inCanonicalOrder(value)
    expect(ordered).toEqual(value)
    if (text !== undefined && !/"\d+":|__proto__|\\ud/.test(text)) expect(JSON.stringify(ordered)).toBe(text)
  })

  test('leaves out what JSON has no word for, and refuses what it would change', () => {
    expect(canonical({ a: undefined, b: 1 })).toBe('{"b":1}')
    expect(canonical({ a: new Date(0) })).toBe('{"a":"1970-01-01T00:00:00.000Z"}')
    for (const none of [undefined, Number.NaN, { a: Number.POSITIVE_INFINITY }, { a: '\ud800' }, 1n]) {
      expect(() => canonical(none)).toThrow()
    }
  })
})

describe('a hash', () => {
  property.prop([fc.string({ unit: 'grapheme' })])('is the same by script and by the platform', (some) => {
    const inScript = sha256Hex(some)
    hashWith((value) => hash('sha256', value))
    expect(sha256Hex(some)).toBe(inScript)
    expect(hash('sha256', some)).toBe(inScript)
  })

  test('by another rule is refused when it is offered', () => {
    expect(() => hashWith((value) => hash('sha512', value))).toThrow('SHA-256')
    expect(() => hashWith((value) => hash('sha256', Buffer.from(value, 'latin1')))).toThrow('SHA-256')
  })

  test('of an entry is that of its canonical text', () => {
    const entry = { v: 1, seq: 1, body: { kind: 'shift' } } as never
    expect(entryTextHash(canonical(entry))).toBe(entryHash(entry))
  })
})
