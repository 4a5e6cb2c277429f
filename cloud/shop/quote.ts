import type { z } from 'zod'
import { dayOf, daysToBirthday } from '../../shared/calendar.ts'
import { readCode } from '../../shared/identification/code.ts'
import { holdsPaymentNumber } from '../../shared/identification/payment-card.ts'
import { parsePhone } from '../../shared/identification/phone.ts'
import type { CardNumber, MemberId, OutletId } from '../../shared/ids.ts'
import { type GatheredState, gatherStates } from '../../shared/intake/member-state.ts'
import type { Version } from '../../shared/intake/programmes.ts'
import { minOf, qtyOf, sumOf } from '../../shared/ledger/amounts.ts'
import { balanceOf } from '../../shared/ledger/balance.ts'
import type { Account } from '../../shared/ledger/booking-port.ts'
import { type IdentifiedBy, type SaleBody, saleBody as saleSchema } from '../../shared/ledger/entry.ts'
import { POINTS } from '../../shared/ledger/needs.ts'
import { stampPostings, stampsOfLine, stampsOfRequest } from '../../shared/ledger/recompute-stamps.ts'
import { formatHundredths, NO_POINTS, points } from '../../shared/money.ts'
import { badPhone } from '../../shared/problem.ts'
import type { Quote, QuoteRequest } from '../../shared/quote/quote.ts'
import { leasable } from '../../shared/rights/leasable.ts'
import { moneyOf, pointsOf } from '../../shared/wire.ts'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import type { Tx } from '../database/connect.ts'
import { currentRows, programmeDay } from '../feed/rows.ts'
import { Refusal } from '../http/refusal.ts'
import { ledgerTx } from '../ledger/postgres-store.ts'
import { findMembers } from '../members/find.ts'
import { allowedFor } from './limits.ts'
import { atReachedTier } from './reached-tier.ts'
import type { BasketQuote, quoteRequest } from './schemas.ts'
import type { Shop } from './shops.ts'
import { visitsOn } from './visits.ts'

/** What a basket earns and may redeem: the till's own code, on what the cloud has of the member under the row's lock. */

export type Asked = z.output<typeof quoteRequest>

export interface Quoted {
  readonly told: BasketQuote
  readonly sale: SaleBody
  readonly state: GatheredState
  readonly programme: Version
  readonly today: string
}

/** Who is meant; a phone that several share names nobody. */
export async function basketMember(cloud: Cloud, { card, phone, member }: Asked): Promise<MemberId> {
  if (card !== undefined && holdsPaymentNumber(card)) {
    const { compiled } = (await cloud.programmes.current(cloud.db)) ?? {}
    const read = readCode(card, compiled?.document.cards?.masks ?? [])
    if (read.kind === 'refused' && read.reason === 'payment_card') {
      throw new Refusal(400, 'payment_card', 'This is a payment card; it is not read.')
    }
  }
  if (phone !== undefined) {
    const number = parsePhone(phone)
    if (number === undefined) throw new Refusal(400, 'bad_phone', 'This is not a phone number.', badPhone(phone))
    const found = await findMembers(cloud, { phone: number })
    if (found.length !== 1) throw new Refusal(404, 'unknown_member', 'No one member has this phone.')
    return found[0]!
  }
  const found = await findMembers(cloud, card === undefined ? { member: member! } : { card })
  if (found.length > 0) return found.at(-1)!
  throw card === undefined
    ? new Refusal(404, 'unknown_member', 'No such member.')
    : new Refusal(404, 'unknown_card', 'No member has this card.', { card })
}

/**
 * Locks the member. `asked.redeem` is bounded by the programme and the balance, not yet by what is free; `spareOf`: what
 * an account gets back if this basket is held.
 */
export async function quoteBasket(
  cloud: Cloud,
  tx: Tx,
  shop: Shop,
  member: MemberId,
  asked: Asked,
  spareOf: (account: Account) => bigint = () => 0n,
): Promise<Quoted> {
  const programme = await cloud.programmes.current(tx)
  if (programme === undefined) throw new Refusal(409, 'no_programme', 'No programme is published here yet.')
  const { compiled } = programme
  checkLines(asked)
  const today = await programmeDay(cloud, tx)
  const state = (await gatherStates(ledgerTx(cloud, tx), compiled, [member])).get(member)
  if (state === undefined) throw new Refusal(404, 'unknown_member', 'No such member.')
  const identifiedBy: IdentifiedBy = asked.card !== undefined ? 'card' : asked.phone !== undefined ? 'phone' : 'member'
  const who = await memberOf(cloud, tx, shop, state, cardOf(state, asked.card), today)
  const request: QuoteRequest = {
    member: who,
    receipt: { id: asked.receipt.id, outlet: shop.outlet, lines: asked.receipt.lines.map(lineOf) },
    redeem: NO_POINTS,
    right: null,
    at: instant(cloud.clock),
  }
  const { requires } = compiled.document.redemption
  const isEnough = requires === undefined || requires.some((way) => way === identifiedBy)
  const { free } = leasable(state.account, compiled, today)
  const order = { outlet: shop.outlet, receipt: asked.receipt.id }
  const allowed = await allowedFor(cloud, tx, compiled, state, today, order)
  const none = atReachedTier(compiled, state, allowed, request)
  if (!none.ok) throw new Error('nothing asked is never refused')
  const offered = none.value.quoted.redeemable
  const redeemable = isEnough ? minOf(offered, free + spareOf(state.account)) : 0n
  const redeem = pointsOf(asked.redeem)
  if (redeem > 0n && !isEnough) {
    throw new Refusal(409, 'second_factor_needed', 'What identified the member is not enough to redeem points.')
  }
  const result = redeem === 0n ? none : atReachedTier(compiled, state, allowed, { ...request, redeem })
  if (!result.ok) throw refused(result.reason, asked.redeem, redeemable)
  const { quoted, tier } = result.value
  if (redeem > offered) throw refused('redeem_exceeds_limit', asked.redeem, redeemable)
  const { day } = quoted.why.moment
  const visits = visitsOn(day, shop.outlet, state.purchases, compiled)
  const visitsToday = new Map((compiled.document.stamps ?? []).map(({ id }) => [id, visits]))
  const stamps = stampsOfRequest(compiled, { ...request, member: { ...who, tier } }, visitsToday)
  const sale = saleSchema.parse({
    kind: 'sale',
    receipt: asked.receipt.id,
    receiptAt: request.at,
    day,
    programme: { id: compiled.document.id, version: compiled.document.version, hash: programme.hash },
    cursor: null,
    member: {
      id: state.record.id,
      card: who.card,
      cardType: who.cardType,
      tier,
      segments: who.segments,
      birthdayDistance: who.birthDate === undefined ? null : daysToBirthday(dayOf(who.birthDate), dayOf(day)),
      purchasesBefore: who.purchasesBefore ?? null,
      terms: who.terms,
      identifiedBy,
      balance: formatHundredths(who.balance),
    },
    asked: formatHundredths(quoted.redeem),
    right: null,
    lines: quoted.lines.map((line, i) => {
      const { amount, cost, ...rest } = asked.receipt.lines[i]!
      const found = stampsOfLine(stamps, line.id)
      return {
        ...rest,
        amount: formatHundredths(moneyOf(amount)),
        ...(cost === undefined ? {} : { cost: formatHundredths(moneyOf(cost)) }),
        earn: formatHundredths(line.earn),
        discount: formatHundredths(line.discount),
        ...(found.length === 0 ? {} : { stamps: found }),
      }
    }),
    rewards: [],
    total: formatHundredths(totalOf(asked)),
    discount: formatHundredths(quoted.discount),
    postings: [...pointsPostings(quoted), ...stampPostings(stamps)],
  })
  return { told: toldOf(shop.outlet, asked, who, quoted, redeemable), sale, state, programme, today }
}

/** More than is free, or than the programme lets. */
export function refused(reason: string, redeem: string, redeemable: bigint): Refusal {
  const facts = { redeem, redeemable: formatHundredths(redeemable) }
  return reason === 'redeem_not_a_step'
    ? new Refusal(409, reason, 'Points are redeemed in whole steps.', facts)
    : new Refusal(409, 'redeem_exceeds_limit', 'More points than may be redeemed on this order.', facts)
}

type Who = NonNullable<QuoteRequest['member']>

/** As tills are told of them. */
async function memberOf(
  cloud: Cloud,
  tx: Tx,
  shop: Shop,
  state: GatheredState,
  card: { readonly number: CardNumber; readonly type: string },
  today: string,
): Promise<Who> {
  const asker = { device: shop.shop as never, outlet: shop.outlet, seen: { epoch: 1, seq: 0 } }
  const [told] = await currentRows(cloud, tx, 'member', [state.record.id], asker)
  const row = told?.scope === 'member' ? told.row : null
  return {
    id: state.record.id,
    card: card.number,
    cardType: card.type,
    tier: state.tier,
    segments: row?.segments ?? [],
    ...(row?.birthDate == null ? {} : { birthDate: row.birthDate }),
    balance: points(balanceOf(state.account, today).balance),
    terms: (row?.terms ?? []) as Who['terms'],
    purchasesBefore: state.record.purchases,
  }
}

function cardOf(state: GatheredState, asked: CardNumber | undefined) {
  const card =
    asked === undefined
      ? (state.cards.find((each) => each.primary) ?? state.cards[0])
      : state.cards.find((each) => each.number === asked)
  if (card === undefined) throw new Refusal(409, 'unknown_card', 'The member has no card.')
  // found by phone or id it is the primary card that pays, as at a till
  if (card.state !== 'active') throw new Refusal(409, 'card_blocked', 'This card is blocked.')
  return card
}

const lineOf = (line: Asked['receipt']['lines'][number]) => ({
  id: line.id,
  ...(line.sku === undefined ? {} : { sku: line.sku }),
  ...(line.category === undefined ? {} : { category: line.category }),
  qty: qtyOf(line.qty),
  amount: moneyOf(line.amount),
  ...(line.cost === undefined ? {} : { cost: moneyOf(line.cost) }),
})

function pointsPostings({ earn, redeem }: Quote): SaleBody['postings'] {
  const posting = (kind: 'earn' | 'redeem', amount: bigint) =>
    amount > 0n ? [{ purse: POINTS, kind, points: formatHundredths(amount) }] : []
  return [...posting('earn', earn), ...posting('redeem', redeem)]
}

const totalOf = ({ receipt }: Asked): bigint => sumOf(receipt.lines.map(({ amount }) => moneyOf(amount)))

function toldOf(outlet: OutletId, asked: Asked, who: Who, quoted: Quote, redeemable: bigint): BasketQuote {
  const total = totalOf(asked)
  return {
    receipt: asked.receipt.id,
    outlet,
    member: { id: who.id!, card: who.card, tier: who.tier, balance: formatHundredths(who.balance) },
    total: formatHundredths(total),
    redeemable: formatHundredths(redeemable),
    redeem: formatHundredths(quoted.redeem),
    discount: formatHundredths(quoted.discount),
    toPay: formatHundredths(total - quoted.discount),
    earn: formatHundredths(quoted.earn),
    lines: quoted.lines.map(({ id, earn, discount }) => ({
      id,
      earn: formatHundredths(earn),
      discount: formatHundredths(discount),
    })),
  }
}

const TOTAL_MAX = 10n ** 14n

/** What no schema sees. */
function checkLines(asked: Asked): void {
  const wrong = (path: string, found: string, allowed: string) =>
    new Refusal(400, 'bad_request', 'The request is not what is expected here.', { errors: [{ path, found, allowed }] })
  const ids = new Set<string>()
  for (const [i, { id }] of asked.receipt.lines.entries()) {
    if (ids.has(id)) throw wrong(`receipt.lines.${i}.id`, JSON.stringify(id), 'an id of its own for each line')
    ids.add(id)
  }
  const total = totalOf(asked)
  if (total >= TOTAL_MAX) throw wrong('receipt.lines', formatHundredths(total), 'a total of at most 12 digits')
}
