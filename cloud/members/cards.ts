import type { CardNumber, MemberId } from '../../shared/ids.ts'
import { bookOwn } from '../../shared/intake/own-stream.ts'
import type { Disposition } from '../../shared/sync/protocol.ts'
import type { Cloud } from '../cloud.ts'
import { intakeOf } from '../ledger/postgres-store.ts'

/** Blocks a card or opens it again, as an entry of the cloud's own stream; undefined where there is no such card. */
export async function setCardState(
  cloud: Cloud,
  number: CardNumber,
  action: 'block' | 'unblock',
  by: string,
): Promise<Disposition | undefined> {
  const card = await cloud.db
    .selectFrom('card')
    .select('member')
    .where('tenant', '=', cloud.tenant)
    .where('number', '=', number)
    .executeTakeFirst()
  if (card === undefined) return undefined
  const [booked] = await bookOwn(
    intakeOf(cloud),
    [{ kind: 'member', member: card.member as MemberId, card: { action, number }, by }],
    by,
  )
  return booked!.disposition
}
