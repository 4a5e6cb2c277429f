import { sql } from 'kysely'
import type { Forecast } from '../../shared/campaigns/ask.ts'
import { isGone, isMeant, type Occasion, opens, type Standing, segmentsAsked } from '../../shared/campaigns/chain.ts'
import { groupOf } from '../../shared/campaigns/control.ts'
import { type CampaignDocument, campaignDocument, type Touch } from '../../shared/campaigns/document.ts'
import { variantsOf } from '../../shared/campaigns/variants.ts'
import { formatHundredths, parseHundredths } from '../../shared/money.ts'
import type { Cloud } from '../cloud.ts'
import { bringFactsUp } from '../facts/keep.ts'
import { programmeDay } from '../feed/rows.ts'
import { segmentsIn } from './chains.ts'
import { type Basis, occasions } from './starts.ts'
import { notACampaign } from './store.ts'

const PAGE_MEMBERS = 5000

/** Whom a campaign would reach if it were started today: without the gone, the refused and the control group. */
export async function forecastOf(cloud: Cloud, written: unknown): Promise<Forecast> {
  const read = campaignDocument.safeParse(written)
  if (!read.success) throw notACampaign(read.error, written)
  await bringFactsUp(cloud)
  const document = read.data
  const today = await programmeDay(cloud, cloud.db)
  const { tenant, keys, programmes, db } = cloud
  const programme = (await programmes.current(db))?.compiled.document ?? null
  const basis: Basis = { tenant, keys, programme, from: today, to: today }
  const counted = { audience: 0, gone: 0, refused: 0, control: 0, reach: 0, today: 0 }
  const triedFor = variantsOf(document)
  const variants = new Map((document.variants ?? []).map(({ key }) => [key, { variant: key, reach: 0, today: 0 }]))
  const points = { today: 0n, most: 0n }
  for (let after: string | undefined = ''; after !== undefined; ) {
    const page: Row[] = await pageOf(cloud, document, basis, after)
    for (const member of page) {
      const reached = count(counted, document, member, today)
      if (reached === 'no') continue
      const { variant, document: tried } = triedFor(member.member)
      const gifts = tried.touches.map(giftOf)
      points.most += gifts.reduce((sum, gift) => sum + gift, 0n)
      if (reached === 'today') points.today += gifts[0]!
      const ofVariant = variants.get(variant ?? '')
      if (ofVariant === undefined) continue
      ofVariant.reach++
      if (reached === 'today') ofVariant.today++
    }
    after = page.length < PAGE_MEMBERS ? undefined : page.at(-1)!.member
  }
  const [pointsToday, pointsMost] = [formatHundredths(points.today), formatHundredths(points.most)]
  return { ...counted, variants: [...variants.values()], pointsToday, pointsMost }
}

interface Row extends Standing {
  readonly member: string
  /** The occasion that comes today, and for which no chain was opened yet. */
  readonly occasion: Occasion | null
}

/** Members who have bought as often as the audience asks, by id. */
async function pageOf({ db, tenant }: Cloud, document: CampaignDocument, basis: Basis, after: string): Promise<Row[]> {
  const { id, audience } = document
  const { rows } = await sql<Omit<Row, 'occasion'> & { anchor: string | null; due: string | null }>`
    select f.member, f.purchases, f.last_day as "lastDay", f.card_type as "cardType",
      ${segmentsIn(tenant, segmentsAsked(document))} as segments, coalesce(c.messages, false) as "takesMessages",
      s.anchor, s.due
    from member_fact f
    left join consent c on c.tenant = ${tenant} and c.member = f.member
    left join lateral (
      select o.anchor, o.due from (${occasions(document, basis)}) o
      where o.member = f.member and not exists (select from campaign_chain h where h.tenant = ${tenant}
        and h.campaign = ${id} and h.member = o.member and h.anchor = o.anchor)
      order by o.due, o.anchor limit 1) s on true
    where f.tenant = ${tenant} and f.member > ${after} and f.purchases >= ${audience.purchases.from}
      and (${audience.purchases.to ?? null}::int is null or f.purchases <= ${audience.purchases.to ?? null}::int)
      and not exists (select from member m where m.tenant = ${tenant} and m.member = f.member
        and m.merged_into is not null)
    order by f.member limit ${PAGE_MEMBERS}`.execute(db)
  return rows.map(({ anchor, due, ...row }) => ({
    ...row,
    occasion: anchor === null || due === null ? null : { anchor, due },
  }))
}

type Counted = { -readonly [K in Exclude<keyof Forecast, 'variants' | 'pointsToday' | 'pointsMost'>]: number }

/** Whether the campaign reaches a member, and whether its chain would open today. */
function count(counted: Counted, document: CampaignDocument, member: Row, today: string): 'no' | 'later' | 'today' {
  if (!isMeant(document, member)) return 'no'
  if (isGone(document.audience, member.lastDay, today)) {
    counted.gone++
    return 'no'
  }
  counted.audience++
  if (!member.takesMessages) counted.refused++
  else if (groupOf(document.id, member.member, document.controlPercent) === 'control') counted.control++
  else {
    counted.reach++
    const { occasion } = member
    if (occasion === null || opens(document, member, occasion, today, today) === undefined) return 'later'
    counted.today++
    return 'today'
  }
  return 'no'
}

/** The points that a touch gives at most. */
export const giftOf = (touch: Touch): bigint => (touch.do === 'gift' ? (parseHundredths(touch.points) ?? 0n) : 0n)
