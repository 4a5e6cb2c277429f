import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { KEPT_DAYS, setKeeping } from '../../shared/intake/keeping.ts'
import type { Keeping } from '../../shared/intake/port.ts'
import type { Cloud } from '../cloud.ts'
import { parsed } from '../http/problems.ts'
import { Refusal } from '../http/refusal.ts'
import { intakeOf } from '../ledger/postgres-store.ts'
import { keeping } from '../ledger/visits.ts'

/** Whose rows tills keep, as the owner sets it: docs/decisions/partial-replication.md. */

export const keepingRequest = z.strictObject({
  keep: z.enum(['auto', 'everybody', 'visitors']),
  /** After the last visit. */
  days: z.int().min(1).max(3_650).default(KEPT_DAYS),
})

export function keepingRoutes(admin: FastifyInstance, cloud: Cloud): void {
  admin.get('/admin/v1/keeping', () => keeping(cloud.db, cloud.tenant))
  admin.put('/admin/v1/keeping', (request) => keep(cloud, parsed(keepingRequest, request.body)))
}

async function keep(cloud: Cloud, wish: z.infer<typeof keepingRequest>): Promise<Keeping> {
  const kept = await setKeeping(intakeOf(cloud), wish)
  if (kept === undefined) {
    throw new Refusal(409, 'busy', 'The night’s walk over the visits is under way. Say it again in a minute.')
  }
  return kept
}
