/**
 * Text that can be hashed and kept: JSON lets a register write U+0000 and half a surrogate pair, but no database column
 * takes the one and no bytes stand for the other. What holds them is refused where it comes in, before anybody is told
 * "done" about it.
 */

const ESCAPED = /\\u(?:0000|d[89a-f])/i

/** More would help nobody who mends a program. */
const TOLD_MAX = 100
const PATH_KEYS_MAX = 100

const isStorable = (text: string): boolean => !/\p{Surrogate}/u.test(text) && !text.includes('\0')

/** Each text of a value that cannot be kept, as path, found and allowed; names of fields too. */
export function unstorableIn(value: unknown): { path: string; found: string; allowed: string }[] {
  const errors: { path: string; found: string; allowed: string }[] = []
  const waiting: Node[] = [{ value, key: '', within: null }]
  for (let each = waiting.pop(); each !== undefined && errors.length < TOLD_MAX; each = waiting.pop()) {
    const within = each
    const found = (text: string) => {
      if (isStorable(text)) return
      const allowed = 'a text without U+0000 and without half a surrogate pair is allowed'
      errors.push({ path: pathOf(within), found: JSON.stringify(text).slice(0, 80), allowed })
    }
    if (typeof each.value === 'string') found(each.value)
    if (typeof each.value !== 'object' || each.value === null) continue
    for (const [key, inner] of Object.entries(each.value)) {
      found(key)
      waiting.push({ value: inner, key, within })
    }
  }
  return errors
}

/** Where one stands is worked out only for what is told: of a body nested 100 000 deep all paths would take hours. */
interface Node {
  readonly value: unknown
  readonly key: string
  readonly within: Node | null
}

function pathOf(node: Node): string {
  const keys: string[] = []
  for (let each = node; each.within !== null && keys.length < PATH_KEYS_MAX; each = each.within)
    keys.push(each.key.slice(0, 80))
  return keys.reverse().join('.') || '(body)'
}

/** The same of parsed JSON, whose text says in a moment that there is nothing to look for. */
export const unstorableInJson = (text: string, value: unknown) => (ESCAPED.test(text) ? unstorableIn(value) : [])
