import type { FastifyInstance } from 'fastify'
import { sql } from 'kysely'
import { problemDocument } from '../../shared/problem.ts'
import type { Cloud } from '../cloud.ts'
import type { Db } from '../database/connect.ts'
import { isMigrated } from '../database/migrate.ts'
import { standingMetrics } from './standing.ts'

/** Alive: the process answers. Ready: so does the database, takes writes and stands where this release expects it. */
export function healthRoutes(app: FastifyInstance, cloud: Cloud): void {
  app.get('/health/live', async () => ({ status: 'live' }))

  app.get('/health/ready', async (_, reply) => {
    const trouble = await troubleOf(cloud.db).catch(() => 'The database cannot be reached.')
    if (trouble === undefined) return { status: 'ready', incarnation: cloud.incarnation }
    return reply
      .code(503)
      .type('application/problem+json')
      .send(problemDocument(503, 'not_ready', trouble))
  })

  const lookAtDatabase = standingMetrics(cloud)
  app.get('/metrics', async (_, reply) => {
    await lookAtDatabase()
    reply.type(cloud.metrics.registry.contentType)
    return cloud.metrics.registry.metrics()
  })
}

async function troubleOf(db: Db): Promise<string | undefined> {
  if (!(await isMigrated(db)))
    return 'The database is not where this release expects it: an older or newer one is at work.'
  const { rows } = await sql<{ writes: boolean }>`
    select current_setting('transaction_read_only') = 'off' as writes`.execute(db)
  return rows[0]!.writes ? undefined : 'The database takes no writes: it is a standby, or set to be read only.'
}
