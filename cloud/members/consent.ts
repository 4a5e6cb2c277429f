import type { MemberId } from '../../shared/ids.ts'
import type { EntryBody } from '../../shared/ledger/entry.ts'
import type { Cloud } from '../cloud.ts'
import type { Db, Tx } from '../database/connect.ts'

/** The entry by which a member takes no messages any more; undefined: they take none already. */
export async function withdrawal(
  { tenant }: Cloud,
  tx: Db | Tx,
  member: MemberId,
  by: string,
): Promise<EntryBody | undefined> {
  const consent = await tx
    .selectFrom('consent')
    .select(['personal_data', 'messages'])
    .where('tenant', '=', tenant)
    .where('member', '=', member)
    .executeTakeFirst()
  if (consent === undefined || !consent.messages) return undefined
  return { kind: 'member', member, consent: { personalData: consent.personal_data, messages: false }, by }
}
