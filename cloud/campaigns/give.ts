import { sql } from 'kysely'
import { CAMPAIGN_TERM } from '../../shared/campaigns/beyond.ts'
import type { CampaignDocument, Touch } from '../../shared/campaigns/document.ts'
import { personalSize, type SizeWhy, type Worth } from '../../shared/campaigns/size.ts'
import type { Said } from '../../shared/campaigns/text.ts'
import type { MemberId, TenantId } from '../../shared/ids.ts'
import { issueCoupon } from '../../shared/ledger/coupons.ts'
import type { EntryBody } from '../../shared/ledger/entry.ts'
import { plusDays } from '../../shared/ledger/rules.ts'
import { formatPoints } from '../../shared/money.ts'
import type { Coupon } from '../../shared/programme/coupons.ts'
import type { ProgrammeDocument } from '../../shared/programme/schema.ts'
import { unreachable } from '../../shared/result.ts'
import { pointsOf } from '../../shared/wire.ts'
import type { Tx } from '../database/connect.ts'

/** What a touch gives, as entries of the ledger: points, a term of the member, a coupon. Rules K7, K50 to K53. */

export const BY = 'campaigns'

export interface Given {
  /** Null: the touch gives nothing that the ledger counts. */
  readonly entry: EntryBody | null
  readonly points: bigint | null
  /** The last day of what is given or offered; null: it has none. */
  readonly lastDay: string | null
  /** What the words are filled in with, beside points and day. */
  readonly said: Said | null
  /** How the size of a gift came about; null: it is as it is written. */
  readonly why: SizeWhy | null
}

export interface Giving {
  readonly document: CampaignDocument
  readonly programme: ProgrammeDocument | null
  readonly today: string
  /** Terms of former campaigns that are over, by member. */
  readonly overTerms: ReadonlyMap<string, readonly string[]>
  /** What members are worth, where sizes of their own are asked for. */
  readonly worths: ReadonlyMap<string, Worth>
}

export const NOTHING: Given = { entry: null, points: null, lastDay: null, said: null, why: null }
const UNKNOWN: Worth = { averageCheck: null, basketMargin: null, purchasesAhead: null }

/** Undefined: the programme in force has no such coupon, or none that still holds. Rule K52. */
export function givenBy(
  { document, programme, today, overTerms, worths }: Giving,
  { member, anchor }: { readonly member: MemberId; readonly anchor: string },
  touch: Touch,
): Given | undefined {
  switch (touch.do) {
    case 'remind':
    case 'call':
      return NOTHING
    case 'offer':
    case 'survey':
      return { ...NOTHING, lastDay: plusDays(today, touch.lifeDays) }
    case 'gift': {
      const lastDay = plusDays(today, touch.lifeDays)
      const { personal } = touch
      const wish = personal === undefined ? undefined : { ...personal, points: touch.points }
      const sized = wish === undefined ? undefined : personalSize(wish, document.budget, worths.get(member) ?? UNKNOWN)
      const points = sized?.points ?? pointsOf(touch.points)
      // the name by which the ledger gives it once: to the end of today + its life (L80)
      const entry: EntryBody = {
        kind: 'gift',
        member,
        purse: 'points',
        points: formatPoints(points),
        activeFrom: today,
        lastDay,
        reason: document.name,
        rule: `campaign:${document.id}`,
        occasion: `${anchor}/${touch.id}`,
      }
      return { ...NOTHING, entry, points, lastDay, why: sized?.why ?? null }
    }
    case 'percent': {
      const lastDay = plusDays(today, touch.lifeDays)
      const id = termOf(document.id, touch.id)
      const set = [{ id, accrual: { percent: touch.percent }, validFrom: today, validTo: lastDay }]
      const remove = (overTerms.get(member) ?? []).filter((each) => each !== id)
      const entry: EntryBody = { kind: 'member', member, terms: { set, remove }, by: BY, reason: document.name }
      return { ...NOTHING, entry, lastDay, said: { percent: touch.percent } }
    }
    case 'coupon':
    case 'product': {
      const coupon = couponFor(programme, touch, today)
      if (coupon === undefined) return undefined
      if (coupon.code.kind === 'shared') {
        const said = { coupon: coupon.name, code: coupon.code.code }
        return { ...NOTHING, lastDay: coupon.validTo ?? null, said }
      }
      const entry = issueCoupon(coupon, member, today, document.name)
      return { ...NOTHING, entry, lastDay: entry.lastDay, said: { coupon: coupon.name } }
    }
    default:
      return unreachable(touch)
  }
}

/** The member's term that a touch of a raised percent sets, and sets anew. Rule K51. */
export const termOf = (campaign: string, touch: string): string => `${CAMPAIGN_TERM}${campaign}/${touch}`.slice(0, 80)

type CouponTouch = Extract<Touch, { readonly do: 'coupon' | 'product' }>

/** The coupon that a touch names, where it may still be used; of a product one whose reward is a free item. */
export function couponFor(programme: ProgrammeDocument | null, touch: CouponTouch, today: string): Coupon | undefined {
  const coupon = programme?.coupons?.find(({ id }) => id === touch.coupon)
  if (coupon?.validTo !== undefined && coupon.validTo < today) return undefined
  return touch.do === 'product' && coupon?.reward.kind !== 'freeItem' ? undefined : coupon
}

/** Terms that campaigns have set and whose days are over: they go when the next one comes. */
export async function overTerms(
  tx: Tx,
  tenant: TenantId,
  members: readonly string[],
  today: string,
): Promise<Map<string, string[]>> {
  if (members.length === 0) return new Map()
  const { rows } = await sql<{ member: string; ids: string[] }>`
    select m.member, array_agg(t->>'id') as ids
    from member m cross join lateral json_array_elements(m.terms::json) t
    where m.tenant = ${tenant} and m.member = any(${members}::text[])
      and t->>'id' like ${`${CAMPAIGN_TERM}%`} and t->>'validTo' < ${today}
    group by m.member`.execute(tx)
  return new Map(rows.map(({ member, ids }) => [member, ids]))
}
