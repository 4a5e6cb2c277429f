import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { memberId } from '../../shared/ids.ts'
import type { SurveysReply, SurveysRequest } from '../../shared/surveys/ask.ts'
import { surveyState, taskState } from '../../shared/surveys/ask.ts'
import { instant } from '../clock.ts'
import type { Cloud } from '../cloud.ts'
import { bringFactsUp } from '../facts/keep.ts'
import { parsed } from '../http/problems.ts'
import { Refusal } from '../http/refusal.ts'
import { findMembers } from '../members/find.ts'
import { saveTask, setTaskState } from '../tasks/store.ts'
import { surveyLink } from './link.ts'
import { reportCsv, surveyReport, surveyRows, taskRows } from './report.ts'
import { dropSurvey, saveSurvey, setSurveyState, surveyNamed } from './store.ts'

const params = z.object({ id: z.string().max(40) })
const linkParams = z.object({ id: z.string().max(40), member: memberId })
const surveyStateRequest = z.strictObject({ state: surveyState.exclude(['draft']) })
const taskStateRequest = z.strictObject({ state: taskState.exclude(['draft']) })

/** Surveys and tasks for the owner's tools, within the routes that the admin token guards. */
export function surveyRoutes(admin: FastifyInstance, cloud: Cloud): void {
  admin.get('/admin/v1/surveys', async () => {
    await bringFactsUp(cloud)
    return { surveys: await surveyRows(cloud) }
  })
  admin.put('/admin/v1/surveys/:id', async (request) => {
    checkName(parsed(params, request.params).id, request.body, 'bad_survey', 'survey')
    return saveSurvey(cloud, request.body)
  })
  admin.get('/admin/v1/surveys/:id', async (request) => surveyNamed(cloud, parsed(params, request.params).id))
  admin.delete('/admin/v1/surveys/:id', async (request, reply) => {
    await dropSurvey(cloud, parsed(params, request.params).id)
    return reply.code(204).send()
  })
  admin.post('/admin/v1/surveys/:id/state', async (request) => {
    const { id } = parsed(params, request.params)
    return setSurveyState(cloud, id, parsed(surveyStateRequest, request.body).state)
  })
  admin.get('/admin/v1/surveys/:id/report', async (request) => {
    await bringFactsUp(cloud)
    return surveyReport(cloud, parsed(params, request.params).id)
  })
  admin.get('/admin/v1/surveys/:id/report.csv', async (request, reply) => {
    await bringFactsUp(cloud)
    const report = await surveyReport(cloud, parsed(params, request.params).id)
    return reply.type('text/csv; charset=utf-8').send(reportCsv(report))
  })
  admin.get('/admin/v1/surveys/:id/link/:member', async (request) => {
    const { id, member } = parsed(linkParams, request.params)
    await surveyNamed(cloud, id)
    const found = (await findMembers(cloud, { member })).at(-1)
    if (found === undefined) throw new Refusal(404, 'unknown_member', 'No such member.')
    const link = surveyLink(cloud, id, found)
    if (link === undefined) throw new Refusal(409, 'no_public_url', 'Set BONUSBOOK_PUBLIC_URL: links need an address.')
    return { link }
  })
  admin.get('/admin/v1/tasks', async () => ({ tasks: await taskRows(cloud) }))
  admin.put('/admin/v1/tasks/:id', async (request) => {
    checkName(parsed(params, request.params).id, request.body, 'bad_task', 'task')
    return saveTask(cloud, request.body)
  })
  admin.post('/admin/v1/tasks/:id/state', async (request) => {
    const { id } = parsed(params, request.params)
    return setTaskState(cloud, id, parsed(taskStateRequest, request.body).state)
  })
}

function checkName(id: string, body: unknown, code: string, what: string): void {
  const named = (body as { id?: unknown } | null)?.id
  if (named !== id) throw new Refusal(400, code, `The ${what}'s own id is ${JSON.stringify(named)}, not "${id}".`)
}

/** For a manager's screen. */
export async function surveysForScreen(cloud: Cloud, request: SurveysRequest): Promise<SurveysReply> {
  switch (request.ask) {
    case 'list':
      await bringFactsUp(cloud)
      return { kind: 'list', at: instant(cloud.clock), surveys: await surveyRows(cloud), tasks: await taskRows(cloud) }
    case 'one':
      await bringFactsUp(cloud)
      return { kind: 'one', ...(await surveyReport(cloud, request.survey)) }
    case 'save':
      return orInvalid('bad_survey', async () => {
        const { document, version } = await saveSurvey(cloud, request.document, request.over)
        return { kind: 'saved', survey: document.id, version }
      })
    case 'state':
      return { kind: 'state', state: (await setSurveyState(cloud, request.survey, request.state)).state }
    case 'drop':
      await dropSurvey(cloud, request.survey)
      return { kind: 'dropped' }
    case 'saveTask':
      return orInvalid('bad_task', async () => {
        const { document } = await saveTask(cloud, request.document)
        return { kind: 'savedTask', task: document.id }
      })
    case 'taskState':
      return { kind: 'taskState', state: (await setTaskState(cloud, request.task, request.state)).state }
  }
}

/** What is wrong in a document is an answer: the screen says it beside its fields. */
async function orInvalid(code: string, work: () => Promise<SurveysReply>): Promise<SurveysReply> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Refusal) || error.problem.code !== code) throw error
    return { kind: 'invalid', errors: [...(error.problem.errors ?? [])] }
  }
}
