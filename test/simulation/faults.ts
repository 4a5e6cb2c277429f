import { type Chance, chanceFrom } from '../../cloud/demo/chance.ts'

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
  'member erased',
  'till cloned',
  'till updated',
  'basket held',
  'basket paid',
  'basket over',
  'card changed',
  'points taken back',
] as const

/**
 * Kinds that came later draw from a chance of their own each, and are on under fewer seeds: the others' runs stay what they
 * are. Web shops are open under none of the seeds that are remembered or that planted mistakes have.
 */
const LATER_STREAM: Partial<Record<FaultKind, number>> = {
  'member erased': 0x1a7e_0000,
  'till cloned': 0x1a7f_0000,
  'till updated': 0x1a80_0000,
  'basket held': 0x1a84_05b8,
  'basket paid': 0x1a85_0000,
  'basket over': 0x1a86_0000,
  'card changed': 0x1a87_003c,
  'points taken back': 0x1a88_03b4,
  'handed in': 0x1a81_0000,
  'brought back': 0x1a82_0000,
  'mirror dropped': 0x1a83_0000,
}
const LATER_ON = 0.2

/**
 * Only where tills of a shop pass rights on; the last three are counted where they keep each other's journals too, which
 * `handed in` switches on.
 */
export const NEIGHBOUR_KINDS = [
  'neighbour unheard',
  'neighbour late',
  'right passed on',
  'handed in',
  'brought back',
  'mirror dropped',
] as const

export type FaultKind = (typeof FAULT_KINDS)[number] | (typeof NEIGHBOUR_KINDS)[number]

/**
 * What a seed may be rough about: these kinds are on, and strike so many times as often as at full strength, since what
 * they bring to light needs several of them at one moment.
 */
const ROUGH = {
  disks: { 'till offline': 3, 'till crash': 2, 'database razed': 3 },
  backups: { 'cloud tail lost': 4, 'till offline': 2 },
  silence: { 'till offline': 2, 'till away for weeks': 6, 'late fact': 1 },
  /** The cloud gives few rows a page, too. */
  pages: { 'feed lags': 1, 'answer lost': 1, 'message doubled': 1 },
  /** Customers bring back much of what they buy, and what they owe then is a debt. */
  returns: { 'returned twice': 1 },
  /** The programme lets tills risk something, and they are often alone with what they know. */
  risk: { 'till offline': 3, 'till crash': 2, 'clock goes back': 3, 'answer lost': 1 },
  /** Tills of a shop lose what they pass on to one another, and are lost themselves. */
  neighbours: { 'neighbour unheard': 2, 'neighbour late': 3, 'till destroyed': 3, 'till lost': 1 },
} as const satisfies Record<string, Partial<Record<FaultKind, number>>>

export type Roughness = keyof typeof ROUGH
export const ROUGHNESSES = Object.keys(ROUGH) as readonly Roughness[]

/** `nothing` for a seed that is rough about nothing. */
export function roughnessNamed(name: string): Roughness | null {
  const found = ROUGHNESSES.find((each) => each === name)
  if (found !== undefined) return found
  if (name === 'nothing') return null
  throw new Error(`a seed is rough about ${ROUGHNESSES.join(', ')} or nothing, not about ${JSON.stringify(name)}`)
}

/** What a seed that says nothing about it is rough about: half of them about something; null: about nothing. */
export function drawRoughness(seed: number, neighbours: boolean): Roughness | null {
  const own = chanceFrom(seed + ROUGH_STREAM)
  if (own.chance(0.5)) return null
  return own.pick(ROUGHNESSES.filter((each) => neighbours || each !== 'neighbours'))
}

/** A stream of chance of its own: seeds that are rough about nothing draw what they always drew. */
const ROUGH_STREAM = 0x5eed_0000

export interface Faults {
  /** How strongly a kind strikes: 0 where it is off, else up to 1, and above where the seed is rough about it. */
  readonly dial: (kind: FaultKind) => number
  /** Whether it strikes now: `at` is how often it does at full strength. Counts it. */
  readonly strikes: (kind: FaultKind, at: number) => boolean
  readonly count: (kind: FaultKind) => void
  readonly counts: () => Readonly<Record<FaultKind, number>>
  /** From now on nothing goes wrong. */
  readonly heal: () => void
}

interface Drawn {
  /** Kinds that are off whatever the seed says, for making a failing run smaller. */
  readonly without?: readonly FaultKind[]
  readonly neighbours?: boolean
  readonly rough?: Roughness | null
}

export function drawFaults(seed: number, chance: Chance, drawn: Drawn = {}): Faults {
  const { without = [], neighbours = false, rough = null } = drawn
  const times: Partial<Record<FaultKind, number>> = rough === null ? {} : ROUGH[rough]
  const kinds: readonly FaultKind[] = neighbours ? [...FAULT_KINDS, ...NEIGHBOUR_KINDS] : FAULT_KINDS
  const dials = new Map<FaultKind, number>()
  const later = new Map<FaultKind, Chance>()
  for (const kind of kinds) {
    const stream = LATER_STREAM[kind]
    if (stream !== undefined) later.set(kind, chanceFrom(seed + stream))
    const from = later.get(kind) ?? chance
    const [isOn, strength] = [from.chance(stream === undefined ? 0.5 : LATER_ON), 0.1 + 0.9 * from.next()]
    dials.set(kind, without.includes(kind) ? 0 : (times[kind] ?? (isOn ? strength : 0)))
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
      if (strength === 0 || !(later.get(kind) ?? chance).chance(at * strength)) return false
      count(kind)
      return true
    },
    counts: () => Object.fromEntries(counts) as Record<FaultKind, number>,
    heal: () => {
      healed = true
    },
  }
}
