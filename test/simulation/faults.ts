import type { Chance } from '../../cloud/demo/chance.ts'

/** Everything that may go wrong. For each seed half of the kinds are on, each with a strength of its own. */
export const FAULT_KINDS = [
  'message lost',
  'answer lost',
  'message doubled',
  'message late',
  'half-open connection',
  'till offline',
  'shop offline',
  'cloud down',
  'cloud crash before commit',
  'cloud crash after commit',
  'serialization failure',
  'feed lags',
  'cloud tail lost',
  'till crash',
  'till crash at an await',
  'cache written late',
  'database razed',
  'journal lost',
  'journal torn',
  'journal bit flipped',
  'disk full',
  'journal disk full',
  'slow disk',
  'clock wrong',
  'clock jumps',
  'clock goes back',
  'summer time',
  'sleep',
  'till destroyed',
  'till lost',
  'old image restored',
  'till away for weeks',
  'programme switched',
  'members merged',
  'late fact',
  'returned twice',
  'answer asked again',
  'points expired',
  'booked at two tills',
  'card known later',
] as const

/** Only where tills of a shop pass rights on. */
const NEIGHBOUR_KINDS = ['neighbour unheard', 'neighbour late', 'right passed on'] as const

export type FaultKind = (typeof FAULT_KINDS)[number] | (typeof NEIGHBOUR_KINDS)[number]

export interface Faults {
  /** How strongly a kind strikes: 0 where it is off, else between 0 and 1. */
  readonly dial: (kind: FaultKind) => number
  /** Whether it strikes now: `at` is how often it does at full strength. Counts it. */
  readonly strikes: (kind: FaultKind, at: number) => boolean
  readonly count: (kind: FaultKind) => void
  readonly counts: () => Readonly<Record<FaultKind, number>>
  /** From now on nothing goes wrong. */
  readonly heal: () => void
}

/** `without`: kinds that are off whatever the seed says, for making a failing run smaller. */
export function drawFaults(chance: Chance, without: readonly FaultKind[] = [], neighbours = false): Faults {
  const kinds: readonly FaultKind[] = neighbours ? [...FAULT_KINDS, ...NEIGHBOUR_KINDS] : FAULT_KINDS
  const dials = new Map<FaultKind, number>()
  for (const kind of kinds) {
    const [isOn, strength] = [chance.chance(0.5), 0.1 + 0.9 * chance.next()]
    dials.set(kind, isOn && !without.includes(kind) ? strength : 0)
  }
  const counts = new Map<FaultKind, number>(kinds.map((kind) => [kind, 0]))
  let healed = false
  const dial = (kind: FaultKind) => (healed ? 0 : (dials.get(kind) ?? 0))
  const count = (kind: FaultKind) => void counts.set(kind, counts.get(kind)! + 1)
  return {
    dial,
    count,
    strikes(kind, at) {
      const strength = dial(kind)
      if (strength === 0 || !chance.chance(at * strength)) return false
      count(kind)
      return true
    },
    counts: () => Object.fromEntries(counts) as Record<FaultKind, number>,
    heal: () => {
      healed = true
    },
  }
}
