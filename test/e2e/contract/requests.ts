import fc from 'fast-check'
import { bodySchema, type Parameter, type Route, type Schema } from './document.ts'

/** Requests made from the document alone: such as it allows, and such as it does not. */
export interface MadeRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

/** Values that exist, by the name of the field: without them every answer would be "not found". */
export type Known = (field: string) => readonly string[]

const SAMPLES = [
  ...[
    '1',
    '0',
    '10.00',
    '0.01',
    '999999999999.99',
    '0.350',
    '2000-02-29',
    'ru',
    'a',
    'Ж',
    '🙂',
    'x y',
    '-',
    '..',
    '%2e',
  ],
  ...[
    '2026-11-18T12:00:00+03:00',
    '2026-11-18T09:00:00Z',
    'O\'Brien "x" <b>',
    '0001',
    'null',
    '__proto__',
    '+79001234567',
  ],
]
const text = fc.oneof(fc.constantFrom(...SAMPLES), fc.string({ unit: 'grapheme', maxLength: 40 }))

function textOf(schema: Schema, field: string, known: Known): fc.Arbitrary<string> {
  const fits = (value: string) => isText(schema, value)
  const made = textsThatFit(schema, fits)
  const here = known(field).filter(fits)
  return here.length === 0 ? made : fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...here) }, made)
}

/** Where no sample fits the pattern, hardly any text would by chance: it is made from the pattern then. */
function textsThatFit({ pattern }: Schema, fits: (value: string) => boolean): fc.Arbitrary<string> {
  if (pattern === undefined || SAMPLES.some(fits)) return text.filter(fits)
  return fc.stringMatching(new RegExp(pattern)).filter(fits)
}

export function isText({ minLength = 0, maxLength = Number.POSITIVE_INFINITY, pattern }: Schema, value: string) {
  const length = [...value].length
  if (length < minLength || value.length > maxLength) return false
  return pattern === undefined || new RegExp(pattern).test(value)
}

export function madeFrom(schema: Schema, field: string, known: Known): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map((each) => madeFrom(each, field, known)))
  switch (schema.type) {
    case 'string':
      return textOf(schema, field, known)
    case 'boolean':
      return fc.boolean()
    case 'array':
      return fc.array(madeFrom(schema.items!, field, known), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 3, 3),
      })
    case 'object': {
      const fields = Object.entries(schema.properties ?? {})
      const made = Object.fromEntries(fields.map(([name, each]) => [name, madeFrom(each, name, known)]))
      return fc.record(made, { requiredKeys: [...(schema.required ?? [])] })
    }
    default:
      throw new Error(`the generator knows no ${JSON.stringify(schema)}`)
  }
}

/** A request that the document allows. */
export function allowed({ method, path, operation }: Route, known: Known): fc.Arbitrary<MadeRequest> {
  const { parameters = [] } = operation
  const given = fc.record(
    Object.fromEntries(parameters.map((each) => [each.name, madeFrom(each.schema, fieldOf(path, each), known)])),
    { requiredKeys: parameters.filter(isNeeded).map(({ name }) => name) },
  )
  const body = bodySchema(operation)
  const bodies = body === undefined ? fc.constant(undefined) : madeFrom(body, '', known)
  return fc.record({ given, body: bodies }).map(({ given, body }) => {
    return { method, ...placed(path, parameters, given as Record<string, string>), body }
  })
}

/** "/v1/cards/{number}/block": a card; "/v1/quotes/{id}": a quote. */
function fieldOf(path: string, { in: where, name }: Parameter): string {
  return where === 'path' ? path.split('/')[2]!.replace(/s$/, '') : name
}

const isNeeded = ({ in: where, required }: Parameter) => where === 'path' || required === true

function placed(path: string, parameters: readonly Parameter[], given: Readonly<Record<string, string>>) {
  const inPlace = (where: Parameter['in']) => parameters.filter((each) => each.in === where && each.name in given)
  const query = new URLSearchParams(inPlace('query').map(({ name }) => [name, given[name]!]))
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodedSegment(given[name]!))
  return {
    path: query.size === 0 ? filled : `${filled}?${query}`,
    headers: Object.fromEntries(inPlace('header').map(({ name }) => [name, given[name]!])),
  }
}

/** "." and ".." mean something else in an address, encoded too. */
const encodedSegment = (value: string) => (/^\.+$/.test(value) ? 'dots' : encodeURIComponent(value))

/** An allowed request with exactly one thing in its body that the document does not allow, and where that is. */
export function refused(route: Route, known: Known): fc.Arbitrary<{ request: MadeRequest; wrong: string }> | undefined {
  const schema = bodySchema(route.operation)
  if (schema === undefined) return undefined
  const mistakes = mistakesIn(schema, [])
  return fc.tuple(allowed(route, known), fc.constantFrom(...mistakes)).map(([request, mistake]) => {
    const body = changedAt(request.body, mistake.at, mistake.change)
    return { request: { ...request, body }, wrong: `${mistake.at.join('.') || '(body)'}: ${mistake.what}` }
  })
}

interface Mistake {
  readonly at: readonly (string | number)[]
  readonly what: string
  /** undefined: take it away. */
  readonly change: (before: unknown) => unknown
}

function mistakesIn(schema: Schema, at: readonly (string | number)[]): readonly Mistake[] {
  const wrong = (what: string, value: unknown): Mistake => ({ at, what, change: () => value })
  const others = { string: 17, boolean: 'yes', array: 'many', object: [], number: 'x' } as Record<string, unknown>
  const own = schema.type === undefined ? [] : [wrong('another type', others[schema.type]), wrong('null', null)]
  if (schema.type === 'string') {
    const { minLength = 0, maxLength, pattern } = schema
    return [
      ...own,
      ...(minLength > 0 ? [wrong('empty', '')] : []),
      ...(maxLength === undefined ? [] : [wrong('too long', 'x'.repeat(maxLength + 1))]),
      ...(pattern !== undefined && !new RegExp(pattern).test('\u0000') ? [wrong('another pattern', '\u0000')] : []),
    ]
  }
  if (schema.const !== undefined || schema.enum !== undefined)
    return [...own, wrong('not one of them', 'no-such-value')]
  if (schema.type === 'array') {
    const { minItems = 0, maxItems } = schema
    return [
      ...own,
      ...(minItems > 0 ? [wrong('too few', [])] : []),
      ...(maxItems === undefined
        ? []
        : [
            wrong(
              'too many',
              Array.from({ length: maxItems + 1 }, () => 'x'),
            ),
          ]),
      ...mistakesIn(schema.items!, [...at, 0]),
    ]
  }
  if (schema.type !== 'object') return own
  const without = (name: string): Mistake => ({ at: [...at, name], what: 'missing', change: () => undefined })
  const unknown: Mistake = { at, what: 'an unknown field', change: (before) => ({ ...(before as object), nobody: 1 }) }
  return [
    ...own,
    ...(schema.required ?? []).map(without),
    ...(schema.additionalProperties === false ? [unknown] : []),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, each]) => mistakesIn(each, [...at, name])),
  ]
}

function changedAt(value: unknown, at: readonly (string | number)[], change: (before: unknown) => unknown): unknown {
  const [first, ...rest] = at
  if (first === undefined) return change(value)
  if (typeof first === 'number') {
    const list = Array.isArray(value) ? [...value] : []
    list[first] = changedAt(list[first], rest, change)
    return list
  }
  const { [first]: before, ...others } = (typeof value === 'object' && value !== null ? value : {}) as Record<
    string,
    unknown
  >
  const after = changedAt(before, rest, change)
  return after === undefined ? others : { ...others, [first]: after }
}
