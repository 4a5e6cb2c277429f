import { KEEP_MS, keptLong } from '../../shared/sync/kept-long.ts'
import type { Journal, MoneyStore } from './ports.ts'

/** What the cloud has answered for long ago goes from both copies. Rule S26. */

export interface Keeping {
  readonly money: Pick<MoneyStore, 'kept' | 'keep' | 'prune'>
  readonly journal: Pick<Journal, 'prune'>
  /** This till's own clock: files of the journal tell their age by it. */
  readonly now: number
}

/** Drops what was answered for long enough ago; `heard`: the cloud's clock when it was last heard, perhaps in an earlier run. */
export async function forgetOld({ money, journal, now }: Keeping, heard: string | null): Promise<void> {
  const acked = await money.kept('acked')
  if (heard === null || acked === undefined) return
  const { marks, old } = keptLong((await money.kept('answered')) ?? [], acked, heard)
  await money.keep('answered', marks)
  if (old === undefined) return
  await money.prune(old)
  await journal.prune({ epoch: old.epoch, seq: old.seq }, Math.min(now, Date.parse(heard)) - KEEP_MS)
}
