import { sql } from 'kysely'
import type { CampaignDocument } from '../../shared/campaigns/document.ts'
import type { Worth } from '../../shared/campaigns/size.ts'
import type { TenantId } from '../../shared/ids.ts'
import { type BgNbd, expectedIfAlive } from '../../shared/segments/analysis/bg-nbd.ts'
import { makeReport } from '../analysis/reports.ts'
import type { Cloud } from '../cloud.ts'
import type { Tx } from '../database/connect.ts'

/** What members are worth, for the size of a gift of their own. Rules K62, K63. */

const YEAR_WEEKS = 365 / 7
const DAYS_A_WEEK = 7

/** Whether some gift of the campaign asks for it: fitting the model reads all purchases. */
export const asksForWorth = ({ touches }: CampaignDocument): boolean =>
  touches.some((touch) => touch.do === 'gift' && touch.personal !== undefined)

const fitted = new WeakMap<Cloud, { readonly day: string; readonly model: BgNbd | null }>()

/** The model of purchases, fitted once a day; null: nothing can be learnt yet. */
export async function purchaseModel(cloud: Cloud, today: string): Promise<BgNbd | null> {
  const known = fitted.get(cloud)
  if (known?.day === today) return known.model
  const { model } = await makeReport(cloud, { name: 'ltv' })
  const kept = model === null || model.unidentified.length > 0 ? null : model
  fitted.set(cloud, { day: today, model: kept })
  return kept
}

interface Row {
  readonly member: string
  readonly purchases: number
  readonly days: number
  readonly observed: number
  readonly spend: bigint
  readonly costed: bigint
  readonly cost: bigint
}

export async function worthOf(
  tx: Tx,
  tenant: TenantId,
  model: BgNbd | null,
  members: readonly string[],
  today: string,
): Promise<Map<string, Worth>> {
  const { rows } = await sql<Row>`
    select member, purchases, purchase_days as days, ${today}::date - first_day as observed, spend,
      costed_spend as costed, cost
    from member_fact where tenant = ${tenant} and member = any(${members}::text[]) and purchases > 0`.execute(tx)
  return new Map(
    rows.map(({ member, purchases, days, observed, spend, costed, cost }) => {
      const ahead = model === null ? null : expectedIfAlive(model, days - 1, observed / DAYS_A_WEEK, YEAR_WEEKS)
      return [
        member,
        {
          averageCheck: spend > 0n ? spend / BigInt(purchases) : null,
          basketMargin: costed > 0n ? ((costed > cost ? costed - cost : 0n) * 10_000n) / costed : null,
          purchasesAhead: ahead === null || !Number.isFinite(ahead) ? null : BigInt(Math.round(ahead * 100)),
        },
      ]
    }),
  )
}
