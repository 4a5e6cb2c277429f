import type { Intake } from './intake.ts'
import type { LedgerTx } from './port.ts'

/**
 * Work of the night, each page one transaction, until a page says undefined: nothing is left, or another service holds the
 * night's turn. A killed service goes on where it was. Returns what the pages add up to.
 */
export async function pageByPage(intake: Intake, page: (tx: LedgerTx) => Promise<number | undefined>): Promise<number> {
  let sum = 0
  for (;;) {
    const done = await intake.store.transaction(page)
    if (done === undefined) break
    sum += done
  }
  if (sum > 0) intake.committed()
  return sum
}
