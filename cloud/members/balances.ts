import type { DeviceId, MemberId, OutletId } from '../../shared/ids.ts'
import { formatHundredths } from '../../shared/money.ts'
import { type BalanceRow, balanceRow } from '../../shared/sync/protocol.ts'
import type { Cloud } from '../cloud.ts'
import { transaction } from '../database/transaction.ts'
import { holdings } from '../feed/reads.ts'
import { currentRows } from '../feed/rows.ts'

export type PurseFigures = Omit<BalanceRow, 'seen' | 'member'> & { readonly posted: string }

/** Somebody who has written nothing: the figures are the cloud's alone. */
const NOBODY = { device: '' as DeviceId, outlet: '' as OutletId, seen: { epoch: 1, seq: 0 } }

/** Every purse of a member as tills are told it, and what is posted. */
export async function balancesOf(cloud: Cloud, member: MemberId): Promise<PurseFigures[]> {
  return transaction(
    cloud.db,
    async (tx) => {
      const held = await holdings(tx, cloud.tenant, [member])
      const rows = await currentRows(cloud, tx, 'balance', held.balances, NOBODY)
      const accounts = await tx
        .selectFrom('account')
        .select(['purse', 'posted'])
        .where('tenant', '=', cloud.tenant)
        .where('member', '=', member)
        .execute()
      const posted = new Map(accounts.map((account) => [account.purse, account.posted]))
      return rows.map((change) => {
        const { seen: _, member: __, ...figures } = balanceRow.parse(change.row)
        return { ...figures, posted: formatHundredths(posted.get(figures.purse) ?? 0n) }
      })
    },
    'repeatable read',
  )
}
