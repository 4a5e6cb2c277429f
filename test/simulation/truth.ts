import type { Saved } from '../../shared/intake/memory-store.ts'
import { RISK_LOSS } from '../../shared/ledger/book-sale.ts'
import {
  type Account,
  accountKey,
  type Booking,
  type BookingItem,
  type Lot,
  type SaleRecord,
  saleKey,
} from '../../shared/ledger/booking-port.ts'
import { entryHash } from '../../shared/ledger/chain.ts'
import type { AttachBody, EntryBody, EntryKey, LedgerEntry, RightBody, SaleBody } from '../../shared/ledger/entry.ts'
import { CLOUD_DEVICE, keyOf, keyText, sameKey } from '../../shared/ledger/keys.ts'
import { recompute } from '../../shared/ledger/recompute.ts'
import { formatHundredths, type Points, points } from '../../shared/money.ts'
import type { CompiledProgramme } from '../../shared/programme/compile.ts'
import type { Disposition } from '../../shared/sync/protocol.ts'
import { moneyOf, pointsOf } from '../../shared/wire.ts'
import { isPaidByClosed, LeaseBook } from './leases.ts'
import { purseName, type Trace } from './trace.ts'

/** What is really so, seen from above: everything that was told "done", everything that was booked, what was broken. */

export interface Broken {
  /** The number in the list of invariants. */
  readonly invariant: number
  readonly what: string
  readonly where: string
}

export interface Acked {
  readonly key: EntryKey
  readonly device: string
  readonly hash: string
}

export class Truth {
  readonly broken: Broken[] = []
  /** What was told "done", by the key of its entry. */
  readonly acked = new Map<string, Acked>()
  /** Sums of everything that was booked, by account. */
  posted = new Map<string, bigint>()
  private applied = new Set<string>()
  /** Members whom somebody was merged into. */
  private readonly merged = new Set<string>()
  /** The entry that booked each receipt. */
  private receipts = new Map<string, string>()
  /** What the programme has borne of each receipt, by purse, and that has not come home with a return. */
  private borne = new Map<string, bigint>()
  doubled = 0
  overdrawn = 0
  /** What was risked, or spent under a lease that was closed meanwhile, and was not there any more. */
  riskLoss = 0n
  private leases = new LeaseBook()
  /** Devices of which there are two machines, or an old one: what they cost is bounded by what they hold. */
  readonly doubtful = new Set<string>()
  /** Receipts that a register has booked at two tills. */
  readonly bookedTwice = new Set<string>()
  /** Members who were forgotten on request. */
  readonly erased = new Set<string>()
  /** The cloud has once come back without its end. */
  hasForgotten = false
  /** What tills have stopped asking each other for: what was sent and never came waits for 30 days then. */
  readonly endedRequests = new Set<string>()
  /** The till that sent what is on its way under this name. */
  giverOf(transfer: string): string | undefined {
    return this.leases.giverOf(transfer)
  }

  private readonly trace: Trace
  /** Told of what the cloud did by itself. */
  onEntry: (body: EntryBody, isLate: boolean) => void = () => undefined
  today = ''
  programme: (id: string, version: number) => CompiledProgramme | undefined = () => undefined
  now: () => string = () => ''

  constructor(trace: Trace) {
    this.trace = trace
  }

  breaks(invariant: number, what: string, where: string): void {
    this.broken.push({ invariant, what, where })
  }

  /** Keeps where everything stands, for a database that may come back to here. */
  mark(): () => void {
    const kept = {
      applied: new Set(this.applied),
      receipts: new Map(this.receipts),
      borne: new Map(this.borne),
      posted: new Map(this.posted),
      riskLoss: this.riskLoss,
    }
    const leases = this.leases.copy()
    const from = this.trace.length()
    return () => {
      this.applied = new Set(kept.applied)
      this.receipts = new Map(kept.receipts)
      this.borne = new Map(kept.borne)
      this.posted = new Map(kept.posted)
      this.riskLoss = kept.riskLoss
      this.leases = leases.copy()
      this.trace.forgetBooked(from)
    }
  }

  committed(saved: readonly Saved[]): void {
    for (const { booking, items } of saved) {
      const losses = lossesOf(booking)
      for (const [index, { entry }] of items.entries()) {
        const disposition = booking.dispositions[index]!
        const moves = booking.moves[index]!
        const name = this.named(entry)
        const key = keyText(name)
        if (this.applied.has(key)) {
          this.doubled += 1
          this.breaks(5, 'an entry was booked twice', key)
        }
        this.applied.add(key)
        const lost = this.takeLosses(entry, disposition, losses)
        this.checkRights(entry, disposition, lost, key)
        for (const { member, purse, posted } of moves) {
          const account = accountKey(member, purse)
          this.posted.set(account, (this.posted.get(account) ?? 0n) + posted)
        }
        this.checkFact(entry, moves, key)
        if (disposition.kind !== 'quarantined') this.checkReceipt(entry, key)
        if (disposition.kind === 'applied') this.checkMoved(entry, moves, booking, key)
        this.tell({ ...entry, ...name }, moves, lost)
        const day = entry.body.kind === 'sale' ? entry.body.day : null
        this.onEntry(entry.body, day !== null && day < this.today)
      }
      for (const item of items) this.checkLots(item, booking.sales)
      for (const sale of booking.sales) this.checkSale(sale)
      for (const account of booking.accounts) {
        const key = accountKey(account.member, account.purse)
        const lots = account.lots.reduce((sum, lot) => sum + lot.remaining, 0n)
        const held = (account.leases ?? []).reduce((sum, lease) => sum + lease.remaining, 0n)
        const shouldBe = account.posted > 0n ? account.posted : 0n
        if (lots !== shouldBe) this.breaks(2, `lots hold ${lots}, posted is ${account.posted}`, key)
        const isGranted = items.some(({ entry: { body } }) => body.kind === 'right' && isGrantOf(body, account))
        if (isGranted && held > shouldBe) this.breaks(1, `${held} are granted of ${shouldBe}`, key)
        if (held !== account.leased) this.breaks(2, `leases hold ${held}, leased is ${account.leased}`, key)
        if (account.lots.some((lot) => lot.remaining < 0n)) this.breaks(1, 'a lot is below nothing', key)
        // what goes over in a merge is of the size that is left of it
        if (!this.merged.has(account.member) && account.lots.some(isOverfull)) {
          this.breaks(2, 'a lot holds more than ever came into it', key)
        }
      }
    }
  }

  private takeLosses({ body, outlet }: LedgerEntry, disposition: Disposition, losses: Loss[]): readonly Loss[] {
    if (body.kind !== 'sale' && body.kind !== 'refund' && body.kind !== 'attach') return []
    const receipt = `${body.kind === 'sale' ? outlet : (body.soldAt ?? outlet)}\n${body.receipt}`
    const borneOf = (purse: string) => this.borne.get(`${receipt}\n${purse}`) ?? 0n
    const lost = body.kind === 'refund' ? cameHome(losses, borneOf) : lossOf(body, disposition, losses)
    for (const { purse, points } of lost) this.borne.set(`${receipt}\n${purse}`, borneOf(purse) + points)
    return lost
  }

  /** What neither balance nor right covers is the programme's declared loss, or a broken promise. */
  private checkRights(entry: LedgerEntry, disposition: Disposition, losses: readonly Loss[], key: string): void {
    const { body, device } = entry
    const wrong = disposition.kind === 'quarantined' ? undefined : this.leases.booked(entry)
    const lost = losses.reduce((sum, { points }) => sum + points, 0n)
    this.riskLoss += lost
    // what the cloud alone had given and then forgot may have been spent in good faith
    if (this.hasForgotten || this.doubtful.has(device) || this.isByWord(entry)) return
    if (this.leases.isDoubtful(entry, this.doubtful)) return
    if (wrong !== undefined) this.breaks(3, wrong, key)
    // it works from its own till's record, and the one that counts is another's
    const isOfAnother = (body.kind === 'refund' || body.kind === 'attach') && this.bookedTwice.has(body.receipt)
    if (isOfAnother) return
    const deficit = disposition.kind === 'deficit' ? pointsOf(disposition.points) : 0n
    const isLate = body.kind === 'right' && deficit > 0n && this.leases.movedLate(device, body, deficit)
    const borne = lost < 0n ? -lost : lost
    if (deficit > borne && !isLate) {
      this.overdrawn += 1
      this.breaks(4, `the cloud had to book a deficit of ${formatHundredths(deficit - borne)}`, key)
    }
    if (lost === 0n || body.kind !== 'sale' || isPaidByClosed(body, this.leases)) return
    const risked = (body.risk === undefined ? 0n : pointsOf(body.risk)) + this.leases.paidLate(device, body)
    if (lost > risked) this.breaks(15, `${formatHundredths(lost)} were lost, ${formatHundredths(risked)} risked`, key)
  }

  /** Tills whose release once knew no rights: they redeemed by the cloud's word, and two at one moment could both be told yes. */
  readonly knewNoRights = new Set<string>()

  private isByWord({ device, body }: LedgerEntry): boolean {
    return this.knewNoRights.has(device) && body.kind === 'sale' && body.rights === undefined && body.risk === undefined
  }

  /** The machine that wrote an entry, where its device has been more than one. */
  readonly machines = new Map<string, string>()

  private named(entry: LedgerEntry): EntryKey {
    const name = nameOf(entry)
    if (!this.doubtful.has(entry.device)) return name
    const machine = this.machines.get(entry.adopted?.hash ?? entryHash(entry))
    return machine === undefined ? name : { ...name, device: machine as EntryKey['device'] }
  }

  private checkFact(entry: LedgerEntry, moves: Booking['moves'][number], key: string): void {
    const { body, at, device } = entry
    if (body.kind === 'merge') {
      this.merged.add(body.into)
      const purses = new Set(moves.map(({ purse }) => purse))
      for (const purse of purses) {
        const sum = moves.reduce((all, move) => (move.purse === purse ? all + move.posted : all), 0n)
        if (sum !== 0n) this.breaks(17, `a merge changed the sum of ${purse} by ${sum}`, key)
      }
    }
    if (body.kind === 'sale') {
      const programme = this.programme(body.programme.id, body.programme.version)
      const excess = programme === undefined ? 0n : recompute(entry.outlet, body, programme).excess
      if (excess !== 0n) this.breaks(14, `the till claims ${excess} more than the cloud computes`, key)
    }
    if (device === CLOUD_DEVICE) return
    if (at.lastContact !== null && at.lastContact > this.now()) {
      this.breaks(16, `it speaks of a contact at ${at.lastContact}, which is still to come`, key)
    }
  }

  private checkReceipt({ body, outlet }: LedgerEntry, key: string): void {
    if (body.kind !== 'sale') return
    const receipt = saleKey(outlet, body.receipt)
    const before = this.receipts.get(receipt)
    if (before !== undefined && before !== key) this.breaks(5, `a receipt was booked twice, first by ${before}`, key)
    this.receipts.set(receipt, key)
  }

  /** What an applied entry moved is what it says: all that it brings and takes, once. */
  private checkMoved(
    { body, device }: LedgerEntry,
    moves: Booking['moves'][number],
    { compensations, sales }: Booking,
    key: string,
  ): void {
    if ((body.kind !== 'sale' && body.kind !== 'refund') || body.member === null) return
    if (this.doubtful.has(device) || this.bookedTwice.has(body.receipt) || compensations.length > 0) return
    // a cloud that forgot whose card it was set aside what said whose the receipt is: it is nobody's
    const isNobodys = sales.some((sale) => sale.receipt === body.receipt && sale.body.member === null)
    if (this.hasForgotten && isNobodys) return
    for (const { purse, earn, redeem } of touched(body)) {
      const moved = moves.reduce((sum, move) => (move.purse === purse ? sum + Number(move.posted) : sum), 0)
      const said = earn - redeem - (body.kind === 'refund' ? outOf(body, purse) : 0)
      // where the programme bears what was spent meanwhile, a return takes less than was earned
      const isBorne = body.kind === 'refund' && purse === 'points' && moved > said && moved <= earn
      if (moved !== said && !isBorne) this.breaks(5, `it says ${said} and moved ${moved} of ${purse}`, key)
    }
  }

  /** Nothing was paid from a lot whose last day had passed before the till last heard the cloud, unless it was leased. */
  private checkLots({ entry }: BookingItem, sales: readonly SaleRecord[]): void {
    const { body, at } = entry
    if (body.kind !== 'sale' || body.rights !== undefined || at.lastContact === null || this.isByWord(entry)) return
    const dayBefore = new Date(Date.parse(at.lastContact) - 86_400_000).toISOString().slice(0, 10)
    const sale = sales.find(({ key }) => sameKey(key, nameOf(entry)) || sameKey(key, keyOf(entry)))
    for (const { lot, lastDay } of sale?.spent ?? []) {
      if (lastDay !== null && lastDay < dayBefore) this.breaks(20, `paid from a lot of ${lastDay}`, lot)
    }
  }

  /** Σ returned ≤ sold, and lines add up. */
  private checkSale({ outlet, receipt, body, returned }: SaleRecord): void {
    const where = `${outlet} ${receipt}`
    const total = body.lines.reduce((sum, line) => sum + moneyOf(line.amount), 0n)
    if (total !== moneyOf(body.total)) this.breaks(13, 'lines do not add up to the total', where)
    for (const line of body.lines) {
      const back = returned[line.id]
      if (back === undefined) continue
      const isMore = back.amount > moneyOf(line.amount) || back.pointsTaken > pointsOf(line.earn)
      if (isMore) this.breaks(12, `more came back of line ${line.id} than was sold`, where)
    }
  }

  private tell(
    entry: { readonly device: string; readonly epoch: number; readonly seq: number; readonly body: EntryBody },
    moves: readonly { readonly member: string; readonly purse: string; readonly posted: Points }[],
    losses: readonly Loss[],
  ): void {
    const { device, epoch, seq, body } = entry
    for (const { member, purse, points } of losses) {
      this.trace.write({ k: 'cloud', purse: purseName(member, purse), posted: Number(points), why: RISK_LOSS })
    }
    if (device === CLOUD_DEVICE) {
      const into = body.kind === 'merge' ? body.into : undefined
      for (const { member, purse, posted } of moves) {
        const line = { k: 'cloud' as const, purse: purseName(member, purse), posted: Number(posted), why: body.kind }
        this.trace.write(into === undefined ? line : { ...line, into: purseName(into, purse) })
      }
      return
    }
    const told = new Set<string>()
    for (const { member, purse, posted: net } of moves) {
      told.add(purse)
      const posted = Number(net) - lostIn(losses, purse)
      const earn = posted + outOf(body, purse)
      this.trace.write({
        k: 'applied',
        till: device,
        epoch,
        seq,
        purse: purseName(member, purse),
        posted,
        earn,
      })
    }
    for (const { member, purse } of touched(body)) {
      if (told.has(purse)) continue
      // what it took and the loss beside it may add up to nothing
      const posted = 0 - lostIn(losses, purse)
      const earn = losses.length === 0 ? 0 : posted + outOf(body, purse)
      this.trace.write({ k: 'applied', till: device, epoch, seq, purse: purseName(member, purse), posted, earn })
    }
  }
}

const isGrantOf = (body: RightBody, { member, purse }: Account): boolean =>
  body.action === 'grant' && body.member === member && body.purse === purse

const isOverfull = ({ remaining, expired = points(0n), points: size }: Lot): boolean => remaining + expired > size

interface Loss {
  readonly member: string
  readonly purse: string
  readonly points: bigint
}

const lostIn = (losses: readonly Loss[], purse: string): number =>
  losses.filter((loss) => loss.purse === purse).reduce((sum, { points }) => sum + Number(points), 0)

/** Written off beside the sales of a batch, and brought home by its returns, in their order. */
function lossesOf({ compensations }: Booking): Loss[] {
  return compensations.flatMap((body) =>
    body.kind === 'adjust' && body.reason === RISK_LOSS
      ? [{ member: body.member, purse: body.purse, points: pointsOf(body.points) }]
      : [],
  )
}

/** Those of one sale, taken off the list: there is none without a deficit of as much. */
function lossOf(body: SaleBody | AttachBody, disposition: Disposition, losses: Loss[]): readonly Loss[] {
  if (disposition.kind !== 'deficit') return []
  const taken: Loss[] = []
  let left: bigint = pointsOf(disposition.points)
  while (
    losses.length > 0 &&
    losses[0]!.points > 0n &&
    losses[0]!.points <= left &&
    outOf(body, losses[0]!.purse) > 0
  ) {
    left -= losses[0]!.points
    taken.push(losses.shift()!)
  }
  return taken
}

/**
 * Those that come home with a return, taken off the list: of each purse once, and no more than the programme has borne of
 * its receipt. Of stamps no deficit tells, since nobody was promised them.
 */
function cameHome(losses: Loss[], borneOf: (purse: string) => bigint): readonly Loss[] {
  const taken: Loss[] = []
  const isNext = ({ purse, points }: Loss) =>
    points < 0n && -points <= borneOf(purse) && taken.every((each) => each.purse !== purse)
  while (losses.length > 0 && isNext(losses[0]!)) taken.push(losses.shift()!)
  return taken
}

/** A fact keeps the name that it was first written under, whatever epoch it is sent in. */
export function nameOf({ device, epoch, seq, adopted }: LedgerEntry): EntryKey {
  return adopted === undefined ? { device, epoch, seq } : { device, epoch: adopted.epoch, seq: adopted.seq }
}

/** What an entry took out of a purse, as it was applied. */
function outOf(body: EntryBody, purse: string): number {
  if (body.kind === 'refund') {
    if (purse === 'points') return Number(pointsOf(body.pointsTaken))
    return Number(pointsOf(body.purses?.find((each) => each.purse === purse)?.taken ?? '0.00'))
  }
  if (body.kind !== 'sale') return 0
  return body.postings
    .filter((posting) => posting.purse === purse && posting.kind === 'redeem')
    .reduce((sum, posting) => sum + Number(pointsOf(posting.points)), 0)
}

/** The purses that an entry of a till speaks of, whether or not it moved them. */
export function touched(
  body: EntryBody,
): readonly { readonly member: string; readonly purse: string; readonly earn: number; readonly redeem: number }[] {
  if (body.kind === 'refund') {
    if (body.member === null) return []
    const back = Number(pointsOf(body.pointsBack))
    const others = (body.purses ?? []).map(({ purse, back }) => ({
      member: body.member as string,
      purse,
      earn: Number(pointsOf(back)),
      redeem: 0,
    }))
    return [{ member: body.member, purse: 'points', earn: back, redeem: 0 }, ...others]
  }
  if (body.kind !== 'sale' || body.member === null) return []
  const purses = new Map<string, { earn: number; redeem: number }>()
  for (const { purse, kind, points } of body.postings) {
    const sum = purses.get(purse) ?? { earn: 0, redeem: 0 }
    sum[kind] += Number(pointsOf(points))
    purses.set(purse, sum)
  }
  const { id } = body.member
  return [...purses].map(([purse, sum]) => ({ member: id, purse, ...sum }))
}
