import type { PullChange } from '../../shared/sync/protocol.ts'
import { isAfter } from './own.ts'
import { leftOf, type MoneyStore } from './ports.ts'

/**
 * Whoever has left this outlet's scope is forgotten, but not while the cloud lacks something that this till has written
 * of them: when it hears that they were here, they are back in the scope. Rule S204.
 */
export async function withoutPresent(
  money: MoneyStore,
  changes: readonly PullChange[],
): Promise<readonly PullChange[]> {
  const left = leftOf(changes)
  if (left.size === 0) return changes
  const acked = await money.kept('acked')
  const present = new Set<string>()
  for (const member of left) {
    const rows = (await money.about(member)).filter(({ kind }) => kind !== 'right')
    if (rows.some((row) => acked === undefined || isAfter(row, acked))) present.add(member)
  }
  return changes.filter((change) => change.scope !== 'left' || !present.has(change.row.member))
}
