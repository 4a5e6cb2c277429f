/** What can happen is a value: a Result. What cannot happen is an assertion. */
export type Result<T, R extends string = string, D = undefined> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: R; readonly detail: D }

export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value }
}

/** A refusal with a stable reason that screens and problem documents have words for, and facts to fill them with. */
export function refuse<R extends string>(
  reason: R,
): { readonly ok: false; readonly reason: R; readonly detail: undefined }
export function refuse<R extends string, D>(
  reason: R,
  detail: D,
): { readonly ok: false; readonly reason: R; readonly detail: D }
export function refuse<R extends string, D>(reason: R, detail?: D) {
  return { ok: false as const, reason, detail }
}

/** A broken promise of our own code. Never thrown for anything that comes from outside. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError'
}

export function assert(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new AssertionError(sentence)
}

/** Ends every switch over a union: a new member stops the build here. */
export function unreachable(value: never): never {
  throw new AssertionError(`a case was forgotten: ${JSON.stringify(value)}`)
}

declare const brand: unique symbol
/** A value that only its own parser makes. */
export type Branded<T, Name extends string> = T & { readonly [brand]: Name }
