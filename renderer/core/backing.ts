import { minOf } from '../../shared/ledger/amounts.ts'
import type { Posting, SpentRight } from '../../shared/ledger/entry.ts'
import { type Points, points } from '../../shared/money.ts'
import type { CompiledProgramme } from '../../shared/programme/compile.ts'
import { riskAllowed } from '../../shared/rights/risk.ts'
import { pointsOf } from '../../shared/wire.ts'
import { heldOf, leasesOf, payWith } from './held.ts'
import { figuresOf, type Known } from './members.ts'
import { dayText } from './own.ts'
import type { KeptShift } from './ports.ts'
import type { Spending } from './spending.ts'

/** What stands behind a redemption here and now: this till's leases and the programme's risk, or the cloud's own word. */
export interface Backing {
  /** How much of the points; null: the cloud answers. */
  readonly right: Points | null
  /** Of that, what only the risk would cover. */
  readonly risk: bigint
  readonly mayTake: (purse: string, amount: bigint) => boolean
  /** The leases that pay, and what is risked beyond them; nothing where the cloud answers. */
  readonly pay: (redeem: bigint, postings: readonly Posting[]) => Paid
}

export interface Paid {
  readonly rights: readonly SpentRight[]
  readonly risk: bigint
}

export interface BackingFacts {
  readonly spending: Spending
  /** What identified the member is not enough to spend. */
  readonly weak: boolean
  readonly shift: KeptShift | undefined
  readonly now: number
  /** As if everything that is free lay here: what a receipt would use. */
  readonly asWished?: boolean
}

const NOTHING_PAID: Paid = { rights: [], risk: 0n }
const NONE = points(0n)

export function backingOf(known: Known | null, compiled: CompiledProgramme, facts: BackingFacts): Backing {
  const { spending, weak } = facts
  if (known === null) return { right: null, risk: 0n, mayTake: () => false, pay: () => NOTHING_PAID }
  const { rights, rows } = known
  const isShut = spending === 'forked' || spending === 'disk_low'
  if (rights === null || facts.asWished || isShut) {
    const isOpen = !isShut && (facts.asWished === true || spending === 'open')
    return { right: isOpen && !weak ? null : NONE, risk: 0n, mayTake: () => isOpen, pay: () => NOTHING_PAID }
  }
  const held = heldOf(rights, rows, 'points')
  const risk = spending === 'offline' ? riskOf(known, compiled, facts) : 0n
  return {
    right: weak ? NONE : points(held + risk),
    risk,
    mayTake: (purse, amount) => heldOf(rights, rows, purse) >= amount,
    pay: (redeem, postings) => {
      const fromLeases = minOf(redeem, held)
      const paid = [
        ...(payWith(leasesOf(rights, rows, 'points'), 'points', fromLeases) ?? []),
        ...postings.flatMap((each) =>
          each.kind === 'redeem'
            ? (payWith(leasesOf(rights, rows, each.purse), each.purse, pointsOf(each.points)) ?? [])
            : [],
        ),
      ]
      return { rights: paid, risk: redeem - fromLeases }
    },
  }
}

function riskOf(known: Known, compiled: CompiledProgramme, { shift, now }: BackingFacts): bigint {
  const { offline } = compiled.document.redemption
  if (offline?.risk === undefined) return 0n
  const { perReceipt, perMember, perTill, perDay } = offline.risk
  const bounds = {
    perReceipt: pointsOf(perReceipt),
    perMember: pointsOf(perMember),
    perTill: pointsOf(perTill),
    perDay: pointsOf(perDay),
  }
  const day = dayText(compiled.zone.timeZone, now)
  const todays = known.rows.filter((row) => dayText(compiled.zone.timeZone, row.at) === day)
  const { asOf } = known.found.points ?? { asOf: null }
  const isOpen = shift !== undefined && shift.closedAt === null
  const allowed = riskAllowed(bounds, {
    ofMember: todays.reduce((sum, row) => sum + (row.risk ?? 0n), 0n),
    inShift: isOpen ? pointsOf(shift.risked ?? '0.00') : 0n,
    onDay: shift?.riskedOn?.day === day ? pointsOf(shift.riskedOn.points) : 0n,
    balance: figuresOf(known, compiled.document.accrual.activationDays).balance,
    ageMs: asOf === null ? null : now - Date.parse(asOf),
  })
  return allowed - (allowed % compiled.step)
}
