import { sql } from 'kysely'
import type { Forecast } from '../../shared/campaigns/ask.ts'
import { belongs, isGone, opens, type Standing } from '../../shared/campaigns/chain.ts'
import { groupOf } from '../../shared/campaigns/control.ts'
import { type CampaignDocument, campaignDocument } from '../../shared/campaigns/document.ts'
import { formatHundredths, parseHundredths } from '../../shared/money.ts'
import type { Cloud } from '../cloud.ts'
import { bringFactsUp } from '../facts/keep.ts'
import { programmeDay } from '../feed/rows.ts'
import { notACampaign } from './store.ts'

const PAGE_MEMBERS = 5000

/** Whom a campaign would reach if it were started today: without the gone, the refused and the control group. */
export async function forecastOf(cloud: Cloud, written: unknown): Promise<Forecast> {
  const read = campaignDocument.safeParse(written)
  if (!read.success) throw notACampaign(read.error, written)
  await bringFactsUp(cloud)
  const document = read.data
  const today = await programmeDay(cloud, cloud.db)
  const counted = { audience: 0, gone: 0, refused: 0, control: 0, reach: 0, today: 0 }
  for (let after: string | undefined = ''; after !== undefined; ) {
    const page: Row[] = await pageOf(cloud, document, after)
    for (const member of page) count(counted, document, member, today)
    after = page.length < PAGE_MEMBERS ? undefined : page.at(-1)!.member
  }
  const [first, ...others] = document.touches.map(giftOf)
  const most = others.reduce((sum, gift) => sum + gift, first!)
  return {
    ...counted,
    pointsToday: formatHundredths(first! * BigInt(counted.today)),
    pointsMost: formatHundredths(most * BigInt(counted.reach)),
  }
}

interface Row extends Standing {
  readonly member: string
  readonly chained: boolean
}

/** Members who have bought as often as the audience asks, by id. */
async function pageOf({ db, tenant }: Cloud, { id, audience }: CampaignDocument, after: string): Promise<Row[]> {
  const { rows } = await sql<Row>`
    select f.member, f.purchases, f.last_day as "lastDay", f.card_type as "cardType",
      coalesce(c.messages, false) as "takesMessages",
      exists (select from campaign_chain h where h.tenant = ${tenant} and h.campaign = ${id}
        and h.member = f.member and h.anchor = f.last_day) as chained
    from member_fact f
    left join consent c on c.tenant = ${tenant} and c.member = f.member
    where f.tenant = ${tenant} and f.member > ${after} and f.last_day is not null
      and f.purchases >= ${audience.purchases.from}
      and (${audience.purchases.to ?? null}::int is null or f.purchases <= ${audience.purchases.to ?? null}::int)
    order by f.member limit ${PAGE_MEMBERS}`.execute(db)
  return rows
}

type Counted = { -readonly [K in Exclude<keyof Forecast, 'pointsToday' | 'pointsMost'>]: number }

function count(counted: Counted, document: CampaignDocument, member: Row, today: string): void {
  if (!belongs(document.audience, member)) return
  if (isGone(document.audience, member.lastDay, today)) {
    counted.gone++
    return
  }
  counted.audience++
  if (!member.takesMessages) counted.refused++
  else if (groupOf(document.id, member.member, document.controlPercent) === 'control') counted.control++
  else {
    counted.reach++
    if (!member.chained && opens(document, member, today, today) !== undefined) counted.today++
  }
}

const giftOf = (touch: CampaignDocument['touches'][number]): bigint =>
  touch.do === 'gift' ? (parseHundredths(touch.points) ?? 0n) : 0n
