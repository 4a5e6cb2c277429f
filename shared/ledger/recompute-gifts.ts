import type { OutletId } from '../ids.ts'
import { formatPoints, points } from '../money.ts'
import type { GiftOfPoints } from '../programme/benefits.ts'
import type { CompiledProgramme } from '../programme/compile.ts'
import { occasionOf } from '../quote/occasion.ts'
import { pointsOf } from '../wire.ts'
import { minOf, sumOf } from './amounts.ts'
import { couponPurse, isLimited, redeemCoupon } from './coupons.ts'
import type { SaleBody } from './entry.ts'
import { requestOf } from './recompute.ts'
import { postedOf } from './refund.ts'
import { documentOf } from './rules.ts'
import { ONE_STAMP, stampPurse } from './stamps.ts'

/** Points that a reward of this receipt gave, with the life that the programme gives them. */
export interface GivenGift {
  readonly purse: string
  readonly points: bigint
  readonly gift: GiftOfPoints
}

/**
 * Rewards that are points, as the cloud gives them: no till prints any. A gift comes with the receipt whose purse paid
 * for it, and nothing comes of a purse that did not hold what it cost. `uncovered` names those. Rule L79.
 */
export function givenGifts(
  programme: CompiledProgramme,
  outlet: OutletId,
  body: SaleBody,
  day: string,
  uncovered: ReadonlySet<string>,
): { readonly body: SaleBody; readonly gifts: readonly GivenGift[]; readonly excess: bigint } {
  const claims = body.gifts ?? []
  if (claims.length === 0) return { body, gifts: [], excess: 0n }
  const gifts = [...new Set(claims.map((claim) => claim.purse))].flatMap((purse) => {
    const claimed = sumOf(claims.filter((claim) => claim.purse === purse).map((claim) => pointsOf(claim.points)))
    const gift = giftOfPurse(programme, purse)
    if (gift === undefined || uncovered.has(purse)) return []
    const times = timesPaid(programme, outlet, body, day, purse)
    return [{ purse, gift, points: minOf(claimed, pointsOf(gift.points) * times) }]
  })
  const given = sumOf(gifts.map((gift) => gift.points))
  const excess = sumOf(claims.map((claim) => pointsOf(claim.points))) - given
  if (excess === 0n) return { body, gifts, excess }
  const bounded = gifts.map((gift) => ({ purse: gift.purse, points: formatPoints(points(gift.points)) }))
  return { body: { ...body, gifts: bounded }, gifts, excess }
}

/** The points that a stamp card or a coupon gives; undefined where its reward is another, or there is none. */
function giftOfPurse(programme: CompiledProgramme, purse: string): GiftOfPoints | undefined {
  const { stamps = [], coupons = [] } = documentOf(programme)
  const reward = (
    stamps.find((card) => stampPurse(card) === purse) ?? coupons.find((coupon) => couponPurse(coupon) === purse)
  )?.reward
  return reward?.kind === 'points' ? reward.gift : undefined
}

/** How often a receipt paid what the gift costs; once where it costs nothing and is allowed. */
function timesPaid(programme: CompiledProgramme, outlet: OutletId, body: SaleBody, day: string, purse: string): bigint {
  const { stamps = [], coupons = [] } = documentOf(programme)
  const paid = postedOf(body, purse, 'redeem')
  const card = stamps.find((each) => stampPurse(each) === purse)
  if (card !== undefined) return paid / (BigInt(card.need) * ONE_STAMP)
  const coupon = coupons.find((each) => couponPurse(each) === purse)!
  if (isLimited(coupon)) return paid / 100n
  const request = requestOf(outlet, body)
  const occasion = occasionOf(programme, request, sumOf(request.receipt.lines.map((line) => line.amount)))
  const facts = { occasion, member: body.member?.id ?? null, purse: null, lines: request.receipt.lines, others: [] }
  return redeemCoupon(coupon, { ...facts, today: day }).ok ? 1n : 0n
}
