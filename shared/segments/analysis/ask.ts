import { z } from 'zod'
import { REPORT_NAMES, type ReportName } from './settings.ts'

/**
 * A manager's screen asks the cloud for a report through the till's session, beside the sync protocol: an older cloud has
 * no such path and says so, and nothing about receipts depends on it.
 */
export const reportName = z.enum(REPORT_NAMES as [ReportName, ...ReportName[]])

export const reportRequest = z.strictObject({
  name: reportName,
  /** What differs from what is set for this report. */
  settings: z.record(z.string().max(40), z.unknown()).optional(),
})
export type ReportRequest = z.infer<typeof reportRequest>

/** Read by the schema of its name. */
export const reportReply = z.object({ report: z.unknown() })
