import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { z } from 'zod'
import type { MemberId, OutletId, ReceiptId } from '../../shared/ids.ts'
import { bookDecided, bookOwnIn } from '../../shared/intake/own-stream.ts'
import { Overtaken } from '../../shared/intake/port.ts'
import { allotAfter, lockMember } from '../../shared/intake/rights.ts'
import { sumOf } from '../../shared/ledger/amounts.ts'
import { type Account, saleKey } from '../../shared/ledger/booking-port.ts'
import { canonical, sha256Hex } from '../../shared/ledger/chain.ts'
import { type RightBody, type SaleBody, saleBody } from '../../shared/ledger/entry.ts'
import { CLOUD_DEVICE, keyOf, keyText } from '../../shared/ledger/keys.ts'
import { POINTS } from '../../shared/ledger/needs.ts'
import { formatHundredths } from '../../shared/money.ts'
import { holdForBasket, isAwaited, type RightsFacts, releaseBasket } from '../../shared/rights/granting.ts'
import { pointsOf } from '../../shared/wire.ts'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import type { Tx } from '../database/connect.ts'
import { transaction } from '../database/transaction.ts'
import { BASKET_LEASE } from '../hooks/events.ts'
import { Refusal } from '../http/refusal.ts'
import { loadSales, type ReadSales } from '../ledger/load.ts'
import { intakeOf, ledgerTx } from '../ledger/postgres-store.ts'
import { basketMember, quoteBasket, refused } from './quote.ts'
import { type BasketHold, type BasketQuote, basketQuote, type holdRequest, type quoteRequest } from './schemas.ts'
import type { Shop } from './shops.ts'
import { withoutVisitsHad } from './visits.ts'

/**
 * Points held for the baskets of web shops: a lease in the cloud's own stream, so that no till and no other basket can
 * spend them meanwhile. Whoever changes a hold locks its member first, then its row, then the stream. Rules S140 to S142.
 */

const HOLDER = { device: CLOUD_DEVICE, epoch: 1 }
const LOOK_EVERY_MS = 40
const ENDED_AT_ONCE_MAX = 50

const leaseOf = (hold: string): string => `${BASKET_LEASE}${hold}`

interface Row {
  readonly shop: string
  readonly hold: string
  readonly asked: string
  readonly outlet: string
  readonly receipt: string
  readonly member: string
  readonly points: bigint
  readonly until: string
  readonly state: BasketHold['state']
  readonly sale: string
  readonly told: string
  readonly entry: string | null
}

/** Quotes and holds nothing. */
export async function quoteOnly(cloud: Cloud, shop: Shop, asked: z.output<typeof quoteRequest>): Promise<BasketQuote> {
  const member = await basketMember(cloud, asked)
  const { told } = await transaction(cloud.db, (tx) => quoteBasket(cloud, tx, shop, member, asked))
  return told
}

/** Holds the points of a basket, or says how many there are. The same key gives the same hold. */
export async function makeHold(
  cloud: Cloud,
  shop: Shop,
  key: string,
  asked: z.output<typeof holdRequest>,
): Promise<BasketHold> {
  const body = sha256Hex(canonical(JSON.parse(JSON.stringify(asked))))
  const known = await withKey(cloud.db, cloud, shop, key)
  if (known !== undefined) return again(cloud, known, body)
  const member = await basketMember(cloud, asked)
  const until = performance.now() + cloud.recallMs
  let recalls = true
  for (;;) {
    const tried = await transaction(cloud.db, (tx) => tryHold(cloud, tx, shop, { key, body, member, recalls }, asked))
    cloud.feed.wake()
    if (tried.hold !== undefined) return tried.hold
    if (!tried.isAwaited || performance.now() >= until) throw refused('', asked.redeem, tried.redeemable)
    recalls = false
    await sleep(LOOK_EVERY_MS)
  }
}

interface Trying {
  readonly key: string
  readonly body: string
  readonly member: MemberId
  readonly recalls: boolean
}

interface Tried {
  readonly hold?: BasketHold
  readonly isAwaited: boolean
  readonly redeemable: bigint
}

async function tryHold(
  cloud: Cloud,
  tx: Tx,
  shop: Shop,
  { key, body, member, recalls }: Trying,
  asked: z.output<typeof holdRequest>,
): Promise<Tried> {
  const { tenant } = cloud
  const [intake, ledger] = [intakeOf(cloud), ledgerTx(cloud, tx)]
  await lockMember(ledger, member)
  const known = await withKey(tx, cloud, shop, key)
  if (known !== undefined) return { hold: again(cloud, known, body), isAwaited: false, redeemable: 0n } // the same at the same moment
  // the same order held before, with another basket: what that one holds pays for this one
  const before = await lockedHolds(cloud, tx, shop.outlet, asked.receipt.id)
  const backOf = (account: Account) =>
    before.flatMap((row) => releaseBasket(account, leaseOf(row.hold), HOLDER, 'replaced'))
  const spareOf = (account: Account) => sumOf(backOf(account).map((body) => pointsOf(body.points)))
  const { told, sale, state, programme, today } = await quoteBasket(cloud, tx, shop, member, asked, spareOf)
  await checkUnbooked(cloud, tx, shop.outlet, asked.receipt.id)
  const { account } = state
  const now = instant(cloud.clock)
  const hold = randomUUID()
  const tills = await ledger.rightsTills()
  const facts: RightsFacts = { account, programme: programme.compiled, today, now, tills, cause: hold }
  const until = new Date(cloud.clock().getTime() + asked.seconds * 1000).toISOString()
  const amount = pointsOf(told.redeem)
  const lease = leaseOf(hold)
  const wanted = { lease, holder: HOLDER, points: amount, until }
  const right = holdForBasket(facts, wanted, { recalls, spare: spareOf(account) })
  if (right.missing > 0n) {
    await bookDecided(intake, ledger, right.bodies)
    const after = (await ledger.accountsOf([state.record.id])).find(({ purse }) => purse === POINTS)
    return {
      isAwaited: after !== undefined && isAwaited({ account: after, tills, now }),
      redeemable: amount - right.missing,
    }
  }
  const others = before.filter((row) => row.member !== state.record.id)
  await bookDecided(intake, ledger, [...backOf(account), ...right.bodies])
  for (const row of before) if (row.member === state.record.id) await setState(cloud, tx, row, 'replaced', null)
  await endHolds(cloud, tx, others, 'replaced')
  const paid: SaleBody =
    amount === 0n ? sale : { ...sale, rights: [{ purse: POINTS, lease, points: formatHundredths(amount) }] }
  const row = {
    tenant,
    shop: shop.shop,
    hold,
    idempotency_key: key,
    asked: body,
    outlet: shop.outlet,
    receipt: asked.receipt.id,
    member: state.record.id,
    points: amount as bigint,
    until,
    state: 'held' as const,
    sale: canonical(paid),
    told: canonical(told),
    entry: null,
    made_at: now,
  }
  const made = await tx
    .insertInto('shop_hold')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  if ((made.numInsertedOrUpdatedRows ?? 0n) === 0n) throw new Overtaken() // the same key for another member at the same moment
  return { hold: viewOf(row), isAwaited: false, redeemable: amount }
}

/** Books what was held. Repeated, it answers with the same booking. */
export async function commitHold(
  cloud: Cloud,
  shop: Shop,
  hold: string,
  fiscal: string | undefined,
): Promise<BasketHold> {
  const view = await transaction(cloud.db, async (tx): Promise<BasketHold | Refusal> => {
    const row = await lockedHold(cloud, tx, shop, hold)
    if (row.state === 'committed') return viewOf(row)
    if (row.state === 'held' && Date.parse(row.until) <= cloud.clock().getTime()) {
      await endHolds(cloud, tx, [row], 'ended') // kept although it is refused
      return over('ended', row)
    }
    if (row.state !== 'held') return over(row.state, row)
    const [intake, ledger] = [intakeOf(cloud), ledgerTx(cloud, tx)]
    await checkUnbooked(cloud, tx, row.outlet as OutletId, row.receipt as ReceiptId)
    const sale = saleBody.parse(JSON.parse(row.sale))
    const { id, version } = sale.programme
    await cloud.programmes.need(tx, [{ id, version }])
    const [outlet, compiled] = [row.outlet as OutletId, cloud.programmes.known(id, version)?.compiled]
    const earned =
      compiled === undefined ? sale : await withoutVisitsHad(cloud, tx, compiled, outlet, row.member as MemberId, sale)
    const body = { ...earned, ...(fiscal === undefined ? {} : { fiscal }) }
    const [booked] = await bookOwnIn(intake, ledger, [body], `shop ${shop.shop}`, outlet)
    const { disposition, entry } = booked!
    if (disposition.kind === 'quarantined') throw new Refusal(409, disposition.code, disposition.message)
    const place = keyText(keyOf(entry))
    await setState(cloud, tx, row, 'committed', place)
    return viewOf({ ...row, state: 'committed', entry: place })
  })
  cloud.feed.wake()
  if (view instanceof Refusal) throw view
  return view
}

/** The basket was given up. Repeated, it answers the same; after a commit it is refused. */
export async function releaseHold(cloud: Cloud, shop: Shop, hold: string): Promise<BasketHold> {
  const view = await transaction(cloud.db, async (tx) => {
    const row = await lockedHold(cloud, tx, shop, hold)
    if (row.state === 'committed') throw over('committed', row)
    if (row.state !== 'held') return viewOf(row)
    await endHolds(cloud, tx, [row], 'released')
    return viewOf({ ...row, state: 'released' })
  })
  cloud.feed.wake()
  return view
}

export async function readHold(cloud: Cloud, shop: Shop, hold: string): Promise<BasketHold> {
  const row = await rowsOf(cloud.db, cloud, shop).where('hold', '=', hold).executeTakeFirst()
  if (row === undefined) throw unknown()
  return viewNow(cloud, row)
}

/** A hold whose time is up has ended, whether or not anybody has looked after it. */
function viewNow(cloud: Cloud, row: Row): BasketHold {
  const isOver = row.state === 'held' && Date.parse(row.until) <= cloud.clock().getTime()
  return viewOf(isOver ? { ...row, state: 'ended' } : row)
}

/** Ends what is over its time; returns how many. Any number of instances may. */
export async function endDueHolds(cloud: Cloud): Promise<number> {
  const due = await cloud.db
    .selectFrom('shop_hold')
    .selectAll()
    .where('tenant', '=', cloud.tenant)
    .where('state', '=', 'held')
    .where('until', '<=', instant(cloud.clock))
    .orderBy('until')
    .limit(ENDED_AT_ONCE_MAX)
    .execute()
  let ended = 0
  const failures: unknown[] = []
  for (const { shop, hold } of due) {
    try {
      ended += await endIfHeld(cloud, shop, hold)
    } catch (error) {
      failures.push(error) // those behind it are over all the same
    }
  }
  if (ended > 0) cloud.feed.wake()
  else if (failures.length > 0) throw failures[0]
  return ended
}

/** 0: somebody else was faster. */
function endIfHeld(cloud: Cloud, shop: string, hold: string): Promise<number> {
  return transaction(cloud.db, async (tx) => {
    const row = await lockedHold(cloud, tx, { shop }, hold)
    if (row.state !== 'held') return 0
    await endHolds(cloud, tx, [row], 'ended')
    return 1
  })
}

/** What is held for a member who is forgotten goes back, also what was held under a name they had before a merge. */
export async function endHoldsOf(cloud: Cloud, tx: Tx, member: MemberId): Promise<void> {
  const { tenant } = cloud
  const rows = await tx
    .selectFrom('shop_hold')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('state', '=', 'held')
    .where('member', 'in', (of) =>
      of
        .selectFrom('member as m')
        .select('m.member')
        .where('m.tenant', '=', tenant)
        .where((is) => is.or([is('m.member', '=', member), is('m.merged_into', '=', member)])),
    )
    .orderBy('hold')
    .forUpdate()
    .execute()
  await endHolds(cloud, tx, rows, 'released')
}

/** Rows are locked. What they hold goes back, and from there to where its member shops. */
async function endHolds(cloud: Cloud, tx: Tx, rows: readonly Row[], reason: 'released' | 'ended' | 'replaced') {
  if (rows.length === 0) return
  const [intake, ledger] = [intakeOf(cloud), ledgerTx(cloud, tx)]
  const bodies: RightBody[] = []
  for (const row of [...rows].sort((a, b) => (a.member < b.member ? -1 : 1))) {
    const member = await lockMember(ledger, row.member as MemberId)
    const accounts = member === undefined ? [] : await ledger.accountsOf([member])
    const account = accounts.find(({ purse }) => purse === POINTS)
    if (account !== undefined) bodies.push(...releaseBasket(account, leaseOf(row.hold), HOLDER, reason))
    await setState(cloud, tx, row, reason, null)
  }
  await bookDecided(intake, ledger, bodies)
  const programme = (await cloud.programmes.current(tx))?.compiled
  if (programme !== undefined) await allotAfter(intake, ledger, programme, bodies, `basket/${rows[0]!.hold}`)
}

async function setState(cloud: Cloud, tx: Tx, row: Row, state: BasketHold['state'], entry: string | null) {
  await tx
    .updateTable('shop_hold')
    .set({ state, entry })
    .where('tenant', '=', cloud.tenant)
    .where('shop', '=', row.shop)
    .where('hold', '=', row.hold)
    .execute()
}

const rowsOf = (db: Cloud['db'] | Tx, { tenant }: Cloud, { shop }: Pick<Shop, 'shop'>) =>
  db.selectFrom('shop_hold').selectAll().where('tenant', '=', tenant).where('shop', '=', shop)

const withKey = (db: Cloud['db'] | Tx, cloud: Cloud, shop: Shop, key: string): Promise<Row | undefined> =>
  rowsOf(db, cloud, shop).where('idempotency_key', '=', key).executeTakeFirst()

async function lockedHold(cloud: Cloud, tx: Tx, shop: Pick<Shop, 'shop'>, hold: string): Promise<Row> {
  const found = await rowsOf(tx, cloud, shop).where('hold', '=', hold).executeTakeFirst()
  if (found === undefined) throw unknown()
  await lockMember(ledgerTx(cloud, tx), found.member as MemberId)
  const row = await rowsOf(tx, cloud, shop).where('hold', '=', hold).forUpdate().executeTakeFirst()
  if (row === undefined) throw unknown()
  return row
}

/** Held for this order by any shop of the outlet. */
function lockedHolds(cloud: Cloud, tx: Tx, outlet: OutletId, receipt: ReceiptId): Promise<Row[]> {
  return tx
    .selectFrom('shop_hold')
    .selectAll()
    .where('tenant', '=', cloud.tenant)
    .where('outlet', '=', outlet)
    .where('receipt', '=', receipt)
    .where('state', '=', 'held')
    .orderBy('hold')
    .forUpdate()
    .execute()
}

async function checkUnbooked(cloud: Cloud, tx: Tx, outlet: OutletId, receipt: ReceiptId): Promise<void> {
  const loaded: ReadSales = { sales: new Map(), writtenBodies: new WeakSet() }
  await loadSales(tx, cloud.tenant, [{ outlet, receipt }], loaded)
  if (loaded.sales.get(saleKey(outlet, receipt)) === undefined) return
  throw new Refusal(409, 'receipt_already_booked', 'This order is booked already.', { receipt, outlet })
}

function again(cloud: Cloud, row: Row, asked: string): BasketHold {
  if (row.asked === asked) return viewNow(cloud, row)
  throw new Refusal(422, 'idempotency_key_reused', 'This Idempotency-Key came with another request before.')
}

const unknown = () => new Refusal(404, 'unknown_hold', 'No such hold.')

function over(state: BasketHold['state'], row: Row): Refusal {
  const hold = viewOf({ ...row, state })
  if (state === 'committed') return new Refusal(409, 'hold_committed', 'This hold is booked.', { hold })
  return new Refusal(409, 'hold_over', 'This hold has ended; hold the basket again.', { hold })
}

function viewOf(row: Pick<Row, 'hold' | 'state' | 'until' | 'entry' | 'told'>): BasketHold {
  const until = new Date(row.until).toISOString()
  return { ...basketQuote.parse(JSON.parse(row.told)), id: row.hold, state: row.state, until, entry: row.entry }
}
