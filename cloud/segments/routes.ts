import type { FastifyInstance } from 'fastify'
import { FAMILY_SETTINGS, SEGMENTS_OF } from '../../shared/segments/families.ts'
import type { Predicate } from '../../shared/segments/predicate.ts'
import type { Cloud } from '../cloud.ts'
import { bringFactsUp } from '../facts/keep.ts'
import { parsed } from '../http/problems.ts'
import { Refusal } from '../http/refusal.ts'
import { takeEvents } from './events.ts'
import { presetSettings, savePreset } from './presets.ts'
import * as schema from './schemas.ts'
import * as segments from './segments.ts'

/** Segments, their movement and the events they ask for, under /admin/v1; whoever registers it has checked the token. */
export function segmentRoutes(admin: FastifyInstance, cloud: Cloud): void {
  admin.get('/admin/v1/segments', async () => {
    await bringFactsUp(cloud)
    return { segments: await segments.listSegments(cloud) }
  })
  admin.post('/admin/v1/segments', async (request, reply) => {
    const made = parsed(schema.segmentRequest, request.body)
    return reply.code(201).send(await segments.saveSegment(cloud, made))
  })
  admin.post('/admin/v1/segments/preview', async (request) => {
    const { predicate, sample } = parsed(schema.previewRequest, request.body)
    return segments.preview(cloud, predicate, sample)
  })
  admin.post('/admin/v1/segments/combine', async (request, reply) => {
    const { operation, segments: of, ...rest } = parsed(schema.combineRequest, request.body)
    return reply.code(201).send(await segments.saveSegment(cloud, { ...rest, predicate: combined(operation, of) }))
  })
  admin.get('/admin/v1/segments/flows', async (request) => {
    const { field, from, to } = parsed(schema.flowsQuery, request.query)
    return { field, flows: await segments.flows(cloud, field, from, to) }
  })
  admin.get('/admin/v1/segments/:segment/members', async (request) => {
    const { segment } = parsed(schema.segmentParams, request.params)
    const { after, limit } = parsed(schema.membersQuery, request.query)
    return { members: await segments.membersOf(cloud, segment, after, limit) }
  })
  admin.delete('/admin/v1/segments/:segment', async (request, reply) => {
    const { segment } = parsed(schema.segmentParams, request.params)
    if (!(await segments.dropSegment(cloud, segment)))
      throw new Refusal(404, 'unknown_segment', 'There is no such segment.')
    return reply.code(204).send()
  })

  admin.get('/admin/v1/presets/:family', async (request) => {
    const { family } = parsed(schema.familyParams, request.params)
    return { family, segments: SEGMENTS_OF[family], settings: await presetSettings(cloud, family) }
  })
  admin.put('/admin/v1/presets/:family', async (request) => {
    const { family } = parsed(schema.familyParams, request.params)
    const { settings: given, atTills } = parsed(schema.presetRequest, request.body)
    const settings = parsed(FAMILY_SETTINGS[family], given)
    await savePreset(cloud, family, settings, atTills)
    return { family, segments: SEGMENTS_OF[family], settings }
  })
}

/** What a site or an app sends, with a token that is good for nothing else. */
export function eventRoutes(app: FastifyInstance, cloud: Cloud, isAllowed: (token: string) => boolean): void {
  app.post('/events', async (request, reply) => {
    const given = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
    if (!isAllowed(given)) throw new Refusal(401, 'unauthorized', 'The token for events is missing or wrong.')
    const { events } = parsed(schema.eventsRequest, request.body)
    return reply.code(202).send(await takeEvents(cloud, events))
  })
}

/** Of live segments a live one follows all of them. */
function combined(operation: 'union' | 'intersection' | 'difference', of: readonly string[]): Predicate {
  const each = of.map((segment): Predicate => ({ segment }))
  if (operation === 'union') return { any: each }
  if (operation === 'intersection') return { all: each }
  return { all: [each[0]!, { not: { any: each.slice(1) } }] }
}
