import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { callKey, callOutcome } from '../../shared/campaigns/call.ts'
import { testKey, testList } from '../../shared/campaigns/test-list.ts'
import { dayText } from '../../shared/wire.ts'
import type { Cloud } from '../cloud.ts'
import { parsed } from '../http/problems.ts'
import { Refusal } from '../http/refusal.ts'
import { callList } from './call-list.ts'
import { settleCall } from './calls.ts'
import { forecastOf } from './forecast.ts'
import { proposeReanimation } from './preset.ts'
import { campaignReport } from './report.ts'
import { campaignSettings, readSettings, saveSettings } from './settings.ts'
import { CAMPAIGN_STATES, campaigns, saveCampaign, setCampaignState } from './store.ts'
import { sendTest, testOf } from './test-list.ts'
import { whatIf } from './what-if.ts'

const params = z.object({ id: z.string().max(40) })
const stateRequest = z.strictObject({ state: z.enum(CAMPAIGN_STATES).exclude(['draft']) })
const callsQuery = z.strictObject({
  later: z.enum(['true', 'false']).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
})
const whatIfRequest = z
  .strictObject({ document: z.record(z.string(), z.unknown()), from: dayText, to: dayText })
  .refine(({ from, to }) => from <= to, { path: ['to'], error: 'a day not before `from` is allowed' })
const settleRequest = z.strictObject({
  call: callKey,
  how: callOutcome,
  by: z.string().trim().min(1).max(100).default('admin'),
})

const testHeaders = z.object({
  'idempotency-key': z.string({ error: 'a key of your own, from 8 to 100 characters' }).pipe(testKey),
})
const testRequest = z.strictObject({ to: testList, by: z.string().trim().min(1).max(100).default('admin') })

/** Campaigns for the owner's tools, within the routes that the admin token guards. */
export function campaignRoutes(admin: FastifyInstance, cloud: Cloud): void {
  admin.get('/admin/v1/campaigns', async () => ({ campaigns: await campaigns(cloud) }))
  admin.post('/admin/v1/campaigns/preset', async () => proposeReanimation(cloud))
  admin.put('/admin/v1/campaigns/:id', async (request) => {
    const { id } = parsed(params, request.params)
    const named = (request.body as { id?: unknown } | null)?.id
    if (named !== id)
      throw new Refusal(400, 'bad_campaign', `The campaign's own id is ${JSON.stringify(named)}, not "${id}".`)
    return saveCampaign(cloud, request.body)
  })
  admin.post('/admin/v1/campaigns/:id/state', async (request) => {
    const { id } = parsed(params, request.params)
    return setCampaignState(cloud, id, parsed(stateRequest, request.body).state)
  })
  admin.get('/admin/v1/campaigns/:id/report', async (request) =>
    campaignReport(cloud, parsed(params, request.params).id),
  )
  admin.post('/admin/v1/campaigns/:id/test', async (request) => {
    const { id } = parsed(params, request.params)
    const { 'idempotency-key': key } = parsed(testHeaders, request.headers)
    return sendTest(cloud, { campaign: id, key, ...parsed(testRequest, request.body) })
  })
  admin.get('/admin/v1/campaign-tests/:key', async (request) =>
    testOf(cloud, parsed(z.object({ key: testKey }), request.params).key),
  )
  admin.post('/admin/v1/campaigns/forecast', async (request) => forecastOf(cloud, request.body))
  admin.post('/admin/v1/campaigns/what-if', async (request) => {
    const { document, from, to } = parsed(whatIfRequest, request.body)
    return whatIf(cloud, document, from, to)
  })
  admin.get('/admin/v1/campaign-settings', async () => readSettings(cloud.db, cloud.tenant))
  admin.put('/admin/v1/campaign-settings', async (request, reply) => {
    await saveSettings(cloud.db, cloud.tenant, parsed(campaignSettings, request.body))
    return reply.code(204).send()
  })
  admin.get('/admin/v1/calls', async (request) => {
    const { later, limit } = parsed(callsQuery, request.query)
    return callList(cloud, { later: later === 'true', limit })
  })
  admin.post('/admin/v1/calls/settle', async (request) => {
    const { call, how, by } = parsed(settleRequest, request.body)
    return settleCall(cloud, call, how, by)
  })
}
