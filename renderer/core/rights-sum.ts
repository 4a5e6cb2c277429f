import { accountKey } from '../../shared/ledger/booking-port.ts'
import type { PullChange, RowSum } from '../../shared/sync/protocol.ts'
import { sumOfRows } from '../../shared/sync/sums.ts'
import { leaseNames } from './lease-names.ts'
import type { MoneyStore, StoredRights } from './ports.ts'

/** What the cloud last said of this till's rights, compared and set right like the rest of what it has told. */

interface Own {
  readonly device: string
  readonly epoch: number
}

const isHeld = ({ leases, seen }: StoredRights, epoch: number) => leases.length > 0 && seen.epoch === epoch

export async function rightsSum(money: MoneyStore, { device, epoch }: Own): Promise<RowSum> {
  const rows = (await money.allRights()).filter((row) => isHeld(row, epoch))
  return sumOfRows(
    'right',
    rows.map(({ asOf: _, moved: __, ...row }) => ({
      scope: 'right' as const,
      key: `${device}\n${accountKey(row.member, row.purse)}`,
      row,
    })),
  )
}

/** All that the cloud knows of; what came later than its word is left as it is. */
export async function mendRights(money: MoneyStore, changes: readonly PullChange[], asOf: string): Promise<void> {
  const told = changes.flatMap((change): StoredRights[] =>
    change.scope === 'right' && change.row !== null ? [{ ...change.row, asOf }] : [],
  )
  const names = new Set(told.map((row) => accountKey(row.member, row.purse)))
  const gone = (await money.allRights()).filter((row) => !names.has(accountKey(row.member, row.purse)))
  const [first] = told
  const head = first === undefined ? undefined : await money.head(first.seen.epoch)
  const counted = head === undefined ? told : await leaseNames(money).counted(told, head)
  await money.keepRights([...counted, ...gone.map((row) => ({ ...row, leases: [], asOf }))])
}
