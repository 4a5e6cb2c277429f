import { chanceFrom } from '../../demo/chance.ts'

/**
 * Seeded customers with a rhythm of their own. Whether somebody comes on a day hangs on that day's own draw, so the same
 * seed lived through twice, with a campaign and without, differs only by what the campaign has done.
 */
export interface Customer {
  readonly member: string
  readonly card: string
  readonly cardType: 'standard' | 'vip'
  readonly takesMessages: boolean
  /** The day of the first visit, from 0. */
  readonly enrols: number
  /** Days between visits while awake. */
  readonly rhythm: number
  /** How likely a visit is the last for a long time. */
  readonly falling: number
  /** How likely a gift that waits brings them in on a day. */
  readonly drawn: number
}

const ASLEEP_RHYTHM = 700
const VIP_SHARE = 0.05
const MESSAGES_SHARE = 0.9
/** Nobody is drawn by a gift who is not the kind for it. */
const DRAWN_SHARE = 0.4

export function makeCustomers(seed: number, members: number, days: number): Customer[] {
  const chance = chanceFrom(seed)
  const lately = Math.max(1, Math.floor(days / 2))
  return Array.from({ length: members }, (_, index) => ({
    member: `r${String(index + 1).padStart(7, '0')}`,
    card: `29${String(index + 1).padStart(10, '0')}`,
    cardType: chance.chance(VIP_SHARE) ? 'vip' : 'standard',
    takesMessages: chance.chance(MESSAGES_SHARE),
    enrols: chance.between(0, lately - 1),
    rhythm: 12 + 50 * chance.next() ** 2,
    falling: 0.1 + 0.4 * chance.next(),
    drawn: chance.chance(DRAWN_SHARE) ? 0.03 + 0.09 * chance.next() : 0,
  }))
}

/** Where a customer stands in one telling of the story. */
export interface Life {
  isAsleep: boolean
  /** Days on which they bought. */
  readonly visits: number[]
  /** The last day of the gift that waits for them; before everything: none. */
  giftUntil: number
}

export const newLife = (): Life => ({ isAsleep: false, visits: [], giftUntil: -1 })

/** Whether the customer comes on a day; what it does to them is written into their life. */
export function lives(seed: number, customer: Customer, life: Life, day: number): boolean {
  if (day < customer.enrols) return false
  const draw = chanceFrom(mixed(seed, customer.member, day))
  const [comes, falls] = [draw.next(), draw.next()]
  const base = 1 / (life.isAsleep ? ASLEEP_RHYTHM : customer.rhythm)
  const pull = day <= life.giftUntil ? customer.drawn : 0
  if (day !== customer.enrols && comes >= 1 - (1 - base) * (1 - pull)) return false
  life.visits.push(day)
  life.isAsleep = falls < customer.falling
  life.giftUntil = -1
  return true
}

/** One number of seed, member and day: FNV-1a. */
function mixed(seed: number, member: string, day: number): number {
  let mix = 0x811c9dc5
  for (const text of [String(seed), member, String(day)]) {
    for (let at = 0; at < text.length; at++) mix = Math.imul(mix ^ text.charCodeAt(at), 0x01000193)
    mix = Math.imul(mix ^ 0x7c, 0x01000193)
  }
  return mix >>> 0
}
