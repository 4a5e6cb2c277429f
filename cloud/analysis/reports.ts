import { sql } from 'kysely'
import { instantOf } from '../../shared/calendar.ts'
import type { ReportOf } from '../../shared/segments/analysis/reports.ts'
import type { ReportName, SettingsOf } from '../../shared/segments/analysis/settings.ts'
import { moneyOf } from '../../shared/wire.ts'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import { transaction } from '../database/transaction.ts'
import { sumDays } from '../facts/day-sums.ts'
import { abc } from './abc.ts'
import { affinity } from './affinity.ts'
import type { MembersFile, Report } from './asked.ts'
import { freeProduct } from './free-product.ts'
import { intervals } from './intervals.ts'
import { factsOf } from './kept-facts.ts'
import { ltv } from './ltv.ts'
import { type Moment, momentAt } from './moment.ts'
import { movement } from './movement.ts'
import { points } from './points.ts'
import { countPreset } from './presets.ts'
import { redemption } from './redemption.ts'
import { repeat } from './repeat.ts'
import { rfm } from './rfm.ts'
import { settingsIn } from './settings.ts'

const reports: { readonly [Name in ReportName]: Report<Name> } = {
  activity: countPreset('activity'),
  cafe: countPreset('cafe'),
  purchases: countPreset('purchases'),
  intervals,
  rfm,
  abc,
  ltv,
  repeat,
  affinity,
  redemption,
  freeProduct,
  points,
  movement,
}

export interface ReportWish<Name extends ReportName> {
  readonly name: Name
  /** Missing: now. */
  readonly moment?: Moment
  /** Missing: what is set for this report. */
  readonly settings?: SettingsOf<Name>
  readonly members?: MembersFile
}

/** A report from one snapshot. Whoever wants the ledger's latest in it brings the facts up before. */
export async function makeReport<Name extends ReportName>(
  cloud: Cloud,
  wish: ReportWish<Name>,
): Promise<ReportOf<Name>> {
  const { tenant } = cloud
  if (wish.moment === undefined) await sumDaysFor(cloud, wish)
  return transaction(
    cloud.db,
    async (tx) => {
      await sql`set transaction read only`.execute(tx)
      await sql`set local work_mem = ${sql.lit(WORK_MEMORY)}`.execute(tx) // a million members are grouped at once
      const settingsOf = await settingsIn(tx, tenant)
      const moment = wish.moment ?? momentAt(await zoneOf(cloud), instantOf(instant(cloud.clock)))
      const welcomeRules = await welcomesOf(cloud)
      const pointValue = await pointValueOf(cloud)
      const isNow = wish.moment === undefined
      const facts = isNow ? await factsOf(tx, tenant, moment) : null
      const asked = { tx, tenant, moment, isNow, facts, pointValue, welcomeRules, settingsOf }
      const withMembers = wish.members === undefined ? asked : { ...asked, members: wish.members }
      return reports[wish.name](withMembers, wish.settings ?? settingsOf(wish.name))
    },
    'repeatable read',
  )
}

/** Sums of days are made for those who ask for them: a network whose owner does not look at them has none. */
async function sumDaysFor<Name extends ReportName>(cloud: Cloud, { name, settings }: ReportWish<Name>): Promise<void> {
  if (name !== 'points' && name !== 'redemption') return
  const { days } = (settings ?? (await settingsIn(cloud.db, cloud.tenant))(name)) as SettingsOf<'points' | 'redemption'>
  await sumDays(cloud, days)
}

const WORK_MEMORY = '128MB'

/** Where days are counted: the programme's zone, else the one that the facts stand on. */
export async function zoneOf({ db, tenant, programmes }: Cloud): Promise<string> {
  const programme = await programmes.current(db)
  if (programme !== undefined) return programme.compiled.document.timeZone
  const state = await db.selectFrom('fact_state').select('zone').where('tenant', '=', tenant).executeTakeFirst()
  return state?.zone ?? 'UTC'
}

async function welcomesOf({ db, programmes }: Cloud): Promise<readonly string[]> {
  const gifts = (await programmes.current(db))?.compiled.document.gifts ?? []
  return gifts.filter(({ kind }) => kind === 'welcome').map(({ id }) => id)
}

async function pointValueOf({ db, programmes }: Cloud): Promise<bigint | null> {
  const value = (await programmes.current(db))?.compiled.document.points.value
  return value === undefined ? null : moneyOf(value)
}
