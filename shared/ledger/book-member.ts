import { points } from '../money.ts'
import type { Terms } from '../programme/schema.ts'
import type { Disposition } from '../sync/protocol.ts'
import { notBelowNothing } from './amounts.ts'
import type { Account, BookingContext, CardRecord, MemberRecord } from './booking-port.ts'
import type { CardChange, EnrolBody, LedgerEntry, MemberBody, MergeBody } from './entry.ts'
import { joinRights } from './leases.ts'
import { emptyAccount, isWorthKeeping, putEmpty, putIn, takeOut } from './lots.ts'
import { APPLIED, type QuarantineCode, quarantined } from './quarantine.ts'
import { believed, todayOf } from './rules.ts'
import type { Workspace } from './workspace.ts'

/** A new member with a first card. Two tills that enrol the same card offline: the second is set aside. Rule L43. */
export function bookEnrol(entry: LedgerEntry, body: EnrolBody, work: Workspace, context: BookingContext): Disposition {
  if (work.memberNamed(body.member) !== undefined) return quarantined('member_already_enrolled')
  if (work.card(body.card) !== undefined) return quarantined('card_of_another_member')
  work.saveMember({
    id: body.member,
    mergedInto: null,
    enrolledAt: believed(entry.at.wall, entry.at, context.now),
    tier: null,
    purchases: 0,
    lastPurchaseAt: null,
  })
  work.saveCard({ number: body.card, member: body.member, type: body.cardType, state: 'active', primary: true })
  return APPLIED
}

/** What changes about a member: terms, cards, the name of the points, who brought them. Rules L36 to L38. */
export function bookMember(body: MemberBody, work: Workspace): Disposition {
  const member = work.member(body.member)
  if (member === undefined) return quarantined('unknown_member')
  const problem = body.card === undefined ? undefined : changeCard(body.card, member, work)
  if (problem !== undefined) return quarantined(problem)
  work.saveMember({
    ...member,
    ...(body.terms === undefined ? {} : { terms: changedTerms(member.terms ?? [], body.terms) }),
    ...(body.pointsName === undefined ? {} : { pointsName: body.pointsName }),
    ...(body.referredBy === undefined || member.referredBy !== undefined ? {} : { referredBy: body.referredBy }),
  })
  return APPLIED
}

function changedTerms(before: readonly Terms[], change: NonNullable<MemberBody['terms']>): readonly Terms[] {
  const gone = new Set([...change.remove, ...change.set.map((terms) => terms.id)])
  return [...before.filter((terms) => !gone.has(terms.id)), ...(change.set as Terms[])]
}

function changeCard(change: CardChange, member: MemberRecord, work: Workspace): QuarantineCode | undefined {
  const card = work.card(change.number)
  if (change.action === 'add') {
    if (card !== undefined) return 'card_of_another_member'
    const added = { number: change.number, member: member.id, type: change.type, primary: change.primary }
    work.saveCard({ ...added, state: 'active' })
    return undefined
  }
  if (card === undefined) return 'unknown_card'
  if (work.member(card.member)?.id !== member.id) return 'card_of_another_member'
  switch (change.action) {
    case 'block':
    case 'unblock':
      work.saveCard({ ...card, state: change.action === 'block' ? 'blocked' : 'active' })
      return undefined
    case 'primary': {
      const was = change.was === null ? undefined : work.card(change.was)
      if (was !== undefined) work.saveCard({ ...was, primary: false })
      work.saveCard({ ...card, primary: true })
      return undefined
    }
    case 'replace': {
      if (work.card(change.with) !== undefined) return 'card_of_another_member'
      work.saveCard({ ...card, state: 'replaced', primary: false })
      const fresh: CardRecord = { ...card, number: change.with, type: change.type, state: 'active' }
      work.saveCard(fresh)
      return undefined
    }
    case 'transfer': {
      const to = work.member(change.to)
      if (to === undefined) return 'unknown_member'
      const heldBefore = [...(card.heldBefore ?? []), card.member]
      work.saveCard({ ...card, member: to.id, primary: false, heldBefore })
      return undefined
    }
  }
}

/** Two members become one: purses with their lots and rights, cards and counts go over; sums stay what they were. L39. */
export function bookMerge(entry: LedgerEntry, body: MergeBody, work: Workspace, context: BookingContext): Disposition {
  const from = work.memberNamed(body.from)
  const into = work.member(body.into)
  if (from === undefined || into === undefined) return quarantined('unknown_member')
  if (from.mergedInto !== null) return quarantined('already_merged')
  if (into.id === from.id) return quarantined('merged_into_itself')
  const day = todayOf(entry, context)
  for (const purse of body.purses) {
    const given = work.account(from.id, purse)
    work.saveAccount(joined(work.account(into.id, purse), given, day))
    work.saveAccount(emptyAccount(from.id, purse))
  }
  for (const number of body.cards) {
    const card = work.card(number)
    if (card !== undefined) work.saveCard({ ...card, member: into.id, primary: false })
  }
  const last = [into.lastPurchaseAt, from.lastPurchaseAt].filter((at) => at !== null)
  work.saveMember({
    ...into,
    enrolledAt: Date.parse(from.enrolledAt) < Date.parse(into.enrolledAt) ? from.enrolledAt : into.enrolledAt,
    purchases: into.purchases + from.purchases,
    lastPurchaseAt: last.sort((a, b) => Date.parse(b) - Date.parse(a))[0] ?? null,
  })
  work.saveMember({ ...from, mergedInto: into.id })
  return APPLIED
}

function joined(account: Account, given: Account, day: string): Account {
  const withLots = given.lots.reduce((sum, { remaining, ...lot }) => putIn(sum, { ...lot, points: remaining }), account)
  // what was opened once, and what a late fact may wake, goes over with nothing left of it
  const withAll = given.lots
    .filter((lot) => isWorthKeeping({ ...lot, remaining: points(0n) }))
    .reduce(putEmpty, withLots)
  const debt = points(notBelowNothing(-given.posted))
  return joinRights(debt === 0n ? withAll : takeOut(withAll, debt, day).account, given)
}
