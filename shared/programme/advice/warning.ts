import { pathText } from '../problems.ts'
import type { ProgrammeDocument } from '../schema.ts'
import type { When } from '../when.ts'

/** What is allowed and yet likely not meant: for the person who writes a programme. */
export interface Warning {
  readonly code: 'never-wins' | 'earns-too-much' | 'tier-gap' | 'hours-overlap' | 'too-small' | 'says-nothing'
  readonly path: string
  readonly message: string
}

export function warning(code: Warning['code'], path: string, message: string): Warning {
  return { code, path, message: `${path}: ${message}` }
}

export const GROUPS = ['client', 'goods', 'behaviour'] as const
export type Group = (typeof GROUPS)[number]
export type Rule = ProgrammeDocument['rules'][Group][number]

export function rulesOf(document: ProgrammeDocument, group: Group): readonly Rule[] {
  return document.rules[group]
}

export const at = (group: Group, index: number) => pathText(['rules', group, index])

export const canonical = (when: When | undefined) => JSON.stringify(Object.entries(when ?? {}).sort())

/** Of so many rules each is compared with each: enough for any written by hand, and thousands by a machine stay quick. */
export const COMPARED_MAX = 200
