import { LEASE_MS } from '../../renderer/core/contact.ts'
import { factOf, parsed } from '../../renderer/core/journal-item.ts'
import type { BookingView, QuoteView, RefundView } from '../../shared/core-api.ts'
import type { EntryBody } from '../../shared/ledger/entry.ts'
import { keyText } from '../../shared/ledger/keys.ts'
import { formatHundredths } from '../../shared/money.ts'
import { moneyOf, pointsOf } from '../../shared/wire.ts'
import { SHARED_CODE } from './programme.ts'
import { type Customer, ownCard, type Receipt, type Scene } from './scene.ts'
import type { Till } from './till.ts'
import { purseName } from './trace.ts'
import { touched } from './truth.ts'

/** What customers, cashiers and registers do: each visit is some operations at one till. */
export class Counter {
  private readonly scene: Scene

  constructor(scene: Scene) {
    this.scene = scene
  }

  async visit(till: Till): Promise<void> {
    const dice = this.scene.chance.next()
    if (dice < 0.04) return await this.enrolment(till)
    const refunds = this.scene.rough === 'returns' ? 0.4 : 0.12
    if (dice < refunds) return await this.refund(till)
    if (dice < refunds + 0.02) {
      await till.command(this.scene.chance.pick(['shift.report', 'quarantine.list', 'sync.now'] as const), {})
      return
    }
    return await this.sale(till)
  }

  private customer(): Customer {
    // Zipf: a few come all the time
    const rank = Math.floor(this.scene.customers.length ** this.scene.chance.next()) - 1
    return this.scene.customers[Math.min(this.scene.customers.length - 1, Math.max(0, rank))]!
  }

  private async sale(till: Till): Promise<void> {
    const customer = this.scene.chance.chance(0.9) ? this.customer() : null
    const goods = [{ sku: 'cake' }, { sku: 'tea', category: 'drinks/tea' }, { sku: 'cigarettes', category: 'tobacco' }]
    const lines = Array.from({ length: this.scene.chance.between(1, 3) }, (_, index) => ({
      id: String(index + 1),
      ...this.scene.chance.pick(goods),
      amount: formatHundredths(BigInt(this.scene.chance.between(100, 20_000))),
    }))
    const receipt: Receipt & { lines: typeof lines } = { id: `${till.device}-r${this.scene.nextNumber()}`, lines }
    if (customer !== null) this.scene.cardOf.set(receipt.id, customer.card)
    const key = `k${this.scene.nextNumber()}`
    if (customer !== null && this.scene.chance.chance(0.6)) {
      await till.command('scans.take', {
        code: customer.card,
        source: this.scene.chance.pick(['hid', 'register', 'typed']),
      })
    }
    const who = customer === null ? this.stranger() : { card: customer.card as never }
    for (let tries = 0; tries < 6 && !till.isDestroyed; tries++) {
      if (tries > 0) {
        await this.scene.pause(this.scene.chance.between(500, 10_000))
        if (!(await till.boot())) continue
      }
      const quoted = await till.command('quotes.create', { ...who, receipt: receipt as never })
      if (!quoted.ok) {
        if (quoted.reason === 'crashed' || quoted.reason === 'starting') continue
        return // the card is not known here yet, or nothing can be sold
      }
      const isFirst = customer !== null && tries === 0
      if (isFirst && this.scene.chance.chance(0.4)) await this.rewards(till, quoted.value)
      if (isFirst && this.scene.chance.chance(0.4)) await this.redeem(till, quoted.value)
      const done = await this.commit(till, quoted.value, key, receipt)
      if (done === 'again') continue
      if (done === 'done' && this.scene.faults.strikes('booked at two tills', 0.1))
        await this.elsewhere(till, who, receipt)
      return
    }
  }

  /** Somebody with a card that was given out and never told of: the receipt waits for them. */
  private stranger() {
    if (!this.scene.chance.chance(0.3)) return {}
    const card = ownCard(STRANGERS_FROM + this.scene.nextNumber())
    this.scene.unknownCards.push(card)
    return { card: card as never, whenUnknown: 'keep' as const }
  }

  /** The register did not hear that it was booked, and books the same receipt at the next till. */
  private async elsewhere(first: Till, who: object, receipt: Receipt): Promise<void> {
    const others = this.scene.tills.filter((till) => till.outlet === first.outlet && till !== first && till.isOn)
    if (others.length === 0) return
    const till = this.scene.chance.pick(others)
    this.scene.truth.bookedTwice.add(receipt.id)
    const quoted = await till.command('quotes.create', { ...who, receipt: receipt as never })
    if (!quoted.ok) return
    await this.commit(till, quoted.value, `k${this.scene.nextNumber()}`, receipt)
  }

  /** Uses a full stamp card and a coupon, where the quote offers them or everybody knows the code. */
  private async rewards(till: Till, quote: QuoteView): Promise<void> {
    const offered = (quote.available ?? []).map(({ id }) => id)
    const rewards = offered.filter((id) => id.startsWith('stamp:'))
    const held = offered.filter((id) => id.startsWith(COUPON)).map((id) => id.slice(COUPON.length))
    const coupons = this.scene.chance.chance(0.2) ? [...held, SHARED_CODE] : held
    if (rewards.length + coupons.length === 0) return
    await till.command('quotes.redeem', { id: quote.id as never, redeem: '0.00', rewards, coupons })
  }

  /** Pays with points, up to half of the receipt. */
  private async redeem(till: Till, quote: QuoteView): Promise<void> {
    const online = till.state()?.link.online === true
    const half = moneyOf(quote.total) / 2n
    const balance = quote.member === null ? 0n : pointsOf(quote.member.balance)
    const wish = balance < half ? balance : half
    if (wish <= 0n) return
    if (!online) {
      this.scene.offline.asked += 1
      this.scene.offline.askedPoints += Number(wish)
    }
    const most = pointsOf(quote.redeemable)
    const asked = wish < most ? wish : most
    const step = pointsOf(String((this.scene.programme.points as { step: string }).step))
    const points = asked - (asked % step)
    if (points <= 0n) return
    const id = quote.id as never
    if (this.scene.chance.chance(0.3)) await till.command('quotes.redeem', { id, redeem: formatHundredths(step) })
    const held = await till.command('quotes.redeem', { id, redeem: formatHundredths(points) })
    if (held.ok && quote.member !== null) till.holding.set(quote.id, quote.member.id)
  }

  private async commit(
    till: Till,
    quote: QuoteView,
    key: string,
    receipt: Receipt,
  ): Promise<'done' | 'again' | 'refused'> {
    const params = { id: quote.id as never, idempotencyKey: key }
    const online = till.state()?.link.online === true
    let reply = await till.command('quotes.commit', params)
    for (let tries = 0; tries < 5 && !reply.ok && isWaiting(reply.reason); tries++) {
      await this.scene.pause(this.scene.chance.between(200, 5_000))
      reply = await till.command('quotes.commit', params)
    }
    if (reply.ok) {
      till.holding.delete(quote.id)
      await this.told(till, reply.value, receipt, !online)
      if (this.scene.faults.strikes('answer asked again', 0.2)) await this.askedAgain(till, params, reply.value)
      return 'done'
    }
    if (reply.reason === 'crashed' || reply.reason === 'unknown_quote' || reply.reason === 'starting') return 'again'
    if (reply.reason === 'receipt_already_booked') {
      const booking = (reply.detail as { booking?: BookingView } | undefined)?.booking
      if (booking != null) await this.told(till, booking, receipt, !online, false)
      return 'done'
    }
    if (!PAYS_WITH_MONEY.has(reply.reason)) return 'refused'
    // the customer pays with money instead
    const nothing = { redeem: '0.00', rewards: [], coupons: [] }
    const without = await till.command('quotes.redeem', { id: quote.id as never, ...nothing })
    if (!without.ok) return without.reason === 'crashed' ? 'again' : 'refused'
    till.holding.delete(quote.id)
    const paid = await till.command('quotes.commit', params)
    if (paid.ok) await this.told(till, paid.value, receipt, !online)
    return paid.ok ? 'done' : paid.reason === 'crashed' ? 'again' : 'refused'
  }

  private async askedAgain(till: Till, params: { id: never; idempotencyKey: string }, first: BookingView) {
    const again = await till.command('quotes.commit', params)
    if (again.ok && keyText(again.value.key as never) !== keyText(first.key as never)) {
      this.scene.truth.breaks(5, 'the same key was answered with another booking', keyText(first.key as never))
    }
  }

  /** The cashier was told "done". */
  private async told(
    till: Till,
    done: BookingView | RefundView,
    receipt: Receipt | null,
    offline: boolean,
    isBooked = true,
  ) {
    const key = { device: till.device, epoch: done.key.epoch, seq: done.key.seq }
    const name = keyText({ ...key, device: till.machine } as never)
    if (this.scene.truth.acked.has(name)) return
    const [row] = await till.disk.money.entries(key.epoch, key.seq, 1)
    if (row?.seq !== key.seq) {
      this.scene.truth.breaks(6, 'what was told "done" is not on the disk', name)
      return
    }
    const isCopied = till.disk.isInJournal(key.epoch, key.seq) || till.disk.holdsAdopted(factOf(parsed(row.text)))
    // asked again in a later epoch about what the cloud has had meanwhile: the journal keeps what is still to be sent
    const waits = (await till.disk.money.unsent(key.epoch)).first
    const isInCloud = key.epoch < till.epoch && (waits === null || waits > key.seq)
    if (isBooked && !isCopied && !isInCloud) {
      this.scene.truth.breaks(6, 'what was told "done" is on the disk once, not twice', name)
    }
    const { entry, hash } = parsed(row.text)
    this.scene.truth.acked.set(name, { key: key as never, device: till.device, hash: entry.adopted?.hash ?? hash })
    this.checkContact(till, entry.body, name)
    if (receipt !== null) this.scene.receipts.get(till.device)!.push(receipt)
    for (const { member, purse, earn, redeem } of touched(entry.body)) {
      if (redeem > 0 && offline && purse === 'points') {
        this.scene.offline.served += 1
        this.scene.offline.servedPoints += redeem
      }
      this.scene.trace.write({
        k: 'ack',
        till: till.machine,
        epoch: key.epoch,
        seq: key.seq,
        purse: purseName(member, purse),
        earn,
        redeem,
        offline,
      })
    }
  }

  /** By the till's own clocks, so that one which goes back while the till is off may stretch it. */
  private checkContact(till: Till, body: EntryBody, name: string): void {
    const { truth, faults, time } = this.scene
    if (body.kind !== 'sale' || (body.rights ?? []).length === 0 || truth.doubtful.has(till.device)) return
    if (faults.counts()['clock goes back'] > 0 || time.now() - till.heardAt <= LEASE_MS + SETTLED_MS) return
    truth.breaks(3, 'a right was used more than 72 hours after the cloud was heard', name)
  }

  private async enrolment(till: Till): Promise<void> {
    const consent = { personalData: true as const, messages: false }
    const isNamed = this.scene.faults.dial('member erased') > 0
    const name = isNamed ? { name: `Somebody ${this.scene.nextNumber()}`, phone: phoneOf(this.scene.nextNumber()) } : {}
    const reply = await till.command('members.enrol', { consent, ...name })
    if (reply.ok) this.scene.customers.push({ card: reply.value.card })
  }

  /** Somebody brings back all that they have bought here lately, the oldest first: whoever has spent points owes them by then. */
  private async everythingBack(till: Till): Promise<void> {
    const sold = this.scene.receipts.get(till.device)!.slice(-RECEIPTS_KEPT)
    const card = this.scene.cardOf.get(this.scene.chance.pick(sold).id)
    if (card === undefined) return
    for (const { id } of sold.filter((receipt) => this.scene.cardOf.get(receipt.id) === card)) {
      const online = till.state()?.link.online === true
      const params = { receipt: id as never, idempotencyKey: `k${this.scene.nextNumber()}` }
      const reply = await till.command('receipts.refund', params)
      if (reply.ok) await this.told(till, reply.value, null, !online)
    }
  }

  private async refund(till: Till): Promise<void> {
    const sold = this.scene.receipts.get(till.device)!
    if (sold.length === 0) return
    if (this.scene.rough === 'returns' && this.scene.chance.chance(0.2)) return await this.everythingBack(till)
    const { id, lines } = sold[this.scene.chance.between(Math.max(0, sold.length - RECEIPTS_KEPT), sold.length - 1)]!
    const whole = this.scene.chance.chance(0.5)
    const line = this.scene.chance.pick(lines)
    const part = formatHundredths(BigInt(this.scene.chance.between(1, Number(moneyOf(line.amount)))))
    const params = {
      receipt: id as never,
      idempotencyKey: `k${this.scene.nextNumber()}`,
      ...(whole ? {} : { lines: [{ id: line.id, amount: part }] }),
    }
    const online = till.state()?.link.online === true
    const reply = await till.command('receipts.refund', params)
    if (reply.ok) await this.told(till, reply.value, null, !online)
    if (!this.scene.faults.strikes('returned twice', 0.5)) return
    const second = await till.command('receipts.refund', { ...params, idempotencyKey: `k${this.scene.nextNumber()}` })
    if (second.ok) await this.told(till, second.value, null, !online)
  }
}

/** A receipt is paid a moment after it was quoted. */
const SETTLED_MS = 10 * 60_000
/** Customers keep so many. */
const RECEIPTS_KEPT = 30
const COUPON = 'coupon:'
const STRANGERS_FROM = 1_000_000
/** What was to be redeemed is not there, or not here. */
const PAYS_WITH_MONEY = new Set<string>([
  'redeem_offline',
  'redeem_exceeds_limit',
  'reward_offline',
  'reward_gone',
  'reward_unavailable',
  'coupon_offline',
  'coupon_elsewhere',
  'coupon_used_up',
])

const phoneOf = (number: number): string => `+7999${String(number).padStart(7, '0')}`

const isWaiting = (reason: string): boolean => reason === 'durability_pending' || reason === 'disk_full'
