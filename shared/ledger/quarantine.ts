import type { Disposition } from '../sync/protocol.ts'

/**
 * Why an entry was set aside: a stable code and the sentence that a manager reads. What is set aside changes no balance
 * and holds nobody up. Rules L40 to L47 of SPEC.md.
 */
export const QUARANTINE = {
  unknown_programme: 'It was computed with a version of the programme that was never published.',
  programme_differs: 'It was computed with another text of the programme than the one published under that version.',
  unknown_member: 'It names a member that the network does not know.',
  unknown_card: 'It names a card that the network does not know.',
  card_of_another_member: 'The card belongs to another member.',
  member_already_enrolled: 'This member was enrolled before.',
  receipt_already_booked: 'This outlet has already booked a receipt with this number.',
  unknown_receipt: 'It returns a receipt that the network does not know (yet).',
  returns_more_than_sold: 'It returns more than was sold and not returned yet.',
  nothing_left_to_return: 'Everything on this receipt was returned before.',
  unknown_line: 'It returns a line that the receipt does not have.',
  sums_differ: 'The points of its lines do not add up to the points of the receipt.',
  points_without_member: 'It moves points, but names no member.',
  bad_amount: 'It holds an amount or a day that cannot be.',
  already_merged: 'This member was already merged into another.',
  merged_into_itself: 'A member cannot be merged into itself.',
  receipt_has_member: 'The receipt already belongs to a member.',
  not_for_a_till: 'Only the network itself writes such an entry: no till makes points, stamps or coupons.',
  unknown_right: 'It moves a right that this device does not hold.',
} as const

export type QuarantineCode = keyof typeof QUARANTINE

export const APPLIED: Disposition = { kind: 'applied' }

export function quarantined(code: QuarantineCode): Disposition {
  return { kind: 'quarantined', code, message: QUARANTINE[code] }
}
