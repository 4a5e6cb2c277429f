import { sql } from 'kysely'
import { awayOccasion, type Occasion, segmentsAsked } from '../../shared/campaigns/chain.ts'
import { groupOf } from '../../shared/campaigns/control.ts'
import { type CampaignDocument, campaignDocument } from '../../shared/campaigns/document.ts'
import { type PastMember, touchesInPast } from '../../shared/campaigns/past.ts'
import { variantsOf } from '../../shared/campaigns/variants.ts'
import { formatHundredths } from '../../shared/money.ts'
import type { Cloud } from '../cloud.ts'
import { bringFactsUp } from '../facts/keep.ts'
import { Refusal } from '../http/refusal.ts'
import { segmentsIn } from './chains.ts'
import { giftOf } from './forecast.ts'
import { type Basis, occasions } from './starts.ts'
import { notACampaign } from './store.ts'

const PAGE_MEMBERS = 2000

export interface WhatIf {
  readonly from: string
  readonly to: string
  /** Members with at least one touch, without the control group and who takes no messages today. */
  readonly members: number
  readonly control: number
  readonly refused: number
  readonly touches: Readonly<Record<string, number>>
  /** Of a campaign that is tried in several variants: its members by variant. */
  readonly variants?: Readonly<Record<string, number>>
  /** Points, if every gift were as large as it may be. */
  readonly pointsMost: string
}

/** What a campaign would have done between two days, both inclusive. Nothing is written. Rules K80, K81. */
export async function whatIf(cloud: Cloud, written: unknown, from: string, to: string): Promise<WhatIf> {
  const read = campaignDocument.safeParse(written)
  if (!read.success) throw notACampaign(read.error, written)
  const document = read.data
  const { kind } = document.start
  if (kind === 'pointsBurn' || kind === 'stampAlmostFull') {
    throw new Refusal(
      409,
      'what_if_unknown',
      `What purses held in the past is not kept: ${kind} cannot be asked about.`,
    )
  }
  await bringFactsUp(cloud)
  const { tenant, keys, db } = cloud
  const programme = (await cloud.programmes.current(db))?.compiled.document ?? null
  const basis: Basis = { tenant, keys, programme, from, to }
  const touches: Record<string, number> = Object.fromEntries(document.touches.map(({ id }) => [id, 0]))
  const counted = { members: 0, control: 0, refused: 0 }
  const triedFor = variantsOf(document)
  const byVariant = document.variants?.map(({ key }) => [key, 0] as const)
  const variants: Record<string, number> = Object.fromEntries(byVariant ?? [])
  let points = 0n
  for (let after: string | undefined = ''; after !== undefined; ) {
    const page: Row[] = await pageOf(cloud, document, basis, after)
    for (const member of page) {
      const { variant, document: tried } = triedFor(member.member)
      const made = touchesInPast(tried, { ...member, occasions: occasionsOf(document, member) }, from, to)
      if (made.length === 0) continue
      if (!member.takesMessages) counted.refused++
      else if (groupOf(document.id, member.member, document.controlPercent) === 'control') counted.control++
      else {
        counted.members++
        if (variant !== null) variants[variant]! += 1
        for (const { touch } of made) {
          touches[touch]! += 1
          points += giftOf(tried.touches.find(({ id }) => id === touch)!)
        }
      }
    }
    after = page.length < PAGE_MEMBERS ? undefined : page.at(-1)!.member
  }
  const tried = byVariant === undefined ? {} : { variants }
  return { from, to, ...counted, touches, ...tried, pointsMost: formatHundredths(points) }
}

interface Row extends PastMember {
  readonly member: string
}

/** What hangs on purchases is worked out from them: facts tell only how it is today. */
function occasionsOf({ start }: CampaignDocument, { days, occasions: found }: Row): readonly Occasion[] {
  if (start.kind === 'daysWithoutPurchase') return [...new Set(days)].map((day) => awayOccasion(day, start.days))
  if (start.kind !== 'secondPurchaseNotMade') return found
  const [first] = days
  if (first === undefined) return []
  const occasion = awayOccasion(first, start.days)
  return days.some((day) => day > first && day < occasion.due) ? [] : [occasion]
}

async function pageOf({ db, tenant }: Cloud, document: CampaignDocument, basis: Basis, after: string): Promise<Row[]> {
  const { kind } = document.start
  const isByPurchase = kind === 'daysWithoutPurchase' || kind === 'secondPurchaseNotMade'
  const found = isByPurchase
    ? sql`null::json`
    : sql`(select json_agg(json_build_object('anchor', o.anchor, 'due', o.due) order by o.due, o.anchor)
        from (${occasions(document, basis)}) o where o.member = f.member)`
  const { rows } = await sql<Omit<Row, 'occasions'> & { occasions: Occasion[] | null }>`
    select f.member, f.purchases, f.last_day as "lastDay", f.card_type as "cardType",
      ${segmentsIn(tenant, segmentsAsked(document))} as segments, coalesce(c.messages, false) as "takesMessages",
      array(select r.day::text from receipt r where r.tenant = ${tenant} and r.member = f.member and r.amount > 0
        and r.undone_at is null and r.day <= ${basis.to}::date order by r.day) as days,
      ${found} as occasions
    from member_fact f
    left join consent c on c.tenant = ${tenant} and c.member = f.member
    where f.tenant = ${tenant} and f.member > ${after}
    order by f.member limit ${PAGE_MEMBERS}`.execute(db)
  return rows.map((row) => ({ ...row, occasions: row.occasions ?? [] }))
}
