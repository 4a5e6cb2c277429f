import type { CampaignsReply, CampaignsRequest } from '../../shared/campaigns/ask.ts'
import type { CoreReply, NoAnswer, ReportAnswer } from '../../shared/core-api.ts'
import { problem } from '../../shared/problem.ts'
import type { ReportRequest } from '../../shared/segments/analysis/ask.ts'
import { reportResults } from '../../shared/segments/analysis/reports.ts'
import type { SegmentsReply, SegmentsRequest } from '../../shared/segments/ask.ts'
import type { SurveysReply, SurveysRequest } from '../../shared/surveys/ask.ts'
import { type Context, done } from './context.ts'
import type { CloudAnswer, ReportsLink } from './ports.ts'
import type { Shifts } from './shifts.ts'

/** A report of the cloud for a manager's screen. Nothing of it is kept on the till. */
export async function askReport(
  { ports }: Pick<Context, 'ports'>,
  shifts: Pick<Shifts, 'manager'>,
  { pin, name, settings }: ReportRequest & { readonly pin: string },
): Promise<CoreReply<ReportAnswer>> {
  const by = await shifts.manager(pin)
  if (!by.ok) return by
  if (ports.reports === undefined) return done({ kind: 'refused', code: 'not_found' })
  const answer = await ports.reports.report(settings === undefined ? { name } : { name, settings })
  if (answer.kind === 'unreachable') return done({ kind: 'unreachable' })
  if (answer.kind === 'refused') return done({ kind: 'refused', code: answer.code })
  const { report, isComing = false } = answer.value
  if (report === null && isComing) return done({ kind: 'coming' })
  const read = reportResults[name].safeParse(report)
  return done(read.success ? { kind: 'report', report: read.data, isComing } : { kind: 'refused', code: 'bad_answer' })
}

/** Own segments of the cloud, for a manager's screen. */
export const askSegments = asker<SegmentsRequest, SegmentsReply>(({ segments }) => segments)

/** Campaigns of the cloud, for a manager's screen. */
export const askCampaigns = asker<CampaignsRequest, CampaignsReply>(({ campaigns }) => campaigns)

/** Surveys and tasks of the cloud, for a manager's screen. */
export const askSurveys = asker<SurveysRequest, SurveysReply>(({ surveys }) => surveys)

function asker<Request, Answer>(way: (link: ReportsLink) => (request: Request) => Promise<CloudAnswer<Answer>>) {
  return async (
    { ports }: Pick<Context, 'ports'>,
    shifts: Pick<Shifts, 'manager'>,
    { pin, request }: { readonly request: Request; readonly pin: string },
  ): Promise<CoreReply<Answer | NoAnswer>> => {
    const by = await shifts.manager(pin)
    if (!by.ok) return by
    if (ports.reports === undefined) return done({ kind: 'refused', code: 'not_found' })
    const answer = await way(ports.reports)(request)
    if (answer.kind === 'unreachable') return done({ kind: 'unreachable' })
    if (answer.kind === 'ok') return done(answer.value)
    const told = problem.safeParse(answer.body)
    const errors = told.success && told.data.errors !== undefined ? { errors: told.data.errors } : {}
    return done({ kind: 'refused', code: answer.code, ...errors })
  }
}
