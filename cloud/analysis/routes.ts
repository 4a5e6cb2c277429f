import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { type ReportReply, type ReportRequest, reportName } from '../../shared/segments/analysis/ask.ts'
import { reportSettings, type SettingsOf } from '../../shared/segments/analysis/settings.ts'
import type { Cloud } from '../cloud.ts'
import { Complaint } from '../complaint.ts'
import { bringFactsUp } from '../facts/keep.ts'
import { parsed } from '../http/problems.ts'
import { Refusal } from '../http/refusal.ts'
import { answerFor } from './kept.ts'
import { type Moment, momentFrom } from './moment.ts'
import { makeReport, zoneOf } from './reports.ts'
import { saveSettings, settingsIn } from './settings.ts'

const params = z.object({ name: reportName })
const query = z.strictObject({ at: z.string().max(40).optional() })

/** Reports for the owner's tools, within the routes that the admin token guards. */
export function reportRoutes(admin: FastifyInstance, cloud: Cloud): void {
  admin.get('/admin/v1/reports/:name', async (request) => {
    const { name } = parsed(params, request.params)
    const { at } = parsed(query, request.query)
    await bringFactsUp(cloud)
    return makeReport(cloud, { name, ...(at === undefined ? {} : { moment: await askedFor(cloud, at) }) })
  })
  admin.get('/admin/v1/reports/:name/settings', async (request) => {
    const { name } = parsed(params, request.params)
    return (await settingsIn(cloud.db, cloud.tenant))(name)
  })
  admin.put('/admin/v1/reports/:name/settings', async (request, reply) => {
    const { name } = parsed(params, request.params)
    await saveSettings(cloud, name, parsed(reportSettings[name], request.body) as SettingsOf<typeof name>)
    return reply.code(204).send()
  })
}

/** For a manager's screen: as set, but for what the screen asks otherwise. */
export async function reportForScreen(cloud: Cloud, { name, settings }: ReportRequest): Promise<ReportReply> {
  const settingsOf = await settingsIn(cloud.db, cloud.tenant)
  const wished = parsed(reportSettings[name], { ...settingsOf(name), ...settings }) as SettingsOf<typeof name>
  return answerFor(cloud, {
    name,
    settings: wished,
    ...('preset' in wished ? { with: settingsOf(wished.preset) } : {}),
  })
}

async function askedFor(cloud: Cloud, at: string): Promise<Moment> {
  try {
    return momentFrom(await zoneOf(cloud), at)
  } catch (error) {
    if (!(error instanceof Complaint)) throw error
    throw new Refusal(400, 'bad_request', error.message.replace(/^--/, ''))
  }
}
