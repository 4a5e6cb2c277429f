/**
 * The next value with every part that did not change taken from the one before: a state that comes whole as JSON then
 * repaints only what is really new.
 */
export function reusing<T>(before: T, next: T): T {
  if (Object.is(before, next)) return before
  if (typeof before !== 'object' || typeof next !== 'object' || before === null || next === null) return next
  if (Array.isArray(before) !== Array.isArray(next)) return next
  const old = before as Record<string, unknown>
  const fresh = next as Record<string, unknown>
  const keys = Object.keys(fresh)
  const merged: Record<string, unknown> | unknown[] = Array.isArray(next) ? [] : {}
  let same = keys.length === Object.keys(old).length
  for (const key of keys) {
    const part = reusing(old[key], fresh[key])
    if (!(key in old) || !Object.is(part, old[key])) same = false
    ;(merged as Record<string, unknown>)[key] = part
  }
  return same ? before : (merged as T)
}
