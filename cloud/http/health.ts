import type { FastifyInstance } from 'fastify'
import { problemDocument } from '../../shared/problem.ts'
import type { Cloud } from '../cloud.ts'
import { isMigrated } from '../database/migrate.ts'

/** Alive: the process answers. Ready: so does the database, and it stands where this release expects it. */
export function healthRoutes(app: FastifyInstance, cloud: Cloud): void {
  app.get('/health/live', async () => ({ status: 'live' }))

  app.get('/health/ready', async (_, reply) => {
    const ready = await isMigrated(cloud.db).catch(() => false)
    if (ready) return { status: 'ready', incarnation: cloud.incarnation }
    return reply
      .code(503)
      .type('application/problem+json')
      .send(problemDocument(503, 'not_ready', 'The database cannot be reached or is not migrated.'))
  })

  app.get('/metrics', async (_, reply) => {
    reply.type(cloud.metrics.registry.contentType)
    return cloud.metrics.registry.metrics()
  })
}
