import {
  type BookingView,
  type CoreMethod,
  type CoreParams,
  type CoreReply,
  type CoreResults,
  coreMethods,
  type MemberView,
  type TillState,
} from '../../shared/core-api.ts'
import type { TillIdentity } from '../../shared/desktop-api.ts'
import { CODE_LENGTH_MAX, looksLikeGoods, tellable } from '../../shared/identification/code.ts'
import { holdsPaymentNumber } from '../../shared/identification/payment-card.ts'
import { schemaErrors } from '../../shared/problem.ts'
import { unreachable } from '../../shared/result.ts'
import type { PullChange } from '../../shared/sync/protocol.ts'
import { adoptEarlier } from './adopt.ts'
import { answerSurvey } from './answer-survey.ts'
import { forgetOld } from './answered.ts'
import { attachDesk } from './attachments.ts'
import { cacheCheck } from './cache-check.ts'
import { cardDesk } from './cards.ts'
import { openContact } from './contact.ts'
import { type Context, done, type Notice, no, type Phase, type Ports } from './context.ts'
import { openDesk } from './desk.ts'
import { diskWatch } from './disk-watch.ts'
import { enrolmentDesk } from './enrolments.ts'
import type { EpochPace } from './epoch-pace.ts'
import { sayable, unnameForgotten } from './impersonal.ts'
import { inTurns } from './in-turn.ts'
import { memberDesk, memberView } from './members.ts'
import { programmeBook, zoneOf } from './programme-book.ts'
import { copyBeginning, keepStrays, reconcile } from './reconcile.ts'
import { refundDesk } from './refunds.ts'
import { askCampaigns, askReport, askSegments, askSurveys } from './reports.ts'
import { isCouponCode } from './rewards.ts'
import { rightsDesk } from './rights.ts'
import { commandBody, salesDesk } from './sales.ts'
import { sayHint } from './say-hint.ts'
import { secondFactor } from './second-factor.ts'
import { shiftDesk } from './shifts.ts'
import { soldDesk, summaryOf } from './sold.ts'
import { type Spending, spendingNow } from './spending.ts'
import { openStream } from './stream.ts'
import { syncRunner } from './sync-runner.ts'
import { timekeeper } from './timekeeper.ts'
import { unresolvedReceipts } from './unresolved.ts'

/**
 * The till core: everything that decides at the till, for the screens and the POS API alike. Opened once its databases
 * are; until then, and where it must not sell, calls are refused with the reason.
 */
export interface Core {
  readonly call: <M extends CoreMethod>(method: M, params: CoreParams<M>) => Promise<CoreReply<CoreResults[M]>>
  /** The same for a name and params that nobody has looked at yet. */
  readonly callAny: (method: string, params: unknown) => Promise<CoreReply<unknown>>
  readonly state: () => TillState
  /** The network came back, a window woke up: try at once. */
  readonly hurry: () => void
  readonly stop: () => void
}

const SYNC_NOW_MS = 20_000
const SAME_SCAN_MS = 2_000 // a customer's card held before the scanner a moment too long is one scan
const PRUNE_EVERY_MS = 6 * 3_600_000

/** The core of one epoch. */
export interface EpochCore extends Core {
  /** What is under way ends, and nothing is written in this epoch any more. */
  readonly close: () => Promise<void>
}

/** Opens the two copies of the stream, compares them, adopts what earlier epochs had not sent, and begins to sync. */
export async function openInEpoch(
  ports: Ports,
  identity: TillIdentity,
  pace: EpochPace,
  raised: (epoch: number) => void,
): Promise<EpochCore> {
  const { clock, money, cache, emit } = ports
  const time = timekeeper(clock)
  const programmes = programmeBook()
  let phase: Phase = { phase: 'starting', refusal: null }
  let notice: Notice | null = null
  let noticeId = 0
  let telling = false
  let wasOnline = false
  let closed = false

  const copies = await reconcile(money, ports.journal, identity.epoch)
  await keepStrays(money, ports.boot.strays ?? [], identity.epoch)
  const journalled = await adoptEarlier(money, ports.journal, identity, copies.journalled)
  const torn = (await money.kept('torn'))?.epoch === identity.epoch
  const disk = diskWatch({
    journal: ports.journal,
    clock,
    changed: () => changed(),
    copyAgain,
  })
  const sync = syncRunner({
    epoch: identity.epoch,
    money,
    cache,
    cloud: ports.cloud,
    clock,
    ids: ports.ids,
    time,
    torn,
    pace,
    raised,
    changed: () => {
      changed()
      if (sync.online() === wasOnline) return
      wasOnline = sync.online()
      if (wasOnline) {
        void desk
          .askAgain()
          .catch((error) => console.error(error))
          .then(() => unresolved.look())
      }
      void desk.requote()
    },
    pulled: async (changes) => await pulled(changes),
    rightsPulled: async (changes, page) => await rights.pulled(changes, page),
    replaced: async () => await enrolments.restore(),
  })
  const members = memberDesk({
    money,
    cache,
    cloud: ports.cloud,
    online: () => sync.online(),
    masks: () => programmes.current()?.compiled.document.cards?.masks ?? [],
    heard: time.heard,
    rights: (member) => rights.of(member),
    putOff: (member) => desk.putOff(member),
    trusts: (changes) => sync.trusts(changes),
  })
  const stream = await openStream(
    {
      money,
      journal: ports.journal,
      time,
      identity,
      appended: (head, count) => sync.appended(head.seq, count, clock.now()),
      journalFailed: (reply) => {
        console.error('the second copy could not be written', reply)
        disk.failed(reply)
      },
    },
    journalled,
  )
  const context: Context = {
    ports,
    identity,
    time,
    programmes,
    members,
    stream,
    sync,
    spending,
    rights: () => rights,
    changed,
    notice: (reason, detail) => {
      if (reason === null && notice === null) return
      notice = reason === null ? null : { id: ++noticeId, reason, ...(detail === undefined ? {} : { detail }) }
      changed()
    },
  }
  const contact = await openContact(money, clock)
  const desk = openDesk(context)
  const rights = rightsDesk(context, contact, desk.promised)
  const shifts = shiftDesk(context)
  const sales = salesDesk(context, desk, shifts)
  const sold = soldDesk(context)
  const refund = refundDesk(context, sales, shifts, sold)
  const { attach, credit } = attachDesk(context, sales, shifts)
  const unresolved = unresolvedReceipts(context, credit)
  const enrolments = enrolmentDesk(context, desk, sales)
  const cards = cardDesk(context, desk, enrolments)
  const factor = secondFactor(context, desk, shifts)
  const scans = scanDesk()
  const check = cacheCheck({
    own: identity,
    money,
    cache,
    cloud: ports.cloud,
    clock,
    sync,
    holdsRights: () => rights.inUse(),
    mended: async (changes) => {
      await pulled(changes)
      await desk.requote()
    },
  })

  function spending(): Spending {
    return spendingNow({ online: sync.online(), forked: sync.forked(), diskLow: disk.isLow() })
  }

  /** Once per turn of the event loop, however much has changed in it; what is over tells nothing beside the next core. */
  function changed(): void {
    if (telling || closed) return
    telling = true
    queueMicrotask(() => {
      telling = false
      if (!closed) emit({ type: 'state', state: state() })
    })
  }

  function state(): TillState {
    const { tenant, outlet, till, device } = identity
    return {
      ...phase,
      till: { tenant, outlet, till, device },
      programme: programmes.view(),
      link: { ...sync.link(), ...(sync.forked() ? {} : disk.problem()) },
      shift: shifts.view(),
      ...desk.view(),
      notice,
    }
  }

  async function pulled(changes: readonly PullChange[]): Promise<void> {
    if (changes.some((change) => change.scope === 'programme')) await loadProgramme()
    if (changes.some((change) => change.scope === 'member' || change.scope === 'card')) void unresolved.look()
    const shown = desk.onScreen()?.known?.found.member.id ?? desk.view().member?.id
    const touches = changes.some((change) => change.scope === 'programme' || memberOf(change) === shown)
    if (touches) await desk.requote()
  }

  async function loadProgramme(): Promise<void> {
    programmes.load(await cache.programmes())
    const inForce = programmes.current()
    if (inForce !== null) time.keepZone(zoneOf(inForce.compiled, identity.outlet).timeZone)
    if (phase.phase === 'filling' && inForce !== null) phase = { phase: 'ready', refusal: null }
    changed()
  }

  function scanDesk() {
    let last: { code: string; at: number; reply: Promise<CoreReply<CoreResults['scans.take']>> } | null = null
    let latest = 0
    let expected: 'cards' | 'receipts' = 'cards'
    /** A coupon goes onto the receipt that is on the screen. */
    async function takeCoupon(code: string): Promise<CoreReply<CoreResults['scans.take']>> {
      const ticket = desk.onScreen()
      if (ticket === null) return no('nothing_on_desk')
      const { coupons } = ticket.wishes
      const reply = await desk.ask(ticket, { coupons: coupons.includes(code) ? coupons : [...coupons, code] })
      return reply.ok ? done({ member: reply.value.member, code, coupon: true }) : reply
    }

    /** The register's business, unless the till knows the card all the same. */
    async function isForRegister(code: string): Promise<boolean> {
      const masks = programmes.current()?.compiled.document.cards?.masks ?? []
      return looksLikeGoods(code, masks) && !(await members.isKnown(code))
    }

    /** A receipt's number, as printed under its bars: one of this till's own, or any where a return is begun. */
    async function isOfReceipt(code: string, source: string, shared: boolean): Promise<boolean> {
      const text = tellable(code)
      if (text === '' || source === 'register' || holdsPaymentNumber(code)) return false
      const returns = expected === 'receipts' && source !== 'typed'
      const isOwn = (await money.receipt(identity.outlet, text)) !== undefined
      if (isOwn && returns) return true
      if (!isOwn && (!returns || (shared && looksLikeGoods(code, [])))) return false
      return !(await members.isKnown(code))
    }

    async function take(code: string, source: string, shared: boolean): Promise<CoreReply<CoreResults['scans.take']>> {
      if (code.length > CODE_LENGTH_MAX) {
        const lengths = { length: code.length, allowed: CODE_LENGTH_MAX }
        context.notice('code_too_long', lengths)
        return no('code_too_long', lengths)
      }
      const compiled = programmes.current()?.compiled
      const coupon = tellable(code)
      if (compiled !== undefined && isCouponCode(coupon, compiled)) {
        const taken = await takeCoupon(coupon)
        emit({ type: 'scan', code: coupon, source })
        context.notice(taken.ok ? null : taken.reason, taken.ok ? undefined : taken.detail)
        return taken
      }
      if (await isOfReceipt(code, source, shared)) {
        const { member, quote, unknownCard } = desk.view()
        if (expected === 'cards' && (member !== null || quote !== null || unknownCard !== null)) {
          emit({ type: 'scan', code: coupon, source })
          context.notice('unknown_code') // somebody is being served: no time for a return
          return no('unknown_code')
        }
        emit({ type: 'scan', code: coupon, source, receipt: true })
        return done({ member: null, code: coupon, receipt: true })
      }
      if (shared && (await isForRegister(code))) {
        emit({ type: 'scan', code: coupon, source })
        return no('goods_code')
      }
      // A stranger is asked for in the cloud, which takes its time: the answer must not push a later scan aside.
      const own = ++latest
      const isLatest = () => own === latest
      const scanned = source !== 'typed' && source !== 'register'
      const reply = await desk.identify({ code, scanned }, isLatest)
      const text = tellable(code)
      if (reply.ok) {
        emit({ type: 'scan', code: text, source })
        return done({ member: reply.value, code: text })
      }
      if (reply.reason !== 'payment_card' && text !== '') emit({ type: 'scan', code: text, source })
      if (!isLatest()) return reply
      desk.unknown(nobodysCard(reply))
      context.notice(reply.reason, reply.detail)
      return reply
    }
    return {
      take: (code: string, source: string, shared: boolean) => {
        const at = clock.monotonic()
        const text = holdsPaymentNumber(code) ? '' : tellable(code) // a payment card's number is kept nowhere
        if (last?.code === text && at - last.at < SAME_SCAN_MS) return last.reply
        last = { code: text, at, reply: take(code, source, shared) }
        return last.reply
      },
      /** The cashier has let the member go: the same card is another scan. */
      forget: () => {
        last = null
      },
      expect: (codes: 'cards' | 'receipts') => {
        if (codes !== expected) last = null // the same code may mean something else now
        expected = codes
      },
    }
  }

  const bookings = inTurns()
  async function book({ fiscal, idempotencyKey, ...wish }: ParsedParams<'receipts.book'>) {
    const command = { key: idempotencyKey, body: commandBody('receipts.book', { ...wish, fiscal }) }
    const repeat = await sales.answered<BookingView>(command.key, command.body)
    if (repeat !== undefined) return repeat
    const before = await money.receipt(wish.receipt.outlet ?? identity.outlet, wish.receipt.id)
    if (before !== undefined)
      return no('receipt_already_booked', { booking: await sayable(before.booking, ports.cache) })
    const quoted = await desk.create(wish)
    if (!quoted.ok) return quoted
    const reply = await sales.commit(desk.ticket(quoted.value.id)!, { ...command, fiscal })
    desk.cancel(quoted.value.id) // closed already, unless it was refused or an earlier call has booked the receipt
    return reply
  }

  type Handlers = {
    readonly [M in CoreMethod]: (params: ParsedParams<M>) => Promise<CoreReply<CoreResults[M]>>
  }
  const stateAfter = (reply: CoreReply<unknown>): CoreReply<TillState> => (reply.ok ? done(state()) : reply)
  const handlers: Handlers = {
    state: async () => done(state()),
    'scans.take': async ({ code, source, shared = false }) => await scans.take(code, source, shared),
    'scans.expect': async ({ codes }) => {
      scans.expect(codes)
      return done(null)
    },
    'members.find': async (by) => {
      const found = await members.identify(by)
      if (!found.ok) return no(found.reason, found.detail)
      return done<MemberView>(memberView(found.value, programmes.current(), time.now()))
    },
    'members.enrol': async (params) => {
      const reply = await enrolments.enrol(params)
      if (reply.ok) void unresolved.look()
      return reply
    },
    'desk.lines': async ({ lines }) => stateAfter(desk.typed(lines)),
    'desk.member': async (by) => {
      const reply = await desk.identify(by)
      if (reply.ok) return done(state())
      if (reply.reason === 'unknown_card') desk.unknown(nobodysCard(reply))
      return reply
    },
    'desk.release': async () => {
      scans.forget()
      desk.release()
      return done(state())
    },
    'desk.redeem': async ({ points }) => {
      const ticket = desk.onScreen()
      return ticket === null ? no('nothing_on_desk') : stateAfter(await desk.ask(ticket, { redeem: points }))
    },
    'desk.rewards': async (asked) => {
      const ticket = desk.onScreen()
      return ticket === null ? no('nothing_on_desk') : stateAfter(await desk.ask(ticket, asked))
    },
    'desk.answer': async (params) => stateAfter(await answerSurvey(context, desk, params)),
    'desk.hint': async (params) => stateAfter(await sayHint(context, desk, params)),
    'desk.commit': async (params) => {
      const ticket = desk.onScreen()
      if (ticket === null) return (await sales.answered(params.idempotencyKey, null)) ?? no('nothing_on_desk')
      const body = commandBody('desk.commit', { receipt: ticket.receipt.id })
      return await sales.commit(ticket, { key: params.idempotencyKey, body })
    },
    'desk.clear': async () => {
      scans.forget()
      desk.clear()
      return done(state())
    },
    'quotes.create': desk.create,
    'quotes.get': async ({ id }) => {
      const ticket = desk.ticket(id)
      return ticket === undefined ? no('unknown_quote') : done({ ...ticket.priced.view, state: ticket.state })
    },
    'quotes.redeem': async ({ id, ...asked }) => {
      const ticket = desk.ticket(id)
      return ticket === undefined ? no('unknown_quote') : await desk.ask(ticket, asked)
    },
    'quotes.code': factor.code,
    'quotes.confirm': factor.confirm,
    'quotes.vouch': factor.vouch,
    'quotes.cancel': async ({ id }) => desk.cancel(id),
    'quotes.commit': async (params) => {
      const command = { key: params.idempotencyKey, body: commandBody('quotes.commit', params) }
      const ticket = desk.ticket(params.id)
      if (ticket === undefined) return (await sales.answered(command.key, command.body)) ?? no('unknown_quote')
      return await sales.commit(ticket, { ...command, fiscal: params.fiscal, receipt: params.receipt })
    },
    // in turn: the quote of one would take that of the other away, and a repeat be refused
    'receipts.book': (wish) =>
      bookings(`${wish.receipt.outlet ?? identity.outlet}\n${wish.receipt.id}`, () => book(wish)),
    'receipts.recent': async ({ limit, search }) => done(await sales.recent(limit, search)),
    'receipts.find': async ({ receipt, outlet }) => {
      const found = await sold.find(receipt, outlet)
      if (found.kind === 'elsewhere') return no('receipt_elsewhere', { till: found.till })
      return done(await Promise.all(found.receipts.map((each) => summaryOf(each, cache))))
    },
    'receipts.told': async ({ outlet, receipt }) => done({ entries: await sold.told(outlet, receipt) }),
    'receipts.refund': refund,
    'receipts.attach': attach,
    'cards.block': cards.block,
    'cards.replace': cards.replace,
    'rights.give': async (request) => await rights.give(request),
    'rights.take': async ({ handOvers }) => await rights.take(handOvers),
    'reports.ask': async (params) => await askReport(context, shifts, params),
    'segments.ask': async (params) => await askSegments(context, shifts, params),
    'campaigns.ask': async (params) => await askCampaigns(context, shifts, params),
    'surveys.ask': async (params) => await askSurveys(context, shifts, params),
    'shift.open': async ({ pin }) => await shifts.open(pin),
    'shift.close': async ({ pin }) => {
      const reply = await shifts.close(pin)
      if (reply.ok) check.soon()
      return reply
    },
    'shift.report': async () => await shifts.report(),
    'sync.now': async () => {
      await sync.round(SYNC_NOW_MS)
      return done(sync.link())
    },
    'quarantine.list': async () => done(await shifts.quarantine()),
  }

  /** What may be asked although nothing can be sold. */
  const ALWAYS: readonly CoreMethod[] = ['state', 'sync.now', 'quarantine.list', 'receipts.recent']

  async function callAny(method: string, params: unknown): Promise<CoreReply<unknown>> {
    if (!Object.hasOwn(coreMethods, method)) return no('bad_request', { method })
    const name = method as CoreMethod
    const parsed = coreMethods[name].safeParse(params ?? {})
    if (!parsed.success) return no('bad_request', { errors: schemaErrors(parsed.error, params) })
    if (phase.phase === 'refused' && !ALWAYS.includes(name)) return no(phase.refusal ?? 'starting')
    if (phase.phase === 'starting' && name !== 'state') return no('starting')
    return await (handlers[name] as (params: unknown) => Promise<CoreReply<unknown>>)(parsed.data)
  }

  /** What the journal could not take, at the start or since. */
  async function copyAgain(): Promise<void> {
    const reply = await copyBeginning(money, ports.journal, identity.epoch)
    if (!reply.ok) disk.failed(reply)
    await stream.copied(stream.head())
  }

  function pruneAgain(): void {
    if (closed) return
    const keeping = { money, journal: ports.journal, now: clock.now() }
    void forgetOld(keeping, time.lastContactAt())
      .then(() => unnameForgotten(money, ports.cache, () => closed))
      .catch((error) => console.error(error))
    clock.after(PRUNE_EVERY_MS, pruneAgain)
  }

  time.remember((await cache.mark()).asOf)
  await loadProgramme()
  await enrolments.restore()
  phase = { phase: programmes.current() === null ? 'filling' : 'ready', refusal: null }
  await copyAgain()
  await disk.look()
  await sync.start()
  rights.start()
  check.start()
  pruneAgain()
  changed()
  const stop = () => {
    closed = true
    rights.stop()
    check.stop()
    sync.stop()
    disk.stop()
  }
  return {
    call: async (method, params) => (await callAny(method, params)) as CoreReply<CoreResults[typeof method]>,
    callAny,
    state,
    hurry: sync.hurry,
    stop,
    close: async () => {
      stop()
      await stream.seal()
    },
  }
}

type ParsedParams<M extends CoreMethod> = (typeof coreMethods)[M]['_output']

/** A card that is nobody's, as the cloud says: it may be given out. */
function nobodysCard({ reason, detail }: CoreReply<unknown> & { readonly ok: false }): string | null {
  const { card = null, askedCloud } = (detail ?? {}) as { readonly card?: string; readonly askedCloud?: false }
  return reason === 'unknown_card' && askedCloud !== false ? card : null
}

function memberOf(change: PullChange): string | undefined {
  switch (change.scope) {
    case 'member':
      return change.key
    case 'card':
    case 'balance':
    case 'right':
      return change.row?.member
    case 'left':
      return change.row.member
    case 'hint':
      return change.key
    case 'programme':
    case 'staff':
    case 'device':
      return undefined
    default:
      return unreachable(change)
  }
}
