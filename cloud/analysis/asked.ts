import { type RawBuilder, sql } from 'kysely'
import type { TenantId } from '../../shared/ids.ts'
import type { ReportOf } from '../../shared/segments/analysis/reports.ts'
import type { ReportName, SettingsOf } from '../../shared/segments/analysis/settings.ts'
import type { Tx } from '../database/connect.ts'
import type { KeptFacts } from './kept-facts.ts'
import type { Moment } from './moment.ts'

/** What a report works with: one snapshot of one tenant, seen from one moment. */
export interface Asked {
  readonly tx: Tx
  readonly tenant: TenantId
  readonly moment: Moment
  /** The moment is this very one: what is kept as it stands now may be told. */
  readonly isNow: boolean
  /** Facts that are of this moment; null: only the receipts are. */
  readonly facts: KeptFacts | null
  /** Kopecks that a point is worth in a purchase; null: there is no programme. */
  readonly pointValue: bigint | null
  /** Gift rules that welcome a new member. */
  readonly welcomeRules: readonly string[]
  /** What is set of another report, for those that build on it. */
  settingsOf<Name extends ReportName>(name: Name): SettingsOf<Name>
  /** Where a row for each member goes; missing: nobody asks for them. */
  readonly members?: MembersFile
}

export interface MembersFile {
  /** The columns, said once before the first row. */
  columns(names: readonly string[]): void
  row(values: readonly (string | number | null)[]): void
  /** Waits until what was said so far has gone out. */
  drained(): Promise<void>
}

export type Report<Name extends ReportName> = (asked: Asked, settings: SettingsOf<Name>) => Promise<ReportOf<Name>>

/** Receipts of members that the moment knows. */
export const seen = ({ tenant, moment }: Asked): RawBuilder<boolean> =>
  sql<boolean>`r.tenant = ${tenant} and r.member is not null and r.at <= ${moment.at}::timestamptz`

/** Of those, what counts as a purchase: no return, and not all of it had come back by then. */
export const bought = ({ moment }: Asked): RawBuilder<boolean> =>
  sql<boolean>`r.amount >= 0 and (r.undone_at is null or r.undone_at > ${moment.at}::timestamptz)`

/** How old a day is, in whole days. */
export const ageOf = ({ moment }: Asked, day: RawBuilder<unknown>): RawBuilder<number> =>
  sql<number>`(${moment.dayText}::date - ${day})`
