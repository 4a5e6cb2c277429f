import { dayOf, daysToBirthday } from '../../shared/calendar.ts'
import type { CardNumber, MemberId, OutletId, ReceiptId } from '../../shared/ids.ts'
import { type GatheredState, gatherStates } from '../../shared/intake/member-state.ts'
import { bookOwnIn, isOvertaken } from '../../shared/intake/own-stream.ts'
import { Overtaken } from '../../shared/intake/port.ts'
import { balanceOf } from '../../shared/ledger/balance.ts'
import { saleKey } from '../../shared/ledger/booking-port.ts'
import { type Command, decide, type Refusal as Reason } from '../../shared/ledger/decide.ts'
import type { EntryKey, SaleBody } from '../../shared/ledger/entry.ts'
import { formatHundredths } from '../../shared/money.ts'
import type { CompiledProgramme } from '../../shared/programme/compile.ts'
import type { Disposition } from '../../shared/sync/protocol.ts'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import type { Tx } from '../database/connect.ts'
import { transaction } from '../database/transaction.ts'
import { programmeDay } from '../feed/rows.ts'
import { Refusal } from '../http/refusal.ts'
import { loadSales, type ReadSales } from '../ledger/load.ts'
import { intakeOf, ledgerTx } from '../ledger/postgres-store.ts'
import { readProfiles } from '../members/profiles.ts'

/** What a manager wishes about a member, decided by the ledger's own rules and booked in the same transaction. */
export interface Carried {
  readonly entries: readonly { readonly key: EntryKey; readonly kind: string; readonly disposition: Disposition }[]
  readonly now: string
}

/** What a wish may ask of the tables besides the member. */
export interface At {
  readonly tx: Tx
  readonly programme: CompiledProgramme
  readonly today: string
  state(member: MemberId): Promise<GatheredState>
}

type CommandOf = (state: GatheredState, at: At) => Command | Promise<Command>

export async function carryOut(cloud: Cloud, member: MemberId, by: string, commandOf: CommandOf): Promise<Carried> {
  const carried = await transaction(cloud.db, (tx) => carryOutIn(cloud, tx, member, by, commandOf))
  cloud.feed.wake()
  return carried
}

/** The same in the caller's transaction, who says when it is committed. */
export async function carryOutIn(
  cloud: Cloud,
  tx: Tx,
  member: MemberId,
  by: string,
  commandOf: CommandOf,
): Promise<Carried> {
  const ledger = ledgerTx(cloud, tx)
  const programme = (await cloud.programmes.current(tx))?.compiled
  if (programme === undefined) throw new Refusal(409, 'no_programme', 'No programme is published here yet.')
  const today = await programmeDay(cloud, tx)
  const state = async (id: MemberId) => {
    const found = (await gatherStates(ledger, programme, [id])).get(id)
    if (found === undefined) throw new Refusal(404, 'unknown_member', 'No such member.')
    return found
  }
  const own = await state(member)
  const command = await commandOf(own, { tx, programme, today, state })
  const decided = decide(command, { programme, member: own, today })
  if (!decided.ok) throw refused(decided.reason)
  const booked = await bookOwnIn(intakeOf(cloud), ledger, decided.value, by)
  if (booked.some(({ disposition }) => isOvertaken(disposition))) throw new Overtaken('a card has changed hands')
  const entries = booked.map(({ entry: { device, epoch, seq, body }, disposition }) => {
    return { key: { device, epoch, seq }, kind: body.kind, disposition }
  })
  return { entries, now: instant(cloud.clock) }
}

const REASONS: Partial<Record<Reason, string>> = {
  member_merged: 'This member was merged into another.',
  same_member: 'Both names are of the same member.',
  nothing_changes: 'It is so already.',
  unknown_tier: 'The programme in force has no such tier.',
  unknown_coupon: 'The programme in force has no such coupon.',
  coupon_not_personal: 'This coupon has a code for everybody and is issued to nobody.',
  unknown_card: 'The member has no such card.',
  card_of_another_member: 'This number belongs to a member already.',
  card_blocked: 'The card is blocked.',
  card_replaced: 'Another card took the place of this one.',
  card_is_primary: 'It is the primary card while the member has others; make another one primary first.',
  receipt_has_member: 'The receipt has a member already.',
  too_long_ago: 'The receipt is too old to find its member now.',
  nothing_left_to_return: 'All of the receipt was returned.',
}

function refused(reason: Reason): Refusal {
  return new Refusal(409, reason, REASONS[reason] ?? 'The ledger refuses this.')
}

/** Who has a card's number; undefined: nobody. */
export async function holderOf(cloud: Cloud, tx: Tx, number: CardNumber): Promise<MemberId | undefined> {
  const row = await tx
    .selectFrom('card')
    .select('member')
    .where('tenant', '=', cloud.tenant)
    .where('number', '=', number)
    .executeTakeFirst()
  return row?.member as MemberId | undefined
}

/** A receipt without a member, and this member as its till would have quoted them. */
export async function attachment(
  cloud: Cloud,
  state: GatheredState,
  { tx, today }: At,
  receipt: { readonly outlet: OutletId; readonly receipt: ReceiptId },
  by: string,
): Promise<Command> {
  const loaded: ReadSales = { sales: new Map(), writtenBodies: new WeakSet() }
  await loadSales(tx, cloud.tenant, [receipt], loaded)
  const sale = loaded.sales.get(saleKey(receipt.outlet, receipt.receipt))
  if (sale === undefined) throw new Refusal(404, 'unknown_receipt', 'No such receipt was booked at this outlet.')
  const { id, version } = sale.body.programme
  await cloud.programmes.need(tx, [{ id, version }])
  const programme = cloud.programmes.known(id, version)
  const card = state.cards.find((each) => each.primary) ?? state.cards[0]
  if (programme === undefined) throw new Refusal(409, 'unknown_programme', 'The version of this receipt is not here.')
  if (card === undefined) throw new Refusal(409, 'unknown_card', 'The member has no card.')
  const birthDate = (await readProfiles(tx, cloud.tenant, cloud.keys, [state.record.id])).get(
    state.record.id,
  )?.birthDate
  const member: NonNullable<SaleBody['member']> = {
    id: state.record.id,
    card: card.number,
    cardType: card.type,
    tier: state.tier,
    segments: [],
    birthdayDistance: birthDate === undefined ? null : daysToBirthday(dayOf(birthDate), dayOf(sale.body.day)),
    purchasesBefore: state.record.purchases,
    terms: [...(state.record.terms ?? [])],
    identifiedBy: 'member',
    balance: formatHundredths(balanceOf(state.account, today).balance),
  }
  return { do: 'attach', sale, member, programme: programme.compiled, by }
}
