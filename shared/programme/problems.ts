import type { z } from 'zod'
import { inJson } from '../problem.ts'

/** What is wrong with a document, for the person who wrote it: where, what was found there, what is allowed. */
export interface Problem {
  /** "rules.goods[3].accrual.multiply"; "" is the document itself. */
  readonly path: string
  readonly found: string
  readonly allowed: string
  readonly message: string
}

export type Path = readonly PropertyKey[]

export function problem(path: Path, found: string, allowed: string): Problem {
  const at = pathText(path)
  return {
    path: at,
    found,
    allowed,
    message: `${at === '' ? 'the document' : at}: found ${found}; ${allowed} is allowed`,
  }
}

/** Zod's issues as problems. The schemas' own error texts say what is allowed; what was found is looked up here. */
export function problemsFrom(error: z.ZodError, input: unknown): Problem[] {
  return error.issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => problem([...issue.path, key], `the unknown key ${show(key)}`, issue.message))
    }
    return [problem(issue.path, show(at(input, issue.path)), issue.message)]
  })
}

export function pathText(path: Path): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`
    return text === '' ? String(key) : `${text}.${String(key)}`
  }, '')
}

const SHOWN_CHARACTERS_MAX = 80

/** A value as it stands in the document, cut where it is long. */
export function show(value: unknown): string {
  if (value === undefined) return 'nothing'
  const text = inJson(value)
  return text.length > SHOWN_CHARACTERS_MAX ? `${text.slice(0, SHOWN_CHARACTERS_MAX)}…` : text
}

function at(input: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, key) => {
    return typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined
  }, input)
}
