import type { OwnSegment } from '../../shared/segments/ask.ts'
import type { Draft } from './campaigns/draft.ts'
import type { Query } from './customers/predicate-query.ts'
import type { SurveyDraft } from './surveys/draft.ts'

/**
 * What somebody was writing when the manager's screen was left: a customer at the counter, another tab or Escape take nothing
 * of it. It waits behind the PIN, in memory alone, until it is saved or given up; of each kind the latest.
 */
interface Unfinished {
  readonly campaign: { readonly begun: Draft; readonly draft: Draft }
  readonly segment: SegmentWritten & { readonly own: OwnSegment | null }
  readonly survey: { readonly begun: SurveyDraft; readonly draft: SurveyDraft; readonly taken: readonly string[] }
}

export interface SegmentWritten {
  /** What the screen calls a new one, so that saved twice it is one. */
  readonly as: string
  readonly name: string
  readonly kind: 'live' | 'static'
  readonly query: Query
}

const waiting: { -readonly [K in keyof Unfinished]?: Unfinished[K] | undefined } = {}

export const unfinished = <K extends keyof Unfinished>(kind: K): Unfinished[K] | undefined => waiting[kind]

/** Undefined: it was saved or given up. */
export function keepUnfinished<K extends keyof Unfinished>(kind: K, written: Unfinished[K] | undefined): void {
  waiting[kind] = written
}
