import type { z } from 'zod'
import { FAMILY_SETTINGS, type Family } from '../../../shared/segments/families.ts'
import type { SegmentWords } from '../../words/segments.ts'

/** The numbers of a preset as they are typed, and what is wrong with them, field by field. */
export type Draft = Readonly<Record<string, string>>
export type FieldName = keyof SegmentWords['field']
export type Settings = Readonly<Record<string, unknown>>

export interface Problem {
  readonly kind: 'whole' | 'money' | 'least' | 'most' | 'list' | 'order' | 'name' | 'twice'
  readonly found: string
  readonly limit?: number
}

export type Read =
  | { readonly ok: true; readonly settings: Settings }
  | { readonly ok: false; readonly problems: ReadonlyMap<FieldName | 'all', Problem> }

export const usualOf = (family: Family): Settings => FAMILY_SETTINGS[family].parse({})

export const fieldsOf = (family: Family): readonly FieldName[] => Object.keys(usualOf(family)) as FieldName[]

export const kindOf = (value: unknown): 'list' | 'whole' | 'money' =>
  Array.isArray(value) ? 'list' : typeof value === 'number' ? 'whole' : 'money'

export const draftOf = (settings: Settings): Draft =>
  Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [name, Array.isArray(value) ? value.join('; ') : String(value)]),
  )

/** What was typed as settings; a text that is no number stays one and is refused as such. */
export function settingsFrom(family: Family, draft: Draft): Read {
  const usual = usualOf(family)
  const given = Object.fromEntries(
    Object.entries(usual).map(([name, value]) => [name, typed(kindOf(value), (draft[name] ?? '').trim())]),
  )
  const read = FAMILY_SETTINGS[family].safeParse(given)
  if (read.success) return { ok: true, settings: read.data }
  const problems = new Map<FieldName | 'all', Problem>()
  for (const issue of read.error.issues) {
    const name = (issue.path[0] as FieldName | undefined) ?? 'all'
    const found = (draft[name] ?? '').trim()
    if (!problems.has(name)) problems.set(name, problemOf(issue, name === 'all' ? 'order' : kindOf(usual[name]), found))
  }
  return { ok: false, problems }
}

/** A text as what it should be; one that is not stays a text, and is refused as that. */
export function typed(kind: ReturnType<typeof kindOf>, text: string): unknown {
  switch (kind) {
    case 'list':
      return text
        .split(';')
        .map((part) => part.trim())
        .filter((part) => part !== '')
    case 'whole':
      return /^[-+]?\d{1,9}$/.test(text) ? Number(text) : text
    case 'money':
      return text.replaceAll(/[\s\u00a0]/g, '').replace(',', '.')
  }
}

function problemOf(issue: z.core.$ZodIssue, kind: Problem['kind'], found: string): Problem {
  if (kind === 'list') return { kind, found }
  if (issue.code === 'too_small') return { kind: 'least', found, limit: Number(issue.minimum) }
  if (issue.code === 'too_big') return { kind: 'most', found, limit: Number(issue.maximum) }
  return { kind, found }
}

export const sameSettings = (one: Settings, other: Settings): boolean => JSON.stringify(one) === JSON.stringify(other)
