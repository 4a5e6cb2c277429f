import { z } from 'zod'
import { holdsPaymentNumber } from './identification/payment-card.ts'

/** RFC 9457 problem document, the one shape of every error over HTTP. `code` is stable; the rest is for people. */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string().optional(),
  /** What was wrong in a body: where, what was found, what is allowed. */
  errors: z.array(z.object({ path: z.string(), found: z.string(), allowed: z.string() })).optional(),
})
export type Problem = z.infer<typeof problem> & Record<string, unknown>

export function problemDocument(
  status: number,
  code: string,
  title: string,
  extra: Record<string, unknown> = {},
): Problem {
  return { type: `urn:bonusbook:problem:${code}`, title, status, code, ...extra }
}

/** Mistakes told at once: more would help nobody, and a body of rubbish be answered with one that is larger. */
const TOLD_MAX = 100

/** A schema's complaints as path, found and allowed, for people. */
export function schemaErrors(error: z.ZodError, input: unknown): { path: string; found: string; allowed: string }[] {
  const told = error.issues.slice(0, TOLD_MAX).flatMap((issue) => {
    const found = issue.path.reduce<unknown>(inner, input)
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.slice(0, TOLD_MAX).map((key) => ({
        path: [...issue.path, key].join('.'),
        found: shown(inner(found, key)),
        allowed: 'nothing: there is no such field here',
      }))
    }
    return [{ path: issue.path.join('.') || '(body)', found: shown(found), allowed: allowedBy(issue) }]
  })
  return told.slice(0, TOLD_MAX)
}

const inner = (value: unknown, key: PropertyKey): unknown => (value as Record<PropertyKey, unknown> | undefined)?.[key]

/** What a refusal of a phone says beside its code. */
export const badPhone = (phone: string) => ({
  errors: [{ path: 'phone', found: shown(phone), allowed: 'a phone number such as "+79161234567"' }],
})

const KINDS: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  object: 'an object',
  string: 'a text',
}

/** Our own schemas say what is allowed; where one says nothing, the library's sentence is turned round. */
function allowedBy({ message }: z.core.$ZodIssue): string {
  const [, expected] = /^Invalid (?:input|option): expected (.+?)(?:, received .*)?$/.exec(message) ?? []
  if (expected !== undefined) return KINDS[expected] ?? expected
  const [, options] = /^Invalid discriminator value\. Expected (.+)$/.exec(message) ?? []
  if (options !== undefined) return `one of ${options.replaceAll("'", '"').replaceAll(' | ', ', ')}`
  const [, pattern] = /^Invalid string: must match pattern (.+)$/.exec(message) ?? []
  if (pattern !== undefined) return `a text that fits ${pattern}`
  const [, what = '', sign = '', bound = ''] =
    /^Too (?:small|big): expected (\w+) to (?:have|be) ([<>]=?)(\S+)/.exec(message) ?? []
  const least: Readonly<Record<string, string>> = {
    '>=': 'at least',
    '>': 'more than',
    '<=': 'at most',
    '<': 'less than',
  }
  return sign === '' ? message : [least[sign], bound, UNITS[what] ?? ''].join(' ').trim()
}

const UNITS: Readonly<Record<string, string>> = { string: 'characters', array: 'items' }

/** A value as it was found, in JSON and in short. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = inJson(value)
  if (holdsPaymentNumber(text)) return 'something with the number of a payment card, which is not repeated'
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}

/** JSON of a value that anybody may have sent: what is nested too deeply has none. */
export function inJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return 'something nested too deeply to be shown'
  }
}
