import type { CoreReply, QuarantineItem, ShiftReport, ShiftView } from '../../shared/core-api.ts'
import type { ShiftBody } from '../../shared/ledger/entry.ts'
import { formatHundredths } from '../../shared/money.ts'
import { verifyPin } from '../../shared/pin.ts'
import { type Context, done, no } from './context.ts'
import { figuresOf } from './members.ts'
import type { KeptShift } from './ports.ts'
import type { Draft } from './stream.ts'

/** The working period of this till: opened by a manager or by the first sale, closed with a look at what the cloud has. */

export interface Shifts {
  readonly view: () => ShiftView | null
  /** The open shift, or the drafts that open one before the sale. */
  readonly forSale: (outlet: string) => { readonly shift: string; readonly drafts: readonly Draft[] }
  /** Whose PIN this is; refused for a cashier's. */
  readonly manager: (pin: string) => Promise<CoreReply<string>>
  readonly open: (pin: string) => Promise<CoreReply<ShiftView>>
  readonly close: (pin: string) => Promise<CoreReply<ShiftReport>>
  readonly report: () => Promise<CoreReply<ShiftReport>>
  readonly quarantine: () => Promise<readonly QuarantineItem[]>
}

const WRONG_PINS_MAX = 5
const LOCKED_MS = 5 * 60_000
/** The whole of a close stays within what a caller waits for. */
const SYNC_MS = 12_000
const LAST_PUSH_MS = 4_000
const ASK_MS = 1_000
const ASK_ALL_MS = 6_000

export function shiftDesk(context: Context): Shifts {
  const { ports, identity, stream, sync, members, programmes, time } = context
  const { money, cache, clock, ids } = ports

  const open = (): KeptShift | undefined => {
    const shift = stream.shift()
    return shift === undefined || shift.closedAt !== null ? undefined : shift
  }

  let lastPin: Promise<unknown> = Promise.resolve()
  /** The state is told far more often than a shift changes. */
  let viewed: { readonly shift: KeptShift; readonly view: ShiftView } | undefined

  function viewOf({ members: _members, closedAt: _closedAt, ...view }: KeptShift): ShiftView {
    return view
  }

  function opening(by: string, outlet: string): { shift: string; draft: Draft } {
    const shift = ids.next()
    const body = { kind: 'shift', shift, action: 'open', by } as ShiftBody
    return { shift, draft: { body, outlet, shift, cashier: null } }
  }

  /** One after the other: the next PIN is looked at when the one before has been counted. */
  function manager(pin: string): Promise<CoreReply<string>> {
    const mine = lastPin.then(
      () => checked(pin),
      () => checked(pin),
    )
    lastPin = mine
    return mine
  }

  /** The manager whose PIN this is. Five wrong ones in a row lock the till's PIN for a while. */
  async function checked(pin: string): Promise<CoreReply<string>> {
    const tries = (await money.kept('pin')) ?? { wrong: 0, lockedUntil: 0 }
    const now = clock.now()
    if (tries.lockedUntil > now && tries.lockedUntil - now <= LOCKED_MS) {
      return no('pin_locked', { until: time.text(tries.lockedUntil) })
    }
    for (const person of await cache.staff()) {
      if (person.role === 'cashier' || !(await verifyPin(pin, person.pin))) continue
      if (tries.wrong > 0) await money.keep('pin', { wrong: 0, lockedUntil: 0 })
      return done(person.id)
    }
    const wrong = tries.wrong + 1
    if (wrong < WRONG_PINS_MAX) {
      await money.keep('pin', { wrong, lockedUntil: 0 })
      return no('wrong_pin', { triesLeft: WRONG_PINS_MAX - wrong })
    }
    const lockedUntil = clock.now() + LOCKED_MS
    await money.keep('pin', { wrong: 0, lockedUntil })
    return no('pin_locked', { until: time.text(lockedUntil) })
  }

  async function report(): Promise<CoreReply<ShiftReport>> {
    const shift = stream.shift()
    if (shift === undefined) return no('no_open_shift')
    const [{ differences, agrees }, unsent, quarantined] = await Promise.all([
      agreement(shift),
      money.unsent(identity.epoch),
      quarantine(),
    ])
    const { members: _, ...facts } = shift
    return done({
      ...facts,
      unsent: unsent.count,
      unsentReason: unsent.count === 0 ? null : unsentReason(),
      quarantined,
      agrees,
      differences,
    })
  }

  function unsentReason(): string {
    const link = sync.link()
    return link.problem ?? (link.online ? 'sending' : 'offline')
  }

  /** Every balance that the shift touched, as this till shows it and as the cloud says it at this moment. */
  async function agreement(shift: KeptShift): Promise<Pick<ShiftReport, 'agrees' | 'differences'>> {
    const unsure = { agrees: null, differences: [] }
    if (!sync.online() || !(await sync.pushed(ASK_MS))) return unsure
    const until = clock.monotonic() + ASK_ALL_MS
    const differences: { member: string; till: string; cloud: string }[] = []
    for (const member of shift.members) {
      if (clock.monotonic() > until) return unsure
      const before = await shown(member)
      if (!(await members.ask({ member }, ASK_MS))) return unsure
      const found = await cache.find({ member })
      const [till, cloud] = [before, found?.points?.balance ?? '0.00']
      if (till !== cloud) differences.push({ member, till, cloud })
    }
    return { agrees: differences.length === 0, differences }
  }

  async function shown(member: string): Promise<string> {
    const found = await cache.find({ member })
    if (found === undefined) return '0.00'
    const known = await members.refresh({ found, identifiedBy: 'member' })
    const activationDays = programmes.current()?.compiled.document.accrual.activationDays ?? 0
    return formatHundredths(figuresOf(known, activationDays).balance)
  }

  async function quarantine(): Promise<readonly QuarantineItem[]> {
    return (await money.quarantine()).map(({ seq, code, message, receipt }) => ({ seq, code, message, receipt }))
  }

  return {
    view: () => {
      const shift = open()
      if (shift === undefined) return null
      if (shift !== viewed?.shift) viewed = { shift, view: viewOf(shift) }
      return viewed.view
    },
    forSale: (outlet) => {
      const now = open()
      if (now !== undefined) return { shift: now.id, drafts: [] }
      const { shift, draft } = opening('sale', outlet)
      return { shift, drafts: [draft] }
    },
    manager,
    open: async (pin) => {
      const by = await manager(pin)
      if (!by.ok) return by
      return await stream.exclusive(async () => {
        if (open() !== undefined) return no('shift_already_open')
        const written = await stream.write({ drafts: [opening(by.value, identity.outlet).draft] })
        if (!written.ok) return no(written.reason)
        context.changed()
        return done(viewOf(open()!))
      })
    },
    close: async (pin) => {
      const by = await manager(pin)
      if (!by.ok) return by
      if (open() === undefined) return no('no_open_shift')
      await sync.round(SYNC_MS)
      const closed = await stream.exclusive(async (): Promise<CoreReply<null>> => {
        const shift = open()
        if (shift === undefined) return no('no_open_shift')
        const { receipts, refunds, turnover, earned, redeemed, pointsBack, pointsTaken } = shift
        const totals = { receipts, refunds, turnover, earned, redeemed, pointsBack, pointsTaken }
        const body = { kind: 'shift', shift: shift.id, action: 'close', by: by.value, totals } as ShiftBody
        const written = await stream.write({
          drafts: [{ body, outlet: identity.outlet, shift: shift.id, cashier: null }],
        })
        return written.ok ? done(null) : no(written.reason)
      })
      if (!closed.ok) return closed
      if (sync.online()) await sync.pushed(LAST_PUSH_MS)
      context.changed()
      return await report()
    },
    report,
    quarantine,
  }
}
