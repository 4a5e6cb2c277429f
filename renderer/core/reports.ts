import type { CoreReply, ReportAnswer, SegmentsAnswer } from '../../shared/core-api.ts'
import type { ReportRequest } from '../../shared/segments/analysis/ask.ts'
import { reportResults } from '../../shared/segments/analysis/reports.ts'
import type { SegmentsRequest } from '../../shared/segments/ask.ts'
import { type Context, done } from './context.ts'
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
  const read = reportResults[name].safeParse(answer.value.report)
  return done(read.success ? { kind: 'report', report: read.data } : { kind: 'refused', code: 'bad_answer' })
}

/** Own segments of the cloud, for a manager's screen. */
export async function askSegments(
  { ports }: Pick<Context, 'ports'>,
  shifts: Pick<Shifts, 'manager'>,
  { pin, request }: { readonly request: SegmentsRequest; readonly pin: string },
): Promise<CoreReply<SegmentsAnswer>> {
  const by = await shifts.manager(pin)
  if (!by.ok) return by
  if (ports.reports === undefined) return done({ kind: 'refused', code: 'not_found' })
  const answer = await ports.reports.segments(request)
  if (answer.kind === 'unreachable') return done({ kind: 'unreachable' })
  return done(answer.kind === 'refused' ? { kind: 'refused', code: answer.code } : answer.value)
}
