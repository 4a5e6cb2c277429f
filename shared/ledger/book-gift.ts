import { points } from '../money.ts'
import type { Disposition } from '../sync/protocol.ts'
import { pointsOf } from '../wire.ts'
import type { BookingContext } from './booking-port.ts'
import type { AdjustBody, GiftBody, LedgerEntry } from './entry.ts'
import { keyOf, keyText } from './keys.ts'
import { putIn, takeOut } from './lots.ts'
import { POINTS } from './needs.ts'
import { APPLIED, quarantined } from './quarantine.ts'
import { documentOf, plusDays, todayOf } from './rules.ts'
import type { Workspace } from './workspace.ts'

/** Points with a life of their own. Without a last day they live as the programme in force says. Rule L5. */
export function bookGift(entry: LedgerEntry, body: GiftBody, work: Workspace, context: BookingContext): Disposition {
  const member = work.member(body.member)
  if (member === undefined) return quarantined('unknown_member')
  if (body.lastDay !== null && body.lastDay < body.activeFrom) return quarantined('bad_amount')
  const lastDay = body.lastDay ?? lifeWithout(body.purse, body.activeFrom, context)
  const id = `${keyText(keyOf(entry))}/0`
  const lot = { id, points: pointsOf(body.points), activeFrom: body.activeFrom, lastDay }
  work.saveAccount(putIn(work.account(member.id, body.purse), lot))
  return APPLIED
}

/** A correction by a manager: what is added lives like what is earned, what is taken goes as spending does. Rule L6. */
export function bookAdjust(
  entry: LedgerEntry,
  body: AdjustBody,
  work: Workspace,
  context: BookingContext,
): Disposition {
  const member = work.member(body.member)
  if (member === undefined) return quarantined('unknown_member')
  if (body.withFact) return APPLIED
  const amount = pointsOf(body.points)
  const account = work.account(member.id, body.purse)
  const day = todayOf(entry, context)
  const id = `${keyText(keyOf(entry))}/0`
  const lot = { id, points: amount, activeFrom: day, lastDay: lifeWithout(body.purse, day, context) }
  work.saveAccount(amount >= 0n ? putIn(account, lot) : takeOut(account, points(-amount), day).account)
  return APPLIED
}

function lifeWithout(purse: string, activeFrom: string, { current }: BookingContext): string | null {
  if (purse !== POINTS || current === undefined) return null
  return plusDays(activeFrom, documentOf(current).accrual.lifeDays)
}
