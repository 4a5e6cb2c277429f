import type { ReceiptSummary } from '../../shared/core-api.ts'
import type { DeviceId, OutletId, ReceiptId } from '../../shared/ids.ts'
import { NEIGHBOUR_WITHIN_MS } from '../../shared/lan/protocol.ts'
import { formatQty, qtyOf } from '../../shared/ledger/amounts.ts'
import { entryHash } from '../../shared/ledger/chain.ts'
import {
  type EntryKey,
  type LedgerEntry,
  ledgerEntry,
  type RefundBody,
  type SaleBody,
} from '../../shared/ledger/entry.ts'
import { returnedAfterEntry } from '../../shared/ledger/refund.ts'
import { returnedOfLine } from '../../shared/ledger/returned-lines.ts'
import { formatHundredths, points } from '../../shared/money.ts'
import type { SoldReceipt, SoldReply, SoldRequest } from '../../shared/sold-receipt.ts'
import { moneyOf, pointsOf } from '../../shared/wire.ts'
import { attachedSale, posted, type Returned } from './books.ts'
import type { Context } from './context.ts'
import { parsed } from './journal-item.ts'
import type { CacheStore, Seen } from './ports.ts'
import { saleOf } from './reconcile.ts'

/**
 * A receipt wherever it was sold, and what has come back of it wherever that was: this till's own books, the cloud's, and
 * without the cloud those of the other tills of the shop. Rules S150 to S152.
 */
export interface Sold {
  readonly outlet: OutletId
  readonly key: EntryKey
  readonly sale: SaleBody
  /**
   * The sale with whoever it has been given to since, and everything that came back so far; asked while nothing else is
   * written, so that what was done with it here is all in it.
   */
  readonly now: () => Promise<SoldNow>
}

export interface SoldNow {
  readonly sale: SaleBody
  readonly returned: Returned
}

/** `elsewhere`: not this till's, and the cloud is out of reach; `till` is the one of this shop that has sold it. */
export type Found =
  | { readonly kind: 'found'; readonly receipts: readonly Sold[] }
  | { readonly kind: 'elsewhere'; readonly till: string | null }

export interface SoldDesk {
  /** Without an outlet: the shop's own receipt of that number first, else wherever the cloud knows one. */
  readonly find: (receipt: string, outlet?: string) => Promise<Found>
  /** The journal texts of this till about a receipt, for a neighbour that asks. */
  readonly told: (outlet: string, receipt: string) => Promise<readonly string[]>
}

const CLOUD_MS = 3_000
/** Whoever has the receipt does not wait long to hear what others did with it. */
const CLOUD_OWN_MS = 1_000
const PAGE = 500
/** A till that has not sold a receipt looks through so many of its entries for returns of it: some days' worth. */
const LOOKED_BACK = 2_000

export function soldDesk({ ports, identity, sync }: Context): SoldDesk {
  const { money, cloud, neighbours } = ports

  async function find(receipt: string, outlet?: string): Promise<Found> {
    const here = await own(receipt, outlet ?? identity.outlet)
    if (here !== undefined) return { kind: 'found', receipts: [here] }
    const request = { receipt: receipt as ReceiptId, ...(outlet === undefined ? {} : { outlet: outlet as OutletId }) }
    const answer = await atCloud(request, CLOUD_MS)
    if (answer === 'unreachable') return { kind: 'elsewhere', till: await sellerNearby(outlet, receipt) }
    const told = answer?.receipts ?? []
    const home = told.filter((each) => each.outlet === identity.outlet)
    const receipts = (home.length > 0 ? home : told).map((each) => fromCloud(each, answer!.seen))
    return { kind: 'found', receipts }
  }

  /** Undefined: a cloud that tells of no receipts. */
  async function atCloud(request: SoldRequest, limitMs: number): Promise<SoldReply | 'unreachable' | undefined> {
    if (cloud.sold === undefined) return undefined
    if (!sync.online()) return 'unreachable'
    const answer = await cloud.sold(request, limitMs)
    if (answer.kind === 'ok') return answer.value
    return answer.kind === 'refused' && answer.status === 404 ? undefined : 'unreachable'
  }

  async function sellerNearby(outlet: string | undefined, receipt: string): Promise<string | null> {
    const told = await atNeighbours(outlet ?? identity.outlet, receipt)
    return told.find(({ entry }) => entry.body.kind === 'sale')?.till ?? null
  }

  /** A sale of this till: with the word of the cloud about it, or without. */
  async function own(receipt: string, outlet: string): Promise<Sold | undefined> {
    const row = await money.receipt(outlet, receipt)
    const sale = row === undefined ? undefined : await saleOf(money, row)
    if (row === undefined || sale === undefined) return undefined
    const answer = await atCloud({ receipt: sale.receipt, outlet: outlet as OutletId }, CLOUD_OWN_MS)
    const told = answer === undefined || answer === 'unreachable' ? undefined : answer
    const booked = told?.receipts.find((each) => each.outlet === outlet)
    const nowHere = async () => (await money.receipt(outlet, receipt)) ?? row
    if (told !== undefined && booked !== undefined) {
      const given = async (body: SaleBody) => (body.member === null ? attachedSale(body, await nowHere()) : body)
      return { ...fromCloud(booked, told.seen, given), sale: await given(booked.body) }
    }
    const others = told === undefined ? (await atNeighbours(outlet, receipt)).map(({ entry }) => entry) : []
    const device = identity.device as DeviceId
    return {
      outlet: outlet as OutletId,
      key: { device, epoch: row.epoch, seq: row.seq },
      sale: attachedSale(sale, row),
      now: async () => {
        const here = await nowHere()
        const given = attachedSale(sale, here)
        return { sale: given, returned: refundsIn(others).reduce(heardOf(given), here.returned as Returned) }
      },
    }
  }

  function fromCloud(
    { outlet, key, body, returned }: SoldReceipt,
    seen: Seen,
    given = async (sale: SaleBody) => sale,
  ): Sold {
    const lines = Object.entries(returned).map(([id, line]) => [
      id,
      {
        qty: qtyOf(line.qty),
        amount: moneyOf(line.amount) as bigint,
        money: moneyOf(line.money) as bigint,
        pointsBack: points(pointsOf(line.pointsBack)),
        pointsTaken: points(pointsOf(line.pointsTaken)),
      },
    ])
    const known: Returned = Object.fromEntries(lines)
    return {
      outlet,
      key,
      sale: body,
      now: async () => {
        const sale = await given(body)
        return { sale, returned: (await ownRefunds(outlet, body.receipt, seen)).reduce(heardOf(sale), known) }
      },
    }
  }

  /** What the other tills of this shop did with a receipt. */
  async function atNeighbours(outlet: string, receipt: string) {
    const told = await neighbours?.receipt(outlet, receipt, NEIGHBOUR_WITHIN_MS).catch(() => undefined)
    return (told?.entries ?? []).flatMap(({ till, text }) => {
      const entry = entryIn(text)
      return entry !== undefined && isAbout(entry, outlet, receipt) ? [{ till, entry }] : []
    })
  }

  /** This till's own entries about a receipt, from a place in its streams on. */
  async function ownEntries(outlet: string, receipt: string, from: Seen) {
    const found: { readonly entry: LedgerEntry; readonly text: string }[] = []
    for (let { epoch, seq } = from; epoch <= identity.epoch; epoch++, seq = 1) {
      for (;;) {
        const rows = await money.entries(epoch, seq, PAGE)
        if (rows.length === 0) break
        for (const { kind, text, setAside } of rows) {
          if (!KINDS.has(kind) || setAside === true || !text.includes(JSON.stringify(receipt))) continue
          const { entry } = parsed(text)
          if (isAbout(entry, outlet, receipt)) found.push({ entry, text })
        }
        seq = rows.at(-1)!.seq + 1
      }
    }
    return found
  }

  /** Goods of it that this till has taken back since the cloud's word. */
  async function ownRefunds(outlet: string, receipt: string, seen: Seen): Promise<readonly RefundBody[]> {
    const since = await ownEntries(outlet, receipt, { epoch: seen.epoch, seq: seen.seq + 1 })
    return refundsIn(since.map(({ entry }) => entry))
  }

  async function told(outlet: string, receipt: string): Promise<readonly string[]> {
    const { epoch, seq } = await money.head(identity.epoch)
    const from = (await money.receipt(outlet, receipt)) ?? { epoch, seq: Math.max(1, seq - LOOKED_BACK) }
    return (await ownEntries(outlet, receipt, from)).map(({ text }) => text)
  }

  return { find, told }
}

const KINDS = new Set(['sale', 'refund', 'attach'])

function isAbout({ outlet: at, body }: LedgerEntry, outlet: string, receipt: string): boolean {
  switch (body.kind) {
    case 'sale':
      return at === outlet && body.receipt === receipt
    case 'refund':
    case 'attach':
      return (body.soldAt ?? at) === outlet && body.receipt === receipt
    default:
      return false
  }
}

/** An entry as a neighbour's journal holds it; undefined for what is none. */
function entryIn(text: string): LedgerEntry | undefined {
  try {
    const { entry, hash } = parsed(text)
    const read = ledgerEntry.safeParse(entry)
    return read.success && entryHash(read.data) === hash ? read.data : undefined
  } catch {
    return undefined
  }
}

const refundsIn = (entries: readonly LedgerEntry[]): readonly RefundBody[] =>
  entries.flatMap(({ body }) => (body.kind === 'refund' ? [body] : []))

const heardOf =
  (sale: SaleBody) =>
  (returned: Returned, refund: RefundBody): Returned =>
    returnedAfterEntry(sale, returned, refund)

/** As the list of receipts shows one, wherever it was sold. */
export async function summaryOf({ outlet, now }: Sold, cache: Pick<CacheStore, 'find'>): Promise<ReceiptSummary> {
  const { sale, returned: back } = await now()
  const known = sale.member === null ? undefined : await cache.find({ member: sale.member.id })
  const name = known?.member.name ?? null
  const lines = sale.lines.map((line) => ({
    id: line.id,
    name: line.name ?? null,
    qty: line.qty,
    amount: line.amount,
    returned: formatQty(returnedOfLine(back, line.id)?.qty ?? 0n),
  }))
  const left = lines.filter((line) => {
    const came = returnedOfLine(back, line.id)
    return came === undefined || came.qty < qtyOf(line.qty) || came.amount < moneyOf(line.amount)
  })
  const isTouched = lines.some((line) => line.returned !== '0' || (returnedOfLine(back, line.id)?.amount ?? 0n) > 0n)
  return {
    receipt: sale.receipt,
    outlet,
    at: sale.receiptAt,
    total: sale.total,
    earn: formatHundredths(posted(sale, 'earn')),
    redeem: formatHundredths(posted(sale, 'redeem')),
    member: sale.member === null ? null : { id: sale.member.id, name, card: sale.member.card },
    lines,
    returned: left.length === 0 ? 'whole' : isTouched ? 'part' : 'no',
    sync: 'applied',
  }
}
