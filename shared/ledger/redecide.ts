import { formatPoints, points } from '../money.ts'
import type { BurnRule, Checkpoint } from '../programme/burn.ts'
import type { Tier } from '../programme/tiers.ts'
import { pointsOf } from '../wire.ts'
import { minOf, sumOf } from './amounts.ts'
import type { EntryKey, ExpireBody, TierBody } from './entry.ts'
import { stretchStart } from './history.ts'
import { burnDay, type Decision, type Idle, isPassed } from './inactivity.ts'
import { sameKey } from './keys.ts'
import { reviewTier } from './tiers.ts'

/**
 * A fact that arrives late has its own time. What the clock decided without it after that time is decided again, with
 * all that is known now; where the answer is another, an entry takes the decision back and says why. A message that was
 * sent stays sent. Source: DESIGN 7, rules L67 to L69 of SPEC.md.
 */
export interface Rules {
  readonly burn: readonly BurnRule[]
  readonly checkpoints: readonly Checkpoint[]
  readonly tiers: readonly Tier[]
}

/**
 * `member.purchases` holds the fact already. `factDay` is its day in the programme's zone; of a return the day of its
 * sale, since it is then that less was bought: a tier that only the returned receipt had reached is gone with it.
 */
export function redecide(
  rules: Rules,
  member: Idle,
  fact: EntryKey,
  factDay: string,
): readonly (ExpireBody | TierBody)[] {
  const standing = member.decisions.filter((decision) => !isTakenBack(decision, member.decisions))
  return standing
    .filter(({ body }) => body.day >= factDay && body.undoes === undefined)
    .flatMap((decision) => {
      const back = taken(rules, member, decision, fact)
      return back === undefined ? [] : [back]
    })
}

function isTakenBack(decision: Decision, decisions: readonly Decision[]): boolean {
  return decisions.some(({ body }) => body.undoes !== undefined && sameKey(body.undoes, decision.key))
}

function taken(rules: Rules, member: Idle, { key, body }: Decision, fact: EntryKey): ExpireBody | TierBody | undefined {
  switch (body.reason) {
    case 'burn': {
      const rule = rules.burn.find((each) => each.id === body.rule)
      if (rule === undefined || body.kind !== 'expire') return undefined
      // without the purchases after the decision it would be decided today as it should have been then
      const then = { ...member, purchases: member.purchases.filter((purchase) => purchase.day <= body.day) }
      return burnDay(rule, then) > body.day ? woken(member, body, key, fact) : undefined
    }
    case 'checkpoint': {
      const rule = rules.checkpoints.find((each) => each.id === body.rule)
      if (rule === undefined || !isPassed(rule, member.purchases, stretchStart(rule.every, body.day), body.day)) {
        return undefined
      }
      return body.kind === 'expire' ? woken(member, body, key, fact) : restored(member, body, key, fact)
    }
    case 'demoted': {
      if (body.kind !== 'tier') return undefined
      const before = { ...member, tier: body.from, until: body.was ?? null }
      const again = reviewTier(rules.tiers, before, body.day)
      const isLower = again !== undefined && rank(rules.tiers, again.to) < rank(rules.tiers, body.from)
      return isLower ? undefined : restored(member, body, key, fact, again?.to, again?.until)
    }
    case 'reached': {
      if (body.kind !== 'tier') return undefined
      const before = { ...member, tier: body.from, until: body.was ?? null }
      const again = reviewTier(rules.tiers, before, body.day)
      if (rank(rules.tiers, again?.to ?? null) >= rank(rules.tiers, body.to)) return undefined
      const back = restored(member, body, key, fact, again?.to, again?.until)
      return back === undefined ? undefined : { ...back, reason: 'returned' }
    }
    default:
      return undefined
  }
}

/** The same lots, as much of each as is still asleep. */
function woken(member: Idle, body: ExpireBody, key: EntryKey, fact: EntryKey): ExpireBody | undefined {
  const asleep = new Map(member.account.lots.map((lot) => [lot.id, lot.expired ?? 0n]))
  const lots = body.lots
    .map(({ lot, points: burned }) => ({ lot, amount: minOf(pointsOf(burned), asleep.get(lot) ?? 0n) }))
    .filter(({ amount }) => amount > 0n)
  if (lots.length === 0) return undefined
  return {
    ...body,
    reason: 'late_fact',
    lots: lots.map(({ lot, amount }) => ({ lot, points: formatPoints(points(-amount)) })),
    points: formatPoints(points(-sumOf(lots.map(({ amount }) => amount)))),
    because: fact,
    undoes: key,
  }
}

/** Back to the tier before, unless the member has climbed at least as high meanwhile. */
function restored(
  member: Idle,
  body: TierBody,
  key: EntryKey,
  fact: EntryKey,
  to: string | null = body.from,
  until: string | null = body.was ?? null,
): TierBody | undefined {
  if (member.tier !== body.to) return undefined
  return {
    kind: 'tier',
    member: body.member,
    from: member.tier,
    to,
    day: body.day,
    until,
    was: member.until,
    reason: 'late_fact',
    ...(body.rule === undefined ? {} : { rule: body.rule }),
    because: fact,
    undoes: key,
  }
}

function rank(tiers: readonly Tier[], id: string | null): number {
  return tiers.findIndex((tier) => tier.id === id)
}
