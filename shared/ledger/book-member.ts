import type { Disposition } from '../sync/protocol.ts'
import type { BookingContext } from './booking-port.ts'
import type { EnrolBody, LedgerEntry } from './entry.ts'
import { APPLIED, quarantined } from './quarantine.ts'
import { believed } from './rules.ts'
import type { Workspace } from './workspace.ts'

/** A new member with a first card. Two tills that enrol the same card offline: the second is set aside. Rule L30. */
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
